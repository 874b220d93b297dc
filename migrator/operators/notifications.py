"""Messages to people: mail and Slack."""

from __future__ import annotations

from collections.abc import Mapping

from migrator.model.airflow import Task
from migrator.model.bodies import Notify
from migrator.model.plan import Delta
from migrator.operators.common import argument, delta
from migrator.operators.rule import Example, Lowering, LoweringContext, Rule

_MAIL = {
    "to": "to",
    "subject": "subject",
    "html_content": "html",
    "cc": "cc",
    "bcc": "bcc",
    "files": "files",
    "from_email": "sender",
}
_SLACK = {
    "channel": "channel",
    "text": "text",
    "blocks": "blocks",
    "attachments": "attachments",
    "username": "username",
}
_WEBHOOK = {"message": "text", **{name: name for name in ("channel", "blocks", "attachments", "username")}}
_SLACK_IGNORED = {
    "icon_url": "the app's own icon is shown",
    "icon_emoji": "the app's own icon is shown",
    "retry_handlers": "the resource's client decides",
    "proxy": "the resource's client decides",
    "timeout": "the resource's client decides",
    "base_url": "the resource's client decides",
    "token": "the URL of the resource has the token",
    "webhook_token": "the URL of the resource has the token",
    "link_names": "Slack links names by itself",
}


def _mail(task: Task, context: LoweringContext) -> Lowering:
    resource = context.resource(argument(task, "conn_id", "smtp_default"), "email")
    return _message("email", resource, task, context, _MAIL)


def _slack(task: Task, context: LoweringContext) -> Lowering:
    resource = context.resource(argument(task, "slack_conn_id", "slack_api_default"), "slack")
    webhook = delta(
        context,
        "the message is posted through Slack's API, to the channel that the task names",
        "the message is posted through an incoming webhook, which has a channel of its own",
        "make a webhook for that channel",
    )
    return _message("slack", resource, task, context, _SLACK, (webhook,))


def _slack_webhook(task: Task, context: LoweringContext) -> Lowering:
    connection = argument(task, "slack_webhook_conn_id", "slack_webhook_default")
    return _message("slack", context.resource(connection, "slack"), task, context, _WEBHOOK)


def _message(
    channel: str,
    resource: str,
    task: Task,
    context: LoweringContext,
    names: Mapping[str, str],
    deltas: tuple[Delta, ...] = (),
) -> Lowering:
    """Sends a message with those of the operator's arguments that `names` gives today's name of the field."""
    fields = {}
    for old, new in names.items():
        if (value := argument(task, old)) is not None:
            fields[new] = context.files(value, (".html",))[0] if new == "html" else context.template(value)
    return Lowering("hook", Notify(channel, resource, fields), deltas=deltas, reason="it tells people about the run")


RULES = (
    Rule(
        name="email",
        operators=("airflow.providers.smtp.operators.smtp.EmailOperator",),
        summary="A sensor on the job's success that sends the same mail.",
        lower=_mail,
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
        lower=_slack,
        carried=frozenset({*_SLACK, "slack_conn_id"}),
        ignored=_SLACK_IGNORED,
        connection=("slack_conn_id",),
        default_connection="slack_api_default",
    ),
    Rule(
        name="slack-webhook",
        operators=("airflow.providers.slack.operators.slack_webhook.SlackWebhookOperator",),
        summary="A sensor on the job's success that posts the same message.",
        lower=_slack_webhook,
        carried=frozenset({*_WEBHOOK, "slack_webhook_conn_id"}),
        ignored=_SLACK_IGNORED,
        connection=("slack_webhook_conn_id",),
        default_connection="slack_webhook_default",
    ),
)
