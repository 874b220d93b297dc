"""Messages to people by services other than mail and Slack: Opsgenie, Discord and Telegram."""

from __future__ import annotations

from collections.abc import Mapping

from migrator.model.airflow import Task
from migrator.model.expressions import Expr
from migrator.operators.calls import Call, Client, call_rule, options
from migrator.operators.common import argument
from migrator.operators.rule import Example, LoweringContext, Untranslatable

_OPSGENIE = Client("opsgenie", ("opsgenie_conn_id",), "opsgenie_default")
_DISCORD = Client(
    "discord",
    ("http_conn_id", "discord_conn_id"),
    "discord_default",
    beside={"webhook_endpoint": "the URL of the resource is that of the webhook"},
)
_TELEGRAM = Client("telegram", ("telegram_conn_id",), "telegram_default")
_ALERT = {
    "alias": "alias",
    "description": "description",
    "responders": "responders",
    "visible_to": "visibleTo",
    "actions": "actions",
    "tags": "tags",
    "details": "details",
    "entity": "entity",
    "source": "source",
    "priority": "priority",
    "user": "user",
    "note": "note",
}
_CLOSE = {"user": "user", "note": "note", "source": "source"}


def _alert(task: Task, context: LoweringContext) -> dict[str, Expr]:
    given = options(task, context, _ALERT)
    return {"options": given} if given else {}


def _close(task: Task, context: LoweringContext) -> dict[str, Expr]:
    given = options(task, context, _CLOSE)
    return {"options": given} if given else {}


def _telegram(task: Task, context: LoweringContext) -> dict[str, Expr]:
    given = argument(task, "telegram_kwargs") or {}
    if not isinstance(given, Mapping):
        raise Untranslatable("MIG207", "what it sends is only known at run time", task.span)
    given = dict(given)
    text = argument(task, "text") or given.pop("text", None)
    if text is None:
        raise Untranslatable("MIG207", "the text of its message is not known", task.span)
    found = {"text": context.template(text)}
    if (chat := argument(task, "chat_id") or given.pop("chat_id", None)) is not None:
        found["chat_id"] = context.template(chat)
    if given:
        found["options"] = context.template(given)
    return found


_TELEGRAM_EXAMPLE = Example(
    title="A message to a chat",
    dag="""
from datetime import datetime

from airflow import DAG
from airflow.operators.bash import BashOperator
from airflow.providers.telegram.operators.telegram import TelegramOperator

with DAG("nightly", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    told = TelegramOperator(task_id="told", telegram_conn_id="team_bot", chat_id="-100", text="Loaded {{ ds }}")
    BashOperator(task_id="work", bash_command="work") >> told
""",
    expected=("run_status_sensor", "team_bot.send(", 'chat_id="-100"', "TelegramBot"),
    disposition="hook",
)

RULES = (
    call_rule(
        _OPSGENIE,
        Call(
            "opsgenie-alert",
            ("airflow.providers.opsgenie.operators.opsgenie.OpsgenieCreateAlertOperator",),
            "create_alert",
            {"message": "message"},
            built=_alert,
            reads=tuple(_ALERT),
            role="hook",
        ),
    ),
    call_rule(
        _OPSGENIE,
        Call(
            "opsgenie-close",
            ("airflow.providers.opsgenie.operators.opsgenie.OpsgenieCloseAlertOperator",),
            "close_alert",
            {"identifier": "identifier", "identifier_type": "identifier_type"},
            built=_close,
            reads=tuple(_CLOSE),
            refused=("close_alert_kwargs",),
            role="hook",
        ),
    ),
    call_rule(
        _DISCORD,
        Call(
            "discord",
            ("airflow.providers.discord.operators.discord_webhook.DiscordWebhookOperator",),
            "send",
            {"message": "message", "username": "username", "avatar_url": "avatar_url", "tts": "tts"},
            refused=("proxy",),
            role="hook",
        ),
    ),
    call_rule(
        _TELEGRAM,
        Call(
            "telegram",
            ("airflow.providers.telegram.operators.telegram.TelegramOperator",),
            "send",
            built=_telegram,
            reads=("text", "chat_id", "telegram_kwargs"),
            ignored={"token": "the URL of the resource has the token"},
            role="hook",
            examples=(_TELEGRAM_EXAMPLE,),
        ),
    ),
)
