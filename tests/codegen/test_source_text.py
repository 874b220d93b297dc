from __future__ import annotations

import ast
import textwrap

import pytest

from migrator.codegen.carried.source_text import carried_text, closing_values, dedented, names_read, parse_function
from migrator.codegen.python.annotations import is_safe, loosened
from migrator.codegen.python.code import Code
from migrator.codegen.python.serialize import Environment, serialize
from migrator.model.bodies import SourceEdit
from migrator.model.expressions import EnvValue, Expr, InputValue
from migrator.model.source import SourceFile, Span


def span(text: str, piece: str) -> Span:
    start = text.index(piece)
    return Span("dag.py", 1, 1, 1, 1, start, start + len(piece))


def render(expression: Expr) -> Code:
    return serialize(expression, Environment())


def carried(text: str, edits: dict[str, Expr], removed: tuple[str, ...] = (), indent: str = "") -> str:
    made = [SourceEdit(span(text, piece), expression) for piece, expression in edits.items()]
    made += [SourceEdit(span(text, piece), remove=True) for piece in removed]
    whole = Span("dag.py", 1, 1, 1, 1, 0, len(text))
    return carried_text(SourceFile("dag.py", text), whole, edits=made, indent=indent, render=render)[0]


NESTED = '''\
    def load(day):
        # a comment
        sql = """
    select 1
        from x
        """  # which stays

        note = f"""
      {day}"""
\treturn sql, note
'''


def test_moving_left_leaves_texts_alone() -> None:
    assert dedented(NESTED, "    ") == (
        "def load(day):\n    # a comment\n"
        '    sql = """\n    select 1\n        from x\n        """  # which stays\n'
        '\n    note = f"""\n      {day}"""\n\treturn sql, note\n'
    )


def test_nothing_changes_without_edits() -> None:
    text = "def f(a,b = 1) :\n  '''Doc'''\n  return a+b   # odd, but theirs\n"
    assert carried(text, {}) == text


def test_uses_are_replaced() -> None:
    text = (
        'def f(**context):\n    day = context["ds"]\n    return f"{context["ds"]}/x" if False else Variable.get("x")\n'
    )
    found = carried(
        text,
        {'context["ds"]': InputValue("ds"), 'Variable.get("x")': EnvValue("X", {}, True, json=True)},
    )
    assert "day = ds\n" in found
    assert 'else (json.loads(os.environ["X"]) if "X" in os.environ else {})' in found


def test_a_text_in_the_braces_of_an_fstring_is_a_part_of_it() -> None:
    text = "x = f\"{ti.task_id} of {ds}\"\ny = f'{task.owner}\\n', {ti.dag_id}, f'plain', f'{ti.run_id!r}'\n"
    edits: dict[str, Expr] = {"ti.task_id": "load", "task.owner": "sales", "ti.dag_id": "shop", "ti.run_id": "a"}
    assert carried(text, edits) == "x = f\"load of {ds}\"\ny = 'sales\\n', {\"shop\"}, f'plain', f'{\"a\"!r}'\n"


def test_a_number_in_the_place_of_braces_is_a_part_of_the_text() -> None:
    assert carried('x = f"{try_number} of {ti.max_tries}"', {"ti.max_tries": 2}) == 'x = f"{try_number} of 2"'
    assert carried('x = f"{ti.max_tries:03d}"', {"ti.max_tries": 2}) == 'x = f"{2:03d}"'


def test_quotes_differ_from_those_around() -> None:
    text = "x = f\"{Variable.get('a')}\"\ny = Variable.get('b')\n"
    found = carried(text, {"Variable.get('a')": EnvValue("A"), "Variable.get('b')": EnvValue("B")})
    assert found == 'x = f"{os.environ[\'A\']}"\ny = os.environ["B"]\n'


def test_cut_statements_leave_a_block_behind() -> None:
    text = 'def f(ti):\n    if x:\n        ti.xcom_push("a", 1)\n    ti = 2\n    return 1\n'
    found = carried(text, {'ti.xcom_push("a", 1)': None}, removed=("    ti = 2\n",))
    assert found == "def f(ti):\n    if x:\n        pass\n    return 1\n"


@pytest.mark.parametrize(
    "text",
    [
        "def f(): return 1",
        "def f(a, /, b: int = 2, *rest, c, d='x', **more) -> dict[str, int]:\n    return {}\n",
        "# why\n@retry(3)\nasync def f(\n    a,  # first\n):  # noqa\n    # leading\n    '''Doc.\n\n    More.\n    '''\n\n    yield a\n",
        "def f(x={1: 2}, y=lambda: 3) -> 'int':\n\treturn x\n",
        'def f():\n    """Only a docstring."""\n',
    ],
)
def test_a_function_put_together_again_is_the_same(text: str) -> None:
    found = parse_function(text)
    assert found is not None
    assert ast.dump(ast.parse(found.text())) == ast.dump(ast.parse(text))
    for comment in ("# leading", "# why", "# noqa"):
        assert (comment in text) == (comment in found.text())


def test_parts_of_a_function() -> None:
    found = parse_function("def f(a):\n    '''Doc.'''\n    if a:\n        return 0\n    x = 1\n    return x  # end\n")
    assert found is not None
    assert (found.docstring, found.returns_early) == ("    '''Doc.'''\n", True)
    assert found.body[found.final :] == "    return x  # end\n"
    assert found.bound == {"x"}
    found = parse_function("def f():\n    def g():\n        return 1\n    g()")
    assert found is not None
    assert (found.returns_early, found.final == len(found.body)) == (False, True)


@pytest.mark.parametrize("text", ["x = 1", "def f(:", "def f(): pass\ndef g(): pass", "class A: pass"])
def test_what_is_no_function(text: str) -> None:
    assert parse_function(text) is None


def test_names_read_are_those_of_the_module() -> None:
    text = textwrap.dedent(
        """
        def f(a, train=B):
            train, test = split(a)
            return [x for x in train if x in C]
        """
    )
    assert names_read(text) == {"B", "split", "C"}


@pytest.mark.parametrize(
    ("annotation", "safe", "loose"),
    [
        ("str", True, "str"),
        ("int", False, "Any"),
        ("float | None", False, "Any"),
        ("dict[str, str]", True, "dict[str, str]"),
        ("dict[str, float]", False, "dict[str, Any]"),
        ("list[dict] | None", True, "list[dict] | None"),
        ("int | str", False, "Any"),
        ("Iterable[str]", False, "Any"),
        ("tuple[int, ...]", False, "Any"),
        ("pd.DataFrame", True, "Any"),
        ("'pd.DataFrame'", True, "Any"),
        ("Literal['a']", False, "Any"),
        ("Optional[str]", True, "Any"),
        ("T", False, "Any"),
        ("", False, "Any"),
    ],
)
def test_annotations(annotation: str, safe: bool, loose: str) -> None:
    assert (is_safe(annotation), loosened(annotation)) == (safe, loose)
    assert is_safe(loosened(annotation))


def test_dagster_takes_what_is_safe() -> None:
    import dagster as dg

    def value():  # type: ignore[no-untyped-def]
        return None

    for annotation in (str, dict, list, dict[str, str], list[dict], "str | None", dict[str, object], bytes):
        value.__annotations__ = {"return": annotation}
        dg.asset(name="value")(value)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ('    outputs["a"] = f(1)\n', ("", '{"a": f(1)}')),
        (
            '    x = 1\n    outputs["a"] = x\n    outputs[key] = """\n  y"""\n',
            ("    x = 1\n", '{"a": x, key: """\n  y"""}'),
        ),
        # Elsewhere, read, or with a comment that would be lost.
        ('    if x:\n        outputs["a"] = 1\n    outputs["b"] = 2\n', None),
        ('    outputs["a"] = 1\n    outputs["b"] = outputs["a"]\n', None),
        ('    outputs["a"] = 1\n    # both\n    outputs["b"] = 2\n', None),
        ('    outputs["a"] = 1\n    print("done")\n', None),
        ("    pass\n", None),
    ],
)
def test_the_values_that_close_a_body(body: str, expected: tuple[str, str] | None) -> None:
    assert closing_values(body, "outputs") == expected


def test_marks_of_extracts_are_left_out() -> None:
    text = "# [START extract]\n# Reads it.\ndef f():\n    # [START inner]\n    return 1\n"
    assert carried(text, {}) == text.removeprefix("# [START extract]\n")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("def f():\n    import a\n\n    return 1\n", "def f():\n    return 1\n"),
        (
            "def f():\n    if x:\n        import a\n\n    return 1\n",
            "def f():\n    if x:\n        pass\n\n    return 1\n",
        ),
        ("def f():\n    x = 1\n    import a\n\n    return x\n", "def f():\n    x = 1\n\n    return x\n"),
    ],
)
def test_a_block_does_not_begin_with_the_blank_lines_below_what_is_cut(text: str, expected: str) -> None:
    assert carried(text, {}, ("import a",)) == expected
    line = next(line for line in text.splitlines(keepends=True) if "import a" in line)
    assert carried(text, {}, (line,)) == expected
