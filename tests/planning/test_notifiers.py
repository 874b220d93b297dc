"""Notifiers as callbacks; that those of the team's own do what they did is shown in `tests/parity`."""

from __future__ import annotations

from pathlib import Path

from migrator.config import Config
from migrator.pipeline import analyze
from tests.planning.test_own_classes import generated

DAG = """\
import datetime as dt
from airflow.sdk import DAG, BaseNotifier
from airflow.providers.slack.notifications.slack_webhook import SlackWebhookNotifier
from airflow.providers.slack.notifications.slack import send_slack_notification
from airflow.providers.smtp.notifications.smtp import SmtpNotifier
from airflow.providers.standard.operators.bash import BashOperator


class Pager(BaseNotifier):
    template_fields = ("text",)

    def __init__(self, text, team="data", **kwargs):
        super().__init__(**kwargs)
        self.text = text
        self.team = team

    def notify(self, context):
        print(self.team, self.text, context["exception"])


with DAG(
    "shop",
    schedule="@daily",
    start_date=dt.datetime(2026, 1, 1),
    on_success_callback=SlackWebhookNotifier(slack_webhook_conn_id="slack_ops", text="{{ dag.dag_id }} is done"),
    default_args={"on_failure_callback": [Pager("{{ ti.task_id }} on {{ ds }}"), SmtpNotifier(to="a@example.com", template="x")]},
):
    BashOperator(task_id="load", bash_command="load")
    BashOperator(
        task_id="mail",
        bash_command="mail",
        on_failure_callback=[SmtpNotifier(to="b@example.com"), send_slack_notification(text="{{ ti.task_id }} failed")],
    )
"""


def test_notifiers_become_sensors(tmp_path: Path) -> None:
    _, files = generated(tmp_path, {"shop.py": DAG})
    code = "".join(text for path, text in files.items() if "/defs/shop/" in path)
    assert 'slack_ops.send(text="shop is done")' in code
    assert 'Pager(text=f"{task_id} on {' in code
    assert "def notify(self, exception):" in code and "BaseNotifier" not in code
    assert 'smtp_default.send(subject=f"shop: {' in code.replace("\n", "").replace("  ", "")
    assert 'slack_api_default.send(text=f"{' in code


def test_what_is_lost_of_a_notifier_is_told(tmp_path: Path) -> None:
    (tmp_path / "shop.py").write_text(DAG)
    deltas = [f"{row.airflow} -> {row.dagster}" for row in analyze(tmp_path, Config()).plan.deltas]
    assert (
        "`on_failure_callback` calls `SmtpNotifier` for `load` -> nothing calls it: its `template` has no place in the message"
        in deltas
    )


def test_a_notifier_that_is_made_with_a_param_is_not_called_and_that_is_told(tmp_path: Path) -> None:
    text = DAG.replace(
        'Pager("{{ ti.task_id }} on {{ ds }}")', 'Pager("{{ ti.task_id }} of {{ params.desk }}")'
    ).replace('"shop",\n', '"shop",\n    params={"desk": "eu"},\n')
    (tmp_path / "shop.py").write_text(text)
    deltas = [f"{row.airflow} -> {row.dagster}" for row in analyze(tmp_path, Config()).plan.deltas]
    why = "it takes something of the run that is not known when that has ended"
    assert f"`on_failure_callback` calls `Pager` for `load` -> nothing calls it: {why}" in deltas
