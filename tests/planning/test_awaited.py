"""What a task that waits for another DAG depends on: what that DAG makes last."""

from __future__ import annotations

from pathlib import Path

import pytest

from migrator.codegen.project import render_project
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


SHIFTED = """\
from datetime import datetime, timedelta
from airflow.operators.bash import BashOperator
from airflow.sensors.external_task import ExternalTaskSensor
from airflow.sdk import DAG

with DAG("made", start_date=datetime(2024, 1, 1), schedule="{upstream}"):
    for name in ("a", "b", "c"):
        BashOperator(task_id=name, bash_command="sort /in/" + name + " > /made/" + name + "-{{{{ ts }}}}")

with DAG("waits", start_date=datetime(2024, 1, 1), schedule="{own}"):
    wait = ExternalTaskSensor(task_id="wait", external_dag_id="made", {what})
    wait >> BashOperator(task_id="last", bash_command="sort /data/z.csv > /data/last-{{{{ ts }}}}")
"""


@pytest.mark.parametrize(
    ("upstream", "own", "what", "before"),
    [
        ("0 1 * * *", "0 2 * * *", "execution_delta=timedelta(hours=1)", 0),
        ("30 23 * * *", "0 2 * * *", "execution_delta=timedelta(hours=2, minutes=30)", 1),
        ("0 1 * * *", "0 2 * * *", "execution_delta=timedelta(days=7, hours=1)", 7),
        ("0 5 * * 1-5", "0 5 * * 1-5", "execution_delta=timedelta(days=1)", None),
        ("0 * * * *", "0 * * * *", "execution_delta=timedelta(hours=3)", 3),
        ("0 5 1 * *", "0 6 1 * *", "execution_delta=timedelta(hours=1)", 0),
        ("0 1 * * *", "0 2 * * *", "execution_delta=timedelta(hours=5)", None),
        ("0 1 * * *", "0 2,9 * * 1", "execution_delta=timedelta(hours=1)", None),
        ("0 1 * * *", "0 0 * * *", "execution_delta=-timedelta(hours=1)", 0),
    ],
)
def test_the_partition_that_is_waited_for(
    tmp_path: Path, upstream: str, own: str, what: str, before: int | None
) -> None:
    """By `execution_delta`; where it cannot be told, that is a difference."""
    (tmp_path / "dags.py").write_text(SHIFTED.format(upstream=upstream, own=own, what=what))
    analysis = analyze(tmp_path, Config())
    plan = analysis.plan
    shifts = next(dag.shifts for dag in plan.dags if dag.dag_id == "waits")
    assert set(shifts.values()) == ({before} if before else set())
    told = [delta for delta in plan.deltas if "it waits for the run of `made` of" in delta.airflow]
    assert len(told) == (before is None)
    text = "".join(map(str, render_project(plan, analysis.project, "p").values()))
    assert (f"dg.TimeWindowPartitionMapping(start_offset=-{before}, end_offset=-{before})" in text) == bool(before)


ACROSS_DAYS = """\
from datetime import datetime, timedelta
import pendulum
from airflow.providers.standard.operators.bash import BashOperator
from airflow.providers.standard.sensors.external_task import ExternalTaskSensor
from airflow.sdk import DAG

def dag(dag_id, schedule, zone):
    return DAG(dag_id, schedule=schedule, start_date=datetime(2024, 1, 1, tzinfo=pendulum.timezone(zone)))

with dag("made", "{upstream}", "{upstream_zone}"):
    BashOperator(task_id="a", bash_command="sort /in/x > /made/a-{{{{ {made} }}}}")

with dag("waits", "{own}", "{zone}"):
    wait = ExternalTaskSensor(task_id="wait", external_dag_id="made", execution_delta=timedelta({before}))
    wait >> BashOperator(task_id="last", bash_command="sort /in/y > /data/last-{{{{ {last} }}}}")
"""
MORNINGS = {"upstream": "0 6 * * *", "upstream_zone": "Asia/Tokyo", "own": "30 8 * * *", "zone": "Asia/Tokyo"}
IN_UTC = {"own": "30 0 * * *", "zone": "UTC"}
IN_UTC_TIME = ".astimezone(dt.timezone.utc)"


@pytest.mark.parametrize(
    ("schedules", "before", "made", "last", "asked"),
    [
        (MORNINGS, "minutes=150", "ds", "ds", '"made", key,'),
        (
            MORNINGS,
            "days=1, minutes=150",
            "ds",
            "ds",
            '"made", (daily_partitions.time_window_for_partition_key(key).start-dt.timedelta(days=1)).strftime("%Y-%m-%d"),',
        ),
        # Where a moment is asked for, keys are days of the timezone.
        (
            MORNINGS,
            "minutes=150",
            "ts",
            "ds",
            '"made", daily_partitions.time_window_for_partition_key(key).end.strftime("%Y-%m-%d"),',
        ),
        (
            MORNINGS,
            "minutes=150",
            "ds",
            "ts",
            f'"made", daily_partitions.time_window_for_partition_key(key).start{IN_UTC_TIME}.strftime("%Y-%m-%d"),',
        ),
        (MORNINGS | {"upstream": "30 23 * * *"}, "hours=9", "ds", "ds", '"made", key,'),
        (
            MORNINGS | IN_UTC,
            "minutes=210",
            "ds",
            "ds",
            '"made", (daily_partitions.time_window_for_partition_key(key).start-dt.timedelta(days=1)).strftime("%Y-%m-%d"),',
        ),
        (MORNINGS | IN_UTC, "minutes=210", "ts", "ds", '"made", key,'),
        # The hour between 19:00 and 20:00 is on the same day of UTC in summer alone.
        (
            MORNINGS
            | {
                "upstream": "30 19 * * *",
                "upstream_zone": "America/New_York",
                "own": "30 21 * * *",
                "zone": "America/New_York",
            },
            "hours=2",
            "ds",
            "ds",
            "",
        ),
        # It is as much earlier in winter only.
        (MORNINGS | {"upstream_zone": "Europe/Paris", "own": "0 6 * * *", "zone": "UTC"}, "hours=1", "ds", "ds", ""),
    ],
)
def test_the_day_of_what_is_waited_for_where_days_are_others_than_those_of_utc(
    tmp_path: Path, schedules: dict[str, str], before: str, made: str, last: str, asked: str
) -> None:
    (tmp_path / "dags.py").write_text(ACROSS_DAYS.format(**schedules, before=before, made=made, last=last))
    analysis = analyze(tmp_path, Config(airflow_version="3"))
    text = str(render_project(analysis.plan, analysis.project, "p")["src/p/defs/waits/automation.py"])
    assert ("_schedule" in text) == (not asked)
    assert asked.replace(" ", "") in "".join(text.split())


def test_partitions_that_are_days_of_utc_are_mapped_by_these(tmp_path: Path) -> None:
    """Where not all DAGs have one timezone."""
    schedules = MORNINGS | {"upstream": "30 23 * * *"}
    text = ACROSS_DAYS.format(**schedules, before="hours=9", made="ds", last="ds")
    other = 'with dag("other", "@daily", "UTC"):\n    BashOperator(task_id="b", bash_command="sort /in/z > /data/z-{{ ds }}")\n'
    (tmp_path / "dags.py").write_text(f"{text}\n{other}")
    analysis = analyze(tmp_path, Config(airflow_version="3"))
    files = render_project(analysis.plan, analysis.project, "p")
    assert "partition_mapping" not in str(files["src/p/defs/waits/assets.py"])


WAITING = """\
from datetime import datetime, timedelta
from airflow.operators.bash import BashOperator
from airflow.operators.trigger_dagrun import TriggerDagRunOperator
from airflow.sensors.external_task import ExternalTaskSensor
from airflow.sdk import DAG

START = datetime(2024, 1, 1)

def before(date):
    'The run of the evening before.'
    return date.subtract(days=1).add(hours=21)

with DAG("made", start_date=START, schedule="{upstream}"):
    a = BashOperator(task_id="a", bash_command="sort /in/x > /made/a-{{{{ ds }}}}")
    a >> BashOperator(task_id="b", bash_command="sort /made/a-{{{{ ds }}}} > /made/b-{{{{ ds }}}}")

with DAG("waits", start_date=START, schedule="{own}"):
    wait = ExternalTaskSensor(task_id="wait", external_dag_id="made", {what})
    wait >> BashOperator(task_id="last", bash_command="sort /made/b-{{{{ ds }}}} > /data/last-{{{{ ds }}}}")
    {more}
"""
DAILY = "0 2 * * *"


@pytest.mark.parametrize(
    ("upstream", "own", "what", "asked"),
    [
        (DAILY, DAILY, "", 'is_done(context, "made", key, assets=["made/b"])'),
        ("@daily", "0 6 * * *", "execution_delta=timedelta(hours=6)", 'is_done(context, "made", key, assets='),
        (DAILY, DAILY, 'execution_delta=timedelta(days=1), external_task_id="a"', "dt.timedelta(days=1)"),
        ("0 23 * * *", DAILY, "execution_delta=timedelta(hours=3)", "dt.timedelta(days=1)"),
        ("@daily", "0 2 * * 1", "execution_delta=timedelta(hours=2)", 'is_done(context, "made", key, assets='),
        ("@hourly", "@hourly", "execution_delta=timedelta(hours=1)", 'key="%Y-%m-%d-%H:%M"'),
        ("@daily", DAILY, "execution_date_fn=lambda date, **_: date.replace(hour=0)", 'is_done(context, "made", key, '),
        (DAILY, DAILY, "execution_date_fn=lambda date: date - timedelta(days=1)", "dt.timedelta(days=1)"),
        ("0 23 * * *", DAILY, "execution_date_fn=before", "dt.timedelta(days=1)"),
    ],
)
def test_a_sensor_starts_the_run_when_what_it_waits_for_is_done(
    tmp_path: Path, upstream: str, own: str, what: str, asked: str
) -> None:
    (tmp_path / "dags.py").write_text(WAITING.format(upstream=upstream, own=own, what=what, more=""))
    analysis = analyze(tmp_path, Config(airflow_version="3"))
    files = render_project(analysis.plan, analysis.project, "p")
    text = str(files["src/p/defs/waits/automation.py"])
    assert asked in text
    assert "_schedule" not in text
    assert not any("does not wait" in delta.dagster for delta in analysis.plan.deltas)


@pytest.mark.parametrize(
    ("upstream", "own", "what", "more"),
    [
        ("0 1 * * *", DAILY, "", ""),  # of that date there is no run
        (DAILY, DAILY, "execution_date_fn=lambda date: date - timedelta(days=date.day)", ""),
        ("@daily", "@hourly", "", ""),
        (
            DAILY,
            DAILY,
            "",
            'TriggerDagRunOperator(task_id="go", trigger_dag_id="made")',
        ),  # each would wait for the other
        ("None", DAILY, "", ""),
    ],
)
def test_where_that_cannot_be_asked_for_it_is_a_difference(
    tmp_path: Path, upstream: str, own: str, what: str, more: str
) -> None:
    text = WAITING.format(upstream=upstream, own=own, what=what, more=more).replace('"None"', "None")
    (tmp_path / "dags.py").write_text(text)
    plan = analyze(tmp_path, Config(airflow_version="3")).plan
    assert [delta.task_id for delta in plan.deltas if "does not wait for them" in delta.dagster] == ["wait"]


def test_what_comes_beside_the_wait_starts_with_the_rest(tmp_path: Path) -> None:
    beside = 'BashOperator(task_id="beside", bash_command="sort /in/y > /data/beside-{{ ds }}")'
    (tmp_path / "dags.py").write_text(WAITING.format(upstream=DAILY, own=DAILY, what="", more=beside))
    plan = analyze(tmp_path, Config(airflow_version="3")).plan
    assert any(delta.airflow == "`beside` runs whatever becomes of `made`" for delta in plan.deltas)


def test_several_tasks_are_waited_for(tmp_path: Path) -> None:
    text = SHIFTED.format(upstream="@daily", own="@daily", what='external_task_ids=["c", "a"]')
    (tmp_path / "dags.py").write_text(text)
    operations = [one for dag in analyze(tmp_path, Config()).plan.dags for one in dag.operations]
    (last,) = [one for one in operations if isinstance(one, CreateAsset) and one.task_id == "last"]
    assert {key[-1] for key in last.deps if key[0] == "made"} == {"a", "c"}


MAPPED = """\
from datetime import datetime
from airflow.sdk import DAG, task
from airflow.providers.standard.operators.bash import BashOperator
from airflow.providers.standard.sensors.external_task import ExternalTaskSensor

with DAG("made", start_date=datetime(2024, 1, 1), schedule="@daily"):

    @task
    def extract(region):
        open(f"/data/{region}.csv", "w").write(region)

    extract.expand(region=["eu", "us"]) >> BashOperator(task_id="end", bash_command="sort /data/x.csv > /data/end.csv")

with DAG("waits", start_date=datetime(2024, 1, 1), schedule="@daily"):
    wait = ExternalTaskSensor(task_id="wait", external_dag_id="made", external_task_id="extract")
    wait >> BashOperator(task_id="last", bash_command="sort /data/z.csv > /data/last.csv")
"""


def test_a_mapped_task_is_waited_for_by_the_assets_of_its_copies(tmp_path: Path) -> None:
    (tmp_path / "dags.py").write_text(MAPPED)
    plan = analyze(tmp_path, Config(airflow_version="3")).plan
    (last,) = (
        item for dag in plan.dags if dag.dag_id == "waits" for item in dag.operations if isinstance(item, CreateAsset)
    )
    assert {key[-1] for key in last.deps} >= {"eu", "us"}
    assert "end" not in {key[-1] for key in last.deps}


NAMED = """\
from datetime import datetime
from airflow.sdk import DAG
from airflow.providers.standard.operators.bash import BashOperator
from airflow.providers.standard.sensors.external_task import ExternalTaskSensor

START = datetime(2024, 1, 1)
for name in ("first", "second"):
    with DAG(name, start_date=START, schedule="@daily"):
        load = BashOperator(task_id="load", bash_command="echo load")
        load >> BashOperator(task_id=f"{name}_end", bash_command="echo end", trigger_rule="all_done")

with DAG("waits", start_date=START, schedule="@daily"):
    begin = BashOperator(task_id="begin", bash_command="echo begin")
    wait = ExternalTaskSensor(task_id="wait", external_dag_id="second", external_task_id="load")
    begin >> wait >> BashOperator(task_id="done", bash_command="echo done")
"""


def test_a_step_is_asked_for_by_the_name_that_it_has_beside_those_of_other_dags(tmp_path: Path) -> None:
    (tmp_path / "dags.py").write_text(NAMED)
    analysis = analyze(tmp_path, Config(airflow_version="3"))
    text = "".join(map(str, render_project(analysis.plan, analysis.project, "p").values()))
    assert 'steps=["second__load"]' in text
