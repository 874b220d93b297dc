"""What a task that waits for another DAG depends on: what that DAG makes last."""

from __future__ import annotations

from pathlib import Path

import pytest

from migrator.config import Config
from migrator.model.plan import CreateAsset
from migrator.pipeline import analyze

DAG = """\
from datetime import datetime
from airflow import DAG
from airflow.operators.empty import EmptyOperator
from airflow.operators.bash import BashOperator
from airflow.sensors.external_task import ExternalTaskSensor

with DAG("made", start_date=datetime(2024, 1, 1), schedule="@daily"):
    start = EmptyOperator(task_id="start")
    a = BashOperator(task_id="a", bash_command="sort /data/x.csv > /data/a.csv")
    b = BashOperator(task_id="b", bash_command="sort /data/a.csv > /data/b.csv")
    end = EmptyOperator(task_id="end")
    {order}

with DAG("waits", start_date=datetime(2024, 1, 1), schedule="@daily"):
    first = BashOperator(task_id="first", bash_command="sort /data/y.csv > /data/first.csv")
    wait = ExternalTaskSensor(task_id="wait", external_dag_id="made")
    first >> wait >> BashOperator(task_id="last", bash_command="sort /data/z.csv > /data/last.csv")
"""


@pytest.mark.parametrize(
    ("order", "made"),
    [
        ("a >> b", {"b"}),
        ("start >> a >> b >> end", {"b"}),
        ("start >> [a, b] >> end", {"a", "b"}),
        ("a >> end", {"a", "b"}),
    ],
)
def test_an_empty_end_is_not_what_is_waited_for(tmp_path: Path, order: str, made: set[str]) -> None:
    (tmp_path / "dags.py").write_text(DAG.replace("{order}", order))
    operations = [one for dag in analyze(tmp_path, Config()).plan.dags for one in dag.operations]
    (last,) = [one for one in operations if isinstance(one, CreateAsset) and one.task_id == "last"]
    assert {key[-1] for key in last.deps} - {"z"} == {"first", *made}
