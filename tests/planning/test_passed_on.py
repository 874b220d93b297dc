"""Operators of the team's own that set an argument of Airflow's operator and leave the work to it, which only that one's rule knows."""

from __future__ import annotations

from pathlib import Path

import pytest

from migrator.codegen import render_project
from migrator.config import Config
from migrator.pipeline import analyze

DAG = """
import datetime as dt
from airflow.providers.cncf.kubernetes.operators.pod import KubernetesPodOperator
from airflow.sdk import DAG


class TeamPodOperator(KubernetesPodOperator):
    FIELDS

    def __init__(self, *, job, tag="stable", **kwargs):
        self.job = job
        kwargs.setdefault("image", f"registry/etl:{tag}")
        super().__init__(**kwargs)

    def execute(self, context):
        FIRST
        return LAST


with DAG("d", schedule="@daily", start_date=dt.datetime(2026, 1, 1)):
    TeamPodOperator(task_id="load", job="load", labels={"a": "b"}, arguments=["{{ ds }}"], name="load")
"""
LAST = "super().execute(context)"


def generated(folder: Path, first: str, last: str = LAST, fields: str = "") -> tuple[str, list[str]]:
    """The code of the DAG, empty where the task stays in Airflow; and what is told of the task."""
    (folder / "d.py").write_text(DAG.replace("FIELDS", fields).replace("FIRST", first).replace("LAST", last))
    analysis = analyze(folder, Config())
    told = [one.airflow for one in analysis.plan.deltas if one.task_id == "load"]
    if {row.kind for row in analysis.plan.dispositions} == {"airflow"}:
        return "", told
    files = render_project(analysis.plan, analysis.project, "shop")
    return " ".join("".join(text for name, text in files.items() if "/defs/d/" in name).split()), told


@pytest.mark.parametrize(
    ("first", "said"),
    [
        ('self.labels = {**(self.labels or {}), "team": "data"}', '"labels": {"a": "b", "team": "data"}'),
        ('self.annotations = {**(self.annotations or {}), "job": self.job}', '"annotations": {"job": "load"}'),
        ('self.arguments = [*self.arguments, "--all"]', '"args": [context.partition_key, "--all"]'),
        ('self.cmds = ["python", "-m", "etl." + self.job]', 'command=["python", "-m", "etl.load"]'),
    ],
)
def test_what_a_class_sets_is_as_if_its_call_said_so(tmp_path: Path, first: str, said: str) -> None:
    code, told = generated(tmp_path, first)
    assert said in code and 'image="registry/etl:stable"' in code and "TeamPodOperator" not in code
    assert not any("log" in one for one in told)


def test_a_message_is_told(tmp_path: Path) -> None:
    code, told = generated(tmp_path, 'self.log.info("starts %s", self.job)')
    assert code and "its class writes to the log before the work" in told


@pytest.mark.parametrize(
    ("first", "last", "fields"),
    [
        ("notify(context)", LAST, ""),
        ("self.labels = make_labels()", LAST, ""),
        ('self.image = "{{ ds }}"', LAST, ""),  # The templates are rendered by then.
        ("self.metrics = 1", LAST, ""),
        ("self.labels = {}", "super().execute(context) or 1", ""),
        ("self.labels = {}", LAST, 'template_fields = ("job",)'),
    ],
)
def test_a_class_that_does_more_stays(tmp_path: Path, first: str, last: str, fields: str) -> None:
    assert generated(tmp_path, first, last, fields)[0] == ""
