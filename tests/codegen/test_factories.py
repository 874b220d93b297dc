"""What loops made becomes one factory with a table of rows, and means the same.

`UPDATE_PAIRS=1 pytest tests/codegen/test_factories.py` writes the expected modules anew; read the difference before you keep it.
"""

from __future__ import annotations

import ast
import os
from dataclasses import replace
from pathlib import Path
from textwrap import indent

import pytest

from migrator.codegen import render_project
from migrator.codegen.factories.cells import Column, InColumn
from migrator.codegen.factories.columns import Columns
from migrator.codegen.factories.nodes import Table, row_text
from migrator.codegen.factories.unify import Different, Hole, Source, filled, unify
from migrator.config import Config
from migrator.model.expressions import Format
from migrator.pipeline import analyze

FIXTURES = Path(__file__).parent.parent / "fixtures"
LOOPS = FIXTURES / "planning" / "factories.py"
"""Loaded and verified with all others of its folder by `tests/planning/test_whole_way.py`."""
EXPECTED = FIXTURES / "factories"


def generated(folder: Path) -> dict[str, str]:
    analysis = analyze(folder, Config())
    return render_project(analysis.plan, analysis.project, "shop")


@pytest.fixture(scope="module")
def files() -> dict[str, str]:
    return generated(LOOPS)


@pytest.mark.parametrize(
    "module",
    [
        "one_value/assets",
        "two_steps/assets",
        "two_steps/checks",
        "optional/assets",
        "nested/assets",
        "chained/ops",
        "chained/automation",
        "of_objects/assets",
        "made_by_function/assets",
    ],
)
def test_a_loop_becomes_a_factory(files: dict[str, str], module: str) -> None:
    found = files[f"src/shop/defs/{module}.py"]
    expected = EXPECTED / f"{module.replace('/', '__')}.py"
    if os.environ.get("UPDATE_PAIRS"):
        expected.write_text(found, encoding="utf-8")
    assert found == expected.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "path",
    ["src/shop/defs/import_dags/definitions.py", "src/shop/defs/steps/definitions.py", "tests/test_import_dags.py"],
)
def test_what_made_dags_becomes_a_factory_of_definitions(path: str) -> None:
    found = generated(FIXTURES / "planning" / "dag_factories.py")
    assert not [other for other in found if "/defs/import_crm/" in other or "/defs/steps_one/" in other]
    expected = EXPECTED / path.removeprefix("src/shop/defs/").replace("/", "__")
    if os.environ.get("UPDATE_PAIRS"):
        expected.write_text(found[path], encoding="utf-8")
    assert found[path] == expected.read_text(encoding="utf-8")


def test_thirty_tasks_are_not_thirty_functions(tmp_path: Path) -> None:
    dag = (
        "from airflow.sdk import DAG\nfrom airflow.providers.standard.operators.bash import BashOperator\n\n"
        'with DAG("many", schedule=None):\n    for number in range(30):\n'
        '        BashOperator(task_id=f"run_{number}", bash_command=f"echo {number}")\n'
    )
    (tmp_path / "many.py").write_text(dag)
    functions = [
        node
        for path, text in generated(tmp_path).items()
        if "/defs/many/" in path
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef)
    ]
    assert sorted(node.name for node in functions) == ["build_run", "many", "run"]


def test_what_differs_in_form_stays_apart(tmp_path: Path) -> None:
    dag = (
        "from airflow.sdk import DAG\nfrom airflow.providers.standard.operators.python import PythonOperator\n\n"
        "def one():\n    print(1)\n\ndef two():\n    print(2)\n\n"
        'with DAG("apart", schedule=None):\n    for function in (one, two):\n'
        "        PythonOperator(task_id=function.__name__, python_callable=function)\n"
    )
    (tmp_path / "apart.py").write_text(dag)
    text = generated(tmp_path)["src/shop/defs/apart/ops.py"]
    assert "def one" in text and "def two" in text and "build_" not in text


# -------------------------------------------------------------------------------------------------------------- unify


def test_holes_are_where_values_differ() -> None:
    texts = ['run(["a", x], table="é", limit=5)', 'run(["a", x], table="b", limit=5)']
    (hole,) = unify(texts)
    assert (hole.hint, hole.values) == ("table", ("é", "b"))
    assert filled(texts[0], [(hole, "row.table")]) == 'run(["a", x], table=row.table, limit=5)'


def test_a_value_that_only_means_something_inside_is_no_value() -> None:
    with pytest.raises(Different):
        unify(["def f(a, b):\n    run(a)", "def f(a, b):\n    run(b)"])
    (hole,) = unify(["def f():\n    run(a)", "def f():\n    run(b)"])
    assert hole.values == (Source("a"), Source("b"))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("x = 1", "x = 1\ny = 2"),
        ("f(a=1)", "f(b=1)"),
        ("f(1)", 'f(os.environ["N"])'),
        ('def f():\n    """One."""', 'def f():\n    """Two."""'),
        ("x.a = 1", "x.b = 1"),
        ("f(*a)", "f(a)"),
    ],
)
def test_forms_that_differ(one: str, other: str) -> None:
    with pytest.raises(Different):
        unify([f"def run():\n{indent(text, '    ')}" for text in (one, other)])


# ------------------------------------------------------------------------------------------------------------- columns


def hole(*values: object, hint: str = "value") -> Hole:
    return Hole(0, 0, values, hint)


def test_variables_tell_values() -> None:
    columns = Columns([{"table": "a", "n": 1}, {"table": "b", "n": 2}])
    assert columns.expression(hole("a", "b")) == InColumn("table")
    assert columns.expression(hole("load_a", "load_b")) == Format(("load_", InColumn("table")))
    assert columns.expression(hole("A.csv", "B.csv")) == Format((InColumn("table", "upper"), ".csv"))
    assert list(columns.chosen) == ["table"]
    assert columns.expression(hole("/shop1/x.csv", "/shop2/x.csv")) == Format(("/shop", InColumn("n"), "/x.csv"))
    assert columns.expression(hole("/v10", "/v21")) == InColumn("value")


def test_what_no_variable_tells_gets_a_column_of_its_own() -> None:
    columns = Columns([{"table": "a"}, {"table": "b"}])
    assert columns.expression(hole("x", "y", hint="group_name")) == InColumn("group")
    assert columns.expression(hole("x", "y", hint="other")) == InColumn("group")
    assert columns.expression(hole("say_hello", "say_bye", hint="command")) == InColumn("command")


def test_values_of_different_types_are_not_the_same() -> None:
    columns = Columns([{"n": 1}, {"n": 0}])
    assert columns.expression(hole(True, False, hint="flag")) == InColumn("flag")
    assert columns.chosen["flag"].annotation == "bool"
    assert columns.expression(hole("1", "0")) == Format((InColumn("n"),))


@pytest.mark.parametrize(
    ("values", "annotation", "default"),
    [
        (("a", None, None), "str | None", True),
        ((["a"], [], []), "list[str]", True),
        ((1, 2, 3), "int", False),
        (({"a": 1}, {"b": 2}), "dict[str, int]", False),
        ((Source("dg.RetryPolicy(max_retries=1)"), None, None), "dg.RetryPolicy | None", True),
        ((Source('[dg.AssetKey(["a", "b"])]'), []), "list[dg.AssetKey]", True),
    ],
)
def test_columns_have_types_and_defaults(values: tuple[object, ...], annotation: str, default: bool) -> None:
    columns = Columns([{} for _ in values])
    columns.expression(Hole(0, 0, values, "x"))
    assert (columns.chosen["x"].annotation, columns.chosen["x"].has_default) == (annotation, default)


def listed(*rows: str) -> Hole:
    (found,) = unify([f"[{row}]" for row in rows], "eval", hint="deps")
    return found


def in_code(columns: Columns, found: Hole) -> str:
    """The expression of a hole in terms of `row`."""
    table = Table("row", "Row", "ROWS", "")
    value = columns.expression(found)
    assert value is not None
    of_several = Columns(columns.variables, chosen={**columns.chosen, "other": Column("other", ())})
    return row_text(value, table, of_several)


def test_what_all_rows_depend_on_stands_in_the_function() -> None:
    columns = Columns([{"table": "a"}, {"table": "b"}])
    found = listed(
        'start, dg.AssetKey(["raw", "a"]), dg.AssetKey(["lake", "x"])',
        'dg.AssetKey(["raw", "b"]), start, dg.AssetKey(["lake", "y"]), dg.AssetKey(["lake", "z"])',
    )
    assert in_code(columns, found) == (
        '[start, dg.AssetKey(["raw", row.table]), *(dg.AssetKey(["lake", name]) for name in row.upstream)]'
    )
    assert columns.chosen["upstream"].values == (["x"], ["y", "z"])


def test_one_dependency_of_each_row_is_a_name() -> None:
    columns = Columns([{"n": 1}, {"n": 2}])
    found = listed('dg.AssetKey(["lake", "x"]), "start"', 'dg.AssetKey(["lake", "y"]), "start"')
    assert in_code(columns, replace(found, inside=None)) == '["start", dg.AssetKey(["lake", row.upstream])]'


def test_dependencies_in_several_places_are_keys() -> None:
    columns = Columns([{"n": 1}, {"n": 2}])
    found = listed('dg.AssetKey(["lake", "x"])', 'dg.AssetKey(["lake", "y"]), dg.AssetKey(["db", "z"])')
    assert in_code(columns, found) == "[dg.AssetKey(key) for key in row.upstream]"
    assert columns.chosen["upstream"].values == ([["lake", "x"]], [["lake", "y"], ["db", "z"]])


def test_only_rows_that_differ_from_most_say_so() -> None:
    columns = Columns([{"table": "a"}, {"table": "b"}, {"table": "c"}])
    keys = hole(["db", "load_a"], ["db", "load_b"], ["lake", "raw", "c"], hint="key")
    assert in_code(columns, keys) == 'row.key or ["db", f"load_{row.table}"]'
    assert columns.chosen["key"].values == (None, None, ["lake", "raw", "c"])
    metadata = hole({"id": "a"}, {"id": "b"}, {"id": "c", "uri": "s3://c"}, hint="metadata")
    assert in_code(columns, metadata) == '{"id": row.table, **row.metadata}'
    assert columns.chosen["metadata"].values == ({}, {}, {"uri": "s3://c"})


def test_a_column_that_another_one_tells_is_left_out() -> None:
    rows = [
        {"name": name, "url": f"https://{name}.org", "codes": [name[0], name[1]]} for name in ("ab", "cd", "ef", "gh")
    ]
    columns = Columns(rows)
    url = columns.expression(hole(*(row["url"] for row in rows)))
    name = columns.expression(hole(*(row["name"] for row in rows)))
    codes = [columns.expression(hole(*(row["codes"][place] for row in rows))) for place in (0, 1)]
    columns.settle()
    assert list(columns.chosen) == ["name", "codes"]
    table = Table("row", "Row", "ROWS", "")
    texts = [row_text(value, table, columns) for value in (url, name, *codes)]
    assert texts == ['f"https://{row.name}.org"', "row.name", "row.codes[0]", "row.codes[1]"]


NAMED = """
from airflow import DAG
from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator

def make(score, extra):
    with DAG(f"score_{score}", schedule="@daily") as dag:
        done = SQLExecuteQueryOperator(task_id=f"clear_{score}", conn_id="wh", sql=f"CALL clear('{score}')")
        done >> SQLExecuteQueryOperator(task_id=f"fill_{score}", conn_id="wh", sql=f"CALL fill('{score}')")
        for number in range(extra):
            SQLExecuteQueryOperator(task_id=f"more_{number}", conn_id="wh", sql=f"CALL more({number})")
    return dag

one, two, three = make("art", 0), make("music", 0), make("sport", 0)
"""


def test_dags_whose_tasks_are_called_after_their_arguments_are_one_factory(tmp_path: Path) -> None:
    (tmp_path / "named.py").write_text(NAMED)
    files = generated(tmp_path)
    (factory,) = [text for path, text in files.items() if path.endswith("/definitions.py") and "/defs/" in path]
    assert 'SCORES = ["art", "music", "sport"]' in factory
    assert "    def clear(wh: SqlDatabase) -> None:" in factory and "    def fill(wh: SqlDatabase) -> None:" in factory
    assert 'tags={"airflow/task_id": f"fill_{score}"}' in factory


UNLIKE = """
from airflow import DAG
from airflow.operators.bash import BashOperator

def make(name, tasks):
    with DAG(f"run_{name}", schedule="@daily") as dag:
        for task in tasks:
            BashOperator(task_id=task, bash_command=f"echo {name}")
    return dag

one, two = make("a", ["x"]), make("b", ["y"])
"""


def test_dags_that_share_little_stay_apart(tmp_path: Path) -> None:
    (tmp_path / "unlike.py").write_text(
        UNLIKE.replace("for task in tasks:", "if name == 'a':")
        .replace("task_id=task,", "task_id='x',")
        .replace(
            "    return dag", "        else:\n            BashOperator(task_id='y', bash_command='ls')\n    return dag"
        )
    )
    files = generated(tmp_path)
    assert "src/shop/defs/run_a/ops.py" in files and "src/shop/defs/run_b/ops.py" in files


def test_sql_files_of_a_loop_are_rows(tmp_path: Path) -> None:
    (tmp_path / "files.py").write_text(
        "from datetime import datetime\n"
        "from airflow import DAG\n"
        "from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator\n"
        'with DAG("files", schedule=None, start_date=datetime(2025, 1, 1)):\n'
        '    for file in ("load_orders.sql", "load_items.sql", "load_people.sql"):\n'
        '        SQLExecuteQueryOperator(task_id=file[:-4], conn_id="wh", sql="sql/" + file)\n'
        '    for name, file in (("a", "other/a.sql"), ("b", "sql/b.sql")):\n'
        '        SQLExecuteQueryOperator(task_id=f"make_{name}", conn_id="wh", sql=file)\n'
        'with DAG("reader", schedule=None, start_date=datetime(2025, 1, 1)):\n'
        '    SQLExecuteQueryOperator(task_id="again", conn_id="wh", sql="other/a.sql")\n'
    )
    for file in ("sql/load_orders", "sql/load_items", "sql/load_people", "sql/b", "other/a"):
        path = tmp_path / f"{file}.sql"
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"CREATE TABLE {path.stem} AS SELECT 1 AS n")
    found = generated(tmp_path)["src/shop/defs/files/assets.py"]
    assert 'FILES = ["load_orders.sql", "load_items.sql", "load_people.sql"]' in found
    assert 'file.removesuffix(".sql")]' in found
    assert 'wh.run((SQL / file).read_text(encoding="utf-8"))' in found
    assert "wh.run(row.sql.read_text(" in found


def test_tasks_that_stay_in_airflow_are_given_one_by_one(tmp_path: Path) -> None:
    (tmp_path / "made.py").write_text(
        "from datetime import datetime\n"
        "from airflow import DAG\n"
        "from airflow.operators.bash import BashOperator\n"
        "from acme import Unknown\n"
        "def make(name, kept):\n"
        '    with DAG(name, schedule="@daily", start_date=datetime(2025, 1, 1)) as dag:\n'
        '        BashOperator(task_id="say", bash_command=f"echo {name}")\n'
        "        for task in kept:\n"
        "            Unknown(task_id=task)\n"
        "    return dag\n"
        'one, two = make("one", ["a"]), make("two", ["b", "c"])\n'
    )
    files = generated(tmp_path)
    (factory,) = [text for path, text in files.items() if path.endswith("/definitions.py") and "/defs/" in path]
    assert "airflow_tasks = row.airflow_tasks" in factory
    assert "*airflow_tasks" in factory


def test_loops_over_the_same_list_share_it(tmp_path: Path) -> None:
    (tmp_path / "dag.py").write_text(
        "from datetime import datetime\n"
        "from airflow.providers.standard.operators.bash import BashOperator\n"
        "from airflow.sdk import DAG\n\n"
        'with DAG("d", schedule=None, start_date=datetime(2024, 1, 1)):\n'
        '    for region in ("eu", "us"):\n'
        '        BashOperator(task_id=f"a_{region}", bash_command=f"echo {region}")\n'
        '    for region in ("eu", "us"):\n'
        '        BashOperator(task_id=f"b_{region}", bash_command=f"rm {region}", env={"A": "1"})\n'
        '    for region in ("eu", "asia"):\n'
        '        BashOperator(task_id=f"c_{region}", bash_command=f"ls {region}", retries=1)\n'
    )
    ops = generated(tmp_path)["src/shop/defs/d/ops.py"]
    assert ops.count('REGIONS = ["eu", "us"]') == 1
    assert ops.count("for region in REGIONS}") == 2
    assert 'C_REGIONS = ["eu", "asia"]' in ops
    assert ops.index("REGIONS = [") < ops.index("for region in REGIONS}")


def test_loops_that_make_the_same_of_other_things_are_named_by_these(tmp_path: Path) -> None:
    (tmp_path / "chain.py").write_text("""
import datetime as dt
from airflow import DAG
from airflow.operators.bash import BashOperator

with DAG("chain", schedule=None, start_date=dt.datetime(2026, 1, 1)):
    for entity in ("blocks", "traces"):
        fetch = BashOperator(task_id=f"fetch_{entity}_data", bash_command=f"fetch {entity} > /in/{entity}")
        fetch >> BashOperator(task_id=f"load_{entity}_data", bash_command=f"load /in/{entity} > /out/{entity}")
    for part in ("logs", "receipts"):
        fetch = BashOperator(task_id=f"fetch_{part}_data", bash_command=f"fetch --part {part} > /in/{part}")
        fetch >> BashOperator(task_id=f"load_{part}_data", bash_command=f"load /in/{part} --part > /out/{part}")
""")
    code = generated(tmp_path)["src/shop/defs/chain/assets.py"]
    assert "def build_data(entity: str)" in code and "def build_part_data(part: str)" in code
    assert "part_data_assets = [" in code
    # What stands within another function may be called the same.
    assert code.count("    def fetch_data() -> None:") == code.count("    def load_data() -> None:") == 2
    assert code.count("    return [fetch_data, load_data]") == 2


def test_a_list_that_the_code_has_is_not_repeated(tmp_path: Path) -> None:
    (tmp_path / "dag.py").write_text(
        "from datetime import datetime\n"
        "from airflow.providers.standard.operators.python import PythonOperator\n"
        "from airflow.sdk import DAG\n\n"
        'REGIONS = ("eu", "us")\n'
        'OWNERS = {"eu": "ann", "us": "bob"}\n'
        "OWNERS.update(us='eve')\n"
        'CITIES = ["rome", "oslo"]\n\n'
        "def load(region):\n    print(region in REGIONS, OWNERS, CITIES)\n\n"
        'with DAG("d", schedule=None, start_date=datetime(2024, 1, 1)):\n'
        "    for r in REGIONS:\n"
        '        PythonOperator(task_id=f"load_{r}", python_callable=load, op_args=[r])\n'
        '    for c in ("lima", "bern"):\n'
        '        PythonOperator(task_id=f"see_{c}", python_callable=load, op_args=[c])\n'
        '    for city in ("lima", "rome"):\n'
        '        PythonOperator(task_id=f"visit_{city}", python_callable=load, op_kwargs={"region": city}, retries=1)\n'
    )
    ops = generated(tmp_path)["src/shop/defs/d/ops.py"]
    assert ops.count('"eu", "us"') == 1
    assert "for r in REGIONS}" in ops
    assert 'SEE_NAMES = ["lima", "bern"]' in ops
    assert 'VISIT_CITIES = ["lima", "rome"]' in ops


def test_params_that_nothing_reads_are_no_configuration(tmp_path: Path) -> None:
    (tmp_path / "dag.py").write_text(
        "from airflow.providers.standard.operators.bash import BashOperator\n"
        "from airflow.sdk import DAG\n\n"
        'with DAG("d", schedule=None, params={"day": "x"}):\n'
        '    BashOperator(task_id="a", bash_command="echo")\n'
    )
    assert "dg.Config" not in generated(tmp_path)["src/shop/defs/d/ops.py"]


LISTED = """
etl:
  default_args: {start_date: 2024-01-01}
  tasks:
    - {task_id: extract, operator: airflow.operators.bash.BashOperator, bash_command: "curl a"}
    - {task_id: load, operator: airflow.operators.bash.BashOperator, bash_command: "psql b", dependencies: [extract]}
"""
LOADER = """
from airflow import DAG
from dagfactory import load_yaml_dags

load_yaml_dags(globals_dict=globals(), config_filepath="/dags/etl.yml")
"""


def test_tasks_that_one_call_happens_to_make_are_written_out(tmp_path: Path) -> None:
    (tmp_path / "etl.yml").write_text(LISTED)
    (tmp_path / "loader.py").write_text(LOADER.replace("/dags/", f"{tmp_path}/"))
    files = generated(tmp_path)
    assert files["src/shop/defs/etl/ops.py"].endswith(
        '@dg.op(tags={"airflow/task_id": "extract"})\n'
        "def extract() -> None:\n"
        '    subprocess.run(["bash", "-c", "curl a"], check=True)\n\n\n'
        '@dg.op(ins={"after": dg.In(dg.Nothing)}, tags={"airflow/task_id": "load"})\n'
        "def load() -> None:\n"
        '    subprocess.run(["bash", "-c", "psql b"], check=True)\n'
    )
    assert "extract = ops.extract()\n    ops.load(after=extract)\n" in files["src/shop/defs/etl/automation.py"]


def test_files_that_tasks_of_a_loop_write_stand_in_one_order(tmp_path: Path) -> None:
    (tmp_path / "d.py").write_text(
        "from datetime import datetime\n"
        "from airflow.providers.standard.operators.bash import BashOperator\n"
        "from airflow.sdk import DAG\n"
        'with DAG("d", schedule=None, start_date=datetime(2024, 1, 1)):\n'
        '    for db in ("abc", "xyz"):\n'
        '        dump = f"pg_dump {db} | gzip > /backups/{db}.gz; cp /backups/{db}.gz /backups/monthly/"\n'
        '        BashOperator(task_id=f"dump_{db}", bash_command=dump)\n'
    )
    analysis = analyze(tmp_path, Config())
    code = render_project(analysis.plan, analysis.project, "shop")["src/shop/defs/d/assets.py"]
    assert 'DBS = ["abc", "xyz"]' in code
    assert code.index('["backups", db]') < code.index('["backups", "monthly", db]')
