"""Messages to people: mail and Slack."""

from __future__ import annotations

from collections.abc import Callable

from migrator.model.airflow import Task
from migrator.model.plan import Notify
from migrator.operators.common import argument
from migrator.operators.rule import Example, Lowering, LoweringContext, Rule

_Lower = Callable[[Task, LoweringContext], Lowering]


def _notify(channel: str, connection: str, default: str, fields: dict[str, str]) -> _Lower:
    """Sends a message with those of the operator's arguments that `fields` renames."""

    def lower(task: Task, context: LoweringContext) -> Lowering:
        resource = context.resource(argument(task, connection, default), channel)
        given = {new: value for old, new in fields.items() if (value := argument(task, old)) is not None}
        return Lowering(
            "hook",
            Notify(channel, resource, {name: context.template(value) for name, value in given.items()}),
            reason="it tells people about the run",
        )

    return lower


_MAIL = {"to": "to", "subject": "subject", "html_content": "html", "cc": "cc", "bcc": "bcc", "from_email": "sender"}
_SLACK = {
    "channel": "channel",
    "text": "text",
    "blocks": "blocks",
    "attachments": "attachments",
    "username": "username",
}
_WEBHOOK = {
    "message": "text",
    "channel": "channel",
    "blocks": "blocks",
    "attachments": "attachments",
    "username": "username",
}
_SLACK_IGNORED = {
    "icon_url": "the app's own icon is shown",
    "icon_emoji": "the app's own icon is shown",
    "retry_handlers": "the resource's client decides",
    "proxy": "the resource's client decides",
    "timeout": "the resource's client decides",
    "base_url": "the resource's client decides",
}

RULES = (
    Rule(
        name="email",
        operators=("airflow.providers.smtp.operators.smtp.EmailOperator",),
        summary="A sensor on the job's success that sends the same mail.",
        lower=_notify("email", "conn_id", "smtp_default", _MAIL),
        carried=frozenset({*_MAIL, "conn_id"}),
        ignored={
            "mime_subtype": "the mail is made of text and HTML",
            "mime_charset": "mails are UTF-8",
        },
        connection=("conn_id",),
        default_connection="smtp_default",
        examples=(
            Example(
                title="A mail at the end",
                dag="""
from datetime import datetime

from airflow import DAG
from airflow.operators.bash import BashOperator
from airflow.operators.email import EmailOperator

with DAG("weekly", schedule="@weekly", start_date=datetime(2024, 1, 1), catchup=False):
    mail = EmailOperator(task_id="mail", to="team@example.com", subject="Weekly is done", html_content="<b>Done</b>")
    BashOperator(task_id="work", bash_command="work") >> mail
""",
                expected=("run_status_sensor", "Weekly is done", "team@example.com"),
                disposition="hook",
            ),
        ),
    ),
    Rule(
        name="slack",
        operators=("airflow.providers.slack.operators.slack.SlackAPIPostOperator",),
        summary="A sensor on the job's success that posts the same message.",
        lower=_notify("slack", "slack_conn_id", "slack_api_default", _SLACK),
        carried=frozenset({*_SLACK, "slack_conn_id"}),
        ignored=_SLACK_IGNORED,
        connection=("slack_conn_id",),
        default_connection="slack_api_default",
    ),
    Rule(
        name="slack-webhook",
        operators=("airflow.providers.slack.operators.slack_webhook.SlackWebhookOperator",),
        summary="A sensor on the job's success that posts the same message.",
        lower=_notify("slack", "slack_webhook_conn_id", "slack_webhook_default", _WEBHOOK),
        carried=frozenset({*_WEBHOOK, "slack_webhook_conn_id"}),
        ignored=_SLACK_IGNORED,
        connection=("slack_webhook_conn_id",),
        default_connection="slack_webhook_default",
    ),
)
