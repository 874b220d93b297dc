"""What a test of a function says: the call, and what is expected of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from migrator.codegen.python.annotations import returns_nothing
from migrator.codegen.python.serialize import Environment, serialize, text_literal
from migrator.trials import SAMPLES, Called, Event, Outcome, Parameter, TheContext

_SHORT = 500
"""Characters of a value that a test repeats; of longer texts it looks for some lines."""
_LINES = 3
_SAME = 3
"""More environment variables of one value are set in a loop."""
_PATCHED = {"subprocess": "subprocess_run", "shell": "run_bash"}
_RETURNS = {
    "str": (str,),
    "int": (int,),
    "float": (float, int),
    "bool": (bool,),
    "list": (list,),
    "dict": (dict,),
    "tuple": (tuple,),
}


@dataclass(frozen=True, slots=True)
class Call:
    """How a test calls a function: `module` is the name of its module in the test, `target` the expression of the function.

    `builder` makes its context, with the partition `key` (empty: none; `keys` are those of its dimensions, where there are several) and the date of a run without partitions; `returns` is its annotation.
    `unused` says of each resource whether nothing that it returns is read.
    """

    module: str
    target: str
    parameters: Mapping[str, Parameter]
    builder: str
    key: str
    keys: Mapping[str, str]
    date: dt.datetime
    returns: str
    is_check: bool
    unused: Mapping[str, bool]
    keeps_environment: bool
    """It hands the environment on to processes."""


@dataclass
class TestBody:
    """Statements of a test, its fixtures, and its imports."""

    fixtures: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    imports: set[str] = field(default_factory=set)

    __test__ = False

    @property
    def text(self) -> str:
        return "".join(f"    {line}\n" for line in self.lines)

    def value(self, value: Any) -> str:
        code = serialize(value, Environment())
        self.imports |= code.imports
        return code.text

    def patch(self) -> None:
        if "monkeypatch: pytest.MonkeyPatch" not in self.fixtures:
            self.fixtures.append("monkeypatch: pytest.MonkeyPatch")
            self.imports.add("import pytest")


def body_of(call: Call, outcome: Outcome) -> TestBody | None:
    """The test; None where there is nothing that it could expect."""
    if not _fits(outcome, call.returns):
        return None
    body = TestBody()
    targets = list(dict.fromkeys(called.target for called in outcome.calls))
    resources = [name for name, parameter in call.parameters.items() if parameter.kind == "resource"]
    _set_environment(body, outcome.env)
    for name in resources:
        _stand_in(body, call, name, [called for called in outcome.calls if called.target == name])
    for target in targets:
        if target in _PATCHED:
            _patch_process(body, call, target)
    for name, value in outcome.asked.items():
        body.patch()
        body.lines.append(f'monkeypatch.setattr({call.module}, "{name}", lambda _: {_moment(body, value)})')
    seen_logged = bool(outcome.logged) and call.builder == "build_op_context"
    invocation = _invocation(body, call, outcome, resources, named=seen_logged and not outcome.calls)
    expected = _result(body, call, outcome, invocation)
    if outcome.printed and len(outcome.printed) <= _SHORT:
        body.fixtures.append("capsys: pytest.CaptureFixture[str]")
        body.imports.add("import pytest")
        body.lines.append(f"assert capsys.readouterr().out == {text_literal(outcome.printed)}")
        expected = True
    for target in targets:
        made = [called for called in outcome.calls if called.target == target]
        if not _calls(body, _PATCHED.get(target, target), made, call.keeps_environment):
            return None
        expected = True
    if not expected and seen_logged:
        keys = [_logged_key(logged) for logged in outcome.logged]
        if all(key is not None for key in keys):
            body.lines.append(f"assert [event.asset_key.path for event in context.get_events()] == {body.value(keys)}")
            expected = True
    return body if expected and len(body.text) < 6 * _SHORT else None


def _set_environment(body: TestBody, values: Mapping[str, str]) -> None:
    same: dict[str, list[str]] = {}
    for name, text in values.items():
        body.patch()
        same.setdefault(text, []).append(name)
    for text, names in same.items():
        if len(names) > _SAME:
            body.lines += [f"for name in {body.value(names)}:", f"    monkeypatch.setenv(name, {text_literal(text)})"]
        else:
            body.lines += [f"monkeypatch.setenv({text_literal(name)}, {text_literal(text)})" for name in names]


def _moment(body: TestBody, value: Any) -> str:
    if not isinstance(value, dt.datetime):
        return body.value(value)
    body.imports.add("import datetime as dt")
    in_utc = value.astimezone(dt.timezone.utc)
    parts = in_utc.timetuple()[: 5 if in_utc.hour or in_utc.minute else 3]
    return f"dt.datetime({', '.join(map(str, parts))}, tzinfo=dt.timezone.utc)"


def _fits(outcome: Outcome, annotation: str) -> bool:
    """Whether the result is what the function says that it returns: Dagster checks that."""
    if outcome.yields:
        return True
    if returns_nothing(annotation) or annotation in ("", "Any"):
        return not (returns_nothing(annotation) and annotation and outcome.result is not None)
    types = _RETURNS.get(annotation.partition("[")[0])
    if types is None:
        return isinstance(outcome.result, Event)
    return isinstance(outcome.result, types) and (bool in types or not isinstance(outcome.result, bool))


def _stand_in(body: TestBody, call: Call, name: str, made: Sequence[Called]) -> None:
    body.imports.add("from unittest.mock import Mock")
    methods = sorted({called.method for called in made}) or sorted(call.parameters[name].returns)[:1]
    body.lines.append(f"{name} = Mock(spec={body.value(methods)})")
    if call.unused.get(name):
        return
    for method in dict.fromkeys(called.method for called in made):
        annotation = call.parameters[name].returns.get(method, "")
        if annotation == "requests.Response":
            body.lines.append(f'{name}.{method}.return_value = Mock(text="text", status_code=200)')
        elif annotation not in ("", "None"):
            body.lines.append(f"{name}.{method}.return_value = {body.value(SAMPLES[annotation])}")


def _patch_process(body: TestBody, call: Call, target: str) -> None:
    body.patch()
    body.imports.add("from unittest.mock import Mock")
    name = _PATCHED[target]
    if target == "subprocess":
        body.lines.append(f"{name} = Mock()")
        body.lines.append(f'monkeypatch.setattr("subprocess.run", {name})')
    else:
        body.lines.append(f'{name} = Mock(return_value=Mock(exit_code=0, last_line="text"))')
        body.lines.append(f'monkeypatch.setattr({call.module}, "run_bash", {name})')


def _invocation(body: TestBody, call: Call, outcome: Outcome, resources: Sequence[str], named: bool) -> str:
    arguments: list[str] = []
    if "context" in call.parameters or resources:
        body.imports.add("import dagster as dg")
        key = f"dg.MultiPartitionKey({body.value(dict(call.keys))})" if call.keys else text_literal(call.key)
        options = [f"partition_key={key}"] if call.key and "context" in call.parameters else []
        if resources:
            options.append(f"resources={{{', '.join(f'{text_literal(name)}: {name}' for name in resources)}}}")
        context = f"dg.{call.builder}({', '.join(options)})"
        if named or len(options) > 1:
            body.lines.append(f"context = {context}")
            context = "context"
        arguments.append(context)
    if "config" in call.parameters:
        arguments.append(f"config={call.module}.{call.parameters['config'].annotation}()")
    arguments += [f"{name}={body.value(value)}" for name, value in outcome.arguments.items()]
    return f"{call.target}({', '.join(arguments)})"


def _result(body: TestBody, call: Call, outcome: Outcome, invocation: str) -> bool:
    """Adds the call and what it is to return; whether something is expected of that."""
    result = outcome.result
    if outcome.yields:
        return _events(body, result, invocation)
    if call.is_check and isinstance(result, Event) and isinstance(result.arguments.get("passed"), bool):
        body.lines.append(f"assert {'' if result.arguments['passed'] else 'not '}{invocation}.passed")
        return True
    if result is None or isinstance(result, Event) or len(repr(result)) > _SHORT:
        body.lines.append(invocation)
        return False
    if isinstance(result, bool):
        body.lines.append(f"assert {invocation} is {result}")
    else:
        body.lines.append(f"assert {invocation} == {body.value(result)}")
    return True


def _events(body: TestBody, events: Sequence[Event], invocation: str) -> bool:
    kinds = {event.type for event in events}
    if not events:
        body.lines.append(f"assert list({invocation}) == []")
        return True
    if kinds == {"DynamicOutput"}:
        values = [event.arguments.get("0") for event in events]
        body.lines.append(f"assert [output.value for output in {invocation}] == {body.value(values)}")
        return True
    if kinds <= {"Output", "DynamicOutput"}:
        named = [
            (event.arguments.get("1", event.arguments.get("output_name", "result")), event.arguments.get("0"))
            for event in events
        ]
        if all(value is None for _, value in named):
            names = [name for name, _ in named]
            body.lines.append(f"assert [output.output_name for output in {invocation}] == {body.value(names)}")
        else:
            body.lines.append(
                f"assert [(output.output_name, output.value) for output in {invocation}] == {body.value(named)}"
            )
        return True
    if kinds == {"MaterializeResult"}:
        keys = [event.arguments.get("asset_key") for event in events]
        values = [event.arguments["value"] for event in events if "value" in event.arguments]
        if len(values) == len(events):
            body.lines.append(f"assert [result.value for result in {invocation}] == {body.value(values)}")
        elif all(isinstance(key, list) for key in keys):
            body.lines.append(f"assert [result.asset_key.path for result in {invocation}] == {body.value(keys)}")
        elif len(events) == 1:
            body.lines.append(f"assert len(list({invocation})) == 1")
        else:
            return False
        return True
    return False


def _calls(body: TestBody, name: str, made: Sequence[Called], keeps_environment: bool) -> bool:
    """Adds what was to be asked of a stand-in."""
    patched = name in _PATCHED.values()
    mocks = [name if patched else f"{name}.{called.method}" for called in made]
    shown = [_arguments(body, called, patched and keeps_environment) for called in made]
    if sum(map(len, shown)) <= _SHORT and not any("\n" in text for text in shown):
        if len(made) == 1:
            body.lines.append(f"{mocks[0]}.assert_called_once_with({shown[0]})")
            return True
        body.imports.add("from unittest.mock import call")
        calls = [
            f"call{'' if patched else f'.{called.method}'}({text})" for called, text in zip(made, shown, strict=True)
        ]
        body.lines.append(f"assert {name}.mock_calls == [{', '.join(calls)}]")
        return True
    if len(made) == 1 and not made[0].args:
        return _named_arguments(body, mocks[0], made[0])
    if len(set(mocks)) > 1:
        return False
    texts = [_text(called) for called in made]
    if not all(texts):
        return False
    if len(made) == 1:
        body.lines.append(f"sent = str({mocks[0]}.call_args.args[0])")
        lines = _telling(texts[0])
    else:
        body.lines.append(f'sent = "\\n".join(str(call.args[0]) for call in {mocks[0]}.call_args_list)')
        lines = [line for text in texts for line in _telling(text)[:1]]
    body.lines += [f"assert {text_literal(line)} in sent" for line in lines]
    return bool(lines)


def _named_arguments(body: TestBody, mock: str, called: Called) -> bool:
    """Adds the short ones of the named arguments of a call that is too long to be repeated whole."""
    body.lines.append(f"sent = {mock}.call_args.kwargs")
    given = {name: body.value(value) for name, value in called.kwargs.items() if not isinstance(value, TheContext)}
    lines = [f"assert sent[{text_literal(name)}] == {text}" for name, text in given.items() if len(text) < _SHORT // 2]
    body.lines += lines
    return bool(lines)


def _arguments(body: TestBody, called: Called, keeps_environment: bool) -> str:
    given = [body.value(value) for value in called.args]
    for name, value in called.kwargs.items():
        if isinstance(value, TheContext):
            body.imports.add("from unittest.mock import ANY")
            given.append(f"{name}=ANY")
            continue
        text = body.value(value)
        if name == "env" and keeps_environment:
            body.imports.add("import os")
            text = text.replace("{", "{**os.environ, ", 1)
        given.append(f"{name}={text}")
    return ", ".join(given)


def _text(called: Called) -> str:
    """The text of the first argument, as `str` shows it."""
    return str(called.args[0]) if called.args else ""


def _telling(text: str) -> list[str]:
    """Lines of a long text by which a change of it is noticed: those with a date, and the first ones."""
    lines = [line.strip() for line in text.splitlines() if len(line.strip()) > 6 and len(line.strip()) < 200]
    dated = [line for line in lines if any(year in line for year in ("2024", "2025", "2026"))]
    return list(dict.fromkeys([*lines[:1], *dated[: _LINES - 1], *lines[-1:]]))[:_LINES] if lines else []


def _logged_key(event: Event) -> Any:
    key = event.arguments.get("0", event.arguments.get("asset_key"))
    return key if event.type == "AssetMaterialization" and isinstance(key, list) else None
