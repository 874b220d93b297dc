"""Each operation and body, from a plan made by hand to the text of a module."""

from __future__ import annotations

import ast
import datetime as dt
import importlib
import textwrap
from dataclasses import replace
from pathlib import Path

import dagster as dg
import pytest

from migrator.codegen import render_project
from migrator.codegen.carried.data_files import data_files
from migrator.codegen.skeleton import with_read_settings
from migrator.diagnostics import MigratorError
from migrator.model.bodies import (
    CallFunction,
    Choose,
    ContinueIf,
    DoNothing,
    FanOut,
    FileExists,
    Notify,
    NoValue,
    ObjectExists,
    PollUntil,
    RequestRun,
    RunShell,
    RunSql,
    SourceEdit,
    SqlCheck,
    ValueOrNone,
)
from migrator.model.expressions import (
    ConfigValue,
    EnvValue,
    ErrorClass,
    Format,
    InputValue,
    RunConf,
    RunDate,
    TemplateText,
)
from migrator.model.plan import (
    AssetExpression,
    AssetOut,
    ConfigField,
    CreateCheck,
    CreateJob,
    CreateOp,
    CreateResource,
    CreateRunSensor,
    CreateSchedule,
    CreateSensor,
    DagPlan,
    DeclareExternalAsset,
    EnvSetting,
    Freshness,
    Input,
    KeepInAirflow,
    Order,
    Partitions,
    Retry,
)
from migrator.model.source import Span
from migrator.model.values import CallableValue
from tests.codegen.plans import DAILY, asset, call, dag, function, module, plan, project, render

DATABASE = CreateResource("warehouse", "database", "warehouse", "WAREHOUSE_URL", "postgres")
MAIL = CreateResource("smtp", "email", "smtp", "SMTP_URL")
BUCKETS = CreateResource("aws", "object_store", "aws", "AWS_URL", "s3")


def has(text: str, piece: str) -> None:
    """The piece stands in the text as it is; one that begins with a newline may be indented as it reads best here."""
    wanted = textwrap.dedent(piece).strip("\n") if piece.startswith("\n") else piece
    assert wanted in text, f"not found:\n{wanted}\n\nin:\n{text}"


def op(name: str, body: object, **changes: object) -> CreateOp:
    return CreateOp("shop", name, name, body, **changes)  # type: ignore[arg-type]


# ------------------------------------------------------------------------------------------------- carried functions

EXTRACT = '''
import json
import re as unused

LIMIT = 3


def helper(value):
    # helps
    return value[:LIMIT]


# Theirs.
def extract(day: str, size: float = 2) -> dict[str, float]:
    """Takes the day's orders."""
    # stays
    return {day: size, "all": helper(json.dumps(day))}
'''


def test_the_only_caller_gets_the_body() -> None:
    made = plan(dag(asset("extract", call(EXTRACT, "extract", day=RunDate("ds")), partitioned=True), partitions=DAILY))
    has(
        module(made, EXTRACT),
        '''
        import json

        import dagster as dg

        LIMIT = 3


        def helper(value):
            # helps
            return value[:LIMIT]


        daily_partitions = dg.DailyPartitionsDefinition(start_date="2026-01-01")


        # Theirs.
        @dg.asset(
            key=["shop", "extract"],
            group_name="shop",
            tags={"airflow/dag_id": "shop"},
            partitions_def=daily_partitions,
            dagster_type=dg.Any,
            kinds={"python"},
            metadata={"airflow/task_id": "extract"},
        )
        def extract(context: dg.AssetExecutionContext) -> dict[str, float]:
            """Takes the day's orders."""
            day = context.partition_key
            size = 2
            # stays
            return {day: size, "all": helper(json.dumps(day))}
        ''',
    )


def test_two_callers_call() -> None:
    made = plan(dag(*(asset(name, call(EXTRACT, "extract", day=name)) for name in ("extract", "b"))))
    found = module(made, EXTRACT)
    has(found, '    return {day: size, "all": helper(json.dumps(day))}\n')
    has(found, 'def extract_asset() -> dict[str, Any]:\n    return extract(day="extract")')
    has(found, 'def b() -> dict[str, Any]:\n    return extract(day="b")')


def test_a_function_of_several_dags_goes_to_lib() -> None:
    made = plan(*(dag(asset("a", call(EXTRACT, "extract", day=name), dag_id=name), dag_id=name) for name in ("x", "y")))
    files = render(made, EXTRACT)
    lib = files["src/shop_data/lib/dag.py"]
    has(
        lib,
        "LIMIT = 3\n\n\ndef helper(value):\n    # helps\n    return value[:LIMIT]\n\n\n# Theirs.\ndef extract(day: str",
    )
    assert "unused" not in lib
    for name in "xy":
        found = files[f"src/shop_data/defs/{name}/assets.py"]
        has(found, "from shop_data.lib.dag import extract")
        has(found, f'    return extract(day="{name}")')


FACTORY = """
def make(country):
    def load(day):
        return check(country, day)

    return load


def check(country, day):
    return country + day
"""


def test_each_dag_of_a_factory_has_its_function_and_values() -> None:
    dags = []
    for name in ("at", "de"):
        target = function(FACTORY, "make.<locals>.load", closure={"country": name})
        dags.append(dag(asset("load", CallFunction(target, kwargs={"day": "1"}), dag_id=name), dag_id=name))
    files = render(plan(*dags), FACTORY)
    for name in ("at", "de"):
        found = files[f"src/shop_data/defs/{name}/assets.py"]
        has(found, f'country = "{name}"\n')
        has(found, "from shop_data.lib.dag import check")
        has(found, 'def load():\n    day = "1"\n    return check(country, day)')
    assert "def make" not in "".join(files.values())


def test_different_values_of_one_name_in_one_module() -> None:
    made = []
    for name in ("at", "de"):
        target = function(FACTORY, "make.<locals>.load", closure={"country": name})
        made.append(asset(f"load_{name}", CallFunction(target, kwargs={"day": "1"})))
    found = module(plan(dag(*made)), FACTORY)
    has(found, "def load(day, *, country):\n    return check(country, day)")
    has(found, '    return load(day="1", country="at")')
    has(found, '    return load(day="1", country="de")')
    assert "load_2" not in found


CONTEXT = '''
def note(ti, **context):
    """Notes."""
    day = context["ds"]
    print(day, context["params"]["x"])
'''


def edit(text: str, piece: str, expression: object = None, remove: bool = False) -> SourceEdit:
    from tests.codegen.test_source_text import span

    return SourceEdit(span(text, piece), expression, remove)


def test_airflows_context_is_replaced_by_parameters() -> None:
    body = CallFunction(
        function(CONTEXT, "note"),
        kwargs={"day": RunDate("ds"), "x": ConfigValue("x")},
        returns=False,
        edits=(
            edit(CONTEXT, '    day = context["ds"]\n', remove=True),
            edit(CONTEXT, 'context["params"]["x"]', InputValue("x")),
        ),
        added_parameters=("day", "x"),
        dropped_parameters=("ti", "context"),
    )
    config = (ConfigField("x", "int", 1),)
    found = module(plan(dag(asset("note", body, partitioned=True), partitions=DAILY, config=config)), CONTEXT)
    has(
        found,
        '''
        def note(context: dg.AssetExecutionContext, config: ShopConfig) -> None:
            """Notes."""
            day = context.partition_key
            x = config.x
            print(day, x)
        ''',
    )
    twice = plan(dag(*(asset(name, body, partitioned=True) for name in "ab"), partitions=DAILY, config=config))
    has(module(twice, CONTEXT), 'def note(day, x):\n    """Notes."""\n    print(day, x)\n')
    has(module(twice, CONTEXT), "    note(day=context.partition_key, x=config.x)")


def test_a_skip_ends_without_the_output() -> None:
    text = "def load():\n    if not ready():\n        raise AirflowSkipException('x')\n    return 1\n\n\ndef ready():\n    return 1\n"
    body = CallFunction(function(text, "load"), edits=(edit(text, "AirflowSkipException", ErrorClass("skip")),))
    out = (AssetOut(("shop", "load"), optional=True, stores_value=True),)
    files = render(plan(dag(asset("load", body, outputs=out))), text)
    found = files["src/shop_data/defs/shop/assets.py"]
    has(found, "raise Skipped('x')")
    has(
        found,
        """
        def load_asset(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult]:
            try:
                value = load()
            except Skipped as reason:
                context.log.info(f"skipped: {reason}")
                return
            yield dg.MaterializeResult(value=value)
        """,
    )
    assert "class Skipped(Exception)" in files["src/shop_data/exceptions.py"]


@pytest.mark.parametrize(
    ("text", "name", "wanted"),
    [
        ("@retry(3)\ndef f():\n    return 1\n\n\ndef retry(n):\n    return lambda f: f\n", "f", "@retry(3)\ndef f():"),
        ("def f(*rest):\n    return 1\n", "f", "def f(*rest):"),
        ("def f(context):\n    return context\n", "f", "    return f(context=1)"),
        ("def f(a):\n    dg = 2\n    return dg\n", "f", "    return f(a=1)"),
        ("def f(n):\n    return f(n - 1) if n else 0\n", "f", "    return f(n=1)"),
    ],
)
def test_what_cannot_stand_in_the_nodes_function_is_called(text: str, name: str, wanted: str) -> None:
    target = function(text, name)
    names = [parameter.name for parameter in target.parameters]
    found = module(plan(dag(asset("f", CallFunction(target, kwargs=dict.fromkeys(names, 1))))), text)
    has(found, wanted)
    has(found, "def f_asset() -> Any:")


def test_lambdas() -> None:
    text = "double = lambda x, y=2: (\n    x * y\n)\n"
    start = text.index("lambda")
    span = Span("dag.py", 1, 10, 3, 2, start, len(text) - 1)
    target = CallableValue("<lambda>", "<lambda>", "dag", "lambda", span, returns_value=True)
    found = module(plan(dag(asset("a", CallFunction(target, kwargs={"x": 1})))), text)
    has(found, "def double(x, y=2):\n    return x * y\n")
    has(found, "def a() -> Any:\n    return double(x=1)")


def test_coroutines() -> None:
    text = "async def later(x):\n    return x\n"
    found_by = function(text.replace("async def", "def"), "later")
    target = replace(found_by, is_async=True, span=replace(found_by.span, start=0, end=len(text) - 1))
    found = module(plan(dag(asset("a", CallFunction(target, kwargs={"x": 1})))), text)
    has(found, "async def later(x):\n    return x\n")
    has(found, "    return asyncio.run(later(x=1))")


def test_pendulum_where_its_methods_are_used() -> None:
    text = "def f(when, other):\n    return when.subtract(days=1), other.isoformat()\n"
    date = RunDate("logical_date")
    files = render(
        plan(dag(asset("f", call(text, "f", when=date, other=date), partitioned=True), partitions=DAILY)), text
    )
    has(
        files["src/shop_data/defs/shop/assets.py"],
        "    when = pendulum.instance(window_start)\n    other = window_start\n",
    )
    assert '  "pendulum",' in files["pyproject.toml"]


@pytest.mark.parametrize(
    ("code", "pendulum"),
    [
        ("(end - start).total_hours()", {"start", "end"}),
        ("(end - dt.timedelta(1)).in_timezone('Europe/Berlin')", {"end"}),
        ("(now() - start).in_words()", {"start"}),
        ("start.set(hour=3) if end else None", {"start"}),
        ("(end - start).total_seconds(), (end - start).days", set()),
    ],
)
def test_pendulum_for_what_lies_between_dates(code: str, pendulum: set[str]) -> None:
    text = f"def f(start, end):\n    return {code}\n"
    body = call(text, "f", start=RunDate("data_interval_start"), end=RunDate("data_interval_end"))
    found = module(plan(dag(asset("f", body, partitioned=True), partitions=DAILY)), text)
    assert {name for name in ("start", "end") if f"    {name} = pendulum.instance(" in found} == pendulum


@pytest.mark.parametrize(
    ("helper", "code", "pendulum"),
    [
        ("class T:\n    @classmethod\n    def on(cls, a, b):\n        return b.in_timezone('UTC')\n", "T.on(start, end)", {"end"}),
        ("class T:\n    @staticmethod\n    def on(a):\n        return a.in_tz('UTC')\n", "[T.on(a=end)]", {"end"}),
        ("class T:\n    def __init__(self, a):\n        self.a = a\n    def b(self):\n        return self.a.at(3)\n", "T(start).b()", {"start"}),
        ("class T:\n    a: object\n    def b(self):\n        return self.a.at(3)\n", "T(start).b()", {"start"}),
        ("def day(a):\n    return a + 1\n", "day(end).to_date_string()", {"end"}),
        ("def day(a, b):\n    return a.isoformat(), b\n", "day(start, end)", set()),
        ("class T:\n    def on(self, a):\n        return a.hour\n", "T().on(start)", set()),
    ],
)  # fmt: skip
def test_pendulum_for_dates_that_are_handed_on(helper: str, code: str, pendulum: set[str]) -> None:
    text = f"{helper}def f(start, end):\n    return {code}\n"
    body = call(text, "f", start=RunDate("data_interval_start"), end=RunDate("data_interval_end"))
    found = module(plan(dag(asset("f", body, partitioned=True), partitions=DAILY)), text)
    assert {name for name in ("start", "end") if f"    {name} = pendulum.instance(" in found} == pendulum


def test_names_that_clash_with_generated_ones_stay_apart() -> None:
    text = "from datetime import datetime as dt\n\n\ndef f():\n    return dt.now()\n"
    files = render(plan(dag(asset("f", call(text, "f")))), text)
    has(files["src/shop_data/defs/shop/logic.py"], "from datetime import datetime as dt")
    has(files["src/shop_data/defs/shop/assets.py"], "from shop_data.defs.shop.logic import f")


# ------------------------------------------------------------------------------------------------ modules of the folder


def test_modules_are_carried_under_their_names() -> None:
    text = "from common.paths import ROOT\nfrom common import tools as t\nimport pandas as pd\n\n\ndef f():\n    return pd.read_parquet(t.x(ROOT))\n"
    sources = {
        "dag.py": text,
        "plugins/common/__init__.py": "",
        "plugins/common/paths.py": "import os\nROOT   =  os.sep\n",
        "plugins/common/tools.py": "from .paths import ROOT\nimport yaml\n\ndef x(a):\n  return a\n",
    }
    files = render_project(plan(dag(asset("f", call(text, "f")))), project(sources), "common")
    assert files["src/common/paths.py"] == sources["plugins/common/paths.py"]
    assert files["src/common/tools.py"] == sources["plugins/common/tools.py"]
    assert "src/common_dagster/definitions.py" in files, "the package must not take the name of a carried one"
    has(files["src/common_dagster/defs/shop/assets.py"], "from common import tools as t\nfrom common.paths import ROOT")
    for name in ("pandas", "pyarrow", "PyYAML"):
        assert f'  "{name}",' in files["pyproject.toml"]
    assert 'extend-exclude = [\n  "src/common/paths.py",\n  "src/common/tools.py",\n]' in files["pyproject.toml"]


def test_data_files_move_along(tmp_path) -> None:  # type: ignore[no-untyped-def]
    text = (
        "from pathlib import Path\nimport os\n\nROWS = (Path(__file__).parent / 'rows.csv').read_text()\n\n\n"
        "HERE = Path(__file__).resolve().parent\nDEEP = HERE / 'deep'\n\n\n"
        "def f():\n    return ROWS + open(os.path.join(os.path.dirname(__file__), 'more', 'x.txt')).read() + read('y')\n\n\n"
        "def read(name):\n    return (DEEP / f'{name}.txt').read_text()\n"
    )
    (tmp_path / "more").mkdir()
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep/y.txt").write_text("y")
    (tmp_path / "rows.csv").write_text("a,b\n")
    (tmp_path / "more/x.txt").write_text("x")
    (tmp_path / "secret").symlink_to("/etc/passwd")
    made = plan(dag(asset("f", call(text, "f"))))
    files = render_project(
        made, project({"dag.py": text + "S = Path(__file__).parent / 'secret'\n"}, str(tmp_path)), "shop-data"
    )
    assert files["src/shop_data/defs/shop/rows.csv"] == "a,b\n"
    assert files["src/shop_data/defs/shop/more/x.txt"] == "x"
    assert files["src/shop_data/defs/shop/deep/y.txt"] == "y", "by a name for a folder that stands beside the code"
    assert not any("secret" in path for path in files)


def test_data_files_of_further_roots_move_along(tmp_path) -> None:  # type: ignore[no-untyped-def]
    for name in ("repo/dags/shop", "repo/config", "repo/more", "elsewhere"):
        (tmp_path / name).mkdir(parents=True)
    for name in ("repo/config/a.json", "repo/more/b.json", "elsewhere/c.json"):
        (tmp_path / name).write_text("{}")
    folders = {"": tmp_path / "repo/dags", "repo": tmp_path / "repo"}

    def moved(path: str, source: str = "shop/dag.py", target: str = "src/p/defs/shop/assets.py") -> list[str]:
        text = f"from pathlib import Path\n\nA = ({path}).read_text()\n"
        return sorted(data_files(text, source, target, folders))

    beside = 'Path(__file__).parents[2] / "config" / "a.json"'
    assert moved(beside) == ["src/p/config/a.json"], "beside the folder of the DAGs, in the repository that is a root"
    assert moved('Path(__file__).parent / "../more/b.json"', "repo/lib/x.py", "src/lib/x.py") == ["src/more/b.json"]
    assert moved(beside, target="src/shop/dag.py") == ["config/a.json"], "what finds it in the project is as it was"
    assert moved(beside, target="src/dag.py") == [], "it would be outside of the project"
    assert moved('Path(__file__).parents[3] / "elsewhere" / "c.json"') == [], "in none of the folders"
    assert moved("Path(__file__).parents[2]") == [], "not the repository itself"


# -------------------------------------------------------------------------------------------------------------- bodies


def body_text(body: object, **changes: object) -> str:
    partitioned = changes.pop("partitioned", True)
    made = dag(asset("a", body, partitioned=partitioned, **changes), partitions=DAILY)
    found = module(plan(made, resources=(DATABASE, MAIL, BUCKETS)))
    return found[found.index("def a") :]


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        (RunShell("echo 1"), 'def a() -> None:\n    subprocess.run(["bash", "-c", "echo 1"], check=True)\n'),
        (
            RunShell(Format(("echo ", RunDate("ds_nodash"))), cwd="/tmp"),
            """
            def a(context: dg.AssetExecutionContext) -> None:
                subprocess.run(
                    ["bash", "-c", f"echo {context.partition_key.replace('-', '')}"], check=True, cwd="/tmp"
                )
            """,
        ),
        (RunShell("x", env={"A": "1"}), 'env={**os.environ, "A": "1"}'),
        (RunShell("x", env={"A": "1"}, append_env=False), 'env={"A": "1"}'),
        (RunShell("one\ntwo"), '    command = """one\ntwo"""\n    subprocess.run(["bash", "-c", command], check=True)'),
        (RunShell("x", returns=True), 'def a() -> str:\n    return run_bash("x").last_line\n'),
        (
            RunSql("warehouse", ("select 1", "select 2"), parameters={"a": RunDate("ds")}),
            """
            def a(context: dg.AssetExecutionContext, warehouse: SqlDatabase) -> None:
                warehouse.run("select 1", "select 2", parameters={"a": context.partition_key})
            """,
        ),
        (RunSql("warehouse", ("select 1",), returns=True), '-> list[tuple]:\n    return warehouse.run("select 1")\n'),
        (
            RunSql("warehouse", (Format(("\n      select 1\n        from ", EnvValue("T"), "\n   ")),)),
            '''
            def a(warehouse: SqlDatabase) -> None:
                sql = f"""
                    select 1
                      from {os.environ["T"]}
                """
                warehouse.run(sql)
            ''',
        ),
        (RunSql("warehouse", ("select '\n  x'\n  from y",)), '    sql = """select \'\n  x\'\n  from y"""\n'),
        (DoNothing(), "def a() -> None:\n    pass\n"),
        (Notify("email", "smtp", {"to": ["x"], "subject": "s"}), 'smtp.send(to=["x"], subject="s")'),
        (
            PollUntil(FileExists(Format(("/in/", RunDate("ds"), ".csv"))), 5, 60),
            """
            def a(context: dg.AssetExecutionContext) -> None:
                wait_until_true(
                    lambda: Path(f"/in/{context.partition_key}.csv").exists(), timeout=60, interval=5
                )
            """,
        ),
        (
            PollUntil(FileExists("/in/*.csv")),
            'wait_until_true(lambda: any(glob.iglob("/in/*.csv")), timeout=604800, interval=60)',
        ),
        (
            PollUntil(FileExists("/in/**/*.csv", recursive=True)),
            'lambda: any(glob.iglob("/in/**/*.csv", recursive=True)), timeout=604800, interval=60',
        ),
        (
            PollUntil(ObjectExists("aws", "b", "k"), soft_fail=True),
            'if not comes_true(lambda: aws.exists("b", "k"), timeout=604800, interval=60):\n        return',
        ),
        (
            PollUntil(ObjectExists("aws", "b", "k*", True)),
            'wait_until_true(lambda: aws.any_match("b", "k*"), timeout=604800, interval=60)',
        ),
        (
            PollUntil(RunSql("warehouse", ("select 1",))),
            'wait_until_true(lambda: warehouse.is_true("select 1"), timeout=604800, interval=60)',
        ),
        (
            RunSql("warehouse", (TemplateText("{% if x %}1{% endif %}", {"x": True}),)),
            'render_text("{% if x %}1{% endif %}", x=True)',
        ),
    ],
)
def test_bodies(body: object, wanted: str) -> None:
    has(body_text(body), wanted)


def test_exit_codes_that_skip() -> None:
    out = (AssetOut(("shop", "a"), optional=True),)
    has(
        body_text(RunShell("x", skip_exit_codes=(99,)), outputs=out),
        """
        def a() -> Iterator[dg.MaterializeResult]:
            result = run_bash("x", allowed_exit_codes=[99])
            if result.exit_code != 0:
                return
            yield dg.MaterializeResult()
        """,
    )


def test_a_run_without_partitions_is_told_its_date_and_conf() -> None:
    body = RunShell(Format(("a ", RunDate("ds"), " ", RunConf(("x",)), " ", RunDate("run_id"))))
    files = render(plan(dag(asset("a", body))))
    has(
        files["src/shop_data/defs/shop/assets.py"],
        "f\"a {date_of_run(context):%Y-%m-%d} {run_conf(context)['x']} {context.run.run_id}\"",
    )
    assert "def date_of_run" in files["src/shop_data/run_context.py"]


def test_a_long_way_to_a_date_is_gone_once() -> None:
    body = RunShell(Format((RunDate("logical_date", format="%Y"), "/", RunDate("logical_date", format="%m"))))
    has(
        body_text(body),
        '    window_start = context.partition_time_window.start\n    subprocess.run(["bash", "-c", f"{window_start:%Y}/{window_start:%m}"], check=True)',
    )


# -------------------------------------------------------------------------------------------------------------- assets


def test_values_orders_and_names() -> None:
    made = plan(
        dag(
            asset("a", RunShell("x", returns=True), retry=Retry(2, 60, True), pool="db", owners=("team:x",)),
            asset(
                "b", RunShell(InputValue("config")), inputs=(Input("config", ("shop", "a")),), retry=Retry(2, 60, True)
            ),
            asset(
                "c",
                DoNothing(),
                deps=(("shop", "a"), ("other", "x"), ("y",)),
                outputs=(AssetOut(("c",), name="raw.c", system="postgres"),),
            ),
        )
    )
    found = module(made)
    has(found, "retry_policy = dg.RetryPolicy(max_retries=2, delay=60, backoff=dg.Backoff.EXPONENTIAL)\n")
    has(found, '    owners=["team:x"],\n')
    has(found, '    retry_policy=retry_policy,\n    pool="db",\n')
    has(found, '    ins={"config_value": dg.AssetIn(a.key)},\n')
    has(found, 'def b(config_value: Any) -> None:\n    subprocess.run(["bash", "-c", config_value], check=True)')
    has(found, '    deps=[a, dg.AssetKey(["other", "x"]), "y"],\n')
    has(found, '"dagster/table_name": "raw.c"')
    assert 'key="c"' not in found


def test_what_all_assets_have_in_common_is_said_once() -> None:
    made = dag(*(asset(name, DoNothing(), partitioned=True) for name in "abc"), partitions=DAILY)
    found = module(plan(made))
    assert found.count("group_name") == 1
    assert found.count("**common") == 3
    few = module(plan(dag(*(asset(name, DoNothing(), partitioned=True) for name in "ab"), partitions=DAILY)))
    assert "common" not in few


def test_several_assets_of_one_node() -> None:
    outputs = (AssetOut(("x", "a"), kinds=("python",)), AssetOut(("x", "b"), kinds=("python",), optional=True))
    text = "def two():\n    open('a')\n    open('b')\n"
    found = module(plan(dag(asset("two", call(text, "two"), outputs=outputs))), text)
    has(found, '@dg.multi_asset(\n    name="two",\n    specs=[\n        dg.AssetSpec(\n')
    has(found, "            skippable=True,\n")
    has(
        found,
        'def two_asset() -> Iterator[dg.MaterializeResult]:\n    two()\n    yield dg.MaterializeResult(asset_key=["x", "a"])',
    )
    plain = (outputs[0], AssetOut(("x", "b")))
    found = module(plan(dag(asset("two", call(text, "two"), outputs=plain))), text)
    has(
        found,
        """
        def two() -> Iterator[dg.MaterializeResult]:
            open('a')
            open('b')
            yield dg.MaterializeResult(asset_key=["x", "a"])
            yield dg.MaterializeResult(asset_key=["x", "b"])
        """,
    )


def test_many_assets_of_a_function_that_stands_in_the_node() -> None:
    text = "def many():\n    if 1:\n        print(1)\n"
    outputs = tuple(AssetOut(("x", f"m{number}"), kinds=("csv",)) for number in range(12))
    found = module(plan(dag(asset("many", replace(call(text, "many"), returns=False), outputs=outputs))), text)
    has(
        found,
        "        print(1)\n    for key in context.selected_asset_keys:\n        yield dg.MaterializeResult(asset_key=key)\n",
    )


def test_a_module_with_many_assets_of_a_node_loads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    outputs = tuple(AssetOut(("x", f"m{number}"), kinds=("csv",)) for number in range(12))
    unlike = tuple(
        replace(output, key=("y", *output.key[1:]), kinds=(f"k{number % 2}",)) for number, output in enumerate(outputs)
    )
    made = dag(asset("many", RunShell("true"), outputs=outputs), asset("more", RunShell("true"), outputs=unlike))
    (tmp_path / "many_assets.py").write_text(module(plan(made)))
    monkeypatch.syspath_prepend(str(tmp_path))
    loaded = dg.load_definitions_from_module(importlib.import_module("many_assets"))
    assert len(loaded.resolve_asset_graph().get_all_asset_keys()) == 24
    result = dg.materialize(list(loaded.assets or []))
    assert len(result.get_asset_materialization_events()) == 24


def test_one_of_several_assets_carries_the_value() -> None:
    outputs = (AssetOut(("x", "a")), AssetOut(("x", "b"), stores_value=True))
    made = dag(
        asset("two", RunShell("x", returns=True), outputs=outputs),
        asset("c", RunShell(InputValue("b")), inputs=(Input("b", ("x", "b")),)),
    )
    found = module(plan(made))
    has(found, '"a": dg.AssetOut(\n            key=["x", "a"], tags=tags,')
    has(found, "dagster_type=dg.Nothing\n")
    has(found, '"b": dg.AssetOut(key=["x", "b"], tags=tags, metadata={"airflow/task_id": "two"}),')
    # None of them is there before the work is done.
    has(found, '    result = run_bash("x").last_line\n    yield dg.MaterializeResult(asset_key=["x", "a"])\n')
    has(found, '    yield dg.MaterializeResult(asset_key=["x", "b"], value=result)')


def test_gates_and_branches_among_assets() -> None:
    text = "def ready():\n    return True\n\n\ndef pick() -> str:\n    return 'a'\n\n\ndef picks():\n    return ['a']\n"
    made = dag(
        asset("gate", ContinueIf(call(text, "ready")), outputs=(AssetOut(("shop", "gate"), optional=True),)),
        asset(
            "pick",
            Choose(call(text, "pick"), {"a": "a", "g.b": "b"}),
            outputs=(AssetOut(("p", "a"), optional=True), AssetOut(("p", "b"), optional=True)),
        ),
        asset("more", Choose(call(text, "picks"), {"a": "a"}), outputs=(AssetOut(("m", "a"), optional=True),)),
        asset(
            "latest", ContinueIf(None, True), outputs=(AssetOut(("shop", "latest"), optional=True),), partitioned=True
        ),
        partitions=DAILY,
    )
    found = module(plan(made), text)
    has(found, "    if ready():\n        yield dg.MaterializeResult()")
    has(
        found,
        '    chosen = pick()\n    keys = {"a": ["p", "a"], "g.b": ["p", "b"]}\n    yield dg.MaterializeResult(asset_key=keys[chosen])',
    )
    has(
        found,
        "    for name in [chosen] if isinstance(chosen, str) else chosen or []:\n        yield dg.MaterializeResult(asset_key=keys[name])",
    )
    has(
        found,
        "    if is_newest(context, daily_partitions):\n        yield dg.MaterializeResult()",
    )


def test_template_files_are_carried_byte_for_byte() -> None:
    one = TemplateText("select '{{ ds }}'\r\n", {"ds": RunDate("ds")}, "sql/marts/a.sql")
    two = TemplateText("select 1", {}, "sql/staging/b.sql")
    made = dag(
        *(asset(name, RunSql("warehouse", (text,)), partitioned=True) for name, text in (("a", one), ("b", two))),
        partitions=DAILY,
    )
    files = render(plan(made, resources=(DATABASE,)))
    assert files["src/shop_data/defs/shop/sql/marts/a.sql"] == "select '{{ ds }}'\r\n"
    found = files["src/shop_data/defs/shop/assets.py"]
    has(found, 'SQL = Path(__file__).parent / "sql"\n')
    has(found, '    warehouse.run(render_file(SQL / "marts/a.sql", ds=context.partition_key))')
    has(found, '    warehouse.run((SQL / "staging/b.sql").read_text(encoding="utf-8"))')
    shared = plan(
        *(dag(asset("b", RunSql("warehouse", (two,)), dag_id=name), dag_id=name) for name in "xy"),
        resources=(DATABASE,),
    )
    files = render(shared)
    assert files["src/shop_data/sql/sql/staging/b.sql"] == "select 1"
    has(files["src/shop_data/defs/x/assets.py"], 'SHARED_SQL = Path(__file__).parents[2] / "sql"')


def test_params_become_a_config_class() -> None:
    place = Format((EnvValue("DATA"), "/in"))
    fields = (
        ConfigField("my_key", "str", "x", param="my-key"),
        ConfigField("place", "str", place, description="where"),
        ConfigField("a", "int", 1),
        ConfigField("class", "str", required=True, description="of goods"),
        ConfigField("kind", "str", "x", enum=("x", "y")),
        ConfigField("more", "dict[str, Any]", None, nullable=True),
    )
    body = RunShell(Format((ConfigValue("class"), ConfigValue("more", ("k",)))))
    found = module(plan(dag(asset("a", body), config=fields)))
    has(
        found,
        """
        class ShopConfig(dg.Config):
            my_key: str = Field(default="x", alias="my-key")
            place: str = Field(default_factory=lambda: f"{os.environ['DATA']}/in", description="where")
            a: int = 1
            class_: str = Field(alias="class", description="of goods")
            kind: Literal["x", "y"] = "x"
            more: dict[str, Any] | None = None
        """,
    )
    has(
        found,
        'def a(config: ShopConfig) -> None:\n    subprocess.run(["bash", "-c", f"{config.class_}{config.more[\'k\']}"], check=True)',
    )


# -------------------------------------------------------------------------------------------------------------- checks


def test_checks() -> None:
    text = "def fine(x):\n    return x > 1\n"
    made = dag(
        asset("a", RunShell("x", returns=True)),
        CreateCheck("shop", "t1", "rows", ("shop", "a"), SqlCheck("warehouse", "select 1")),
        CreateCheck("shop", "t2", "count", ("shop", "a"), SqlCheck("warehouse", "select 1", "value", "5")),
        CreateCheck(
            "shop", "t3", "name", ("shop", "a"), SqlCheck("warehouse", "select 1", "value", "x"), blocking=False
        ),
        CreateCheck(
            "shop",
            "t4",
            "raises",
            ("shop", "a"),
            call(text, "fine", x=InputValue("a")),
            inputs=(Input("a", ("shop", "a")),),
        ),
        CreateCheck(
            "shop",
            "t5",
            "elsewhere",
            ("other", "z"),
            CallFunction(function(text, "fine"), kwargs={"x": 1}, raises=False),
        ),
    )
    files = render(plan(made, resources=(DATABASE,)), text)
    found = files["src/shop_data/defs/shop/checks.py"]
    has(found, 'asset=a, blocking=True, metadata={"airflow/dag_id": "shop", "airflow/task_id": "t1"}')
    has(
        found,
        'row = warehouse.first_row("select 1")\n    return dg.AssetCheckResult(passed=row is not None and all(row), metadata={"row": str(row)})',
    )
    has(found, "passed=row is not None and all(float(value) == 5 for value in row)")
    has(found, 'passed=row is not None and all(str(value) == "x" for value in row)')
    has(found, "        return dg.AssetCheckResult(passed=False, description=str(error))\n")
    has(found, "    return dg.AssetCheckResult(passed=True)\n")
    has(found, 'asset=dg.AssetKey(["other", "z"]),')
    has(found, "    return dg.AssetCheckResult(passed=bool(fine(x=1)))")
    has(
        files["src/shop_data/defs/shop/automation.py"],
        'dg.AssetSelection.groups("shop")\n    | dg.AssetSelection.checks(dg.AssetCheckKey(dg.AssetKey(["other", "z"]), "elsewhere"))',
    )


def test_a_job_leaves_checks_of_other_dags_alone() -> None:
    made = plan(
        dag(asset("a", DoNothing())),
        dag(CreateCheck("quality", "t", "rows", ("shop", "a"), SqlCheck("warehouse", "select 1")), dag_id="quality"),
        resources=(DATABASE,),
    )
    files = render(made)
    check = 'dg.AssetSelection.checks(dg.AssetCheckKey(dg.AssetKey(["shop", "a"]), "rows"))'
    has(files["src/shop_data/defs/shop/automation.py"], f'dg.AssetSelection.groups("shop")\n    - {check}')
    has(files["src/shop_data/defs/quality/automation.py"], f"selection={check}")


# ----------------------------------------------------------------------------------------------------------------- ops

OPS = """
def pick() -> str:
    return "full"


def load(size):
    print(size)


def files():
    return ["a", "b"]


def one(file, day):
    return len(file)


def total(sizes):
    return sum(sizes)


def write(day):
    open(day).write("x")
    return day
"""


def ops_plan() -> dict[str, str]:
    made = dag(
        op(
            "pick",
            Choose(call(OPS, "pick"), {"full": "full", "g.small": "small"}),
            outputs=(("full", True), ("small", True)),
        ),
        op("full", call(OPS, "load", size=1), orders=(Order((("pick", "full"),)),), retry=Retry(1)),
        op("small", call(OPS, "load", size=2), orders=(Order((("pick", "small"),)),), retry=Retry(1)),
        op("files", call(OPS, "files"), orders=(Order((("full", "result"), ("small", "result"))),)),
        op("one_inputs", FanOut({"file": InputValue("files")}), inputs=(Input("files", node="files"),), dynamic=True),
        op(
            "one",
            call(OPS, "one", file=InputValue("file"), day=RunDate("ds")),
            inputs=(Input("file", node="one_inputs", mapped=True),),
        ),
        op(
            "total", call(OPS, "total", sizes=InputValue("sizes")), inputs=(Input("sizes", node="one", collected=True),)
        ),
        op(
            "write",
            call(OPS, "write", day=RunDate("ds")),
            materializes=(AssetOut(("out", "x"), kinds=("python",)),),
            deps=(("in", "y"),),
            orders=(Order((("one", "result"),), collected=True),),
        ),
        form="ops",
        partitions=DAILY,
    )
    return render(plan(made), OPS)


def test_a_job_of_ops() -> None:
    found = ops_plan()["src/shop_data/defs/shop/automation.py"]
    has(
        found,
        """
        @dg.job(partitions_def=daily_partitions, tags={"airflow/dag_id": "shop"})
        def shop() -> None:
            pick = ops.pick_op()
            full = ops.full(after=pick.full)
            small = ops.small(after=pick.small)
            files = ops.files(after=[full, small])
            one_inputs = ops.one_inputs(files=files)
            one = one_inputs.map(ops.one)
            ops.total(sizes=one.collect())
            ops.write(after=one.collect())
        """,
    )


def test_ops() -> None:
    files = ops_plan()
    found = files["src/shop_data/defs/shop/ops.py"]
    has(found, '    outputs = {"full": "full", "g.small": "small"}\n    yield dg.Output(None, outputs[chosen])')
    has(
        found,
        '@dg.op(\n    ins={"after": dg.In(dg.Nothing)}, tags={"airflow/task_id": "full"}, retry_policy=retry_policy\n)',
    )
    has(found, "def full() -> None:\n    load(size=1)")
    has(
        found,
        "def one_inputs(files: Any) -> Iterator[dg.DynamicOutput]:\n    for number, file in enumerate(files):\n        yield dg.DynamicOutput(file, mapping_key=str(number))",
    )
    has(found, "def one(context: dg.OpExecutionContext, file):\n    day = context.partition_key\n    return len(file)")
    has(
        found,
        """
        def write(context: dg.OpExecutionContext):
            day = context.partition_key
            open(day).write("x")
            context.log_event(dg.AssetMaterialization(["out", "x"], partition=context.partition_key))
            return day
        """,
    )
    has(
        files["src/shop_data/defs/shop/assets.py"],
        'deps=[dg.AssetKey(["in", "y"])]',
    )


def test_values_of_steps_that_may_not_run_come_by_the_same_op_in_all_jobs() -> None:
    def made(dag_id: str) -> DagPlan:
        def step(name: str, body: object, **changes: object) -> CreateOp:
            return CreateOp(dag_id, name, name, body, **changes)  # type: ignore[arg-type]

        return dag(
            step("full", call(OPS, "load", size=1), outputs=(("result", True),)),
            step("no_value", NoValue()),
            step("full_or_none", ValueOrNone(), inputs=(Input("values", node="full", behind="no_value"),)),
            step("total", call(OPS, "total", sizes=InputValue("sizes")), inputs=(Input("sizes", node="full_or_none"),)),
            dag_id=dag_id,
            form="ops",
        )

    files = render(plan(made("shop"), made("depot")), OPS)
    for dag_id in ("shop", "depot"):
        found = files[f"src/shop_data/defs/{dag_id}/automation.py"]
        has(found, "from shop_data import skipped\n")
        has(found, "    no_value = skipped.no_value()\n")
        has(found, 'skipped.value_or_none.alias("full_or_none")(values=[no_value, full])')
        assert "or_none" not in files[f"src/shop_data/defs/{dag_id}/ops.py"]
    assert "def value_or_none(" in files["src/shop_data/skipped.py"]


def test_cross_products_and_rows() -> None:
    made = dag(
        op("a", FanOut({"x": [1, 2], "y": ["a"]}), dynamic=True),
        op("b", FanOut(rows=[{"x": 1}]), dynamic=True),
        form="ops",
    )
    found = module(plan(made), name="ops")
    has(
        found,
        'enumerate(itertools.product([1, 2], ["a"])):\n        yield dg.DynamicOutput(dict(zip(["x", "y"], values, strict=True)), mapping_key=str(number))',
    )
    has(
        found, 'for number, row in enumerate([{"x": 1}]):\n        yield dg.DynamicOutput(row, mapping_key=str(number))'
    )


# ---------------------------------------------------------------------------------------------------------- automation


def automation(*operations: object, **changes: object) -> str:
    made = dag(
        asset("a", DoNothing(), partitioned=bool(changes.get("partitions"))),
        CreateJob("shop", "shop", "assets"),
        *operations,
        **changes,
    )  # type: ignore[arg-type]
    return module(plan(made, resources=(DATABASE, MAIL, BUCKETS)), name="automation")


def test_a_schedule_ends_when_airflow_made_the_last_run() -> None:
    last = "2026-06-30T03:00:00+00:00"
    has(
        automation(CreateSchedule("shop", "shop_schedule", "shop", ("0 5 * * *",), until=last)),
        '''
        @dg.schedule(job=shop, cron_schedule="0 5 * * *")
        def shop_schedule(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
            """Runs the job, until the end date."""
            if context.scheduled_execution_time > dt.datetime(2026, 6, 30, 3, tzinfo=dt.timezone.utc):
                return dg.SkipReason("the end date is over")
            return dg.RunRequest()
        ''',
    )
    daily = CreateSchedule("shop", "shop_schedule", "shop", ("0 5 * * *",), partitioned=True, until=last)
    has(
        automation(daily, partitions=DAILY),
        '        return dg.SkipReason("the end date is over")\n    return newest_partition(context, daily_partitions)',
    )


def test_freshness_policies() -> None:
    due = Freshness(5400.0, "30 6 * * *", "Europe/Berlin")
    for policy, said in (
        (
            due,
            'dg.FreshnessPolicy.cron( deadline_cron="30 6 * * *", lower_bound_delta=dt.timedelta(hours=1, minutes=30), timezone="Europe/Berlin"',
        ),
        (
            Freshness(90000.0),
            "freshness_policy=dg.FreshnessPolicy.time_window(fail_window=dt.timedelta(days=1, hours=1))",
        ),
    ):
        outputs = (AssetOut(("shop", "load"), freshness=policy),)
        assert said in " ".join(
            module(plan(dag(asset("load", RunShell("load"), outputs=outputs))), name="assets").split()
        )
        made = CreateOp("shop", "load", "load", RunShell("load"), materializes=outputs)
        assert said in " ".join(module(plan(dag(made, form="ops")), name="assets").split())


def test_schedules() -> None:
    has(
        automation(CreateSchedule("shop", "shop_schedule", "shop", ("0 5 * * *", "0 7 * * 1"), "Asia/Tokyo")),
        'shop_schedule = dg.ScheduleDefinition(\n    job=shop, cron_schedule=["0 5 * * *", "0 7 * * 1"], execution_timezone="Asia/Tokyo"\n)',
    )
    daily = CreateSchedule("shop", "shop_schedule", "shop", ("0 5 * * *",), partitioned=True)
    has(
        automation(daily, partitions=DAILY),
        "shop_schedule = dg.build_schedule_from_partitioned_job(shop, hour_of_day=5)",
    )
    has(
        automation(
            CreateSchedule("shop", "every", "shop", ("0 5 * * 1-5",), partitioned=True),
            partitions=Partitions("0 5 * * 1-5", "2026-01-01"),
        ),
        '''
        @dg.schedule(job=shop, cron_schedule="0 5 * * 1-5")
        def every(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
            """Runs the newest partition."""
            return newest_partition(context, partitions)
        ''',
    )
    every = dt.timedelta(hours=36)
    has(
        automation(
            CreateSchedule(
                "shop", "odd", "shop", ("0 */12 * * *",), interval=every, every=every, since="2024-01-01T12:00:00+00:00"
            )
        ),
        '''
        @dg.schedule(job=shop, cron_schedule="0 */12 * * *")
        def odd(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
            """Runs the job every 36 hours for the time since the run before."""
            passed = context.scheduled_execution_time - dt.datetime(2024, 1, 1, 12, tzinfo=dt.timezone.utc)
            if passed % dt.timedelta(hours=36):
                return dg.SkipReason("it is due every 36 hours")
            start = context.scheduled_execution_time - dt.timedelta(hours=36)
            return dg.RunRequest(tags={"airflow/logical_date": start.isoformat()})
        ''',
    )


def test_sensors() -> None:
    wait = (FileExists(Format(("/in/", RunDate("ds"), ".csv"))), ObjectExists("aws", "b", "k"))
    has(
        automation(CreateSensor("shop", "wait", "shop", ("w",), wait, interval=30, partitioned=True), partitions=DAILY),
        """
        def wait(context: dg.SensorEvaluationContext, aws: ObjectStore) -> Iterator[dg.RunRequest]:
            for key in awaited_partitions(context, daily_partitions):
                if Path(f"/in/{key}.csv").exists() and aws.exists("b", "k"):
                    yield dg.RunRequest(run_key=key, partition_key=key)
        """,
    )
    has(
        automation(CreateSensor("shop", "wait", "shop", ("w",), (FileExists("/in"),))),
        '    if not file_is_there("/in"):\n        return dg.SkipReason("not there yet")\n    return dg.RunRequest()',
    )
    has(
        automation(CreateSensor("shop", "on_a", "shop", assets=(("x", "a"),))),
        '@dg.asset_sensor(asset_key=dg.AssetKey(["x", "a"]), job=shop, metadata={"airflow/dag_id": "shop"})',
    )
    both = CreateSensor("shop", "on_both", "shop", assets=(("a",), ("b",)))
    has(automation(both), "    if len(updated) < len(AWAITED_ASSETS):\n")
    keys = (("lake", "a"), ("b",), ("shop", "a"))
    mixed = AssetExpression("any", (AssetExpression("all", keys[:2]), keys[2]))
    has(
        automation(CreateSensor("shop", "on_some", "shop", assets=keys, expression=mixed)),
        """
        def on_some(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
            updated, cursor = updated_assets(context, AWAITED_ASSETS)
            a, b, shop_a = (key in updated for key in AWAITED_ASSETS)
            if not ((a and b) or shop_a):
                return dg.SkipReason("not enough of the assets have been updated since the last run")
        """,
    )
    has(
        automation(CreateSensor("shop", "shop_sensor", "shop", interval=30)),
        """
        def shop_sensor(context: dg.SensorEvaluationContext) -> dg.RunRequest | dg.SkipReason:
            if runs_in_progress(context.instance, "shop"):
                return dg.SkipReason("a run is in progress")
            return dg.RunRequest()
        """,
    )


def test_a_run_that_a_task_asks_for_gets_its_params_by_their_own_names() -> None:
    fields = (ConfigField("from", "str", "x"), ConfigField("my_key", "int", 1, param="my-key"))
    made = plan(
        dag(
            asset("a", DoNothing()),
            CreateRunSensor("shop", "t", "then", "shop", "success", triggers="next", request=RequestRun({"from": "a"})),
        ),
        dag(asset("b", RunShell(ConfigValue("from")), dag_id="next"), dag_id="next", config=fields),
    )
    assert 'config_of(conf, ["next__b"], {"from": str, "my-key": int})' in module(made, name="run_sensors")


def test_what_follows_a_run() -> None:
    made = plan(
        dag(
            asset("a", DoNothing(), partitioned=True),
            CreateJob("shop", "shop", "assets"),
            CreateRunSensor(
                "shop", "t", "then", "shop", "success", triggers="next", request=RequestRun({"day": RunDate("ds")})
            ),
            CreateRunSensor(
                "shop",
                None,
                "mail",
                "shop",
                "failure",
                notify=Notify("email", "smtp", {"to": "x", "subject": Format(("no ", RunDate("ds")))}),
            ),
            CreateRunSensor("shop", "d", "done", "shop", "done", notify=Notify("email", "smtp", {"to": "x"})),
            partitions=DAILY,
        ),
        dag(asset("b", DoNothing(), dag_id="next", partitioned=True), dag_id="next", partitions=DAILY),
        resources=(MAIL,),
    )
    found = module(made, name="run_sensors")
    has(found, "from shop_data.defs.next.automation import next")
    has(
        found,
        """
        def then(context: dg.RunStatusSensorContext) -> dg.RunRequest:
            return dg.RunRequest(
                run_key=context.dagster_run.run_id,
                partition_key=context.partition_key,
                tags={"airflow/conf": json.dumps({"day": context.partition_key})},
            )
        """,
    )
    has(
        found,
        'def mail(context: dg.RunFailureSensorContext, smtp: EmailServer) -> None:\n    smtp.send(to="x", subject=f"no {context.partition_key}")',
    )
    has(found, "def done_success(context: dg.RunStatusSensorContext")
    has(found, "def done_failure(context: dg.RunFailureSensorContext")
    assert found.count('"airflow/task_id": "d"') == 1


# ------------------------------------------------------------------------------------------------- what stays elsewhere


def test_external_assets() -> None:
    made = plan(
        dag(
            KeepInAirflow(
                "shop",
                "t",
                (AssetOut(("shop", "t"), kinds=("airflow",)),),
                (("raw", "x"),),
                "MIG201",
                "no rule",
                "shop",
            ),
            form="airflow",
            reason="no rule",
        ),
        external_assets=(DeclareExternalAsset(AssetOut(("raw", "x"), name="s3://raw/x", system="s3")),),
    )
    files = render(made)
    has(
        files["src/shop_data/defs/shop/airflow_tasks.py"],
        'airflow_tasks = [airflow_task("shop", "t", deps=[["raw", "x"]])]',
    )
    has(
        files["src/shop_data/defs/external_assets.py"],
        'dg.AssetSpec(["raw", "x"], group_name="sources", metadata={"dagster/uri": "s3://raw/x"})',
    )
    assert '"dag_id": "shop"' in files["stays_in_airflow.json"]


def test_a_task_in_airflow_that_is_called_like_its_dag_keeps_its_id() -> None:
    kept = [
        KeepInAirflow(
            "shop", task_id, (AssetOut(("shop", task_id), kinds=("airflow",)),), (), "MIG201", "no rule", "shop"
        )
        for task_id in ("shop", "other")
    ]
    files = render(plan(dag(*kept, form="airflow", reason="no rule")))
    text = files["src/shop_data/defs/shop/airflow_tasks.py"]
    has(text, 'task = functools.partial(airflow_task, "shop")')
    has(text, 'airflow_tasks = [task("shop"), task("other")]')


def test_each_of_many_external_assets_has_a_definition_of_its_own() -> None:
    """Otherwise Dagster puts all specs into one, and each job that reads any of them holds all: quadratic in the number of DAGs."""
    many = tuple(DeclareExternalAsset(AssetOut(("raw", f"x{number}"))) for number in range(101))
    text = render(plan(external_assets=many))["src/shop_data/defs/external_assets.py"]
    found: dict[str, object] = {}
    exec(text, found)
    assets = found["external_assets"]
    assert isinstance(assets, list)
    assert [asset.key.path for asset in assets] == [list(asset.output.key) for asset in many]


def test_the_environment_is_written_down_without_secrets() -> None:
    made = plan(
        dag(asset("a", RunShell(EnvValue("TOKEN")))),
        resources=(DATABASE, MAIL),
        settings=(
            EnvSetting("TOKEN", "Variable token", None, ("shop.a",)),
            EnvSetting("MODE", 'Variable "mode"', "a b"),
            EnvSetting("WAREHOUSE_URL", "Connection warehouse"),
            EnvSetting("SMTP_URL", "Connection smtp"),
        ),
    )
    files = render(made)
    example = files[".env.example"]
    assert "\nTOKEN=\n" in f"\n{example}"
    assert '# MODE="a b"\n' in example
    assert "# WAREHOUSE_URL=postgresql+psycopg2://user:password@host:5432/database\n" in example
    assert "| `TOKEN` | Variable token |" in files["README.md"]
    assert 'postgres = ["psycopg2-binary"]' in files["pyproject.toml"]


def test_what_code_reads_with_a_default_may_be_left_out() -> None:
    reads = """
        import os

        HOST = os.environ.get("API_HOST", "localhost")
        PORT = os.getenv('API_PORT', 80 + 1)
        USER = os.environ["API_USER"]
        NAME = os.environ.get("API_USER", "me")
    """
    found = with_read_settings(plan(dag()), {"src/shop/api.py": reads})
    assert {setting.name: setting.default for setting in found.settings} == {
        "API_HOST": "localhost",
        "API_PORT": "",
        "API_USER": None,
    }


# ------------------------------------------------------------------------------------------------------ whole projects


def test_the_same_plan_gives_the_same_bytes() -> None:
    assert ops_plan() == ops_plan()


def test_nothing_tells_how_it_came_about() -> None:
    bridge = ("/airflow_bridge/", "for_airflow/")
    files = {path: text for path, text in ops_plan().items() if not any(place in path for place in bridge)}
    text = "\n".join(files.values()).lower().replace("airflow-dagster-migrator[dagster]", "")
    for word in ("migrator", "generated", "todo", "fixme", "mig5"):
        assert word not in text


def test_every_file_parses_and_no_import_is_left_over() -> None:
    for path, text in ops_plan().items():
        if path.endswith(".py"):
            tree = ast.parse(text)
            names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
            for node in tree.body:
                for alias in getattr(node, "names", []) if isinstance(node, (ast.Import, ast.ImportFrom)) else []:
                    assert (alias.asname or alias.name).partition(".")[0] in names, (path, alias.name)


def test_text_that_is_not_python_is_a_bug_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    from migrator.codegen.render import ops

    monkeypatch.setattr(ops, "_dynamic", lambda value: "yield (")
    with pytest.raises(MigratorError) as raised:
        ops_plan()
    assert raised.value.code == "MIG504"
    assert "ops.py" in raised.value.message


def test_the_teams_line_length_is_kept() -> None:
    line = 'VALUE = {"first": "' + "x" * 40 + '", "second": "' + "y" * 40 + '"}'
    text = f"{line}\n\n\ndef f():\n    return VALUE\n"
    files = render(plan(dag(asset("f", call(text, "f")))), text)
    assert line in files["src/shop_data/defs/shop/assets.py"]
    assert "line-length = 120" in files["pyproject.toml"]


def test_a_function_that_lacks_an_argument_is_called_without_it() -> None:
    """As in Airflow the step fails, by the call; the body alone would read a name that nothing binds."""
    text = "def f(data):\n    return data\n"
    found = module(plan(dag(asset("f", CallFunction(function(text, "f"))))), text)
    has(found, "def f(data):\n    return data\n")
    has(found, "    return f()")
