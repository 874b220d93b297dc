"""Sensors of the team's own that do something around Airflow's wait; that they do what they did is shown in `tests/parity`."""

from __future__ import annotations

from pathlib import Path

import pytest

from migrator.config import Config
from migrator.pipeline import analyze

DAG = """\
import datetime as dt
from airflow.sdk import DAG, BaseSensorOperator

class Counted(BaseSensorOperator):
    def execute(self, context):
        self.looks = 0
        return super().execute(context)

    def poke(self, context):
        self.looks += 1
        return self.looks > 2

class Prepared(BaseSensorOperator):
    def pre_execute(self, context):
        self.looks = 0

    def execute(self, context):
        return super().execute(context)

    def poke(self, context):
        return True

class Later(Counted):
    def execute(self, context):
        return super().execute(context) or "later"

class Changing(BaseSensorOperator):
    def execute(self, context):
        context["looks"] = 0
        return super().execute(context)

    def poke(self, context):
        return context["looks"] == 0

with DAG("d", schedule="@daily", start_date=dt.datetime(2026, 1, 1)):
    {task}
"""


@pytest.mark.parametrize(
    ("task", "kind"),
    [
        ('Counted(task_id="a", poke_interval=5)', "step"),
        ('Counted(task_id="a", mode="reschedule")', "airflow"),
        ('Counted(task_id="a", soft_fail=True)', "airflow"),
        ('Counted(task_id="a", exponential_backoff=True)', "airflow"),
        ('Prepared(task_id="a")', "airflow"),
        ('Later(task_id="a")', "airflow"),
        ('Changing(task_id="a")', "airflow"),
    ],
)
def test_a_wait_is_the_work_where_one_object_asks_until_it_is_true(tmp_path: Path, task: str, kind: str) -> None:
    (tmp_path / "d.py").write_text(DAG.replace("{task}", task))
    assert [row.kind for row in analyze(tmp_path, Config()).plan.dispositions] == [kind]
