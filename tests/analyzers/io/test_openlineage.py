"""What the catalogue tells of an operator's arguments is what the operator's own provider reports as lineage.

`openlineage/reported.json` holds what the providers said; `openlineage/record.py` asks them again.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from migrator.model.assets import AssetRef, Direction
from migrator.operators.names import argument_name
from tests.analyzers.io.builders import refs_of, task
from tests.analyzers.io.openlineage.cases import CASES

REPORTED: dict[str, dict[str, Any]] = json.loads(
    (Path(__file__).parent / "openlineage" / "reported.json").read_text(encoding="utf-8")
)
STORAGE = ("s3://", "gs://", "wasbs://", "file", "sftp://", "ftp://")

DIFFERENCES = {
    "delete objects": "what a task deletes is not an input of it",
    "delete GCS objects": "what a task deletes is not an input of it",
    "create subscription": "a subscription is set up, no message is read",
    "pull": "a subscription is what the task reads; the provider reports it as an output",
    "BigQuery create table": "an empty table is no data yet",
    "BigQuery create view": "the SQL of the view is read too, of which the provider reports nothing",
    "transform GCS object in place": "what a task writes itself is not its input",
    "SFTP to GCS same name": "the provider reports the last part of the path, the operator keeps the whole path",
    "S3 to GCS below the prefix": "the prefix of the source is not appended to the destination's",
    "GCS to SFTP": "the file's name is not appended to the destination's folder",
    "Redshift table to S3": "the provider reports the key without the table's name that the operator appends",
}
"""Cases in which the answers differ, each with the reason."""


def place(name: str) -> str:
    """A path or URL without what providers leave out: the part from a wildcard on, and slashes at its end."""
    kept = re.split(r"[*{](?!conn:)", name)[0]
    return (kept if kept == name else kept.rpartition("/")[0]).rstrip("/")


def theirs(dataset: str) -> str:
    """A dataset of OpenLineage, namespace and name, as a name to compare."""
    namespace, _, name = dataset.partition(" ")
    if namespace == "pubsub":
        kind, project, last = name.split(":")
        return f"projects/{project}/{kind}s/{last}"
    if namespace.startswith("file") or not namespace:
        return place("/" + name.lstrip("/"))
    if namespace.startswith(STORAGE):
        return place(f"{re.sub(r'@[^/]*', '', namespace)}/{name.lstrip('/')}")
    return name.lower()


def ours(ref: AssetRef) -> str:
    """A reference as a name to compare: a file on a server is its path, as the server's name is not known."""
    if ref.kind in ("table", "stream"):
        return ref.name.lower() if ref.kind == "table" else ref.name
    return place(re.sub(r"^(?:s?ftp://\{conn:[^}]*\}|file://)/*", "/", ref.name))


def same(mine: set[str], other: set[str]) -> bool:
    """Whether each name is one of the other side; a table may have its database in front there."""
    return len(mine) == len(other) and all(
        any(name == one or ("/" not in one and one.endswith(f".{name}")) for one in other) for name in mine
    )


def answers(name: str, path: str, arguments: dict[str, Any]) -> dict[str, set[str]]:
    module, _, operator = f"airflow.providers.{path}".rpartition(".")
    given = {argument_name(f"{module}.{operator}", key): value for key, value in arguments.items()}
    refs = refs_of(task("t", (operator, module), arguments=given))
    sides = {"inputs": Direction.INPUT, "outputs": Direction.OUTPUT}
    return {side: {ours(ref) for ref in refs if ref.direction is direction} for side, direction in sides.items()}


@pytest.mark.parametrize(("name", "path", "arguments"), CASES, ids=[case[0] for case in CASES])
def test_as_the_provider_reports_it(name: str, path: str, arguments: dict[str, Any]) -> None:
    reported, found = REPORTED[name], answers(name, path, arguments)
    agree = all(same(found[side], {theirs(one) for one in reported[side]}) for side in ("inputs", "outputs"))
    assert agree is (name not in DIFFERENCES), (found, reported)


def test_all_cases_were_asked() -> None:
    assert {name for name, _, _ in CASES} == REPORTED.keys()
    assert DIFFERENCES.keys() <= REPORTED.keys()
