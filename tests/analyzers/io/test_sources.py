"""Declared assets, values that tasks hand over, and arguments that name data."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from migrator.analyzers.io import infer_io
from migrator.analyzers.io.names import usable
from migrator.analyzers.source import Folder
from migrator.config import Config
from migrator.model.airflow import Task
from migrator.model.assets import Confidence, Direction
from migrator.model.values import AssetValue, ObjectValue, Symbolic, Text, XComValue
from migrator.pipeline import analyze
from tests.analyzers.io.builders import BASH, dag, inferred, io_of, project, refs_of, sql_task, task

FILE_SENSOR = "FileSensor", "airflow.providers.standard.sensors.filesystem"


def test_inlets_and_outlets() -> None:
    table = ObjectValue("airflow.lineage.entities.Table", kwargs={"database": "shop", "cluster": "c", "name": "orders"})
    either = AssetValue("", kind="any", members=(AssetValue("a"), AssetValue("b", uri="s3://x/b")))
    refs = refs_of(task(inlets=(either, "auto"), outlets=(table, AssetValue("later", kind="alias"))))
    assert [(ref.direction, ref.kind, ref.name) for ref in refs] == [
        (Direction.INPUT, "dataset", "a"),
        (Direction.INPUT, "dataset", "s3://x/b"),
        (Direction.OUTPUT, "table", "shop.orders"),
    ]
    assert {ref.confidence for ref in refs} == {Confidence.DECLARED}


def xcoms(*tasks: Task) -> dict[str, list[tuple[str, str]]]:
    found = inferred(dag(*tasks)).dags[0].tasks
    return {one.task_id: [(ref.direction.value, ref.name) for ref in one.refs] for one in found}


def test_values_handed_over() -> None:
    maker = task("make")
    unused = task("unused")
    takers = [
        task("argument", call_args=([XComValue("make")],), upstream=("make",)),
        task("text", BASH, arguments={"bash_command": Text(("echo ", XComValue("make", key="n")))}),
        task("template", BASH, arguments={"bash_command": "echo {{ ti.xcom_pull(task_ids='make')['n'] }}"}),
        task("only_one_before", BASH, arguments={"env": {"N": "{{ ti.xcom_pull() }}"}}, upstream=("make",)),
        task("mapped", expand={"op_args": XComValue("make", others=(XComValue("unused2"),))}),
    ]
    found = xcoms(maker, unused, *takers)
    assert found["make"] == [("output", "d.make")]
    assert found["unused"] == []
    for one in takers:
        assert found[one.task_id] == [("input", "d.make")], one.task_id


@pytest.mark.parametrize(
    "command",
    [
        "echo {{ ti.xcom_pull(task_ids='nowhere') }}",
        "echo {{ ti.xcom_pull(key='n') }}",
        "echo {{ ti.xcom_pull(task_ids=params.x) }}",
    ],
)
def test_values_of_nobody_in_particular(command: str) -> None:
    assert xcoms(task("make"), task("x", BASH, arguments={"bash_command": command}))["x"] == []


def test_another_dags_value() -> None:
    text = "echo {{ ti.xcom_pull(task_ids='make', dag_id='other') }}"
    done = inferred(
        dag(task("make", dag_id="other"), dag_id="other"), dag(task("x", BASH, arguments={"bash_command": text}))
    )
    assert [ref.name for one in done.tasks() for ref in one.refs] == ["other.make", "other.make"]


@pytest.mark.parametrize(
    ("operator", "arguments", "reads", "writes"),
    [
        ("FileSensor", {"filepath": "raw/x_{{ ds }}.csv"}, ["raw/x_{{ ds }}.csv"], []),
        ("S3KeySensor", {"bucket_key": "s3://b/k"}, ["s3://b/k"], []),
        ("S3KeySensor", {"bucket_name": "b", "bucket_key": ["k1", "/k2"]}, ["s3://b/k1", "s3://b/k2"], []),
        ("S3KeySensor", {"bucket_key": "k"}, [], []),
        ("GCSObjectExistenceSensor", {"bucket": "b", "object": "k"}, ["gs://b/k"], []),
        ("SQLColumnCheckOperator", {"table": "mart.orders"}, ["mart.orders"], []),
        (
            "GCSToBigQueryOperator",
            {"bucket": "b", "source_objects": ["k.csv"], "destination_project_dataset_table": "p:d.t"},
            ["gs://b/k.csv"],
            ["p.d.t"],
        ),
        (
            "BigQueryInsertJobOperator",
            {
                "configuration": {
                    "query": {"query": "SELECT 1 FROM a", "destinationTable": {"datasetId": "d", "tableId": "t"}}
                }
            },
            ["a"],
            ["d.t"],
        ),
    ],
)
def test_arguments_that_name_data(
    operator: str, arguments: dict[str, Any], reads: list[str], writes: list[str]
) -> None:
    modules = {
        "SQLColumnCheckOperator": "airflow.providers.common.sql.operators.sql",
        "BigQueryInsertJobOperator": "airflow.providers.google.cloud.operators.bigquery",
    }
    one = task("t", (operator, modules.get(operator, "airflow.providers.x")), arguments=arguments)
    assert io_of(one) == (reads, writes)


def test_a_subclass_of_a_sensor() -> None:
    bases = ("airflow.providers.standard.sensors.filesystem.FileSensor",)
    one = task("t", ("SlowFileSensor", "plugins"), bases=bases, arguments={"filepath": "a.csv"})
    assert io_of(one) == (["a.csv"], [])


def test_a_name_of_which_nothing_is_known_is_none() -> None:
    for value in (Symbolic("unknown", "f()"), "{{ dag_run.conf['x'] }}", "{{ broken", 3, "s3://{{ ds }}", ""):
        assert refs_of(task("t", FILE_SENSOR, arguments={"filepath": value})) == (), value
    (ref,) = refs_of(task("t", FILE_SENSOR, arguments={"filepath": "in/{{ dag_run.conf['x'] }}.csv"}))
    assert (ref.name, ref.confidence) == ("in/{?}.csv", Confidence.POSSIBLE)


def test_a_date_that_a_macro_computes_stays_visible() -> None:
    text = "raw/{{ macros.ds_add(ds, -params.back) }}.csv"
    assert io_of(task("t", FILE_SENSOR, arguments={"filepath": text})) == ([text], [])


def test_secrets_in_addresses_are_left_out() -> None:
    assert usable("ftp://user:hunter2@host/x") == "ftp://host/x"
    assert usable("https://x.example/a?token=hunter2") == "https://x.example/a"
    assert usable("abfss://container@account/x") == "abfss://container@account/x"


def test_one_thing_once_by_its_best_evidence() -> None:
    done = sql_task("INSERT INTO a SELECT * FROM b; INSERT INTO a SELECT * FROM a")
    assert io_of(done) == (["b"], ["a"])


def test_what_the_settings_tell() -> None:
    config = Config(
        variables={"schema": "mart", "dirs": '{"raw": ["in"]}', "flag": True},
        connections={"wh": "google_cloud_platform"},
    )
    sql = "INSERT INTO `{{ var.value.schema }}`.t SELECT * FROM s.{{ var.value.flag }}"
    sensor = task("wait", FILE_SENSOR, arguments={"filepath": "{{ var.json.dirs.raw }}/{{ var.json.dirs.x }}/a.csv"})
    owner = dag(sql_task(sql, conn_id="wh"), sensor)
    done = infer_io(project(owner), Folder(Path("/nowhere")), config)
    refs = [(ref.name, ref.system) for one in done.tasks() for ref in one.refs]
    assert refs == [
        ("s.{var:flag}", "bigquery"),
        ("mart.t", "bigquery"),
        ("{var:dirs.raw}/{var:dirs.x}/a.csv", None),
    ]


def test_sql_files_that_are_there_but_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "large.sql").write_text("INSERT INTO a.b VALUES (1);\n" * 400_000)
    (tmp_path / "binary.sql").write_bytes(b"\xff\xfe\x00insert")
    (tmp_path / "d.py").write_text(
        "from airflow.sdk import DAG\n"
        "from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator\n"
        'with DAG("d"):\n'
        '    for name in ("large", "binary", "none"):\n'
        '        SQLExecuteQueryOperator(task_id=name, conn_id="c", sql=["INSERT INTO x.y SELECT 1", f"{name}.sql"])\n'
    )

    analysis = analyze(tmp_path, Config())

    reported = {finding.code for finding in analysis.diagnostics}
    assert reported & {"MIG006", "MIG007", "MIG404"} == {"MIG006", "MIG007", "MIG404"}
    assert {ref.name for task in analysis.project.tasks() for ref in task.refs} == {"x.y"}
