"""What becomes of modules of the folder that read Variables and raise Airflow's exceptions."""

from __future__ import annotations

from pathlib import Path

import pytest

from migrator.codegen import render_project
from migrator.codegen.carried.local_modules import with_imports
from migrator.config import Config
from migrator.pipeline import analyze
from tests.planning.test_own_classes import generated

DAG = """\
import datetime as dt
from airflow.decorators import dag, task
from common.settings import HOST, check

@dag(schedule="@daily", start_date=dt.datetime(2026, 1, 1))
def shop():
    @task
    def load(ds=None):
        return check([ds, HOST])
    load()
shop()
"""
SETTINGS = '''\
"""Settings of the team."""
from airflow.exceptions import AirflowException
from airflow.models import DAG, Variable

HOST = Variable.get("host")  # of the API
LIMIT = Variable.get("limit", default_var=3)
BUCKET = Variable.get("bucket", default_var=f"{HOST}-raw")
STAGES = Variable.get("stages", deserialize_json=True)


def check(rows, dag: DAG = None):
    """Checks."""
    token = Variable.get("api_token")
    if len(rows) > int(LIMIT):
        raise AirflowException(f"too many {token}")
    return rows
'''
MOVED = '''\
"""Settings of the team."""

import json
import os

HOST = os.getenv("HOST", "")  # of the API
LIMIT = os.environ.get("LIMIT", 3)
BUCKET = os.environ.get("BUCKET", f"{HOST}-raw")
STAGES = (json.loads(os.environ["STAGES"]) if "STAGES" in os.environ else {})


def check(rows, dag = None):
    """Checks."""
    token = os.environ["API_TOKEN"]
    if len(rows) > int(LIMIT):
        raise RuntimeError(f"too many {token}")
    return rows
'''


def test_variables_and_exceptions_in_a_helper_module(tmp_path: Path) -> None:
    (tmp_path / "common").mkdir()
    (tmp_path / "common" / "settings.py").write_text(SETTINGS)
    (tmp_path / "shop.py").write_text(DAG)
    analysis = analyze(tmp_path, Config())
    assert [item.kind for item in analysis.plan.dispositions] == ["step"]
    files = render_project(analysis.plan, analysis.project, "shop")
    assert files["src/common/settings.py"].replace("\n\n\n", "\n\n") == MOVED.replace("\n\n\n", "\n\n")
    assert {line for line in files[".env.example"].splitlines() if "=" in line} >= {
        "API_TOKEN=",
        "HOST=",
        "# LIMIT=3",
        "STAGES=",
    }


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("X = 1\n", "import os\n\nX = 1\n"),
        ("import json\n\nX = 1\n", "import os\nimport json\n\nX = 1\n"),
        ("import json, os\n", "import json, os\n"),
        ('"""Doc."""\nX = 1\n', '"""Doc."""\n\nimport os\n\nX = 1\n'),
        ("from __future__ import annotations\n\nX = 1\n", "from __future__ import annotations\n\nimport os\n\nX = 1\n"),
        ("# Says 1.\r\nX = 1\r\n", "import os\r\n\r\n# Says 1.\r\nX = 1\r\n"),
        ("# Licence.\n\nimport json\n", "# Licence.\n\nimport os\nimport json\n"),
    ],
)
def test_imports_that_a_module_lacks(text: str, wanted: str) -> None:
    assert with_imports(text, ["import os"]) == wanted


def test_modules_of_further_roots_come_along(tmp_path: Path) -> None:
    dags, shared = tmp_path / "repo" / "dags", tmp_path / "repo" / "shared"
    dags.mkdir(parents=True)
    shared.mkdir()
    (shared / "__init__.py").write_text("")
    (shared / "text.py").write_text('PREFIX = "> "\n')
    (dags / "shop.py").write_text(
        "import datetime as dt\n"
        "from airflow import DAG\n"
        "from airflow.operators.python import PythonOperator\n"
        "from shared.text import PREFIX\n"
        "def show():\n"
        '    print(PREFIX + "shown")\n'
        'with DAG("shop", start_date=dt.datetime(2026, 1, 1)):\n'
        '    PythonOperator(task_id="show", python_callable=show)\n'
    )
    analysis = analyze(dags, Config(roots=(tmp_path / "repo",)))
    files = render_project(analysis.plan, analysis.project, "acme")
    assert files["src/shared/text.py"] == 'PREFIX = "> "\n'
    assert '"shared"' not in files["pyproject.toml"]


@pytest.mark.parametrize(
    ("path", "statement"),
    [
        ("common/check.py", "from common.check import LIMIT, check"),
        ("common/check.py", "from acme.common.check import LIMIT, check"),
        ("check.py", "from check import LIMIT, check"),
    ],
)
def test_a_function_called_as_its_module(tmp_path: Path, path: str, statement: str) -> None:
    folder = tmp_path / ("acme" if "acme" in statement else "dags")
    (folder / path).parent.mkdir(parents=True, exist_ok=True)
    (folder / path).write_text("LIMIT = 3\n\n\ndef check(rows):\n    return rows\n")
    text = DAG.replace("from common.settings import HOST, check", statement).replace("[ds, HOST]", "[ds, LIMIT]")
    (folder / "dag.py").write_text(text)
    found = analyze(folder, Config())
    files = render_project(found.plan, found.project, "new")
    (code,) = [text for name, text in files.items() if name.startswith("src/new/defs/shop/") and "check(" in text]
    assert statement in code


@pytest.mark.parametrize("order", ["one() >> two", "two >> one()"])
def test_a_function_that_a_task_and_another_function_call_stands_once(tmp_path: Path, order: str) -> None:
    (tmp_path / "dags").mkdir()
    (tmp_path / "dags" / "notes.py").write_text(
        "import datetime as dt\n"
        "from airflow.sdk import DAG, task\n"
        "from airflow.providers.standard.operators.python import PythonOperator\n\n"
        "def note(text):\n    open('/data/notes.txt', 'a').write(text)\n\n"
        "with DAG('notes', schedule=None, start_date=dt.datetime(2026, 1, 1)):\n"
        "    @task\n    def one():\n        note('one')\n\n"
        "    two = PythonOperator(task_id='two', python_callable=note, op_args=['two'])\n"
        f"    {order}\n"
    )
    analysis = analyze(tmp_path / "dags", Config())
    files = render_project(analysis.plan, analysis.project, "made")
    (text,) = (
        text for path, text in files.items() if path.endswith(("notes/assets.py", "notes/ops.py")) and "note(" in text
    )
    assert text.count("def note(") == 1
    assert "note('one')" in text or 'note("one")' in text


TEAM_TASKS = """\
import functools
from airflow.sdk import task

def noted(fn=None, *, about="work", **settings):
    def wrap(function):
        @functools.wraps(function)
        def inner(*args, **kwargs):
            print(about, result := function(*args, **kwargs))
            return result

        return MADE

    return wrap(fn) if fn else wrap
"""
NOTED = """\
import datetime as dt
from airflow.sdk import DAG
from team import noted

with DAG("shop", schedule="@daily", start_date=dt.datetime(2026, 1, 1)):

    @noted
    def count():
        return 1

    @noted(about="orders", retries=2, task_id="told")
    def tell(number):
        return number

    tell(count())
"""


@pytest.mark.parametrize(
    "made", ["task(**settings)(inner)", "task(inner, **settings)", "task.python(**settings)(inner)"]
)
def test_a_decorator_that_makes_a_task_of_what_it_puts_around_a_function_is_carried(tmp_path: Path, made: str) -> None:
    kinds, files = generated(tmp_path, {"shop.py": NOTED, "team.py": TEAM_TASKS.replace("MADE", made)})
    assert {kind for kind, _ in kinds.values()} == {"asset", "step"}, kinds
    team = next(text for path, text in files.items() if path.endswith("/team.py"))
    assert "        return inner\n" in team and "airflow" not in team
    code = "".join(text for path, text in files.items() if "/defs/shop/" in path)
    assert '@noted(about="orders", retries=2, task_id="told")\ndef tell' in code


AUDITED = """\
import functools
from airflow.sdk import get_current_context, task

def audited(function):
    @functools.wraps(function)
    def inner(*args, **kwargs):
        print(get_current_context()["ds"])
        try:
            return function(*args, **kwargs)
        except Exception as error:
            print(type(error).__name__)
            raise

    return inner

def noted(fn=None, **settings):
    def wrap(function):
        return task(pool_slots=1, **settings)(audited(function))

    return wrap(fn) if fn else wrap
"""


def test_a_decorator_that_makes_a_task_of_what_another_one_puts_around_is_carried(tmp_path: Path) -> None:
    kinds, files = generated(tmp_path, {"shop.py": NOTED.replace('about="orders", ', ""), "team.py": AUDITED})
    assert {kind for kind, _ in kinds.values()} == {"asset", "step"}, kinds
    team = next(text for path, text in files.items() if path.endswith("/team.py"))
    assert "        return audited(function)\n" in team and "airflow" not in team
    assert "def inner(*args, ds, **kwargs):\n        print(ds)" in team


DATED = """\
import functools
from airflow.sdk import get_current_context, task

def noted(about=None, **settings):
    def outer(function):
        @functools.wraps(function)
        def inner(*args, **kwargs):
            ctx = get_current_context()
            print(about, ctx["ds"], ctx["ti"].task_id)
            return function(*args, **kwargs)

        return task(**settings)(inner)

    return outer
"""


def test_what_a_decorator_with_arguments_asks_the_context_for_is_given_to_the_function_that_it_puts_around(
    tmp_path: Path,
) -> None:
    dag = NOTED.replace("@noted\n", "@noted()\n")
    kinds, files = generated(tmp_path, {"shop.py": dag, "team.py": DATED})
    assert {kind for kind, _ in kinds.values()} == {"asset", "step"}, kinds
    team = next(text for path, text in files.items() if path.endswith("/team.py"))
    assert "def noted(about=None, **settings):" in team
    assert "def inner(*args, ds, task_id, **kwargs):\n            print(about, ds, task_id)" in team
    code = "".join(text for path, text in files.items() if "/defs/shop/" in path)
    assert "@noted()\ndef count" in code and 'task_id="count"' in code


IN_FACTORY = """\
import datetime as dt
from dataclasses import dataclass
from airflow.sdk import DAG
from team import noted

@dataclass
class Shop:
    name: str
    limit: int

def build(shop, hours):
    with DAG(shop.name, schedule="@daily", start_date=dt.datetime(2026, 1, 1)):

        @noted(about=shop.name, hours=hours)
        def count():
            return shop.limit * hours

        count()

build(Shop("north", 3), 2)
"""


def test_a_decorator_in_a_factory_is_told_the_values_of_names_around_it(tmp_path: Path) -> None:
    team = TEAM_TASKS.replace("MADE", "task(**settings)(inner)")
    kinds, files = generated(tmp_path, {"shop.py": IN_FACTORY, "team.py": team})
    assert {kind for kind, _ in kinds.values()} <= {"asset", "step"}, kinds
    code = "".join(text for path, text in files.items() if "/defs/north/" in path)
    assert '@noted(about="north", hours=2)\ndef count(shop):\n    return shop.limit * hours\n' in code
    assert "hours = 2\n" in code and 'count(shop=Shop(name="north", limit=3))' in code


REGISTRY = """
HANDLERS = {}
def handler(name):
    def register(function):
        HANDLERS[name] = function
        return function
    return register
def plain(function): return function
"""
REGISTERED = """
import datetime as dt
from airflow import DAG
from airflow.operators.python import PythonOperator
from registry import HANDLERS
import filling
import other

def build(name): return HANDLERS[name]()

with DAG("d", schedule="@daily", start_date=dt.datetime(2024, 1, 1)):
    PythonOperator(task_id="x", python_callable=build, op_args=["a"])
"""


def test_a_module_that_only_registers_something_moves_along(tmp_path: Path) -> None:
    (tmp_path / "registry.py").write_text(REGISTRY)
    (tmp_path / "filling.py").write_text("from registry import handler\n@handler('a')\ndef some(): return 1\n")
    (tmp_path / "other.py").write_text("from registry import plain\n@plain\ndef some(): return 1\n")
    (tmp_path / "d.py").write_text(REGISTERED)
    analysis = analyze(tmp_path, Config())
    files = render_project(analysis.plan, analysis.project, "shop")
    assert "import filling  # noqa: F401" in files["src/shop/defs/d/ops.py"]
    assert {"src/filling.py", "src/registry.py"} <= files.keys()
    assert "src/other.py" not in files


def test_the_class_of_an_error_that_is_told_may_have_another_name(tmp_path: Path) -> None:
    skips = NOTED.replace('about="orders", ', "").replace(
        "        return number", "        raise AirflowSkipException(number)"
    )
    skips = skips.replace("from team", "from airflow.exceptions import AirflowSkipException\nfrom team")
    (tmp_path / "team.py").write_text(AUDITED)
    (tmp_path / "shop.py").write_text(skips)
    told = [delta.airflow for delta in analyze(tmp_path, Config()).plan.deltas]
    assert "`told` tells the class or the words of an error that is caught, which may be one of Airflow's" in told


PARAMS = """\
import datetime as dt
from airflow.models.param import Param
from airflow.operators.python import PythonOperator
from airflow import DAG

PARAMS = {"limit": Param(10, type="integer"), "region": Param("eu", enum=["eu", "us"])}

def changed(params):
    return [name for name, param in PARAMS.items() if params[name] != param.CHOSEN]

with DAG("shop", schedule=None, start_date=dt.datetime(2026, 1, 1), params=PARAMS):
    PythonOperator(task_id="changed", python_callable=changed)
"""


@pytest.mark.parametrize(("chosen", "kind"), [("value", "step"), ("resolve()", "wrapped")])
def test_params_that_a_function_reads_are_objects_of_the_project(tmp_path: Path, chosen: str, kind: str) -> None:
    (tmp_path / "shop.py").write_text(PARAMS.replace("CHOSEN", chosen))
    analysis = analyze(tmp_path, Config())
    assert [found.kind for found in analysis.plan.dispositions] == [kind]
    files = render_project(analysis.plan, analysis.project, "acme")
    assert ("src/acme/params.py" in files) == (kind == "step")
    assert any("from acme.params import Param" in text for text in files.values()) == (kind == "step")


def test_a_module_stays_whole_where_a_function_of_it_only_may_be_given_more(tmp_path: Path) -> None:
    """What it registers when it is loaded stands once, then."""
    text = """\
import datetime as dt
from airflow import DAG
from airflow.operators.python import PythonOperator
from common.jobs import REGISTRY, run_job

def names(**_):
    return sorted(REGISTRY)

with DAG("jobs", schedule="@daily", start_date=dt.datetime(2026, 1, 1)):
    PythonOperator(task_id="run", python_callable=run_job, op_kwargs={"name": "a"})
    PythonOperator(task_id="names", python_callable=names)
"""
    jobs = """\
REGISTRY = {"a": print}


def run_job(name, ds, **_):
    return REGISTRY[name](ds)
"""
    _, files = generated(tmp_path, {"jobs.py": text, "common/__init__.py": "", "common/jobs.py": jobs})
    code = "".join(code for path, code in files.items() if path.startswith("src/shop/defs/"))
    assert "from common.jobs import REGISTRY, run_job" in code and "REGISTRY = " not in code
    assert files["src/common/jobs.py"] == jobs


def test_where_the_class_of_an_operator_may_be_is_told(tmp_path: Path) -> None:
    (tmp_path / "d.py").write_text(
        "from airflow import DAG\nfrom acme.operators import LoadOperator\n"
        "from airflow.providers.acme.operators import OtherOperator\n"
        "with DAG('d'):\n    LoadOperator(task_id='own')\n    OtherOperator(task_id='theirs')\n"
    )
    found = [finding.help for finding in analyze(tmp_path, Config()).diagnostics if finding.code == "MIG201"]
    assert [("`acme`" in help and "`roots`" in help) for help in found] == [True, False]


def test_what_an_own_class_changes_of_airflows_is_told(tmp_path: Path) -> None:
    (tmp_path / "d.py").write_text(
        "from airflow import DAG\nfrom acme.operators import LoadOperator\n"
        "from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator\n"
        "class Query(SQLExecuteQueryOperator):\n"
        "    def get_db_hook(self):\n        return None\n"
        "    def _process_output(self, results, descriptions):\n        return results\n"
        "class Named(SQLExecuteQueryOperator):\n"
        "    def _process_output(self, results, descriptions):\n        return [len(rows) for rows in results]\n"
        "class Load(LoadOperator):\n    pass\n"
        "with DAG('d'):\n    Query(task_id='rows', conn_id='w', sql='SELECT 1')\n    Load(task_id='load')\n"
        "    Named(task_id='named', conn_id='w', sql='SELECT 1')\n"
    )
    found = [finding for finding in analyze(tmp_path, Config()).diagnostics if finding.code == "MIG201"]
    assert "it overrides `_process_output`, `get_db_hook` of `SQLExecuteQueryOperator`" in found[0].message
    assert "`acme`" in found[1].help
    assert "it overrides `_process_output` of `SQLExecuteQueryOperator`" in found[2].message, (
        "not translated as if it did not"
    )


SECRETS = """
from datetime import datetime
from airflow.providers.google.common.utils.get_secret import get_secret
from airflow.sdk import DAG, task

with DAG("d", schedule=None, start_date=datetime(2024, 1, 1)):
    @task
    def token():
        return get_secret(secret_id="token")
    token()
"""


def test_a_secret_of_google_cloud_is_read_by_a_function_of_the_project(tmp_path: Path) -> None:
    (tmp_path / "d.py").write_text(SECRETS)
    analysis = analyze(tmp_path, Config())
    assert {row.kind for row in analysis.plan.dispositions} == {"step"}
    files = render_project(analysis.plan, analysis.project, "acme")
    assert "def get_secret(secret_id: str) -> str:" in files["src/acme/hooks.py"]
    assert "from acme.hooks import get_secret" in files["src/acme/defs/d/ops.py"]
    assert '"google-cloud-secret-manager"' in files["pyproject.toml"]


CLOSING = {
    "closing/__init__.py": "from .dates import closing_month\nfrom .operators import Revaluation\n",
    "closing/dates.py": "def closing_month(day):\n    return day[:7]\n",
    "closing/operators.py": (
        "from airflow.providers.sqlite.hooks.sqlite import SqliteHook\n"
        "from airflow.sdk import BaseOperator\n\n\n"
        "class Counts:\n    counted = 0\n\n\n"
        "class Revaluation(Counts, BaseOperator):\n"
        "    def __init__(self, *, conn_id, **kwargs):\n"
        "        super().__init__(**kwargs)\n"
        "        self.conn_id = conn_id\n\n"
        "    def execute(self, context):\n"
        "        return SqliteHook(self.conn_id).get_records('SELECT 1')\n"
    ),
    "close.py": (
        "import datetime as dt\n"
        "from airflow.providers.standard.operators.bash import BashOperator\n"
        "from airflow.sdk import DAG\n"
        "from closing import closing_month\n\n"
        "macros = {'closing_month': closing_month}\n"
        "with DAG('close', start_date=dt.datetime(2026, 1, 1), user_defined_macros=macros):\n"
        "    BashOperator(task_id='show', bash_command='echo {{ closing_month(ds) }}')\n"
    ),
}


def test_a_function_stands_alone_where_its_package_needs_airflow(tmp_path: Path) -> None:
    _, files = generated(tmp_path, CLOSING)
    code = "".join(text for path, text in files.items() if path.startswith("src/") and path.endswith(".py"))
    assert "def closing_month(day):" in code
    assert "Revaluation" not in code and "BaseOperator" not in code
    assert not any(path.startswith("src/closing/") for path in files)


STEPS = """\
import functools
import inspect

FN = inspect.Parameter("shop", inspect.Parameter.KEYWORD_ONLY)
REST = inspect.Parameter("context", inspect.Parameter.VAR_KEYWORD)

def step(fn):
    WRAPS
    def inner(shop, before, **context):
        pool = {**context, "shop": shop, "data": context["ti"].xcom_pull(task_ids=before)}
        return fn(**{name: pool[name] for name in inspect.signature(fn).parameters})

    SIGNATURE
    return inner
"""
SHOP = """\
import datetime as dt
from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import DAG
from steps import step

@step
def load(shop, data, ds):
    return [shop, data, ds]

with DAG("shop", start_date=dt.datetime(2026, 1, 1)):
    PythonOperator(task_id="load", python_callable=load, op_kwargs={"shop": "a", "before": "fetch"})
"""


@pytest.mark.parametrize(
    ("wraps", "signature"),
    [
        ("@functools.wraps(fn)", "inner.__signature__ = inspect.Signature([FN, FN.replace(name='before'), REST])"),
        ("", "inner.options = {}"),
    ],
)
def test_a_decorator_that_does_not_show_the_parameters_of_what_it_decorates(
    tmp_path: Path, wraps: str, signature: str
) -> None:
    steps = STEPS.replace("WRAPS\n", f"{wraps}\n").replace("SIGNATURE", signature)
    kinds, files = generated(tmp_path, {"shop.py": SHOP, "steps.py": steps})
    assert [kind for kind, _ in kinds.values()] == ["step"], kinds
    assert "def inner(shop, before, pulled, **context):" in "".join(files.values())


@pytest.mark.parametrize(
    "called", ["fn(shop, before, ds=context['ds'])", "fn(shop, before, **note(context))", "fn(shop, before, **context)"]
)
def test_a_decorator_that_does_not_look_for_what_it_decorates_takes(tmp_path: Path, called: str) -> None:
    steps = STEPS.replace("    WRAPS\n", "").replace("SIGNATURE", "inner.options = {}")
    returned = next(line for line in steps.splitlines() if "return fn(" in line)
    steps = steps.replace(returned, f"        return {called}")
    steps = steps.replace("pool = {**context, ", "pool = {")
    kinds, _ = generated(tmp_path, {"shop.py": SHOP, "steps.py": steps})
    assert [kind for kind, _ in kinds.values()] == ["airflow"], kinds


STEPS_BY_NAME = """\
import datetime as dt
from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import DAG

STEPS = {}

def step(fn):
    STEPS[fn.__name__] = fn
    return fn

@step
def load(ds, **context):
    rows = context["ti"].xcom_pull(task_ids="fetch")
    open("/data/rows.txt", "w").write(f"{ds} {rows} {len(STEPS)}")

@step
def fetch():
    return [1]

with DAG("shop", start_date=dt.datetime(2026, 1, 1)):
    PythonOperator(task_id="fetch", python_callable=STEPS["fetch"]) >> PythonOperator(task_id="load", python_callable=STEPS["load"])
"""


def test_a_registered_function_stands_once(tmp_path: Path) -> None:
    _, files = generated(tmp_path, {"shop.py": STEPS_BY_NAME})
    code = "".join(text for path, text in files.items() if path.startswith("src/shop/defs/shop/"))
    assert code.count("@step\ndef load(") == 1
    assert "@step\ndef load(ds, rows):" in code


SKIPPING = {
    "team.py": """\
from airflow.exceptions import AirflowSkipException

def stop(reason):
    raise AirflowSkipException(reason)

def check(rows):
    if not rows:
        stop("no rows")
    return rows

def tell(rows):
    return f"{len(rows)} rows"
""",
    "shop.py": """\
import datetime as dt
from airflow.sdk import DAG, task
from team import check, tell

with DAG("shop", schedule="@daily", start_date=dt.datetime(2026, 1, 1)):
    @task
    def one():
        return check([])

    @task
    def two():
        return tell([1])

    one()
    two()
""",
}


def test_a_task_may_skip_where_its_code_leads_to_what_does(tmp_path: Path) -> None:
    kinds, files = generated(tmp_path, SKIPPING)
    assert {kind for kind, _ in kinds.values()} <= {"asset", "step"}
    assert "    raise Skipped(reason)" in files["src/team.py"]
    one, two = files["src/shop/defs/shop/ops.py"].split("def one_op(")[1].split("def two(")
    assert "except Skipped as reason" in one and "Skipped" not in two


def test_what_fills_a_registry_is_not_lost_silently(tmp_path: Path) -> None:
    team = """\
from airflow.models import DagBag

STEPS = {}

def step(function):
    STEPS[function.__name__] = function
    return function

@step
def first():
    return 1

@step
def second():
    return DagBag().dags
"""
    shop = SKIPPING["shop.py"].replace("import check, tell", "import STEPS")
    shop = shop.replace("check([])", "STEPS['first']()").replace("tell([1])", "1")
    kinds, _ = generated(tmp_path, {"team.py": team, "shop.py": shop})
    assert sorted(kind for kind, _ in kinds.values()) in (["airflow", "step"], ["step", "wrapped"])


RESERVES = {
    "claims/__init__.py": "from .lines import Line\nfrom .operators import Triangle\n",
    "claims/lines.py": "class Line:\n    def __init__(self, code):\n        self.code = code\n",
    "claims/operators.py": (
        "from airflow.sdk import BaseOperator\n\n"
        "from .lines import Line\n\n\n"
        "class Triangle(BaseOperator):\n"
        "    template_fields = ('day',)\n\n"
        "    def __init__(self, *, line: Line, day, **kwargs):\n"
        "        super().__init__(**kwargs)\n"
        "        self.line, self.day = line, day\n\n"
        "    def execute(self, context):\n"
        "        return f'{self.line.code} {self.day}'\n"
    ),
    "reserves.py": (
        "import datetime as dt\n"
        "from airflow.sdk import DAG\n"
        "from claims import Line, Triangle\n\n"
        "with DAG('reserves', start_date=dt.datetime(2026, 1, 1), schedule='@daily'):\n"
        "    Triangle(task_id='triangle', line=Line('liability'), day='{{ ds }}')\n"
    ),
}


def test_what_comes_along_with_a_package_needs_no_airflow_either(tmp_path: Path) -> None:
    """The class of an operator asks for a module beside it, whose package imports that class."""
    kinds, files = generated(tmp_path, RESERVES)
    assert kinds["triangle"][0] == "step"
    assert "class Triangle:" in files["src/claims/operators.py"]
    assert not any("BaseOperator" in text for path, text in files.items() if path.startswith("src/claims/"))
