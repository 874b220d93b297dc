"""What a function does: one renderer per type of body.

`render_body(function, body)` adds statements to the function and returns the expression of its value, or None where it has none.
A body that ends without its output (a skip) does so by a bare `return`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import singledispatch

from migrator.codegen.python.code import Code, is_number, joined
from migrator.codegen.python.long_texts import LONG, in_lines
from migrator.codegen.python.naming import unique
from migrator.codegen.python.serialize import OBJECT, Verbatim, literal, text_literal
from migrator.codegen.render.awaited_runs import run_of_date
from migrator.codegen.render.calls import call_expression, for_each, keyword_arguments, late_reference, resource_call
from migrator.codegen.render.date_tests import date_test
from migrator.codegen.render.function import Function, indented
from migrator.codegen.render.kept_values import keeping
from migrator.codegen.render.readings import hold_readings
from migrator.codegen.render.skips import may_skip
from migrator.model.bodies import (
    RESULT,
    CallFunction,
    DateTest,
    DoNothing,
    FileExists,
    FollowedBy,
    ForEach,
    HttpRequest,
    KeepValue,
    Notify,
    ObjectExists,
    PollUntil,
    RenderedCall,
    RequestRun,
    RunOfDate,
    RunOperator,
    RunShell,
    RunSql,
    SqlCheck,
    UseResource,
)
from migrator.model.expressions import Expr, Format, Later, OwnAttribute, TemplateText
from migrator.model.plan import CreateAsset, CreateOp
from migrator.model.walk import walk

ORDER = "order"
"""The variable that has what a function said of the run which it may ask for."""
_GLOB = re.compile(r"[*?\[]")
_SHORT = 60
_SQL_MARGIN = " " * 8
_NUMBER = (int, float)


def render_body(function: Function, body: object) -> Code | None:
    """Adds the statements of a body; returns the expression of its value."""
    hold_readings(function, body)
    return _body(body, function)


@singledispatch
def _body(body: object, function: Function) -> Code | None:
    raise TypeError(f"no renderer for a body of type {type(body).__name__}")


@_body.register
def _nothing(body: DoNothing, function: Function) -> Code | None:
    return None


@_body.register
def _request(body: RequestRun, function: Function) -> Code | None:
    metadata = request_metadata(function, body)
    if metadata:
        function.line(f"{function.needs_context()}.add_output_metadata({metadata})")
    return None


def request_metadata(function: Function, body: RequestRun) -> str:
    """What the event says by which a task asks for a run; empty if there is nothing to say."""
    conf = None if body.conf is None else conf_text(function, body.conf)
    if body.order is not None:
        function.module.need(["import json"])
        conf = f"json.dumps({ORDER}.payload or {{}})"
    told = [
        ("airflow/conf", conf),
        ("airflow/logical_date", None if body.date is None else function.text(body.date)),
        ("airflow/run_key", None if body.once is None else function.text(body.once)),
    ]
    shown = ", ".join(f"{text_literal(name)}: {text}" for name, text in told if text is not None)
    return f"{{{shown}}}" if shown else ""


def conf_text(function: Function, conf: Expr) -> str:
    """The expression of a run's conf as JSON text, which it may be already."""
    if isinstance(conf, str | Format | TemplateText):
        return function.text(conf)
    function.module.need(["import json"])
    return f"json.dumps({function.text(conf)})"


@_body.register
def _keep(body: KeepValue, function: Function) -> Code | None:
    value = render_body(function, body.body)
    return Code(keeping(function, body.place, value.text if value is not None else "None"))


@_body.register
def _followed(body: FollowedBy, function: Function) -> Code | None:
    value = render_body(function, body.body)
    if value is not None and not value.text.isidentifier():
        function.line(f"result = {value.text}")
        value = Code("result")
    pushes = isinstance(body.body, CallFunction) and body.body.pushes
    returned = (f'{value.text}.get("return_value")' if pushes else value.text) if value is not None else "None"
    given = {name: Verbatim(returned) if one == RESULT else one for name, one in body.call.kwargs.items()}
    _or_skipped(body.call, function, call_expression(function, replace(body.call, kwargs=given)).text)
    return value if body.returns else None


@_body.register
def _for_each(body: ForEach, function: Function) -> Code | None:
    function.line(for_each(function, body))
    return None


@_body.register
def _call(body: CallFunction, function: Function) -> Code | None:
    given = {
        name: _later(value, function) if isinstance(value, Later) else value for name, value in body.kwargs.items()
    }
    asks_object = any(isinstance(part, OwnAttribute) for part in walk(body.kwargs))
    call = call_expression(function, replace(body, kwargs=given), OBJECT if asks_object else "")
    if body.pushes:
        return _pushing_call(body, function, call)
    if not may_skip(body):
        if body.returns:
            return call
        function.line(call.text)
        return None
    _or_skipped(body, function, f"{'value = ' if body.returns else ''}{call.text}")
    return Code("value") if body.returns else None


def _later(value: Later, function: Function) -> Verbatim:
    """The source of a function that does what another body does; what takes several statements is defined above."""
    body = value.body
    if isinstance(body, CallFunction):
        return Verbatim(f"lambda: {call_expression(function, body).text}")
    if isinstance(body, RunShell):
        options = _shell_options(function, body)
        options += [f"skip_on={literal(list(body.skip_exit_codes))}"] if body.skip_exit_codes else []
        function.module.need([f"from {function.dag.package}.operator_work import run_command"])
        return Verbatim(f"lambda: run_command({', '.join([_command(function, body.command), *options])})")
    outer, function.lines = function.lines, []
    result = render_body(function, body)
    function.lines, lines = outer, function.lines
    if result is not None and not lines:
        return Verbatim(f"lambda: {result.text}")
    lines += [f"return {result.text}"] if result is not None else []
    function.line("def run_base():\n" + "\n".join(indented(line, "    ") for line in lines))
    return Verbatim("run_base")


def _pushing_call(body: CallFunction, function: Function, call: Code) -> Code | None:
    """A call of a function that hands over values by name: they are collected in a dict."""
    if not body.returns:
        _or_skipped(body, function, call.text.replace(f"{body.pushes}={body.pushes})", f"{body.pushes}={{}})"))
        return None
    function.module.need(["from typing import Any"])
    function.line(f"{body.pushes}: dict[str, Any] = {{}}")
    target = f'{body.pushes}["return_value"] = ' if body.callable.returns_value else ""
    _or_skipped(body, function, f"{target}{call.text}")
    return Code(body.pushes)


def _or_skipped(body: CallFunction, function: Function, statement: str) -> None:
    """Adds a statement; where the function may skip its task, what follows is left out then."""
    if not may_skip(body):
        function.line(statement)
        return
    function.module.need([f"from {function.dag.package}.exceptions import Skipped"])
    context = function.needs_context()
    function.line(
        f'try:\n{indented(statement, "    ")}\nexcept Skipped as reason:\n    {context}.log.info(f"skipped: {{reason}}")\n    return'
    )


# ---------------------------------------------------------------------------------------------------------- commands


@_body.register
def _shell(body: RunShell, function: Function) -> Code | None:
    line = _last_line(body, function)
    if line is None or body.processor is None:
        return line
    function.line(f"{function.text(body.processor.args[0])} = {line.text}")
    return call_expression(function, body.processor)


def _last_line(body: RunShell, function: Function) -> Code | None:
    """Runs the command; the expression of the last line of its output, if that is asked for."""
    command = _command(function, body.command)
    options = _shell_options(function, body)
    if not body.returns and not body.skip_exit_codes:
        function.module.need(["import subprocess"])
        program = command if isinstance(body.command, list) else f'["bash", "-c", {command}]'
        arguments = [program, "check=True", *options]
        function.line(f"subprocess.run({', '.join(arguments)})")
        return None
    function.module.need([f"from {function.dag.package}.shell import run_bash"])
    if body.skip_exit_codes:
        codes = literal(list(body.skip_exit_codes))
        options.append(f"allowed_exit_codes={codes}")
        function.line(f"result = run_bash({', '.join([command, *options])})")
        function.end_early_if("result.exit_code != 0")
        return Code("result.last_line") if body.returns else None
    return Code(f"run_bash({', '.join([command, *options])}).last_line")


def _shell_options(function: Function, body: RunShell) -> list[str]:
    """The arguments that say the environment and the working directory."""
    options = []
    if body.env or not isinstance(body.env, Mapping):
        given = function.code(body.env)
        if body.append_env:
            function.module.need(["import os"])
        inside = given.text[1:-1] if isinstance(body.env, Mapping) and given.text[0] == "{" else f"**{given.operand}"
        # The object may have none, as the task may.
        inside = f"**({given.text} or {{}})" if isinstance(body.env, OwnAttribute) else inside
        options.append(f"env={{**os.environ, {inside}}}" if body.append_env else f"env={given.text}")
    elif not body.append_env:
        options.append("env={}")
    if body.cwd is not None:
        options.append(f"cwd={function.text(body.cwd)}")
    return options


def _command(function: Function, command: Expr) -> str:
    """The command's expression; a long one gets a name."""
    return _in_place(function, _made_text(function, command).text, command, "command")


def _in_place(function: Function, text: str, value: Expr, name: str) -> str:
    """The source of a value; the name that it gets where it takes several lines."""
    is_text = not isinstance(value, CallFunction | RenderedCall)  # what a function returns has no words yet
    is_long = is_text and len(text) > LONG and not function.in_row
    lines = text if "\n" in text else in_lines(value, function.text) if is_long else ""
    if not lines:
        return text
    name = unique(name, {line.partition(" = ")[0] for line in function.lines})
    function.line(f"{name} = {lines}")
    return name


def _made_text(function: Function, value: Expr) -> Code:
    """An expression of text, or of a function that returns it."""
    if isinstance(value, RenderedCall):
        call = call_expression(function, value.call)
        code = function.code(replace(value.template, text=Verbatim(call.text)))
        return Code(code.text, code.imports | call.imports, code.names | call.names)
    return call_expression(function, value) if isinstance(value, CallFunction) else function.code(value)


@_body.register
def _operator(body: RunOperator, function: Function) -> Code | None:
    context = function.needs_context()
    helper = "run_function" if body.function else "run_operator"
    function.module.need([f"from {function.dag.package}.airflow_operators import {helper}"])
    if body.function:
        call = f"run_function({', '.join([context, *_function_with_airflow(body, function)])})"
    else:
        call = f"run_operator({context}, {call_expression(function, body.operator).text})"
    if body.returns:
        return Code(call)
    function.line(call)
    return None


@_body.register
def _resource(body: UseResource, function: Function) -> Code | None:
    call = resource_call(function, body)
    if body.returns:
        return Code(call)
    function.line(call)
    return None


@_body.register
def _http(body: HttpRequest, function: Function) -> Code | None:
    call = _http_call(function, body, "request" if body.pages is None else "request_pages")
    if body.check is None and body.filter is None:
        if body.returns:
            return Code(f"{call}.text" if body.pages is None else f"[response.text for response in {call}]")
        function.line(call)
        return None
    name = "response" if body.pages is None else "responses"
    function.line(f"{name} = {call}")
    if body.check is not None:
        accepted = call_expression(function, body.check).operand
        function.line(f'if not {accepted}:\n    raise RuntimeError("the response is not accepted")')
    if body.filter is None:
        text = "response.text" if body.pages is None else "[response.text for response in responses]"
        return Code(text) if body.returns else None
    filtered = call_expression(function, body.filter)
    if body.returns:
        return filtered
    function.line(filtered.text)
    return None


def _http_call(function: Function, body: HttpRequest, method: str) -> str:
    given = [function.text(body.method), *([keyword_arguments(function, body.arguments)] if body.arguments else [])]
    if body.pages is not None:
        given.insert(1, function.text(body.pages))
    if body.nothing:
        given.append(f"nothing={function.text(list(body.nothing))}")
    return f"{function.resource(body.resource)}.{method}({', '.join(given)})"


def _function_with_airflow(body: RunOperator, function: Function) -> list[str]:
    """The arguments of `run_function`, the first one aside."""
    arguments = [late_reference(function, body.operator), literal(body.task_id)]
    if body.operator.args:
        arguments.append(f"args={function.text(list(body.operator.args))}")
    if body.operator.kwargs:
        arguments.append(f"kwargs={function.text(dict(body.operator.kwargs))}")
    if body.params:
        arguments.append(f"params={function.text(body.params)}")
    if body.xcoms:
        arguments.append(f"xcoms={function.text(dict(body.xcoms))}")
    return arguments


# --------------------------------------------------------------------------------------------------------------- SQL


@_body.register
def _sql(body: RunSql, function: Function) -> Code | None:
    resource = function.resource(body.resource)
    call = _sql_call(function, resource, body)
    if body.returns:
        return Code(call)
    function.line(call)
    return None


def _sql_call(function: Function, resource: str, body: RunSql) -> str:
    statements = [
        _statement(function, sql, f"sql_{number}" if len(body.sql) > 1 else "sql")
        for number, sql in enumerate(body.sql, 1)
    ]
    if body.parameters is not None:
        statements.append(f"parameters={function.text(body.parameters)}")
    if body.handler is not None:
        statements.append(f"handler={function.text(body.handler)}")
    method = "first_row" if body.first else "run_each" if body.each else "run"
    return f"{resource}.{method if body.returns else 'run'}({', '.join(statements)})"


def _statement(function: Function, sql: Expr, name: str) -> str:
    """The expression of a statement; one of several lines, or a long one, gets a name."""
    return _in_place(function, _made_text(function, aligned_sql(sql)).text, sql, name)


def aligned_sql(sql: Expr) -> Expr:
    """SQL text of several lines moved to where it reads well in a function, unless a literal in it runs over lines."""
    pieces = sql.parts if isinstance(sql, Format) else (sql,)
    text = "".join(piece if isinstance(piece, str) else "\0" for piece in pieces)
    if not isinstance(sql, (str, Format)) or "\n" not in text.strip() or _spans_lines(text):
        return sql
    margin = min((len(line) - len(line.lstrip(" ")) for line in text.split("\n")[1:] if line.strip()), default=0)
    moved = [_moved(piece, margin) if isinstance(piece, str) else piece for piece in pieces]
    first, last = moved[0], moved[-1]
    if isinstance(first, str):
        moved[0] = f"\n{_SQL_MARGIN}{first.lstrip()}"
        last = moved[-1]
    else:
        moved.insert(0, f"\n{_SQL_MARGIN}")
    if isinstance(last, str):
        moved[-1] = f"{last.rstrip()}\n    "
    else:
        moved.append("\n    ")
    return Format(tuple(moved)) if isinstance(sql, Format) else moved[0]


def _moved(text: str, margin: int) -> str:
    return re.sub(rf"\n {{0,{margin}}}(?=[^\n])", f"\n{_SQL_MARGIN}", text)


def _spans_lines(sql: str) -> bool:
    """Whether a quoted text, a comment or a dollar-quoted body goes over a line's end (or might)."""
    without_comments = re.sub(r"--[^\n]*", "", sql)
    return "$$" in sql or "/*" in sql or any("\n" in found for found in re.findall(r"'(?:[^']|'')*'", without_comments))


@_body.register
def _sql_check(body: SqlCheck, function: Function) -> Code | None:
    passed = check_condition(function, body)
    function.line(f'if not ({passed.text}):\n    raise dg.Failure(description=f"the check failed: {{row}}")')
    function.module.need(["import dagster as dg"])
    return None


def check_condition(function: Function, body: SqlCheck) -> Code:
    """Reads the first row into `row`; returns the condition under which the check passes."""
    resource = function.resource(body.resource)
    given = [_statement(function, body.sql, "sql")]
    if body.parameters is not None:
        given.append(f"parameters={function.text(body.parameters)}")
    function.line(f"row = {resource}.first_row({', '.join(given)})")
    if body.mode == "truthy":
        return Code("row is not None and all(row)")
    if body.mode == "within":
        bounds = [_bound(function, bound) for bound in body.bounds]
        return Code(f"row is not None and row[0] is not None and {bounds[0]} <= row[0] <= {bounds[1]}")
    expected = body.expected
    if isinstance(expected, str) and is_number(expected):
        expected = float(expected) if "." in expected or "e" in expected.lower() else int(expected)
    if not isinstance(expected, _NUMBER) or isinstance(expected, bool):
        wanted = function.code(expected)
        test = f"str(value) == {wanted.text}"
        if not isinstance(expected, str):
            more = f", tolerance={body.tolerance}" if body.tolerance else ""
            test = f"{resource}.agrees(value, {wanted.text}{more})"
        return joined(f"row is not None and all({test} for value in row)", [wanted])
    if not body.tolerance:
        return Code(f"row is not None and all(float(value) == {expected!r} for value in row)")
    low, high = sorted((expected * (1 - body.tolerance), expected * (1 + body.tolerance)))
    return Code(f"row is not None and all({low!r} <= float(value) <= {high!r} for value in row)")


def _bound(function: Function, bound: Expr | RunSql) -> str:
    if isinstance(bound, RunSql):
        return f"{_sql_call(function, function.resource(bound.resource), bound)}[0]"
    if isinstance(bound, Format) and len(bound.parts) == 1:
        bound = bound.parts[0]
    return function.text(bound) if isinstance(bound, _NUMBER) else f"float({function.text(bound)})"


# ----------------------------------------------------------------------------------------------------------- waiting


@_body.register
def _poll(body: PollUntil, function: Function) -> Code | None:
    if isinstance(body.condition, RunSql) and (body.condition.refuses is not None or body.condition.fails_on_empty):
        _poll_row(body, body.condition, function)
        return None
    if body.one_object and isinstance(body.condition, CallFunction):
        condition = call_expression(function, body.condition, "sensor")
    else:
        condition = condition_expression(function, body.condition)
    helper = "comes_true" if body.soft_fail else "wait_until_true"
    function.module.need([f"from {function.dag.package}.poking import {helper}"])
    ask = condition.text.removesuffix("()") if re.fullmatch(r"\w+\(\)", condition.text) else f"lambda: {condition.text}"
    waits = f"{helper}({ask}, timeout={_seconds(body.timeout)}, interval={_seconds(body.interval)})"
    if body.returns:
        waits = f"answer = {waits}"
    if body.soft_fail:
        asked = f"{waits}\nif not answer" if body.returns else f"if not {waits}"
        waits = f"{asked}:\n    return"
    # As a condition, the exit code of a command that skips says only that it is not there yet.
    if isinstance(body.condition, CallFunction):
        _or_skipped(body.condition, function, waits)
    else:
        function.line(waits)
    if not body.returns:
        return None
    if isinstance(body.condition, UseResource):
        return Code("answer")
    function.module.need([f"from {function.dag.package}.poking import value_of"])
    return Code("value_of(answer)")


def _poll_row(body: PollUntil, query: RunSql, function: Function) -> None:
    """Waits for a row that is as it should be, unless one comes that ends the wait, or none where that does."""
    raised = [] if body.soft_fail else [f"from {function.dag.package}.exceptions import SensorTimeout"]
    function.module.need(["import time", *raised])
    resource, timeout = function.resource(query.resource), _seconds(body.timeout)
    accepted = call_expression(function, query.accepts).operand if query.accepts is not None else "row[0]"
    end = "return" if body.soft_fail else f'raise SensorTimeout("not there after {timeout} seconds")'
    some, failures = "row is not None and ", ""
    if query.fails_on_empty:
        some, failures = "", '    if row is None:\n        raise RuntimeError("the query gives no row")\n'
    if query.refuses is not None:
        failures += (
            f"    if {some}{call_expression(function, query.refuses).operand}:\n"
            f'        raise RuntimeError(f"the wait is over without success: {{row[0]}}")\n'
        )
    function.line(f"deadline = time.monotonic() + {timeout}")
    function.line(
        f"while True:\n    row = {resource}.first_row({', '.join(_condition_sql(function, query))})\n{failures}"
        f"    if {some}{accepted}:\n        break\n"
        f"    if time.monotonic() > deadline:\n        {end}\n    time.sleep({_seconds(body.interval)})"
    )


def condition_expression(function: Function, condition: object) -> Code:
    """An expression that is true once what is waited for is there."""
    if isinstance(condition, CallFunction):
        return call_expression(function, condition)
    if isinstance(condition, FileExists):
        path = function.code(condition.path)
        given = f"{path.text}, recursive=True" if condition.recursive else path.text
        if "." not in literal_text(condition.path).rpartition("/")[2]:
            function.module.need([f"from {function.dag.package}.poking import file_is_there"])
            return joined(f"file_is_there({given})", [path])
        if _GLOB.search(literal_text(condition.path)):
            function.module.need(["import glob"])
            return joined(f"any(glob.iglob({given}))", [path])
        function.module.need(["from pathlib import Path"])
        return joined(f"Path({path.text}).exists()", [path])
    if isinstance(condition, ObjectExists):
        store = function.resource(condition.resource)
        bucket, key = function.code(condition.bucket), function.code(condition.key)
        method = "any_match" if condition.wildcard else "exists"
        return joined(f"{store}.{method}({bucket.text}, {key.text})", [bucket, key])
    if isinstance(condition, RunShell) and condition.retry_exit_code is not None:
        function.module.need([f"from {function.dag.package}.shell import run_bash"])
        options = [*_shell_options(function, condition), f"allowed_exit_codes=[{condition.retry_exit_code}]"]
        call = f"run_bash({', '.join([_command(function, condition.command), *options])})"
        return Code(f"{call}.exit_code == 0", simple=False)
    if isinstance(condition, RunShell):
        function.module.need(["import subprocess"])
        program = f'["bash", "-c", {_command(function, condition.command)}]'
        call = f"subprocess.run({', '.join([program, 'check=False', *_shell_options(function, condition)])})"
        return Code(f"{call}.returncode == 0", simple=False)
    if isinstance(condition, DateTest):
        return Code(date_test(function, condition), simple=False)
    if isinstance(condition, RunOfDate):
        return Code(run_of_date(function, condition))
    if isinstance(condition, UseResource):
        return Code(resource_call(function, condition))
    if isinstance(condition, HttpRequest):
        call = _http_call(function, condition, "find")
        if condition.check is None:
            return Code(f"{call} is not None", simple=False)
        accepted = call_expression(function, condition.check).operand
        return Code(f"(response := {call}) is not None and {accepted}", simple=False)
    if isinstance(condition, RunSql):
        given = f"({', '.join(_condition_sql(function, condition))})"
        if condition.accepts is not None:
            found = f"(row := {function.resource(condition.resource)}.first_row{given})"
            return Code(f"{found} is not None and {call_expression(function, condition.accepts).operand}", simple=False)
        return Code(f"{function.resource(condition.resource)}.{'says_yes' if condition.says_yes else 'is_true'}{given}")
    raise TypeError(f"no renderer for a condition of type {type(condition).__name__}")


def _condition_sql(function: Function, condition: RunSql) -> list[str]:
    statements = [_statement(function, sql, "sql") for sql in condition.sql[-1:]]
    if condition.parameters is not None:
        statements.append(f"parameters={function.text(condition.parameters)}")
    return statements


def ask_conditions(function: Function, operation: CreateAsset | CreateOp) -> None:
    """Adds the lines by which a node ends without an output where one of its conditions does not hold."""
    for condition in operation.conditions:
        asked = call_expression(function, condition.call)
        if condition.holds is None:
            _or_skipped(condition.call, function, asked.text)
            continue
        function.end_early_if(f"not {asked.operand}" if condition.holds else asked.text)


def literal_text(value: Expr) -> str:
    """The literal text in an expression."""
    if isinstance(value, Format):
        return "".join(literal_text(part) for part in value.parts)
    if isinstance(value, TemplateText):
        return str(value.text)
    return value if isinstance(value, str) else ""


def _seconds(value: float) -> str:
    return repr(int(value)) if value == int(value) else repr(value)


# ---------------------------------------------------------------------------------------------------------- messages


@_body.register
def _notify(body: Notify, function: Function) -> Code | None:
    resource = function.resource(body.resource)
    function.line(f"{resource}.{body.method}({keyword_arguments(function, body.fields)})")
    return None
