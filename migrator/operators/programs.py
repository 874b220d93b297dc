"""Programs that operators start on their own machine: `spark-submit` and `papermill`, with the same arguments."""

from __future__ import annotations

from collections.abc import Mapping

from migrator.model.airflow import Task
from migrator.model.bodies import RunShell
from migrator.model.expressions import Expr, Format
from migrator.model.values import Value
from migrator.operators.common import argument, delta, flag, required
from migrator.operators.rule import Example, Lowering, LoweringContext, Rule, Untranslatable

_SPARK = {
    "properties_file": "--properties-file",
    "files": "--files",
    "py_files": "--py-files",
    "archives": "--archives",
    "driver_class_path": "--driver-class-path",
    "jars": "--jars",
    "packages": "--packages",
    "exclude_packages": "--exclude-packages",
    "repositories": "--repositories",
    "num_executors": "--num-executors",
    "total_executor_cores": "--total-executor-cores",
    "executor_cores": "--executor-cores",
    "executor_memory": "--executor-memory",
    "driver_memory": "--driver-memory",
    "keytab": "--keytab",
    "principal": "--principal",
    "proxy_user": "--proxy-user",
    "name": "--name",
    "java_class": "--class",
    "deploy_mode": "--deploy-mode",
    "yarn_queue": "--queue",
}
"""Arguments of the operator and the options that it gives `spark-submit`, in its order."""


def _spark(task: Task, context: LoweringContext) -> Lowering:
    for name in ("use_krb5ccache", "post_submit_commands"):
        if argument(task, name):
            raise Untranslatable("MIG201", f"its argument `{name}` has no translation", task.argument_spans.get(name))
    command: list[Expr] = [context.template(argument(task, "spark_binary", "spark-submit"))]
    for name, value in _pairs(task, "conf"):
        command += ["--conf", _setting(context, name, value)]
    for name, option in _SPARK.items():
        value = argument(task, name, "arrow-spark" if name == "name" else None)
        if value is not None:
            command += [option, _text(context, value)]
    if flag(task, "verbose"):
        command.append("--verbose")
    command.append(context.template(required(task, "application")))
    command += [_text(context, value) for value in _entries(task, "application_args")]
    env = {str(name): context.template(value) for name, value in _pairs(task, "env_vars")}
    master = delta(
        context,
        "the connection says which cluster runs the application",
        "`spark-submit` runs it where its own configuration says (`spark.master`)",
        "set `spark.master` in `spark-defaults.conf`, or add `--master` to the command",
    )
    return Lowering("work", RunShell(command, env, kind="spark"), deltas=(master,))


_SPARK_SQL = {
    "total_executor_cores": "--total-executor-cores",
    "executor_cores": "--executor-cores",
    "executor_memory": "--executor-memory",
    "keytab": "--keytab",
    "principal": "--principal",
    "num_executors": "--num-executors",
    "master": "--master",
    "name": "--name",
    "yarn_queue": "--queue",
}
"""Arguments of the operator and the options that it gives `spark-sql`, in its order."""


def _spark_sql(task: Task, context: LoweringContext) -> Lowering:
    command: list[Expr] = ["spark-sql"]
    conf = argument(task, "conf")
    if isinstance(conf, str):
        for setting in conf.split(","):
            command += ["--conf", context.template(setting)]
    else:
        for name, value in _pairs(task, "conf"):
            command += ["--conf", _setting(context, name, value)]
    for name, option in _SPARK_SQL.items():
        value = argument(task, name, "default-name" if name == "name" else None)
        if value is not None:
            command += [option, _text(context, value)]
    command += ["-e", context.files(required(task, "sql"), (".sql", ".hql"))[0]]
    if flag(task, "verbose", True):
        command.append("--verbose")
    if argument(task, "master") is not None:
        return Lowering("work", RunShell(command, kind="spark"))
    master = delta(
        context,
        "the connection says which cluster runs the statements",
        "`spark-sql` runs them where its own configuration says (`spark.master`)",
        "set `spark.master` in `spark-defaults.conf`, or add `--master` to the command",
    )
    return Lowering("work", RunShell(command, kind="spark"), deltas=(master,))


def _papermill(task: Task, context: LoweringContext) -> Lowering:
    for name in ("kernel_conn_id", "nbconvert", "nbconvert_args"):
        if argument(task, name):
            raise Untranslatable("MIG201", f"its argument `{name}` has no translation", task.argument_spans.get(name))
    notebooks = [context.template(required(task, name)) for name in ("input_nb", "output_nb")]
    command: list[Expr] = ["papermill", *notebooks]
    for name, value in _pairs(task, "parameters"):
        if not isinstance(name, str) or isinstance(value, (Mapping, list, tuple)) or value is None:
            raise Untranslatable("MIG201", f"its parameter `{name}` is no text or number", task.span)
        option = "-r" if isinstance(value, str) else "-p"
        command += [option, name, _text(context, value)]
    for name, option in (("kernel_name", "--kernel"), ("language_name", "--language")):
        if (value := argument(task, name)) is not None:
            command += [option, context.template(value)]
    return Lowering("work", RunShell(command, kind="jupyter"))


def _pairs(task: Task, name: str) -> list[tuple[Value, Value]]:
    value = argument(task, name) or {}
    if not isinstance(value, Mapping):
        raise Untranslatable("MIG207", f"its argument `{name}` is only known at run time", task.span)
    return list(value.items())


def _entries(task: Task, name: str) -> list[Value]:
    value = argument(task, name) or []
    if not isinstance(value, (list, tuple)):
        raise Untranslatable("MIG207", f"its argument `{name}` is only known at run time", task.span)
    return list(value)


def _text(context: LoweringContext, value: Value) -> Expr:
    return str(value) if isinstance(value, (bool, int, float)) else context.template(value)


def _setting(context: LoweringContext, name: Value, value: Value) -> Expr:
    shown = str(value).lower() if isinstance(value, bool) else _text(context, value)
    return f"{name}={shown}" if isinstance(shown, str) else Format((f"{name}=", shown))


_SPARK_EXAMPLE = Example(
    title="An application of Spark for a day",
    dag="""
from datetime import datetime

from airflow import DAG
from airflow.providers.apache.spark.operators.spark_submit import SparkSubmitOperator

with DAG("spark", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    SparkSubmitOperator(
        task_id="sessions",
        application="/opt/jobs/sessions.py",
        conf={"spark.sql.shuffle.partitions": 64},
        executor_memory="4g",
        application_args=["--day", "{{ ds }}"],
    )
""",
    expected=(
        '"spark-submit"',
        '"spark.sql.shuffle.partitions=64"',
        '"--executor-memory"',
        '"/opt/jobs/sessions.py"',
        "context.partition_key",
    ),
    disposition="step",
)
_SPARK_SQL_EXAMPLE = Example(
    title="Statements of Spark SQL",
    dag="""
from datetime import datetime

from airflow import DAG
from airflow.providers.apache.spark.operators.spark_sql import SparkSqlOperator

with DAG("spark", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    SparkSqlOperator(
        task_id="optimize", sql="OPTIMIZE mart.sales WHERE day = '{{ ds }}'", master="local[4]", conf="spark.sql.shuffle.partitions=64"
    )
""",
    expected=('"spark-sql"', '"--conf"', '"spark.sql.shuffle.partitions=64"', '"local[4]"', '"-e"'),
    disposition="step",
)
_PAPERMILL_EXAMPLE = Example(
    title="A notebook with parameters",
    dag="""
from datetime import datetime

from airflow import DAG
from airflow.providers.papermill.operators.papermill import PapermillOperator

with DAG("notebooks", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    PapermillOperator(
        task_id="report",
        input_nb="/notebooks/report.ipynb",
        output_nb="/reports/{{ ds }}.ipynb",
        parameters={"day": "{{ ds }}", "top": 10},
    )
""",
    expected=('"papermill"', '"-r"', '"-p"', '"10"'),
    disposition="asset",
)

RULES = (
    Rule(
        name="spark-submit",
        operators=("airflow.providers.apache.spark.operators.spark_submit.SparkSubmitOperator",),
        summary="Runs `spark-submit` with the same options.",
        lower=_spark,
        carried=frozenset(
            {
                *_SPARK,
                "application",
                "application_args",
                "conf",
                "conn_id",
                "env_vars",
                "post_submit_commands",
                "spark_binary",
                "use_krb5ccache",
                "verbose",
            }
        ),
        ignored={
            "deferrable": "there is no triggerer",
            "status_poll_interval": "`spark-submit` waits for the application",
        },
        examples=(_SPARK_EXAMPLE,),
    ),
    Rule(
        name="spark-sql",
        operators=("airflow.providers.apache.spark.operators.spark_sql.SparkSqlOperator",),
        summary="Runs `spark-sql` with the same options.",
        lower=_spark_sql,
        carried=frozenset({*_SPARK_SQL, "sql", "conf", "conn_id", "verbose"}),
        sql=("sql",),
        examples=(_SPARK_SQL_EXAMPLE,),
    ),
    Rule(
        name="papermill",
        operators=("airflow.providers.papermill.operators.papermill.PapermillOperator",),
        summary="Runs the same notebook by the command of papermill.",
        lower=_papermill,
        carried=frozenset(
            {
                "input_nb",
                "output_nb",
                "parameters",
                "kernel_name",
                "language_name",
                "kernel_conn_id",
                "nbconvert",
                "nbconvert_args",
            }
        ),
        examples=(_PAPERMILL_EXAMPLE,),
    ),
)
