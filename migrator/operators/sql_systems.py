"""SQL operators of single systems, whose arguments have names of their own."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import field, replace

from migrator.model.airflow import Task
from migrator.model.bodies import RunSql
from migrator.model.frozen import dataclass
from migrator.model.plan import Delta
from migrator.model.values import CallableValue, ObjectValue, Text, Value, is_known, show
from migrator.operators.aws import AWS, REGION
from migrator.operators.calls import passed, use
from migrator.operators.common import argument, delta, flag, poll, required, text
from migrator.operators.hive_transfers import HIVE
from migrator.operators.rule import Example, Lowering, LoweringContext, Rule, Untranslatable
from migrator.operators.sql import SQL_FILES, run_sql

_CLIENT = {
    "sleep_time": "the driver waits for the end of a statement",
    "poll_interval": "the driver waits for the end of a statement",
    "max_polling_attempts": "the driver waits for the end of a statement",
    "deferrable": "there is no triggerer",
    "cancel_on_kill": "a run that is ended closes its connection",
    "log_query": "the SQL is in the code",
    "autocommit": "the resource commits after the last statement",
    "split_statements": "the resource runs one statement after the other",
    "do_xcom_push": "rows are fetched where another task takes them",
}


@dataclass(frozen=True, slots=True)
class _System:
    """How one system's operator names its arguments.

    `beside` are arguments that say where the statements run (a database, a warehouse), which the URL says now. `refused` change what is
    done; `gives` tells whether the rows are the operator's value.
    """

    name: str
    operators: tuple[str, ...]
    connection: str
    default: str
    sql: str = "sql"
    beside: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    gives: bool = True
    each: bool = True
    """The value of a list of statements is a list of what each gave, not what the last one gave."""
    ignored: Mapping[str, str] = field(default_factory=dict)
    examples: tuple[Example, ...] = ()
    rule: str = ""
    """The rule's name, where another rule is called after the system."""
    handing: Callable[[Task, LoweringContext], Lowering] | None = None
    """What becomes of a task whose own value, which is not its rows, another task takes."""


def _rule(system: _System) -> Rule:
    def lower(task: Task, context: LoweringContext) -> Lowering:
        for name in system.refused:
            if argument(task, name):
                raise Untranslatable(
                    "MIG201", f"its argument `{name}` has no translation", task.argument_spans.get(name)
                )
        if system.handing is not None and "return_value" in context.taken_keys:
            return system.handing(task, context)
        sql = required(task, system.sql)
        body = run_sql(task, context, sql, (system.connection,), system.default, system.name, gives=system.gives)
        body = replace(body, each=body.each and system.each and system.gives)
        return Lowering("work", body, deltas=_beside(task, context, system.beside))

    return Rule(
        name=system.rule or f"sql-{system.name}",
        operators=system.operators,
        summary="Runs the same statements on the resource that stands for the connection.",
        lower=lower,
        carried=frozenset({system.sql, "parameters", system.connection, *system.beside, *system.refused}),
        ignored={**_CLIENT, **system.ignored},
        sql=(system.sql,),
        connection=(system.connection,),
        default_connection=system.default,
        system=system.name,
        examples=system.examples,
    )


def _beside(task: Task, context: LoweringContext, names: tuple[str, ...]) -> tuple[Delta, ...]:
    given = [f"{name} {show(value)}" for name in names if (value := argument(task, name)) not in (None, "")]
    if not given:
        return ()
    found = delta(
        context,
        f"the statements run in {', '.join(given)}, as the task says",
        "they run where the URL of the resource says",
        "say so in the URL; a resource of its own for each place",
    )
    return (found,)


# ------------------------------------------------------------------------------------------------------------ Athena


def _athena_query(task: Task, context: LoweringContext) -> Lowering:
    """The query by boto3, which tells the id of its execution."""
    names = {"database": "database", "output_location": "output", "workgroup": "workgroup", "catalog": "catalog"}
    given = passed(task, context, {**names, **REGION})
    given = {"query": context.files(required(task, "query"), (".sql",))[0], **given}
    return Lowering("work", use(task, context, AWS, "run_athena_query", given, "str", "athena"))


# -------------------------------------------------------------------------------------------------------------- Hive

_HIVE_VARIABLES = ("${hiveconf:", "${hivevar:", "${env:", "${system:")
_HIVECONF = re.compile(r"\$\{(hiveconf:)?([ a-zA-Z0-9_]*)\}")
"""What the operator makes a template of where it is told to."""
_SETTING = re.compile(r"^[ \t]*set[ \t]+(?:(hiveconf|hivevar):)?([\w.]+)[ \t]*=", re.I | re.M)
_OF_CLI = re.compile(
    r"\blocal\s+(?:inpath|directory)\b|^\s*(?:!|(?:add\s+(?:archive|file|jar)|dfs|source)\s)", re.I | re.M
)
"""Files of this machine, and commands, which HiveServer2 does not know."""


def _hive_edit(task: Task, hql: Value) -> Callable[[str], str]:
    """What the operator makes of its statements before they are rendered: where a tag says with what is in front of it left out, and with variables of
    Hive as templates. Raises Untranslatable, and so does the function that is given."""
    tag, translates = argument(task, "script_begin_tag"), flag(task, "hiveconf_jinja_translate")
    if (tag or translates) and not (isinstance(hql, str) and isinstance(tag or "", str)):
        raise Untranslatable("MIG201", "it changes the text of its statements before it runs them", task.span)
    settings = argument(task, "hiveconfs") or {}
    known = [f"${{hiveconf:{name}}}" for name in settings] if isinstance(settings, Mapping) else []

    def edit(text: str) -> str:
        if tag:
            text = "\n".join(text.split(str(tag))[1:])
        if translates:
            text = _HIVECONF.sub(r"{{ \g<2> }}", text)
        shown = text
        for name in (*known, *(f"${{{kind}:{name}}}" for kind, name in _set_in(text))):
            shown = shown.replace(name, "")
        if any(sign in shown for sign in _HIVE_VARIABLES):
            raise Untranslatable(
                "MIG201", "its statements have variables of the Hive CLI in them", task.argument_spans.get("hql")
            )
        return text

    edit(show(hql))
    return edit


def _set_in(text: str) -> Iterator[tuple[str, str]]:
    """The variables of Hive that statements set themselves, each with its kind."""
    for kind, name in _SETTING.findall(text):
        yield kind.lower() or "hiveconf", name


def _hive(task: Task, context: LoweringContext) -> Lowering:
    """The statements, after those that choose the schema and set what the task sets; by Hive's command line where only that understands them."""
    hql = required(task, "hql")
    edit = _hive_edit(task, hql)
    before: list[Value] = []
    if (schema := argument(task, "schema", "default")) != "default":
        before.append(Text(("USE ", schema)) if not isinstance(schema, str) else f"USE {schema}")
    settings = argument(task, "hiveconfs") or {}
    if not isinstance(settings, Mapping) or not is_known(settings):
        raise Untranslatable("MIG207", "its settings of Hive are only known at run time", task.span)
    before += [f"SET {name}={value}" for name, value in settings.items()]
    is_text = isinstance(hql, str) and not hql.endswith(SQL_FILES)
    shown = edit(hql) if is_text else hql
    if _OF_CLI.search(show(shown)):
        whole = text(*(part for statement in before for part in (statement, ";\n")), shown)
        return Lowering("work", use(task, context, HIVE, "run", {"hql": context.template(whole)}, kind="hive"))
    body = run_sql(task, context, hql, ("hive_cli_conn_id",), "hive_cli_default", "hive", gives=False, edit=edit)
    statements = tuple(context.template(statement) for statement in before)
    lost = delta(
        context,
        "the Hive CLI (or beeline) runs the statements",
        "they run through HiveServer2; commands of the CLI itself (`!`, `source`) in a file are not understood there, and `LOCAL` means its machine",
        minor=True,
    )
    return Lowering("work", RunSql(body.resource, (*statements, *body.sql), gives=False), deltas=(lost,))


def _procedure(task: Task, context: LoweringContext) -> Lowering:
    """The call of a stored procedure, with values that go in only. Raises Untranslatable."""
    given = argument(task, "parameters") or []
    values = (
        list(given.values() if isinstance(given, Mapping) else given)
        if isinstance(given, (Mapping, list, tuple))
        else None
    )
    if values is None or any(isinstance(value, (ObjectValue, CallableValue)) for value in values):
        raise Untranslatable("MIG201", "its procedure gives values back by its parameters", task.span)
    names = list(given) if isinstance(given, Mapping) else [str(number) for number in range(1, len(values) + 1)]
    resource = context.resource(argument(task, "oracle_conn_id", "oracle_default"), "database", "oracle")
    call = text("CALL ", required(task, "procedure"), "(", ", ".join(f":{name}" for name in names), ")")
    parameters = context.template(given) if values else None
    return Lowering("work", RunSql(resource, (context.template(call),), parameters, gives=False))


_WAREHOUSE = ("http_path", "sql_warehouse_name", "catalog", "schema")


def _databricks_sensor(task: Task, context: LoweringContext) -> Lowering:
    for name in ("session_configuration", "client_parameters", "handler"):
        if argument(task, name):
            raise Untranslatable("MIG201", f"its argument `{name}` has no translation", task.argument_spans.get(name))
    sql = required(task, "sql")
    query = run_sql(task, context, sql, ("databricks_conn_id",), "databricks_default", "databricks")
    row = delta(
        context,
        "it waits until the query gives a row",
        "it waits until the first value of a row is neither missing, nor zero, nor empty",
        "select something that is true for such a row",
        minor=True,
    )
    return Lowering("sensor", poll(task, query), deltas=(row, *_beside(task, context, _WAREHOUSE)))


_PROCEDURE_EXAMPLE = Example(
    title="A stored procedure of Oracle",
    dag="""
from datetime import datetime

from airflow import DAG
from airflow.providers.oracle.operators.oracle import OracleStoredProcedureOperator

with DAG("close", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    OracleStoredProcedureOperator(
        task_id="day", oracle_conn_id="ledger", procedure="books.close_day", parameters={"day": "{{ ds }}"}
    )
""",
    expected=('"CALL books.close_day(:day)"', 'parameters={"day": context.partition_key}'),
    disposition="step",
)
_HIVE_EXAMPLE = Example(
    title="Statements of Hive in a schema",
    dag="""
from datetime import datetime

from airflow import DAG
from airflow.providers.apache.hive.operators.hive import HiveOperator

with DAG("lake", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    HiveOperator(
        task_id="load",
        schema="mart",
        hiveconfs={"hive.exec.dynamic.partition": "true"},
        hql="INSERT OVERWRITE TABLE sales SELECT * FROM raw.sales WHERE day = '{{ ds }}'",
    )
""",
    expected=("USE mart", "SET hive.exec.dynamic.partition=true", "INSERT OVERWRITE TABLE sales"),
)
_CLICKHOUSE_EXAMPLE = Example(
    title="ClickHouse, through the plugin of its users",
    dag="""
from datetime import datetime

from airflow import DAG
from airflow_clickhouse_plugin.operators.clickhouse import ClickHouseOperator

with DAG("events", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    ClickHouseOperator(
        task_id="load",
        clickhouse_conn_id="events",
        sql="INSERT INTO mart.events SELECT * FROM raw.events WHERE day = '{{ ds }}'",
    )
""",
    expected=("INSERT INTO mart.events", "events.run("),
)
_ORACLE_EXAMPLE = Example(
    title="Statements of Oracle",
    dag="""
from datetime import datetime

from airflow import DAG
from airflow.operators.oracle_operator import OracleOperator

with DAG("ledger", schedule_interval="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    OracleOperator(
        task_id="load", oracle_conn_id="ledger", sql="INSERT INTO book.days SELECT * FROM book.drops", autocommit=True
    )
""",
    expected=('ledger.run("INSERT INTO book.days SELECT * FROM book.drops")',),
)
_ATHENA_EXAMPLE = Example(
    title="A query of Athena",
    dag="""
from datetime import datetime

from airflow import DAG
from airflow.providers.amazon.aws.operators.athena import AthenaOperator

with DAG("athena", schedule=None, start_date=datetime(2024, 1, 1)):
    AthenaOperator(
        task_id="load",
        query="CREATE TABLE mart.orders AS SELECT * FROM raw.orders",
        database="raw",
        output_location="s3://results/athena/",
    )
""",
    expected=("CREATE TABLE mart.orders AS SELECT * FROM raw.orders",),
)
_ATHENA_ID_EXAMPLE = Example(
    title="A query of Athena whose id another task takes",
    dag="""
from datetime import datetime

from airflow import DAG
from airflow.providers.amazon.aws.operators.athena import AthenaOperator
from airflow.providers.amazon.aws.sensors.athena import AthenaSensor

with DAG("athena", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    query = AthenaOperator(
        task_id="query",
        query="SELECT * FROM raw.orders WHERE day = '{{ ds }}'",
        database="raw",
        output_location="s3://results/athena/",
    )
    AthenaSensor(task_id="there", query_execution_id=query.output)
""",
    expected=("aws_default.run_athena_query(", 'database="raw"', "aws_default.athena_query_is_done(query=query)"),
)
_PLUGIN = "airflow_clickhouse_plugin.operators."
_AWS = "airflow.providers.amazon.aws.operators."

SYSTEMS = (
    _System(
        "athena",
        (_AWS + "athena.AthenaOperator",),
        "aws_conn_id",
        "aws_default",
        sql="query",
        beside=("database", "catalog", "workgroup", "output_location"),
        refused=("query_execution_context", "result_configuration"),
        gives=False,
        ignored={"client_request_token": "each run asks anew", "region_name": "the URL says the region"},
        examples=(_ATHENA_EXAMPLE, _ATHENA_ID_EXAMPLE),
        handing=_athena_query,
    ),
    _System(
        "clickhouse",
        (
            _PLUGIN + "clickhouse.ClickHouseOperator",
            _PLUGIN + "clickhouse_operator.ClickHouseOperator",
        ),
        "clickhouse_conn_id",
        "clickhouse_default",
        beside=("database",),
        refused=("external_tables", "settings", "with_column_types"),
        each=False,
        ignored={"query_id": "Dagster's run tells the queries apart", "types_check": "the driver checks types"},
        examples=(_CLICKHOUSE_EXAMPLE,),
    ),
    _System(
        "databricks",
        ("airflow.providers.databricks.operators.databricks_sql.DatabricksSqlOperator",),
        "databricks_conn_id",
        "databricks_default",
        beside=("http_path", "sql_endpoint_name", "catalog", "schema"),
        refused=("output_path", "session_configuration", "client_parameters", "output_processor"),
        ignored={"http_headers": "the driver sends its own", "query_tags": "tags have no effect on the data"},
    ),
    _System(
        "exasol",
        ("airflow.providers.exasol.operators.exasol.ExasolOperator",),
        "exasol_conn_id",
        "exasol_default",
        beside=("schema",),
    ),
    _System(
        "oracle",
        ("airflow.providers.oracle.operators.oracle.OracleOperator",),
        "conn_id",
        "oracle_default",
        examples=(_ORACLE_EXAMPLE,),
    ),
    _System(
        "redshift",
        (_AWS + "redshift_data.RedshiftDataOperator",),
        "aws_conn_id",
        "aws_default",
        beside=("database", "cluster_identifier", "workgroup_name", "db_user", "secret_arn"),
        refused=("parameters", "session_id", "session_keep_alive_seconds", "return_sql_result", "with_event"),
        gives=False,
        ignored={
            "statement_name": "Dagster's run tells the statements apart",
            "region": "the URL says the region",
            "region_name": "the URL says the region",
            "wait_for_completion": "the driver waits for the end of a statement",
            "await_result": "the driver waits for the end of a statement",
            "verify": "the driver decides",
            "botocore_config": "the driver decides",
        },
        rule="redshift-data",
    ),
    _System(
        "teradata",
        ("airflow.providers.teradata.operators.teradata.TeradataOperator",),
        "teradata_conn_id",
        "teradata_default",
        beside=("schema",),
    ),
    _System(
        "vertica",
        ("airflow.providers.vertica.operators.vertica.VerticaOperator",),
        "vertica_conn_id",
        "vertica_default",
    ),
)
"""One row per system."""

RULES = (
    *(_rule(system) for system in SYSTEMS),
    Rule(
        name="sql-hive",
        operators=("airflow.providers.apache.hive.operators.hive.HiveOperator",),
        summary=(
            "Runs the same statements through HiveServer2, after those that choose the schema and set what the task sets; those that name files of the "
            "machine, or are commands of Hive's command line, by that."
        ),
        lower=_hive,
        carried=frozenset(
            {"hql", "hive_cli_conn_id", "schema", "hiveconfs", "hiveconf_jinja_translate", "script_begin_tag"}
        ),
        ignored={
            "mapred_job_name": "Hive names its jobs",
            "mapred_queue": "the queue of Hive's own configuration counts",
            "mapred_queue_priority": "the queue of Hive's own configuration counts",
            "auth": "the URL says how to log in",
            "proxy_user": "the URL says who logs in",
        },
        sql=("hql",),
        connection=("hive_cli_conn_id",),
        default_connection="hive_cli_default",
        system="hive",
        examples=(_HIVE_EXAMPLE,),
    ),
    Rule(
        name="sql-databricks-sensor",
        operators=("airflow.providers.databricks.sensors.databricks_sql.DatabricksSqlSensor",),
        summary="A Dagster sensor that starts the job when the query gives a row whose first value is true; within a DAG, an op that waits for it.",
        lower=_databricks_sensor,
        carried=frozenset(
            {
                *("sql", "databricks_conn_id", "session_configuration", "client_parameters", "handler", *_WAREHOUSE),
                *("poke_interval", "timeout", "soft_fail"),
            }
        ),
        ignored={"http_headers": "the driver sends its own", "hook_params": "the URL of the resource says them"},
        sql=("sql",),
        connection=("databricks_conn_id",),
        default_connection="databricks_default",
        system="databricks",
    ),
    Rule(
        name="oracle-procedure",
        operators=("airflow.providers.oracle.operators.oracle.OracleStoredProcedureOperator",),
        summary="Calls the same procedure. One that gives values back stays in Airflow.",
        lower=_procedure,
        carried=frozenset({"procedure", "parameters", "oracle_conn_id"}),
        connection=("oracle_conn_id",),
        default_connection="oracle_default",
        system="oracle",
        examples=(_PROCEDURE_EXAMPLE,),
    ),
)
