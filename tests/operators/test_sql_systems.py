"""SQL operators of single systems, and dbt's command line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from migrator.codegen import render_project
from migrator.config import Config
from migrator.model.bodies import RunShell, RunSql, UseResource
from migrator.model.expressions import Format, RunDate
from migrator.model.values import ObjectValue, Symbolic
from migrator.operators.dbt import as_json
from migrator.operators.registry import rule_for
from migrator.operators.rule import Lowering, Untranslatable
from migrator.pipeline import analyze
from tests.operators.fake import lower, make_task

HIVE = "airflow.providers.apache.hive.operators.hive.HiveOperator"
CLICKHOUSE = "airflow_clickhouse_plugin.operators.clickhouse_operator.ClickHouseOperator"
ATHENA = "airflow.providers.amazon.aws.operators.athena.AthenaOperator"
DBT = "airflow_dbt.operators.dbt_operator."


def lowered(operator: str, **arguments: Any) -> Lowering:
    return lower(make_task(operator, arguments))[0]


def test_hive_sets_before_it_runs() -> None:
    body = lowered(HIVE, hql="SELECT 1", schema="mart", hiveconfs={"a.b": "c"}).body
    assert body == RunSql("hive_cli_default", ("USE mart", "SET a.b=c", "SELECT 1"), gives=False)
    assert lowered(HIVE, hql="load.hql").body == RunSql("hive_cli_default", (("file", "load.hql"),), gives=False)


@pytest.mark.parametrize(
    "hql",
    ["LOAD DATA LOCAL INPATH '/a' INTO TABLE t", "SELECT 1;\n  add jar /opt/a.jar;", "!sh date", "source /etc/a.hql;"],
)
def test_what_only_the_command_line_of_hive_knows_goes_there(hql: str) -> None:
    lowering = lowered(HIVE, hql=hql, schema="mart", hive_cli_conn_id="dwh", hiveconfs={"a.b": "c"})
    arguments = {"hql": f"USE mart;\nSET a.b=c;\n{hql}"}
    assert lowering.body == UseResource("dwh", "run", arguments, kind="hive", gives=False) and lowering.deltas == ()


def test_variables_of_hive() -> None:
    translated = lowered(HIVE, hql="SELECT ${hiveconf:ds} -- ${ds_nodash}", hiveconf_jinja_translate=True).body
    assert isinstance(translated, RunSql) and translated.sql == ("SELECT {{ ds }} -- {{ ds_nodash }}",)
    told = lowered(HIVE, hql="SELECT ${hiveconf:day}", hiveconfs={"day": "1"}).body
    assert isinstance(told, RunSql) and told.sql == ("SET day=1", "SELECT ${hiveconf:day}")
    own = lowered(HIVE, hql="SET day=1;\nset hivevar:n = 2;\nSELECT ${hiveconf:day}, ${hivevar:n}").body
    assert isinstance(own, RunSql)
    cut = lowered(HIVE, hql="-- a\n-- begin\nSELECT 1", script_begin_tag="-- begin").body
    assert isinstance(cut, RunSql) and cut.sql == ("\nSELECT 1",)


HIVE_FILES = """\
from datetime import datetime
from airflow import DAG
from airflow.providers.apache.hive.operators.hive import HiveOperator

with DAG("hive", schedule="@daily", start_date=datetime(2026, 1, 1)):
    HiveOperator(task_id="load", hql="load.hql", hiveconf_jinja_translate=True)
    HiveOperator(task_id="make", hql="make.hql", hiveconf_jinja_translate=True)
    HiveOperator(task_id="made", hql="make.hql")
    HiveOperator(task_id="raw", hql="load.hql")
    HiveOperator(task_id="cut", hql="make.hql", script_begin_tag="TABLE")
"""


def test_variables_of_hive_in_files(tmp_path: Path) -> None:
    (tmp_path / "hive.py").write_text(HIVE_FILES)
    (tmp_path / "load.hql").write_text("INSERT INTO t SELECT '${hiveconf:ds}'")
    (tmp_path / "make.hql").write_text("CREATE TABLE t (day STRING)")

    analysis = analyze(tmp_path, Config())

    stays = {item.task_id: item.reason for item in analysis.plan.dispositions if item.kind == "airflow"}
    assert stays == {
        "raw": "its statements have variables of the Hive CLI in them",
        "cut": "another task needs the file `make.hql` in another form",
    }
    files = render_project(analysis.plan, analysis.project, "shop")
    assert [text for path, text in files.items() if path.endswith("load.hql")] == ["INSERT INTO t SELECT '{{ ds }}'"]


PROCEDURE = "airflow.providers.oracle.operators.oracle.OracleStoredProcedureOperator"


def test_procedures_of_oracle() -> None:
    body = lowered(PROCEDURE, procedure="a.b", parameters=[1, "x"]).body
    assert body == RunSql("oracle_default", ("CALL a.b(:1, :2)",), [1, "x"], gives=False)
    assert lowered(PROCEDURE, procedure="a.b").body == RunSql("oracle_default", ("CALL a.b()",), gives=False)
    with pytest.raises(Untranslatable, match="gives values back"):
        lowered(PROCEDURE, procedure="a.b", parameters={"out": ObjectValue("builtins.int", (), {})})


@pytest.mark.parametrize(
    "arguments",
    [
        {"hql": "SELECT ${hiveconf:day}"},
        {"hql": "SELECT ${hiveconf:day}", "hiveconfs": {"night": "1"}},
        {"hql": "SELECT 1", "hiveconfs": Symbolic("unknown", "settings()")},
        {},
    ],
)
def test_hive_that_stays(arguments: dict[str, Any]) -> None:
    with pytest.raises(Untranslatable):
        lowered(HIVE, **arguments)


def test_where_statements_run_is_said() -> None:
    lowering = lowered(CLICKHOUSE, sql=["SELECT 1", "SELECT 2"], clickhouse_conn_id="events", database="raw")
    assert lowering.body == RunSql("events", ("SELECT 1", "SELECT 2"))
    assert ["database raw" in delta.airflow for delta in lowering.deltas] == [True]
    assert lowered(CLICKHOUSE, sql="SELECT 1").deltas == ()


def test_rows_are_no_value_where_the_operator_gives_an_id() -> None:
    body = lowered(ATHENA, query="SELECT 1").body
    assert isinstance(body, RunSql)
    assert not body.gives
    with pytest.raises(Untranslatable, match="result_configuration"):
        lowered(ATHENA, query="SELECT 1", result_configuration={"a": 1})


def test_a_subclass_that_does_other_work_has_no_rule() -> None:
    assert rule_for(make_task("acme.Mine", bases=(CLICKHOUSE,))) is not None
    assert rule_for(make_task("acme.Mine", bases=(CLICKHOUSE,), overrides=("execute",))) is None


@pytest.mark.parametrize(
    ("operator", "arguments", "words"),
    [
        ("DbtDepsOperator", {}, ["dbt", "deps"]),
        ("DbtDocsGenerateOperator", {"target": "prod"}, ["dbt", "docs", "generate", "--target", "prod"]),
        ("DbtRunOperator", {"full_refresh": True, "models": "a"}, ["dbt", "run", "--models", "a", "--full-refresh"]),
        ("DbtRunOperator", {"dbt_bin": "/x/dbt", "warn_error": True}, ["/x/dbt", "--warn-error", "run"]),
        ("DbtTestOperator", {"data": True, "exclude": "b"}, ["dbt", "test", "--data", "--exclude", "b"]),
        ("DbtSeedOperator", {"vars": {"a": [1, None]}}, ["dbt", "seed", "--vars", '{"a": [1, null]}']),
    ],
)
def test_dbt_commands(operator: str, arguments: dict[str, Any], words: list[str]) -> None:
    assert lowered(DBT + operator, **arguments).body == RunShell(words, kind="dbt")


def test_dbt_folder_and_environment() -> None:
    body = lowered(DBT + "DbtRunOperator", dir="/opt/dbt", env={"A": "1"}).body
    assert body == RunShell(["dbt", "run"], {"A": "1"}, append_env=False, cwd="/opt/dbt", kind="dbt")


def test_dates_in_the_variables_of_dbt() -> None:
    task = make_task(DBT + "DbtRunOperator")
    assert as_json({"day": RunDate("ds")}, task) == Format(("{", '"day"', ": ", '"', RunDate("ds"), '"', "}"))
    with pytest.raises(Untranslatable):
        as_json({"day": object()}, task)


def test_what_a_notebook_of_snowflake_gets_is_escaped() -> None:
    notebook = "airflow.providers.snowflake.operators.snowflake.SnowflakeNotebookOperator"
    given = {"notebook": "DB.S.N", "notebook_parameters": ["it's", "a\\b"], "role": "r"}
    lowering = lowered(notebook, **given)
    assert lowering.body == RunSql("snowflake_default", ("EXECUTE NOTEBOOK DB.S.N('it''s', 'a\\\\b')",), gives=False)
    assert [delta.airflow for delta in lowering.deltas] == ["`role` say where the notebook runs"]
    bare = lowered(notebook, notebook="DB.S.N").body
    assert bare == RunSql("snowflake_default", ("EXECUTE NOTEBOOK DB.S.N()",), gives=False)
    for refused in (
        {"notebook_parameters": [Symbolic("unknown", "x()")]},
        {"notebook_parameters": "a"},
        {"bindings": {"1": 1}},
    ):
        with pytest.raises(Untranslatable):
            lowered(notebook, **{**given, **refused})


def test_vectors_go_into_postgres_by_sql() -> None:
    body = lowered(
        "airflow.providers.pgvector.operators.pgvector.PgVectorIngestOperator", conn_id="dwh", sql="SELECT 1"
    ).body
    assert isinstance(body, RunSql) and (body.resource, body.sql) == ("dwh", ("SELECT 1",))
