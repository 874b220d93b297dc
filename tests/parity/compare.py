"""What differs between a case's runs in Airflow and in Dagster, as sentences."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from importlib.util import find_spec
from typing import Any

from tests.parity.worlds import Outcome, Project

SAME_STATE = {
    # A gate that is shut succeeds without an output.
    "success": {"success", "success without output"},
    "failed": {"failed"},
    # A task that raises AirflowSkipException is a step that succeeds without an output: what is below it is skipped. Of a mapped one there is none.
    "skipped": {"skipped", "success without output", "no copies"},
    # Dagster does not start a step below a failed one, and has no event for it.
    "upstream_failed": {"not run", "skipped", "no copies"},
}
SEEN = ("asset", "step", "wrapped", "check")
"""Dispositions of tasks that are steps of the job; all others show by what they do."""


def differences(airflow: Outcome, dagster: Outcome, project: Project) -> list[str]:
    """Each difference once, however many runs show it."""
    found = list(dict.fromkeys(_differences(airflow, dagster, project)))
    wrapped = [f"`{dag_id}.{task_id}`" for (dag_id, task_id), kind in project.dispositions.items() if kind == "wrapped"]
    if found and wrapped and find_spec("airflow") is None:
        needing = f"{', '.join(wrapped)} may need Airflow as a library, which is not there where the project is run"
        found.insert(0, f"{needing}: such steps fail, and differences below may come of that")
    return found


def _differences(airflow: Outcome, dagster: Outcome, project: Project) -> Iterator[str]:
    if airflow.error or dagster.error:
        yield f"error: {airflow.error or dagster.error}"
        return
    for (dag_id, task_id), disposition in project.dispositions.items():
        if disposition == "airflow":
            yield f"task `{dag_id}.{task_id}` stays in Airflow"
    for dag_id in dict.fromkeys(run["dag_id"] for run in (*airflow.runs, *dagster.runs)):
        theirs = [run for run in airflow.runs if run["dag_id"] == dag_id]
        ours = [run for run in dagster.runs if run["dag_id"] == dag_id]
        if len(theirs) != len(ours):
            yield f"`{dag_id}` ran {len(theirs)} times in Airflow, {len(ours)} times in Dagster"
            continue
        for one, other in zip(theirs, ours, strict=True):
            yield from _run(one, other, project)
    yield from _parts("file", airflow.files, dagster.files)
    yield from _parts("table", airflow.tables, dagster.tables)


def _run(theirs: dict[str, Any], ours: dict[str, Any], project: Project) -> Iterator[str]:
    dag_id = theirs["dag_id"]
    if theirs.get("error") or ours.get("error"):
        yield f"`{dag_id}` could not be run: {theirs.get('error') or ours.get('error')}"
        return
    if theirs["state"] != ours["state"]:
        yield f"run of `{dag_id}`: {theirs['state']} in Airflow, {ours['state']} in Dagster"
    for name, state in theirs["tasks"].items():
        task_id = re.sub(r"\[\d+\]$", "", name)
        if project.dispositions.get((dag_id, task_id)) not in SEEN:
            continue
        other = ours["tasks"].get(name) or ours["tasks"].get(task_id, "not there")
        if other not in SAME_STATE.get(state, {state}):
            yield f"task `{dag_id}.{name}`: {state} in Airflow, {other} in Dagster"
    for task_id, value in ours.get("values", {}).items():
        yield from _value(theirs, dag_id, task_id, value)


def _value(theirs: dict[str, Any], dag_id: str, task_id: str, value: Any) -> Iterator[str]:
    xcoms = {key: value for key, value in theirs["xcoms"].items() if re.sub(r"(\[\d+\])?:.*", "", key) == task_id}
    expected = {key.rpartition(":")[2]: value for key, value in xcoms.items()}
    copies = [xcoms[key] for key in sorted(xcoms, key=_index) if key.endswith("]:return_value")]
    given = expected.get("return_value")
    if isinstance(value, dict) and value.get("return_value", ...) is None:
        value = {key: one for key, one in value.items() if key != "return_value"}  # Airflow keeps no None.
    in_order = [value[key] for key in sorted(value, key=_number)] if isinstance(value, dict) else None
    mapped = copies and in_order in (copies, _by_copy(xcoms))
    if value in (given, expected, copies) or mapped or _unrolled(value) == expected:
        return
    yield f"value of `{dag_id}.{task_id}`: {_short(expected or copies)} in Airflow, {_short(value)} in Dagster"


def _unrolled(value: Any) -> Any:
    """What a task pushed by key and returned, as Airflow keeps it under `multiple_outputs`: each member of what is returned by its key as well."""
    returned = value.get("return_value") if isinstance(value, dict) else None
    return {**returned, **value} if isinstance(returned, dict) else value


def _number(key: str) -> tuple[int, str]:
    """Keys of copies in their order: they end at different times."""
    return (int(key), "") if key.isdecimal() else (-1, key)


def _by_copy(xcoms: dict[str, Any]) -> list[dict[str, Any]]:
    """All that each copy handed over, by key, in the order of the copies."""
    found: dict[int, dict[str, Any]] = {}
    for name in sorted(xcoms, key=_index):
        found.setdefault(_index(name), {})[name.rpartition(":")[2]] = xcoms[name]
    return list(found.values())


def _index(key: str) -> int:
    found = re.search(r"\[(\d+)\]:", key)
    return int(found[1]) if found else -1


def _parts(kind: str, theirs: dict[str, Any], ours: dict[str, Any]) -> Iterator[str]:
    for name in sorted({*theirs, *ours}):
        if name not in ours:
            yield f"{kind} `{name}` is missing in Dagster"
        elif name not in theirs:
            yield f"{kind} `{name}` is only in Dagster"
        elif theirs[name] != ours[name]:
            yield f"{kind} `{name}`: {_short(theirs[name])} in Airflow, {_short(ours[name])} in Dagster"


def _short(value: Any) -> str:
    text = json.dumps(value)
    return text if len(text) <= 300 else f"{text[:300]}…"
