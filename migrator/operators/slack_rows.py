"""Rows of queries in messages and files that are posted to Slack."""

from __future__ import annotations

import re

from migrator.model.airflow import Task
from migrator.model.bodies import UseResource
from migrator.model.expressions import Expr, Format, ResourceValue
from migrator.model.values import Value
from migrator.operators.calls import Call, Client, call_rule, known, options, passed, refuse
from migrator.operators.common import argument, delta, first_argument, required
from migrator.operators.rule import Example, Lowering, LoweringContext, Rule, Untranslatable

_PROVIDERS = "airflow.providers."
_CLIENT = {
    "slack_proxy": "the resource's client decides",
    "slack_timeout": "the resource's client decides",
    "slack_retry_handlers": "the resource's client decides",
    "slack_base_url": "the resource's client decides",
    "slack_method_version": "files go by Slack's second way",
    "slack_webhook_token": "the URL of the resource has the token",
    "slack_token": "the URL of the resource has the token",
}
_API = {
    "token": "the resource has the token",
    "base_url": "the resource's client decides",
    "proxy": "the resource's client decides",
    "timeout": "the resource's client decides",
    "retry_handlers": "the resource's client decides",
    "api_params": "the other arguments say the same",
}
_DATABASES = {
    "SnowflakeToSlackOperator": ("snowflake_conn_id", "snowflake_default", "snowflake"),
    "PrestoToSlackOperator": ("sql_conn_id", "presto_default", "presto"),
}
_PLACE = ("warehouse", "database", "schema", "role")
_BLOCK = re.compile(r"{{.*?}}", re.S)


def _database(task: Task, context: LoweringContext, *methods: str) -> dict[str, Expr]:
    """The database, the query and its parameters, as the methods that post its rows take them."""
    refuse(task, "sql_hook_params")
    connection, default, system = _DATABASES.get(task.operator, ("sql_conn_id", None, None))
    database = context.resource(argument(task, connection, default), "database", system)
    context.use_methods(database, methods)
    return {
        "database": ResourceValue(database),
        "query": context.files(required(task, "sql"), (".sql", ".jinja", ".j2"))[0],
        **passed(task, context, {"parameters": "parameters"}),
    }


def _message(task: Task, context: LoweringContext) -> Lowering:
    given = _database(task, context, "frame")
    webhook = argument(task, "slack_webhook_conn_id")
    default = "slack_default"
    resource = context.resource(webhook or argument(task, "slack_conn_id", default), "slack")
    frame = str(known(task, "results_df_name", "results_df"))
    given["text"] = _with_rows(task, context, required(task, "slack_message"), frame)
    if frame != "results_df":
        given["rows_name"] = frame
    given |= passed(task, context, {"slack_channel": "channel"})
    context.use_methods(resource, ("send_rows",))
    place = [name for name in _PLACE if argument(task, name)]
    shown = ", ".join(f"`{name}`" for name in place)
    deltas = (delta(context, f"{shown} say where the query runs", "the URL of the resource says so"),) if place else ()
    return Lowering("work", UseResource(resource, "send_rows", given, kind="slack"), deltas=deltas)


def _with_rows(task: Task, context: LoweringContext, message: Value, frame: str) -> Expr:
    """A message in which what stands for the rows is left for the method that has them. Raises Untranslatable."""
    if not isinstance(message, str) or "{%" in message:
        raise Untranslatable(
            "MIG205",
            "its message is a template whose rows are only there at run time",
            task.argument_spans.get("slack_message"),
        )
    parts: list[Expr] = []
    place = 0
    for found in _BLOCK.finditer(message):
        if re.search(rf"\b{re.escape(frame)}\b", found.group()):
            parts += [context.template(message[place : found.start()]), found.group()]
            place = found.end()
    parts.append(context.template(message[place:]))
    parts = [part for part in parts if part != ""]
    return "".join(parts) if all(isinstance(part, str) for part in parts) else Format(tuple(parts))


def _file(task: Task, context: LoweringContext) -> Lowering:
    if known(task, "action_on_empty_df", "send") != "send":
        refuse(task, "action_on_empty_df")
    given = _database(task, context, "frame")
    resource = context.resource(argument(task, "slack_conn_id", "slack_api_default"), "slack_api")
    given["filename"] = context.template(required(task, "slack_filename"))
    names = {"slack_channels": "channels", "slack_initial_comment": "comment", "slack_title": "title"}
    given |= passed(task, context, names)
    if argument(task, "df_kwargs"):
        given |= options(task, context, {"df_kwargs": "options"})
    context.use_methods(resource, ("post_rows",))
    return Lowering("work", UseResource(resource, "post_rows", given, kind="slack"))


def _upload(task: Task, context: LoweringContext) -> Lowering:
    resource = context.resource(first_argument(task, ("slack_conn_id",), "slack_api_default"), "slack_api")
    names = {
        "channels": "channels",
        "channel": "channels",
        "initial_comment": "comment",
        "filename": "filename" if argument(task, "content") else "path",
        "content": "content",
        "title": "title",
        "display_filename": "filename",
    }
    context.use_methods(resource, ("post_file",))
    return Lowering("work", UseResource(resource, "post_file", passed(task, context, names), kind="slack"))


_HEAD = """
from datetime import datetime

from airflow import DAG
"""
_ROWS_EXAMPLE = Example(
    title="The rows of a query in a message",
    dag=f"""{_HEAD}from airflow.providers.slack.transfers.sql_to_slack_webhook import SqlToSlackWebhookOperator

with DAG("digest", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    SqlToSlackWebhookOperator(
        task_id="sales",
        sql_conn_id="warehouse",
        sql="SELECT shop, sum(amount) FROM sales WHERE day = '{{{{ ds }}}}' GROUP BY shop",
        slack_webhook_conn_id="sales_channel",
        slack_message="Sales of {{{{ ds }}}}: {{{{ results_df | tabulate(tablefmt='pretty') }}}}",
    )
""",
    expected=("sales_channel.send_rows(", "database=warehouse", "{{{{ results_df | tabulate(tablefmt='pretty') }}}}"),
    disposition="step",
)
_FILE_EXAMPLE = Example(
    title="The rows of a query as a file",
    dag=f"""{_HEAD}from airflow.providers.slack.transfers.sql_to_slack import SqlToSlackApiFileOperator

with DAG("digest", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    SqlToSlackApiFileOperator(
        task_id="sales",
        sql_conn_id="warehouse",
        sql="SELECT * FROM sales WHERE day = '{{{{ ds }}}}'",
        slack_filename="sales.csv",
        slack_channels="#sales",
        slack_initial_comment="Yesterday's sales",
    )
""",
    expected=("slack_api_default.post_rows(", 'filename="sales.csv"', 'channels="#sales"', "SlackApi"),
    disposition="step",
)
_SQL = ("sql", "sql_conn_id", "sql_hook_params", "parameters")
_HISTORY_EXAMPLE = Example(
    title="The messages of a day",
    dag="""
from datetime import datetime

from airflow import DAG
from airflow.operators.bash import BashOperator
from airflow.providers.slack.operators.slack import SlackAPIConversationsHistoryOperator

with DAG("talk", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    read = SlackAPIConversationsHistoryOperator(task_id="read", channel="C0123", oldest="{{ data_interval_start.timestamp() }}")
    BashOperator(task_id="tell", bash_command="echo {{ ti.xcom_pull(task_ids='read')['messages'] | length }}") << read
""",
    expected=("slack_api_default.history(", 'channel="C0123"', "slack_api_default: SlackApi"),
)
RULES = (
    Rule(
        name="sql-to-slack",
        operators=(
            _PROVIDERS + "slack.transfers.sql_to_slack.SqlToSlackOperator",
            _PROVIDERS + "slack.transfers.sql_to_slack_webhook.SqlToSlackWebhookOperator",
            _PROVIDERS + "snowflake.transfers.snowflake_to_slack.SnowflakeToSlackOperator",
        ),
        summary="Posts the same message, with the rows of the query in it.",
        lower=_message,
        carried=frozenset(
            {
                *(*_SQL, *_PLACE, "slack_conn_id", "slack_webhook_conn_id", "slack_channel", "slack_message"),
                *("results_df_name", "snowflake_conn_id"),
            }
        ),
        ignored=_CLIENT,
        sql=("sql",),
        connection=("sql_conn_id", "snowflake_conn_id"),
        examples=(_ROWS_EXAMPLE,),
    ),
    Rule(
        name="sql-to-slack-file",
        operators=(_PROVIDERS + "slack.transfers.sql_to_slack.SqlToSlackApiFileOperator",),
        summary="Posts the rows of the query as the same file, through pandas. What to do where there are none stays in Airflow.",
        lower=_file,
        carried=frozenset(
            {
                *(*_SQL, "slack_conn_id", "slack_filename", "slack_channels", "slack_initial_comment", "slack_title"),
                *("df_kwargs", "action_on_empty_df"),
            }
        ),
        ignored=_CLIENT,
        sql=("sql",),
        connection=("sql_conn_id",),
        examples=(_FILE_EXAMPLE,),
    ),
    Rule(
        name="slack-file",
        operators=(_PROVIDERS + "slack.operators.slack.SlackAPIFileOperator",),
        summary="Posts the same file.",
        lower=_upload,
        carried=frozenset(
            {
                *("slack_conn_id", "channels", "channel", "initial_comment", "filename", "content", "title"),
                "display_filename",
            }
        ),
        ignored={
            **_CLIENT,
            **_API,
            "filetype": "Slack sees what a file is",
            "snippet_type": "Slack sees what a file is",
            "method_version": "files go by Slack's second way",
        },
        connection=("slack_conn_id",),
        default_connection="slack_api_default",
    ),
    call_rule(
        Client("slack_api", ("slack_conn_id",), "slack_api_default", _API),
        Call(
            "slack-history",
            (_PROVIDERS + "slack.operators.slack.SlackAPIConversationsHistoryOperator",),
            "history",
            {
                name: name
                for name in ("channel", "oldest", "latest", "inclusive", "limit", "cursor", "include_all_metadata")
            },
            summary="Asks Slack for the same messages of a channel.",
            gives="dict",
            kind="slack",
            examples=(_HISTORY_EXAMPLE,),
        ),
    ),
)
