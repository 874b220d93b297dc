from __future__ import annotations

import datetime as dt
import json
import math
import os
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migrator.codegen.python.code import Code
from migrator.codegen.python.dates import DateSource
from migrator.codegen.python.fstrings import escape_triple
from migrator.codegen.python.module import docstring
from migrator.codegen.python.serialize import Environment, literal, serialize
from migrator.model.bodies import CallFunction
from migrator.model.expressions import (
    ConfigValue,
    Construct,
    EnvValue,
    Format,
    InputValue,
    Operation,
    RunConf,
    RunDate,
    TemplateText,
)
from migrator.model.values import CallableValue

NAMES = {"dt": dt, "json": json, "os": os, "ZoneInfo": ZoneInfo, "Path": Path}
TEXT = st.text(st.characters(codec="utf-8"), max_size=40)
ZONES = st.sampled_from([None, dt.timezone.utc, ZoneInfo("Europe/Berlin"), dt.timezone(dt.timedelta(hours=-3))])
PLAIN = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False),
    st.complex_numbers(allow_nan=False),
    st.binary(max_size=20),
    TEXT,
    st.dates(),
    st.times(),
    st.timedeltas(),
    st.datetimes(timezones=ZONES),
    TEXT.map(lambda text: Path("/" + text.replace("\0", ""))),
)
KEYS = st.one_of(st.integers(), TEXT, st.tuples(st.integers(), TEXT))
VALUES = st.recursive(
    PLAIN,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.lists(inner, max_size=3).map(tuple),
        st.sets(KEYS, max_size=3),
        st.frozensets(KEYS, max_size=3),
        st.dictionaries(KEYS, inner, max_size=3),
    ),
    max_leaves=8,
)


def code(value: object, **environment: object) -> Code:
    return serialize(value, Environment(**environment))  # type: ignore[arg-type]


def evaluated(value: object, **names: object) -> object:
    """What the source of a value means to Python."""
    return eval(code(value).text, NAMES | names)


@given(VALUES)
def test_a_literal_means_its_value(value: object) -> None:
    found = evaluated(value)
    assert found == value
    assert type(found) is type(value) or isinstance(value, Path)


@given(VALUES)
def test_a_literal_names_the_imports_it_needs(value: object) -> None:
    names: dict[str, object] = {}
    found = code(value)
    exec("\n".join(sorted(found.imports)), names)
    assert eval(found.text, names) == value


def test_what_is_no_number() -> None:
    assert math.isnan(evaluated(float("nan")))  # type: ignore[arg-type]
    assert evaluated(float("-inf")) == float("-inf")


def test_sets_have_one_order() -> None:
    assert literal({"b", "a", "c"}) == '{"a", "b", "c"}'


@pytest.mark.parametrize("count", range(1, 8))
@pytest.mark.parametrize("around", ["{}", "a\n{}", "{}\nb", "\\{}\\", "a {} b\nc"])
def test_quotes_stand_between_triple_quotes(count: int, around: str) -> None:
    text = around.format('"' * count)
    assert eval(f'"""{escape_triple(text)}"""') == text
    assert eval(docstring(text)).strip() == text.strip()


def test_several_lines_stand_between_triple_quotes() -> None:
    assert literal("select 1\nfrom x\n") == '"""select 1\nfrom x\n"""'
    assert literal('say "hi"\nand """more""" \\ "') == '"""say "hi"\nand ""\\"more""\\" \\\\ \\""""'


@given(st.lists(st.one_of(TEXT, st.integers(), st.just(InputValue("a")), st.just(InputValue("b", ("k",)))), max_size=6))
def test_a_format_prints_its_parts(parts: list[object]) -> None:
    values = {"a": "A{}'\"\\", "b": {"k": 7}}
    wanted = "".join(
        str(values[part.parameter] if not part.path else values["b"]["k"])  # type: ignore[index]
        if isinstance(part, InputValue)
        else str(part)
        for part in parts
    )
    assert evaluated(Format(tuple(parts)), **values) == wanted


def test_an_f_string_works_on_python_3_10() -> None:
    assert code(Format(("x/", EnvValue("ROOT"), "/y"))).text == "f\"x/{os.environ['ROOT']}/y\""
    nested = Format(("=", InputValue("a", ('it\'s "so"',))))
    assert code(nested).text == '"={}".format(a[\'it\\\'s "so"\'])'


def test_a_value_alone_is_made_a_text_by_its_name() -> None:
    assert code(Format((InputValue("a", ("k",)),))).text == 'str(a["k"])'


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        (EnvValue("A"), 'os.environ["A"]'),
        (EnvValue("A", "x", True), 'os.getenv("A", "x")'),
        (EnvValue("A", None, True), 'os.getenv("A")'),
        (EnvValue("A", 3, True), 'os.environ.get("A", 3)'),
        (EnvValue("A", json=True, path=("b", 0)), 'json.loads(os.environ["A"])["b"][0]'),
        (EnvValue("A", {}, True, json=True), 'json.loads(os.environ["A"]) if "A" in os.environ else {}'),
        (Format((EnvValue("A", "x", True),)), 'os.getenv("A", "x")'),
        (Format(("limit ", EnvValue("A", 3, True))), "f\"limit {os.getenv('A', '3')}\""),
        (ConfigValue("size", ("x",)), 'config.size["x"]'),
        (RunConf(), "run_conf(context)"),
        (RunConf(("a", "b")), 'run_conf(context)["a"]["b"]'),
        (RunConf(("a", "b"), 1, has_default=True), 'run_conf(context)["a"].get("b", 1)'),
        (InputValue("orders", ("path",)), 'orders["path"]'),
        (
            Construct("docker.types.Mount", ("/data",), {"source": EnvValue("ROOT")}),
            'Mount("/data", source=os.environ["ROOT"])',
        ),
        (TemplateText("plain"), '"plain"'),
        (
            TemplateText("{% if x %}a{% endif %}", {"x": ConfigValue("x")}),
            'render_text("{% if x %}a{% endif %}", x=config.x)',
        ),
        (TemplateText("{{ macros.uuid }}"), 'render_text("{{ macros.uuid }}", macros=macros)'),
    ],
)
def test_what_a_run_is_told(value: object, wanted: str) -> None:
    assert code(value).text == wanted


@pytest.mark.parametrize(
    ("outer", "left", "right", "value"),
    [
        ("**", 2, Operation("operator", "+", (1, 2)), 8),
        ("**", Operation("operator", "**", (2, 3)), 2, 64),
        ("**", Operation("operator", "-", (2,)), 2, 4),
        ("*", Operation("operator", "**", (2, 3)), 2, 16),
        ("-", 5, Operation("operator", "-", (3, 1)), 3),
        ("==", Operation("operator", "==", (2, 1)), False, True),
        ("and", Operation("operator", "or", (1, 2)), 3, 3),
    ],
)
def test_operators_bind_as_they_are_in_each_other(outer: str, left: object, right: object, value: object) -> None:
    assert eval(serialize(Operation("operator", outer, (left, right)), Environment()).text) == value


@pytest.mark.parametrize("given_env", [None, '{"b": [1]}'])
def test_reading_the_environment(monkeypatch: pytest.MonkeyPatch, given_env: str | None) -> None:
    monkeypatch.delenv("A", raising=False)
    if given_env:
        monkeypatch.setenv("A", given_env)
    assert evaluated(EnvValue("A", {"b": [0]}, True, json=True)) == ({"b": [1]} if given_env else {"b": [0]})


def test_all_params_at_once() -> None:
    params = {"a": ConfigValue("a"), "b": ConfigValue("b")}
    assert code(params, config_fields={"a": "a", "b": "b"}).text == "config.model_dump()"
    assert code(params, config_fields={"a": "a", "b": "b_"}).text == '{"a": config.a, "b": config.b_}'
    assert code(params, config_fields={"a": "a", "b": "b", "c": "c"}).text == '{"a": config.a, "b": config.b}'


def test_files_and_names_are_found_by_the_environment() -> None:
    text = TemplateText("select {{ ds }}", {"ds": RunDate("ds")}, "sql/a.sql")
    dates = DateSource(Code("start"), Code("end"), Code("key"))
    found = code(text, dates=dates, template_file=lambda _: Code('SQL / "a.sql"', simple=False))
    assert found.text == 'render_file(SQL / "a.sql", ds=key)'
    plain = TemplateText("select 1", {}, "sql/a.sql")
    found = code(plain, template_file=lambda _: Code('SQL / "a.sql"', simple=False))
    assert found.text == '(SQL / "a.sql").read_text(encoding="utf-8")'
    function = CallFunction(CallableValue("f", "f", "x"))
    assert code(function, function_name=lambda call: (call.callable.name, {})).text == "f"


@pytest.mark.parametrize(
    "value", [object(), RunDate("ds"), CallFunction(CallableValue("f", "f", "x")), TemplateText("", {}, "a.sql")]
)
def test_what_has_no_source(value: object) -> None:
    with pytest.raises(TypeError):
        code(value)
