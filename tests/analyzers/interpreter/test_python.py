"""Properties: what is fully known evaluates to what Python says; what is not known stays symbolic."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from migrator.analyzers.interpreter import Interpreter
from migrator.analyzers.source import Folder
from migrator.config import Config
from migrator.model.airflow import Dag
from migrator.model.source import SourceFile
from migrator.model.values import Symbolic, Text, XComValue, show


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    return Folder.open(tmp_path_factory.mktemp("dags"))


def dags(folder: Folder, code: str, config: Config | None = None) -> tuple[Dag, ...]:
    source = SourceFile(
        "dag.py", "from airflow.sdk import DAG, Variable\nimport os\nfrom pathlib import Path\n" + textwrap.dedent(code)
    )
    return Interpreter(folder, config or Config()).file(source).dags


def value_of(folder: Folder, expression: str, before: str = "") -> Any:
    """What the interpreter makes of an expression."""
    (dag,) = dags(folder, f"{before}\ndag = DAG('d', params={{'x': {expression}}})")
    return dag.params["x"]


names = st.sampled_from(["a", "b", "c"])
scalars = st.one_of(st.integers(-20, 20), st.booleans(), st.none(), st.text("abz %{}'\"\\n\n", max_size=6))
literals = st.recursive(
    scalars.map(repr),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda items: f"[{', '.join(items)}]"),
        st.lists(inner, max_size=3).map(lambda items: f"({', '.join(items)}{',' if len(items) == 1 else ''})"),
        st.lists(st.tuples(names, inner), max_size=3).map(
            lambda items: "{" + ", ".join(f"{key!r}: {value}" for key, value in items) + "}"
        ),
    ),
    max_leaves=6,
)
integers = st.integers(-9, 9).map(lambda value: f"({value})")
expressions = st.recursive(
    st.one_of(integers, st.text("abc", max_size=3).map(repr), st.just("[1, 2, 3]")),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["+", "-", "*", "//", "%", "and", "or", "==", "<", "in"]), inner).map(
            lambda parts: f"({' '.join(parts)})"
        ),
        st.tuples(inner, inner, inner).map(lambda parts: f"({parts[0]} if {parts[1]} else {parts[2]})"),
        inner.map(lambda part: f"[x for x in [{part}, 1, 2] if x]"),
        inner.map(lambda part: f"f'<{{{part}!s:>4}}>'" if "'" not in part and '"' not in part else f"str({part})"),
        inner.map(lambda part: f"sorted([{part}], key=lambda v: str(v))"),
        inner.map(lambda part: f"(not {part})"),
        inner.map(lambda part: f"{{'k': {part}}}.get('k')"),
    ),
    max_leaves=6,
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(literals)
def test_literals_are_themselves(folder: Folder, literal: str) -> None:
    assert value_of(folder, literal) == eval(literal)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(expressions)
def test_known_expressions_are_what_python_says(folder: Folder, expression: str) -> None:
    try:
        expected = eval(expression)
    except Exception:
        return
    assert value_of(folder, expression) == expected


@pytest.mark.parametrize(
    ("expression", "shown"),
    [
        ("Variable.get('bucket')", "{var:bucket}"),
        ("f\"s3://{Variable.get('bucket')}/x\"", "s3://{var:bucket}/x"),
        ("'%s/%s' % (os.environ['ROOT'], 'y')", "{env:ROOT}/y"),
        ("'{}-{n}'.format(os.environ['ROOT'], n=3)", "{env:ROOT}-3"),
        ("'-'.join(['a', Variable.get('b')])", "a-{var:b}"),
        ("os.path.join(os.environ['ROOT'], 'a')", "{env:ROOT}/a"),
        ("os.path.join(os.environ.get('ROOT', 'data'), 'a')", "{env:ROOT}/a"),
        ("Path(os.environ.get('ROOT', 'data')) / 'a' / 'b'", "{env:ROOT}/a/b"),
        ("str(Path(os.getenv('ROOT', 'data')) / 'a')", "{env:ROOT}/a"),
    ],
)
def test_unknown_parts_of_a_text_stay_visible(folder: Folder, expression: str, shown: str) -> None:
    value = value_of(folder, expression)

    assert isinstance(value, (Symbolic, Text))
    assert show(value) == shown


def test_names_of_library_classes(folder: Folder) -> None:
    before = "from airflow.models import DagRun, XCom"

    assert value_of(folder, "[DagRun.__name__, XCom.__name__, str.__name__]", before) == ["DagRun", "BaseXCom", "str"]


def test_a_default_is_no_answer(folder: Folder) -> None:
    value = value_of(folder, "Variable.get('x', default='guess')")

    assert isinstance(value, Symbolic)
    assert (value.default, value.has_default) == ("guess", True)


def test_what_the_user_tells_is_known(folder: Folder) -> None:
    config = Config(variables={"regions": '["eu", "us"]'}, env={"STAGE": "prod"})
    code = """
    from airflow.providers.standard.operators.empty import EmptyOperator
    with DAG("d_" + os.environ["STAGE"]):
        for region in Variable.get("regions", deserialize_json=True):
            EmptyOperator(task_id=region)
    """

    (dag,) = dags(folder, code, config)

    assert (dag.dag_id, [task.task_id for task in dag.tasks]) == ("d_prod", ["eu", "us"])


def test_both_branches_of_an_unknown_condition(folder: Folder) -> None:
    code = """
    from airflow.providers.standard.operators.empty import EmptyOperator
    def schedule():
        if Variable.get("fast"):
            return "@hourly"
        return "@daily"
    with DAG("d", schedule=schedule()):
        if Variable.get("x") == "y":
            a = EmptyOperator(task_id="a")
        else:
            a = EmptyOperator(task_id="b")
        a >> EmptyOperator(task_id="c")
    """

    (dag,) = dags(folder, code)

    assert sorted(task.task_id for task in dag.tasks) == ["a", "b", "c"]
    assert dag.schedule.kind == "unknown"


def test_an_unknown_sequence_runs_the_body_once(folder: Folder) -> None:
    code = """
    from airflow.providers.standard.operators.empty import EmptyOperator
    with DAG("d"):
        for table in Variable.get("tables", deserialize_json=True):
            EmptyOperator(task_id=f"load_{table}")
    """

    (dag,) = dags(folder, code)

    assert [task.task_id for task in dag.tasks] == ["load_{?}"]


def test_a_file_outside_the_folder_is_not_known(folder: Folder, tmp_path: Path) -> None:
    other = tmp_path / "names.txt"
    other.write_text("secret")

    assert isinstance(value_of(folder, f"open({str(other)!r}).read()"), Symbolic)


HANDED = """
from airflow.sdk import task
from airflow.providers.standard.operators.bash import BashOperator
import boto3, json
@task(multiple_outputs=True)
def give(): return {"name": "x"}
with DAG("d"):
    given = give()
    BashOperator(task_id="told", bash_command=%s)
"""


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        ('given["name"] or "other"', None),
        (
            'json.dumps({"uri": f"s3://{given[\'name\']}/a", "parts": [1, "b\\"c"]})',
            '{"uri": "s3://?/a", "parts": [1, "b\\"c"]}',
        ),
        ("json.dumps([f\"{given['name']}-{given}\"], indent=1)", '[\n "?-?"\n]'),
    ],
)
def test_values_that_tasks_hand_over(folder: Folder, expression: str, text: str | None) -> None:
    """A value that a task hands over is an object, which is true; in the text of a template it is a part of that."""
    (dag,) = dags(folder, HANDED % expression)
    told = dag.tasks[-1].arguments["bash_command"]
    if text is None:
        assert told == XComValue("give", "name", "d")
    else:
        assert isinstance(told, Text)
        assert "".join(part if isinstance(part, str) else "?" for part in told.parts) == text
        assert all(isinstance(part, str | XComValue) for part in told.parts)


@pytest.mark.parametrize(
    "expression",
    [
        "json.dumps([given, 'handed-over-0-here'])",
        "json.dumps([given, 'handed-over-7-here'])",
        "json.dumps(functools.reduce(lambda held, _: [held, held], range(60), [given]))",
        "json.dumps({(1, 2): given})",
        "json.dumps(given, indent=10**9)",
    ],
)
def test_json_of_what_tasks_hand_over_that_cannot_be_told(folder: Folder, expression: str) -> None:
    """Data that looks like a mark, is too large to be walked, or has no JSON: the file is read nevertheless."""
    (dag,) = dags(folder, "import functools" + HANDED % expression)
    assert all(isinstance(task.arguments["bash_command"], Symbolic) for task in dag.tasks if task.task_id == "told")


def test_what_the_machine_tells_a_library(folder: Folder) -> None:
    before = "import boto3"
    region = value_of(folder, "boto3.session.Session().region_name", before)
    assert isinstance(region, Symbolic) and region.made is not None
    assert (region.made.kind, region.made.name) == ("attribute", "region_name")
    (session,) = region.made.operands
    assert isinstance(session, Symbolic) and session.made is not None and session.made.name == "boto3.session.Session"
    for other in ("boto3.session.Session().events", "boto3.client('s3').region_name"):
        found = value_of(folder, other, before)
        assert isinstance(found, Symbolic) and found.made is None
