"""Teradata: scripts of BTEQ, definitions of tables, procedures, and tables that are made of files in a cloud's storage."""

from __future__ import annotations

from collections.abc import Mapping

from migrator.model.airflow import Task
from migrator.model.bodies import RunSql
from migrator.model.expressions import Expr, ResourceValue
from migrator.model.plan import Delta
from migrator.model.values import CallableValue, Value
from migrator.operators.calls import Client, known, passed, use
from migrator.operators.common import argument, delta, flag, required, text
from migrator.operators.rule import Example, Lowering, LoweringContext, Rule, Untranslatable

_TERADATA = "airflow.providers.teradata."
_CLIENT = Client("teradata", ("teradata_conn_id",), "teradata_default")
_SCRIPTS = (".bteq", ".btq", ".sql", ".txt")
_HEAD = """
from datetime import datetime

from airflow import DAG
"""

# ---------------------------------------------------------------------------------------------------------------- BTEQ


def _bteq(task: Task, context: LoweringContext) -> Lowering:
    charset, encoding = known(task, "bteq_session_encoding") or "ASCII", known(task, "bteq_script_encoding") or "ASCII"
    given: dict[str, Expr] = {"script": _script(task, context, str(encoding))}
    if charset != "ASCII":
        given["charset"] = str(charset)
    if encoding not in ("ASCII", "UTF8"):
        given["encoding"] = str(encoding)
    given |= _fine_codes(task, context) | passed(task, context, {"timeout": "limit", "timeout_rc": "limit_code"})
    deltas: tuple[Delta, ...] = ()
    if name := argument(task, "ssh_conn_id"):
        server = context.resource(name, "ssh")
        context.use_methods(server, ("feed",))
        given["server"] = ResourceValue(server)
        deltas = (
            delta(
                context,
                "the script goes to the server as an encrypted file, and a server whose key is not known is trusted",
                "`bteq` reads the script from the connection, and the key of the server has to be known",
                "add the key with `ssh-keyscan` where the project runs",
                minor=True,
            ),
        )
    body = use(task, context, _CLIENT, "run_bteq", given, "int", "teradata")
    return Lowering("work", body, deltas=deltas)


def _script(task: Task, context: LoweringContext, encoding: str) -> Expr:
    """The script, or what the file holds that the operator reads. Raises Untranslatable."""
    if argument(task, "sql"):
        return context.template(required(task, "sql"))
    path = required(task, "file_path")
    span = task.argument_spans.get("file_path")
    if argument(task, "ssh_conn_id"):
        raise Untranslatable("MIG201", "its script is a file of the server", span)
    if not isinstance(path, str) or not path.endswith(_SCRIPTS) or encoding == "UTF16":
        raise Untranslatable("MIG201", "its script is in a file that is read at run time", span)
    return context.files(path, _SCRIPTS)[0]


def _fine_codes(task: Task, context: LoweringContext) -> dict[str, Expr]:
    value = argument(task, "bteq_quit_rc")
    if value is None:
        return {}
    codes = list(value) if isinstance(value, (list, tuple)) else [value]
    others = [code for code in codes if code != 0]
    return {"fine_codes": [context.template(code) for code in others]} if others else {}


_BTEQ_EXAMPLE = Example(
    title="A script of BTEQ",
    dag=f"""{_HEAD}from airflow.providers.teradata.operators.bteq import BteqOperator

with DAG("staging", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    BteqOperator(
        task_id="clean",
        sql="DELETE FROM staging.sales WHERE day = '{{{{ ds }}}}';\\n.IF ERRORCODE <> 0 THEN .QUIT 4;",
        bteq_quit_rc=[0, 4],
        bteq_session_encoding="UTF8",
    )
""",
    expected=(
        "teradata_default.run_bteq(",
        ".IF ERRORCODE <> 0 THEN .QUIT 4;",
        'charset="UTF8"',
        "fine_codes=[4]",
        "teradata_default: Teradata",
    ),
    disposition="step",
)

# --------------------------------------------------------------------------------------- definitions, procedures, files


def _ddl(task: Task, context: LoweringContext) -> Lowering:
    statements = required(task, "ddl")
    if not isinstance(statements, (list, tuple)):
        raise Untranslatable("MIG207", "its statements are only known at run time", task.argument_spans.get("ddl"))
    given: dict[str, Expr] = {"statements": list(context.files(statements, (".sql",)))}
    codes = argument(task, "error_list")
    if codes is not None and codes != []:
        given["ignored"] = [context.template(code) for code in (codes if isinstance(codes, (list, tuple)) else [codes])]
    place = " on a server" if argument(task, "ssh_conn_id") else ""
    driver = delta(
        context,
        f"`tbuild` of Teradata's utilities runs the statements{place}",
        "Teradata's driver runs the statements",
        "the database has to be reached from where the project runs" if place else "",
        minor=not place,
    )
    return Lowering("work", use(task, context, _CLIENT, "run_ddl", given, "", "teradata"), deltas=(driver,))


_TYPES: Mapping[str, Expr] = {"bool": False, "float": 0.0, "int": 0, "str": ""}


def _procedure(task: Task, context: LoweringContext) -> Lowering:
    given = argument(task, "parameters") or []
    if not isinstance(given, (Mapping, list, tuple)):
        raise Untranslatable(
            "MIG207", "its parameters are only known at run time", task.argument_spans.get("parameters")
        )
    values = list(given.values() if isinstance(given, Mapping) else given)
    arguments: dict[str, Expr] = {"procedure": context.template(required(task, "procedure"))}
    if values:
        arguments["parameters"] = [_parameter(value, context) for value in values]
    return Lowering("work", use(task, context, _CLIENT, "call", arguments, "list", "teradata"))


def _parameter(value: Value, context: LoweringContext) -> Expr:
    """A parameter; for one that the procedure sets, its type was given, whose empty value tells the driver the same."""
    if isinstance(value, CallableValue) and value.kind == "library" and value.name in _TYPES:
        return _TYPES[value.name]
    return context.template(value)


def _from_files(task: Task, context: LoweringContext) -> Lowering:
    source = required(task, "s3_source_key" if task.operator.startswith("S3") else "blob_source_key")
    if flag(task, "public_bucket"):
        access: Value = "ACCESS_ID= '' ACCESS_KEY= ''"
    elif name := argument(task, "teradata_authorization_name"):
        access = text("AUTHORIZATION=", name)
    else:
        raise Untranslatable("MIG201", "it writes the credentials of a connection into its statement", task.span)
    table = required(task, "teradata_table")
    made: Value = text("CREATE MULTISET TABLE ", table, " AS (\n    SELECT * FROM (\n        LOCATION = '", source)
    statement = text(made, "'\n        ", access, "\n    ) AS d\n) WITH DATA")
    resource = context.resource(argument(task, "teradata_conn_id", "teradata_default"), "database", "teradata")
    return Lowering("work", RunSql(resource, (context.template(statement),), gives=False))


_DDL_EXAMPLE = Example(
    title="Tables that are made anew",
    dag=f"""{_HEAD}from airflow.providers.teradata.operators.tpt import DdlOperator

with DAG("staging", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    DdlOperator(
        task_id="tables",
        ddl=["DROP TABLE staging.sales_{{{{ ds_nodash }}}};", "CREATE TABLE staging.sales_{{{{ ds_nodash }}}} (id INT);"],
        error_list=3807,
    )
""",
    expected=("teradata_default.run_ddl(", "DROP TABLE staging.sales_", "ignored=[3807]"),
)
_PROCEDURE_EXAMPLE = Example(
    title="A procedure with a parameter that it sets",
    dag=f"""{_HEAD}from airflow.providers.teradata.operators.teradata import TeradataStoredProcedureOperator

with DAG("staging", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    TeradataStoredProcedureOperator(task_id="close", procedure="staging.close_day", parameters=["{{{{ ds }}}}", int])
""",
    expected=('teradata_default.call(procedure="staging.close_day", parameters=[context.partition_key, 0])',),
    disposition="step",
)
_FILES_EXAMPLE = Example(
    title="A table of a day's files",
    dag=f"""{_HEAD}from airflow.providers.teradata.transfers.s3_to_teradata import S3ToTeradataOperator

with DAG("staging", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    S3ToTeradataOperator(
        task_id="sales",
        s3_source_key="/s3/acme.s3.amazonaws.com/sales/{{{{ ds }}}}/",
        teradata_table="staging.sales",
        teradata_authorization_name="lake_access",
    )
""",
    expected=("CREATE MULTISET TABLE staging.sales AS (", "AUTHORIZATION=lake_access"),
)


def _files_rule(name: str, operator: str, key: str, connection: str, examples: tuple[Example, ...] = ()) -> Rule:
    return Rule(
        name=name,
        operators=(f"{_TERADATA}transfers.{operator}",),
        summary="Runs the same statement. Files that need the credentials of a connection stay in Airflow: the statement would hold these.",
        lower=_from_files,
        carried=frozenset({key, "public_bucket", "teradata_table", "teradata_conn_id", "teradata_authorization_name"}),
        ignored={connection: "only its credentials would be read"},
        connection=("teradata_conn_id",),
        default_connection="teradata_default",
        system="teradata",
        examples=examples,
    )


RULES = (
    Rule(
        name="bteq",
        operators=(_TERADATA + "operators.bteq.BteqOperator",),
        summary="Runs the same script by `bteq`, here or on the same server.",
        lower=_bteq,
        carried=frozenset(
            {
                *("sql", "file_path", "teradata_conn_id", "ssh_conn_id", "bteq_session_encoding"),
                *("bteq_script_encoding", "bteq_quit_rc", "timeout", "timeout_rc"),
            }
        ),
        ignored={"remote_working_dir": "the script is no file on the server"},
        connection=("teradata_conn_id",),
        default_connection="teradata_default",
        examples=(_BTEQ_EXAMPLE,),
    ),
    Rule(
        name="teradata-ddl",
        operators=(_TERADATA + "operators.tpt.DdlOperator",),
        summary="Runs the same statements by Teradata's driver; errors that are fine there are fine here.",
        lower=_ddl,
        carried=frozenset({"ddl", "error_list", "teradata_conn_id", "ssh_conn_id"}),
        ignored={
            "remote_working_dir": "no file is needed on a server",
            "ddl_job_name": "no job of the utilities runs",
        },
        connection=("teradata_conn_id",),
        default_connection="teradata_default",
        examples=(_DDL_EXAMPLE,),
    ),
    Rule(
        name="teradata-procedure",
        operators=(_TERADATA + "operators.teradata.TeradataStoredProcedureOperator",),
        summary="Calls the same procedure; its value is the rows, with the parameters that it sets.",
        lower=_procedure,
        carried=frozenset({"procedure", "parameters", "teradata_conn_id"}),
        connection=("teradata_conn_id",),
        default_connection="teradata_default",
        examples=(_PROCEDURE_EXAMPLE,),
    ),
    _files_rule(
        "s3-to-teradata",
        "s3_to_teradata.S3ToTeradataOperator",
        "s3_source_key",
        "aws_conn_id",
        (_FILES_EXAMPLE,),
    ),
    _files_rule(
        "azure-to-teradata",
        "azure_blob_to_teradata.AzureBlobStorageToTeradataOperator",
        "blob_source_key",
        "azure_conn_id",
    ),
)
