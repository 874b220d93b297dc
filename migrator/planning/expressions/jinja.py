"""From templated text to expressions.

Comes in: text with Jinja. Goes out: literals, expressions and `Format` for what an f-string can say; a `TemplateText`, which is
rendered when the code runs, for the rest. Raises `Untranslatable` (MIG205) where a template asks Airflow for something that does
not exist outside it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from jinja2.filters import FILTERS as DEFAULT_FILTERS

from migrator.analyzers.callables import OF_FAILURES, TRIGGERING
from migrator.analyzers.callables.pendulum_members import ATTRIBUTES, METHODS
from migrator.analyzers.handed_macros import handing_calls, own_macros
from migrator.analyzers.templates import ParsedTemplate, TemplateExpression, parse_template
from migrator.analyzers.templates.dates import FILTERS
from migrator.analyzers.templates.objects import with_plain_objects
from migrator.model.changed import replace
from migrator.model.expressions import (
    ConfigValue,
    Construct,
    EnvValue,
    Expr,
    Format,
    Helper,
    Merged,
    RunDate,
    TemplateText,
)
from migrator.model.templates import NO_COPY
from migrator.model.values import CallableValue
from migrator.operators.rule import Untranslatable
from migrator.planning.assets.triggers import in_template, inlets_in_template
from migrator.planning.expressions.conditions import either
from migrator.planning.expressions.handed import without_handing
from migrator.planning.expressions.jinja_python import OwnFunctions, in_python
from migrator.planning.expressions.members import IN_WORDS, LAST_SUCCESS, dated, is_date, lacks, member
from migrator.planning.expressions.native import constant, is_native, may_be_literal, stays
from migrator.planning.expressions.values import joined, pick, translate
from migrator.planning.xcom.computed_ids import argument_of_pull, id_patterns, keys_of, tasks_like
from migrator.planning.xcom.other_runs import LISTS_EARLIER, told_by_conf
from migrator.planning.xcom.pulls import PULLS, named_pulls, number_of_copy, taken_of_copy

if TYPE_CHECKING:
    from migrator.planning.context import TaskContext

_PENDULUM = re.compile(rf"\.(?:(?:{'|'.join(sorted(METHODS))})\(|(?:{'|'.join(sorted(ATTRIBUTES))})\b)")
"""Members of pendulum's dates that Python's do not have."""
_BRACKETS = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
_NAMING = re.compile(r"\{%[-+]?\s*(?:set|for|with|call|macro)\b")
"""Statements that give things other names."""
_OF_AIRFLOWS_CONNECTIONS = re.compile(
    r"\.(?:as_json|debug_info|description|from_\w+|get_extra_dejson|get_hook|get_password|get_extra|is_\w*encrypted|log_info|rotate_\w+|"
    r"set_\w+|test_connection|to_\w+)\b"
)
"""Members of Airflow's connections that those of the environment have not."""
PLAIN_MACROS = frozenset({"ds_add", "ds_format", "datetime", "timedelta", "json", "time", "uuid", "random", "dateutil"})
"""Members of `macros` that are plain Python: whatever renders the template when the code runs knows them, too."""
_MOMENTS = frozenset({"logical_date", "data_interval_start", "data_interval_end"})
_TEXT_FIELDS = frozenset({"ds", "ds_nodash", "ts", "ts_nodash", "ts_nodash_with_tz", "run_id", "partition_key"})


def template(text: str, context: TaskContext) -> Expr:
    """The value of templated text."""
    text, handed = without_handing(_without_macros(text, context), context)
    parsed = _parsed(text, context)
    native = is_native(context)
    lacking = {name for name in parsed.names if lacks(name, context) and not _is_of_callbacks(name, context)}
    if any(_asks_whether(name, text) for name in lacking):
        return replace(_rendered(text, parsed, context, handed), native=native)
    if all(isinstance(part, str) for part in parsed.parts) and parsed.simple:
        plain = "".join(part for part in parsed.parts if isinstance(part, str))
        return constant(plain) if native else plain
    if native and may_be_literal(parsed):
        return _native(text, parsed, context, handed)
    if not parsed.simple or any(_needs_jinja(part) for part in parsed.parts if isinstance(part, TemplateExpression)):
        computed = None if native else _computed(text, context, handed)
        if computed is None:
            return _rendered(text, parsed, context, handed)
        for name in lacking:
            context.use_lacking(name)
        return computed
    values = [part if isinstance(part, str) else _expression(part, context) for part in parsed.parts]
    for name in lacking:
        context.use_lacking(name)
    if len(values) == 1:
        return values[0] if _is_text(values[0], context) else Format((values[0],))
    return joined(values)


def _computed(text: str, context: TaskContext, handed: Mapping[str, Expr]) -> Expr | None:
    """What Python makes of a template that computes something; None where only Jinja can say it, or what it asks for has a translation only as a whole."""

    def leaf(found: TemplateExpression) -> Expr:
        if found.kind == "unknown" and found.name in handed:
            return handed[found.name]
        return _expression(found, context)

    macros = {**own_macros(context.dag), **handed}
    try:
        own = _own_functions(text, macros, context)
        return in_python(text, leaf, lambda value: _kind_of(value, context), own, context.facts.clock)
    except Untranslatable:
        return None


def _asks_whether(name: str, text: str) -> bool:
    """Whether a template asks if there is such a name, or says what stands for it where there is none."""
    return re.search(rf"\b{name}\s*(?:is\s+(?:not\s+)?(?:un)?defined|\|\s*d(?:efault)?\b)", text) is not None


def _native(text: str, parsed: ParsedTemplate, context: TaskContext, handed: Mapping[str, Expr]) -> Expr:
    """The object that a template becomes which may be a literal when it is filled in."""
    only = parsed.parts[0] if len(parsed.parts) == 1 else None
    if isinstance(only, TemplateExpression) and parsed.simple and not _needs_jinja(only):
        value = _expression(only, context)
        if stays(value, context):
            return value
    return replace(_rendered(text, parsed, context, handed), native=True)


def _rendered(text: str, parsed: ParsedTemplate, context: TaskContext, handed: Mapping[str, Expr]) -> TemplateText:
    """Text that is rendered when the code runs."""
    whole, included = _with_included(parsed, context)
    return _with_names(TemplateText(text, includes=included), whole, context, handed)


def _with_names(
    text: TemplateText, whole: ParsedTemplate, context: TaskContext, handed: Mapping[str, Expr] = MappingProxyType({})
) -> TemplateText:
    """A template, and those that it includes, with all that they ask for; a plain name stands for each XCom that they pull, and for what their functions
    take in the place of an object of the context (what is `handed` stands there already)."""
    hands_on = any(handing_calls(str(one.text), context.dag) for one in (text, *text.includes.values()))
    if not (handed or hands_on or any(use.kind in PULLS for use in whole.expressions)):
        return replace(text, names=_names(whole, context), filters=_filters(whole, context))
    pulls: dict[str, Expr] = {**handed}

    def named(one: TemplateText) -> TemplateText:
        new, found = without_handing(str(one.text), context, pulls)
        new, found = named_pulls(new, lambda pull: _pulled(pull, context, str(one.text)), found)
        pulls.update(found)
        if one.file is not None and not context.facts.names.agree(("template", one.file), new):
            raise _no(context, f"another task has other values for the template `{one.file}`")
        return replace(one, text=new)

    text = replace(named(text), includes={name: named(inner) for name, inner in text.includes.items()})
    texts = [str(part.text) for part in (text, *text.includes.values())]
    parts = [_parsed(part, context) for part in texts]
    rest = replace(
        parts[0],
        text="\n".join(texts),
        names=frozenset().union(*(part.names for part in parts)) - pulls.keys(),
        expressions=tuple(expression for part in parts for expression in part.expressions),
        filters=frozenset().union(*(part.filters for part in parts)),
    )
    return replace(text, names={**_names(rest, context), **pulls}, filters=_filters(rest, context))


def asked_by(text: str, context: TaskContext) -> tuple[TemplateText, Mapping[str, str]]:
    """The names and filters of templated text that a function is going to return, in whatever order; and the name that has to stand there in the
    place of each of its pulls."""
    replaced: dict[str, str] = {}
    text, pulls = named_pulls(text, lambda pull: _pulled(pull, context, text), replaced=replaced)
    parsed = _parsed(text, context)
    unknown = any(use.kind in PULLS for use in parsed.expressions) or any("\0" in call for call in replaced)
    if unknown or parsed.includes or text != _without_macros(text, context):
        raise _no(context, "its function returns a template that Airflow renders afterwards")
    names = {**_names(replace(parsed, names=parsed.names - pulls.keys()), context), **pulls}
    if "macros" in parsed.names:
        names["macros"] = Helper("macros", "")
    return TemplateText("", names, filters=_filters(parsed, context), native=is_native(context)), replaced


def template_file(path: str, text: str, context: TaskContext) -> Expr:
    """The value of a template file, which is carried over and read when the code runs."""
    text = _without_macros(text, context)
    whole, included = _with_included(_parsed(text, context), context)
    return _with_names(TemplateText(text, file=path, includes=included), whole, context)


def _with_included(parsed: ParsedTemplate, context: TaskContext) -> tuple[ParsedTemplate, dict[str, TemplateText]]:
    """A template with all that the files ask for which it includes, extends or imports; and these files, by the names that templates have for them."""
    found: dict[str, TemplateText] = {}
    queue = list(parsed.includes)
    while queue:
        name = queue.pop(0)
        if name in found:
            continue
        if name == "{?}":
            raise _no(context, "it is only known at run time which template its template includes")
        path, text = context.facts.template_files.find(context.dag, name, context.task.span)
        text = _without_macros(text, context)
        inner = _parsed(text, context)
        found[name] = TemplateText(text, file=path)
        queue += inner.includes
        parsed = replace(
            parsed,
            text=f"{parsed.text}\n{text}",
            names=parsed.names | inner.names,
            expressions=(*parsed.expressions, *inner.expressions),
            filters=parsed.filters | inner.filters,
        )
    return parsed, found


def _parsed(text: str, context: TaskContext) -> ParsedTemplate:
    parsed = parse_template(text)
    if parsed.error:
        raise _no(context, f"the template `{_short(text)}` is not valid: {parsed.error}")
    return parsed


def _needs_jinja(expression: TemplateExpression) -> bool:
    composed = expression.kind == "unknown" and not expression.name
    asks = expression.kind == "connection" and expression.has_default
    return bool(expression.filters) or composed or asks or expression.kind in ("macro", "computed_xcom")


def _is_text(value: Expr, context: TaskContext) -> bool:
    """Whether the value is text already, so that Airflow's rendering changes nothing."""
    if isinstance(value, RunDate):
        return value.field in _TEXT_FIELDS or value.format is not None
    if isinstance(value, EnvValue):
        return not value.json
    if isinstance(value, ConfigValue):
        return not value.path and any(
            field.name == value.name and field.type == "str" and not field.nullable for field in context.facts.config
        )
    return isinstance(value, str)


def _kind_of(value: Expr, context: TaskContext) -> str:
    """What kind of value an expression is that asks for one thing, by what the params declare; empty where it is not known."""
    if _is_text(value, context):
        return "text"
    types = {field.name: field.type for field in context.facts.config if not field.nullable}
    declared = types.get(value.name, "") if isinstance(value, ConfigValue) and not value.path else ""
    return {"bool": "flag", "int": "number", "float": "number"}.get(declared, "")


# -------------------------------------------------------------------------------------------------- one expression


def _expression(found: TemplateExpression, context: TaskContext) -> Expr:
    """The expression of a classified piece of a template."""
    default = _default(found, context)
    if found.kind == "literal":
        return found.value if not isinstance(found.value, (bool, int, float)) else str(found.value)
    if found.kind == "date":
        return dated(found.field, found.days, found.format, context)
    if found.kind == "variable":
        return context.variable(str(found.name), default, found.has_default, found.json, found.path)
    if found.kind == "param":
        return member("params", found.path, context, default, found.has_default)
    if found.kind == "conf":
        return context.conf(found.path, default, found.has_default)
    if found.kind == "connection" and not found.has_default:
        return member("conn", (str(found.name), *found.path), context)
    if found.kind == "xcom":
        return _pulled(found, context)
    if found.kind == "run":
        return _of_run(found, context)
    if found.kind == "unknown" and found.name:
        return _user_defined(found.name, context)
    raise _no(context, f"the template `{{{{ {found.source} }}}}` has no translation")


def _default(found: TemplateExpression, context: TaskContext) -> Expr:
    if not found.has_default:
        return None
    if isinstance(found.default, TemplateExpression):
        return _expression(found.default, context)
    return found.default


def _pulled(found: TemplateExpression, context: TaskContext, text: str = "") -> Expr:
    """What a pull gives; `text` is the template that it stands in."""
    if found.kind == "computed_xcom":
        return _of_computed(found, text, context)
    dag_id = found.dag_id or context.dag.dag_id
    if found.has_default and not context.dag.airflow_version.startswith("3"):
        raise _no(context, "its template pulls an XCom with a default")
    copies = number_of_copy(found.copies, context)
    if found.has_default and copies is not None:
        # Airflow 3 looks at it where it is told a copy, and nowhere else.
        raise _no(context, "its template pulls an XCom of a copy with a default")
    task_ids = found.task_ids
    run = told_by_conf(context, _expression(found.operands[0], context)) if found.operands else None
    if not task_ids and (other_run := found.prior or dag_id != context.dag.dag_id) and not context.omits_what_lacks:
        task_ids = (context.task.task_id,)
    elif not task_ids and not other_run:
        alone = context.pulled_without_id(found.key)
        if alone is None and not context.omits_what_lacks:
            return None
        task_ids = (alone,) if alone is not None else ()
    if not task_ids:
        raise _no(context, "its template pulls an XCom without saying from which task")
    if found.prior or dag_id != context.dag.dag_id or run is not None:
        if copies not in (None, NO_COPY):
            raise _no(context, "its template pulls an XCom of a copy in another run")
        if found.prior and copies is None:
            context.note(LISTS_EARLIER)
        values: list[Expr] = [context.take_last(dag_id, task_id, found.key, found.prior, run) for task_id in task_ids]
    else:
        if copies is not None:
            return _of_copies(replace(found, copies=copies), task_ids, context)
        if found.many and not found.path:
            return context.take_all(task_ids, found.key)
        values = [context.take(task_id, found.key) for task_id in task_ids]
    return pick(values if found.many else values[0], found.path, context)


def _of_computed(found: TemplateExpression, text: str, context: TaskContext) -> Expr:
    """What a pull by computed ids or a computed key gives: the values of all tasks that may be meant, by id (of a task that is named, by all keys
    that may be); of the only one that can be, its value; of a list that a param holds, theirs in its order."""
    ids = found.operands[0]

    def param(name: str) -> Expr:
        return member("params", (name,), context)

    if found.key == "*":
        keys = keys_of(argument_of_pull(found.source, "key"), text, param)
        if not keys or (len(keys) > 1 and not found.task_ids):
            raise _no(context, "its template pulls an XCom by a key that is only known at run time")
        if found.task_ids:
            taken = {key: context.take(found.task_ids[0], key) for key in keys}
            return taken if len(taken) > 1 else taken[keys[0]]
        found = replace(found, key=keys[0])
    listed = member("params", ids.path, context) if ids.kind == "param" and not ids.filters else None
    if isinstance(listed, list | tuple) and listed and all(isinstance(task_id, str) for task_id in listed):
        return context.take_all(tuple(map(str, listed)), found.key)
    patterns = id_patterns(argument_of_pull(found.source), text, param)
    task_ids = tasks_like("|".join(patterns), context) if patterns else None
    if task_ids is None:
        raise _no(context, "its template pulls an XCom without saying from which task")
    values = {task_id: context.take(task_id, found.key) for task_id in task_ids}
    alone = len(task_ids) == 1 and patterns == (re.escape(task_ids[0]),)
    return values[task_ids[0]] if alone else values


def _of_copies(found: TemplateExpression, task_ids: tuple[str, ...], context: TaskContext) -> Expr:
    """What copies of mapped tasks handed over, or one of them did."""
    one = isinstance(found.copies, int | str)
    copies = (found.copies,) if isinstance(found.copies, int | str) else found.copies or ()
    values = [taken_of_copy(task_id, found.key, copy, context) for task_id in task_ids for copy in copies]
    if one and not found.many:
        return pick(values[0], found.path, context)
    return pick(values, found.path, context) if found.path else context.without_lacking(values, task_ids)


def _of_run(found: TemplateExpression, context: TaskContext) -> Expr:
    if found.root in ("run_id", "test_mode", "task_instance_key_str", "partition_key"):
        return member(found.root, (), context)
    if (found.root, found.name) == ("dag", "timezone"):
        return member("dag", ("timezone", "name"), context)
    return _member_of_object(found.root, (found.name, *found.path), context)


def _member_of_object(root: str, path: tuple[str | int, ...], context: TaskContext) -> Expr:
    if root in ("ti", "task_instance") and path == ("state",) and context.ended is None:
        # Templates are rendered before Airflow 3 tells the object of its state.
        raise _no(context, f"its template asks for `{root}.state`")
    return member(root, path, context)


def _user_defined(name: str, context: TaskContext) -> Expr:
    if _is_of_callbacks(name, context):
        return member(name, (), context) if _is_told(name, context) else ""
    macros = own_macros(context.dag)
    if name not in macros:
        raise _no(context, f"the template name `{name}` is not known")
    return translate(macros[name], context, templated=False)


def _is_of_callbacks(name: str, context: TaskContext) -> bool:
    """Whether a name is one that templates find in callbacks alone."""
    return context.ended is not None and name in OF_FAILURES


def _is_told(name: str, context: TaskContext) -> bool:
    """Whether Airflow tells a callback of this event what happened by that name, if only that it is None."""
    assert context.ended is not None
    scope, event = context.ended
    if name == "reason" or scope == "dag":
        return name == "reason" and scope == "dag"
    return event in ("failure", "retry") or (context.dag.airflow_version.startswith("3") and event != "execute")


# ------------------------------------------------------------------------------------ names for rendering at run time


def _names(parsed: ParsedTemplate, context: TaskContext) -> dict[str, Expr]:
    """An expression for each free name of a template, with just those members that the template uses."""
    names: dict[str, Any] = {}
    for name in sorted(parsed.names):
        if name == "macros" and all(use.kind == "date" or use.name in PLAIN_MACROS for use in parsed.uses(name)):
            continue
        if lacks(name, context) and _asks_whether(name, parsed.text):
            continue
        if _is_of_callbacks(name, context) and not _is_told(name, context):
            continue
        names[name] = _name(name, parsed.uses(name), parsed, context)
    return names


_PLAIN_NAMES = frozenset({"run_id", "test_mode", "task_instance_key_str", "partition_key", *LAST_SUCCESS})
"""Names of which a template uses no members."""


def _name(name: str, uses: tuple[TemplateExpression, ...], parsed: ParsedTemplate, context: TaskContext) -> Expr:
    if is_date(name):
        return _moment(member(name, (), context), _code(parsed) + _own_code(parsed.text, context))
    if name == "params":
        if not all(use.path for use in uses):
            return member("params", (), context)
        return _params(uses, parsed.text, context)
    if name == "var":
        return _variables(uses, context)
    if name == "conn":
        return _connections(uses, parsed, context)
    if name in _PLAIN_NAMES:
        return _last_success(name, parsed, context) if name in LAST_SUCCESS else member(name, (), context)
    if name == "inlet_events":
        return inlets_in_template(context, parsed.text)
    if name in TRIGGERING:
        return in_template(context, name, parsed.text)
    if name in ("dag_run", "ti", "task_instance", "dag", "task"):
        return _object(name, uses, parsed.text, context)
    if name in own_macros(context.dag) or _is_of_callbacks(name, context):
        return _user_defined(name, context)
    if name == IN_WORDS:
        return member("macros", (name,), context)
    raise _no(context, f"the template `{_short(parsed.text)}` uses `{name}`")


def _last_success(name: str, parsed: ParsedTemplate, context: TaskContext) -> Expr:
    """A moment of the last successful run, as pendulum's where the template asks this one, or what it calls by another name, for what Python's has not."""
    value = member(name, (), context)
    of_name = re.compile(rf"\b{name}\b")
    brackets = [bracket for bracket in _BRACKETS.findall(parsed.text) if of_name.search(bracket)]
    if any(_NAMING.match(bracket) for bracket in brackets):
        brackets = _BRACKETS.findall(parsed.text)
    code = " ".join(brackets) + _own_code(parsed.text, context)
    return either(value, Construct("pendulum.instance", (value,)), None) if _PENDULUM.search(code) else value


def _code(parsed: ParsedTemplate) -> str:
    """What stands within the brackets of a template."""
    return " ".join(_BRACKETS.findall(parsed.text))


def _without_macros(text: str, context: TaskContext) -> str:
    """The template with objects of the context by Airflow's names for them, and the macros of plugins as macros of the DAG: `{{ city.quarter(ds) }}` for `{{ macros.city.quarter(ds) }}`; and with those that
    are a function of the project's own by the name of that."""
    text = with_plain_objects(text)
    if "macros." not in text:
        return text
    if IN_WORDS not in own_macros(context.dag):
        text = re.sub(rf"\bmacros\.(?={IN_WORDS}\b)", "", text)
    plugins = context.dag.arguments.get("plugin_macros")
    if not isinstance(plugins, Mapping):
        return text
    return re.sub(rf"\bmacros\.(?=(?:{'|'.join(map(re.escape, plugins))})\.)", "", text)


def _own_functions(text: str, macros: Mapping[str, Any], context: TaskContext) -> OwnFunctions:
    """The team's own macros and filters, and which of them want pendulum's dates."""
    filters = _filters(parse_template(text), context)
    return OwnFunctions(macros, filters, lambda name: _PENDULUM.search(_own_code(name, context)) is not None)


def _own_code(text: str, context: TaskContext) -> str:
    """The text of the team's own macros and filters that a template names, which it may hand dates on to."""
    filters = context.dag.arguments.get("user_defined_filters")
    own = {**own_macros(context.dag), **(filters if isinstance(filters, Mapping) else {})}
    own |= {name: value for one in own.values() if isinstance(one, Mapping) for name, value in one.items()}
    named = [value for name, value in own.items() if re.search(rf"\b{re.escape(str(name))}\b", text)]
    spans = [value.span for value in named if isinstance(value, CallableValue) and value.span is not None]
    sources = context.project.sources
    return "".join(sources[span.file].cut(span) for span in spans if span.file in sources)


def _moment(value: Expr, text: str) -> Expr:
    """A date, as pendulum's where the code of the template asks it for what Python's has not."""
    moment = isinstance(value, RunDate) and value.format is None and value.field in _MOMENTS
    return Construct("pendulum.instance", (value,)) if moment and _PENDULUM.search(text) else value


def _variables(uses: Iterable[TemplateExpression], context: TaskContext) -> Expr:
    found: dict[str, dict[str, Expr]] = {}
    for use in uses:
        if use.kind != "variable":
            raise _no(context, "its template uses Variables in a way that cannot be followed")
        default = _default(use, context)
        value = context.variable(str(use.name), default, use.has_default, use.json)
        found.setdefault("json" if use.json else "value", {})[str(use.name)] = value
    return found


def _connections(uses: Sequence[TemplateExpression], parsed: ParsedTemplate, context: TaskContext) -> Expr:
    """The fields that a template asks Connections for; all of them where it handles one as a whole, or asks whether there is one."""
    found: dict[str, dict[str, Any]] = {}
    if any(use.kind != "connection" for use in uses):
        raise _no(context, "its template uses Connections in a way that cannot be followed")
    if any(not use.path or (use.has_default and use.path[0] != "extra_dejson") for use in uses):
        if _OF_AIRFLOWS_CONNECTIONS.search(_code(parsed)):
            raise _no(context, "its template has a Connection do what only Airflow's can")
        for use in uses:
            context.connection_setting(str(use.name))
        return Helper("CONNECTIONS", "connections")
    for use in uses:
        if use.path[0] == "extra_dejson":
            found.setdefault(str(use.name), {})["extra_dejson"] = member(
                "conn", (str(use.name), "extra_dejson"), context
            )
            continue
        fields = found.setdefault(str(use.name), {})
        for name in use.path[:-1]:
            fields = fields.setdefault(str(name), {})
        fields[str(use.path[-1])] = member("conn", (str(use.name), *use.path), context)
    return found


def _params(uses: Iterable[TemplateExpression], text: str, context: TaskContext) -> Expr:
    """The params that a template asks for; with the whole conf of a run where it asks whether that holds one that is not declared."""
    declared = {*context.dag.params, *(context.task.option("params") or {})}
    lacking = [use for use in uses if use.path[0] not in declared and not use.has_default]
    told = [use for use in lacking if _asks_whether(rf"params\.{re.escape(str(use.path[0]))}", text)]
    found = {
        str(use.path[0]): member("params", use.path[:1], context, _default(use, context), use.has_default)
        for use in uses
        if use not in told
    }
    if not told or not isinstance(context.dag.arguments.get("params", {}), Mapping):
        return found | {str(use.path[0]): member("params", use.path[:1], context) for use in told}
    conf = context.conf(())
    return Merged((conf, found)) if found else conf


def _object(name: str, uses: Sequence[TemplateExpression], text: str, context: TaskContext) -> Expr:
    """An object of the context with the members that a template asks for; True where it only asks whether it is there."""
    found: dict[str, Any] = {}
    whole = {use.name for use in uses if use.kind == "run" and not use.path}
    for use in uses:
        if use.kind == "conf":
            found["conf"] = context.conf(())
        elif use.kind == "run" and use.path and use.name in whole:
            if use.name == "timezone":  # Python's own zones have no such member.
                raise _no(context, f"its template uses `{name}.timezone` in a way that cannot be followed")
        elif use.kind == "run" and use.path:
            found.setdefault(use.name, {})[str(use.path[0])] = member(name, (use.name, *use.path), context)
        elif use.kind == "run" and use.name:
            found[use.name] = _member_of_object(name, (use.name,), context)
        elif use.kind == "date" and use.name:
            found[use.name] = _moment(member(name, (use.name,), context), text)
        elif use.kind != "run":
            raise _no(context, f"its template uses `{name}` in a way that cannot be followed")
    return found or True


def _filters(parsed: ParsedTemplate, context: TaskContext) -> dict[str, Expr]:
    """The team's own filters that a template uses. Raises Untranslatable for one that is not known."""
    own = context.dag.arguments.get("user_defined_filters")
    known = own if isinstance(own, Mapping) else {}
    unknown = parsed.filters - known.keys() - DEFAULT_FILTERS.keys() - FILTERS.keys()
    if unknown:
        raise _no(context, f"the filter `{min(unknown)}` of the template `{_short(parsed.text)}` is not known")
    return {name: translate(known[name], context, templated=False) for name in sorted(parsed.filters) if name in known}


def _no(context: TaskContext, reason: str) -> Untranslatable:
    return Untranslatable("MIG205", reason, context.task.span)


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 60 else f"{line[:57]}..."
