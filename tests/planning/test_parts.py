"""The small parts that passes are made of."""

from __future__ import annotations

import datetime as dt
import doctest
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from migrator.config import Config
from migrator.diagnostics import MigratorError
from migrator.model.airflow import AirflowProject, Dag, Schedule, Task
from migrator.model.plan import ConfigField, EnvSetting, MigrationPlan
from migrator.model.source import Span
from migrator.model.values import ObjectValue, Symbolic
from migrator.planning import plan
from migrator.planning.configuration.params import config_fields
from migrator.planning.naming import identifiers as names
from migrator.planning.nodes import owners, pool, retry
from migrator.planning.timing import date_functions, shifts, timetable
from migrator.planning.timing.timetable import next_tick, read_clock

SPAN = Span("dag.py", 3)
START = dt.datetime(2024, 1, 3, 7, 30)
BASH = "airflow.providers.standard.operators.bash"


def make_dag(schedule: Schedule, version: str = "3", **fields: object) -> Dag:
    return replace(Dag("dag", SPAN, schedule, version), **{"start_date": START, **fields})


def make_task(name: str = "t", **fields: object) -> Task:
    task = Task("dag", name, "BashOperator", BASH, SPAN, arguments={"bash_command": "true"})
    return replace(task, **fields)


@pytest.mark.parametrize("module", [names, timetable, shifts, date_functions])
def test_examples_in_docstrings(module: object) -> None:
    result = doctest.testmod(module)  # type: ignore[arg-type]
    assert result.attempted and not result.failed


@pytest.mark.parametrize(
    ("schedule", "crons"),
    [
        (Schedule("preset", "@weekly"), ("0 0 * * 0",)),
        (Schedule("cron", " 5  4 * * MON-FRI "), ("5 4 * * MON-FRI",)),
        (Schedule("timedelta", 15 * 60.0), ("*/15 * * * *",)),
        (Schedule("timedelta", 20 * 60.0), ("10,30,50 * * * *",)),
        (Schedule("timedelta", 3600.0), ("30 * * * *",)),
        (Schedule("timedelta", 6 * 3600.0), ("30 1,7,13,19 * * *",)),
        (Schedule("timedelta", 86400.0), ("30 7 * * *",)),
        (Schedule("timedelta", 7 * 86400.0), ("30 7 * * 3",)),
    ],
)
def test_schedules_as_cron(schedule: Schedule, crons: tuple[str, ...]) -> None:
    clock = read_clock(make_dag(schedule))
    assert (clock.crons, clock.code, clock.at_trigger_time) == (crons, "", True)
    assert not read_clock(make_dag(schedule, "2")).at_trigger_time


@pytest.mark.parametrize(
    ("schedule", "start", "code"),
    [
        (Schedule("timedelta", 90.0), START, "MIG302"),
        (Schedule("timedelta", 86400.0), None, "MIG302"),
        (Schedule("cron", "0 0 0 * * *"), START, "MIG302"),
        (Schedule("cron", "nonsense"), START, "MIG302"),
        (Schedule("unknown", "get_schedule()"), START, "MIG301"),
        (Schedule("timetable", "Holidays", "team.timetables.Holidays"), START, "MIG302"),
    ],
)
def test_schedules_without_cron(schedule: Schedule, start: dt.datetime | None, code: str) -> None:
    clock = read_clock(make_dag(schedule, start_date=start))
    assert (clock.crons, clock.code) == ((), code)
    assert clock.problem


@pytest.mark.parametrize(
    ("seconds", "cron"),
    [
        (45 * 60.0, "*/15 * * * *"),
        (7 * 60.0, "* * * * *"),
        (90 * 60.0, "*/30 * * * *"),
        (36 * 3600.0, "30 7,19 * * *"),
        (25 * 3600.0, "30 * * * *"),
        (3 * 86400.0, "30 7 * * *"),
        (14 * 86400.0, "30 7 * * 3"),
    ],
)
def test_intervals_that_cron_cannot_say_are_some_ticks_of_one(seconds: float, cron: str) -> None:
    clock = read_clock(make_dag(Schedule("timedelta", seconds)))
    assert clock.grid is not None and clock.ticks and not clock.code
    assert not clock.crons and clock.grid.since == START.replace(tzinfo=dt.timezone.utc)
    assert clock.grid.cron == cron
    for number in range(1, 30):
        tick = START + number * dt.timedelta(seconds=seconds)
        assert next_tick(clock.grid.cron, (tick - dt.timedelta(seconds=1)).replace(tzinfo=None)) == tick.replace(
            tzinfo=None
        )


def test_intervals_of_data_are_counted_from_the_epoch_without_catchup() -> None:
    grid = read_clock(make_dag(Schedule("timedelta", 36 * 3600.0), "2", catchup=False)).grid
    assert grid is not None and (grid.cron, grid.since.isoformat()) == ("0 */12 * * *", "1970-01-01T00:00:00+00:00")


@pytest.mark.parametrize(
    ("given", "timezone", "known"),
    [
        ("Europe/Oslo", "Europe/Oslo", True),
        ("+02:00", "Etc/GMT-2", True),
        ("UTC+05:30", "Asia/Kolkata", True),
        ("Mars/Olympus", "UTC", False),
    ],
)
def test_timezones(given: str, timezone: str, known: bool) -> None:
    clock = read_clock(make_dag(Schedule("preset", "@daily"), timezone=given))
    assert (clock.timezone, clock.timezone_known) == (timezone, known)


@pytest.mark.parametrize(
    ("cron", "tick"),
    [
        ("0 0 * * *", dt.datetime(2024, 3, 16)),
        ("0 5 * * *", dt.datetime(2024, 3, 15, 5)),
        ("30 * * * *", dt.datetime(2024, 3, 15, 0, 30)),
        ("0 0 * * 0", dt.datetime(2024, 3, 17)),
        ("0 0 1 * *", dt.datetime(2024, 4, 1)),
        ("0 0 31 * *", dt.datetime(2024, 3, 31)),
        ("*/5 * * * *", dt.datetime(2024, 3, 15, 0, 5)),
        ("0 0 1 * 1", dt.datetime(2024, 3, 18)),
        ("0 0 99 * *", None),
    ],
)
def test_the_first_tick_after_the_end_date(cron: str, tick: dt.datetime | None) -> None:
    assert next_tick(cron, dt.datetime(2024, 3, 15)) == tick


def test_partitions_start_in_the_timezone_of_the_dag() -> None:
    start = dt.datetime(2024, 1, 1, 23, tzinfo=ZoneInfo("UTC"))
    dag = make_dag(
        Schedule("preset", "@daily"),
        timezone="Europe/Berlin",
        start_date=start,
        tasks=(make_task(arguments={"bash_command": "x {{ ds }}"}),),
    )
    assert made(dag).dags[0].partitions is not None
    assert made(dag).dags[0].partitions.start == "2024-01-02"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("cron", "zone", "first"),
    [("0 20 * * *", "America/New_York", "2023-12-31T19:00:00"), ("0 0 * * *", "Europe/Berlin", "2024-01-01T01:00:00")],
)
def test_a_start_without_timezone_is_in_that_of_the_dag_not_of_its_timetable(cron: str, zone: str, first: str) -> None:
    arguments = {"arg0": cron, "timezone": zone}
    dag = make_dag(
        Schedule("cron", cron, "airflow.timetables.trigger.CronTriggerTimetable", arguments),
        start_date=dt.datetime(2024, 1, 1),
        tasks=(make_task(arguments={"bash_command": "x {{ ds }}"}),),
    )
    partitions = made(dag).dags[0].partitions
    assert partitions is not None
    assert (partitions.timezone, partitions.start) == (zone, first)


def made(*dags: Dag) -> MigrationPlan:
    return plan(AirflowProject("/nowhere", "3", {}, dags))


def test_params() -> None:
    def param(*args: object, **schema: object) -> ObjectValue:
        return ObjectValue("airflow.sdk.Param", args, schema)

    dag = make_dag(
        Schedule("none"),
        params={
            "size": param(1, type="number", minimum=0, maximum=9),
            "who": param(None, type=["null", "string"], description="a name"),
            "mode": param("a", enum=["a", "b"]),
            "many": param([], type="array", items={"type": "integer"}),
            "my-key": {"a": 1},
            "needed": param(type="string"),
            "secret": Symbolic("variable", "Variable.get('x')", name="x"),
            "flag": True,
        },
    )
    assert config_fields(dag) == (
        ConfigField("size", "float", 1.0, bounds={"ge": 0, "le": 9}),
        ConfigField("who", "str", None, nullable=True, description="a name"),
        ConfigField("mode", "str", "a", enum=("a", "b")),
        ConfigField("many", "list[int]", []),
        ConfigField("my_key", "dict[str, Any]", {"a": 1}, param="my-key"),
        ConfigField("needed", "str", required=True),
        ConfigField("secret", "Any", required=True),
        ConfigField("flag", "bool", True),
    )


def test_options_of_a_task() -> None:
    task = make_task(owner="airflow, Data Eng,a@b.org", pool=" big  pool ", retries=3, inherited={"retry_delay": 30})
    assert owners(task) == ("team:Data_Eng", "a@b.org")
    assert pool(task) == "big_pool"
    policy = retry(task)
    assert policy is not None and (policy.max_retries, policy.delay) == (3, 30.0)
    assert retry(make_task(retries=Symbolic("env", "x"))) is None
    assert retry(make_task(retries=0)) is None
    assert pool(make_task(pool="default_pool")) is None


def test_only_selected_dags_are_planned() -> None:
    dags = tuple(
        replace(make_dag(Schedule("none")), dag_id=name, tasks=(replace(make_task(), dag_id=name),)) for name in "ab"
    )
    project = AirflowProject("/nowhere", "3", {}, dags)
    found = plan(project, Config(), ["b"])
    assert [dag.dag_id for dag in found.dags] == ["b"]
    assert [(entry.dag_id, entry.task_id) for entry in found.dispositions] == [("b", "t")]
    with pytest.raises(MigratorError) as error:
        plan(project, Config(), ["c"])
    assert error.value.code == "MIG507"


def test_two_things_never_share_a_name() -> None:
    sql = "airflow.providers.common.sql.operators.sql"
    texts = (
        "{{ var.value.my_mode }}{{ var.value.get('my-mode', 'x') }}",
        "{{ var.value.db_url }}{{ var.value.password }}",
    )
    tasks = tuple(make_task(f"t{number}", arguments={"bash_command": text}) for number, text in enumerate(texts))
    tasks += tuple(
        Task(
            "dag",
            f"sql_{number}",
            "SQLExecuteQueryOperator",
            sql,
            SPAN,
            arguments={"conn_id": conn_id, "sql": "SELECT 1"},
        )
        for number, conn_id in enumerate(("my-db", "my_db", "db"))
    )
    found = made(make_dag(Schedule("none"), tasks=tasks))
    assert [(resource.name, resource.connection, resource.env) for resource in found.resources] == [
        ("db", "db", "DB_URL_2"),
        ("my_db", "my-db", "MY_DB_URL"),
        ("my_db_2", "my_db", "MY_DB_URL_2"),
    ]
    assert EnvSetting("MY_MODE", "Variable my_mode", None, ("dag.t0",)) in found.settings
    assert EnvSetting("MY_MODE_2", "Variable my-mode", "x", ("dag.t0",)) in found.settings


def test_defaults_that_may_be_secrets_are_not_shown() -> None:
    text = "{{ var.value.get('db_password', 'hunter2') }}{{ var.value.get('mode', 'full') }}"
    found = made(make_dag(Schedule("none"), tasks=(make_task(arguments={"bash_command": text}),)))
    assert {setting.name: setting.default for setting in found.settings} == {"DB_PASSWORD": None, "MODE": "full"}


def test_a_rule_that_fails_takes_only_its_task_down(tmp_path: Path) -> None:
    rules = tmp_path / "rules.py"
    rules.write_text(
        "from migrator.operators.rule import Rule\n"
        "def lower(task, context):\n"
        "    raise ValueError('a bug')\n"
        "RULES = (Rule('broken', ('team.operators.Broken',), 'Fails.', lower),)\n"
    )
    tasks = (make_task(), Task("dag", "broken", "Broken", "team.operators", SPAN))
    found = plan(AirflowProject("/nowhere", "3", {}, (make_dag(Schedule("none"), tasks=tasks),)), Config(rules=rules))
    assert [(entry.task_id, entry.code) for entry in found.dispositions] == [("t", ""), ("broken", "MIG105")]
    assert "ValueError: a bug" in next(finding.message for finding in found.diagnostics if finding.code == "MIG105")


def test_a_circle_of_tasks_stays_in_airflow() -> None:
    tasks = (make_task("a", upstream=("b",)), make_task("b", upstream=("a",)))
    found = made(make_dag(Schedule("none"), tasks=tasks))
    assert (found.dags[0].form, {entry.code for entry in found.dispositions}) == ("airflow", {"MIG107"})
