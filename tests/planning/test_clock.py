"""What a DAG file reads of the clock, and random ids: Airflow parses the file for each task that it runs, so the step reads them when it runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from migrator.codegen import render_project
from migrator.config import Config
from migrator.pipeline import analyze
from tests.planning.test_own_classes import generated

DAG = """\
import os
import random
import time
import uuid
from datetime import date, datetime, timedelta, timezone
import pendulum
import pytz
from airflow import DAG
from airflow.operators.python import PythonOperator
from airflow.sensors.filesystem import FileSensor
from airflow.utils import timezone as airflow_timezone
from airflow.utils.dates import days_ago
from dateutil.relativedelta import relativedelta

NOW = datetime.now()
RUN = uuid.uuid4()

def object_name(name, at=datetime.now()):
    return f'{name}/{at.isoformat(timespec="seconds")}.csv'

def use(value):
    print(value)

with DAG("clock", start_date=datetime(2024, 1, 1), schedule="@daily"):
    {task}
"""


def code(path: Path, task: str) -> str:
    """What `defs` has of the task."""
    (path / "dags").mkdir()
    (path / "dags" / "d.py").write_text(DAG.replace("{task}", task), encoding="utf-8")
    found = analyze(path / "dags", Config())
    files = render_project(found.plan, found.project, "acme")
    return "".join(text for name, text in files.items() if "/defs/clock/" in name)


@pytest.mark.parametrize(
    ("argument", "expected"),
    [
        ("NOW", "value = dt.datetime.now()"),
        ("datetime.today().date()", "value = dt.datetime.now().date()"),
        ('object_name("x")', "f\"x/{dt.datetime.now().isoformat(timespec='seconds')}.csv\""),
        ('NOW.strftime("%Y") + "/a"', 'f"{dt.datetime.now():%Y}/a"'),
        ('datetime.strftime(NOW, "%Y")', 'value = dt.datetime.strftime(dt.datetime.now(), "%Y")'),
        ('(NOW - timedelta(days=1)).strftime("%d")', '(dt.datetime.now() - dt.timedelta(days=1)).strftime("%d")'),
        ("date.today() - relativedelta(months=1)", "dt.date.today() - dateutil.relativedelta.relativedelta(months=1)"),
        ("date.today() + relativedelta(day=1)", "relativedelta(day=1)"),
        ('f"{NOW:%Y-%m}.csv"', 'f"{dt.datetime.now():%Y-%m}.csv"'),
        ('"{:%H}".format(NOW)', 'f"{dt.datetime.now():%H}"'),
        ('"%s.csv" % date.today()', 'f"{dt.date.today()}.csv"'),
        ('f"{NOW.month:02d}"', 'f"{dt.datetime.now().month:02d}"'),
        ("f\"{NOW:{os.environ['FORMAT']}}\"", "airflow_tasks = ["),  # the format itself is not known
        ('str(NOW)[:10].replace("-", "")', 'str(dt.datetime.now())[:10].replace("-", "")'),
        ("datetime.utcnow()", "dt.datetime.now(dt.timezone.utc).replace(tzinfo=None)"),
        ("datetime.now(timezone.utc)", "dt.datetime.now(dt.timezone.utc)"),
        ('datetime.now(pytz.timezone("Asia/Tokyo"))', 'dt.datetime.now(ZoneInfo("Asia/Tokyo"))'),
        ("airflow_timezone.utcnow()", "dt.datetime.now(dt.timezone.utc)"),
        ("days_ago(0)", "dt.datetime.now(dt.timezone.utc).replace(hour=0, minute=0, second=0, microsecond=0)"),
        ("days_ago(2)", "- dt.timedelta(days=2)"),
        ("int(time.time())", "value = int(time.time())"),
        ('time.strftime("%Y")', 'value = time.strftime("%Y")'),
        ('pendulum.now("UTC").subtract(days=1).to_date_string()', 'pendulum.now("UTC").subtract(days=1).to_date_st'),
        ('pendulum.today(pendulum.timezone("Asia/Tokyo"))', 'pendulum.today("Asia/Tokyo")'),
        ("str(RUN)[:8]", "value = str(uuid.uuid4())[:8]"),
        ("RUN.hex", "value = uuid.uuid4().hex"),
        ("random.randint(1, 6)", "value = random.randint(1, 6)"),
        ("f\"{int(os.environ['N']):03d}\"", "f\"{int(os.environ['N']):03d}\""),
        ('"%03d.csv" % NOW.month', "f\"{'%03d' % dt.datetime.now().month}.csv\""),
        ("NOW.tzinfo", "airflow_tasks = ["),
    ],
)
def test_the_step_reads_the_clock(tmp_path: Path, argument: str, expected: str) -> None:
    assert expected in code(
        tmp_path, f'PythonOperator(task_id="t", python_callable=use, op_kwargs={{"value": {argument}}})'
    )


@pytest.mark.parametrize(
    ("argument", "expected", "times"),
    [
        ("[NOW, str(datetime.now().date())]", "now = dt.datetime.now()", 1),
        ("[NOW]", "dt.datetime.now()", 1),
        ("[NOW]", "now = ", 0),
        ("[RUN, str(RUN)]", "uuid.uuid4()", 1),
        ("[uuid.uuid4(), uuid.uuid4()]", "uuid.uuid4()", 2),
    ],
)
def test_a_reading_is_one_value_in_its_task(tmp_path: Path, argument: str, expected: str, times: int) -> None:
    found = code(tmp_path, f'PythonOperator(task_id="t", python_callable=use, op_kwargs={{"value": {argument}}})')
    assert found.count(expected) == times


@pytest.mark.parametrize(("mode", "reads"), [("poke", True), ("reschedule", False)])
def test_what_waits_in_one_process_asks_for_the_same_day(tmp_path: Path, mode: str, reads: bool) -> None:
    """One that is rescheduled is parsed anew each time that it looks."""
    task = f"""before = PythonOperator(task_id="b", python_callable=use, op_args=[1])
    before >> FileSensor(task_id="t", filepath=f"/in/{{date.today()}}", mode="{mode}")"""
    assert ("today = dt.date.today()" in code(tmp_path, task)) is reads


@pytest.mark.parametrize(
    ("cron", "zone", "interval", "expected"),
    [
        ("0 6 1 * *", "UTC", "relativedelta(months=1)", "MonthlyPartitionsDefinition"),
        ("0 6 1 */3 *", "UTC", "relativedelta(months=3)", "TimeWindowPartitionsDefinition"),
        ("0 6 1 1 *", "UTC", "relativedelta(years=1)", "TimeWindowPartitionsDefinition"),
        ("0 6 1 * *", "Europe/Vienna", "relativedelta(months=1)", "MonthlyPartitionsDefinition"),
        ("0 0 1 * *", "Europe/Vienna", "relativedelta(months=1)", "start = end - relativedelta(months=1)"),
        ("0 6 1 * *", "UTC", "relativedelta(months=2)", "start = end - relativedelta(months=2)"),
        ("0 6 31 * *", "UTC", "relativedelta(months=1)", "start = end - relativedelta(months=1)"),
        ("0 6 * * *", "UTC", "relativedelta(days=1)", "DailyPartitionsDefinition"),
        ("0 6 * * *", "Europe/Vienna", "timedelta(days=2)", "scheduled_execution_time.astimezone(dt.timezone.utc)"),
        # It is a number of seconds where Airflow's scheduler reads it from the database.
        ("0 6 1 * *", "UTC", "duration(months=1)", "start = end - dt.timedelta(days=30)"),
    ],
)
def test_an_interval_of_its_own_is_counted_as_airflow_does(
    tmp_path: Path, cron: str, zone: str, interval: str, expected: str
) -> None:
    text = (
        "from datetime import datetime, timedelta\n"
        "from dateutil.relativedelta import relativedelta\n"
        "from pendulum import duration\n"
        "from airflow.providers.standard.operators.bash import BashOperator\n"
        "from airflow.sdk import DAG\n"
        "from airflow.timetables.trigger import CronTriggerTimetable\n\n"
        f"often = CronTriggerTimetable({cron!r}, timezone={zone!r}, interval={interval})\n"
        "with DAG('billing', start_date=datetime(2024, 1, 1), schedule=often):\n"
        "    BashOperator(task_id='bill', bash_command='echo {{ ds }} {{ data_interval_start }}')\n"
    )
    kinds, files = generated(tmp_path, {"billing.py": text})
    assert [kind for kind, _ in kinds.values()] == ["step"]
    assert expected in "".join(text for path, text in files.items() if "/defs/billing/" in path)


def test_an_interval_of_months_and_days_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "dags.py").write_text(
        "from datetime import datetime\n"
        "from dateutil.relativedelta import relativedelta\n"
        "from airflow.providers.standard.operators.bash import BashOperator\n"
        "from airflow.sdk import DAG\n"
        "from airflow.timetables.trigger import CronTriggerTimetable\n\n"
        "monthly = CronTriggerTimetable('0 6 1 * *', timezone='UTC', interval=relativedelta(months=1, days=1))\n"
        "with DAG('billing', start_date=datetime(2024, 1, 1), schedule=monthly):\n"
        "    BashOperator(task_id='bill', bash_command='echo {{ ds }}')\n"
    )
    analysis = analyze(tmp_path, Config())
    assert [found.code for found in analysis.diagnostics] == ["MIG302"]
    assert [found.kind for found in analysis.plan.dispositions] == ["step"]
