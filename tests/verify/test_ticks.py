"""The model of Airflow's timetables, and the replay of a year."""

from __future__ import annotations

from pathlib import Path

import pytest

from migrator.verify.ticks.clock import Question, Tick, model_ticks
from tests.generated.projects import migrate, output_of
from tests.verify.tick_questions import ask, questions, recorded

DAGS = """
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo
import pendulum
from airflow.sdk import DAG, EventsTimetable, CronDataIntervalTimetable, CronTriggerTimetable, DeltaDataIntervalTimetable
from dateutil.relativedelta import relativedelta
from airflow.providers.standard.operators.bash import BashOperator

def make(dag_id, schedule, start_date=datetime(2024, 1, 1), **arguments):
    with DAG(dag_id, schedule=schedule, start_date=start_date, **arguments):
        BashOperator(task_id="work", bash_command="echo {{ ds }}")

make("daily", "30 2 * * *")
make("weekdays", "15 6 * * 1-5")
make("monthly", "@monthly")
make("every_six_hours", timedelta(hours=6), start_date=datetime(2025, 1, 1))
make("odd_hours", timedelta(hours=50), start_date=datetime(2024, 1, 1, 6, 20), catchup=True)
make("days_and_a_half", DeltaDataIntervalTimetable(timedelta(hours=36)), catchup=False)
make("fortnights", DeltaDataIntervalTimetable(relativedelta(weeks=2)), start_date=datetime(2024, 1, 3, 7, 30), catchup=True)
make("quarters", relativedelta(months=3), start_date=datetime(2024, 2, 5, 7, 30), catchup=True)
make("own_week", CronTriggerTimetable("0 18 * * 5", timezone="UTC", interval=timedelta(days=4, hours=9)))
make("own_month", CronTriggerTimetable("0 6 1 * *", timezone="UTC", interval=relativedelta(months=1)))
make("own_months", CronTriggerTimetable("0 0 * * *", timezone="Europe/Berlin", interval=relativedelta(months=2)), end_date=datetime(2025, 4, 30))
make("own_local", CronTriggerTimetable("0 6 * * *", timezone="Europe/Berlin", interval=timedelta(days=2)), end_date=datetime(2025, 4, 30))
make("own_thirty_days", CronTriggerTimetable("0 6 1 * *", timezone="UTC", interval=pendulum.duration(months=1)))
make("own_day", CronTriggerTimetable("0 3 * * *", timezone="UTC", interval=timedelta(days=1)), start_date=datetime(2025, 2, 1), end_date=datetime(2025, 3, 1))
BERLIN = ZoneInfo("Europe/Berlin")
make("events", EventsTimetable([datetime(2025, 3, day, 8, 30, tzinfo=BERLIN) for day in (3, 17, 31)] + [datetime(2026, 3, 4, tzinfo=BERLIN)]))
make("ended", "0 4 * * *", end_date=datetime(2025, 6, 30))
make("weeks", CronDataIntervalTimetable("0 5 * * 3", timezone="UTC"))
make("years", CronDataIntervalTimetable("0 0 1 1 *", timezone="UTC"), end_date=datetime(2025, 6, 30))
"""


@pytest.mark.parametrize(
    ("version", "question"),
    [
        pytest.param(version, question, id=f"{question.dag_id}-{version}")
        for version in (2, 3)
        for question in questions(version)
    ],
)
def test_the_model_ticks_as_airflow_does(version: int, question: Question) -> None:
    expected = recorded(version)[question.dag_id]
    assert expected
    assert model_ticks(question) == expected


@pytest.mark.integration
@pytest.mark.parametrize("version", [2, 3])
def test_airflow_still_says_what_is_recorded(version: int) -> None:
    assert {name: [Tick(*row) for row in rows] for name, rows in ask(version).items()} == recorded(version)


@pytest.mark.integration
def test_a_year_is_replayed(tmp_path: Path) -> None:
    dags, project = tmp_path / "dags", tmp_path / "project"
    dags.mkdir()
    (dags / "some.py").write_text(DAGS)
    done = migrate("generate", dags, "-o", project, "--name", "clocks")
    assert done.returncode == 0, output_of(done)
    done = migrate("verify", dags, project, "--ticks", "--since", "2025-01-01")
    assert done.returncode == 0, output_of(done)
    assert "18 schedules with 3,126 runs; 18 start the same runs for the same dates" in done.stdout

    (schedule,) = (path for path in (project / "src").rglob("*.py") if "15 6 * * 1-5" in path.read_text())
    text = schedule.read_text()
    schedule.write_text(text.replace("15 6 * * 1-5", "15 7 * * 1-5"))
    done = migrate("verify", dags, project, "--ticks", "--since", "2025-01-01", "--select", "weekdays", "--no-tests")
    assert done.returncode == 1, output_of(done)
    assert "MIG516" in done.stdout
    assert "the schedule of `weekdays` does not run at 2025-01-01T06:15:00+00:00" in " ".join(done.stdout.split())
