"""Objects in stores: what tasks become, and what the generated resource does in a folder."""

from __future__ import annotations

import base64
import csv
import datetime as dt
import fnmatch
import gzip
import json
import re
import shutil
from collections.abc import Mapping, Sequence
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace
from typing import IO, Any

import dagster as dg
import pandas as pd
import pytest
from fsspec import AbstractFileSystem
from fsspec.core import url_to_fs
from fsspec.implementations.local import LocalFileSystem

from migrator.codegen.resources.resources import class_source
from migrator.model.bodies import ObjectExists, PollUntil, RunShell, UseResource
from migrator.model.expressions import Format
from migrator.model.values import Text
from migrator.operators.rule import Lowering, Untranslatable
from tests.operators.fake import lower, make_task

S3 = "airflow.providers.amazon.aws.operators.s3."
GCS = "airflow.providers.google.cloud.operators.gcs."
SENSOR = "airflow.providers.google.cloud.sensors.gcs."
TO_GCS = "airflow.providers.google.cloud.transfers.local_to_gcs.LocalFilesystemToGCSOperator"


def lowered(operator: str, **arguments: Any) -> Lowering:
    return lower(make_task(operator, arguments))[0]


def test_urls_are_taken_apart() -> None:
    body = lowered(
        S3 + "S3CopyObjectOperator", source_bucket_key="s3://a/b/c", dest_bucket_key="d", dest_bucket_name="e"
    ).body
    places = {"source_bucket": "a", "source_key": "b/c", "bucket": "e", "key": "d"}
    assert body == UseResource("aws_default", "copy_object", places)


def test_a_list_is_a_value_and_a_deletion_is_none() -> None:
    listed = lowered(GCS + "GCSListObjectsOperator", bucket="a", gcp_conn_id="lake").body
    assert listed == UseResource("lake", "list_keys", {"bucket": "a"}, gives=True, annotation="list[str]")
    deleted = lowered(S3 + "S3DeleteObjectsOperator", bucket="a", keys=["b"]).body
    assert deleted == UseResource("aws_default", "delete_objects", {"bucket": "a", "keys": ["b"], "missing_ok": True})


@pytest.mark.parametrize(
    ("operator", "arguments"),
    [
        (S3 + "S3CopyObjectOperator", {"source_bucket_key": "s3://a/b", "dest_bucket_key": "c"}),
        (S3 + "S3DeleteObjectsOperator", {"bucket": "a", "prefix": ["b/", "c/"]}),
        (S3 + "S3ListOperator", {"bucket": "a", "delimiter": "/"}),
        (GCS + "GCSListObjectsOperator", {"bucket": "a", "prefix": ["b", "c"]}),
        (GCS + "GCSDeleteObjectsOperator", {"bucket_name": "a", "prefix": ["b", "c"]}),
        (TO_GCS, {"src": "/data/*.csv", "dst": "a/", "bucket": "b"}),
    ],
)
def test_what_stays(operator: str, arguments: dict[str, Any]) -> None:
    with pytest.raises(Untranslatable):
        lowered(operator, **arguments)


def test_sensors_of_gcs() -> None:
    there = lowered(SENSOR + "GCSObjectExistenceSensor", bucket="a", object="b*", use_glob=True).body
    assert there == PollUntil(ObjectExists("google_cloud_default", "a", "b*", wildcard=True))
    below = lowered(SENSOR + "GCSObjectsWithPrefixExistenceSensor", bucket="a", prefix=Text(("b/", "c"))).body
    assert below == PollUntil(ObjectExists("google_cloud_default", "a", Format(("b/", "c", "*")), wildcard=True))


def test_a_command_that_is_waited_for_has_its_environment_alone() -> None:
    sensor = "airflow.providers.standard.sensors.bash.BashSensor"
    assert lowered(sensor, bash_command="test -e a").body == PollUntil(RunShell("test -e a"))
    given = lowered(sensor, bash_command="b", env={"A": "1"}).body
    assert given == PollUntil(RunShell("b", {"A": "1"}, append_env=False))
    with pytest.raises(Untranslatable):
        lowered(sensor, bash_command="b", retry_exit_code=2)


@pytest.fixture
def store(tmp_path: Path) -> Any:
    names: dict[str, Any] = {
        "AbstractFileSystem": AbstractFileSystem,
        "LocalFileSystem": LocalFileSystem,
        "Sequence": Sequence,
        "dg": dg,
        "fnmatch": fnmatch,
        "re": re,
        "url_to_fs": url_to_fs,
    }
    names |= {"Any": Any, "Mapping": Mapping, "Decimal": Decimal, "base64": base64, "csv": csv, "json": json}
    names |= {"shutil": shutil}
    exec(class_source("object_store", ("copy_from", "delete_prefix", "write_query", "write_rows")), names)
    return names["ObjectStore"](root=str(tmp_path / "store"))


def test_what_the_resource_does(store: Any, tmp_path: Path) -> None:
    file = tmp_path / "orders.csv"
    file.write_text("1")
    assert store.list_keys("lake") == []
    store.upload(str(file), "lake", "in/a.csv")
    store.copy_object("lake", "in/a.csv", "archive", "2024/a.csv")
    store.upload(str(file), "lake", "inner/b.csv")
    assert store.list_keys("lake") == ["in/a.csv", "inner/b.csv"]
    assert store.list_keys("lake", "in/") == ["in/a.csv"]
    assert store.list_keys("lake", "in") == ["in/a.csv", "inner/b.csv"]
    assert (tmp_path / "store/archive/2024/a.csv").read_text() == "1"
    with pytest.raises(ValueError, match=r"in/a\.csv"):
        store.upload(str(file), "lake", "in/a.csv")
    store.upload(str(file), "lake", "in/a.csv", replace=True)
    store.delete_objects("lake", ["in/a.csv", "inner/b.csv"])
    assert store.list_keys("lake") == []
    store.delete_objects("lake", "in/a.csv", missing_ok=True)
    with pytest.raises(FileNotFoundError):
        store.delete_objects("lake", "in/a.csv")


def test_rows_become_an_object_and_a_prefix_is_deleted(store: Any, tmp_path: Path) -> None:
    frame = pd.DataFrame({"a": [1, 2]})
    database = SimpleNamespace(frame=lambda sql, parameters: frame)
    store.write_query(database, "SELECT a", "lake", "out/a", options={"index": False})
    assert (tmp_path / "store/lake/out/a.csv").read_text() == "a\n1\n2\n"
    with pytest.raises(ValueError, match=r"out/a\.csv"):
        store.write_query(database, "SELECT a", "lake", "out/a.csv")
    store.write_query(database, "SELECT a", "lake", "out/b.json", "json", replace=True)
    store.delete_prefix("lake", "out/a")
    assert store.list_keys("lake") == ["out/b.json"]


def test_rows_become_lines_of_json_or_csv(store: Any, tmp_path: Path) -> None:
    found = (["n", "day", "amount"], [(1, dt.date(2024, 1, 5), Decimal("1.5")), (None, None, b"a")])
    database = SimpleNamespace(run_with=lambda sql, handler, parameters: found)
    store.write_rows(database, "SELECT 1", "lake", "a.json")
    lines = (tmp_path / "store/lake/a.json").read_text().splitlines()
    assert lines == [
        '{"amount": 1.5, "day": "2024-01-05", "n": 1}',
        '{"amount": "YQ==", "day": null, "n": null}',
    ]
    store.write_rows(database, "SELECT 1", "lake", "a.csv", "csv", delimiter="|", null="-", compress=True)
    with gzip.open(tmp_path / "store/lake/a.csv", "rt", newline="") as file:
        assert file.read() == "n|day|amount\r\n1|2024-01-05|1.5\r\n-|-|b'a'\r\n"
    nothing = SimpleNamespace(run_with=lambda sql, handler, parameters: (["n"], []))
    store.write_rows(nothing, "SELECT 1", "lake", "none.json")
    assert store.list_keys("lake") == ["a.csv", "a.json"]


def test_objects_are_copied_from_another_store(store: Any, tmp_path: Path) -> None:
    other = type(store)(root=str(tmp_path / "other"))
    for key in ("in/a.csv", "in/b.csv"):
        place = tmp_path / "other/drops" / key
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(key)
    assert store.copy_from(other, "drops", "in/", "lake", "raw/") == ["in/a.csv", "in/b.csv"]
    assert store.copy_from(other, "drops", "in/", "lake", "raw/") == []
    assert store.copy_from(other, "drops", "in/a", "lake", "new", in_place_of_prefix=True) == ["in/a.csv"]
    assert store.list_keys("lake") == ["new.csv", "raw/in/a.csv", "raw/in/b.csv"]


def test_more_of_what_hooks_do(tmp_path: Path) -> None:
    names: dict[str, Any] = {"AbstractFileSystem": AbstractFileSystem, "LocalFileSystem": LocalFileSystem, "IO": IO}
    names |= {"Sequence": Sequence, "dg": dg, "fnmatch": fnmatch, "re": re, "url_to_fs": url_to_fs}
    exec(class_source("object_store", ("list_folders", "has_folder", "write_file", "write")), names)
    store = names["ObjectStore"](root=str(tmp_path))
    for key in ("in/2024/a.csv", "in/2025/b.csv", "in/c.csv", "inner/d.csv"):
        store.write_file(BytesIO(b"1"), "lake", key)
    assert store.list_folders("lake", "in/") == ["in/2024/", "in/2025/"]
    assert store.list_folders("lake") == ["in/", "inner/"]
    assert store.has_folder("lake", "in/2024") and not store.has_folder("lake", "in/20")
    with pytest.raises(ValueError, match=r"c\.csv"):
        store.write_file(BytesIO(b"2"), "lake", "in/c.csv")
    store.write_file(BytesIO(b"2"), "lake", "in/c.csv", replace=True)
    assert (tmp_path / "lake/in/c.csv").read_text() == "2"
