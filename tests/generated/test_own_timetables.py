"""Timetables of the team's own, which sensors ask: the runs are those that Airflow's scheduler makes, one after the other."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Iterator
from typing import Any

import dagster as dg
import pendulum
import pytest

from migrator.verify.probe import load
from tests.generated.projects import migrate, output_of

TIMETABLES = """
from typing import Any, Optional

import pendulum
from airflow.exceptions import AirflowTimetableInvalid
from airflow.plugins_manager import AirflowPlugin
from airflow.timetables.base import DagRunInfo, DataInterval, TimeRestriction, Timetable
from airflow.timetables.interval import CronDataIntervalTimetable
from pendulum import DateTime


class Workdays(Timetable):
    '''Runs when a workday is over, at a full hour.'''

    def __init__(self, hour: int = 0) -> None:
        self.hour = hour

    def validate(self) -> None:
        if not 0 <= self.hour < 24:
            raise AirflowTimetableInvalid("there is no such hour")

    def serialize(self) -> dict[str, Any]:
        return {"hour": self.hour}

    @classmethod
    def deserialize(cls, data: dict[str, Any]) -> Timetable:
        return cls(data["hour"])

    def _day(self, start: DateTime) -> DataInterval:
        return DataInterval(start, start.add(days=1))

    def infer_manual_data_interval(self, run_after: DateTime) -> DataInterval:
        return self._day(run_after.start_of("day").subtract(days=1))

    def next_dagrun_info(
        self, *, last_automated_data_interval: Optional[DataInterval], restriction: TimeRestriction
    ) -> Optional[DagRunInfo]:
        if last_automated_data_interval is not None:
            start = last_automated_data_interval.start.add(days=1)
        elif restriction.earliest is None:
            return None
        else:
            start = restriction.earliest
            if not restriction.catchup:
                start = max(start, pendulum.now("UTC").subtract(days=1))
            start = start.in_timezone("UTC").set(hour=self.hour, minute=0, second=0, microsecond=0)
        while start.isoweekday() > 5:
            start = start.add(days=1)
        if restriction.latest is not None and start > restriction.latest:
            return None
        day = self._day(start)
        return DagRunInfo(run_after=day.end, data_interval=day)


class Late(CronDataIntervalTimetable):
    def next_dagrun_info(self, **kwargs):
        return super().next_dagrun_info(**kwargs)


class Nightly(CronDataIntervalTimetable):
    description = "when the offices are closed"

    def __init__(self, hour: int) -> None:
        super().__init__(f"30 {hour} * * *", timezone="Europe/Berlin")
        self.hour = hour

    @property
    def summary(self) -> str:
        return f"nightly at {self.hour}:30"

    def serialize(self) -> dict[str, Any]:
        return {"hour": self.hour}

    @classmethod
    def deserialize(cls, data: dict[str, Any]) -> Timetable:
        return cls(data["hour"])


class Plugin(AirflowPlugin):
    name = "workdays"
    timetables = [Workdays]
"""

DAGS = """
from datetime import datetime, timedelta

from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG, CronTriggerTimetable
from company.timetables import Late, Nightly, Workdays

SCHEDULES = {
    "books": Workdays(hour=6),
    "late": Late("0 4 * * *", timezone="UTC"),
    "nightly": Nightly(hour=2),
    "week": CronTriggerTimetable("0 18 * * 5", timezone="UTC", interval=timedelta(days=4, hours=9)),
}
for name, schedule in SCHEDULES.items():
    with DAG(name, schedule=schedule, start_date=datetime(2024, 1, 1), end_date=datetime(2024, 5, 14), catchup=False):
        BashOperator(task_id="close", bash_command="echo {{ ds }} {{ data_interval_start }} {{ data_interval_end }}")
"""


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    folder = tmp_path_factory.mktemp("own_timetables")
    (folder / "dags/company").mkdir(parents=True)
    (folder / "dags/company/timetables.py").write_text(TIMETABLES)
    (folder / "dags/ledger.py").write_text(DAGS)
    done = migrate("generate", folder / "dags", "-o", folder / "project", "--name", "ledger_of_days")
    assert done.returncode == 0, output_of(done)
    sys.path.insert(0, str(folder / "project/src"))
    try:
        yield load("ledger_of_days").get_repository_def()
    finally:
        sys.path.remove(str(folder / "project/src"))


def test_runs_are_made_one_after_the_other(repository: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The 10th of May 2024 is a Friday. A run is due a day after its date, as in Airflow."""
    sensor = repository.get_sensor_def("books_sensor")
    cursor: str | None = None

    def asked(day: int, hour: int) -> list[dict[str, str]]:
        nonlocal cursor
        monkeypatch.setattr(pendulum, "now", lambda zone: pendulum.datetime(2024, 5, day, hour, tz=zone))
        result = sensor.evaluate_tick(dg.build_sensor_context(instance, cursor, repository_def=repository))
        cursor = result.cursor
        return [dict(request.tags) for request in result.run_requests or ()]

    with dg.DagsterInstance.ephemeral() as instance:
        assert asked(10, 5) == [], "what was due before the sensor was started is not run"
        assert asked(10, 5) == []
        (thursday,) = asked(10, 6)
        assert thursday["airflow/logical_date"] == "2024-05-09T06:00:00+00:00"
        assert thursday["airflow/data_interval_end"] == "2024-05-10T06:00:00+00:00"
        assert asked(10, 7) == []
        found = [run["airflow/logical_date"][:10] for day in range(11, 20) for run in asked(day, 23)]
        assert found == ["2024-05-10", "2024-05-13"], "there are no weekends, and nothing after the end date"


def test_a_run_knows_its_data_interval(repository: Any, capfd: pytest.CaptureFixture[str]) -> None:
    tags = {
        "airflow/logical_date": "2024-05-10T06:00:00+00:00",
        "airflow/data_interval_end": "2024-05-11T06:00:00+00:00",
    }
    assert repository.get_job("books").execute_in_process(tags=tags).success
    assert "2024-05-10 2024-05-10 06:00:00+00:00 2024-05-11 06:00:00+00:00" in capfd.readouterr().out


@pytest.mark.parametrize(
    ("job", "interval"),
    [
        ("books", "2024-05-09 00:00:00+00:00 2024-05-10 00:00:00+00:00"),
        ("week", "2024-05-05 21:00:00+00:00 2024-05-10 06:00:00+00:00"),
    ],
)
def test_a_run_by_hand_is_for_what_its_timetable_says(
    job: str, interval: str, repository: Any, capfd: pytest.CaptureFixture[str]
) -> None:
    """As Airflow's `infer_manual_data_interval`: the date stays that of the run."""
    assert (
        repository.get_job(job).execute_in_process(tags={"airflow/logical_date": "2024-05-10T06:00:00+00:00"}).success
    )
    assert f"2024-05-10 {interval}" in capfd.readouterr().out


def test_a_run_by_the_clock_is_told_its_data_interval(repository: Any, capfd: pytest.CaptureFixture[str]) -> None:
    friday = dt.datetime(2024, 5, 10, 18, tzinfo=dt.timezone.utc)
    (request,) = (
        repository.get_schedule_def("week_schedule")
        .evaluate_tick(dg.build_schedule_context(scheduled_execution_time=friday))
        .run_requests
    )
    assert repository.get_job("week").execute_in_process(tags=dict(request.tags)).success
    assert "2024-05-06 2024-05-06 09:00:00+00:00 2024-05-10 18:00:00+00:00" in capfd.readouterr().out


def test_what_derives_from_a_timetable_of_airflow_has_no_sensor(repository: Any) -> None:
    assert repository.has_job("late")
    assert not any("late" in sensor.name for sensor in repository.sensor_defs)


def test_what_only_tells_a_timetable_of_airflow_its_arguments_has_its_schedule(repository: Any) -> None:
    partitions = repository.get_job("nightly").partitions_def
    assert (partitions.cron_schedule, partitions.timezone) == ("30 2 * * *", "Europe/Berlin")
    assert repository.has_schedule_def("nightly_schedule")
