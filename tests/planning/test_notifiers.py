"""Notifiers as callbacks; that those of the team's own do what they did is shown in `tests/parity`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from migrator.codegen import render_project
from migrator.codegen.resources.resources import template
from migrator.config import Config
from migrator.pipeline import analyze
from tests.planning.test_own_classes import generated

DAG = """\
import datetime as dt
from airflow.sdk import DAG, BaseNotifier
from airflow.providers.slack.notifications.slack_webhook import SlackWebhookNotifier
from airflow.providers.slack.notifications.slack import send_slack_notification
from airflow.providers.smtp.notifications.smtp import SmtpNotifier
from airflow.providers.standard.operators.bash import BashOperator


class Pager(BaseNotifier):
    template_fields = ("text",)

    def __init__(self, text, team="data", **kwargs):
        super().__init__(**kwargs)
        self.text = text
        self.team = team

    def notify(self, context):
        print(self.team, self.text, context["exception"])


with DAG(
    "shop",
    schedule="@daily",
    start_date=dt.datetime(2026, 1, 1),
    on_success_callback=SlackWebhookNotifier(slack_webhook_conn_id="slack_ops", text="{{ dag.dag_id }} is done"),
    default_args={"on_failure_callback": [Pager("{{ ti.task_id }} on {{ ds }}"), SmtpNotifier(to="a@example.com", template="x")]},
):
    BashOperator(task_id="load", bash_command="load")
    BashOperator(
        task_id="mail",
        bash_command="mail",
        on_failure_callback=[SmtpNotifier(to="b@example.com"), send_slack_notification(text="{{ ti.task_id }} failed")],
    )
"""


def test_notifiers_become_sensors(tmp_path: Path) -> None:
    _, files = generated(tmp_path, {"shop.py": DAG})
    code = "".join(text for path, text in files.items() if "/defs/shop/" in path)
    assert 'slack_ops.send(text="shop is done")' in code
    assert 'Pager(text=f"{task_id} on {' in code
    assert "def notify(self, exception):" in code and "BaseNotifier" not in code
    assert 'smtp_default.send(subject=f"shop: {' in code.replace("\n", "").replace("  ", "")
    assert 'slack_api_default.send(text=f"{' in code


def test_what_is_lost_of_a_notifier_is_told(tmp_path: Path) -> None:
    (tmp_path / "shop.py").write_text(DAG)
    deltas = [f"{row.airflow} -> {row.dagster}" for row in analyze(tmp_path, Config()).plan.deltas]
    assert (
        "`on_failure_callback` calls `SmtpNotifier` for `load` -> nothing calls it: its `template` has no place in the message"
        in deltas
    )


OF_PARAMS = DAG.replace('"{{ ti.task_id }} on {{ ds }}"', '"{{ ti.task_id }} of {{ params.desk }}"').replace(
    '"shop",\n', '"shop",\n    params={"desk": "eu"},\n'
)


def test_params_of_a_message_are_those_of_the_run_that_ended(tmp_path: Path) -> None:
    text = OF_PARAMS.replace("{{ dag.dag_id }} is done", "{{ params.desk }} is done")
    _, files = generated(tmp_path, {"shop.py": text})
    code = next(text for path, text in files.items() if path.endswith("/shop/run_sensors.py"))
    assert code.count("    config = config_of_run(context, ShopConfig)\n") == 2
    assert 'slack_ops.send(text=f"{config.desk} is done")' in code
    assert 'Pager(text=f"{task_id} of {config.desk}")' in code.replace("'", '"')
    assert "config:" not in code


SHOP = """
import pydantic

class Desk(dg.Config):
    desk: str = "eu"
    size: int = 1
    from_: str = pydantic.Field("", alias="from")

@dg.op
def open_desk(config: Desk) -> None: ...

@dg.job
def shop() -> None:
    open_desk()
"""


def test_the_configuration_of_a_run_is_that_of_its_steps() -> None:
    made: dict[str, Any] = {}
    exec(compile(template("run_context.py") + SHOP, "shop.py", "exec", dont_inherit=True), made)
    Desk, shop = made["Desk"], made["shop"]

    def configured(config: Mapping[str, Any], tags: Mapping[str, str]) -> object:
        with dg.instance_for_test() as instance:
            ended = shop.execute_in_process(run_config=config, tags=tags, instance=instance)
            event = next(event for event in ended.all_events if event.event_type_value == "PIPELINE_SUCCESS")
            context = dg.build_run_status_sensor_context("s", event, instance, ended.dagster_run)
            return made["config_of_run"](context, Desk)

    assert configured({}, {}) == Desk()
    assert configured({"ops": {"open_desk": {"config": {"size": 3}}}}, {"airflow/conf": '{"desk": "us", "x": 1}'}) == (
        Desk(desk="us", size=3)
    )
    assert configured({}, {"airflow/conf": '{"from": "eu"}'}).from_ == "eu"


def test_a_message_with_a_param_that_a_task_has_of_its_own_is_not_sent_and_that_is_told(tmp_path: Path) -> None:
    text = OF_PARAMS.replace('bash_command="load"', 'bash_command="load", params={"desk": "us"}')
    (tmp_path / "shop.py").write_text(text)
    deltas = [f"{row.airflow} -> {row.dagster}" for row in analyze(tmp_path, Config()).plan.deltas]
    why = "it takes the param `desk`, of which a task has a value of its own"
    assert f"`on_failure_callback` calls `Pager` for `load` -> nothing calls it: {why}" in deltas


OF_ERRORS = DAG.replace("{{ dag.dag_id }} is done", "{{ dag.dag_id }} {{ reason }} {{ exception }}.").replace(
    "{{ ti.task_id }} on {{ ds }}", "{{ ti.task_id }}: {{ exception }}"
)


@pytest.mark.parametrize(
    ("argument", "version", "said"),
    [
        ("on_failure_callback", "3", "{step_error(step)}"),
        ("on_failure_callback", "2", "{step_error(step)}"),
        ("on_success_callback", "3", "None"),
        ("on_success_callback", "2", ""),
    ],
)
def test_the_error_of_a_task_is_in_templates(tmp_path: Path, argument: str, version: str, said: str) -> None:
    text = OF_ERRORS.replace('default_args={"on_failure_callback"', f'default_args={{"{argument}"')
    (tmp_path / "shop.py").write_text(text)
    analysis = analyze(tmp_path, Config(airflow_version=version))
    files = render_project(analysis.plan, analysis.project, "shop")
    code = "".join(files["src/shop/defs/shop/run_sensors.py"].split())
    assert f'Pager(text=f"{{task_id}}:{said}")' in code


def test_templates_of_callbacks_of_the_dag_find_no_error_but_why_the_run_ended(tmp_path: Path) -> None:
    _, files = generated(tmp_path, {"shop.py": OF_ERRORS})
    code = files["src/shop/defs/shop/run_sensors.py"]
    assert 'slack_ops.send(text="shop success .")' in code


WITHIN = """\
import datetime as dt
from airflow.sdk import DAG
from airflow.providers.standard.operators.bash import BashOperator

def told(context):
    print(context["params"]["desk"])

with DAG("shop", schedule=None, start_date=dt.datetime(2026, 1, 1), params={"desk": "eu"}):
    BashOperator(task_id="load", bash_command="load", on_execute_callback=told)
"""


def test_what_a_step_calls_reads_the_configuration_of_its_run(tmp_path: Path) -> None:
    _, files = generated(tmp_path, {"shop.py": WITHIN})
    code = "".join(text for path, text in files.items() if "/defs/shop/" in path)
    assert '@before_try(call_told, "load")\ndef load(' in code
    assert "config = config_of_run(context, ShopConfig)" in code
    assert "told(desk=config.desk)" in code or "told(params=config.model_dump())" in code


WITH_VALUES = """\
import datetime as dt
from pathlib import Path
from airflow.sdk import DAG, task
from airflow.providers.slack.notifications.slack import SlackNotifier
from airflow.providers.standard.operators.bash import BashOperator

def told(context):
    print(context["ti"].xcom_pull(task_ids="load"), context["ti"].duration)

with DAG("shop", schedule=None, start_date=dt.datetime(2026, 1, 1)):
    @task({load})
    def load():
        {writes}
        return 3

    @task({after})
    def double(rows):
        return 2 * rows

    @task
    def beside():
        return 1

    first = load()
    double(first) >> BashOperator(task_id="last", bash_command="echo"{last})
    beside()
"""


def pulling(task_id: str, event: str = "success") -> str:
    return f"""on_{event}_callback=SlackNotifier(text="{{{{ ti.xcom_pull(task_ids='{task_id}') }}}} rows")"""


def with_values(folder: Path, **given: str) -> tuple[str, list[str]]:
    filled = WITH_VALUES.format(**{"load": "", "after": "", "last": "", "writes": "", **given})
    (folder / "shop.py").write_text(filled)
    analysis = analyze(folder, Config())
    files = render_project(analysis.plan, analysis.project, "shop")
    told = [row.dagster for row in analysis.plan.deltas if "nothing calls it" in row.dagster]
    return "".join(text for path, text in files.items() if "/defs/shop/" in path), told


@pytest.mark.parametrize(
    ("given", "decorator"),
    [
        (
            {"load": pulling("load")},
            '@when_succeeded(call_slacknotifier, "load", "slack_api_default", result_as="load")',
        ),
        (
            {"after": pulling("load")},
            '@when_succeeded(call_slacknotifier, "double", "slack_api_default", values={"load": "rows"})',
        ),
        (
            {"last": f", {pulling('load', 'failure')}"},
            '@when_failed(call_slacknotifier, "last", "slack_api_default", values={"load": "value_of_load"})',
        ),
        (
            {"after": pulling("load", "execute")},
            '@before_try(call_slacknotifier, "double", "slack_api_default", values={"load": "rows"})',
        ),
    ],
)
def test_a_step_sends_a_message_with_values_that_it_is_given(
    tmp_path: Path, given: dict[str, str], decorator: str
) -> None:
    code, lost = with_values(tmp_path, **given)
    assert decorator in code
    assert 'slack_api_default.send(text=f"{load} rows")' in code
    assert lost == []


@pytest.mark.parametrize(
    ("given", "why"),
    [
        (
            {"last": f", {pulling('last')}"},
            "it takes the result of `last` itself, which is not what a function returns",
        ),
        ({"load": pulling("load", "failure")}, "it takes the result of `load` itself, which has none then"),
        ({"after": pulling("beside")}, "it takes the result of `beside`, which `double` does not come after"),
        ({"after": "on_success_callback=told"}, "it takes something of the run that is not known when that has ended"),
    ],
)
def test_values_that_a_step_is_not_given_are_not_sent_and_that_is_told(
    tmp_path: Path, given: dict[str, str], why: str
) -> None:
    code, lost = with_values(tmp_path, **given)
    assert lost == [f"nothing calls it: {why}"]
    assert "def call_" not in code


def test_a_step_is_not_asked_for_a_result_that_its_asset_does_not_hold(tmp_path: Path) -> None:
    writes = "Path('/data/a.txt').write_text(''); Path('/data/b.txt').write_text('')"
    code, lost = with_values(tmp_path, load=pulling("load"), writes=writes)
    assert lost == ["nothing calls it: it takes the result of its task, whose asset is something else"]
    assert "when_succeeded" not in code


def test_templates_tell_when_a_step_or_a_run_ended_and_how(tmp_path: Path) -> None:
    text = DAG.replace(
        "{{ ti.task_id }} on {{ ds }}", "{{ ti.state }} in {{ ti.duration }} s, {{ ti.start_date }}"
    ).replace("{{ dag.dag_id }} is done", "{{ dag_run.state }} in {{ dag_run.end_date - dag_run.start_date }}")
    _, files = generated(tmp_path, {"shop.py": text})
    code = "".join(files["src/shop/defs/shop/run_sensors.py"].split())
    assert 'Pager(text=f"failedin{step_duration(context,step)}s,{step_start(context,step)}")' in code
    assert "end_of_run(context)" in code and "start_of_run(context)" in code


@pytest.mark.parametrize("asked", ["ti.state", "ti.duration", "dag_run.end_date"])
def test_a_task_does_not_know_how_it_ends(tmp_path: Path, asked: str) -> None:
    (tmp_path / "shop.py").write_text(DAG.replace('bash_command="load"', f'bash_command="echo {{{{ {asked} }}}}"'))
    plan = analyze(tmp_path, Config()).plan
    assert {row.task_id: row.kind for row in plan.dispositions}["load"] == "airflow"


def test_that_copies_which_are_written_out_have_no_number_is_told(tmp_path: Path) -> None:
    text = """\
import datetime as dt
from airflow.sdk import DAG, task

def told(context):
    print(context["ti"].map_index)

with DAG("shop", schedule="@daily", start_date=dt.datetime(2026, 1, 1)):
    @task(on_failure_callback=told)
    def each(region, ds=None):
        with open(f"/data/{region}_{ds}.txt", "w") as file:
            file.write("x")

    each.expand(region=["eu", "us"])
"""
    (tmp_path / "shop.py").write_text(text)
    deltas = [row for row in analyze(tmp_path, Config()).plan.deltas if "(`map_index`)" in row.airflow]
    assert [row.dagster for row in deltas] == [
        "copies that are written out as functions of their own have the number -1"
    ]


def test_a_task_without_work_sends_a_message_with_values(tmp_path: Path) -> None:
    empty = f"EmptyOperator(task_id='none', {pulling('load')})"
    text = WITH_VALUES.format(load="", after="", last="", writes="").replace(
        "    beside()", f"    double(first) >> {empty}"
    )
    _, files = generated(
        tmp_path, {"shop.py": f"from airflow.providers.standard.operators.empty import EmptyOperator\n{text}"}
    )
    code = files["src/shop/defs/shop/assets.py"]
    assert 'values={"load": "value_of_load"})\ndef none(value_of_load' in code


def test_what_is_pushed_by_a_key_for_callbacks_alone_is_not_kept_and_that_is_told(tmp_path: Path) -> None:
    by_key = pulling("load").replace("'load')", "'load', key='count')")
    _, lost = with_values(tmp_path, after=by_key)
    assert lost == ["nothing calls it: it takes the XCom `count` of `load`, which is kept for tasks alone"]


def test_a_message_between_tries_is_sent_by_the_step(tmp_path: Path) -> None:
    retried = 'retries=1, on_retry_callback=SlackNotifier(text="{{ ti.try_number }}: {{ exception }}")'
    text = WITH_VALUES.format(load=retried, after="", last="", writes="")
    _, files = generated(tmp_path, {"shop.py": text})
    code = files["src/shop/defs/shop/assets.py"]
    assert '@before_retry(call_slacknotifier, "load", "slack_api_default")' in code
    assert 'slack_api_default.send(text=f"{context.retry_number + 1}: {error}")' in code
