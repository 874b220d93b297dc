"""Sensors of Hadoop: files in HDFS, and partitions in the database of Hive's metastore."""

from __future__ import annotations

from migrator.model.airflow import Task
from migrator.model.bodies import RunSql
from migrator.model.expressions import Expr
from migrator.model.values import Value
from migrator.operators.calls import Call, Client, call_rule, refuse
from migrator.operators.common import argument, known_text, poll, required
from migrator.operators.rule import Example, Lowering, LoweringContext, Rule, Untranslatable

_SENSORS = "airflow.providers.apache.{}.sensors."
_HDFS = Client("webhdfs", ("webhdfs_conn_id",), "webhdfs_default")
_HEAD = """
from datetime import datetime

from airflow import DAG
from airflow.operators.bash import BashOperator
"""
_HDFS_EXAMPLE = Example(
    title="A file in HDFS",
    dag=f"""{_HEAD}from airflow.providers.apache.hdfs.sensors.web_hdfs import WebHdfsSensor

with DAG("loads", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    there = WebHdfsSensor(task_id="there", filepath="/drops/{{{{ ds }}}}/_SUCCESS", timeout=3600)
    there >> BashOperator(task_id="load", bash_command="load {{{{ ds }}}}")
""",
    expected=("webhdfs_default.exists(", "/_SUCCESS", "webhdfs_default: WebHdfs"),
    disposition="sensor",
)
_CALLS = (
    Call(
        "webhdfs-sensor",
        (_SENSORS.format("hdfs") + "web_hdfs.WebHdfsSensor",),
        "exists",
        {"filepath": "path"},
        kind="hadoop",
        waits=True,
        examples=(_HDFS_EXAMPLE,),
    ),
    Call(
        "webhdfs-files-sensor",
        (_SENSORS.format("hdfs") + "web_hdfs.MultipleFilesWebHdfsSensor",),
        "has_files",
        {"directory_path": "folder", "expected_filenames": "names"},
        kind="hadoop",
        waits=True,
    ),
)
_PARTITION = """\
SELECT 'X' FROM PARTITIONS A0
LEFT OUTER JOIN TBLS B0 ON A0.TBL_ID = B0.TBL_ID
LEFT OUTER JOIN DBS C0 ON B0.DB_ID = C0.DB_ID
WHERE B0.TBL_NAME = %(table)s AND C0.NAME = %(schema)s AND A0.PART_NAME = %(partition_name)s"""


def _partition(task: Task, context: LoweringContext) -> Lowering:
    refuse(task, "sql", "success", "failure", "selector", "fail_on_empty")
    table = known_text(task, "table", required(task, "table"))
    schema: Value = argument(task, "schema", "default")
    if "." in table:
        schema, _, table = table.partition(".")
    if "." in table:
        raise Untranslatable("MIG207", f"its table `{table}` has too many parts", task.argument_spans.get("table"))
    asked: dict[str, Expr] = {
        "table": table,
        "schema": context.template(schema),
        "partition_name": context.template(required(task, "partition_name")),
    }
    metastore = context.resource(argument(task, "mysql_conn_id", "metastore_mysql"), "database", "mysql")
    return Lowering("sensor", poll(task, RunSql(metastore, (_PARTITION,), asked)))


_PARTITION_EXAMPLE = Example(
    title="A partition that the metastore's database knows",
    dag=f"""{_HEAD}from airflow.providers.apache.hive.sensors.metastore_partition import MetastorePartitionSensor

with DAG("parts", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    there = MetastorePartitionSensor(task_id="there", table="raw.orders", partition_name="ds={{{{ ds }}}}")
    there >> BashOperator(task_id="load", bash_command="load {{{{ ds }}}}")
""",
    expected=("metastore_mysql.is_true(", '"schema": "raw"', '"partition_name": f"ds='),
    disposition="sensor",
)
RULES = (
    *(call_rule(_HDFS, call) for call in _CALLS),
    Rule(
        name="metastore-partition",
        operators=(_SENSORS.format("hive") + "metastore_partition.MetastorePartitionSensor",),
        summary="Looks for the partition in the same tables of the metastore's database.",
        lower=_partition,
        carried=frozenset(
            {
                *("table", "schema", "partition_name", "mysql_conn_id", "sql", "success", "failure", "selector"),
                *("fail_on_empty", "poke_interval", "timeout", "soft_fail"),
            }
        ),
        connection=("mysql_conn_id",),
        default_connection="metastore_mysql",
        examples=(_PARTITION_EXAMPLE,),
    ),
)
