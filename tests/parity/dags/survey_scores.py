"""TaskFlow: branch in a nested task group, group that returns values, mapped reduction, outputs of a group used outside."""

from __future__ import annotations

import json
import os
from datetime import datetime
from pathlib import Path

from airflow.exceptions import AirflowSkipException
from airflow.sdk import dag, task, task_group

DATA_DIR = Path(os.environ.get("DATA_DIR", "/tmp/data"))


@task
def answers(ds=None) -> list[dict]:
    day = int(ds[-2:])
    return [{"id": n, "score": (n * day) % 5} for n in range(1, 5)]


@task
def score(answer: dict, weight: float) -> float:
    if answer["score"] == 0:
        raise AirflowSkipException("no score")
    return answer["score"] * weight


@task(trigger_rule="none_failed")
def mean(scores) -> float:
    values = [value for value in scores if value is not None]
    return round(sum(values) / len(values), 2) if values else 0.0


@task.branch
def grade(value: float) -> str:
    return "report.good" if value >= 3 else "report.detail.bad"


@task
def good(value: float):
    (DATA_DIR / "good").write_text(str(value))


@task
def bad(value: float):
    (DATA_DIR / "bad").write_text(str(value))


@task
def advise():
    (DATA_DIR / "advice").touch()


@task(trigger_rule="none_failed_min_one_success")
def publish(value: float, ds=None):
    (DATA_DIR / f"published_{ds}.json").write_text(json.dumps({"mean": value}))


@dag(schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False, max_active_runs=1)
def survey_scores():
    @task_group
    def collect():
        return mean(score.partial(weight=1.5).expand(answer=answers()))

    @task_group
    def report(value):
        @task_group
        def detail(value):
            bad(value) >> advise()

        grade(value) >> [good(value), detail(value)]

    value = collect()
    report(value) >> publish(value)


survey_scores()
