"""Operators of the team's own that say which tasks after them are skipped; that the same ones run is shown in `tests/parity`."""

from __future__ import annotations

from pathlib import Path

import pytest

from migrator.config import Config
from migrator.pipeline import analyze

DAG = """\
import datetime as dt
from airflow import DAG
from airflow.models import BaseOperator
from airflow.models.skipmixin import SkipMixin
from airflow.operators.bash import BashOperator

class Skipping(BaseOperator, SkipMixin):
    def finish(self, context):
        self.skip(context["dag_run"], None, context["task"].downstream_list)

    def execute(self, context):
        {work}

with DAG("d", schedule="@daily", start_date=dt.datetime(2026, 1, 1)):
    {task}
"""
TASK = 'Skipping(task_id="a") >> [BashOperator(task_id=name, bash_command="date") for name in ("b", "c")]'
TASKS = 'tasks = context["task"].get_direct_relatives(upstream=False)'
ONCE = 'self.skip(context["dag_run"], context["logical_date"], '


def _first(tmp_path: Path, work: str, task: str = TASK, classes: str = "") -> tuple[str, str]:
    text = DAG if "finish" in work else DAG.replace(DAG[DAG.index("    def finish") : DAG.index("    def execute")], "")
    text = text.replace("with DAG", f"{classes}with DAG")
    (tmp_path / "d.py").write_text(text.format(work=work.replace("; ", "\n        "), task=task))
    row = next(row for row in analyze(tmp_path, Config()).plan.dispositions if row.task_id == "a")
    return row.kind, row.reason


@pytest.mark.parametrize(
    "work",
    [
        f"{TASKS}; {ONCE}tasks)",
        f"{TASKS}; {ONCE}[one for one in tasks if len(one.task_id) > 3])",
        f"{TASKS}; found = []; found.extend(tasks); {ONCE}sorted(found)); return [one.task_id for one in found]",
        'self.skip(dag_run=context["dag_run"], execution_date=None, tasks=self.downstream_list)',
        'self.skip(context["dag_run"], context["dag_run"].execution_date, self.downstream_list, context["ti"].map_index)',
        'self.skip_all_except(context["ti"], ["b"] if context["ds"] else None); return 1',
        'self.skip_all_except(ti=context["ti"], branch_task_ids="b")',
    ],
)
def test_a_class_may_say_which_tasks_are_skipped(tmp_path: Path, work: str) -> None:
    assert _first(tmp_path, work) == ("step", "it decides which tasks below it run")


@pytest.mark.parametrize(
    ("work", "reason"),
    [
        (f"{TASKS}; {ONCE}[one for one in tasks if one.trigger_rule])", "in a way that cannot be followed"),
        (f"{TASKS}; {ONCE}sorted(tasks, key=lambda one: one.priority_weight))", "in a way that cannot be followed"),
        (f"{TASKS}; {ONCE}filter(print, tasks))", "in a way that cannot be followed"),
        (f"{TASKS}; found = []; found.append(tasks[0]); {ONCE}found); return found[0].retries", "cannot be followed"),
        ('self.skip(None, context["logical_date"], self.downstream_list)', "in a way that cannot be followed"),
        ('self.skip(context["dag_run"], dt.datetime(2026, 1, 1), self.downstream_list)', "in a way that cannot be"),
        ('self.skip_all_except(context["ti"], "b"); self.finish(context)', ""),
        (f'{ONCE}self.downstream_list); self.skip_all_except(context["ti"], "b")', "uses both `skip` and"),
    ],
)
def test_what_is_skipped_must_be_told(tmp_path: Path, work: str, reason: str) -> None:
    kind, why = _first(tmp_path, work)
    assert kind == "airflow" and reason in why


CLASSES = """\
class Around(Skipping):
    def execute(self, context):
        print(context["ds"])
        return super().execute(context)

class Audited(Skipping):
    def post_execute(self, context, result=None):
        print(self.task_id, result)

class Both(Skipping):
    def execute(self, context):
        self.skip_all_except(context["ti"], "b")
        return super().execute(context)

"""


@pytest.mark.parametrize(("name", "kind"), [("Around", "step"), ("Audited", "step"), ("Both", "airflow")])
def test_a_class_may_do_something_around_what_skips(tmp_path: Path, name: str, kind: str) -> None:
    assert _first(tmp_path, f"{ONCE}self.downstream_list)", TASK.replace("Skipping", name), CLASSES)[0] == kind


def test_what_skips_nothing_or_in_copies_stays(tmp_path: Path) -> None:
    assert "there are none" in _first(tmp_path, f"{ONCE}self.downstream_list)", 'Skipping(task_id="a")')[1]
    mapped = 'Skipping.partial(task_id="a").expand(owner=["x"]) >> BashOperator(task_id="b", bash_command="date")'
    assert "it is expanded" in _first(tmp_path, f"{ONCE}self.downstream_list)", mapped)[1]


def test_in_airflow_3_a_skip_ends_the_work(tmp_path: Path) -> None:
    task = TASK.replace("Skipping(", "from airflow.sdk import Asset; Skipping(", 1)
    assert (
        "ends its `execute` in Airflow 3" in _first(tmp_path, 'self.skip(context["ti"], self.downstream_list)', task)[1]
    )


def test_what_a_failed_try_skipped_is_declared(tmp_path: Path) -> None:
    _first(tmp_path, 'self.skip_all_except(context["ti"], "b")')
    told = [row.airflow for row in analyze(tmp_path, Config()).plan.deltas]
    assert any("`a` skips stays skipped even if the task fails afterwards" in row for row in told)
