"""Messages to services that wake people: Opsgenie and Discord."""

from __future__ import annotations

from migrator.model.airflow import Task
from migrator.model.expressions import Expr
from migrator.operators.calls import Call, Client, call_rule, options
from migrator.operators.common import argument
from migrator.operators.rule import LoweringContext, Untranslatable

_OPSGENIE = Client("opsgenie", ("opsgenie_conn_id",), "opsgenie_default")
_DISCORD = Client("discord", ("http_conn_id", "discord_conn_id"), "discord_default")
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


def _webhook(task: Task, context: LoweringContext) -> dict[str, Expr]:
    if argument(task, "webhook_endpoint"):
        raise Untranslatable("MIG201", "it names its webhook itself", task.argument_spans.get("webhook_endpoint"))
    return {}


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
            built=_webhook,
            reads=("webhook_endpoint",),
            refused=("proxy",),
            role="hook",
        ),
    ),
)
