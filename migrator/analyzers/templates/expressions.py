"""Classifies the expressions of a template by what they ask of Airflow.

Comes in: a node of Jinja's syntax tree. Goes out: a `TemplateExpression`. Nothing is evaluated but literals.
"""

from __future__ import annotations

from dataclasses import field
from typing import Any

from jinja2 import nodes

from migrator.analyzers.templates import dates
from migrator.analyzers.templates.model import TemplateExpression, TemplateFilter
from migrator.model.changed import replace
from migrator.model.frozen import dataclass
from migrator.model.templates import ANY_COPY, OWN_COPY

_TASK_INSTANCE = frozenset({"ti", "task_instance"})
_RUN_NAMES = frozenset({"run_id", "task_instance_key_str", "test_mode", "partition_key"})
_RUN_DATES = frozenset({"logical_date", "execution_date", "data_interval_start", "data_interval_end", "partition_date"})
_OBJECTS = frozenset({"dag", "dag_run", "task", *_TASK_INSTANCE})
_MAX_STEPS = 50
"""The map index of a task that is not mapped."""
_RUN_MEMBERS = {
    "dag": frozenset(
        {
            *(
                "catchup",
                "dag_id",
                "dagrun_timeout",
                "default_args",
                "description",
                "doc_md",
                "end_date",
                "max_active_runs",
            ),
            *("max_active_tasks", "owner", "params", "start_date", "tags", "task_ids", "timezone"),
        }
    ),
    "task": frozenset(
        {
            *("dag_id", "depends_on_past", "do_xcom_push", "doc_md", "downstream_task_ids", "execution_timeout"),
            *("max_active_tis_per_dag", "max_active_tis_per_dagrun", "operator_name", "owner", "pool", "pool_slots"),
            *("priority_weight", "queue", "retries", "retry_delay", "run_as_user", "task_id", "task_type"),
            *("trigger_rule", "upstream_task_ids", "wait_for_downstream"),
        }
    ),
    "task_group": frozenset({"group_id", "label", "tooltip"}),
    "ti": frozenset(
        {
            *(
                "dag_id",
                "duration",
                "end_date",
                "hostname",
                "log_url",
                "map_index",
                "max_tries",
                "run_id",
                "start_date",
            ),
            *("operator", "pool", "queue", "state", "task_id", "try_number"),
        }
    ),
    "dag_run": frozenset(
        {
            *("dag_id", "end_date", "external_trigger", "note", "partition_key", "queued_at", "run_id", "run_type"),
            *("start_date", "state"),
        }
    ),
}
_OF_OBJECT = {
    ("dag_run", "dag"): "dag",
    ("task", "dag"): "dag",
    ("task", "task_group"): "task_group",
    ("ti", "dag_run"): "dag_run",
    ("ti", "task"): "task",
}
"""Objects of the context that are members of others."""
_OF_MOMENT = frozenset({"year", "month", "day", "hour", "minute", "second"})
_OF_DAGS_MEMBERS: dict[object, frozenset[str]] = {
    "end_date": _OF_MOMENT,
    "start_date": _OF_MOMENT,
    "timezone": frozenset({"key", "name"}),
}
"""Members of the DAG's own members."""
_THERE = frozenset({"none", "defined", "undefined"})
"""Tests by which a template asks whether an object is there."""


@dataclass(frozen=True, slots=True)
class _Step:
    """One step from a name: `.x` and `['x']` (`key`), a piece (a `slice` as `key`), or a call with its arguments."""

    key: Any = None
    call: bool = False
    args: tuple[Any, ...] = ()
    kwargs: dict[str, Any] = field(default_factory=dict)


class Converter:
    """Makes a `TemplateExpression` of a node; `bound` are the template's own names, which mean nothing in Airflow."""

    def __init__(self, source: str, bound: frozenset[str]) -> None:
        self.source, self.bound = source, bound

    def make(self, kind: str, **fields: Any) -> TemplateExpression:
        return TemplateExpression(kind, self.source, **fields)

    def convert(self, node: nodes.Node) -> TemplateExpression:
        known, value = _literal(node)
        if known:
            return self.make("literal", value=value)
        if isinstance(node, (nodes.Name, nodes.Getattr, nodes.Getitem, nodes.Call)):
            return self.chain(node)
        if isinstance(node, nodes.Filter) and node.node is not None:
            return self.filter(node, self.convert(node.node))
        if isinstance(node, (nodes.Add, nodes.Sub, nodes.Or)):
            # Each side once: converting it again would double the work at each level of a long chain.
            left, right = self.convert(node.left), self.convert(node.right)
            combined = self.shifted(node, left) if not isinstance(node, nodes.Or) else _or_empty(left, node.right)
            return combined or self.make("unknown", operands=(left, right))
        if isinstance(node, nodes.CondExpr):
            sides = [node.expr1, *([node.expr2] if node.expr2 is not None else [])]
            return self.make("unknown", operands=(self.tested(node.test), *map(self.convert, sides)))
        if isinstance(node, nodes.And):
            return self.make("unknown", operands=(self.tested(node.left), self.convert(node.right)))
        if isinstance(node, nodes.Not) or (isinstance(node, nodes.Test) and node.name in _THERE):
            return self.make("unknown", operands=(self.tested(node.node),))
        return self.rest(node)

    def tested(self, node: nodes.Node) -> TemplateExpression:
        """An expression of which a template only asks whether it is true: an object of the context is."""
        if isinstance(node, nodes.Name) and node.name not in self.bound and (node.name in _OBJECTS):
            return self.make("run", root=node.name)
        if isinstance(node, (nodes.And, nodes.Or)):
            return self.make("unknown", operands=(self.tested(node.left), self.tested(node.right)))
        return self.convert(node)

    def argument(self, node: nodes.Node) -> Any:
        """A Python literal where it is one, else an expression."""
        known, value = _literal(node)
        return value if known else self.convert(node)

    def chain(self, node: nodes.Expr) -> TemplateExpression:
        """A name, or any expression, followed by members and calls."""
        base, steps = self.steps(node)
        if not isinstance(base, nodes.Name):
            start = self.rest(base) if base is node else self.convert(base)
            return self.after(start, steps) or self.combined(start, steps)
        bound = base.name in self.bound
        start = self.make("unknown", name=base.name, root="" if bound else base.name)
        if bound or len(steps) > _MAX_STEPS:
            return self.combined(start, steps)
        for end in range(len(steps), -1, -1):
            # The longest beginning that means something; `x.items()` must not be read as the member `items` of x.
            if end == len(steps) or not steps[end].call:
                found = self.from_name(base.name, steps[:end])
                if found is not None:
                    return self.combined(found, steps[end:])
        return self.combined(start, steps)

    def steps(self, node: nodes.Expr) -> tuple[nodes.Expr, list[_Step]]:
        """Where a chain starts, and its steps in order."""
        steps: list[_Step] = []
        while True:
            if isinstance(node, nodes.Getattr):
                steps.append(_Step(key=node.attr))
            elif isinstance(node, nodes.Getitem):
                steps.append(_Step(key=_slice(node.arg) or self.argument(node.arg)))
            elif isinstance(node, nodes.Call) and node.dyn_args is None and node.dyn_kwargs is None:
                kwargs = {pair.key: self.argument(pair.value) for pair in node.kwargs}
                steps.append(_Step(call=True, args=tuple(map(self.argument, node.args)), kwargs=kwargs))
            else:
                return node, steps[::-1]
            node = node.node

    def rest(self, node: nodes.Node) -> TemplateExpression:
        """An expression of no kind of its own: what is inside it."""
        return self.make("unknown", operands=tuple(self.convert(child) for child in node.iter_child_nodes()))

    def combined(self, start: TemplateExpression, steps: list[_Step]) -> TemplateExpression:
        """An expression followed by steps that are not understood."""
        if not steps:
            return start
        if start.kind == "unknown" and start.root and len(steps) == 1 and steps[0].call:
            arguments = (*steps[0].args, *steps[0].kwargs.values())
            return self.make("macro", root=start.root, name=start.name, operands=self.as_expressions(arguments))
        inner = [value for step in steps for value in (step.key, *step.args, *step.kwargs.values())]
        operands = tuple(value for value in inner if isinstance(value, TemplateExpression))
        return self.make("unknown", operands=(start, *operands))

    def as_expressions(self, values: tuple[Any, ...]) -> tuple[TemplateExpression, ...]:
        return tuple(v if isinstance(v, TemplateExpression) else self.make("literal", value=v) for v in values)

    def from_name(self, name: str, steps: list[_Step]) -> TemplateExpression | None:
        """What a chain from one of Airflow's names asks for; None where it is not understood."""
        date = dates.FIELDS.get(name)
        if date is not None:
            return self.after(self.make("date", root=name, field=date[0], days=date[1]), steps)
        if name in _RUN_NAMES and not steps:
            return self.make("run", root=name, name=name)
        if name in ("var", "conn", "params", "macros"):
            reader = {"var": self.variable, "conn": self.connection, "params": self.params, "macros": self.macro}[name]
            return reader(name, steps)
        if name == "dag_run" and steps:
            if steps[0].key == "conf":
                return self.members("conf", name, steps[1:])
            if steps[0].key in _RUN_DATES:
                return self.from_name_as(name, steps[0].key, steps[1:])
            if steps[0].key == "run_after" and (found := self.from_name("data_interval_end", steps[1:])) is not None:
                return replace(found, root=name, name="run_after")
        if name in _TASK_INSTANCE and steps and steps[0].key == "xcom_pull":
            return self.xcom(name, steps[1:])
        known = "ti" if name in _TASK_INSTANCE else name
        if known == "ti" and steps and steps[0].key in ("execution_date", "logical_date"):
            return self.from_name_as(name, str(steps[0].key), steps[1:])
        inner = _OF_OBJECT.get((known, steps[0].key)) if len(steps) == 2 and isinstance(steps[0].key, str) else None
        if inner is not None and steps[1].key in _RUN_MEMBERS[inner]:
            return self.make("run", root=name, name=str(steps[0].key), path=(steps[1].key,))
        members = _RUN_MEMBERS.get(known)
        if members and len(steps) == 1 and steps[0].key in members:
            return self.make("run", root=name, name=steps[0].key)
        if name == "dag" and len(steps) == 2 and steps[1].key in _OF_DAGS_MEMBERS.get(steps[0].key, ()):
            return self.make("run", root=name, name=steps[0].key, path=(steps[1].key,))
        return None

    def from_name_as(self, root: str, name: str, steps: list[_Step]) -> TemplateExpression | None:
        found = self.from_name(name, steps)
        return replace(found, root=root, name=name) if found is not None else None

    def variable(self, root: str, steps: list[_Step]) -> TemplateExpression | None:
        if len(steps) < 2 or steps[0].key not in ("value", "json"):
            return None
        json, rest = steps[0].key == "json", steps[1:]
        if rest[0].key == "get" and len(rest) > 1 and rest[1].call:
            got = _got(rest[1])
            if got is None:
                return None
            path = _path(rest[2:])
            return None if path is None else self.make("variable", root=root, json=json, path=path, **got)
        path = _path(rest)
        if not path or not isinstance(path[0], str) or (len(path) > 1 and not json):
            return None
        return self.make("variable", root=root, name=path[0], path=path[1:], json=json)

    def connection(self, root: str, steps: list[_Step]) -> TemplateExpression | None:
        if len(steps) > 1 and steps[0].key == "get" and steps[1].call and len(steps[1].args) == 1:
            steps = [_Step(key=steps[1].args[0]), *steps[2:]]
        found = self.members("connection", root, steps)
        if found is None or not found.path or not isinstance(found.path[0], str):
            return None
        return replace(found, name=found.path[0], path=found.path[1:])

    def params(self, root: str, steps: list[_Step]) -> TemplateExpression | None:
        return self.members("param", root, steps)

    def members(self, kind: str, root: str, steps: list[_Step]) -> TemplateExpression | None:
        """A path of members, whose last may be `.get(name, default)`."""
        if len(steps) > 1 and steps[-1].call and steps[-2].key == "get":
            got, path = _got(steps[-1]), _path(steps[:-2])
            if got is None or path is None:
                return None
            name = got.pop("name")
            return self.make(kind, root=root, path=(*path, name), **{"default": None, **got, "has_default": True})
        path = _path(steps)
        return None if path is None else self.make(kind, root=root, path=path)

    def xcom(self, root: str, steps: list[_Step]) -> TemplateExpression | None:
        if not steps or not steps[0].call or len(steps[0].args) > 3:
            return None
        given = dict(zip(("task_ids", "dag_id", "key"), steps[0].args, strict=False)) | steps[0].kwargs
        task_ids, key, dag_id = given.get("task_ids"), given.get("key", "return_value"), given.get("dag_id")
        many = isinstance(task_ids, (list, tuple))
        ids = tuple(task_ids or ()) if many else (() if task_ids is None else (task_ids,))
        path = _path(steps[1:])
        computed = tuple(value for value in (task_ids, key) if isinstance(value, TemplateExpression))
        if computed:
            if steps[1:] or given.keys() - {"task_ids", "key"} or many or task_ids is None:
                return None
            return self.make(
                "computed_xcom",
                root=root,
                task_ids=ids if isinstance(task_ids, str) else (),
                key=key if isinstance(key, str) else "*",
                operands=computed,
            )
        if (
            path is None
            or given.keys() - {"task_ids", "dag_id", "key", "include_prior_dates", "default", "map_indexes", "run_id"}
            or not isinstance(key, str)
        ):
            return None
        if not all(isinstance(task_id, str) for task_id in ids) or not isinstance(dag_id, (str, type(None))):
            return None
        prior = given.get("include_prior_dates", False)
        if not isinstance(prior, bool):
            return None
        copies = given.get("map_indexes")
        if isinstance(copies, TemplateExpression) and copies.kind == "run" and copies.root in _TASK_INSTANCE:
            copies = OWN_COPY if copies.name == "map_index" else copies
        if copies is None and "map_indexes" in given:
            copies = ANY_COPY
        copies = tuple(copies) if isinstance(copies, (list, tuple)) else copies
        if copies not in (OWN_COPY, ANY_COPY) and not all(
            type(copy) is int for copy in (copies if isinstance(copies, tuple) else (copies or 0,))
        ):
            return None
        got = {"default": given["default"], "has_default": True} if "default" in given else {}
        got |= {"copies": copies} if copies is not None else {}
        if given.get("run_id") is not None:
            if not isinstance(given["run_id"], TemplateExpression):
                return None
            got["operands"] = (given["run_id"],)
        return self.make(
            "xcom", root=root, task_ids=ids, many=many, key=key, dag_id=dag_id, prior=prior, path=path, **got
        )

    def macro(self, root: str, steps: list[_Step]) -> TemplateExpression | None:
        if not steps or not isinstance(steps[0].key, str):
            return None
        if len(steps) < 2 or not steps[1].call:
            # A module or class: `macros.dateutil.parser.parse(ds)`, `macros.datetime.strptime(ds, ...)`.
            inner = tuple(value for step in steps for value in (step.key, *step.args, *step.kwargs.values()))
            known = tuple(value for value in inner if isinstance(value, TemplateExpression))
            return self.make("macro", root=root, name=steps[0].key, operands=known)
        name, call = steps[0].key, steps[1]
        arguments = self.as_expressions((*call.args, *call.kwargs.values()))
        expression = self.make("macro", root=root, name=name, operands=arguments)
        if not call.kwargs and call.args and isinstance(call.args[0], TemplateExpression):
            shaped = self.shaped(call.args[0], name, call.args[1:])
            expression = replace(shaped, root=root, operands=(call.args[0],)) if shaped is not None else expression
        return self.after(expression, steps[2:]) if steps[2:] else expression

    def shaped(self, date: TemplateExpression, name: str, args: tuple[Any, ...]) -> TemplateExpression | None:
        """`ds_add`, `ds_sub` and `ds_format` of a date whose text is known."""
        pattern = _pattern(date)
        if pattern is None:
            return None
        if name in ("ds_add", "ds_sub") and len(args) == 1 and type(args[0]) is int and pattern == dates.DS:
            return replace(date, days=date.days + (args[0] if name == "ds_add" else -args[0]))
        if name == "ds_format" and len(args) == 2 and args[0] == pattern and isinstance(args[1], str):
            return _formatted(date, args[1])
        return None

    def after(self, base: TemplateExpression, steps: list[_Step]) -> TemplateExpression | None:
        """Members and methods of a date (and `.key` of a path); None where they are not understood."""
        if not steps:
            return base
        if base.kind in ("param", "conf") and not base.has_default and not base.filters:
            return self.members(base.kind, base.root, [*map(_Step, base.path), *steps])
        if base.kind != "date" or base.filters:
            return None
        name, rest = steps[0].key, steps[1:]
        if rest and rest[0].call:
            call, rest = rest[0], rest[1:]
            if call.kwargs and name not in ("add", "subtract"):
                return None
            if name == "replace" and _pattern(base) and len(call.args) == 2:
                pattern = dates.replaced(str(_pattern(base)), *call.args)
                found = None if pattern is None else _formatted(base, pattern)
            elif dates.is_text(base.field) or base.format is not None:
                found = None
            elif name in ("add", "subtract"):
                shift = None if call.args else dates.whole_days((), call.kwargs)
                found = None if shift is None else replace(base, days=base.days + (shift if name == "add" else -shift))
            else:
                pattern = dates.method_pattern(str(name), call.args)
                found = None if pattern is None else _formatted(base, pattern)
            return None if found is None else self.after(found, rest)
        if isinstance(name, slice):
            pattern = dates.sliced(str(_pattern(base)), name) if _pattern(base) else None
            return self.after(_formatted(base, pattern), rest) if pattern is not None else None
        pattern = None if dates.is_text(base.field) or base.format is not None else dates.MEMBERS.get(str(name))
        return _formatted(base, pattern) if pattern is not None and not rest else None

    def shifted(self, node: nodes.Add | nodes.Sub, base: TemplateExpression) -> TemplateExpression | None:
        """A datetime plus or minus `macros.timedelta(days=n)`."""
        days = _timedelta_days(node.right)
        if base.kind != "date" or dates.is_text(base.field) or base.format or base.filters or days is None:
            return None
        days = days if isinstance(node, nodes.Add) else -days
        return replace(base, days=base.days + days, operands=(self.convert(node.right),))

    def filter(self, node: nodes.Filter, base: TemplateExpression) -> TemplateExpression:
        args = tuple(map(self.argument, node.args))
        if base.kind == "date" and not base.filters and not node.kwargs:
            pattern: str | None = None
            if node.name in dates.FILTERS and not args and not dates.is_text(base.field) and base.format is None:
                pattern = dates.FILTERS[node.name]
            elif node.name == "replace" and len(args) == 2 and _pattern(base):
                pattern = dates.replaced(str(_pattern(base)), *args)
            if pattern is not None:
                return _formatted(base, pattern)
        kwargs = tuple((str(pair.key), self.argument(pair.value)) for pair in node.kwargs)
        return replace(base, filters=(*base.filters, TemplateFilter(node.name, args, kwargs)))


def _literal(node: nodes.Node) -> tuple[bool, Any]:
    """Whether a node is a literal, and its value."""
    if isinstance(node, nodes.Const):
        return True, node.value
    if isinstance(node, nodes.TemplateData):
        return True, node.data
    if isinstance(node, nodes.Neg):
        known, value = _literal(node.node)
        return known and isinstance(value, (int, float)), -value if isinstance(value, (int, float)) else None
    if isinstance(node, (nodes.List, nodes.Tuple)):
        items = [_literal(item) for item in node.items]
        values = [value for _, value in items]
        return all(known for known, _ in items), tuple(values) if isinstance(node, nodes.Tuple) else values
    if isinstance(node, nodes.Dict):
        pairs = [(_literal(pair.key), _literal(pair.value)) for pair in node.items]
        if all(key[0] and value[0] and isinstance(key[1], (str, int, float)) for key, value in pairs):
            return True, {key[1]: value[1] for key, value in pairs}
    return False, None


def _path(steps: list[_Step]) -> tuple[str | int, ...] | None:
    """The members that the steps pick, if they do nothing else."""
    if all(not step.call and type(step.key) in (str, int) for step in steps):
        return tuple(step.key for step in steps)
    return None


def _got(call: _Step) -> dict[str, Any] | None:
    """Name and default of a `.get(name, default)`."""
    given = [*call.args, *call.kwargs.values()]
    if not 1 <= len(given) <= 2 or not call.args or type(call.args[0]) not in (str, int):
        return None
    return {"name": given[0], **({"default": given[1], "has_default": True} if len(given) == 2 else {})}


def _or_empty(left: TemplateExpression, right: nodes.Node) -> TemplateExpression | None:
    """`(dag_run.conf or {})`: Airflow 2 has no conf in scheduled runs."""
    return left if left.kind == "conf" and not left.path and _literal(right) == (True, {}) else None


def _slice(node: nodes.Node) -> slice | None:
    """A piece between two places that are written out: `[:4]`."""
    if not isinstance(node, nodes.Slice) or node.step is not None:
        return None
    ends = [None if end is None else _literal(end)[1] for end in (node.start, node.stop)]
    given = [end for end in (node.start, node.stop) if end is not None]
    if not all(_literal(end)[0] and type(_literal(end)[1]) is int for end in given):
        return None
    return slice(*ends)


def _timedelta_days(node: nodes.Node) -> int | None:
    """The days of `macros.timedelta(...)`, if its arguments are literals and they are whole."""
    if not isinstance(node, nodes.Call) or node.dyn_args is not None or node.dyn_kwargs is not None:
        return None
    if not isinstance(node.node, (nodes.Getattr, nodes.Name)):
        return None
    if (node.node.attr if isinstance(node.node, nodes.Getattr) else node.node.name) != "timedelta":
        return None
    args = tuple(_literal(arg)[1] for arg in node.args)
    return dates.whole_days(args, {str(pair.key): _literal(pair.value)[1] for pair in node.kwargs})


def _pattern(date: TemplateExpression) -> str | None:
    """The strftime pattern of the text that a date is; None where it is not a text."""
    if date.kind != "date" or date.filters:
        return None
    return date.format or dates.text_pattern(date.field)


def _formatted(date: TemplateExpression, pattern: str) -> TemplateExpression:
    """The date as text of that pattern, by the name that Airflow has for it if there is one."""
    name, left = dates.spelled(date.field, pattern)
    return replace(date, field=name, format=left)
