"""What Python callables read and write: each function of the fixture says so in its docstring."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest

from migrator.analyzers.callables import CallableAnalyzer
from migrator.analyzers.io import infer_io
from migrator.analyzers.io.python_calls import CodeIo, python_io, task_code
from migrator.analyzers.source import Folder
from migrator.model.airflow import AirflowProject, Dag, Schedule, Task
from migrator.model.assets import AssetRef
from migrator.model.source import Span
from migrator.model.values import Symbolic, XComValue
from tests.analyzers.callables.describe import FIXTURES, callable_of, project_from, project_of


def documented(file: str) -> list[tuple[str, str, list[str]]]:
    """File, name and lines of the docstring of each function that has one that lists references."""
    nodes = ast.parse((FIXTURES / "io" / file).read_text()).body
    texts = [(node.name, ast.get_docstring(node)) for node in nodes if isinstance(node, ast.FunctionDef)]
    found = [(file, name, text.split("\n") if text.strip() else []) for name, text in texts if text is not None]
    return [row for row in found if row[1] != "ensured"]


DOCUMENTED = [*documented("calls.py"), *documented("objects.py"), *documented("stores.py")]


def task_of(analyzer: CallableAnalyzer, file: str, name: str, task_id: str = "t", **fields: Any) -> Task:
    function = callable_of(analyzer, file, name)
    return Task("d", task_id, "PythonOperator", "m", Span(file, 1), callable=function, **fields)


def with_dag(project: AirflowProject, *tasks: Task, params: Mapping[str, Any] | None = None) -> AirflowProject:
    dag = Dag("d", Span("dag.py", 1), Schedule("none"), "2", tasks, params=params or {})
    return AirflowProject(project.root, "2", project.sources, (dag,))


def io_of(
    task: Task,
    analyzer: CallableAnalyzer,
    beside: Iterable[Task] = (),
    folder: Folder | None = None,
    params: Mapping[str, Any] | None = None,
) -> CodeIo:
    """What the code of a task does, in a DAG of it and the others."""
    (dag,) = with_dag(analyzer.project, *beside, task, params=params).dags
    return python_io(task, task_code(dag, analyzer, folder))


def shown(ref: AssetRef) -> str:
    parts = [ref.direction.value, ref.kind, ref.name, ref.confidence.value, ref.system, ref.connection]
    return " ".join(part for part in parts if part)


def refs_in(code: str, name: str = "f", params: Mapping[str, Any] | None = None, **fields: Any) -> list[str]:
    analyzer = CallableAnalyzer(project_from({"dag.py": code}))
    task = task_of(analyzer, "dag.py", name, **fields)
    found = io_of(task, analyzer, params=params)
    return [shown(ref) for ref in found.refs]


@pytest.mark.parametrize(("file", "name", "expected"), DOCUMENTED, ids=[row[1] for row in DOCUMENTED])
def test_reads_and_writes(file: str, name: str, expected: list[str]) -> None:
    analyzer = CallableAnalyzer(project_of(FIXTURES / "io"))
    task = task_of(analyzer, file, name)
    found = io_of(task, analyzer)
    assert sorted(map(shown, found.refs)) == sorted(expected)
    assert found.diagnostics == []


def test_evidence_is_the_call() -> None:
    analyzer = CallableAnalyzer(project_of(FIXTURES / "io"))
    task = task_of(analyzer, "calls.py", "helpers")
    found = io_of(task, analyzer)
    by_name = {ref.name: ref.evidence for ref in found.refs}
    evidence = by_name["settings/extra.csv"]
    assert analyzer.project.sources["settings.py"].cut(evidence.span) == 'pd.read_csv(f"settings/{name}.csv")'
    assert evidence.why == "`pd.read_csv` reads it in `extra`, which the task calls"
    assert by_name["done.txt"].why == "`.write_text` writes it in `note`, which the task calls"


ARGUMENTS = """
import pandas as pd
def f(path, folder="in", *, day=None, **kwargs):
    pd.read_csv(f"{folder}/{path}_{day}.csv")
    pd.read_csv(f"kw/{kwargs['name']}.csv")
"""


def test_arguments_of_the_task() -> None:
    found = refs_in(ARGUMENTS, call_args=("orders",), call_kwargs={"day": "{{ ds }}", "name": "{{ var.value.x }}"})
    assert found == ["input file in/orders_{{ ds }}.csv likely", "input file kw/{var:x}.csv likely"]


def test_symbolic_arguments() -> None:
    env = Symbolic("env", "os.environ['ROOT']", name="ROOT")
    found = refs_in(ARGUMENTS, call_args=("x", env), call_kwargs={"day": Symbolic("unknown", "?"), "name": 3})
    assert found == ["input file {env:ROOT}/x_{?}.csv possible", "input file kw/3.csv likely"]


def test_mapped_tasks_touch_a_file_for_each_element() -> None:
    code = "import pandas as pd\ndef f(path, day): pd.read_csv(f'in/{path}_{day}.csv')\n"
    found = refs_in(code, expand={"path": ["a", "b"], "day": ["1", "2"]}, mapped=True)
    assert found == [f"input file in/{path}_{day}.csv likely" for path in "ab" for day in "12"]
    rows = refs_in(code, expand={"**": [{"path": "a", "day": 1}, {"path": "b", "day": 2}]}, mapped=True)
    assert rows == ["input file in/a_1.csv likely", "input file in/b_2.csv likely"]
    unknown = refs_in(code, expand={"path": XComValue("other")}, call_kwargs={"day": 1}, mapped=True)
    assert unknown == ["input file in/{?}_1.csv possible"]


OBJECTS = {
    "class that a decorator gives members": (
        """
def to(path):
    def around(cls):
        cls.path = path
        return cls
    return around
class Job:
    def run(self): open(self.path, "w")
@to("/out/a")
class A(Job): pass
@to("/out/b")
class B(Job): pass
def f():
    A().run()
    B().run()
""",
        ["output file /out/a likely", "output file /out/b likely"],
    ),
    "class that is made by a call": (
        """
class Job:
    def run(self): open(f"/out/{type(self).__name__}/{self.path}", "w")
def f(): type("Sales", (Job,), {"path": "a"})().run()
""",
        ["output file /out/Sales/a likely"],
    ),
    "nested dataclasses": (
        """
import dacite
from dataclasses import dataclass
@dataclass
class Place: path: str
@dataclass
class Config: places: dict[str, Place]
def f():
    config = dacite.from_dict(Config, {"places": {"x": {"path": "/in/x"}}})
    open(config.places["x"].path)
""",
        ["input file /in/x likely"],
    ),
    "field by its alias": (
        """
from pydantic import BaseModel, Field
class Job(BaseModel): source: str = Field(alias="from")
def f(): open(Job.model_validate({"from": "/in/x"}).model_copy(update={"other": 1}).model_dump()["source"])
""",
        ["input file /in/x certain"],
    ),
    "method of a library that a pool calls": (
        """
from concurrent.futures import ThreadPoolExecutor
import boto3
s3 = boto3.client("s3")
def f():
    with ThreadPoolExecutor() as pool: pool.submit(s3.upload_file, "/in/a", "b", "k").result()
""",
        ["input file /in/a certain", "output object s3://b/k certain s3"],
    ),
    "what a pool gives": (
        """
from concurrent.futures import ThreadPoolExecutor
def name(x): return f"/out/{x}"
def f():
    with ThreadPoolExecutor() as pool: open(pool.submit(name, "a").result(), "w")
""",
        ["output file /out/a likely"],
    ),
    "members by name": (
        """
from operator import attrgetter, itemgetter, methodcaller
class Job:
    def __init__(self): setattr(self, "path", {"to": "/out/a"})
    def run(self, mode): open(self.path["to"], mode)
def f():
    job = Job()
    open(itemgetter("to")(attrgetter("path")(job)))
    methodcaller("run", "w")(globals()["Job"]())
""",
        ["input file /out/a likely", "output file /out/a likely"],
    ),
    "what a member is decides": (
        """
class A: path = "/in/a"
class B: path = "/in/b"
def read(x):
    if isinstance(x, A): open(x.path)
    elif hasattr(x, "path"): open(x.path)
    if not hasattr(x, "other") and callable(read) and isinstance("s", str): open("/in/c")
    else: open("/in/d")
def f(): read(B())
""",
        ["input file /in/b likely", "input file /in/c certain"],
    ),
    "tables that a module's loop fills": (
        """
TABLES = {}
for name in ("a", "b"):
    TABLES[name] = f"/in/{name}"
def f(): open(TABLES["b"])
""",
        ["input file /in/b likely"],
    ),
    "order of base classes": (
        """
class Job:
    folder = "/in"
    @property
    def path(self): return self.folder + "/job"
    @classmethod
    def of(cls, name): return cls(name)
    def __init__(self, name): self.name = name
    def run(self): open(f"{self.path}/{self.name}")
class Timed:
    def run(self):
        print("start")
        super().run()
class Logged:
    def run(self):
        super().run()
class Root:
    def where(self): return "/root"
class Left(Root): pass
class Right:
    def where(self): return "/right"
class Both(Left, Right): pass
class Load(Timed, Logged, Job):
    folder = "/load"
    @property
    def path(self): return super().path + "/more"
    @classmethod
    def of(cls, name): return super().of(name + "!")
def make(folder):
    class Made(Job):
        pass
    Made.folder = folder
    class Other(Job):
        folder = "/x"
        target = folder
        def run(self): open(self.target + "/other")
    return Made, Other
def f():
    Load.of("a").run()
    open(Both().where())
    for folder in ("/p", "/q"):
        for one in make(folder): one("n").run()
""",
        [
            "input file /load/job/more/a! likely",
            "input file /p/job/n likely",
            "input file /q/job/n likely",
            "input file /root likely",
            "input file /x/other likely",
        ],
    ),
    "elements of several lists": (
        """
import itertools
def f():
    for folder, name in itertools.product(["a", "b"], itertools.islice(["x", "y"], 1)): open(f"/in/{folder}/{name}")
    for names in itertools.batched(itertools.chain(["c"], itertools.chain.from_iterable([["d"]])), 2): open(names[1])
""",
        ["input file /in/a/x likely", "input file /in/b/x likely", "input file d likely"],
    ),
    "conversions of texts": (
        """
def f(day, part):
    open("/in/%s/%05d-%%.csv" % ("a", 7))
    open("/in/%(name)s/%(part).3f" % {"name": "b", "part": part})
""",
        ["input file /in/a/00007-%.csv likely", "input file /in/b/{?} possible"],
    ),
    "engine of a connection": (
        """
import pandas as pd
from airflow.hooks.base import BaseHook
from airflow.providers.postgres.hooks.postgres import PostgresHook
from sqlalchemy import create_engine
def f():
    connection = BaseHook.get_connection("one")
    pd.read_sql_table("a", create_engine(connection.get_uri()))
    pd.read_sql_table("b", create_engine(f"mysql://{connection.login}@{connection.host}/x"))
    pd.read_sql_table("c", create_engine(PostgresHook("two").get_uri()))
""",
        ["input table a certain one", "input table b certain mysql one", "input table c certain postgres two"],
    ),
}


@pytest.mark.parametrize("what", OBJECTS)
def test_own_objects(what: str) -> None:
    code, expected = OBJECTS[what]
    assert sorted(refs_in(code)) == expected


def test_params_have_their_defaults() -> None:
    code = "def f(params, **context): open(params['folder'] + '/' + context['params']['other'] + '.txt')\n"
    assert refs_in(code, params={"folder": "in"}) == ["input file in/{param:other}.txt likely"]


UPSTREAM = """
import pandas as pd
def path(ds):
    print(ds)
    return f"data/{ds}.csv"
def several():
    return {"train": "train.csv", "test": "test.csv"}
def branches(flag):
    if flag:
        return "a.csv"
    return "b.csv"
def f(path, test, either, **context):
    pd.read_csv(path)
    pd.read_csv(test)
    pd.read_csv(f"x/{either}")
    pd.read_csv(context["ti"].xcom_pull(task_ids="path"))
    pd.read_csv("again/" + context["ti"].xcom_pull("several", key="train"))
def circle(path):
    open(f"x/{path}")
    return path
"""


def test_results_of_upstream_tasks() -> None:
    analyzer = CallableAnalyzer(project_from({"dag.py": UPSTREAM}))
    upstream = [task_of(analyzer, "dag.py", name, name) for name in ("path", "several", "branches")]
    arguments = (XComValue("path"), XComValue("several", "test"), XComValue("branches"))
    task = task_of(analyzer, "dag.py", "f", call_args=arguments)
    refs = io_of(task, analyzer, upstream).refs
    assert [ref.name for ref in refs] == ["data/{{ ds }}.csv", "test.csv", "x/a.csv", "x/b.csv", "again/train.csv"]


CHANGED = """
def given(): return {"path": "/in/a"}
def changes(found):
    found["path"] = "/in/b"
    open(found["path"])
def reads(found): open(found["path"])
"""


def test_what_a_task_changes_in_a_result_no_other_task_sees() -> None:
    analyzer = CallableAnalyzer(project_from({"dag.py": CHANGED}))
    given = task_of(analyzer, "dag.py", "given", "given")
    takers = [task_of(analyzer, "dag.py", name, name, call_args=(XComValue("given"),)) for name in ("changes", "reads")]
    dag = with_dag(analyzer.project, given, *takers).dags[0]
    code = task_code(dag, analyzer)
    found = [[ref.name for ref in python_io(task, code).refs] for task in (*takers, given, *takers)]
    assert found == [["/in/b"], ["/in/a"], [], ["/in/b"], ["/in/a"]]


def test_tasks_that_feed_each_other_end() -> None:
    analyzer = CallableAnalyzer(project_from({"dag.py": UPSTREAM}))
    one = task_of(analyzer, "dag.py", "circle", "one", call_args=(XComValue("two"),))
    two = task_of(analyzer, "dag.py", "circle", "two", call_args=(XComValue("one"),))
    refs = io_of(one, analyzer, [two]).refs
    assert [ref.name for ref in refs] == ["x/{?}"]


def test_sql_that_is_not_understood_is_a_finding() -> None:
    analyzer = CallableAnalyzer(project_from({"dag.py": "def f(con):\n    con.execute('select from from where')\n"}))
    task = task_of(analyzer, "dag.py", "f")
    found = io_of(task, analyzer)
    assert found.refs == []
    assert [(finding.code, finding.span.line) for finding in found.diagnostics] == [("MIG401", 2)]


@pytest.mark.parametrize(
    "body",
    [
        "".join("    x = x + x\n" for _ in range(50)) + "    open(x)\n",
        "".join(f"    x{n + 1} = f'{{x{n}}}{{x{n}}}'\n" for n in range(60)) + "    open(x60)\n",
        "    " + "open(" * 150 + ")" * 150 + "\n",
        "".join(f"    a{n} = [a{n + 1} for _ in a{n + 1}]\n" for n in range(60)) + "    a60 = a0\n    open(a0[0])\n",
    ],
    ids=["reassigned", "doubling", "nested", "circular"],
)
def test_folding_ends(body: str) -> None:
    assert refs_in(f"def f(x='a', x0='a'):\n{body}") == []


def test_long_sums_are_folded() -> None:
    sql = " + ".join(["'insert into x '", *["'select a '"], *["'-- '"] * 200])
    assert refs_in(f"def f(con):\n    con.execute({sql})\n") == ["output table x likely"]


def test_nested_loops_are_bounded() -> None:
    loops = "".join("    " * (n + 1) + f"for i{n} in ITEMS:\n" for n in range(6))
    body = "    " * 7 + "open(f'x/{i0}{i1}{i2}{i3}{i4}{i5}.txt')\n"
    found = refs_in(f"ITEMS = {list(range(10))}\ndef f():\n{loops}{body}")
    assert len(found) == 64
    assert found[0] == "input file x/000000.txt likely"


def test_a_task_without_a_callable_of_the_folder() -> None:
    analyzer = CallableAnalyzer(project_from({}))
    task = Task("d", "t", "BashOperator", "m", Span("dag.py", 1))
    assert io_of(task, analyzer) == CodeIo()


def test_given_names_are_no_context() -> None:
    code = "def f(ds): open(f'in/{ds}.csv')\n"
    assert refs_in(code) == ["input file in/{{ ds }}.csv likely"]
    assert refs_in(code, call_kwargs={"ds": "fixed"}) == ["input file in/fixed.csv likely"]


OPERATORS = """
from airflow.models import BaseOperator
from airflow.sensors.base import BaseSensorOperator
from airflow.providers.postgres.hooks.postgres import PostgresHook
from helpers.paths import landing

class Load(BaseOperator):
    def __init__(self, read, table, conn_id="shop", **kwargs):
        super().__init__(**kwargs)
        self.read, self.table, self.conn_id = read, table, conn_id
    def hook(self):
        return PostgresHook(postgres_conn_id=self.conn_id)
    def execute(self, context):
        rows = self.read(landing(context["ds"]))
        self.hook().insert_rows(self.table, rows)

class Wait(BaseSensorOperator):
    def poke(self, context):
        open("/data/seen.txt", "w").write("x")
        return self.hook.exists("x") or open("/data/flag.txt").read()

class Ask(BaseOperator):
    def __init__(self, sql, **kwargs):
        super().__init__(**kwargs)
        self.sql = sql
    def execute(self, context):
        return PostgresHook("shop").get_records(self.sql)

def read(path):
    return open(path).read()
"""


def operator_refs(operator: str, folder: Folder | None = None, **fields: Any) -> list[str]:
    files = {"ops/load.py": OPERATORS}
    if folder is None:
        files["helpers/paths.py"] = "def landing(day):\n    return f'/landing/{day}.csv'\n"
    analyzer = CallableAnalyzer(project_from(files))
    task = Task("d", "t", operator, "ops.load", Span("dag.py", 1), overrides=("execute", "poke"), **fields)
    refs = io_of(task, analyzer, folder=folder).refs
    return [shown(ref) for ref in refs]


def test_an_operator_of_the_folder_is_read_with_the_arguments_of_the_task() -> None:
    reading = callable_of(CallableAnalyzer(project_from({"ops/load.py": OPERATORS})), "ops/load.py", "read")
    found = operator_refs("Load", arguments={"read": reading, "table": "mart.{{ params.name }}"})
    assert found == ["input file /landing/{{ ds }}.csv likely", "output table mart.{param:name} likely postgres shop"]


def test_sql_of_an_operator_is_read_with_all_branches_of_its_template() -> None:
    sql = "SELECT * FROM {% if params.old %}old_orders{% else %}orders{% endif %} WHERE {% if params.n %}n = 1{% else %}n = 2{% endif %}"
    found = operator_refs("Ask", arguments={"sql": sql})
    assert found == ["input table old_orders likely postgres shop", "input table orders likely postgres shop"]


def test_a_sensor_makes_no_data() -> None:
    found = operator_refs("Wait", bases=("airflow.sdk.bases.sensor.BaseSensorOperator",))
    assert found == ["input file /data/flag.txt certain"]


def test_a_branch_makes_no_data() -> None:
    code = "def f():\n    open('/a.txt')\n    open('/b.txt', 'w')\n    return 'x'\n"
    assert refs_in(code, decorator="task.branch") == ["input file /a.txt certain"]


def test_modules_of_further_roots(tmp_path: Path) -> None:
    (tmp_path / "dags").mkdir()
    (tmp_path / "lib" / "helpers").mkdir(parents=True)
    (tmp_path / "lib" / "helpers" / "paths.py").write_text("def landing(day):\n    return f'/elsewhere/{day}.csv'\n")
    folder = Folder(tmp_path / "dags", (tmp_path / "lib",))
    reading = callable_of(CallableAnalyzer(project_from({"ops/load.py": OPERATORS})), "ops/load.py", "read")
    found = operator_refs("Load", folder, arguments={"read": reading, "table": "t"})
    assert found[:1] == ["input file /elsewhere/{{ ds }}.csv likely"]


@pytest.mark.parametrize(
    "engine",
    [
        "create_engine(connection.get_uri())",
        "create_engine(f'postgresql://{connection.login}:{connection.password}@{connection.host}/{connection.schema}')",
        "create_engine(URL.create('postgresql', host=connection.host, database=connection.schema))",
        "create_engine(PostgresHook('dwh').get_uri())",
        "connection.get_uri()",
    ],
)
def test_the_connection_that_an_address_is_made_of(engine: str) -> None:
    code = f"""
from airflow.hooks.base import BaseHook
from airflow.providers.postgres.hooks.postgres import PostgresHook
from sqlalchemy import create_engine
from sqlalchemy.engine import URL
def f(frame):
    connection = BaseHook.get_connection("dwh")
    frame.to_sql("orders", {engine}, schema="mart")
"""
    (found,) = refs_in(code)
    assert found.startswith("output table mart.orders") and found.endswith(" dwh")


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("pd.read_sql('select 1 from s.t', 'postgresql+psycopg2://u@h/d')", ["input table s.t likely postgres"]),
        ("Report().save_html('/mnt/drift.html')", ["output file /mnt/drift.html certain"]),
        ("read_cloud('/mnt/a.las')", ["input file /mnt/a.las certain"]),
        ("load_from_disk('/mnt/tokenized')", ["input file /mnt/tokenized certain"]),
        ("mlflow.sklearn.log_model(1, artifact_path='model')", ["output model model certain mlflow"]),
        (
            "mlflow.sklearn.log_model(1, artifact_path='model'); mlflow.register_model('runs:/1/model', 'churn')",
            ["output model churn certain mlflow"],
        ),
        (
            "name, _ = urlretrieve('https://x.example/a.csv', '/tmp/a.csv'); os.remove(name)",
            ["input api https://x.example/a.csv certain"],
        ),
        ("save_settings('/etc/app.toml')", []),
        (
            "zipfile.ZipFile('/in/a.zip').extract('b.csv', '/out')",
            ["input file /in/a.zip certain", "output file /out/b.csv certain"],
        ),
    ],
)
def test_what_names_of_methods_and_addresses_tell(code: str, found: list[str]) -> None:
    imports = "import mlflow, os, zipfile, pandas as pd\nfrom datasets import load_from_disk\nfrom urllib.request import urlretrieve\nfrom evidently import Report\nfrom lidar import read_cloud, save_settings\n"
    assert sorted(refs_in(f"{imports}def f():\n    {code}\n")) == found


def test_a_hook_writes_to_its_own_connection_whatever_its_rows_come_from() -> None:
    code = """
from airflow.providers.mysql.hooks.mysql import MySqlHook
from airflow.providers.postgres.hooks.postgres import PostgresHook
def f():
    rows = MySqlHook("shop").get_records("SELECT * FROM orders")
    PostgresHook("dwh").insert_rows("staging.orders", rows)
"""
    assert refs_in(code) == [
        "input table orders likely mysql shop",
        "output table staging.orders certain postgres dwh",
    ]


def test_the_ids_of_the_task_in_a_name_are_its_own() -> None:
    code = """
def f(ds, task, ti):
    open(f"/data/{ti.dag_id}/{task.task_id}_{ds}.txt", "w").write("x")
"""
    analyzer = CallableAnalyzer(project_from({"dag.py": code}))
    task = task_of(analyzer, "dag.py", "f", task_id="g.load")
    (found,) = infer_io(with_dag(analyzer.project, task), Folder.open(FIXTURES, ())).tasks()
    assert [ref.name for ref in found.refs] == ["/data/d/g.load_{{ ds }}.txt"]


def test_the_hook_of_a_connection_works_on_that_connection() -> None:
    code = """
from airflow.hooks.base import BaseHook
def f():
    hook = BaseHook.get_connection("dwh").get_hook()
    hook.insert_rows("staging.orders", [])
"""
    assert refs_in(code) == ["output table staging.orders certain dwh"]


def test_what_a_session_of_snowpark_reads_of_a_stage_is_an_object() -> None:
    code = """
from snowflake.snowpark import Session
def f():
    Session.builder.getOrCreate().read.csv("@raw.landing/orders/").write.save_as_table(["DWH", "RAW", "ORDERS"])
"""
    assert refs_in(code) == [
        "input object @raw.landing/orders/ certain",
        "output table DWH.RAW.ORDERS likely snowflake",
    ]


def test_a_default_of_a_method_is_a_name_of_its_class() -> None:
    code = """
from airflow.sdk import BaseHook
class Warehouse(BaseHook):
    default_conn_name = "warehouse"
    def __init__(self, conn_id=default_conn_name):
        self.conn_id = conn_id
    def read(self, sql):
        return self.get_connection(self.conn_id).get_hook().get_records(sql)
def f():
    Warehouse().read("SELECT * FROM orders")
"""
    assert refs_in(code) == ["input table orders likely warehouse"]
