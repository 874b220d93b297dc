"""Objects in stores: what tasks become, and what the generated resource does in a folder."""

from __future__ import annotations

import base64
import csv
import datetime as dt
import fnmatch
import glob
import gzip
import json
import re
import shutil
import subprocess
import tempfile
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
from migrator.model.expressions import Format, ResourceValue
from migrator.model.values import Text, Value, XComValue
from migrator.operators.rule import Lowering, Untranslatable
from tests.operators.fake import lower, make_task

S3 = "airflow.providers.amazon.aws.operators.s3."
GCS = "airflow.providers.google.cloud.operators.gcs."
SENSOR = "airflow.providers.google.cloud.sensors.gcs."
TO_GCS = "airflow.providers.google.cloud.transfers.local_to_gcs.LocalFilesystemToGCSOperator"

GCS_COPY = "airflow.providers.google.cloud.transfers.gcs_to_gcs.GCSToGCSOperator"
S3_SENSOR = "airflow.providers.amazon.aws.sensors.s3.S3KeySensor"


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
        (S3 + "S3ListOperator", {"bucket": "a", "delimiter": "-"}),
        (S3 + "S3ListPrefixesOperator", {"bucket": "a", "prefix": "b", "delimiter": "-"}),
        (TO_GCS, {"src": "/data/*.csv", "dst": "a", "bucket": "b"}),
        (GCS_COPY, {"source_bucket": "a", "source_object": "b", "is_older_than": 60}),
        (GCS_COPY, {"source_bucket": "a", "source_object": "b/", "match_glob": "*/c.csv"}),
        (S3_SENSOR, {"bucket_key": ["s3://a/b", "s3://c/d"]}),
        (GCS + "GCSListObjectsOperator", {"bucket": "a", "prefix": ["b", "c"]}),
        (GCS + "GCSDeleteObjectsOperator", {"bucket_name": "a", "prefix": ["b", "c"]}),
    ],
)
def test_what_stays(operator: str, arguments: dict[str, Any]) -> None:
    with pytest.raises(Untranslatable):
        lowered(operator, **arguments)


def arguments_of(operator: str, method: str, **arguments: Any) -> Mapping[str, Any]:
    body = lowered(operator, **arguments).body
    assert isinstance(body, UseResource) and body.method == method
    return body.arguments


def test_ways_to_list() -> None:
    listed = GCS + "GCSListObjectsOperator"
    ending = {"bucket": "a", "prefix": "b/", "ending": ".csv"}
    assert arguments_of(listed, "list_ending", bucket="a", prefix="b/", delimiter=".csv") == ending
    assert arguments_of(listed, "list_ending", bucket="a", prefix="b/", match_glob="**/*.csv") == ending
    assert arguments_of(listed, "list_folders", bucket="a", delimiter="/") == {"bucket": "a"}
    assert arguments_of(listed, "list_glob", bucket="a", match_glob="b/*/c?") == {"bucket": "a", "pattern": "b/*/c?"}
    folders = arguments_of(S3 + "S3ListPrefixesOperator", "list_folders", bucket="a", prefix="b/", delimiter="/")
    assert folders == {"bucket": "a", "prefix": "b/"}
    s3 = S3 + "S3ListOperator"
    assert arguments_of(s3, "list_direct", bucket="a", prefix="b/", delimiter="/") == {"bucket": "a", "prefix": "b/"}
    found = arguments_of(s3, "list_matches", bucket="a", prefix="b*c", apply_wildcard=True)
    assert found == {"bucket": "a", "pattern": "b*c"}


def test_files_and_objects_by_the_number() -> None:
    files = arguments_of(TO_GCS, "upload_files", src=["a", "b"], dst="in/", bucket="lake", gzip=True)
    assert files == {"paths": ["a", "b"], "bucket": "lake", "folder": "in/", "compress": True}
    moved = {"source_bucket": "a", "sources": "b", "bucket": "a", "target": "c", "move": True}
    given = {"source_bucket": "a", "source_object": "b", "destination_object": "c"}
    assert arguments_of(GCS_COPY, "copy_objects", **given, move_object=True) == moved
    kept = {"source_bucket": "a", "sources": "b", "bucket": "a", "target": "c", "ending": ".d", "replace": False}
    assert arguments_of(GCS_COPY, "copy_objects", **given, match_glob="**.d", replace=False) == kept
    assert arguments_of(GCS_COPY, "copy_object", **given)["key"] == "c"


def test_sensors_of_s3() -> None:
    both = lowered(S3_SENSOR, bucket_key=["s3://a/b", "s3://a/c*"], wildcard_match=True).body
    assert both == PollUntil(UseResource("aws_default", "all_match", {"bucket": "a", "patterns": ["b", "c*"]}))
    below = lowered("airflow.sensors.s3_prefix_sensor.S3PrefixSensor", bucket_name="a", prefix="b/").body
    assert below == PollUntil(ObjectExists("aws_default", "a", "b/*", wildcard=True))


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
    again = lowered(sensor, bash_command="b", retry_exit_code=2)
    assert again.body == PollUntil(RunShell("b", retry_exit_code=2))
    for refused in ({"soft_fail": True}, {"retry_exit_code": "2"}):
        with pytest.raises(Untranslatable):
            lowered(sensor, **{"bash_command": "b", "retry_exit_code": 2, **refused})


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


def test_a_schema_is_written_beside_the_rows(tmp_path: Path) -> None:
    names: dict[str, Any] = {"AbstractFileSystem": AbstractFileSystem, "LocalFileSystem": LocalFileSystem, "dg": dg}
    names |= {"Any": Any, "Mapping": Mapping, "Sequence": Sequence, "Decimal": Decimal, "base64": base64, "csv": csv}
    names |= {"fnmatch": fnmatch, "json": json, "re": re, "url_to_fs": url_to_fs}
    exec(class_source("object_store", ("bigquery_schema", "write_rows")), names)
    store = names["ObjectStore"](root=str(tmp_path))
    columns = [("n", 23), ("day", 1082), ("name", 25)]
    database = SimpleNamespace(
        run_with=lambda sql, handler, parameters: (columns, [(1, dt.date(2024, 1, 5), "a")]),
        engine=lambda: SimpleNamespace(dialect=SimpleNamespace(name="postgresql")),
    )
    store.write_rows(database, "SELECT 1", "lake", "a.json", schema_key="schema.json")
    fields = json.loads((tmp_path / "lake/schema.json").read_text())
    assert [(field["name"], field["type"]) for field in fields] == [
        ("n", "INTEGER"),
        ("day", "DATE"),
        ("name", "STRING"),
    ]
    assert json.loads((tmp_path / "lake/a.json").read_text()) == {"n": 1, "day": "2024-01-05", "name": "a"}
    store.write_rows(database, "SELECT 1", "lake", "a.json", schema_key="own.json", schema=[{"name": "n"}])
    assert json.loads((tmp_path / "lake/own.json").read_text()) == [{"name": "n"}]


ROWS = "airflow.providers.google.cloud.transfers.postgres_to_gcs.PostgresToGCSOperator"
MSSQL_ROWS = "airflow.providers.google.cloud.transfers.mssql_to_gcs.MSSQLToGCSOperator"


def test_rows_for_bigquery() -> None:
    given = {"sql": "SELECT 1", "bucket": "lake"}
    with_schema = arguments_of(ROWS, "write_rows", **given, filename="a_{}.json", schema_filename="s.json")
    assert (with_schema["key"], with_schema["schema_key"]) == ("a_0.json", "s.json")
    parquet = arguments_of(ROWS, "write_query", **given, filename="a.parquet", export_format="parquet")
    assert (parquet["file_format"], parquet["key"], parquet["replace"]) == ("parquet", "a.parquet", True)
    for operator, arguments in (
        (ROWS, {"filename": "a.pq", "export_format": "parquet"}),
        (MSSQL_ROWS, {"filename": "a.json", "schema_filename": "s.json"}),
    ):
        with pytest.raises(Untranslatable):
            lowered(operator, **given, **arguments)


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


@pytest.fixture
def lake(tmp_path: Path) -> Any:
    """A store with three objects, and the methods that only some tasks need."""
    names: dict[str, Any] = {"AbstractFileSystem": AbstractFileSystem, "LocalFileSystem": LocalFileSystem, "Path": Path}
    names |= {"Sequence": Sequence, "dg": dg, "fnmatch": fnmatch, "glob": glob, "gzip": gzip, "re": re}
    names |= {"url_to_fs": url_to_fs}
    methods = (
        "all_exist all_match compress copy_objects list_direct list_ending list_glob list_matches upload_files write"
    )
    exec(class_source("object_store", methods.split()), names)
    store = names["ObjectStore"](root=str(tmp_path / "store"))
    for key in ("in/a.csv", "in/b.csv", "in/old/c.json"):
        store.write(key, "lake", key)
    return store


def test_keys_are_looked_for(lake: Any) -> None:
    assert lake.all_exist("lake", ["in/a.csv", "in/b.csv"]) and not lake.all_exist("lake", ["in/a.csv", "in/c.csv"])
    assert lake.all_match("lake", ["in/*.csv", "*.json"]) and not lake.all_match("lake", ["in/*.csv", "out/*"])
    assert lake.list_direct("lake", "in/") == ["in/a.csv", "in/b.csv"]
    assert lake.list_ending("lake", "in/", ".json") == ["in/old/c.json"]
    assert lake.list_matches("lake", "in/*c*") == ["in/a.csv", "in/b.csv", "in/old/c.json"]
    assert lake.list_glob("lake", "in/*c*") == ["in/a.csv", "in/b.csv"]
    assert lake.list_glob("lake", "**/*.json", "in/o") == ["in/old/c.json"]


@pytest.mark.parametrize(
    ("source", "target", "options", "copied"),
    [
        ("in/*.csv", "out/", {}, ["out/a.csv", "out/b.csv"]),
        ("in/", "out", {}, ["out/a.csv", "out/b.csv", "out/old/c.json"]),
        ("in/", "out/", {"ending": ".json"}, ["out/c.json"]),
        ("in", None, {"ending": ".csv"}, ["in/a.csv", "in/b.csv"]),
        (["in/a.csv", "in/b"], "out/", {}, ["out/a.csv", "out/b.csv"]),
        ("in/a", "out.csv", {}, ["out.csv"]),
    ],
)
def test_objects_are_copied_as_airflow_names_them(
    lake: Any, source: str | list[str], target: str | None, options: dict[str, Any], copied: list[str]
) -> None:
    lake.copy_objects("lake", source, "archive", target, **options)
    assert lake.list_keys("archive") == copied
    assert len(lake.list_keys("lake")) == 3


def test_objects_are_moved_where_there_are_none_yet(lake: Any, tmp_path: Path) -> None:
    lake.write("kept", "archive", "out/a.csv")
    lake.copy_objects("lake", "in/*.csv", "archive", "out/", replace=False, move=True)
    assert lake.list_keys("lake") == ["in/a.csv", "in/old/c.json"]
    assert (tmp_path / "store/archive/out/a.csv").read_text() == "kept"


def test_files_are_uploaded_into_a_folder(lake: Any, tmp_path: Path) -> None:
    for name in ("a.txt", "b.txt"):
        (tmp_path / name).write_text(name)
    lake.upload_files(str(tmp_path / "*.txt"), "drops", "day/", compress=True)
    assert lake.list_keys("drops") == ["day/a.txt", "day/b.txt"]
    assert gzip.decompress((tmp_path / "store/drops/day/a.txt").read_bytes()) == b"a.txt"
    with pytest.raises(FileNotFoundError):
        lake.upload_files(str(tmp_path / "*.none"), "drops", "day/")


TRANSFORM = S3 + "S3FileTransformOperator"


def test_objects_that_a_program_makes() -> None:
    places = {"source_s3_key": "s3://a/b", "dest_s3_key": "s3://c/d"}
    given = arguments_of(TRANSFORM, "transform", **places, transform_script="/x.sh", script_args=["e"], replace=True)
    made = {
        "command": ["/x.sh"],
        "source_bucket": "a",
        "source_key": "b",
        "bucket": "c",
        "key": "d",
        "arguments": ["e"],
    }
    assert given == {**made, "replace": True}
    other = arguments_of(TRANSFORM, "transform", **places, transform_script="/x.sh", source_aws_conn_id="drops")
    assert other["source"] == ResourceValue("drops")
    gcs = arguments_of(
        GCS + "GCSFileTransformOperator",
        "transform",
        source_bucket="a",
        source_object="b",
        transform_script=["sh", "/x.sh"],
    )
    assert gcs["command"] == ["sh", "/x.sh"] and (gcs["bucket"], gcs["key"]) == ("a", "b")
    with pytest.raises(Untranslatable, match="select_expression"):
        lowered(TRANSFORM, **places, select_expression="SELECT 1")


def test_a_program_makes_an_object(tmp_path: Path) -> None:
    names: dict[str, Any] = {"AbstractFileSystem": AbstractFileSystem, "LocalFileSystem": LocalFileSystem, "Path": Path}
    names |= {"Sequence": Sequence, "dg": dg, "fnmatch": fnmatch, "re": re, "shutil": shutil, "subprocess": subprocess}
    names |= {"url_to_fs": url_to_fs, "tempfile": tempfile}
    exec(class_source("object_store", ("copy_object_from", "transform", "write")), names)
    store, other = (names["ObjectStore"](root=str(tmp_path / name)) for name in ("store", "other"))
    other.write("a b", "drops", "in.txt")
    program = ["sh", "-c", 'tr " " "$2" < "$0" > "$1"']
    store.transform(program, "drops", "in.txt", "lake", "out.txt", arguments=["_"], source=other)
    assert (tmp_path / "store/lake/out.txt").read_text() == "a_b"
    with pytest.raises(ValueError, match=r"out\.txt"):
        store.transform(program, "lake", "out.txt", "lake", "out.txt", arguments=["_"])
    with pytest.raises(subprocess.CalledProcessError):
        store.transform(["false"], "lake", "out.txt", "lake", "out.txt", replace=True)
    store.copy_object_from(other, "drops", "in.txt", "lake", "in.txt")
    assert (tmp_path / "store/lake/in.txt").read_text() == "a b"


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


@pytest.mark.parametrize(
    ("source", "path"),
    [
        ("orders/{{ ds }}/orders.csv", "in/orders.csv"),
        ("orders/orders_{{ ds }}.csv", "in/orders_{{ ds }}.csv"),
        ("orders/{{ macros.ds_format(ds, '%Y-%m-%d', '%Y/%m') }}", "in/"),
        ("{% if params.all %}all/{% endif %}orders.csv", "in/"),
        (XComValue("names"), "in/"),
    ],
)
def test_a_file_sent_without_its_folders_has_its_own_name(source: Value, path: str) -> None:
    """In a folder, where only the run knows it."""
    transfer = "airflow.providers.google.cloud.transfers.gcs_to_sftp.GCSToSFTPOperator"
    given = {"source_bucket": "b", "source_object": source, "destination_path": "in", "keep_directory_structure": False}
    body = lower(make_task(transfer, given))[0].body
    assert isinstance(body, UseResource) and body.arguments["path"] == path
    transfer = "airflow.providers.google.cloud.transfers.sftp_to_gcs.SFTPToGCSOperator"
    body = lower(make_task(transfer, {"source_path": source, "destination_bucket": "b"}))[0].body
    assert isinstance(body, UseResource) and body.arguments["key"] == path.removeprefix("in/")


def test_objects_of_one_bucket_are_waited_for_whatever_names_it() -> None:
    """A bucket may be named by a task; objects of several are waited for in Airflow."""
    named = Text(("env-", XComValue("first")))
    body = lower(make_task(S3_SENSOR, {"bucket_name": named, "bucket_key": "a"}))[0].body
    assert isinstance(body, PollUntil) and isinstance(body.condition, ObjectExists)
    two = lower(make_task(S3_SENSOR, {"bucket_name": named, "bucket_key": ["a", "b"]}))[0].body
    assert isinstance(two, PollUntil) and isinstance(two.condition, UseResource)
    with pytest.raises(Untranslatable, match="several buckets"):
        lower(make_task(S3_SENSOR, {"bucket_key": ["s3://a/b", "s3://c/d"]}))
