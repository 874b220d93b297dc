"""From expressions of the plan to source text: one registry by type, as in Django's migration writer.

`serialize(value, environment)` returns the text together with the imports and the free names that it needs. What a date, a carried
function or a template file is called in the function at hand, the `Environment` knows.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import field
from functools import singledispatch
from pathlib import PurePath
from typing import Any

from migrator.codegen.python.code import Code, joined
from migrator.codegen.python.dates import DateSource
from migrator.codegen.python.ended_steps import ended_step
from migrator.codegen.python.errors import ERROR_CLASSES
from migrator.codegen.python.fstrings import (
    as_text,
    double_braces,
    escape_triple,
    fits_triple_quotes,
    flat_parts,
    inside_f_string,
    json_escape,
)
from migrator.codegen.python.handed_on import handed_on, made_by
from migrator.codegen.python.lists import changed_list
from migrator.codegen.python.moments import moment_code
from migrator.codegen.python.of_assets import teller
from migrator.codegen.python.told import told
from migrator.codegen.resources.kinds import ARGUMENT, RESOURCE_CLASSES, default_value
from migrator.model.bodies import CallFunction
from migrator.model.expressions import (
    AddedMetadata,
    Attempt,
    ChangedList,
    ConfigValue,
    ConnectionField,
    ConnectionFunction,
    Construct,
    CopyNumber,
    DagsFolder,
    DimensionKey,
    EndedStep,
    EnvValue,
    ErrorClass,
    Expr,
    FileText,
    Format,
    Helper,
    InputValue,
    LastSuccess,
    LastValue,
    LibraryText,
    MadeObject,
    MayLack,
    Merged,
    MetadataOf,
    NamedValues,
    ObjectSet,
    OfTask,
    Operation,
    OtherName,
    OwnAttribute,
    OwnMember,
    PartitionsOf,
    Picked,
    ResourceCall,
    ResourceInstance,
    ResourceValue,
    RunConf,
    RunDate,
    TaskStates,
    TemplateText,
    WholeEnvironment,
)
from migrator.model.frozen import dataclass
from migrator.model.values import Value


@dataclass(frozen=True, slots=True)
class Environment:
    """What expressions of one generated function may refer to.

    `package` is the project's import name. `dates` says how the run's date is read; None where there is no run. `parameters` renames
    inputs, `nullable` are those (by their new names) that may be None, `metadata` how metadata is added to each asset, `new_partitions` what collects its
    partitions; `constant` gives another text for a large literal (with its text) that has a name; `config` is the name of the config object and
    `config_fields` its field for each param. `function_name` finds a carried function, and what of a row it is to be given, `template_file` the path of a
    carried file. `shared` are functions of the module `shared_settings`, with the entries that each gives.
    `held` are values that variables of the function hold.
    """

    package: str = "project"
    dates: DateSource | None = None
    parameters: Mapping[str, str] = field(default_factory=dict)
    nullable: frozenset[str] = frozenset()
    metadata: Mapping[tuple[str, ...], str] = field(default_factory=dict)
    new_partitions: Mapping[tuple[str, ...], str] = field(default_factory=dict)
    config: str = "config"
    config_fields: Mapping[str, str] = field(default_factory=dict)
    function_name: Callable[[CallFunction], tuple[str, Mapping[str, Value]]] | None = None
    template_file: Callable[[TemplateText], Code] | None = None
    constant: Callable[[Any, str], str] | None = None
    run_context: str = "context"
    shared: Sequence[tuple[str, Mapping[str, Any]]] = ()
    task_table: Callable[[TaskStates], str] | None = None
    held: Sequence[tuple[Operation, str]] = ()


@dataclass(frozen=True, slots=True)
class Verbatim:
    """An expression that is source already; `spec` is its format inside of an f-string."""

    text: str
    spec: str = ""


OBJECT = "operator"
"""What the object is called whose method a node calls, where the work that the method asks for needs it, too."""
OS = frozenset({"import os"})
JSON = frozenset({"import json"})
DT = frozenset({"import datetime as dt"})


def serialize(value: Expr, environment: Environment) -> Code:
    """The source of an expression. TypeError for a value that has no source."""
    return _code(value, environment)


def literal(value: Any) -> str:
    """The source of plain data that needs no import."""
    return _code(value, Environment()).text


def text_literal(value: str) -> str:
    """A string literal: double quotes where that needs no escapes, triple quotes for several lines."""
    if "\n" in value.strip("\n") and fits_triple_quotes(value):
        return f'"""{escape_triple(value)}"""'
    text = repr(value)
    if text[0] == "'" and '"' not in text:
        return f'"{text[1:-1]}"'
    return text


def member(base: Code, path: Iterable[str | int]) -> Code:
    """`base["a"][0]`."""
    steps = "".join(f".get({literal(step)})" if isinstance(step, MayLack) else f"[{literal(step)}]" for step in path)
    if not steps:
        return base
    return Code(f"{base.operand}{steps}", base.imports, base.names)


@singledispatch
def _code(value: Any, environment: Environment) -> Code:
    raise TypeError(f"no source for a {type(value).__name__}")


# ----------------------------------------------------------------------------------------------------- plain values


@_code.register(type(None))
@_code.register(bool)
@_code.register(bytes)
def _repr(value: object, environment: Environment) -> Code:
    return Code(repr(value))


@_code.register
def _int(value: int, environment: Environment) -> Code:
    return Code(repr(int(value)), simple=False)


@_code.register
def _float(value: float, environment: Environment) -> Code:
    if math.isnan(value) or math.isinf(value):
        return Code(f'float("{value!r}")')
    return Code(repr(float(value)), simple=value >= 0)


@_code.register
def _complex(value: complex, environment: Environment) -> Code:
    if all(math.isfinite(part) for part in (value.real, value.imag)):
        return Code(f"complex({value.real!r}, {value.imag!r})")
    parts = [_float(part, environment).text for part in (value.real, value.imag)]
    return Code(f"complex({', '.join(parts)})")


@_code.register
def _str(value: str, environment: Environment) -> Code:
    return Code(text_literal(str(value)))


@_code.register
def _path(value: PurePath | FileText, environment: Environment) -> Code:
    path, read = (value.path, '.read_text(encoding="utf-8")') if isinstance(value, FileText) else (str(value), "")
    return Code(f"Path({text_literal(path)}){read}", frozenset({"from pathlib import Path"}))


@_code.register
def _moment(value: dt.datetime | dt.date | dt.time | dt.timedelta | dt.tzinfo, environment: Environment) -> Code:
    return moment_code(value)


@_code.register
def _verbatim(value: Verbatim, environment: Environment) -> Code:
    return Code(value.text, spec=(value.text, value.spec) if value.spec else None)


# ------------------------------------------------------------------------------------------------------- containers


@_code.register(list)
def _list(value: list[Any], environment: Environment) -> Code:
    return _sequence("[", value, "]", environment)


@_code.register(tuple)
def _tuple(value: tuple[Any, ...], environment: Environment) -> Code:
    return _sequence("(", value, ",)" if len(value) == 1 else ")", environment)


@_code.register(set)
@_code.register(frozenset)
@_code.register(ObjectSet)
def _set(value: set[Any] | frozenset[Any] | ObjectSet, environment: Environment) -> Code:
    if isinstance(value, ObjectSet):
        return _sequence("{", value.items, "}", environment)
    begin, end = ("{", "}") if isinstance(value, set) else ("frozenset({", "})")
    return _sequence(begin, _sorted(value), end, environment) if value else Code(f"{type(value).__name__}()")


@_code.register(Mapping)
def _mapping(value: Mapping[Any, Any], environment: Environment) -> Code:
    if _is_whole_config(value, environment):
        return Code(f"{environment.config}.model_dump()", names=frozenset({environment.config}))
    calls: list[Code] = []
    for name, entries in environment.shared:
        if entries and entries.items() <= value.items():
            helper = frozenset({f"from {environment.package}.shared_settings import {name}"})
            calls.append(Code(f"{name}()", helper))
            value = {key: item for key, item in value.items() if key not in entries}
    if len(calls) == 1 and not value:
        return calls[0]
    pairs = [(_code(key, environment), _code(item, environment)) for key, item in value.items()]
    rows = [*(f"**{call.text}" for call in calls), *(f"{key.text}: {item.text}" for key, item in pairs)]
    text = f"{{{', '.join(rows)}}}"
    named = environment.constant(value, text) if environment.constant is not None and not calls else text
    return Code(named) if named != text else joined(text, [*calls, *(code for pair in pairs for code in pair)])


def _is_whole_config(value: Mapping[Any, Any], environment: Environment) -> bool:
    """Whether the dictionary is just the config object's fields."""
    fields = environment.config_fields
    return (
        bool(fields)
        and all(type(item) is ConfigValue and (item.name, item.path) == (name, ()) for name, item in value.items())
        and all(fields.get(str(name)) == name for name in value)
        and len(value) == len(fields)
    )


def _sequence(opening: str, items: Iterable[Any], closing: str, environment: Environment) -> Code:
    codes = [_code(item, environment) for item in items]
    text = opening + ", ".join(code.text for code in codes) + closing
    named = environment.constant(items, text) if environment.constant is not None else text
    return Code(named) if named != text else joined(text, codes)


def _sorted(items: Iterable[Any]) -> list[Any]:
    return sorted(items, key=lambda item: (type(item).__name__, repr(item)))


# ------------------------------------------------------------------------------------------------ what a run knows


@_code.register
def _run_date(value: RunDate, environment: Environment) -> Code:
    if value.field == "run_id":
        run = environment.run_context
        return Code(
            f"{run}.run.run_id" if run == "context" else f"{run}.run_id", names=frozenset({run.partition(".")[0]})
        )
    if environment.dates is None:
        raise TypeError("a date of the run, where there is no run")
    found = environment.dates.render(value)
    return Code(found.text, found.imports, found.names, found.simple, found.spec)


@_code.register
def _env_value(value: EnvValue, environment: Environment) -> Code:
    if value.stored:
        return _stored_variable(value, environment)
    name = text_literal(value.name)
    if value.json:
        parsed = Code(f"json.loads(os.environ[{name}])", OS | JSON)
        found = member(parsed, value.path)
        if not value.has_default:
            return found
        default = _code(value.default, environment)
        text = f"{found.text} if {name} in os.environ else {default.text}"
        return joined(text, [found, default], simple=False)
    if not value.has_default:
        return member(Code(f"os.environ[{name}]", OS), value.path)
    if value.default is None:
        return member(Code(f"os.getenv({name})", OS), value.path)
    default = _code(value.default, environment)
    getter = "os.getenv" if isinstance(value.default, str) else "os.environ.get"
    return member(joined(f"{getter}({name}, {default.text})", [Code("", OS), default]), value.path)


def _stored_variable(value: EnvValue, environment: Environment) -> Code:
    default = [_code(value.default, environment)] if value.has_default and not value.path else []
    given = [text_literal(value.stored), *(f"default={code.text}" for code in default)]
    given += ["deserialize_json=True"] if value.json else []
    class_ = Code("", frozenset({f"from {environment.package}.variables import Variable"}))
    return member(joined(f"Variable.get({', '.join(given)})", [class_, *default]), value.path)


@_code.register
def _told(value: Merged | Operation | Picked | WholeEnvironment, environment: Environment) -> Code:
    return told(value, lambda part: _code(part, environment), environment.held)


@_code.register
def _last(value: LastSuccess | LastValue, environment: Environment) -> Code:
    if isinstance(value, LastSuccess):
        return _code(Helper(f"last_success_{value.moment}", "run_context", ()), environment)
    name, run = ("last_value", (value.moment, value.prior)) if value.run is None else ("value_of_run", (value.run,))
    if value.own:
        name, run = "earlier_value", (value.moment,)
    return _code(Helper(name, "last_values", (value.dag_id, value.task_id, *run, *value.path)), environment)


@_code.register
def _of_step(value: Attempt | CopyNumber | DimensionKey, environment: Environment) -> Code:
    if environment.run_context != "context":
        raise TypeError(f"{type(value).__name__}, where there is no step")
    text = "context.retry_number + 1" if isinstance(value, Attempt) else "int(context.get_mapping_key())"
    if isinstance(value, DimensionKey):
        text = f"context.partition_key.keys_by_dimension[{text_literal(value.name)}]"
    return Code(text, names=frozenset({"context"}), simple=not isinstance(value, Attempt))


@_code.register
def _ended_step(value: EndedStep, environment: Environment) -> Code:
    within = environment.run_context == "context"
    if within and value.field == "tries":
        return _code(Attempt(), environment)
    classes = [_code(ErrorClass(kind), environment) for kind in value.classes]
    return ended_step(value, environment.package, within, classes)


@_code.register
def _of_each_task(value: OfTask, environment: Environment) -> Code:
    most = max(value.values.values(), key=list(value.values.values()).count)
    table = _code({task_id: own for task_id, own in value.values.items() if own != most}, environment)
    parts = [table, _code(most, environment), Code("", names=frozenset({"task_id"}))]
    return joined(f"{table.text}.get(task_id, {parts[1].text})", parts)


@_code.register
def _task_states(value: TaskStates, environment: Environment) -> Code:
    table = environment.task_table(value) if environment.task_table is not None else "{}"
    helper = f"from {environment.package}.task_states import {value.function}"
    text = f"functools.partial({value.function}, context, {table}, {text_literal(value.own)})"
    return Code(text, frozenset({helper, "import functools"}), frozenset({"context"}))


@_code.register
def _connection_field(value: ConnectionField, environment: Environment) -> Code:
    helper = frozenset({f"from {environment.package}.connections import get_connection"})
    name, *rest = value.path
    return member(Code(f"get_connection({text_literal(value.connection)}).{name}", helper), tuple(rest))


@_code.register
def _config_value(value: ConfigValue, environment: Environment) -> Code:
    field_name = environment.config_fields.get(value.name, value.name)
    base = Code(f"{environment.config}.{field_name}", names=frozenset({environment.config}))
    return member(base, value.path)


@_code.register
def _run_conf(value: RunConf, environment: Environment) -> Code:
    context = environment.run_context.partition(".")[0]
    imports = frozenset({f"from {environment.package}.run_context import run_conf"})
    base = Code(f"run_conf({context})", imports, frozenset({context}))
    if not value.path or not value.has_default:
        return member(base, value.path)
    default = _code(value.default, environment)
    otherwise = f", {default.text}" if value.default is not None else ""
    last = f".get({literal(value.path[-1])}{otherwise})"
    return joined(f"{member(base, value.path[:-1]).text}{last}", [base, default])


@_code.register
def _input_value(value: InputValue, environment: Environment) -> Code:
    name = environment.parameters.get(value.parameter, value.parameter)
    path = value.path
    if name not in environment.nullable or not path or not isinstance(path[0], str):
        return member(Code(name, names=frozenset({name})), path)
    return member(Code(f"({name} or {{}})", names=frozenset({name})), (MayLack(path[0]), *path[1:]))


@_code.register(MetadataOf)
@_code.register(PartitionsOf)
def _teller(value: MetadataOf | PartitionsOf, environment: Environment) -> Code:
    return teller(value, environment.metadata, environment.new_partitions, environment.package)


@_code.register
def _added_metadata(value: AddedMetadata, environment: Environment) -> Code:
    return Code(f"{value.parameter}{value.opening}")


@_code.register
def _construct(value: Construct, environment: Environment) -> Code:
    module, _, name = value.type.rpartition(".")
    positional = [_code(item, environment) for item in value.args]
    named = [(key, _code(item, environment)) for key, item in value.kwargs.items()]
    shown = [code.text for code in positional] + [f"{key}={code.text}" for key, code in named]
    if name[0].islower():
        imported, name = Code("", frozenset({f"import {module}"})), value.type
    else:
        imported = Code("", frozenset({f"from {module} import {name}"}))
    return joined(f"{name}({', '.join(shown)})", [imported, *positional, *(code for _, code in named)])


@_code.register
def _library_text(value: LibraryText, environment: Environment) -> Code:
    return Code(value.text, frozenset({value.needs}))


@_code.register
def _call(value: CallFunction, environment: Environment) -> Code:
    """A function of the team's own that is handed on."""
    if environment.function_name is None:
        raise TypeError(f"`{value.callable.qualname}` is not carried over")
    name, of_row = environment.function_name(value)
    return handed_on(name, value.made_with, of_row, lambda part: _code(part, environment))


@_code.register
def _changed_list(value: ChangedList, environment: Environment) -> Code:
    return changed_list(value, lambda part: _code(part, environment), environment.package, environment.nullable)


@_code.register
def _error_class(value: ErrorClass, environment: Environment) -> Code:
    if value.kind not in ERROR_CLASSES:
        return Code("RuntimeError")
    module, name = ERROR_CLASSES[value.kind]
    return _code(Helper(name, module), environment)


@_code.register
def _helper_name(value: Helper | DagsFolder | ConnectionFunction, environment: Environment) -> Code:
    if isinstance(value, DagsFolder):
        value = Helper("DAGS_FOLDER", "dags_folder")
    elif isinstance(value, ConnectionFunction):
        value = Helper("get_connection", "connections")
    home = f"{environment.package}.{value.module}" if value.module else environment.package
    name = Code(value.name, frozenset({f"from {home} import {value.name}"}))
    if value.arguments is None:
        return name
    run = environment.run_context
    keywords = {key: _code(part, environment) for key, part in value.keywords.items()}
    given = [
        Code(run, names=frozenset({run.partition(".")[0]})),
        *(_code(part, environment) for part in value.arguments),
        *(joined(f"{key}={code.text}", [code]) for key, code in keywords.items()),
    ]
    return joined(f"{value.name}({', '.join(code.text for code in given)})", [name, *given])


@_code.register
def _resource_value(value: ResourceValue, environment: Environment) -> Code:
    return Code(value.resource)


@_code.register
def _resource_instance(value: ResourceInstance, environment: Environment) -> Code:
    name = RESOURCE_CLASSES[value.kind]
    default = text_literal(default_value(value.kind, value.name))
    made = f"{name}({ARGUMENT[value.kind]}=os.environ.get({text_literal(value.env)}, {default}))"
    return Code(made, OS | {f"from {environment.package}.resources import {name}"})


@_code.register
def _resource_call(value: ResourceCall, environment: Environment) -> Code:
    resource = _code(value.resource, environment)
    given = f"(**{value.members_of})" if value.members_of else ""
    return Code(f"{resource.text}.{value.method}{given}", resource.imports, resource.names)


@_code.register
def _own_attribute(value: OwnAttribute, environment: Environment) -> Code:
    return Code(f"{OBJECT}.{value.name}")


@_code.register
def _other_name(value: OtherName, environment: Environment) -> Code:
    if not value.keyword:
        return Code(value.name)
    code = _code(value.value, environment) if value.has_value else Code("")
    return Code(f"{value.name}={code.text}{', ' if value.more else ''}", code.imports, code.names)


# ------------------------------------------------------------------------------------------------------------- text


@_code.register
def _format(value: Format, environment: Environment) -> Code:
    flat = [as_text(part) for part in flat_parts(value.parts)]
    if len(flat) == 1 and isinstance(flat[0], EnvValue) and not flat[0].json and not flat[0].path:
        default = flat[0].default
        if not flat[0].has_default or isinstance(default, str):
            return _code(flat[0], environment)
    parts = [part if isinstance(part, str) else _code(part, environment) for part in flat]
    codes = [part for part in parts if isinstance(part, Code)]
    if not codes:
        return Code(text_literal("".join(part for part in parts if isinstance(part, str))))
    if len(parts) == 1 and codes[0].spec is None:
        return joined(f"str({codes[0].text})", codes)
    inner = [inside_f_string(code) for code in codes]
    if any(text is None for text in inner):
        pattern = "".join("{}" if isinstance(part, Code) else double_braces(part) for part in parts)
        return joined(f"{text_literal(pattern)}.format({', '.join(code.text for code in codes)})", codes)
    found = iter(inner)
    pieces = [f"{{{next(found)}}}" if isinstance(part, Code) else double_braces(part) for part in parts]
    plain = "".join(part for part in parts if isinstance(part, str))
    if "\n" in plain.strip("\n") and fits_triple_quotes(plain):
        text = "".join(
            piece if isinstance(part, Code) else escape_triple(piece) for piece, part in zip(pieces, parts, strict=True)
        )
        return joined(f'f"""{text}"""', codes)
    text = "".join(
        piece if isinstance(part, Code) else json_escape(piece) for piece, part in zip(pieces, parts, strict=True)
    )
    return joined(f'f"{text}"', codes)


@_code.register
def _template_text(value: TemplateText, environment: Environment) -> Code:
    names = [(name, _code(item, environment)) for name, item in sorted(value.names.items())]
    texts = [value.text, *(inner.text for inner in value.includes.values())]
    if any(isinstance(text, str) and "macros." in text for text in texts) and "macros" not in value.names:
        names.insert(0, ("macros", Code("macros", frozenset({f"from {environment.package} import macros"}))))
    if value.filters:
        names.insert(0, ("filters", _code(dict(sorted(value.filters.items())), environment)))
    if value.includes and environment.template_file is not None:
        paths = [(name, environment.template_file(inner)) for name, inner in sorted(value.includes.items())]
        given = ", ".join(f"{text_literal(name)}: {path.text}" for name, path in paths)
        names.insert(0, ("templates", joined(f"{{{given}}}", [path for _, path in paths])))
    arguments = "".join(f", {name}={code.text}" for name, code in names)
    codes = [code for _, code in names]
    templating = f"from {environment.package}.templating import"
    templated = bool(names) or isinstance(value.text, Verbatim) or any(s in value.text for s in ("{{", "{%", "{#"))
    if value.file is None:
        if not templated:
            return Code(text_literal(value.text))
        function = "render_native" if value.native else "render_text"
        render = Code("", frozenset({f"{templating} {function}"}))
        source = value.text.text if isinstance(value.text, Verbatim) else text_literal(value.text)
        return joined(f"{function}({source}{arguments})", [render, *codes])
    if environment.template_file is None:
        raise TypeError(f"the file `{value.file}` is not carried over")
    path = environment.template_file(value)
    if not templated:
        return Code(f'{path.operand}.read_text(encoding="utf-8")', path.imports, path.names)
    render = Code("", frozenset({f"{templating} render_file"}))
    return joined(f"render_file({path.text}{arguments})", [render, path, *codes])


@_code.register
def _own_member(value: OwnMember, environment: Environment) -> Code:
    definition = _code(value.definition, environment)
    return Code(f"{definition.text}.{value.name}", definition.imports, definition.names)


@_code.register
def _named_values(value: NamedValues, environment: Environment) -> Code:
    codes = [_code(item, environment) for item in value.values.values()]
    made = Code("", frozenset({"import collections"}))
    given = ", ".join(code.text for code in codes)
    return joined(
        f"collections.namedtuple({text_literal(value.type)}, {list(value.values)!r})({given})", [made, *codes]
    )


@_code.register
def _made_object(value: MadeObject, environment: Environment) -> Code:
    definition = _code(value.definition, environment)
    codes = {name: _code(item, environment) for name, item in value.kwargs.items()}
    return joined(made_by(definition.text, codes), [definition, *codes.values()])
