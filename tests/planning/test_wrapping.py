from __future__ import annotations

from pathlib import Path

import pytest

from migrator.codegen import render_project
from migrator.config import Config
from migrator.pipeline import analyze

HEAD = """\
import datetime as dt
from airflow import DAG
from airflow.providers.apache.pig.operators.pig import PigOperator
from airflow.providers.apache.druid.operators.druid import DruidOperator
from airflow.providers.apache.cassandra.sensors.table import CassandraTableSensor
from airflow.operators.bash import BashOperator

with DAG("pig", schedule="@daily", start_date=dt.datetime(2026, 1, 1), default_args={"pig_cli_conn_id": "h"}):
"""


def generated(tmp_path: Path, body: str, *wrap: str) -> tuple[dict[str, str], str]:
    """What became of each task, and the module of the DAG."""
    lines = "".join(f"    {line}\n" for line in body.strip().splitlines())
    (tmp_path / "pig.py").write_text(HEAD + lines)
    analysis = analyze(tmp_path, Config(wrap=wrap))
    files = render_project(analysis.plan, analysis.project, "shop")
    kinds = {item.task_id: item.kind for item in analysis.plan.dispositions}
    return kinds, "".join(text for path, text in files.items() if "/defs/pig/" in path)


def test_nothing_is_wrapped_unasked(tmp_path: Path) -> None:
    kinds, code = generated(tmp_path, 'PigOperator(task_id="load", pig="INSERT INTO a SELECT 1")')
    assert kinds == {"load": "airflow"}
    assert "run_operator" not in code


@pytest.mark.parametrize("pattern", ["PigOperator", "*", "airflow.providers.apache.*"])
def test_dates_come_from_the_partition_and_default_arguments_as_airflow_gives_them(
    tmp_path: Path, pattern: str
) -> None:
    kinds, code = generated(tmp_path, """PigOperator(task_id="load", pig="INSERT INTO a SELECT '{{ ds }}'")""", pattern)
    assert kinds == {"load": "wrapped"}
    assert "from airflow.providers.apache.pig.operators.pig import PigOperator\n" in code
    assert "pig=f\"INSERT INTO a SELECT '{context.partition_key}'\"" in code
    assert 'default_args={"pig_cli_conn_id": "h"}' in code


def test_a_result_goes_to_those_who_take_it(tmp_path: Path) -> None:
    body = """
get = DruidOperator(task_id="get", json_index_file="x.json")
get >> BashOperator(task_id="say", bash_command="echo {{ ti.xcom_pull(task_ids='get') }}")
"""
    kinds, code = generated(tmp_path, body, "DruidOperator")
    assert kinds["get"] == "wrapped"
    assert "return run_operator(context, DruidOperator(" in code.replace("\n", "").replace(" " * 8, "").replace(
        "    ", ""
    )
    assert 'echo {get}"' in code


def test_how_to_wait_in_airflow_is_left_out(tmp_path: Path) -> None:
    body = 'CassandraTableSensor(task_id="wait", table="k.t", poke_interval=5, mode="reschedule", deferrable=True)'
    _, code = generated(tmp_path, body, "CassandraTableSensor")
    assert "poke_interval=5" in code
    assert "reschedule" not in code
    assert "deferrable" not in code


def test_an_operator_may_mean_something_else_by_its_mode(tmp_path: Path) -> None:
    body = """
PigOperator(task_id="load", pig="load", mode="append")
CassandraTableSensor(task_id="wait", table="k.t_{{ ds_nodash }}", mode="poke")
"""
    _, code = generated(tmp_path, body, "*")
    assert 'mode="append"' in code
    assert 'mode="poke"' not in code


def test_a_class_that_is_not_known_stays(tmp_path: Path) -> None:
    kinds, _ = generated(tmp_path, 'Unknown(task_id="a")\nPigOperator(task_id="load", pig="load")\n', "*")
    assert kinds == {"a": "airflow", "load": "wrapped"}


def test_that_a_skip_fails_is_declared(tmp_path: Path) -> None:
    (tmp_path / "pig.py").write_text(f'{HEAD}    PigOperator(task_id="load", pig="load")\n')
    deltas = analyze(tmp_path, Config(wrap=("PigOperator",))).plan.deltas
    assert [row.dagster for row in deltas if row.task_id == "load"] == [
        "its step fails, and what comes after it does not run"
    ]


def test_what_steers_the_scheduler_stays(tmp_path: Path) -> None:
    (tmp_path / "own.py").write_text(
        "from airflow.operators.branch import BaseBranchOperator\n\n"
        "class Weekend(BaseBranchOperator):\n    def choose_branch(self, context):\n        return 'a'\n"
    )
    body = 'from own import Weekend\nWeekend(task_id="choose") >> BashOperator(task_id="a", bash_command="date")'
    kinds, _ = generated(tmp_path, body, "*")
    assert kinds["choose"] == "airflow"


FUNCTIONS = """\
import datetime as dt
from jinja2 import Template
from airflow import DAG
from airflow.exceptions import AirflowSkipException
from airflow.hooks.base import BaseHook
from airflow.models import DagRun, Variable
from airflow.operators.python import PythonOperator
from airflow.operators.trigger_dagrun import TriggerDagRunOperator

def helper(context):
    print(Template("{{ ds }}").render(**context))

def reader(context):
    return context["prev_start_date_success"], context["ti"].start_date

def puller(context):
    return context["ti"].xcom_pull(task_ids=context["ds"])

{function}

with DAG("hooks", schedule="@daily", start_date=dt.datetime(2026, 1, 1)) as dag:
    PythonOperator(task_id="work", python_callable=work)
"""


def wrapped(tmp_path: Path, function: str, **files: str) -> tuple[str, dict[str, str]]:
    """What became of the task, and the project."""
    for name, text in files.items():
        (tmp_path / f"{name}.py").write_text(text)
    (tmp_path / "hooks.py").write_text(FUNCTIONS.format(function=function))
    analysis = analyze(tmp_path, Config())
    files = dict(render_project(analysis.plan, analysis.project, "shop"))
    return analysis.plan.dispositions[0].kind, files


@pytest.mark.parametrize(
    "function",
    [
        "def work(): return BaseHook.get_connection('c').get_hook().get_client()",
        "def work(**context): helper(context)",
        "def work(ti): print(ti.try_number, BaseHook)",
    ],
)
def test_a_function_that_needs_only_the_library_runs_unchanged(tmp_path: Path, function: str) -> None:
    kind, files = wrapped(tmp_path, function)
    assert kind == "wrapped"
    assert function.split("\n")[-1].split(":")[0] in files["src/shop/with_airflow/hooks.py"]
    apart = (text for path, text in files.items() if path.endswith(".py") and "/with_airflow/" not in path)
    assert not any(line.startswith(("from airflow", "import airflow")) for text in apart for line in text.splitlines())


@pytest.mark.parametrize(
    "function",
    [
        "def work(): return DagRun.find(dag_id='a')",
        "def work(**context): reader(context)",
        "def work(**context): puller(context)",
        "def work(): raise AirflowSkipException(BaseHook)",
        "def work(**context): print(context['prev_start_date_success'], BaseHook)",
        "def work(**context): print(context['ti'].start_date, BaseHook)",
        "def work(ti): return ti.xcom_pull(task_ids=input())",
        "def work(): return dag.get_dagrun(BaseHook)",
        "def work(): yield BaseHook",
        "COUNT = 0\ndef work():\n    global COUNT\n    COUNT += 1\n    return BaseHook",
        "def work(): return eval('1'), BaseHook",
        "def work(**context): TriggerDagRunOperator(task_id='t', trigger_dag_id='b').execute(context)",
        "def work():\n    import tools.inner\n    return tools.inner.f(BaseHook)",
    ],
)
def test_a_function_that_needs_a_running_airflow_stays(tmp_path: Path, function: str) -> None:
    (tmp_path / "tools").mkdir()
    (tmp_path / "tools" / "inner.py").write_text("def f(x): return x\n")
    kind, _ = wrapped(tmp_path, function)
    assert kind == "airflow"


def test_modules_with_hooks_are_carried_apart(tmp_path: Path) -> None:
    function = "import db\nfrom db import rows\ndef work(): return rows(), db.LIMIT, BaseHook"
    kind, files = wrapped(
        tmp_path,
        function,
        db="import names, os\nfrom names import TABLE as T\nfrom airflow.hooks.base import BaseHook\n"
        "LIMIT = 1\ndef rows(): return BaseHook.get_connection(T)\n",
        names="TABLE = 'x'\n",
    )
    assert kind == "wrapped"
    assert files["src/shop/with_airflow/db.py"].splitlines()[:3] == [
        "import names, os",
        "from names import TABLE as T",
        "from airflow.hooks.base import BaseHook",
    ]
    # There is one copy of what needs no Airflow.
    assert [path for path in files if path.endswith("names.py")] == ["src/names.py"]
    moved = files["src/shop/with_airflow/hooks.py"]
    assert "from shop.with_airflow import db\n" in moved
    assert "from shop.with_airflow.db import rows\n" in moved
    assert '"apache-airflow"' in files["pyproject.toml"]


def test_relative_imports_of_modules_without_airflow_lead_to_the_one_copy(tmp_path: Path) -> None:
    (tmp_path / "common").mkdir()
    (tmp_path / "common" / "__init__.py").write_text("")
    (tmp_path / "common" / "names.py").write_text("TABLE = 'x'\n")
    (tmp_path / "common" / "db.py").write_text(
        "from airflow.hooks.base import BaseHook\nfrom .names import TABLE\nfrom . import names\n"
        "def rows(): return BaseHook.get_connection(TABLE + names.TABLE)\n"
    )
    kind, files = wrapped(tmp_path, "from common.db import rows\ndef work(): return rows(), BaseHook")
    assert kind == "wrapped"
    assert [path for path in files if path.endswith("names.py")] == ["src/common/names.py"]
    moved = files["src/shop/with_airflow/common/db.py"].splitlines()
    assert moved[1:3] == ["from common.names import TABLE", "from common import names"]


def test_connections_and_variables_of_a_wrapped_function_are_listed(tmp_path: Path) -> None:
    _, files = wrapped(
        tmp_path,
        "def work(hook_class=BaseHook):\n    hook_class(http_conn_id='api')\n    BaseHook.get_connection('shop')\n"
        "    return Variable.get('name'), BaseHook",
    )
    rows = {line for line in files[".env.example"].splitlines() if "=" in line}
    assert {"AIRFLOW_CONN_API=", "AIRFLOW_CONN_SHOP=", "AIRFLOW_VAR_NAME="} <= rows


def test_what_keeps_a_function_is_told_where_wrapping_it_fails_for_its_xcoms(tmp_path: Path) -> None:
    (tmp_path / "d.py").write_text(
        "import datetime as dt\n"
        "from airflow import DAG\n"
        "from airflow.operators.python import PythonOperator\n"
        "from airflow.providers.apache.druid.hooks.druid import DruidHook\n"
        "def count(ti):\n"
        '    ti.xcom_push(key="rows", value=1)\n'
        "def send(ti):\n"
        '    DruidHook().submit_indexing_job(ti.xcom_pull(task_ids="count", key="rows"))\n'
        'with DAG("d", schedule="@daily", start_date=dt.datetime(2026, 1, 1)):\n'
        '    PythonOperator(task_id="count", python_callable=count) >> PythonOperator(task_id="send", python_callable=send)\n'
    )
    reasons = {row.task_id: row.reason for row in analyze(tmp_path, Config()).plan.dispositions}
    assert "DruidHook" in reasons["send"]


SENSOR = """\
import datetime as dt
from airflow.sdk import DAG, BaseSensorOperator

class ReadySensor(BaseSensorOperator):
    def __init__(self, *, supplier{rest}):
        {sets}
        self.supplier = supplier

    def poke(self, context):
        return bool(self.supplier)

with DAG("waits", schedule="@daily", start_date=dt.datetime(2026, 1, 1)):
    ReadySensor(task_id="ready", supplier="a"{given})
"""
PASSED = "sorted(kwargs)\n        super().__init__(**kwargs)"
FIXED = "print(self.weight_rule)\n        super().__init__(task_id=task_id, poke_interval=7)"


@pytest.mark.parametrize(
    ("rest", "sets", "given", "expected"),
    [
        (", **kwargs", PASSED, ", poke_interval=5, timeout=60, retries=1", "poke_interval=5, timeout=60, "),
        (", **kwargs", PASSED, ", timeout=60, soft_fail=True", None),
        (", task_id", FIXED, "", ""),
    ],
)
def test_a_sensor_of_the_team_waits_as_it_was_told(
    tmp_path: Path, rest: str, sets: str, given: str, expected: str | None
) -> None:
    (tmp_path / "waits.py").write_text(SENSOR.format(rest=rest, sets=sets, given=given))
    analysis = analyze(tmp_path, Config())
    kinds = [row.kind for row in analysis.plan.dispositions]
    code = "".join(render_project(analysis.plan, analysis.project, "shop").values())
    assert kinds == ["airflow" if expected is None else "wrapped"]
    if expected is not None:
        assert f'ReadySensor({expected}task_id="ready", supplier="a")' in " ".join(code.split())
