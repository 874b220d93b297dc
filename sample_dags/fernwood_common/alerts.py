"""What happens when a task fails."""

from __future__ import annotations

import logging
import os
from typing import Any

log = logging.getLogger(__name__)

ALERT_CHANNEL = "#data-alerts"


def notify_failure(context: dict[str, Any]) -> None:
    """``on_failure_callback``: post to Slack where a webhook is configured, otherwise only log."""
    ti = context["task_instance"]
    message = f":wilted_flower: {ti.dag_id}.{ti.task_id} failed (run {context.get('run_id')})"
    if "AIRFLOW_CONN_SLACK_ALERTS" not in os.environ:
        log.error("No Slack connection, not sent to %s: %s", ALERT_CHANNEL, message)
        return
    from airflow.providers.slack.hooks.slack_webhook import SlackWebhookHook

    SlackWebhookHook(slack_webhook_conn_id="slack_alerts").send(text=message)


def dag_failed(context: dict[str, Any]) -> None:
    """DAG-level ``on_failure_callback``."""
    log.error("Run %s of %s failed", context.get("run_id"), context["dag"].dag_id)
