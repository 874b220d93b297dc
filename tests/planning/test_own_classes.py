"""Operators, sensors and hooks of the team's own, as plain classes; that they do what they did is shown in `tests/parity`."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from migrator.codegen import render_project
from migrator.config import Config
from migrator.pipeline import analyze

DAG = """\
import datetime as dt
from airflow import DAG
from acme.operators import CountOperator

with DAG("counts", schedule="@daily", start_date=dt.datetime(2026, 1, 1)):
    CountOperator(task_id="orders", table="orders_{{ ds_nodash }}", retries=2)
    CountOperator("customers.sql", "store", task_id="customers")
"""
HOOK = '''\
"""Hooks of Acme."""
from airflow.hooks.base import BaseHook


class StoreHook(BaseHook):
    """A store."""

    conn_type = "store"

    def __init__(self, store_conn_id="store_default", **kwargs):
        super().__init__(**kwargs)
        self.store_conn_id = store_conn_id

    @staticmethod
    def get_ui_field_behaviour():
        return {"hidden_fields": ["port"]}

    def count(self, table):
        self.log.info("counting %s", table)
        return len(self.get_connection(self.store_conn_id).host + table)
'''
OPERATOR = '''\
from airflow.models import BaseOperator
from airflow.utils.decorators import apply_defaults
from acme.hooks import StoreHook


class CountOperator(BaseOperator):
    """Counts."""

    template_fields = ("_table",)
    template_ext = (".sql",)
    ui_color = "#ededed"

    @apply_defaults
    def __init__(self, table, store_conn_id="store_default", *args, times=1, task_id=None, **kwargs):
        super(CountOperator, self).__init__(*args, task_id=task_id, **kwargs)
        self._table = table
        self.store_conn_id = store_conn_id
        self.times = times

    def execute(self, context):
        # The store knows.
        return StoreHook(self.store_conn_id).count(self._table) * self.times
'''


def generated(tmp_path: Path, files: dict[str, str]) -> tuple[dict[str, tuple[str, str]], dict[str, str]]:
    """What became of each task and why, and the files of the project."""
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    analysis = analyze(tmp_path, Config())
    kinds = {item.task_id: (item.kind, item.reason) for item in analysis.plan.dispositions}
    return kinds, render_project(analysis.plan, analysis.project, "shop")


def test_a_class_and_its_hook_move_without_airflow(tmp_path: Path) -> None:
    kinds, files = generated(
        tmp_path,
        {
            "counts.py": DAG,
            "customers.sql": "select {{ ds }}",
            "acme/__init__.py": "",
            "acme/hooks.py": HOOK,
            "acme/operators.py": OPERATOR,
        },
    )
    assert {kind for kind, _ in kinds.values()} == {"step"}
    code = "".join(text for path, text in files.items() if "/defs/counts/" in path)
    assert (
        '''class CountOperator:
    """Counts."""

    def __init__(self, table, store_conn_id="store_default", *, times=1):
        self._table = table
        self.store_conn_id = store_conn_id
        self.times = times

    def execute(self):
        # The store knows.
        return StoreHook(self.store_conn_id).count(self._table) * self.times
'''
        in code
    )
    assert """CountOperator(table=f"orders_{context.partition_key.replace('-', '')}").execute()""" in code
    assert 'render_file(SQL / "customers.sql", ds=context.partition_key), store_conn_id="store"' in code
    hook = files["src/acme/hooks.py"]
    assert 'class StoreHook:\n    """A store."""\n\n    log = dg.get_dagster_logger()\n' in hook
    assert "airflow" not in hook and "get_ui_field_behaviour" not in hook
    assert "len(get_connection(self.store_conn_id).host + table)" in hook
    assert "STORE_URL=" in files[".env.example"]


def test_an_argument_of_the_class_with_the_name_of_a_common_one_is_carried(tmp_path: Path) -> None:
    dag = DAG.replace(
        'table="orders_{{ ds_nodash }}", retries=2', 'table="orders", end_date="{{ next_ds }}", max_retry_delay=3'
    )
    operator = OPERATOR.replace("self, table,", "self, table, end_date=None,").replace(
        "self._table = table", "self._table = table + end_date"
    )
    (tmp_path / "counts.py").write_text(dag)
    (tmp_path / "acme").mkdir()
    (tmp_path / "acme/__init__.py").write_text("")
    (tmp_path / "acme/hooks.py").write_text(HOOK)
    (tmp_path / "acme/operators.py").write_text(operator.replace('"_table",', '"end_date",'))
    found = [item.message for item in analyze(tmp_path, Config()).diagnostics if item.code == "MIG202"]
    assert found == ["the argument `max_retry_delay` of `orders` is not carried over"]


REFUSED = {
    "what it renders is computed before": (
        "self.path = path\n        self.kind = path[-3:]",
        "Path(self.path).touch()",
        "its `__init__` reads the template `path` before it is rendered",
    ),
    "a template is put together": (
        "self.path = path.replace('-', '/'); self.kind = self.path[-3:]",
        "Path(self.path).touch()",
        "its `__init__` puts the template `path` together",
    ),
    "Airflow's arguments are read": (
        "self.path = path; self.x = sorted(kwargs)",
        "Path(self.path).touch()",
        "its `__init__` reads `**kwargs`",
    ),
    "it asks for its DAG": ("self.path = path", "Path(self.path, self.dag.folder).touch()", "uses `self.dag`"),
    "it hands itself on": ("self.path = path", "Path(self.path, repr(self)).touch()", "hands on the object"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_class_that_needs_airflow_stays(tmp_path: Path, name: str) -> None:
    init, execute, reason = REFUSED[name]
    text = f"""\
import datetime as dt
import os
from pathlib import Path
from airflow import DAG
from airflow.models import BaseOperator, Variable

class TouchOperator(BaseOperator):
    template_fields = ("path",)

    def __init__(self, path, **kwargs):
        super().__init__(**kwargs)
        {init}

    def execute(self, context):
        {execute}
        if Path(self.path).exists():
            context["ti"].xcom_push("a", 1)

with DAG("touch", schedule="@daily", start_date=dt.datetime(2026, 1, 1)):
    TouchOperator(task_id="touch", path="{{{{ ds }}}}")
"""
    kinds, _ = generated(tmp_path, {"touch.py": text})
    kind, why = kinds["touch"]
    assert kind == "airflow"
    assert reason in why


MADE_BY_INIT = {
    "self.path = path.replace('-', '/')": "TouchOperator(path=context.partition_key)",
    "self.path = os.path.join('/data', path)": 'TouchOperator(path=f"/data/{context.partition_key}")',
    "self.path = f'{path}/{table}'\n        self.table = table": (
        'TouchOperator(table="{{ ts }}", path=f"{context.partition_key}/{context.partition_time_window.start.isoformat()}")'
    ),
    "folder = os.path.join('/data', path)\n        self.path = str(Path(folder) / 'x')": (
        'TouchOperator(path=f"/data/{context.partition_key}/x")'
    ),
    "self.path = {**path, 'at': table}": (
        'TouchOperator(path={"a": context.partition_key, "at": context.partition_time_window.start.isoformat()})'
    ),
    "self.path = []\n        self.path += [path]\n        if table:\n            self.path.append(table)": (
        "TouchOperator(path=[context.partition_key, context.partition_time_window.start.isoformat()])"
    ),
    "if path:\n            self.path = path + '.csv'\n        else:\n            self.path = table": (
        'TouchOperator(path=f"{context.partition_key}.csv")'
    ),
    "self.path = dataclasses.asdict(path)": 'TouchOperator(path={"place": context.partition_key})',
}
"""What `__init__` makes of its arguments for a template field, and the object of the plain class."""


@pytest.mark.parametrize("init", MADE_BY_INIT)
def test_what_an_init_computes_is_rendered_afterwards(tmp_path: Path, init: str) -> None:
    given = {"**path": '{"a": "{{ ds }}"}', "asdict": 'Place("{{ ds }}")'}
    path = next((value for sign, value in given.items() if sign in init), '"{{ ds }}"')
    text = f"""\
import dataclasses
import datetime as dt
import os
from pathlib import Path
from airflow import DAG
from airflow.models import BaseOperator

@dataclasses.dataclass
class Place:
    place: str

class TouchOperator(BaseOperator):
    template_fields = ("path",)

    def __init__(self, path, table="{{{{ ts }}}}", **kwargs):
        super().__init__(**kwargs)
        {init}

    def execute(self, context):
        return self.path

with DAG("touch", schedule="@daily", start_date=dt.datetime(2026, 1, 1)):
    TouchOperator(task_id="touch", path={path}{', table="{{ ts }}"' if "table" in init else ""})
"""
    kinds, files = generated(tmp_path, {"touch.py": text})
    assert kinds["touch"][0] == "step", kinds
    code = " ".join("".join(text for name, text in files.items() if "/defs/touch/" in name).split())
    assert MADE_BY_INIT[init].replace("(", "").replace(")", "") in re.sub(r",? ?[()] ?", "", code)


def test_a_class_that_needs_airflows_library_is_wrapped(tmp_path: Path) -> None:
    text = OPERATOR.replace("from acme.hooks", "from airflow.providers.acme.hooks.acme")
    kinds, files = generated(tmp_path, {"counts.py": DAG, "acme/operators.py": text, "customers.sql": "select 1"})
    assert kinds["orders"][0] == "wrapped"
    code = "".join(text for path, text in files.items() if "/defs/counts/" in path)
    assert "from shop.with_airflow.acme.operators import CountOperator" in code
    assert 'CountOperator(task_id="orders", table=f"orders_' in code.replace("\n            ", "")


CHANGED_WORK = {
    "where its output is read from is changed": (
        "BashOperator",
        "self.output_processor = str.upper\n        return super().execute(context)",
        "sets or defines `output_processor`",
    ),
    "positional arguments are changed": (
        "PythonOperator",
        "self.op_args = [*self.op_args, 1]\n        return super().execute(context)",
        "sets or defines `op_args`",
    ),
    "the context is changed": (
        "PythonOperator",
        "context['batch'] = 1\n        return super().execute(context)",
        "calls `super().execute` of Airflow's class",
    ),
    "another context is given": (
        "PythonOperator",
        "return super().execute({**context, 'batch': 1})",
        "calls `super().execute` of Airflow's class",
    ),
    "another part of the work is called": (
        "PythonOperator",
        "return super().execute_callable()",
        "calls `super().execute_callable` of Airflow's class",
    ),
}


CHANGING = {
    "the command": ("BashOperator", "self.bash_command += ' --quiet'", "run_command(operator.bash_command)"),
    "its environment": ("BashOperator", "self.env['DAY'] = context['ds']", "env=operator.env"),
    "arguments": ("PythonOperator", "self.op_kwargs.update(day=1)", "(**operator.op_kwargs)"),
}


@pytest.mark.parametrize("name", CHANGING)
def test_what_a_class_changes_before_the_work_is_taken_of_the_object(tmp_path: Path, name: str) -> None:
    base, change, work = CHANGING[name]
    execute = f"{change}\n        return super().execute(context)"
    kinds, files = generated(tmp_path, {"works.py": WORK.format(base=base, execute=execute)})
    assert kinds["work"][0] != "airflow", kinds["work"]
    assert work in "".join(text for path, text in files.items() if "/defs/" in path)


@pytest.mark.parametrize("name", CHANGED_WORK)
def test_a_class_that_changes_the_work_of_its_operator_stays(tmp_path: Path, name: str) -> None:
    base, execute, reason = CHANGED_WORK[name]
    kinds, _ = generated(tmp_path, {"works.py": WORK.format(base=base, execute=execute)})
    kind, why = kinds["work"]
    assert kind == "airflow"
    assert reason in why


def test_a_class_with_execute_between_its_own_and_the_operators_moves(tmp_path: Path) -> None:
    text = WORK.format(base="BashOperator", execute="return super().execute(context)")
    more = "class MoreOperator(WorkOperator):\n    def execute(self, context):\n        return super().execute(context)\n\nwith"
    text = text.replace("with", more, 1).replace("    WorkOperator(", "    MoreOperator(")
    kinds, files = generated(tmp_path, {"works.py": text})
    assert kinds["work"][0] == "step"
    code = "".join(text for path, text in files.items() if "/defs/works/" in path)
    assert "return super().execute(run_base=run_base)" in code
    assert 'MoreOperator().execute(task_id="work", run_base=lambda: run_command("echo"))' in code


AROUND = """\
import datetime as dt
from airflow import DAG
from airflow.providers.{module} import {base}

class WorkOperator({base}):
    template_fields = (*{base}.template_fields, "team")

    def __init__(self, team, **kwargs):
        super().__init__(**kwargs)
        self.team = team

    def execute(self, context):
        self.before()
        result = super().execute(context)
        print(self.team, {used})
        return result

    def before(self):
        print({used})

with DAG("works", schedule="@daily", start_date=dt.datetime(2026, 1, 1)):
    WorkOperator(task_id="work", team="{{{{ ds }}}}", {given})
"""


@pytest.mark.parametrize(
    ("module", "base", "given", "used", "expected"),
    [
        (
            "common.sql.operators.sql",
            "SQLExecuteQueryOperator",
            'conn_id="shop", sql="SELECT 1"',
            "self.get_db_hook().get_uri()",
            ('run_base=lambda: shop.run("SELECT 1")', 'conn_id="shop"', "database_hook(self.conn_id).get_uri()"),
        ),
        (
            "http.operators.http",
            "HttpOperator",
            'http_conn_id="api", method="GET", endpoint="orders", response_filter=lambda response: response.json()',
            "self.endpoint",
            ("def run_base():\n", 'response = api.request("GET", endpoint="orders")', "run_base=run_base"),
        ),
        (
            "docker.operators.docker",
            "DockerOperator",
            'image="loader:1", command="load {{ ds }}"',
            "self.image",
            ('def run_base():\n        docker.run(context=context, image="loader:1"', 'image="loader:1"'),
        ),
    ],
)
def test_a_class_goes_around_the_work_of_any_operator_with_one_call(
    tmp_path: Path, module: str, base: str, given: str, used: str, expected: tuple[str, ...]
) -> None:
    text = AROUND.format(module=module, base=base, given=given, used=used)
    kinds, files = generated(tmp_path, {"works.py": text})
    assert kinds["work"][0] == "step", kinds
    code = "".join(text for path, text in files.items() if "/defs/works/" in path)
    for part in expected:
        assert part in code, code


def test_a_class_around_several_statements_asks_for_what_each_gives(tmp_path: Path) -> None:
    given = 'conn_id="shop", sql=["DELETE FROM a", "INSERT INTO a SELECT 1"]'
    operator = {"module": "common.sql.operators.sql", "base": "SQLExecuteQueryOperator", "used": "1"}
    _, files = generated(tmp_path, {"works.py": AROUND.format(given=given, **operator)})
    assert 'run_base=lambda: shop.run_each("DELETE' in "".join(text for path, text in files.items() if "/defs/" in path)
    assert "def run_each(" in "".join(text for path, text in files.items() if path.endswith("/resources.py"))


def test_what_a_class_changes_of_its_operator_in_place_is_taken_of_the_object(tmp_path: Path) -> None:
    text = AROUND.format(
        module="common.sql.operators.sql",
        base="SQLExecuteQueryOperator",
        given='conn_id="shop", sql="SELECT 1", parameters={"day": 1}',
        used="self.parameters.update(day=2)",
    )
    kinds, files = generated(tmp_path, {"works.py": text})
    assert kinds["work"][0] == "step"
    assert "parameters=operator.parameters" in "".join(text for path, text in files.items() if "/defs/" in path)


def test_a_class_whose_function_pushes_stays(tmp_path: Path) -> None:
    text = WORK.format(base="PythonOperator", execute="return super().execute(context)")
    text = text.replace("    return day\n", "    ti.xcom_push(key='day', value=str(day))\n").replace(
        "work(day", "work(ti, day"
    )
    kinds, _ = generated(tmp_path, {"works.py": text})
    assert kinds["work"][0] == "airflow"


WORK = """\
import datetime as dt
from airflow import DAG
from airflow.operators.bash import BashOperator
from airflow.operators.python import PythonOperator

def work(day=None, **context):
    return day

class WorkOperator({base}):
    def execute(self, context):
        print(self.task_id)
        {execute}

with DAG("works", schedule="@daily", start_date=dt.datetime(2026, 1, 1)):
    WorkOperator(task_id="work", bash_command="echo", python_callable=work)
"""


KEYWORDS = """\
import datetime as dt
from airflow import DAG
from airflow.models import BaseOperator

class BaseOf(BaseOperator):
    def __init__(self, folder="in", **kwargs):
        super().__init__(**kwargs)
        self.folder = folder

class TouchOperator(BaseOf):
    def __init__(self, path, **kwargs):
        kwargs.setdefault("folder", "other")
        if "retries" not in kwargs:
            kwargs["retries"] = 3
        super().__init__(**kwargs)
        self.path = path

    def execute(self, context):
        open(self.folder + self.path, "w").close()

class NoteOperator(BaseOperator):
    def __init__(self, *, text, **kwargs):
        self.loud = kwargs.pop("loud", False)
        self.team = kwargs.pop("team")
        kwargs["owner"] = self.team
        super().__init__(**kwargs)
        self.text = text

    def execute(self, context):
        print(self.text, self.loud, self.team)

with DAG("touch", schedule=None, start_date=dt.datetime(2026, 1, 1)):
    TouchOperator(task_id="touch", path="a") >> NoteOperator(task_id="note", text="b", team="core")
"""


def test_arguments_that_are_set_for_airflow_go_and_those_that_are_taken_become_parameters(tmp_path: Path) -> None:
    kinds, files = generated(tmp_path, {"touch.py": KEYWORDS})
    assert {kind for kind, _ in kinds.values()} <= {"step", "asset"}
    code = "".join(text for path, text in files.items() if "/defs/touch/" in path)
    assert 'kwargs.setdefault("folder", "other")\n        super().__init__(**kwargs)' in code
    assert "retries" not in code.replace("max_retries=3", "")
    assert "max_retries=3" in code
    assert "def __init__(self, *, text, loud=False, team):" in code
    assert "self.loud = loud\n        self.team = team\n        self.text = text" in code
    assert 'NoteOperator(text="b", team="core").execute()' in code


def test_operators_push_and_pull_as_in_airflow_2(tmp_path: Path) -> None:
    text = """\
import datetime as dt
from airflow import DAG
from airflow.models import BaseOperator

class Push(BaseOperator):
    def execute(self, context):
        self.xcom_push(context, "size", 3)
        self.xcom_push(context=context, key="name", value="a")

class Pull(BaseOperator):
    def execute(self, context):
        return self.xcom_pull(context, "push", key="size") + len(self.xcom_pull(context, task_ids="push", key="name"))

with DAG("handed", schedule="@daily", start_date=dt.datetime(2026, 1, 1)):
    Push(task_id="push") >> Pull(task_id="pull")
"""
    kinds, files = generated(tmp_path, {"handed.py": text})
    assert not {kind for kind, _ in kinds.values()} & {"airflow", "wrapped"}
    assert "return size + len(name)" in "".join(files.values())


def test_what_the_file_says_of_a_task_is_given_to_its_class(tmp_path: Path) -> None:
    text = """\
import datetime as dt
from airflow import DAG
from airflow.models import BaseOperator


class Audit(BaseOperator):
    def execute(self, context):
        return [self.priority_weight, self.pool_slots, self.retry_delay.seconds, self.execution_timeout, self.told()]

    def told(self):
        return sorted(self.upstream_task_ids), self.depends_on_past


with DAG("audits", schedule="@daily", start_date=dt.datetime(2026, 1, 1)) as dag:
    first = Audit(task_id="first", dag=dag)
    last = Audit(task_id="last", priority_weight=3, retry_delay=dt.timedelta(seconds=9), depends_on_past=True, dag=dag)
    first >> last
"""
    kinds, files = generated(tmp_path, {"audits.py": text})
    assert not {kind for kind, _ in kinds.values()} & {"airflow", "wrapped"}
    code = "".join(text for path, text in files.items() if "/defs/audits/" in path)
    given = [
        "priority_weight",
        "pool_slots",
        "retry_delay",
        "execution_timeout",
        "upstream_task_ids",
        "depends_on_past",
    ]
    assert f"def execute(self, {', '.join(given)}):" in code
    last = ["3", "1", "dt.timedelta(seconds=9)", "None", '{"first"}', "True"]
    assert "".join(f"{name}={value}, " for name, value in zip(given, last, strict=True)) in " ".join(code.split())


STEPS = """\
import datetime as dt
from airflow import DAG
from airflow.models import BaseOperator


class Export(BaseOperator):
    def execute(self, context):
        return self.rows(context)

    def rows(self, context):
        raise NotImplementedError


class Users(Export):
    def rows(self, context):
        return [context["ds"]]


class Events(Export):
    def rows(self, context):
        {events}


with DAG("exports", schedule="@daily", start_date=dt.datetime(2026, 1, 1)):
    Users(task_id="users") >> Events(task_id="events")
"""


def test_all_that_override_a_method_take_the_same(tmp_path: Path) -> None:
    kinds, files = generated(
        tmp_path, {"exports.py": STEPS.format(events='day = context["ds"]\n        return [day, context["run_id"]]')}
    )
    assert {kind for kind, _ in kinds.values()} == {"step"}
    code = "".join(text for path, text in files.items() if "/defs/exports/" in path)
    assert code.count("def rows(self, day, run_id):") == 3
    assert "return self.rows(day=day, run_id=run_id)" in code


def test_a_step_that_takes_what_only_its_own_task_can_be_given_keeps_the_classes_in_airflow(tmp_path: Path) -> None:
    pulling = 'return context["ti"].xcom_pull(task_ids="users")'
    kinds, _ = generated(tmp_path, {"exports.py": STEPS.format(events=pulling)})
    assert {kind for kind, _ in kinds.values()} == {"airflow"}
    assert "it hands Airflow's context on to `self.rows`" in kinds["users"][1]


@pytest.mark.parametrize("method", ["pre_execute(self, context)", "post_execute(self, context, result=None)"])
def test_what_a_class_does_before_or_after_the_work_of_its_operator_is_called(tmp_path: Path, method: str) -> None:
    text = f"""\
import datetime as dt
from airflow import DAG
from airflow.operators.bash import BashOperator

class NotedBash(BashOperator):
    def {method}:
        print(context["ds"])

with DAG("noted", schedule="@daily", start_date=dt.datetime(2026, 1, 1)):
    NotedBash(task_id="noted", bash_command="echo 1")
"""
    kinds, files = generated(tmp_path, {"noted.py": text})
    assert kinds["noted"][0] == "step"
    code = "".join(text for path, text in files.items() if "/defs/noted/" in path)
    called = f"self.{method.partition('(')[0]}("
    assert [line.strip().partition("(")[0] for line in code.splitlines() if called in line or "run_base()" in line] in (
        ["self.pre_execute", "return run_base"],
        ["result = run_base", "self.post_execute"],
    )


RENDERING = """\
import datetime as dt
from airflow import DAG
from airflow.models import BaseOperator

class Load(BaseOperator):
    template_fields = ("path",)

    def __init__(self, path, **kwargs):
        super().__init__(**kwargs)
        self.path = path

    def render_template_fields(self, context, jinja_env=None):
        BODY

    def execute(self, context):
        print(self.path)

with DAG("load", schedule="@daily", start_date=dt.datetime(2026, 1, 1)):
    Load(task_id="load", path="{{ ds }}")
"""


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("super().render_template_fields(context, jinja_env)\n        self.path += context['ds']", "step"),
        ("self.path = self.path.upper()\n        super().render_template_fields(context, jinja_env)", "airflow"),
        (
            "super().render_template_fields(context, jinja_env)\n        self.path = self.render_template(self.path, context, jinja_env)",
            "airflow",
        ),
        (
            "super().render_template_fields(context, jinja_env)\n        self.path += '/'\n\n    def pre_execute(self, context):\n        print(1)",
            "airflow",
        ),
    ],
)
def test_what_a_class_does_once_its_templates_are_rendered_is_done_before_its_work(
    tmp_path: Path, body: str, kind: str
) -> None:
    kinds, files = generated(tmp_path, {"load.py": RENDERING.replace("BODY", body)})
    assert kinds["load"][0] == kind
    code = "".join(text for path, text in files.items() if "/defs/load/" in path)
    assert ("def render_template_fields(self, ds):" in code) == (kind == "step")


@pytest.mark.parametrize("method", ["pre_execute", "post_execute"])
def test_a_class_stays_whose_mixin_has_another_base_after_it_in_other_classes(tmp_path: Path, method: str) -> None:
    text = f"""\
import datetime as dt
from airflow import DAG
from airflow.operators.bash import BashOperator

class Timed:
    def {method}(self, context, *more):
        super().{method}(context, *more)

class Noted:
    def {method}(self, context, *more):
        print(context["ds"])

class Loud:
    def {method}(self, context, *more):
        print("loud")

class NotedBash(Timed, Noted, BashOperator):
    pass

class LoudBash(Timed, Loud, BashOperator):
    pass

with DAG("noted", schedule="@daily", start_date=dt.datetime(2026, 1, 1)):
    NotedBash(task_id="noted", bash_command="echo 1")
"""
    kinds, _ = generated(tmp_path, {"noted.py": text})
    assert kinds["noted"][0] == "airflow"
    assert f"several of its bases define `{method}`" in kinds["noted"][1]


def test_a_class_that_is_called_when_its_work_is_done_is_not_wrapped(tmp_path: Path) -> None:
    text = OPERATOR.replace("from acme.hooks", "from airflow.providers.acme.hooks.acme")
    text += "\n    def post_execute(self, context, result=None):\n        print(result)\n"
    kinds, _ = generated(tmp_path, {"counts.py": DAG, "acme/operators.py": text, "customers.sql": "select 1"})
    assert kinds["orders"][0] == "airflow"
    assert "StoreHook` of Airflow" in kinds["orders"][1]


INNER = """\
import datetime as dt
from airflow import DAG
from airflow.operators.bash import BashOperator
from airflow.operators.python import PythonOperator
from airflow.providers.mysql.operators.mysql import MySqlOperator
from airflow.providers.postgres.operators.postgres import PostgresOperator

def double(number):
    return number * 2

def of_day(number, ds):
    return number, ds

def work(**context):
    {work}

with DAG("works", schedule="@daily", start_date=dt.datetime(2026, 1, 1)):
    PythonOperator(task_id="work", python_callable=work)
"""
INNER_WORK = {
    'BashOperator(task_id="x", bash_command="date", retries=2).execute(context)': 'run_command("date")',
    'BashOperator(bash_command="date", task_id="x", env={"A": "1"}, append_env=True).execute(context)': (
        'run_command("date", env={**os.environ, "A": "1"})'
    ),
    'BashOperator(task_id="x", bash_command=("date" " -u"), retries=(2)).execute(context)': 'run_command(("date -u"))',
    'op = BashOperator(task_id="x", bash_command="date")\n    print(op.execute(context))': (
        'op = partial(run_command, "date")\n    print(op())'
    ),
    'PythonOperator(task_id="x", python_callable=double, op_args=(2,)).execute(context)': "double(*(2,))",
    'PythonOperator(task_id="x", python_callable=double, op_kwargs={"number": 2}).execute(context)': (
        'double(**{"number": 2})'
    ),
    'PostgresOperator(task_id="x", sql="SELECT 1", parameters=[1], postgres_conn_id="dwh").execute(context)': (
        'dwh.run("SELECT 1", parameters=[1])'
    ),
    'op = MySqlOperator(task_id="x", sql="SELECT 1", autocommit=True)\n    print(op.execute(context))': (
        'op = mysql_default.run("SELECT 1")\n    print(op)'
    ),
    'op = MySqlOperator(task_id="x", sql="SELECT 1", autocommit=True)\n    print(double(2), op.execute(context))': (
        'op = partial(mysql_default.run, "SELECT 1")\n    print(double(2), op())'
    ),
    'op = MySqlOperator(task_id="x", sql="SELECT 1", autocommit=True)\n    print(context["ds"] and op.execute(context))': (
        'op = partial(mysql_default.run, "SELECT 1")\n'
    ),
}


@pytest.mark.parametrize("work", INNER_WORK)
def test_an_operator_that_code_executes_itself_becomes_what_it_does(tmp_path: Path, work: str) -> None:
    kinds, files = generated(tmp_path, {"works.py": INNER.format(work=work)})
    assert kinds["work"][0] == "step", kinds["work"]
    assert INNER_WORK[work] in "".join(text for path, text in files.items() if "/defs/" in path)


@pytest.mark.parametrize(
    "work",
    [
        'BashOperator(task_id="x", bash_command="exit 99").execute(context)',
        'BashOperator(task_id="x", bash_command="date", output_processor=str.upper).execute(context)',
        'PythonOperator(task_id="x", python_callable=of_day, op_args=[1]).execute(context)',
    ],
)
def test_an_inner_operator_that_does_more_needs_airflow(tmp_path: Path, work: str) -> None:
    kinds, _ = generated(tmp_path, {"works.py": INNER.format(work=work)})
    assert kinds["work"][0] in ("airflow", "wrapped")


def test_a_class_may_do_something_around_the_call_of_its_function(tmp_path: Path) -> None:
    text = WORK.format(base="PythonOperator", execute="return super().execute_callable()")
    text = text.replace("def execute(self, context)", "def execute_callable(self)")
    kinds, files = generated(tmp_path, {"works.py": text})
    assert kinds["work"][0] == "step", kinds["work"]
    code = "".join(text for path, text in files.items() if "/defs/" in path)
    assert "def execute_callable(self, task_id, run_base):" in code


def test_a_class_that_changes_its_work_in_two_ways_stays(tmp_path: Path) -> None:
    text = WORK.format(base="PythonOperator", execute="return super().execute(context)")
    text = text.replace("    def execute(", "    def execute_callable(self):\n        return 1\n\n    def execute(")
    kinds, _ = generated(tmp_path, {"works.py": text})
    assert "overrides `execute_callable`, too" in kinds["work"][1]


def test_arguments_of_a_function_are_not_asked_for_before_airflow_completed_them(tmp_path: Path) -> None:
    text = OWN_CALL.format(base="PythonOperator", method=CALLING_ITSELF["PythonOperator"][0], more="")
    text = text.replace(
        "    def execute_callable",
        "    def pre_execute(self, context):\n        print(self.op_kwargs)\n\n    def execute_callable",
    )
    kinds, _ = generated(tmp_path, {"works.py": text})
    assert "may ask for `op_kwargs` before Airflow adds" in kinds["work"][1]


def test_hooks_of_clouds_that_are_derived_from_or_kept_are_classes_of_the_project(tmp_path: Path) -> None:
    text = """\
import datetime as dt
from functools import cached_property
from airflow.providers.amazon.aws.hooks.s3 import S3Hook
from airflow.providers.google.cloud.hooks.gcs import GCSHook
from airflow.providers.sftp.hooks.sftp import SFTPHook
from airflow.sdk import DAG, BaseOperator, task
from acme.pages import PagesHook

class LakeHook(S3Hook):
    def __init__(self, bucket, **kwargs):
        super().__init__(**kwargs)
        self.bucket = bucket

    def put(self, key, text):
        self.load_string(text, key=key, bucket_name=self.bucket, replace=True)

class PutOperator(BaseOperator):
    def __init__(self, key, **kwargs):
        super().__init__(**kwargs)
        self.key = key

    @cached_property
    def hook(self):
        return LakeHook("lake", aws_conn_id="lake")

    def execute(self, context):
        self.hook.put(self.key, "x")

class FetchOperator(BaseOperator):
    def __init__(self, http_conn_id, **kwargs):
        super().__init__(**kwargs)
        self.http_conn_id = http_conn_id

    def execute(self, context):
        return PagesHook(http_conn_id=self.http_conn_id).pages()

with DAG("puts", schedule="@daily", start_date=dt.datetime(2026, 1, 1)):
    PutOperator(task_id="put", key="a")
    FetchOperator(task_id="fetch", http_conn_id="rates_api")

    @task
    def metadata():
        return GCSHook(gcp_conn_id="google").get_metadata("bucket", "name")

    @task
    def tags():
        return S3Hook("lake").get_bucket_tagging("bucket")

    @task
    def names():
        return SFTPHook("drop").list_directory("/out")

    metadata()
    tags()
    names()
"""
    pages = """\
from airflow.providers.http.hooks.http import HttpHook

class PagesHook(HttpHook):
    def pages(self):
        return self.run("pages").json()
"""
    kinds, files = generated(tmp_path, {"puts.py": text, "acme/__init__.py": "", "acme/pages.py": pages})
    assert [kinds[name][0] for name in ("put", "metadata", "tags", "names")] == ["asset", "step", "wrapped", "step"]
    assert (
        any("return SFTPHook(" in text for path, text in files.items() if "/puts/" in path)
        and "DROP_URL=" in files[".env.example"]
    )
    assert "paramiko" in files["pyproject.toml"] and "sshtunnel" not in files["pyproject.toml"]
    code = files["src/shop/defs/puts/assets.py"]
    assert "from shop.hooks import GCSHook, S3Hook" in code
    assert "LakeHook(S3Hook)" in code
    assert "boto3" in files["pyproject.toml"] and "google-cloud-storage" in files["pyproject.toml"]
    assert "LAKE_URL=" in files[".env.example"] and "RATES_API_URL=" in files[".env.example"]


DECORATOR = """
from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk.bases.decorator import DecoratedOperator, task_decorator_factory


class _LoggedOperator(DecoratedOperator, PythonOperator):
    custom_operator_name = "@logged"
    template_fields = ("op_args", "op_kwargs", "label")

    def __init__(self, *, python_callable, op_args, op_kwargs, label, level="info", **kwargs):
        super().__init__(
            kwargs_to_upstream={"python_callable": python_callable, "op_args": op_args, "op_kwargs": op_kwargs},
            python_callable=python_callable,
            op_args=op_args,
            op_kwargs=op_kwargs,
            **kwargs,
        )
        self.label = label
        self.level = level

    def execute(self, context):
        value = super().execute(context)
        print(self.level, self.label, value)
        return value


class _GivenOperator(_LoggedOperator):
    def determine_kwargs(self, context):
        return super().determine_kwargs({**context, "more": 1})


def logged(python_callable=None, **kwargs):
    return task_decorator_factory(python_callable=python_callable, decorated_operator_class=_LoggedOperator, **kwargs)


def given(python_callable=None, **kwargs):
    return task_decorator_factory(python_callable=python_callable, decorated_operator_class=_GivenOperator, **kwargs)
"""
DECORATED = """
import datetime as dt
from airflow.sdk import DAG
from decorators import given, logged

with DAG("d", schedule="@daily", start_date=dt.datetime(2026, 1, 1), default_args={"level": "debug"}):

    @logged(label="of {{ ds }}")
    def count(ds=None):
        return ds

    @given(label="x")
    def more(more=None):
        return more

    count() >> more()
"""


def test_a_decorator_of_the_teams_own_does_what_the_class_of_its_tasks_does(tmp_path: Path) -> None:
    (tmp_path / "decorators.py").write_text(DECORATOR)
    (tmp_path / "d.py").write_text(DECORATED)
    analysis = analyze(tmp_path, Config())
    files = render_project(analysis.plan, analysis.project, "shop")
    kinds = {one.task_id: (one.kind, one.reason) for one in analysis.plan.dispositions}
    assert kinds["count"][0] == "step"
    assert "its class overrides `determine_kwargs`, and `execute`, too" in kinds["more"][1]
    code = files["src/shop/defs/d/assets.py"]
    assert "class _LoggedOperator:\n    def __init__(self, *, label" in code
    assert '_LoggedOperator(label=f"of {context.partition_key}", level="debug").execute(' in code
    assert "run_base=lambda: count(ds=context.partition_key)" in code


OWN_DATABASE = """
import datetime as dt
import sqlite3
from airflow.providers.common.sql.hooks.sql import DbApiHook
from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import DAG, BaseHook

class ShopHook(DbApiHook):
    conn_name_attr = "shop_conn_id"

    def get_conn(self):
        return sqlite3.connect(self.get_connection(self.shop_conn_id).host)

def orders():
    return ShopHook(shop_conn_id="shop").get_records("SELECT 1")

def known():
    hook = BaseHook.get_connection("warehouse").get_hook()
    assert isinstance(hook, DbApiHook)
    return hook.get_first("SELECT 2")

with DAG("hooks", schedule="@daily", start_date=dt.datetime(2026, 1, 1)):
    PythonOperator(task_id="orders", python_callable=orders)
    PythonOperator(task_id="known", python_callable=known)
"""


def test_the_base_of_hooks_for_databases_is_the_projects(tmp_path: Path) -> None:
    kinds, files = generated(tmp_path, {"hooks.py": OWN_DATABASE})
    assert [kind for kind, _ in kinds.values()] == ["step", "step"]
    code = files["src/shop/defs/hooks/ops.py"]
    assert "class ShopHook(DatabaseHook):" in code
    assert "assert isinstance(hook, DatabaseHook)" in code


LEDGER = """
from airflow.hooks.base import BaseHook

class LedgerHook(BaseHook):
    def __init__(self, ledger_conn_id="warehouse"):
        super().__init__()
        self.ledger_conn_id = ledger_conn_id

    def rows(self, sql):
        with self.get_connection(self.ledger_conn_id).get_hook().get_conn() as conn:
            return conn.execute(sql).fetchall()
"""
OF_LEDGER = """
import datetime as dt
from airflow import DAG
from airflow.operators.python import PythonOperator
from ledger import LedgerHook

def rows():
    return LedgerHook().rows("SELECT 1")

with DAG("ledgers", schedule="@daily", start_date=dt.datetime(2026, 1, 1)):
    PythonOperator(task_id="rows", python_callable=rows)
"""


def test_a_hook_of_a_helper_module_that_asks_its_connection_for_a_hook_of_a_database_is_carried(tmp_path: Path) -> None:
    kinds, files = generated(tmp_path, {"ledgers.py": OF_LEDGER, "ledger.py": LEDGER})
    assert [kind for kind, _ in kinds.values()] == ["step"], kinds
    code = next(text for path, text in files.items() if path.endswith("/ledger.py"))
    assert "class LedgerHook:\n" in code
    assert "with database_hook(self.ledger_conn_id).get_conn() as conn:" in code


HANDING_ON = (
    "airflow.providers.standard.decorators.python._PythonDecoratedOperator",
    "airflow.decorators.python._PythonDecoratedOperator",
    "airflow.providers.standard.decorators.short_circuit._ShortCircuitDecoratedOperator",
    "airflow.providers.standard.decorators.sensor.DecoratedSensorOperator",
)
OF_DECORATORS = """\
import datetime as dt
from {module} import {base}
from airflow.sdk import DAG
from airflow.sdk.bases.decorator import task_decorator_factory

class NotedOperator({base}):
    def __init__(self, *, reason="routine", **kwargs):
        super().__init__(**kwargs)
        self.reason = reason

def noted(python_callable=None, **kwargs):
    return task_decorator_factory(python_callable=python_callable, decorated_operator_class=NotedOperator, **kwargs)

with DAG("works", schedule="@daily", start_date=dt.datetime(2026, 1, 1)):
    @noted(reason="count")
    def work(ds=None):
        return bool(ds)

    work()
"""


@pytest.mark.parametrize("base", HANDING_ON)
def test_a_class_may_derive_from_that_of_a_decorator(tmp_path: Path, base: str) -> None:
    module, _, name = base.rpartition(".")
    kinds, _ = generated(tmp_path, {"works.py": OF_DECORATORS.format(module=module, base=name)})
    assert kinds["work"][0] != "airflow", kinds["work"]


CALLING_ITSELF = {
    "PythonOperator": (
        "def execute_callable(self):\n        return self.python_callable(len(self.task_id), *self.op_args, **self.op_kwargs)",
        '.execute_callable(python_callable=work, task_id="work", op_args=[2], op_kwargs={"ds": context.partition_key})',
    ),
    "DecoratedOperator": (
        "def execute(self, context):\n        return self.python_callable(1, *self.op_args, **self.op_kwargs)",
        ".execute(python_callable=work, op_args=[2], op_kwargs={})",
    ),
    "PythonSensor": (
        "def poke(self, context):\n        return self.python_callable(1, *self.op_args, **self.op_kwargs)",
        ".poke(python_callable=work, op_args=[2], op_kwargs={})",
    ),
}
OWN_CALL = """\
import datetime as dt
from airflow.providers.standard.operators.python import PythonOperator
from airflow.providers.standard.sensors.python import PythonSensor
from airflow.sdk import DAG
from airflow.sdk.bases.decorator import DecoratedOperator

def work(length, number, ds=None, {more}):
    return ds, length * number

class WorkOperator({base}):
    {method}

with DAG("works", schedule="@daily", start_date=dt.datetime(2026, 1, 1)):
    WorkOperator(task_id="work", python_callable=work, op_args=[2], op_kwargs={{}})
"""


@pytest.mark.parametrize("base", CALLING_ITSELF)
def test_a_class_may_call_its_function_itself(tmp_path: Path, base: str) -> None:
    method, expected = CALLING_ITSELF[base]
    kinds, files = generated(tmp_path, {"works.py": OWN_CALL.format(base=base, method=method, more="day=1")})
    assert kinds["work"][0] in ("sensor", "step"), kinds["work"]
    code = "".join(text for path, text in files.items() if "/defs/" in path)
    assert expected in " ".join(code.split()).replace("( ", "(").replace(", )", ")").replace(" )", ")")


def test_a_class_that_asks_its_sensor_to_look_stays(tmp_path: Path) -> None:
    method = "def poke(self, context):\n        return not super().poke(context)"
    kinds, _ = generated(tmp_path, {"works.py": OWN_CALL.format(base="PythonSensor", method=method, more="day=1")})
    assert "calls `super().poke` of Airflow's class" in kinds["work"][1]


def test_a_function_that_a_class_gives_all_of_the_context_stays(tmp_path: Path) -> None:
    method, _ = CALLING_ITSELF["PythonOperator"]
    text = OWN_CALL.format(base="PythonOperator", method=method, more="**context")
    kinds, _ = generated(tmp_path, {"works.py": text})
    assert "takes all of Airflow's context" in kinds["work"][1]


COMPUTING = """
from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator
from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk.bases.decorator import DecoratedOperator, task_decorator_factory
from airflow.sdk.definitions._internal.types import SET_DURING_EXECUTION
from airflow.utils.context import context_merge
from airflow.utils.operator_helpers import determine_kwargs


class _QueryOperator(DecoratedOperator, SQLExecuteQueryOperator):
    template_fields = (*DecoratedOperator.template_fields, *SQLExecuteQueryOperator.template_fields)

    def __init__(self, *, python_callable, op_args=None, op_kwargs=None, **kwargs):
        kwargs.pop("multiple_outputs", None)
        kwargs.setdefault("conn_id", "warehouse")
        super().__init__(
            python_callable=python_callable, op_args=op_args, op_kwargs=op_kwargs, sql=SET_DURING_EXECUTION, **kwargs
        )

    def execute(self, context):
        kwargs = self.op_kwargs or {}
        self.sql = self.python_callable(*self.op_args, **kwargs)
        self.log.info("runs %s", self.sql)
        self.render_template_fields(context)
        return super().execute(context)


class _CommandOperator(DecoratedOperator, BashOperator):
    def __init__(self, *, python_callable, op_args, op_kwargs, **kwargs):
        super().__init__(
            python_callable=python_callable,
            op_args=op_args,
            op_kwargs=op_kwargs,
            bash_command=SET_DURING_EXECUTION,
            multiple_outputs=False,
            **kwargs,
        )

    def execute(self, context):
        context_merge(context, self.op_kwargs)
        kwargs = determine_kwargs(self.python_callable, self.op_args, context)
        self.bash_command = self.python_callable(*self.op_args, **kwargs)
        if not isinstance(self.bash_command, str) or self.bash_command.strip() == "":
            raise TypeError("no command")
        return super().execute(context)


def query(python_callable=None, **kwargs):
    return task_decorator_factory(python_callable, decorated_operator_class=_QueryOperator, **kwargs)


def command(python_callable=None, **kwargs):
    return task_decorator_factory(python_callable, decorated_operator_class=_CommandOperator, **kwargs)
"""
COMPUTED = """
import datetime as dt
from airflow.sdk import DAG
from decorators import command, query

with DAG("d", schedule="@daily", start_date=dt.datetime(2026, 1, 1)):

    @query
    def fill(name, n=1):
        return f"INSERT INTO mart VALUES ('{{{{ ds }}}}', '{name}', {n})"

    @query(conn_id="lake")
    def dated(ds=None):
        return f"DELETE FROM mart WHERE day = '{ds}'"

    @command(cwd="/data")
    def pack(folder, ds=None):
        return f"tar -cf {folder}.tar {ds} # {{{{ ds }}}}"

    fill("alpha") >> pack("orders") >> dated()
"""


def test_a_class_whose_function_computes_an_argument_is_needed_no_more(tmp_path: Path) -> None:
    (tmp_path / "decorators.py").write_text(COMPUTING)
    (tmp_path / "d.py").write_text(COMPUTED)
    analysis = analyze(tmp_path, Config())
    kinds = {one.task_id: (one.kind, one.reason) for one in analysis.plan.dispositions}
    assert [kinds[name][0] for name in ("fill", "pack", "dated")] == ["asset", "asset", "airflow"]
    assert "without what that takes of Airflow's context (`ds`)" in kinds["dated"][1]
    code = render_project(analysis.plan, analysis.project, "shop")["src/shop/defs/d/assets.py"]
    assert "Operator" not in code
    assert 'warehouse.run(render_text(fill(name="alpha"), ds=context.partition_key))' in code
    assert 'key=["warehouse", "mart"]' in code
    assert '["bash", "-c", pack(folder="orders", ds=context.partition_key)]' in code
    assert [one.airflow for one in analysis.plan.deltas if one.task_id == "fill"] == [
        "its class writes to the log what its function returns"
    ]


def test_a_task_without_work_that_runs_where_all_before_it_were_skipped_is_an_op(tmp_path: Path) -> None:
    kinds, files = generated(
        tmp_path,
        {
            "shop.py": """\
import datetime as dt
from airflow.sdk import DAG, task
from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.providers.standard.operators.bash import BashOperator

@task.run_if(lambda context: context["logical_date"].day == 1)
@task
def load():
    print("loads")

with DAG("shop", schedule="@daily", start_date=dt.datetime(2026, 1, 1)):
    nothing = EmptyOperator(task_id="nothing", trigger_rule="all_skipped")
    load() >> nothing >> BashOperator(task_id="tell", bash_command="echo nothing")
"""
        },
    )
    assert [kinds[name][0] for name in ("load", "nothing", "tell")] == ["step"] * 3, kinds
    text = "".join(text for path, text in files.items() if "/defs/shop/" in path)
    assert "def nothing(" in text
