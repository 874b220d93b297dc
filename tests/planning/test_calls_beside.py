"""Functions that a task calls before and after its work; that they do what they did is shown in `tests/parity` (`hooks_of_all_tasks`)."""

from __future__ import annotations

from pathlib import Path

import pytest

from migrator.config import Config
from migrator.pipeline import analyze

DAG = """\
import datetime as dt
from airflow.exceptions import AirflowSkipException
from airflow.providers.standard.operators.bash import BashOperator
from airflow.providers.standard.operators.python import PythonOperator, ShortCircuitOperator
from airflow.sdk import DAG

def begin(context):
    {begin}

def check():
    return True

with DAG("d", schedule="@daily", start_date=dt.datetime(2026, 1, 1), default_args={"pre_execute": begin}):
    first = ShortCircuitOperator(task_id="first", python_callable=check, ignore_downstream_trigger_rules=False)
    work = BashOperator(task_id="work", bash_command="echo {{ ti.xcom_pull(task_ids='first', key='{key}') }}")
    first >> work >> BashOperator(task_id="last", bash_command="date", trigger_rule="none_failed")
"""
PUSH = 'context["ti"].xcom_push(key="begun", value=context["ds"])'


@pytest.mark.parametrize(
    ("begin", "key", "reason"),
    [
        ('print(context["ds"])', "other", ""),
        (PUSH, "other", ""),
        (PUSH, "begun", "`begin`, which it calls besides its work, pushes what another task takes"),
        ("raise AirflowSkipException", "other", "it may be skipped as a whole, and the trigger rule of `last`"),
    ],
)
def test_what_each_task_calls_first(tmp_path: Path, begin: str, key: str, reason: str) -> None:
    (tmp_path / "d.py").write_text(DAG.replace("{begin}", begin).replace("{key}", key))
    kinds = {row.task_id: row for row in analyze(tmp_path, Config()).plan.dispositions}
    assert (kinds["first"].kind == "airflow") == bool(reason)
    assert kinds["first"].reason.startswith(reason)
