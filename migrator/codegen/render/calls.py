"""Calls of the team's own functions: the body itself in the node's function, or a call of the carried function."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from migrator.analyzers.callables.pendulum_members import COMMON_METHODS, METHODS
from migrator.codegen.carried.carry import InlineFunction
from migrator.codegen.carried.pendulum_use import function_around, uses_pendulum
from migrator.codegen.carried.source_text import closing_values, dedented, names_read, parse_function
from migrator.codegen.python.annotations import loosened, returns_nothing
from migrator.codegen.python.code import Code
from migrator.codegen.python.dates import needs_time
from migrator.codegen.python.handed_on import made_by
from migrator.codegen.python.module import imported_name
from migrator.codegen.python.naming import NOT_INPUTS, unique
from migrator.codegen.python.serialize import Verbatim
from migrator.codegen.render.function import Function, indented
from migrator.codegen.render.readings import repeated_readings
from migrator.model.bodies import CallFunction, ForEach, PythonEnvironment, UseResource
from migrator.model.expressions import (
    AddedMetadata,
    Construct,
    Expr,
    InputValue,
    LastSuccess,
    MetadataOf,
    MoreArguments,
    PartitionsOf,
    RunDate,
)
from migrator.model.source import SourceFile, Span

_PLAIN = frozenset({"str", "int", "float", "bool", "dict", "list", "tuple", "None", "Any"})
_PENDULUM = re.compile(rf"\bpendulum\b|\.(?:{'|'.join(sorted(METHODS - COMMON_METHODS))})\(")
_NEVER_BOUND = frozenset({"context", "config", "dg", "dt", "os", "json", "pendulum"})

_BOUND_AROUND = frozenset(
    "batch chosen cursor goes_on key keys logical_date message name names number order outputs requests response result row run_date start step task_id tries value "
    "values window_end window_start".split()
)
"""Names that generated functions bind in the lines around a call."""


def inline_call(function: Function, call: CallFunction, after: Iterable[str] = (), generator: bool = False) -> bool:
    """Makes the carried body the body of `function`, if that can be; then it also has its result annotation and docstring.

    Parameters of the carried function that take an upstream value as it is become the node's own; the others are set in front
    of the body. `after` are lines to run when the body is done, before its closing `return`; with `generator` they
    yield the results, so that the body must have none.
    """
    if (
        (call.pushes and (call.callable.returns_value or generator))
        or call.environment is not None
        or call.made_with is not None
        or repeated_readings(call)
        or (call.callable.returns_value and not call.returns and not _is_plain_value(call, function))
    ):
        return False
    given, call = call, _told_directly(function, call)
    arguments = dict(call.kwargs)
    own, preset = _split(arguments, function)
    bound = {*own, *preset}
    codes = {name: _argument(function, call, name, value, note=False) for name, value in preset.items()}
    helpers = {imported_name(line) for code in codes.values() for line in code.imports}
    if (
        bound & (_NEVER_BOUND | helpers)
        or own.keys() & NOT_INPUTS
        or any(code.names & (bound - {name}) for name, code in codes.items())
        or any(code.text != name and preset.keys() & _roots(code) for name, code in codes.items())
    ):
        return False
    read = frozenset().union(*(_roots(code) for code in codes.values()))
    reserved = (_NEVER_BOUND | read | function.resources.keys()) - bound
    after = list(after)
    found = function.dag.user.inline(
        call, function.dag.plan, function.module, reserved, runs_on=bool(after or call.pushes), ends_plainly=generator
    )
    if found is None:
        return False
    if call is not given:
        function.used |= {"context"} & {add.partition(".")[0] for add in function.metadata.values()}
    closing = closing_values(found.text.body, call.pushes) if call.pushes and not after else None
    if call.pushes and closing is None:
        function.line(f"{call.pushes}: dict[str, Any] = {{}}")
    _take_parameters(function, found, own, preset, call)
    text = found.text if closing is None else replace(found.text, body=closing[0], final=len(closing[0]))
    if call.pushes and call.returns:
        after.append(f"return {call.pushes if closing is None else closing[1]}")
    added = "".join(f"{indented(line, text.margin)}\n" for line in after)
    text = replace(text, body=text.body[: text.final] + added + text.body[text.final :])
    function.docstring_text, function.verbatim, function.margin = text.docstring, text.body, text.margin
    function.before = text.before
    function.returns = text.returns if call.callable.returns_value else "None"
    if call.pushes:
        function.module.need(["from typing import Any"])
        function.returns = "dict[str, Any]" if call.returns else "None"
    if call.returns and returns_nothing(function.returns):
        # Its value is taken, which is None: Dagster keeps none for a function that says so.
        function.module.need(["from typing import Any"])
        function.returns = "Any"
    return True


def _told_directly(function: Function, call: CallFunction) -> CallFunction:
    """The call with a body that adds metadata of assets by itself, and not by a parameter."""
    told = {
        name: function.text(value)
        for name, value in call.kwargs.items()
        if isinstance(value, MetadataOf | PartitionsOf)
    }
    if not told or not all(re.fullmatch(r"[\w.]+", text) for text in told.values()):
        return call
    edits = tuple(
        replace(edit, expression=replace(edit.expression, parameter=told[edit.expression.parameter]))
        if isinstance(edit.expression, AddedMetadata)
        else edit
        for edit in call.edits
    )
    kwargs = {name: value for name, value in call.kwargs.items() if name not in told}
    added = tuple(name for name in call.added_parameters if name not in told)
    return replace(call, kwargs=kwargs, edits=edits, added_parameters=added)


def _split(arguments: dict[str, Expr], function: Function) -> tuple[dict[str, str], dict[str, Expr]]:
    """Parameters that are inputs of the node (with the input's name), and those with another value."""
    used = [value.parameter for value in arguments.values() if isinstance(value, InputValue)]
    own = {
        name: value.parameter
        for name, value in arguments.items()
        if isinstance(value, InputValue) and not value.path and used.count(value.parameter) == 1
    }
    taken = function.not_inputs - NOT_INPUTS
    own = {
        name: source
        for name, source in own.items()
        if name not in taken and (name == source or name not in function.inputs)
    }
    return own, {name: value for name, value in arguments.items() if name not in own}


def _take_parameters(
    function: Function, found: InlineFunction, own: dict[str, str], preset: dict[str, Expr], call: CallFunction
) -> None:
    parameters = {parameter.name: parameter for parameter in found.text.parameters}
    names = {function.renamed.get(source, source): name for name, source in own.items()}
    if any(known not in names and not kind for known, kind in function.inputs.items()):
        function.module.need(["from typing import Any"])
    function.inputs = {
        names.get(known, known): parameters[names[known]].annotation if known in names else kind or "Any"
        for known, kind in function.inputs.items()
    }
    for name, source in own.items():
        if source == name:
            function.renamed.pop(source, None)
        else:
            function.renamed[source] = name
    for name, value in found.constants.items():
        function.line(f"{name} = {function.text(value)}")
    for parameter in found.text.parameters:
        if parameter.name in preset:
            value = preset[parameter.name]
            stood_for = isinstance(value, str) or (
                isinstance(value, Construct) and value.type == "types.SimpleNamespace"
            )
            if stood_for and not re.search(rf"\b{parameter.name}\b", found.text.body):
                continue  # It said which connection a hook is for, or whose events are meant, which other lines say now.
            code = _argument(function, call, parameter.name, value)
            if code.text != parameter.name:
                function.line(f"{parameter.name} = {code.text}")
        elif parameter.name not in own and parameter.default:
            function.line(f"{parameter.name} = {parameter.default}")


def call_expression(function: Function, call: CallFunction, variable: str = "") -> Code:
    """The call of the carried function; of a lambda whose parameters are called as the arguments are, what it would give. Of a method, the object is
    made in a line before, if it is to be called `variable`."""
    target = call.callable
    expression = _of_lambda(function, call)
    if expression:
        return Code(expression)
    if call.keeps_airflow:
        name = late_reference(function, call)
    else:
        name = function.dag.user.reference(call, function.dag.plan, function.dag.main, function.module)
    if call.environment is not None:
        return _elsewhere(function, call, call.environment, name)
    arguments = [function.text(value) for value in call.args]
    arguments += [
        f"{key}={_argument(function, call, key, value).text}"
        if key.isidentifier()
        else f"**{_spread(function, value)}"
        if key == "**"
        else f"**{{{function.text(key)}: {function.text(value)}}}"
        for key, value in call.kwargs.items()
    ]
    constants = function.dag.user.given_constants(call)
    arguments += [f"{key}={function.text(value)}" for key, value in constants.items() if key not in call.kwargs]
    arguments += [f"{call.pushes}={call.pushes}"] if call.pushes else []
    _annotate_inputs(function, call)
    if call.made_with is not None:
        made, _, method = name.rpartition(".")
        made = made_by(made, {key: Code(function.text(value)) for key, value in call.made_with.items()})
        if variable:
            variable = unique(variable, {*function.inputs, *function.resources, *function.module.taken})
            function.line(f"{variable} = {made}")
            made = variable
        name = made if method == "__call__" else f"{made}.{method}"
    text = f"{name}({', '.join(arguments)})"
    if target.is_async:
        function.module.need(["import asyncio"])
        return Code(f"asyncio.run({text})")
    return Code(f"list({text})" if target.is_generator and call.returns else text)


def _spread(function: Function, value: Expr) -> str:
    """A mapping of arguments: what a function returns, where it is one."""
    return call_expression(function, value).text if isinstance(value, CallFunction) else function.text(value)


def _of_lambda(function: Function, call: CallFunction) -> str:
    """The expression of a lambda that can stand in the function; empty where there is none."""
    alone = not (call.pushes or call.environment or call.made_with or call.keeps_airflow)
    if call.callable.kind != "lambda" or not alone:
        return ""
    parameters = [parameter.name for parameter in call.callable.parameters]
    given = {**dict(zip(parameters, call.args, strict=False)), **call.kwargs}
    if set(parameters) != given.keys() or len(call.args) > len(parameters):
        return ""
    if any(name != function.code(value).text for name, value in given.items()):
        return ""
    bound = {"context", "config", *_BOUND_AROUND, *function.inputs, *function.resources} - set(parameters)
    dag = function.dag
    return dag.user.expression(call, dag.plan, dag.main, function.module, bound)


def _elsewhere(function: Function, call: CallFunction, environment: PythonEnvironment, name: str) -> Code:
    """The call of a function that runs in another Python."""
    if environment.container is not None:
        return _in_container(function, call, environment, environment.container, name)
    helper = "run_in_virtualenv" if environment.made else "run_with_python"
    function.module.need([f"from {function.dag.package}.environments import {helper}"])
    options: dict[str, Expr] = {}
    if call.args:
        options["args"] = list(call.args)
    if call.kwargs:
        options["kwargs"] = dict(call.kwargs)
    if environment.requirements:
        options["requirements"] = environment.requirements
    if environment.python is not None:
        options["python"] = environment.python
    if environment.python_version is not None:
        options["python_version"] = environment.python_version
    if environment.made and not environment.system_site_packages:
        options["system_site_packages"] = False
    if environment.env:
        options["env"] = environment.env
    if not environment.inherit_env:
        options["inherit_env"] = False
    _annotate_inputs(function, call)
    given = [name, *(f"{key}={function.text(value)}" for key, value in options.items())]
    return Code(f"{helper}({', '.join(given)})")


def _in_container(
    function: Function, call: CallFunction, environment: PythonEnvironment, container: UseResource, name: str
) -> Code:
    """The start of a container whose command calls a function, or is what one returns."""
    resource = function.resource(container.resource)
    given = [f"context={function.needs_context()}"] if container.passes_context else []
    arguments = container.arguments
    if environment.makes:
        made = Verbatim(call_expression(function, replace(call, environment=None)).text)
        arguments = {**arguments, "command": made} if environment.makes == "command" else _with_args(arguments, made)
    given += [f"{key}={function.text(value)}" for key, value in arguments.items()]
    if environment.makes:
        return Code(f"{resource}.{container.method}({', '.join(given)})")
    function.module.need([f"from {function.dag.package}.environments import python_command"])
    options: dict[str, Expr] = {}
    if call.args:
        options["args"] = list(call.args)
    if call.kwargs:
        options["kwargs"] = dict(call.kwargs)
    if environment.python not in (None, "python3"):
        options["python"] = environment.python
    if environment.result:
        options["result"] = environment.result
    _annotate_inputs(function, call)
    told = ", ".join([name, *(f"{key}={function.text(value)}" for key, value in options.items())])
    return Code(f"{resource}.{container.method}({', '.join([*given, f'command=python_command({told})'])})")


def _with_args(pod: Mapping[str, Expr], args: Expr) -> dict[str, Expr]:
    """What a pod is made with, and the arguments of its image's own command."""
    spec = dict(pod.get("base_pod_spec") or {})
    (container,) = spec.pop("containers", ({},))
    return {**pod, "base_pod_spec": {"containers": [{"args": args, **container}], **spec}}


def late_reference(function: Function, call: CallFunction) -> str:
    """The name of a callee that needs Airflow's library; it is imported in the function itself, so that no other step needs Airflow."""
    module, qualname = function.dag.user.late_import(call, function.dag.plan, function.dag.main)
    top, _, rest = qualname.partition(".")
    taken = {*function.inputs, *function.resources, *_NEVER_BOUND, "run_operator", "run_function"}
    alias = unique(f"{top}_with_airflow", taken) if top in taken else ""
    function.line(f"from {module} import {top}{f' as {alias}' if alias else ''}")
    return f"{alias or top}.{rest}" if rest else alias or top


def result_annotation(call: CallFunction, function: Function) -> str:
    """The result annotation of a function that only calls `call` and returns its value."""
    if call.pushes:
        return "dict[str, Any]"
    return _importable(loosened(written_annotation(call, function)), function)


def _importable(annotation: str, function: Function) -> str:
    """The annotation, for which the function's module imports what it names."""
    if re.search(r"\bAny\b", annotation):
        function.module.need(["from typing import Any"])
    return annotation


def _is_plain_value(call: CallFunction, function: Function) -> bool:
    """Whether the function says that it returns text, numbers or containers of them: such a value does no harm where nobody takes it."""
    written = written_annotation(call, function)
    return bool(written) and set(re.findall(r"\w+", written)) <= _PLAIN


def written_annotation(call: CallFunction, function: Function) -> str:
    """The result annotation in the source, which the model does not keep."""
    found = parse_function(written(call, function)) if call.callable.kind == "function" else None
    return found.returns if found is not None else ""


def written(call: CallFunction, function: Function) -> str:
    """The callee as it is written, at the left margin; empty where its source is not there."""
    span = call.callable.span
    source = function.dag.user.project.sources.get(span.file) if span is not None else None
    if span is None or source is None:
        return ""
    if call.callable.kind != "function":
        return source.cut(span)
    line_start = source.text.rfind("\n", 0, span.start) + 1
    indent = source.text[line_start : span.start]
    return dedented(source.text[line_start : span.end], indent if not indent.strip() else "")


def _annotate_inputs(function: Function, call: CallFunction) -> None:
    """Gives inputs that are handed on as they are the annotation of the parameter they go to."""
    annotations = {parameter.name: parameter.annotation or "" for parameter in call.callable.parameters}
    for key, value in call.kwargs.items():
        if isinstance(value, InputValue) and not value.path and annotations.get(key):
            name = function.renamed.get(value.parameter, value.parameter)
            if not function.inputs.get(name, "Any"):
                function.inputs[name] = _importable(loosened(annotations[key]), function)


def _argument(function: Function, call: CallFunction, name: str, value: Expr, note: bool = True) -> Code:
    """An argument's source; dates become pendulum's where the function uses them as such."""
    used = set(function.used)
    code = function.code(value)
    if not note:
        function.used = used
    moment = isinstance(value, RunDate) and needs_time(value) and value.format is None and value.field[:2] != "ts"
    if (moment or isinstance(value, LastSuccess)) and _used_as_pendulum(function, call, name):
        function.module.need(["import pendulum"])
        function.dag.user.need_library("pendulum")
        text = f"pendulum.instance({code.text})"
        if not moment:
            text = f"pendulum.instance(moment) if (moment := {code.text}) else None"
        return Code(text, code.imports, code.names)
    return code


def _used_as_pendulum(function: Function, call: CallFunction, name: str) -> bool:
    sources, span = function.dag.user.project.sources, call.callable.span
    source = sources.get(span.file) if span is not None else None
    if span is None or source is None:
        return False
    if any(
        isinstance(edit.expression, MoreArguments) and InputValue(name) in edit.expression.values.values()
        for edit in call.edits
    ):
        # It is handed on to a helper: where the helper's file uses pendulum, its dates are pendulum's.
        files = (sources.get(edit.span.file) for edit in call.edits)
        if any(file is not None and _PENDULUM.search(file.text) for file in files):
            return True
    local = function.dag.user.analyzer.facts(call.callable).closure.local_modules
    modules = [source.text, *(sources[file].text for file in local if file in sources)]
    reads: dict[Span, list[Span]] = {Span(span.file, span.line, start=_start(source, span), end=span.end): []}
    for edit in call.edits:
        if edit.expression == InputValue(name) and edit.span.file in sources:
            # Methods that the object has of other classes read it, too.
            place = edit.span
            within = (code for code in reads if code.file == place.file and code.start <= place.start < code.end)
            code = next(within, None) or function_around(sources[place.file], place)
            reads.setdefault(code, []).append(place)
    return any(uses_pendulum(_named(sources[code.file], code, reads[code], name), name, modules) for code in reads)


def _start(source: SourceFile, span: Span) -> int:
    """Where the first line of a span begins, if nothing else stands in front of it there."""
    first = source.text.rfind("\n", 0, span.start) + 1
    return first if not source.text[first : span.start].strip() else span.start


def _named(source: SourceFile, code: Span, reads: Iterable[Span], name: str) -> str:
    """The text of a piece of code in which a name stands in the place of what is read."""
    text = source.text[: code.end]
    for read in sorted(reads, key=lambda span: span.start, reverse=True):
        text = f"{text[: read.start]}{name}{text[read.end :]}"
    return text[code.start :]


def _roots(code: Code) -> frozenset[str]:
    """Names that an expression reads: the body must not bind them, or they would mean something else."""
    return names_read(code.text)


def resource_call(function: Function, body: UseResource) -> str:
    """The call of the resource's method."""
    resource = function.resource(body.resource)
    given = [f"context={function.needs_context()}"] if body.passes_context else []
    given += [keyword_arguments(function, body.arguments)] if body.arguments else []
    given += [f"{name}={call_expression(function, call).text}" for name, call in body.calls.items()]
    return f"{resource}.{body.method}({', '.join(given)})"


def for_each(function: Function, body: ForEach) -> str:
    """The loop that calls a function for each thing that a resource yields."""
    called = call_expression(function, body.call).text
    return f"for {body.item} in {resource_call(function, body.items)}:\n    {called}"


def keyword_arguments(function: Function, fields: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={function.text(value)}" for name, value in fields.items())
