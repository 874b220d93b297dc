"""Values that tasks left in earlier runs, or that a pull has a default for; that tasks get what they got is shown in `tests/parity`."""

import datetime as dt
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from migrator.codegen import render_project
from migrator.config import Config
from migrator.pipeline import analyze

SHOP = """\
import datetime as dt
from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG, BaseOperator

class Sync(BaseOperator):
    def pre_execute(self, context):
        self.low = context["ti"].xcom_pull(task_ids={ids}, key="mark", {more})

    def execute(self, context):
        context["ti"].xcom_push(key="mark", value=[self.low])
        return self.low

with DAG("shop", schedule="@daily", start_date=dt.datetime(2026, 1, 1)):
    Sync(task_id="first") >> BashOperator(
        task_id="second", bash_command="echo {{{{ ti.xcom_pull(task_ids='first', {template}) }}}}"
    )
"""


def of(tmp_path: Path, more: str, template: str = "", ids: str = "self.task_id") -> tuple[list[str], list[str]]:
    (tmp_path / "shop.py").write_text(SHOP.format(ids=ids, more=more, template=template))
    plan = analyze(tmp_path, Config()).plan
    return [item.kind for item in plan.dispositions], [f"{delta.airflow}" for delta in plan.deltas]


@pytest.mark.parametrize(
    ("told", "is_list"), [("include_prior_dates=True", True), ("include_prior_dates=True, map_indexes=-1", False)]
)
def test_only_a_pull_that_tells_no_copy_gives_a_list(tmp_path: Path, told: str, is_list: bool) -> None:
    kinds, deltas = of(tmp_path, told)
    assert "airflow" not in kinds
    earlier = next(text for text in deltas if "a value of earlier runs" in text)
    assert ("gives a list" in earlier) is is_list


@pytest.mark.parametrize(
    ("more", "template", "ids"),
    [
        # Which copy it means decides whether Airflow 3 looks at the default.
        ("include_prior_dates=True, default=0", "", "self.task_id"),
        ("include_prior_dates=True", "map_indexes=-1, default=0", "self.task_id"),
        ("include_prior_dates=True", "", "self.other"),
    ],
)
def test_what_cannot_be_told_stays(tmp_path: Path, more: str, template: str, ids: str) -> None:
    kinds, _ = of(tmp_path, more, template, ids)
    assert {"airflow", "wrapped"} & {*kinds}


def test_a_task_that_runs_again_does_not_find_what_it_left(tmp_path: Path) -> None:
    """Airflow deletes what a task has left in a run when it is cleared and runs again, whether or not it leaves something then."""
    (tmp_path / "shop.py").write_text(SHOP.format(ids="self.task_id", more="include_prior_dates=True", template=""))
    analysis = analyze(tmp_path, Config())
    helpers: dict[str, Any] = {}
    exec(render_project(analysis.plan, analysis.project, "shop")["src/shop/last_values.py"], helpers)
    found: list[Any] = []

    @dg.asset(partitions_def=dg.DailyPartitionsDefinition(start_date="2026-01-01"))
    def first(context: dg.AssetExecutionContext) -> None:
        day = context.partition_time_window.start
        found.append(helpers["earlier_value"](context, "shop", "first", day, "mark"))
        helpers["keep_value"](context, "shop", "first", day, {"mark": len(found)} if len(found) not in (3, 5) else {})

    with dg.DagsterInstance.ephemeral() as instance:
        for day in (2, 2, 3, 4, 2, 4, 5):
            dg.materialize([first], instance=instance, partition_key=dt.date(2026, 1, day).isoformat())
    assert found == [None, None, 2, 2, None, None, 6]


OWN = """\
import datetime as dt
from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG, BaseOperator, task

class Sync(BaseOperator):
    def pre_execute(self, context):
        context["ti"].xcom_push(key="half", value=1)

    def execute(self, context):
        return context["ti"].xcom_pull(task_ids=self.task_id, key="half")

def helper(ti):
    return ti.xcom_pull(task_ids="work", key="half")

with DAG("shop", schedule="@daily", start_date=dt.datetime(2026, 1, 1)):
    @task{kind}
    def work(ti=None):
        {body}
    {more}
"""
LATER = "work() >> BashOperator(task_id='last', bash_command='echo 1')"
PUSHES = 'ti.xcom_push(key="half", value=1)\n        '


@pytest.mark.parametrize(
    ("body", "more"),
    [
        ('return ti.xcom_pull(task_ids="last")', LATER),
        ('return ti.xcom_pull(task_ids=["last", "work"])', LATER),
        ('return ti.xcom_pull(task_ids="work", key="half")', "work()"),
        (f'{PUSHES}return ti.xcom_pull(task_ids=ti.task_id, key="half", map_indexes=-1, default=[])', "work()"),
        ("return helper(ti)", "work()"),
        # A command leaves nothing by a key.
        (
            'return ti.xcom_pull(task_ids="first", key="half")',
            "BashOperator(task_id='first', bash_command='echo 1') >> work()",
        ),
        (
            "return 1",
            """work() >> BashOperator(task_id="own", bash_command="echo {{ ti.xcom_pull(task_ids='own') }}")""",
        ),
    ],
)
def test_what_is_not_there_yet_in_a_run_is_known(tmp_path: Path, body: str, more: str) -> None:
    (tmp_path / "shop.py").write_text(OWN.format(kind="", body=body, more=more))
    plan = analyze(tmp_path, Config()).plan
    assert not {"airflow", "wrapped"} & {item.kind for item in plan.dispositions}
    told = [delta for delta in plan.deltas if "unless the run has been cleared" in delta.airflow]
    assert len(told) == (more == LATER)


@pytest.mark.parametrize(
    ("kind", "body", "more"),
    [
        # The helper does not get what was pushed before.
        ("", f"{PUSHES}return helper(ti)", "work()"),
        ("", f'{PUSHES}return ti.xcom_pull(task_ids=["work"], key="half")', "work()"),
        # What it pushes is still there when it looks again.
        (".sensor", f'{PUSHES}return ti.xcom_pull(task_ids="work", key="half")', "work()"),
        # Another method pushes it.
        ("", "return 1", "Sync(task_id='sync')"),
    ],
)
def test_what_a_task_may_have_pushed_itself_is_not_guessed(tmp_path: Path, kind: str, body: str, more: str) -> None:
    (tmp_path / "shop.py").write_text(OWN.format(kind=kind, body=body, more=more))
    assert {"airflow", "wrapped"} & {item.kind for item in analyze(tmp_path, Config()).plan.dispositions}


@pytest.mark.parametrize(
    ("pull", "text"),
    [
        ('ti.xcom_pull(task_ids="work", key="half")', 'outputs.get("half")'),
        ('ti.xcom_pull(task_ids="work", key="half", map_indexes=-1, default=3 or 4)', 'outputs.get("half", 3 or 4)'),
        ('ti.xcom_pull(task_ids="work", key="other")', "None"),
        ('ti.xcom_pull(task_ids="work", key="other", map_indexes=-1, default=3 or 4)', "(3 or 4)"),
        ('ti.xcom_pull(task_ids="work", key="other", map_indexes=-1, default="-")', '"-"'),
    ],
)
def test_own_pushes_are_read_where_they_are_kept(tmp_path: Path, pull: str, text: str) -> None:
    more = "work() >> BashOperator(task_id=\"last\", bash_command=\"echo {{ ti.xcom_pull('work', key='half') }}\")"
    (tmp_path / "shop.py").write_text(OWN.format(kind="", body=f"{PUSHES}print([{pull}])", more=more))
    analysis = analyze(tmp_path, Config())
    assert f"print([{text}])" in "".join(render_project(analysis.plan, analysis.project, "shop").values())
