"""The tables of the catalogue: their form, what they cover, and what single entries tell of single tasks."""

from __future__ import annotations

from typing import Any

import pytest

from migrator.analyzers.io.catalogue import ROLES, class_entry, entry_for, tables
from migrator.analyzers.io.catalogue.docs import TARGET, entry_of, kind_of, listed_classes, operator_classes, render
from migrator.analyzers.io.catalogue.patterns import Condition, Optional, Placeholder, parse
from migrator.model.assets import Confidence, Direction
from migrator.model.values import Symbolic, XComValue
from tests.analyzers.io.builders import io_of, refs_of, task

PROVIDERS = "airflow.providers."
GCS_TO_BQ = "GCSToBigQueryOperator", f"{PROVIDERS}google.cloud.transfers.gcs_to_bigquery"
S3_KEY = "S3KeySensor", f"{PROVIDERS}amazon.aws.sensors.s3"
BIGQUERY_JOB = "BigQueryInsertJobOperator", f"{PROVIDERS}google.cloud.operators.bigquery"
SFTP = "SFTPOperator", f"{PROVIDERS}sftp.operators.sftp"


def test_every_entry_has_a_reason_and_a_role() -> None:
    entries = [*tables().classes.values(), *tables().modules.values()]
    assert len(entries) > 400
    for entry in entries:
        assert entry.role in ROLES
        assert entry.why and entry.why[0].islower() and not entry.why.endswith("."), entry.why


def test_what_makes_data_names_it_or_has_sql() -> None:
    silent = [name for name, entry in tables().classes.items() if entry.role == "asset" and not entry.names_data]
    assert silent == [f"{PROVIDERS}common.sql.decorators.sql._SQLDecoratedOperator"]


def test_every_operator_of_the_providers_is_listed() -> None:
    classes = listed_classes()
    assert len(classes) > 1200
    assert [name for name in classes if kind_of(entry_of(name, classes)) == "not listed"] == []


def test_the_page_is_current() -> None:
    hint = "run `python -m migrator.analyzers.io.catalogue.docs`"
    assert TARGET.read_text(encoding="utf-8") == render(listed_classes()), hint


def test_a_query_of_a_service_is_no_sql() -> None:
    operator = "GoogleAdsToGcsOperator", f"{PROVIDERS}google.ads.transfers.ads_to_gcs"
    arguments = {"query": "SELECT campaign.id FROM campaign", "bucket": "b", "obj": "c.csv"}
    report = task("report", operator, arguments=arguments)
    assert io_of(report) == ([], ["gs://b/c.csv"])


def test_classes_are_found_by_reading(tmp_path: Any) -> None:
    folder = tmp_path / "shop" / "operators"
    folder.mkdir(parents=True)
    (folder / "orders.py").write_text(
        "from airflow.sdk import BaseOperator\n"
        "class Base(BaseOperator[int]): ...\nclass Load(Base): ...\nclass Helper: ...\nclass Loop(Loop): ...\n",
        encoding="utf-8",
    )
    prefix = "airflow.providers.shop.operators.orders."
    assert operator_classes(tmp_path) == {f"{prefix}Base": [], f"{prefix}Load": [f"{prefix}Base"]}


def test_a_line() -> None:
    reference = parse("table/bigquery [{a.project}.]{b|c!colon} each x.y|z via conn if k=get unless flag likely")
    assert reference.parts == (
        Optional((Placeholder(("a.project",)), ".")),
        Placeholder(("b", "c"), "colon"),
    )
    assert (reference.kind, reference.system, reference.each, reference.via) == (
        "table",
        "bigquery",
        ("x.y", "z"),
        "conn",
    )
    assert reference.conditions == (Condition("k", "get"), Condition("flag", "", negated=True))
    assert reference.confidence is Confidence.LIKELY
    assert reference.arguments == ("x", "z", "a", "b", "c")


@pytest.mark.parametrize(
    "line",
    [
        "table",
        "thing {a}",
        "table {a",
        "table [{a}[{b}]]",
        "table {a}]",
        "table {a!loud}",
        "table {a} via",
        "table {a} whenever b",
    ],
)
def test_a_line_in_another_form_is_refused(line: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse(line)


@pytest.mark.parametrize(
    ("operator", "arguments", "reads", "writes"),
    [
        (
            GCS_TO_BQ,
            {"bucket": "gs://b/", "source_objects": ["x/{{ ds }}.csv"], "destination_project_dataset_table": "p:d.t"},
            ["gs://b/x/{{ ds }}.csv"],
            ["p.d.t"],
        ),
        (
            GCS_TO_BQ,
            {
                "bucket": Symbolic("variable", "v", name="B"),
                "source_objects": "{{ ds }}.csv",
                "destination_project_dataset_table": Symbolic("unknown", "f()"),
            },
            ["gs://{var:B}/{{ ds }}.csv"],
            [],
        ),
        (GCS_TO_BQ, {"bucket": XComValue("x"), "source_objects": ["a"]}, [], []),
        (S3_KEY, {"bucket_key": "s3://b/k"}, ["s3://b/k"], []),
        (S3_KEY, {"bucket_name": "s3://b", "bucket_key": "/k"}, ["s3://b/k"], []),
        (SFTP, {"local_filepath": "/a", "remote_filepath": "/b"}, ["/a"], ["sftp://{conn:ssh_default}/b"]),
        (
            SFTP,
            {"local_filepath": "/a", "remote_filepath": "b", "operation": "GET", "ssh_conn_id": "s"},
            ["sftp://{conn:s}/b"],
            ["/a"],
        ),
        (SFTP, {"remote_filepath": "b", "operation": "delete"}, [], []),
        (
            BIGQUERY_JOB,
            {
                "configuration": {
                    "copy": {
                        "sourceTables": [{"datasetId": "d", "tableId": "a"}, {"datasetId": "e", "tableId": "b"}],
                        "destinationTable": {"projectId": "p", "datasetId": "d", "tableId": "c"},
                    }
                }
            },
            ["d.a", "e.b"],
            ["p.d.c"],
        ),
        (
            BIGQUERY_JOB,
            {"configuration": {"extract": {"sourceTable": {"tableId": "a"}, "destinationUris": ["gs://b/c-*.csv"]}}},
            [],
            ["gs://b/c-*.csv"],
        ),
    ],
)
def test_names(operator: tuple[str, str], arguments: dict[str, Any], reads: list[str], writes: list[str]) -> None:
    assert io_of(task("t", operator, arguments=arguments)) == (reads, writes)


def test_connection_and_system() -> None:
    arguments = {"schema": "mart", "table": "orders", "s3_bucket": "b", "s3_key": "k", "redshift_conn_id": "wh"}
    one = task("t", ("S3ToRedshiftTransfer", "airflow.operators.s3_to_redshift_operator"), arguments=arguments)
    found = {(ref.name, ref.system, ref.connection) for ref in refs_of(one)}
    assert found == {("s3://b/k", "s3", "aws_default"), ("mart.orders", "redshift", "wh")}


def test_names_of_other_versions() -> None:
    for module, name in (
        ("airflow.contrib.operators.gcs_to_bq", "GoogleCloudStorageToBigQueryOperator"),
        ("airflow.contrib.operators.s3_to_gcs_operator", "S3ToGoogleCloudStorageOperator"),
        ("airflow.contrib.sensors.gcs_sensor", "GoogleCloudStorageObjectSensor"),
        ("airflow.operators.hive_operator", "HiveOperator"),
        ("airflow.operators.slack_operator", "SlackAPIPostOperator"),
    ):
        assert class_entry(f"{module}.{name}") is not None, name


def test_a_copy_in_the_folder_is_likely_at_most() -> None:
    arguments = {"bucket": "b", "source_objects": ["k"], "destination_project_dataset_table": "d.t"}
    copied = task("t", ("GCSToBigQueryOperator", "plugins.operators"), arguments=arguments)
    entry = entry_for(copied)
    assert entry is not None and not entry.sure
    assert {ref.confidence for ref in refs_of(copied)} == {Confidence.LIKELY}
    bases = (f"{GCS_TO_BQ[1]}.{GCS_TO_BQ[0]}",)
    for overrides, confidence in ((("__init__",), Confidence.CERTAIN), (("execute",), Confidence.LIKELY)):
        own = task("t", ("Load", "plugins"), arguments=arguments, bases=bases, overrides=overrides)
        assert {ref.confidence for ref in refs_of(own)} == {confidence}


def test_sql_of_listed_arguments() -> None:
    arguments = {"sql": "SELECT * FROM shop.orders", "bucket": "b", "filename": "o.json"}
    one = task(
        "t", ("PostgresToGCSOperator", f"{PROVIDERS}google.cloud.transfers.postgres_to_gcs"), arguments=arguments
    )
    (table,) = [ref for ref in refs_of(one) if ref.direction is Direction.INPUT]
    assert (table.name, table.system, table.connection) == ("shop.orders", "postgres", "postgres_default")
    assert table.confidence is Confidence.CERTAIN


def test_lists_do_not_multiply_without_end() -> None:
    names = [f"k{number}" for number in range(1000)]
    one = task("t", S3_KEY, arguments={"bucket_name": "b", "bucket_key": names})
    assert len(refs_of(one)) == 200


def test_the_query_of_an_export_names_tables_of_its_database() -> None:
    operator = "CloudSQLExportInstanceOperator", f"{PROVIDERS}google.cloud.operators.cloud_sql"
    export: dict[str, Any] = {"uri": "gs://lake/x.csv", "databases": ["shop"]}
    whole = task("t", operator, arguments={"instance": "replica", "body": {"exportContext": export}})
    assert io_of(whole) == (["replica.shop"], ["gs://lake/x.csv"])
    query = {"csvExportOptions": {"selectQuery": "SELECT * FROM items i JOIN orders o ON o.id = i.order_id"}}
    part = task("t", operator, arguments={"instance": "replica", "body": {"exportContext": export | query}})
    assert io_of(part) == (["replica.shop.items", "replica.shop.orders"], ["gs://lake/x.csv"])
