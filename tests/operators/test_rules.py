"""What each rule makes of a task, and that the rules' tables are in order."""

from __future__ import annotations

import ast
import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

from migrator.model.bodies import (
    CallFunction,
    Choose,
    ContinueIf,
    DoNothing,
    FileExists,
    Notify,
    ObjectExists,
    PollUntil,
    RenderedCall,
    RequestRun,
    RunShell,
    RunSql,
    SqlCheck,
    UseResource,
    WaitForRun,
)
from migrator.model.expressions import ConnectionField, Format, InputValue
from migrator.model.source import Span
from migrator.model.values import AssetValue, Parameter, Symbolic, Text, XComValue
from migrator.operators import builtin_rules, canonical, is_operator
from migrator.operators.common import COMMON_ARGUMENTS
from migrator.operators.rule import Rule, Untranslatable
from tests.operators.fake import FUNCTION, lower, make_task

RULES = builtin_rules()
UNKNOWN = Symbolic("unknown", "compute()")
SQL = "airflow.providers.common.sql.operators.sql."


def by_name(rule: Rule) -> str:
    return rule.name


# ------------------------------------------------------------------------------------------------------------- tables


def test_each_operator_has_one_rule() -> None:
    operators = [operator for rule in RULES for operator in rule.operators]
    assert len(operators) == len(set(operators)) >= 40
    assert len({rule.name for rule in RULES}) == len(RULES)


@pytest.mark.parametrize("rule", RULES, ids=by_name)
def test_tables_are_consistent(rule: Rule) -> None:
    assert rule.operators and rule.summary.endswith(".")
    for operator in rule.operators:
        assert canonical(operator) == operator
        assert is_operator(operator)
    assert rule.carried.isdisjoint(rule.ignored)
    assert rule.carried.isdisjoint(COMMON_ARGUMENTS)
    for name in (*rule.sql, *rule.command, *rule.connection):
        assert name.partition(".")[0] in rule.carried
    assert all(rule.ignored.values())


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule.examples], ids=by_name)
def test_examples_are_dag_files_that_use_the_rule(rule: Rule) -> None:
    for example in rule.examples:
        tree = ast.parse(example.dag)
        imported = {
            canonical(f"{node.module}.{alias.name}")
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom)
            for alias in node.names
        }
        assert imported & {*rule.operators, "airflow.sdk.task", "airflow.sdk.asset"}
        assert example.title and (example.expected or example.codes)


# ------------------------------------------------------------------------------------------------------------- python


def test_python_calls_the_function() -> None:
    task = make_task(
        "airflow.operators.python_operator.PythonOperator", {"python_callable": FUNCTION}, callable=FUNCTION
    )
    lowering, _ = lower(task)
    assert lowering.role == "work"
    assert lowering.body == CallFunction(FUNCTION)


def test_decorated_functions_have_the_same_rule() -> None:
    task = make_task(
        "airflow.providers.standard.decorators.python._PythonDecoratedOperator", callable=FUNCTION, decorator="task"
    )
    assert lower(task)[0].body == CallFunction(FUNCTION)


def test_functions_under_asset() -> None:
    operator = "airflow.sdk.definitions.asset.decorators._AssetMainOperator"
    assert lower(make_task(operator, callable=FUNCTION))[0].body == CallFunction(FUNCTION)
    takes_context = replace(FUNCTION, parameters=(Parameter("context"),))
    assert lower(make_task(operator, callable=takes_context))[0].body == CallFunction(takes_context)
    takes_other = replace(FUNCTION, parameters=(Parameter("orders"),))
    with pytest.raises(Untranslatable, match="`orders`"):
        lower(make_task(operator, callable=takes_other))


@pytest.mark.parametrize("name", ["index_urls", "pip_install_options", "skip_on_exit_code", "string_args"])
def test_what_an_own_environment_cannot_be_given_stays(name: str) -> None:
    task = make_task("airflow.operators.python.PythonVirtualenvOperator", {name: ["x"]}, callable=FUNCTION)
    with pytest.raises(Untranslatable) as caught:
        lower(task)
    assert caught.value.code == "MIG204"


# --------------------------------------------------------------------------------------------------------------- bash


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({"bash_command": "make"}, RunShell("make")),
        ({"bash_command": "make", "env": {"A": "1"}}, RunShell("make", {"A": "1"}, append_env=False)),
        ({"bash_command": "make", "env": {"A": "1"}, "append_env": True}, RunShell("make", {"A": "1"})),
        ({"bash_command": "make", "append_env": False}, RunShell("make")),
        ({"bash_command": "make", "cwd": "/opt"}, RunShell("make", cwd="/opt")),
        ({"bash_command": "load.sh"}, RunShell(("file", "load.sh"))),
        ({"bash_command": "load.sh "}, RunShell("load.sh ")),
        ({"bash_command": "test -f x || exit 99"}, RunShell("test -f x || exit 99", skip_exit_codes=(99,))),
        ({"bash_command": "make", "skip_on_exit_code": [3, 4]}, RunShell("make", skip_exit_codes=(3, 4))),
        ({"bash_command": "exit 99", "skip_on_exit_code": None}, RunShell("exit 99")),
    ],
)
def test_bash(arguments: dict[str, Any], expected: RunShell) -> None:
    lowering, _ = lower(make_task("airflow.operators.bash.BashOperator", arguments))
    assert lowering.body == expected


@pytest.mark.parametrize(
    ("arguments", "expand", "text", "codes"),
    [
        ({}, {"bash_command": ["make", "exit 99"]}, "", (99,)),
        ({}, {"bash_command": ["make", "test"]}, "exit 99", ()),
        ({}, {"**": [{"bash_command": "exit 99"}]}, "", (99,)),
        ({}, {"bash_command": XComValue("commands")}, "return ['make', 'exit 99']", (99,)),
        ({}, {"bash_command": XComValue("commands")}, "return ['make']", ()),
        ({"bash_command": XComValue("command")}, {}, "return 'exit 99'", (99,)),
        ({"bash_command": "make"}, {}, "return 'exit 99'", ()),
    ],
)
def test_bash_commands_that_others_make_skip(
    arguments: dict[str, Any], expand: dict[str, Any], text: str, codes: tuple[int, ...]
) -> None:
    of_copy = {"bash_command": InputValue("element")} if expand else arguments
    lowering, _ = lower(make_task("airflow.operators.bash.BashOperator", of_copy, expand=expand), text=text)
    assert isinstance(lowering.body, RunShell)
    assert lowering.body.skip_exit_codes == codes


@pytest.mark.parametrize(
    "arguments",
    [{}, {"bash_command": "make", "env": UNKNOWN}, {"bash_command": "make", "append_env": UNKNOWN, "env": {}}],
)
def test_bash_that_is_not_known(arguments: dict[str, Any]) -> None:
    with pytest.raises(Untranslatable) as caught:
        lower(make_task("airflow.operators.bash.BashOperator", arguments))
    assert caught.value.code == "MIG207"


def test_a_command_or_sql_that_a_function_computes() -> None:
    operator = "airflow.providers.standard.decorators.bash._BashDecoratedOperator"
    lowering, _ = lower(make_task(operator, callable=FUNCTION, decorator="task.bash"))
    assert lowering.body == RunShell(CallFunction(FUNCTION))
    operator = "airflow.providers.common.sql.decorators.sql._SQLDecoratedOperator"
    lowering, _ = lower(make_task(operator, {"conn_id": "dwh"}, callable=FUNCTION, decorator="task.sql"))
    assert lowering.body == RunSql("dwh", (CallFunction(FUNCTION),))


@pytest.mark.parametrize(
    ("returned", "asked"),
    [
        ("'echo {{ ds }}'", "echo {{ ds }}"),
        ("f'echo {{{{ ds }}}} {name}'", "echo {{ ds }} \0"),
        ("' '.join(['a', '{{ ds }}'])", " \na\n{{ ds }}"),
    ],
)
def test_a_template_that_a_function_computes_is_rendered_afterwards(returned: str, asked: str) -> None:
    text = f"def work():\n    'Says {{{{ nothing }}}}.'\n    return {returned}\n"
    function = replace(FUNCTION, span=Span("dag.py", 1, start=0, end=len(text)))
    operator = "airflow.providers.standard.decorators.bash._BashDecoratedOperator"
    lowering, _ = lower(make_task(operator, callable=function, decorator="task.bash"), text=text)
    assert isinstance(lowering.body, RunShell)
    assert isinstance(lowering.body.command, RenderedCall)
    assert lowering.body.command.template.text == asked


# -------------------------------------------------------------------------------------------------------------- empty


def test_empty_tasks_are_folded_unless_they_announce_assets() -> None:
    assert lower(make_task("airflow.operators.dummy.DummyOperator"))[0].role == "folded"
    announcing = make_task("airflow.operators.empty.EmptyOperator", outlets=(AssetValue("orders"),))
    assert lower(announcing)[0].body == DoNothing()


# ---------------------------------------------------------------------------------------------------------------- sql


@pytest.mark.parametrize(
    ("operator", "arguments", "resource"),
    [
        (SQL + "SQLExecuteQueryOperator", {"conn_id": "dwh"}, ("dwh", "database", None)),
        (
            "airflow.providers.postgres.operators.postgres.PostgresOperator",
            {"conn_id": "dwh"},
            ("dwh", "database", "postgres"),
        ),
        (
            "airflow.providers.postgres.operators.postgres.PostgresOperator",
            {"postgres_conn_id": "dwh"},
            ("dwh", "database", "postgres"),
        ),
        ("airflow.operators.postgres_operator.PostgresOperator", {}, ("postgres_default", "database", "postgres")),
        ("airflow.operators.mysql_operator.MySqlOperator", {}, ("mysql_default", "database", "mysql")),
        ("airflow.operators.sqlite_operator.SqliteOperator", {}, ("sqlite_default", "database", "sqlite")),
        (
            "airflow.contrib.operators.snowflake_operator.SnowflakeOperator",
            {},
            ("snowflake_default", "database", "snowflake"),
        ),
    ],
)
def test_sql(operator: str, arguments: dict[str, Any], resource: tuple[str, str, str | None]) -> None:
    arguments = {"sql": ["DELETE FROM a", "fill.sql"], "parameters": {"x": 1}, **arguments}
    lowering, context = lower(make_task(operator, arguments))
    assert lowering.role == "work"
    assert lowering.body == RunSql(resource[0], ("DELETE FROM a", ("file", "fill.sql")), {"x": 1}, each=True)
    assert context.asked == [resource]


@pytest.mark.parametrize(
    "arguments", [{"sql": "SELECT 1"}, {"conn_id": "dwh"}, {"conn_id": UNKNOWN, "sql": "SELECT 1"}]
)
def test_sql_needs_a_statement_and_a_connection(arguments: dict[str, Any]) -> None:
    with pytest.raises(Untranslatable) as caught:
        lower(make_task(SQL + "SQLExecuteQueryOperator", arguments))
    assert caught.value.code == "MIG207"


BIGQUERY = "airflow.providers.google.cloud.operators.bigquery."


def test_a_query_job_of_bigquery() -> None:
    configuration = {"query": {"query": "SELECT 1", "useLegacySql": False, "priority": "BATCH"}}
    lowering, context = lower(make_task(BIGQUERY + "BigQueryInsertJobOperator", {"configuration": configuration}))
    assert lowering.body == RunSql("google_cloud_default", ("SELECT 1",), gives=False)
    assert context.asked == [("google_cloud_default", "database", "bigquery")]


@pytest.mark.parametrize(
    ("operator", "arguments", "code"),
    [
        ("BigQueryInsertJobOperator", {"configuration": UNKNOWN}, "MIG207"),
        ("BigQueryExecuteQueryOperator", {"sql": "SELECT 1"}, "MIG201"),
        ("BigQueryGetDataOperator", {"job_id": "a"}, "MIG201"),
        ("BigQueryCreateEmptyDatasetOperator", {"dataset_id": "a", "if_exists": "skip"}, "MIG201"),
        ("BigQueryUpsertTableOperator", {"dataset_id": "a", "table_resource": {}}, "MIG207"),
    ],
)
def test_jobs_of_bigquery_that_stay(operator: str, arguments: dict[str, Any], code: str) -> None:
    with pytest.raises(Untranslatable) as caught:
        lower(make_task(BIGQUERY + operator, arguments))
    assert caught.value.code == code


def test_a_job_of_bigquery_that_is_more_than_its_sql_keeps_its_configuration() -> None:
    target = {"datasetId": "mart", "tableId": "sales"}
    query = {"query": "sales.sql", "useLegacySql": False, "destinationTable": target}
    task = make_task(BIGQUERY + "BigQueryInsertJobOperator", {"configuration": {"query": query}, "project_id": "acme"})
    lowering, context = lower(task)
    configuration = {"query": {**query, "query": ("file", "sales.sql")}}
    arguments = {"configuration": configuration, "project": "acme"}
    assert lowering.body == UseResource(
        "google_cloud_default",
        "run_bigquery_job",
        arguments,
        kind="bigquery",
        gives=True,
        annotation="str",
        keys=("job_id",),
    )
    assert context.called == ["run_bigquery_job"]


def test_sql_checks() -> None:
    common = {"conn_id": "dwh", "sql": "SELECT count(*) FROM a"}
    lowering, _ = lower(make_task("airflow.operators.check_operator.CheckOperator", common))
    assert (lowering.role, lowering.body) == ("check", SqlCheck("dwh", "SELECT count(*) FROM a"))
    arguments = {**common, "pass_value": "12", "tolerance": 0.1}
    lowering, _ = lower(make_task("airflow.operators.sql.SQLValueCheckOperator", arguments))
    assert lowering.body == SqlCheck("dwh", "SELECT count(*) FROM a", "value", "12", 0.1)
    arguments = {**common, "min_threshold": 1, "max_threshold": "SELECT max(n) FROM limits;"}
    lowering, _ = lower(make_task(SQL + "SQLThresholdCheckOperator", arguments))
    assert isinstance(lowering.body, SqlCheck)
    limit = RunSql("dwh", ("SELECT max(n) FROM limits;",), returns=True, first=True)
    assert lowering.body == SqlCheck("dwh", "SELECT count(*) FROM a", "within", bounds=(1, limit))


@pytest.mark.parametrize(
    ("before", "today", "more", "passes"),
    [
        (10, 19, {}, True),
        (19, 10, {}, True),
        (10, 20, {}, False),
        (0, 20, {}, True),
        (0, 20, {"ignore_zero": False}, False),
        (10, 25, {"ratio_formula": "relative_diff"}, True),
        (None, 20, {}, False),
    ],
)
def test_an_interval_check_compares_two_days(
    before: int | None, today: int, more: dict[str, Any], passes: bool
) -> None:
    arguments = {"conn_id": "dwh", "table": "visits", "days_back": 1, "metrics_thresholds": {"SUM(hits)": 2}, **more}
    import sqlite3

    lowering, _ = lower(make_task(SQL + "SQLIntervalCheckOperator", arguments))
    assert isinstance(lowering.body, SqlCheck)
    sql = str(lowering.body.sql).replace("{{ macros.ds_add(ds, -1) }}", "2024-01-04").replace("{{ ds }}", "2024-01-05")
    with sqlite3.connect(":memory:") as connection:
        connection.execute("CREATE TABLE visits (ds TEXT, hits INT)")
        connection.execute("INSERT INTO visits VALUES ('2024-01-04', ?), ('2024-01-05', ?)", (before, today))
        assert bool(all(connection.execute(sql).fetchone())) is passes


def test_table_checks_become_one_statement() -> None:
    arguments = {
        "conn_id": "dwh",
        "table": "orders",
        "partition_clause": "day = '{{ ds }}'",
        "checks": {
            "row_count": {"check_statement": "COUNT(*) > 5"},
            "sum check": {"check_statement": "a + b = c", "partition_clause": "b > 0"},
        },
    }
    lowering, _ = lower(make_task(SQL + "SQLTableCheckOperator", arguments))
    assert isinstance(lowering.body, SqlCheck)
    assert lowering.body.sql == (
        "SELECT\n"
        "    (SELECT MIN(passed) FROM (SELECT CASE WHEN COUNT(*) > 5 THEN 1 ELSE 0 END AS passed FROM orders"
        " WHERE day = '{{ ds }}') AS each_row) AS row_count,\n"
        "    (SELECT MIN(passed) FROM (SELECT CASE WHEN a + b = c THEN 1 ELSE 0 END AS passed FROM orders"
        " WHERE day = '{{ ds }}' AND b > 0) AS each_row) AS sum_check"
    )


@pytest.mark.parametrize(
    ("rows", "checks", "passes"),
    [
        ([(1, 2), (3, 4)], {"a": {"min": {"geq_to": 1}, "max": {"less_than": 4}}}, True),
        ([(1, 2), (3, 4)], {"a": {"max": {"less_than": 3}}}, False),
        ([(1, None)], {"b": {"null_check": {"equal_to": 0}}}, False),
        ([(1, None)], {"a": {"null_check": {"equal_to": 0}}, "b": {"null_check": {"leq_to": 1}}}, True),
        ([(1, 1), (1, 2)], {"a": {"unique_check": {"equal_to": 0}}}, False),
        ([(1, 1), (1, 2)], {"b": {"unique_check": {"equal_to": 0}}, "a": {"distinct_check": {"equal_to": 1}}}, True),
        ([(95, 0)], {"a": {"max": {"equal_to": 100, "tolerance": 0.1}}}, True),
        ([(85, 0)], {"a": {"max": {"equal_to": 100, "tolerance": 0.1}}}, False),
        ([], {"a": {"min": {"equal_to": 0}}}, True),
    ],
)
def test_column_checks_say_what_airflow_says(rows: list[tuple[Any, Any]], checks: dict[str, Any], passes: bool) -> None:
    import sqlite3

    arguments = {"conn_id": "dwh", "table": "t", "column_mapping": checks}
    lowering, _ = lower(make_task(SQL + "SQLColumnCheckOperator", arguments))
    assert isinstance(lowering.body, SqlCheck)
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE t (a, b)")
    connection.executemany("INSERT INTO t VALUES (?, ?)", rows)
    assert all(connection.execute(lowering.body.sql).fetchone()) is passes


@pytest.mark.parametrize(
    ("rows", "statement", "passes"),
    [
        ([(1,), (2,)], "COUNT(*) > 1", True),
        ([(1,), (2,)], "a > 1", False),
        ([], "a > 1", False),
        ([(2,)], "a > 1", True),
    ],
)
def test_table_checks_say_what_airflow_says(rows: list[tuple[int]], statement: str, passes: bool) -> None:
    import sqlite3

    arguments = {"conn_id": "dwh", "table": "t", "checks": {"it": {"check_statement": statement}}}
    lowering, _ = lower(make_task(SQL + "SQLTableCheckOperator", arguments))
    assert isinstance(lowering.body, SqlCheck)
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE t (a)")
    connection.executemany("INSERT INTO t VALUES (?)", rows)
    assert all(connection.execute(lowering.body.sql).fetchone()) is passes


@pytest.mark.parametrize(
    ("checks", "code"),
    [
        (UNKNOWN, "MIG207"),
        ({}, "MIG207"),
        ({"a": {"min": {"geq_to": dt.date(2024, 1, 1)}}}, "MIG201"),
        ({"a": {"median": {"geq_to": 1}}}, "MIG201"),
        ({"a": {"min": {}}}, "MIG207"),
    ],
)
def test_column_checks_that_stay(checks: Any, code: str) -> None:
    with pytest.raises(Untranslatable) as caught:
        lower(make_task(SQL + "SQLColumnCheckOperator", {"conn_id": "d", "table": "t", "column_mapping": checks}))
    assert caught.value.code == code


def test_a_table_that_is_known_in_part() -> None:
    table = Text(("mart_", Symbolic("variable", "Variable.get('r')", name="r")))
    arguments = {"conn_id": "dwh", "table": table, "column_mapping": {"a": {"min": {"geq_to": 1}}}}
    lowering, _ = lower(make_task(SQL + "SQLColumnCheckOperator", arguments))
    assert isinstance(lowering.body, SqlCheck)
    assert lowering.body.sql.parts[-2:] == table.parts


# ---------------------------------------------------------------------------------------------------------- branching


def test_branches_and_gates() -> None:
    branch = make_task("airflow.operators.python.BranchPythonOperator", callable=FUNCTION)
    assert lower(branch)[0].body == Choose(CallFunction(FUNCTION), {})
    gate = make_task("airflow.operators.python.ShortCircuitOperator", callable=FUNCTION)
    lowering, _ = lower(gate)
    assert (lowering.role, lowering.body, lowering.deltas) == ("gate", ContinueIf(CallFunction(FUNCTION)), ())
    latest = make_task("airflow.operators.latest_only_operator.LatestOnlyOperator")
    assert lower(latest)[0].body == ContinueIf(None, latest_only=True, or_triggered=True)


def test_a_short_circuit_that_heeds_trigger_rules_only_if_told_at_run_time_stays() -> None:
    unknown = Symbolic("env", "os.environ['X']", name="X")
    gate = make_task(
        "airflow.operators.python.ShortCircuitOperator", {"ignore_downstream_trigger_rules": unknown}, callable=FUNCTION
    )
    with pytest.raises(Untranslatable) as error:
        lower(gate)
    assert error.value.code == "MIG207"


# --------------------------------------------------------------------------------------------------------- other DAGs

EXTERNAL = "airflow.sensors.external_task.ExternalTaskSensor"


@pytest.mark.parametrize(
    ("arguments", "target", "deltas"),
    [
        ({"external_dag_id": "load"}, "load", 0),
        ({"external_dag_id": "load", "external_task_id": None}, "load", 0),
        ({"external_dag_id": "load", "external_task_id": "a.b"}, "load.a.b", 0),
        ({"external_dag_id": "load", "external_task_group_id": "g"}, "load.g", 0),
        ({"external_dag_id": "load", "external_task_ids": ["x"]}, "load.x", 0),
        ({"external_dag_id": "load", "external_task_ids": ["a", "b"]}, "load", 0),
        ({"external_dag_id": "load", "execution_delta": dt.timedelta(hours=1)}, "load", 0),
        ({"external_dag_id": "load", "execution_delta": UNKNOWN}, "load", 1),
        ({"external_dag_id": "load", "execution_delta": dt.timedelta(0)}, "load", 0),
        ({"external_dag_id": "load", "execution_date_fn": FUNCTION}, "load", 1),
        ({"external_dag_id": "load", "allowed_states": ["success"]}, "load", 0),
        ({"external_dag_id": "load", "allowed_states": ["success", "failed"]}, "load", 1),
    ],
)
def test_external_task_sensor(arguments: dict[str, Any], target: str, deltas: int) -> None:
    lowering, _ = lower(make_task(EXTERNAL, arguments))
    assert (lowering.role, lowering.target, len(lowering.deltas)) == ("await", target, deltas)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({}, "MIG207"),
        ({"external_dag_id": UNKNOWN}, "MIG207"),
        ({"external_dag_id": "shop", "execution_delta": dt.timedelta(days=1)}, "MIG306"),
        ({"external_dag_id": "{{ params.d }}"}, "MIG207"),
    ],
)
def test_external_task_sensors_that_stay(arguments: dict[str, Any], code: str) -> None:
    with pytest.raises(Untranslatable) as caught:
        lower(make_task(EXTERNAL, arguments))
    assert caught.value.code == code


def test_markers_are_folded() -> None:
    assert lower(make_task("airflow.sensors.external_task.ExternalTaskMarker"))[0].role == "folded"


def test_trigger() -> None:
    operator = "airflow.operators.dagrun_operator.TriggerDagRunOperator"
    lowering, _ = lower(make_task(operator, {"trigger_dag_id": "mart", "conf": {"a": 1}}))
    assert (lowering.role, lowering.target, lowering.request) == ("trigger", "mart", RequestRun({"a": 1}))
    given = {"wait_for_completion": True, "poke_interval": 5, "allowed_states": ["success", "failed"]}
    lowering, _ = lower(
        make_task(operator, {"trigger_dag_id": "mart", "logical_date": dt.datetime(2024, 1, 5), **given})
    )
    assert lowering.request == RequestRun(date="2024-01-05T00:00:00+00:00", waits=WaitForRun(5, fails=False))
    given = {"logical_date": "{{ ds }}", "trigger_run_id": "run_{{ ds }}", "skip_when_already_exists": True}
    lowering, _ = lower(make_task(operator, {"trigger_dag_id": "mart", **given}))
    assert lowering.request == RequestRun(date="{{ ds }}", once="run_{{ ds }}")
    lowering, _ = lower(make_task(operator, {"trigger_dag_id": "mart", "python_callable": FUNCTION}))
    assert lowering.request == RequestRun(order=CallFunction(FUNCTION))
    for arguments in (
        {"trigger_dag_id": UNKNOWN},
        {"trigger_dag_id": "mart", "python_callable": UNKNOWN},
        {"trigger_dag_id": "mart", "wait_for_completion": True, "allowed_states": ["failed"]},
    ):
        with pytest.raises(Untranslatable):
            lower(make_task(operator, arguments))


# ------------------------------------------------------------------------------------------------------------ sensors


def test_file_sensor() -> None:
    arguments = {"filepath": "/data/{{ ds }}.csv", "poke_interval": dt.timedelta(minutes=5), "soft_fail": True}
    lowering, _ = lower(make_task("airflow.contrib.sensors.file_sensor.FileSensor", arguments))
    assert lowering.role == "sensor" and lowering.deltas == ()
    assert lowering.body == PollUntil(FileExists("/data/{{ ds }}.csv"), 300.0, 604800.0, True)
    lowering, _ = lower(make_task("airflow.sensors.filesystem.FileSensor", {"filepath": "in.csv", "timeout": 60}))
    base = ConnectionField("fs_default", ("extra_dejson", "path"))
    assert lowering.body == PollUntil(FileExists(Format((base, "/", "in.csv"))), 60.0, 60.0)


@pytest.mark.parametrize(("paths", "asks"), [(["/a", "{{ var.value.data }}/b"], False), (["/a", "b"], True)])
def test_file_sensor_of_several_paths(paths: list[str], asks: bool) -> None:
    base = ConnectionField("fs_default", ("extra_dejson", "path"))
    for expand in ({"filepath": paths}, {"**": [{"filepath": path} for path in paths]}):
        task = replace(make_task("airflow.sensors.filesystem.FileSensor", {"filepath": "each"}), expand=expand)
        lowering, _ = lower(task)
        assert isinstance(lowering.body, PollUntil)
        assert lowering.body.condition == FileExists(Format((base, "/", "each")) if asks else "each")


S3 = "airflow.providers.amazon.aws.sensors.s3.S3KeySensor"


@pytest.mark.parametrize(
    ("arguments", "bucket", "key"),
    [
        ({"bucket_name": "b", "bucket_key": "k"}, "b", "k"),
        ({"bucket_key": "s3://b/k/{{ ds }}"}, "b", "k/{{ ds }}"),
        ({"bucket_key": ["s3://b/k"]}, "b", "k"),
    ],
)
def test_s3_key_sensor(arguments: dict[str, Any], bucket: str, key: str) -> None:
    lowering, context = lower(make_task(S3, arguments))
    assert lowering.body == PollUntil(ObjectExists("aws_default", bucket, key))
    assert context.asked == [("aws_default", "object_store", "s3")]


def test_an_s3_key_that_is_known_in_part() -> None:
    unknown = Symbolic("unknown", "f()")
    lowering, _ = lower(make_task(S3, {"bucket_key": Text(("s3://b/in/", unknown)), "wildcard_match": True}))
    assert isinstance(lowering.body, PollUntil) and isinstance(lowering.body.condition, ObjectExists)
    assert lowering.body.condition.bucket == "b" and lowering.body.condition.wildcard
    assert lowering.body.condition.key.parts == ("in/", unknown)


@pytest.mark.parametrize(
    "arguments",
    [
        {"bucket_key": "k"},
        {"bucket_key": "s3://{{ params.b }}/k"},
        {"bucket_key": Text((UNKNOWN, "/k"))},
        {"bucket_key": ["s3://b/k", "s3://c/k"]},
        {"bucket_key": "s3://b/k", "check_fn": FUNCTION},
        {"bucket_key": "s3://b/k", "poke_interval": UNKNOWN},
    ],
)
def test_s3_key_sensors_that_stay(arguments: dict[str, Any]) -> None:
    with pytest.raises(Untranslatable):
        lower(make_task(S3, arguments))


def test_python_and_sql_sensors() -> None:
    task = make_task("airflow.sensors.python.PythonSensor", {"python_callable": FUNCTION}, callable=FUNCTION)
    assert lower(task)[0].body == PollUntil(CallFunction(FUNCTION), one_object=True)
    task = make_task("airflow.sensors.sql.SqlSensor", {"conn_id": "dwh", "sql": "SELECT 1"})
    assert lower(task)[0].body == PollUntil(RunSql("dwh", ("SELECT 1",)))
    judged = {"conn_id": "dwh", "sql": "SELECT 1", "success": FUNCTION}
    call = CallFunction(FUNCTION, (InputValue("row", (0,)),), inline=False)
    assert lower(make_task("airflow.sensors.sql.SqlSensor", judged))[0].body == PollUntil(
        RunSql("dwh", ("SELECT 1",), accepts=call)
    )
    body = lower(make_task("airflow.sensors.sql.SqlSensor", {**judged, "fail_on_empty": True}))[0].body
    assert body == PollUntil(RunSql("dwh", ("SELECT 1",), accepts=call, fails_on_empty=True))
    with pytest.raises(Untranslatable):
        lower(make_task("airflow.sensors.sql.SqlSensor", {**judged, "selector": FUNCTION}))


def test_sensors_of_the_clock_are_folded_with_a_difference() -> None:
    task = make_task("airflow.sensors.time_delta.TimeDeltaSensor", {"delta": dt.timedelta(hours=2)})
    lowering, _ = lower(task)
    assert lowering.role == "folded" and "2 hours" in lowering.deltas[0].airflow
    lowering, _ = lower(make_task("airflow.sensors.time_sensor.TimeSensor", {"target_time": dt.time(6, 30)}))
    assert "06:30" in lowering.deltas[0].airflow
    with pytest.raises(Untranslatable):
        lower(make_task("airflow.sensors.time_sensor.TimeSensor", {"target_time": UNKNOWN}))


# ------------------------------------------------------------------------------------------------------ notifications


@pytest.mark.parametrize(
    ("operator", "arguments", "expected"),
    [
        (
            "airflow.operators.email_operator.EmailOperator",
            {"to": ["a@b.c"], "subject": "{{ ds }}", "html_content": "<p>"},
            Notify("email", "smtp_default", {"to": ["a@b.c"], "subject": "{{ ds }}", "html": "<p>"}),
        ),
        (
            "airflow.operators.slack_operator.SlackAPIPostOperator",
            {"slack_conn_id": "team", "channel": "#ops", "text": "done", "icon_url": "x"},
            Notify("slack", "team", {"channel": "#ops", "text": "done"}),
        ),
        (
            "airflow.contrib.operators.slack_webhook_operator.SlackWebhookOperator",
            {"slack_webhook_conn_id": "hook", "message": "done"},
            Notify("slack", "hook", {"text": "done"}),
        ),
    ],
)
def test_notifications(operator: str, arguments: dict[str, Any], expected: Notify) -> None:
    lowering, _ = lower(make_task(operator, arguments))
    assert (lowering.role, lowering.body) == ("hook", expected)


def test_a_message_through_the_api_of_slack_is_a_difference_and_html_may_be_a_file() -> None:
    operator = "airflow.providers.slack.operators.slack.SlackAPIPostOperator"
    assert "webhook" in lower(make_task(operator, {"text": "done"}))[0].deltas[0].dagster
    arguments = {"to": "a@b.c", "subject": "s", "html_content": "mail.html"}
    body = lower(make_task("airflow.operators.email.EmailOperator", arguments))[0].body
    assert isinstance(body, Notify) and body.fields["html"] == ("file", "mail.html")
