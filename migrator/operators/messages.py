"""Messages to people that the team's own code sends by Airflow: operators that it makes and executes itself, and functions; and queries.

Comes in: the name of a class or function. Goes out: a `Message`, which says what a resource of Dagster's does in its place. Names of arguments are those of Airflow 1.10,
2.11 and 3.3 and of the slack and smtp providers.
"""

from __future__ import annotations

from collections.abc import Mapping

from migrator.model.changed import replace
from migrator.model.frozen import dataclass
from migrator.model.values import Value


@dataclass(frozen=True, slots=True)
class Message:
    """`kind` and `system` are those of `CreateResource`; `connection` are the arguments that name the connection; `fields` gives arguments their names in the
    resource's `method`, empty for one that stands first and has none there; `ignored` say nothing there. `positional` are the arguments' names in their order, for a function that takes them so."""

    kind: str
    connection: tuple[str, ...]
    default_connection: str
    fields: Mapping[str, str]
    ignored: frozenset[str] = frozenset()
    positional: tuple[str, ...] = ()
    method: str = "send"
    system: str | None = None
    beside: frozenset[str] = frozenset()
    """Arguments that say where something is, which the connection's URL says now."""
    otherwise: tuple[str, str] = ("", "")
    """What Airflow's does in another way, and how the resource does it."""

    @property
    def is_function(self) -> bool:
        """It sends when it is called; an operator does so when it is executed."""
        return bool(self.positional)


_OPERATOR = frozenset({"task_id", "dag", "owner", "trigger_rule", "retries"})
_LOOKS = frozenset({"icon_url", "icon_emoji", "link_names", "timeout", "proxy", "retry_handlers", "base_url"})
_SLACK = {name: name for name in ("text", "channel", "username", "blocks", "attachments")}
_WEBHOOK = {**_SLACK, "message": "text"}
_MAIL = {
    "to": "to",
    "subject": "subject",
    "html_content": "html",
    "cc": "cc",
    "bcc": "bcc",
    "files": "files",
    "from_email": "sender",
}
_CHARSET = frozenset({"mime_subtype", "mime_charset", "dryrun"})
_POSTED = Message(
    "slack",
    ("slack_webhook_conn_id", "http_conn_id"),
    "slack_webhook_default",
    _WEBHOOK,
    _OPERATOR | _LOOKS | {"webhook_token"},
)
_SQL_OPERATOR = frozenset({"autocommit", "requires_result_fetch", "show_return_value_in_logs", "split_statements"})
_OF_ONE_SYSTEM = {
    "JdbcOperator": "jdbc",
    "MsSqlOperator": "mssql",
    "MySqlOperator": "mysql",
    "OracleOperator": "oracle",
    "PostgresOperator": "postgres",
    "RedshiftSQLOperator": "redshift",
    "SnowflakeOperator": "snowflake",
    "SqliteOperator": "sqlite",
    "TrinoOperator": "trino",
    "VerticaOperator": "vertica",
}


def _query(system: str | None, connection: str) -> Message:
    """What runs statements: the operator of any system, or of one, whose arguments name the connection so."""
    default = f"{system}_default" if system else ""
    fields = {"sql": "", "parameters": "parameters"}
    names = (connection,) if connection == "conn_id" else (connection, "conn_id")
    return Message("database", names, default, fields, _OPERATOR | _SQL_OPERATOR, method="run", system=system)


_GCS = ("gcp_conn_id", "google_cloud_storage_conn_id")
_LISTING = "GCSListObjectsOperator"
_LISTED = {"bucket": "bucket", "prefix": "prefix"}


def _listing(connection: tuple[str, ...], default: str, system: str) -> Message:
    """What lists the objects below a prefix."""
    return Message("object_store", connection, default, _LISTED, _OPERATOR, method="list_keys", system=system)


MESSAGES: Mapping[str, Message] = {
    "ClickHouseOperator": replace(
        _query("clickhouse", "clickhouse_conn_id"),
        beside=frozenset({"database"}),
        ignored=_OPERATOR | {"query_id", "types_check"},
    ),
    "EmailOperator": Message("email", ("conn_id", "smtp_conn_id"), "smtp_default", _MAIL, _OPERATOR | _CHARSET),
    _LISTING: _listing(_GCS, "google_cloud_default", "gcs"),
    f"{_LISTING} by ending": replace(
        _listing(_GCS, "google_cloud_default", "gcs"),
        fields={**_LISTED, "delimiter": "ending"},
        method="list_ending",
        otherwise=("lists all keys where it finds none that end as asked", "finds none then"),
    ),
    "S3ListOperator": _listing(("aws_conn_id",), "aws_default", "s3"),
    "SlackAPIPostOperator": Message(
        "slack", ("slack_conn_id",), "slack_api_default", _SLACK, _OPERATOR | _LOOKS | {"token"}
    ),
    "SlackWebhookHook": _POSTED,
    "SlackWebhookOperator": _POSTED,
    "SQLExecuteQueryOperator": _query(None, "conn_id"),
    **{name: _query(system, f"{system}_conn_id") for name, system in _OF_ONE_SYSTEM.items()},
    "send_email": Message(
        "email",
        ("conn_id",),
        "smtp_default",
        _MAIL,
        _CHARSET,
        ("to", "subject", "html_content", "files", "dryrun", "cc", "bcc", "mime_subtype", "mime_charset", "conn_id"),
    ),
}
"""By the name of the class or function: where it stands has changed from version to version. A second word tells calls with other arguments."""


def message_named(name: str, given: Mapping[str, Value]) -> str:
    """Under which name a call of a class or function with these arguments is in `MESSAGES`; empty if it is not."""
    delimiter = given.get("delimiter") if name == _LISTING and "prefix" in given else None
    name = f"{name} by ending" if isinstance(delimiter, str) and delimiter.strip("/") else name
    return name if name in MESSAGES else ""


_NOTIFIER = frozenset({"context"})
_SLACK_NOTIFIER = Message(
    "slack", ("slack_conn_id",), "slack_api_default", _SLACK, _NOTIFIER | _LOOKS | {"unfurl_links", "unfurl_media"}
)
_WEBHOOK_NOTIFIER = Message(
    "slack",
    ("slack_webhook_conn_id",),
    "slack_webhook_default",
    _WEBHOOK,
    _NOTIFIER | _LOOKS | {"unfurl_links", "unfurl_media"},
)
_MAIL_NOTIFIER = Message(
    "email", ("smtp_conn_id",), "smtp_default", _MAIL, _NOTIFIER | _CHARSET | {"auth_type", "custom_headers"}
)

NOTIFIERS: Mapping[str, Message] = {
    "SlackNotifier": _SLACK_NOTIFIER,
    "SlackWebhookNotifier": _WEBHOOK_NOTIFIER,
    "SmtpNotifier": _MAIL_NOTIFIER,
}
"""Objects of providers that are callbacks, by the name of the class."""
