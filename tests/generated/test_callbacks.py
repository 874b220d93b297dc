"""Callbacks of Airflow as sensors of a generated project, called for runs that happened."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from migrator.codegen import render_project, write_project
from migrator.config import Config
from migrator.pipeline import analyze

FIXTURE = Path(__file__).parent.parent / "fixtures" / "planning" / "callbacks_of_teams.py"

pytestmark = pytest.mark.integration


def test_sensors_say_what_the_callbacks_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    analysis = analyze(FIXTURE, Config())
    write_project(render_project(analysis.plan, analysis.project, "alerts"), tmp_path / "alerts")
    monkeypatch.syspath_prepend(str(tmp_path / "alerts" / "src"))
    monkeypatch.setenv("DAGSTER_URL", "https://dagster.example.com")
    folder = "alerts.defs.watched_by_a_team"
    job = importlib.import_module(f"{folder}.automation").watched_by_a_team
    sensors = importlib.import_module(f"{folder}.run_sensors")
    resources = importlib.import_module("alerts.resources")
    sent: list[dict[str, Any]] = []
    for kind in (resources.SlackWebhook, resources.EmailServer):
        monkeypatch.setattr(kind, "send", lambda self, **fields: sent.append(fields))
    given = {"slack": resources.SlackWebhook(url="x"), "smtp_default": resources.EmailServer(url="x")}

    with dg.DagsterInstance.ephemeral() as instance:
        run = job.execute_in_process(
            instance=instance, raise_on_error=False, tags={"airflow/logical_date": "2024-03-01"}
        )
        assert not run.success
        event = next(event for event in run.all_events if event.event_type_value == "PIPELINE_FAILURE")
        context = dg.build_run_status_sensor_context("s", event, instance, run.dagster_run, resources=given)
        for name in ("by_operator", "by_hook", "by_hook_2", "by_mail_failure"):
            getattr(sensors, f"watched_by_a_team_{name}")(context.for_run_failure())

    by_operator, dag_by_hook, by_hook, mail = sent
    assert (
        by_operator["text"].split()
        == (
            ":red_circle: broken of watched_by_a_team failed in the run of 2024-03-01"
            f" https://dagster.example.com/runs/{run.run_id}"
        ).split()
    )
    assert (by_operator["channel"], by_operator["username"]) == ("#data", "airflow")
    assert dag_by_hook == by_hook == {"text": "watched_by_a_team.broken: 'b'"}
    assert mail["to"] == "data@example.com, ops@example.com"
    assert mail["subject"] == "watched_by_a_team__fine__20240301 failed"
    for name in [name for name in sys.modules if name.partition(".")[0] == "alerts"]:
        del sys.modules[name]


MAILS = """
from airflow import DAG
from airflow.operators.bash import BashOperator

with DAG("mails", schedule=None, default_args={"email": "a@b.c", "email_on_failure": True}):
    BashOperator(task_id="work", bash_command="true")
"""


SHARED = """
from airflow import DAG
from airflow.operators.bash import BashOperator

with DAG("{dag_id}", schedule=None, default_args={{"email": "{to}", "email_on_failure": True}}):
    BashOperator(task_id="work_{to[0]}", bash_command="false")
"""


def test_dags_with_the_same_callback_share_the_function_that_makes_its_sensor(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mails = {"loads": "a@b.c", "sends": "d@b.c", "day-end": "a@b.c"}
    (tmp_path / "dags").mkdir()
    for dag_id, to in mails.items():
        (tmp_path / "dags" / f"{dag_id}.py").write_text(SHARED.format(dag_id=dag_id, to=to))
    analysis = analyze(tmp_path / "dags", Config())
    write_project(render_project(analysis.plan, analysis.project, "mailing"), tmp_path / "mailing")
    source = tmp_path / "mailing" / "src"
    monkeypatch.syspath_prepend(str(source))
    resources = importlib.import_module("mailing.resources")
    sent: list[dict[str, Any]] = []
    monkeypatch.setattr(resources.EmailServer, "send", lambda self, **fields: sent.append(fields))

    for dag_id, to in mails.items():
        job = dag_id.replace("-", "_")
        automation = importlib.import_module(f"mailing.defs.{job}.automation")
        sensor = getattr(automation, f"{job}_mail")
        assert sensor.name == f"{job}_mail"
        assert sensor.metadata["airflow/dag_id"].text == dag_id
        with dg.DagsterInstance.ephemeral() as instance:
            run = getattr(automation, job).execute_in_process(instance=instance, raise_on_error=False)
            event = next(event for event in run.all_events if event.event_type_value == "PIPELINE_FAILURE")
            given = {"smtp_default": resources.EmailServer(url="x")}
            context = dg.build_run_status_sensor_context("s", event, instance, run.dagster_run, resources=given)
            sensor(context.for_run_failure())
        assert (sent[-1]["to"], sent[-1]["subject"].partition(": ")[0]) == (to, dag_id)
    assert len(sent) == 3
    assert (
        'loads_mail = build_mail_sensor(loads, to="a@b.c")'
        in (source / "mailing" / "defs" / "loads" / "automation.py").read_text()
    )
    for name in [name for name in sys.modules if name.partition(".")[0] == "mailing"]:
        del sys.modules[name]


TELLING = """
from airflow import DAG
from airflow.operators.bash import BashOperator
from telling import tell

with DAG("{dag_id}", schedule=None, default_args={{"on_failure_callback": tell}}):
    BashOperator(task_id="work", bash_command="{command}")
    BashOperator(task_id="rest", bash_command="true")
"""


def test_a_shared_callback_is_told_the_task_of_each_step(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    commands = {"plain": "false", "files": f"false > {tmp_path}/out.csv", "more": f"false > {tmp_path}/more.csv"}
    (tmp_path / "dags").mkdir()
    (tmp_path / "dags" / "telling.py").write_text("def tell(context):\n    print('told of', context['ti'].task_id)\n")
    for dag_id, command in commands.items():
        (tmp_path / "dags" / f"{dag_id}.py").write_text(TELLING.format(dag_id=dag_id, command=command))
    analysis = analyze(tmp_path / "dags", Config())
    write_project(render_project(analysis.plan, analysis.project, "tales"), tmp_path / "tales")
    source = tmp_path / "tales" / "src"
    monkeypatch.syspath_prepend(str(source))
    assert "dagster._core" not in (source / "tales" / "run_sensors.py").read_text()
    definitions = importlib.import_module("tales.definitions").defs()
    capsys.readouterr()
    for job in commands:
        with dg.DagsterInstance.ephemeral() as instance:
            run = definitions.resolve_job_def(job).execute_in_process(instance=instance, raise_on_error=False)
            event = next(event for event in run.all_events if event.event_type_value == "PIPELINE_FAILURE")
            context = dg.build_run_status_sensor_context("s", event, instance, run.dagster_run)
            importlib.import_module(f"tales.defs.{job}.automation").__dict__[f"{job}_tell"](context.for_run_failure())
        assert capsys.readouterr().out == "told of work\n"
    for name in [name for name in sys.modules if name.partition(".")[0] == "tales"]:
        del sys.modules[name]


def test_the_mail_about_a_failure_is_one_call(tmp_path: Path) -> None:
    found = sensors_of(tmp_path, MAILS, "mails")
    assert (
        "    for step in context.get_step_failure_events():\n"
        "        smtp_default.send(\n"
        '            to="a@b.c", subject=f"mails: {step.step_key} failed", html=failure_report(context, step)\n'
        "        )\n"
    ) in found


def test_the_report_of_a_failure_shows_the_error_as_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = project_of(tmp_path, MAILS)
    write_project(files, tmp_path / "alerts")
    monkeypatch.syspath_prepend(str(tmp_path / "alerts" / "src"))
    monkeypatch.setenv("DAGSTER_URL", "https://dagster.example.com")
    report = importlib.import_module("alerts.run_context").failure_report

    @dg.op
    def broken() -> None:
        raise ValueError("<b>1</b>")

    @dg.job
    def all_broken() -> None:
        broken()

    with dg.DagsterInstance.ephemeral() as instance:
        run = all_broken.execute_in_process(instance=instance, raise_on_error=False)
        (step,) = (event for event in run.all_events if event.event_type_value == "STEP_FAILURE")
        event = next(event for event in run.all_events if event.event_type_value == "PIPELINE_FAILURE")
        context = dg.build_run_status_sensor_context("s", event, instance, run.dagster_run)
        assert report(context, step) == (
            f"<pre>&lt;b&gt;1&lt;/b&gt;</pre>https://dagster.example.com/runs/{run.run_id}"
        )
    for name in [name for name in sys.modules if name.partition(".")[0] == "alerts"]:
        del sys.modules[name]


CALLED = """
from airflow import DAG
from airflow.operators.bash import BashOperator

def tell(context):
    print(context["task_instance"].task_id)

with DAG("told", schedule=None, default_args={"on_failure_callback": tell}):
    {tasks}
"""


@pytest.mark.parametrize(
    ("tasks", "line"),
    [
        ('BashOperator(task_id="work", bash_command="true")', "task_id = step.step_key"),
        (
            'BashOperator(task_id="work", bash_command="echo 1 > /data/out.csv")\n'
            '    BashOperator(task_id="more", bash_command="echo 1 > /data/more.csv")',
            "task_id = TASK_IDS[step.step_key]",
        ),
        (
            'made = PythonOperator(task_id="made", python_callable=lambda: 1)\n'
            '    PythonOperator(task_id="used", python_callable=print, op_args=[made.output])',
            'task_id = step.step_key.removeprefix("told__")',
        ),
    ],
)
def test_how_a_callback_learns_the_task(tmp_path: Path, tasks: str, line: str) -> None:
    text = CALLED.replace("{tasks}", tasks).replace(
        "import BashOperator", "import BashOperator\nfrom airflow.operators.python import PythonOperator"
    )
    assert f"        {line}\n" in sensors_of(tmp_path, text, "told")


def test_a_shared_callback_looks_up_nothing_of_one_dag(tmp_path: Path) -> None:
    text = CALLED.partition("with DAG")[0]
    for dag in ("first", "second", "third"):
        text += f"""
with DAG("{dag}", schedule=None, default_args={{"on_failure_callback": tell}}):
    BashOperator(task_id="load-data", bash_command="true") >> BashOperator(task_id="work_{dag}", bash_command="true")
"""
    code = project_of(tmp_path, text)["src/alerts/run_sensors.py"]
    assert "(task_ids or {}).get(" in code
    assert "TASK_IDS" not in code


def test_callbacks_of_the_same_tasks_look_them_up_in_one_place(tmp_path: Path) -> None:
    tasks = "\n    ".join(
        f'BashOperator(task_id="{name}", bash_command="true"{more})'
        for name, more in [(one, ", **both") for one in "abc"] + [(one, "") for one in "defgh"]
    )
    text = CALLED.replace("{tasks}", tasks).replace(', default_args={"on_failure_callback": tell}', "")
    text = text.replace("with DAG", "both = {'on_failure_callback': tell, 'on_success_callback': tell}\nwith DAG")
    code = sensors_of(tmp_path, text, "told")
    assert code.count("STEPS = {") == 1
    assert code.count("if step.step_key not in STEPS:") == 3


def project_of(folder: Path, text: str) -> dict[str, str]:
    (folder / "dags.py").write_text(text)
    analysis = analyze(folder / "dags.py", Config())
    return render_project(analysis.plan, analysis.project, "alerts")


def sensors_of(folder: Path, text: str, dag: str) -> str:
    return project_of(folder, text)[f"src/alerts/defs/{dag}/run_sensors.py"]


TOLD = """
from datetime import datetime
from airflow.sdk import DAG, task, task_group

def note(context):
    ti = context["ti"]
    print("told of", ti.task_id, ti.map_index, {more})

with DAG("tells", start_date=datetime(2026, 1, 1), schedule=None, default_args={"on_success_callback": note}):

    @task
    def first():
        from airflow.sdk.exceptions import AirflowSkipException

        raise AirflowSkipException

    @task(trigger_rule="all_done")
    def last(value):
        assert value is None

    @task_group
    def each(n):
        @task.branch
        def pick(n):
            return "each.one" if n else "each.other"

        @task
        def one(): ...

        @task
        def other(): ...

        @task(trigger_rule="none_failed_min_one_success")
        def join(): ...

        pick(n) >> [one(), other()] >> join()

    last(first())
    each.expand(n=[0, 1])
"""


@pytest.mark.parametrize("when", ["at the end of the step", "at the end of the run"])
def test_callbacks_are_called_for_tasks_and_copies_that_did_their_work(
    when: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    later = when == "at the end of the run"
    # How long a step took is known when it is over.
    (tmp_path / "tells.py").write_text(TOLD.replace("{more}", "ti.duration > 0" if later else "True"))
    analysis = analyze(tmp_path / "tells.py", Config())
    write_project(render_project(analysis.plan, analysis.project, "telling"), tmp_path / "telling")
    monkeypatch.syspath_prepend(str(tmp_path / "telling" / "src"))
    job = importlib.import_module("telling.defs.tells.automation").tells
    with dg.DagsterInstance.ephemeral() as instance:
        capsys.readouterr()
        run = job.execute_in_process(instance=instance)
        if later:
            event = next(event for event in run.all_events if event.event_type_value == "PIPELINE_SUCCESS")
            context = dg.build_run_status_sensor_context("s", event, instance, run.dagster_run)
            importlib.import_module("telling.defs.tells.run_sensors").tells_note_success(context)
    told = sorted(line for line in capsys.readouterr().out.splitlines() if line.startswith("told of"))
    groups = ["join 0", "join 1", "one 1", "other 0", "pick 0", "pick 1"]
    assert told == [*(f"told of each.{name} True" for name in groups), "told of last -1 True"]
    for name in [name for name in sys.modules if name.partition(".")[0] == "telling"]:
        del sys.modules[name]
