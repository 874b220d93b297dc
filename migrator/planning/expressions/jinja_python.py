"""Templates that compute something, as the Python that a person would have written.

Comes in: a template's text, and what gives the expression of a piece that asks Airflow for one thing. Goes out: the parts of the text; None where Python would
not certainly say the same as Jinja: that is rendered when the code runs.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from jinja2 import nodes

from migrator.analyzers.templates import TemplateExpression, classified, statements
from migrator.analyzers.templates.dates import DS, MEMBERS
from migrator.analyzers.templates.dates import is_text as is_field_of_text
from migrator.model.changed import replace
from migrator.model.expressions import Construct, Expr, Format, Helper, Operation, RunConf, RunDate
from migrator.model.frozen import dataclass
from migrator.planning.expressions.conditions import either, is_plain
from migrator.planning.expressions.members import LAST_SUCCESS
from migrator.planning.expressions.values import joined
from migrator.planning.timing.neighbours import NEIGHBOURS, neighbour_of
from migrator.planning.timing.timetable import Clock

Leaf = Callable[[TemplateExpression], Expr]

_TEXT_METHODS = {
    **dict.fromkeys(
        (
            *("capitalize", "format", "join", "ljust", "lower", "lstrip", "removeprefix", "removesuffix", "replace"),
            *("rjust", "rstrip", "strip", "swapcase", "title", "upper", "zfill"),
        ),
        "text",
    ),
    **dict.fromkeys(("partition", "rpartition", "rsplit", "split", "splitlines"), "list"),
    **dict.fromkeys(("count", "find", "index", "rfind"), "number"),
    **dict.fromkeys(("endswith", "isalpha", "isdigit", "isnumeric", "startswith"), "flag"),
}
"""Methods of text, and what each gives."""
_PLAIN_METHODS = _TEXT_METHODS.keys() - {"format", "index", "count", "join"} | {"get", "items", "keys", "values"}
"""Methods of text or of a dictionary that nothing else has."""
_MOMENT_METHODS = {
    **dict.fromkeys(("ctime", "isoformat", "strftime"), "text"),
    **dict.fromkeys(("isoweekday", "timestamp", "toordinal", "weekday"), "number"),
    "date": "day",
    "replace": "moment",
}
_OF_PENDULUM = {
    **dict.fromkeys(
        ("add", "end_of", "in_timezone", "in_tz", "next", "previous", "set", "start_of", "subtract"), "moment"
    ),
    **dict.fromkeys(("format", "to_date_string", "to_datetime_string", "to_iso8601_string", "to_time_string"), "text"),
}
_NEIGHBOURS = [("dag", name) for name in NEIGHBOURS]
_OF_MOMENTS = {*MEMBERS, "second", "microsecond"}
_COMPARISONS = {"eq": "==", "ne": "!=", "lt": "<", "lteq": "<=", "gt": ">", "gteq": ">=", "in": "in", "notin": "not in"}
_TESTS = {
    "eq": "==",
    "equalto": "==",
    "ne": "!=",
    "lt": "<",
    "lessthan": "<",
    "le": "<=",
    "gt": ">",
    "ge": ">=",
    "in": "in",
}
_OPPOSITES = {"in": "not in", "not in": "in", "is": "is not", "is not": "is"}
_OPERATORS: dict[type[nodes.Node], str] = {
    nodes.Add: "+",
    nodes.Sub: "-",
    nodes.Mul: "*",
    nodes.Div: "/",
    nodes.FloorDiv: "//",
    nodes.Mod: "%",
    nodes.Pow: "**",
}
_ALWAYS = frozenset({"logical_date", "data_interval_start", "data_interval_end"})
"""Dates that each run has."""
_TEXTS = frozenset({"dag_id", "run_id", "task_id"})
"""What a run, task or DAG says of itself that is text."""
_PADDED = {"%-m": "%m", "%-d": "%d", "%-H": "%H", "%-M": "%M"}
_PADDING = frozenset({"{:02}", "{:02d}", "{0:02}", "{0:02d}", "{:0>2}"})
"""Formats that print a number with two digits."""
_MOST_COPIES = 20
"""Elements of a list over which a loop is written out."""
_LONGEST = 300
"""Characters of text in statements that still read better as Python."""
_DEEPEST = 30
"""Levels of expressions within each other that do."""


class _Differs(Exception):
    """Python might not say the same."""


@dataclass(frozen=True, slots=True)
class _Made:
    """An expression and what kind of value it is: `text`, `moment`, `pendulum`, `day`, `span` (of time), `number`, `flag`, `list`, `dict`, `json` (data of
    a run or Variable), `none`, or unknown."""

    expr: Expr
    kind: str = ""


@dataclass(frozen=True, slots=True)
class OwnFunctions:
    """What a DAG adds to its templates: `macros` are all names of the team's own, `filters` the expressions of its filters. `asks_pendulum` says of one of
    either whether its code asks dates for what only pendulum's have."""

    macros: Collection[str]
    filters: Mapping[str, Expr]
    asks_pendulum: Callable[[str], bool]


def in_python(text: str, leaf: Leaf, kind_of: Callable[[Expr], str], own: OwnFunctions, clock: Clock) -> Expr | None:
    """The value of a template as text. `leaf` gives the expression of what asks for one thing, `kind_of` what kind of value (see `_Made`) that is known to
    be; `clock` is that of the DAG. Raises Untranslatable where `leaf` does."""
    body = statements(text)
    if body is None or _is_deep(body):
        return None
    try:
        return _Writer(leaf, kind_of, own, clock).text(body, {})
    except _Differs:
        return None


class _Writer:
    def __init__(self, leaf: Leaf, kind_of: Callable[[Expr], str], own: OwnFunctions, clock: Clock) -> None:
        self.leaf, self.kind_of, self.own, self.clock = leaf, kind_of, own, clock

    # ------------------------------------------------------------------------------------------------ statements

    def text(self, body: Sequence[nodes.Node], bound: Mapping[str, _Made]) -> Expr:
        """What statements print."""
        names, parts = dict(bound), list[_Made]()
        for node in body:
            if isinstance(node, nodes.Output):
                parts += [self.printed(one, names) for one in node.nodes]
            elif isinstance(node, nodes.Assign) and isinstance(node.target, nodes.Name):
                made = names[node.target.name] = self.value(node.node, names)
                uses = [one for other in body for one in other.find_all(nodes.Name) if one.name == node.target.name]
                if _is_long(made.expr) and len(uses) > len(("bound", "read")):
                    raise _Differs
            elif isinstance(node, nodes.If) and _is_short(node):
                parts.append(_Made(self.either(node, names), "text"))
            elif isinstance(node, nodes.For) and _is_short(node):
                parts += [_Made(one, "text") for one in self.copies(node, names)]
            else:
                raise _Differs
        parts = [part for part in parts if part.expr != ""]
        return parts[0].expr if len(parts) == 1 and parts[0].kind == "text" else joined([part.expr for part in parts])

    def printed(self, node: nodes.Node, bound: Mapping[str, _Made]) -> _Made:
        if isinstance(node, nodes.TemplateData):
            return _Made(node.data, "text")
        found = classified(node) if isinstance(node, nodes.Expr) and not _names(node) & bound.keys() else None
        if found is not None and found.kind == "date" and not found.filters and found.field not in LAST_SUCCESS:
            return _Made(self.leaf(found), _kind_of_date(found))
        made = self.value(node, bound)
        return _Made(str(made.expr), "text") if is_plain(made.expr) else made

    def either(self, node: nodes.If, bound: Mapping[str, _Made]) -> Expr:
        """One text or another."""
        if any(
            isinstance(one, nodes.Assign)
            for body in (node.body, *(other.body for other in node.elif_), node.else_)
            for one in body
        ):
            raise _Differs
        rest = self.text(node.else_, bound)
        for branch in reversed([node, *node.elif_]):
            rest = either(self.tested(branch.test, bound), self.text(branch.body, bound), rest)
        return rest

    def copies(self, node: nodes.For, bound: Mapping[str, _Made]) -> list[Expr]:
        """What a loop over a list that is written out prints, one after the other."""
        found = self.value(node.iter, bound)
        plain = isinstance(found.expr, list | tuple) and found.kind == "list" and len(found.expr) <= _MOST_COPIES
        if (
            not plain
            or not isinstance(node.target, nodes.Name)
            or node.test
            or node.else_
            or "loop" in _names(*node.body)
        ):
            raise _Differs
        if any(isinstance(one, nodes.Assign | nodes.For) or one.find(nodes.For) for one in node.body):
            raise _Differs
        return [self.text(node.body, {**bound, node.target.name: _literal(one)}) for one in found.expr]

    # ----------------------------------------------------------------------------------------------- expressions

    def tested(self, node: nodes.Node, bound: Mapping[str, _Made]) -> Expr:
        """An expression that is asked whether it is true: a date that each run has is."""
        found = self.value(node, bound, asked=True).expr
        return True if isinstance(found, RunDate) and found.field in _ALWAYS else found

    def value(self, node: nodes.Node, bound: Mapping[str, _Made], asked: bool = False) -> _Made:
        """The value of an expression; `asked`: it only matters whether that is true."""
        if not _names(node) & bound.keys() and not _is_of_moment(node):
            found = classified(node, asked)
            if (made := self.one_thing(found)) is not None:
                return made
        if isinstance(node, nodes.And | nodes.Or):
            return self.logical(node, bound, asked)
        handler = getattr(self, f"_{type(node).__name__.lower()}", None)
        if handler is None:
            return self.operator(node, bound)
        made = handler(node, bound)
        assert isinstance(made, _Made)
        return made

    def one_thing(self, found: TemplateExpression) -> _Made | None:
        """The value of what asks Airflow for one thing; None for any other expression."""
        if found.kind == "literal" and not found.filters:
            return _literal(found.value)
        if found.filters or found.kind in ("macro", "unknown", "computed_xcom"):
            return None
        if found.kind == "run" and not found.name:
            return _Made(True, "flag")
        if found.kind == "date" and found.field in LAST_SUCCESS:
            return self.shifted(found)
        kind = "json" if found.kind in ("conf", "param", "variable") else ""
        if found.kind == "date":
            kind = _kind_of_date(found)
        elif (found.kind == "variable" and not found.json and not found.has_default) or (
            found.kind == "run" and found.name in _TEXTS
        ):
            kind = "text"
        expr = self.leaf(found)
        return _Made(expr, self.kind_of(expr) or kind)

    def shifted(self, found: TemplateExpression) -> _Made:
        """A moment of the last successful run, which may be None, with what is done with it."""
        made = _Made(self.leaf(replace(found, days=0, format=None)), "moment")
        if found.days:
            span = Operation("call", "datetime.timedelta", (), {"days": abs(found.days)})
            made = _Made(Operation("operator", "+" if found.days > 0 else "-", (made.expr, span)), "moment")
        if found.format is not None:
            made = _Made(Operation("method", "strftime", (made.expr, found.format)), "text")
        return made

    def _name(self, node: nodes.Name, bound: Mapping[str, _Made]) -> _Made:
        if node.name in bound:
            return bound[node.name]
        if node.name not in self.own.macros:
            raise _Differs
        return _Made(self.leaf(TemplateExpression("unknown", name=node.name, root=node.name)))

    def _condexpr(self, node: nodes.CondExpr, bound: Mapping[str, _Made]) -> _Made:
        if node.expr2 is None:
            raise _Differs
        one, other = self.value(node.expr1, bound), self.value(node.expr2, bound)
        return _Made(either(self.tested(node.test, bound), one.expr, other.expr), _common(one, other))

    def logical(self, node: nodes.And | nodes.Or, bound: Mapping[str, _Made], asked: bool) -> _Made:
        either = isinstance(node, nodes.Or)
        left, right = self.value(node.left, bound, asked or either), self.value(node.right, bound, asked)
        if left.expr is True:
            return left if either else right
        return _Made(Operation("operator", "or" if either else "and", (left.expr, right.expr)), _common(left, right))

    def _not(self, node: nodes.Not, bound: Mapping[str, _Made]) -> _Made:
        asked = self.tested(node.node, bound)
        if isinstance(asked, Operation) and asked.kind == "operator" and asked.name in _OPPOSITES:
            return _Made(replace(asked, name=_OPPOSITES[asked.name]), "flag")
        return _Made(not asked if is_plain(asked) else Operation("operator", "not", (asked,)), "flag")

    def _test(self, node: nodes.Test, bound: Mapping[str, _Made]) -> _Made:
        if node.name == "none":
            return self.is_none(node, bound)
        if node.name in ("defined", "undefined"):
            return self.is_there(node, bound, node.name == "defined")
        if node.name in _TESTS and len(node.args) == 1:
            return self.compared(_TESTS[node.name], self.value(node.node, bound), self.value(node.args[0], bound))
        raise _Differs

    def is_there(self, node: nodes.Test, bound: Mapping[str, _Made], there: bool) -> _Made:
        """Whether there is such a thing: only the conf of a run may lack some."""
        found = classified(node.node)
        if _names(node.node) & bound.keys() or found.filters or found.has_default:
            raise _Differs
        if found.kind not in ("conf", "date", "param", "run") or (found.kind == "run" and not found.name):
            raise _Differs
        value = self.leaf(found)
        if isinstance(value, RunConf) and value.path:
            *path, last = value.path
            return _Made(Operation("operator", "in" if there else "not in", (last, RunConf(tuple(path)))), "flag")
        return _Made(there, "flag")

    def is_none(self, node: nodes.Test, bound: Mapping[str, _Made]) -> _Made:
        """Whether something is None: what a run's conf lacks is not, and to ask that is no error."""
        value = self.value(node.node, bound).expr
        if isinstance(value, RunConf) and value.path and not value.has_default:
            value = replace(value, default="", has_default=True)
        return _Made(value is None if is_plain(value) else Operation("operator", "is", (value, None)), "flag")

    def _compare(self, node: nodes.Compare, bound: Mapping[str, _Made]) -> _Made:
        if len(node.ops) != 1:
            raise _Differs
        operand = node.ops[0]
        left, right = (self.value(one, bound) for one in (node.expr, operand.expr))
        return self.compared(_COMPARISONS[operand.op], left, right)

    def compared(self, operator: str, left: _Made, right: _Made) -> _Made:
        same = operator == "=="
        if operator in ("==", "!=") and left.kind == "none":
            left, right = right, left
        if operator in ("==", "!=") and is_plain(left.expr) and is_plain(right.expr):
            return _Made((left.expr == right.expr) is same, "flag")
        if operator in ("==", "!=") and right.kind == "none":
            operator = "is" if same else "is not"
        elif operator in ("==", "!=") and isinstance(right.expr, bool):
            if left.kind != "flag":
                raise _Differs  # a number may equal it, which a linter's fix would not say
            return left if right.expr is same else _Made(Operation("operator", "not", (left.expr,)), "flag")
        return _Made(Operation("operator", operator, (left.expr, right.expr)), "flag")

    def operator(self, node: nodes.Node, bound: Mapping[str, _Made]) -> _Made:
        """Arithmetic; anything else differs."""
        name = _OPERATORS.get(type(node))
        if name is None or not isinstance(node, nodes.BinExpr):
            raise _Differs
        left, right = self.value(node.left, bound), self.value(node.right, bound)
        made = Operation("operator", name, (left.expr, right.expr))
        if left.kind in ("moment", "day") and right.kind == "span" and name in ("+", "-"):
            return _Made(made, left.kind)
        if left.kind == right.kind == "text" and name == "+":
            return _Made(joined([left.expr, right.expr]), "text")
        if left.kind == "text" and name == "%":
            return _Made(made, "text")
        if "moment" in (left.kind, right.kind) or "pendulum" in (left.kind, right.kind):
            raise _Differs  # the time between two dates prints otherwise
        return _Made(made, left.kind if left.kind == right.kind else "")

    def _concat(self, node: nodes.Concat, bound: Mapping[str, _Made]) -> _Made:
        return _Made(joined([self.printed(one, bound).expr for one in node.nodes]), "text")

    def _getattr(self, node: nodes.Getattr, bound: Mapping[str, _Made]) -> _Made:
        base = self.value(node.node, bound)
        if base.kind in ("moment", "day", "pendulum") and node.attr in _OF_MOMENTS:
            return _Made(Operation("attribute", node.attr, (base.expr,)), "number")
        if base.kind in ("json", "dict") and node.attr not in dir(dict):
            return _Made(Operation("item", "", (base.expr, node.attr)), "json")
        raise _Differs

    def _getitem(self, node: nodes.Getitem, bound: Mapping[str, _Made]) -> _Made:
        base = self.value(node.node, bound)
        if base.kind in ("moment", "day", "pendulum"):
            raise _Differs
        same = base.kind if base.kind in ("json", "text") else ""
        if isinstance(node.arg, nodes.Slice):
            bounds = [
                None if one is None else self.value(one, bound).expr
                for one in (node.arg.start, node.arg.stop, node.arg.step)
            ]
            return _Made(Operation("slice", "", (base.expr, *bounds)), base.kind)
        return _Made(Operation("item", "", (base.expr, self.value(node.arg, bound).expr)), same)

    def _list(self, node: nodes.List | nodes.Tuple, bound: Mapping[str, _Made]) -> _Made:
        items = [self.value(one, bound).expr for one in node.items]
        return _Made(tuple(items) if isinstance(node, nodes.Tuple) else items, "list")

    _tuple = _list

    def _dict(self, node: nodes.Dict, bound: Mapping[str, _Made]) -> _Made:
        items = {self.value(pair.key, bound).expr: self.value(pair.value, bound).expr for pair in node.items}
        return _Made(items, "dict")

    def _neg(self, node: nodes.Neg, bound: Mapping[str, _Made]) -> _Made:
        made = self.value(node.node, bound)
        if isinstance(made.expr, int | float):
            return _literal(-made.expr)
        return _Made(Operation("operator", "-", (made.expr,)), made.kind)

    # ----------------------------------------------------------------------------------------------------- calls

    def _call(self, node: nodes.Call, bound: Mapping[str, _Made]) -> _Made:
        if node.dyn_args is not None or node.dyn_kwargs is not None:
            raise _Differs
        args = tuple(self.value(one, bound) for one in node.args)
        named = {pair.key: self.value(pair.value, bound) for pair in node.kwargs}
        options = {name: one.expr for name, one in named.items()}
        path = _dotted(node.node)
        if path[:1] == ("macros",) and "macros" not in bound and path[1:2] and path[1] not in self.own.macros:
            return self.macro(path[1:], args, options)
        if path in _NEIGHBOURS and "dag" not in bound and len(args) == 1:
            if (found := neighbour_of(path[1], self.clock, args[0].expr)) is None:
                raise _Differs
            return _Made(found, "moment")
        if len(path) == 1 and path[0] in self.own.macros and path[0] not in bound:
            return self.applied(path[0], self.value(node.node, bound).expr, args, named)
        if not isinstance(node.node, nodes.Getattr):
            raise _Differs
        return self.method(self.value(node.node.node, bound), node.node.attr, args, options)

    def applied(self, name: str, function: Expr, args: Sequence[_Made], named: Mapping[str, _Made]) -> _Made:
        """A call of a function of the team's own."""
        asks = self.own.asks_pendulum(name)

        def handed(one: _Made) -> Expr:
            return Construct("pendulum.instance", (one.expr,)) if asks and one.kind == "moment" else one.expr

        options = {key: handed(one) for key, one in named.items()}
        return _Made(Operation("apply", "", (function, *map(handed, args)), options))

    def method(self, base: _Made, name: str, args: tuple[_Made, ...], options: Mapping[str, Expr]) -> _Made:
        given = tuple(one.expr for one in args)
        made = Operation("method", name, (base.expr, *given), options)
        if base.kind in ("moment", "day", "pendulum"):
            if name in _MOMENT_METHODS:
                kind = base.kind if _MOMENT_METHODS[name] == "moment" else _MOMENT_METHODS[name]
                return _Made(made, kind)
            if name not in _OF_PENDULUM or base.kind == "day":
                raise _Differs
            of = base.expr if base.kind == "pendulum" else Construct("pendulum.instance", (base.expr,))
            kind = "pendulum" if _OF_PENDULUM[name] == "moment" else "text"
            return _Made(replace(made, operands=(of, *given)), kind)
        digits = _two_digits(args[0].expr) if len(args) == 1 and not options else None
        if base.kind == "text" and name == "format" and base.expr in _PADDING and digits is not None:
            return _Made(digits, "text")
        if base.kind == "text" and name in ("lower", "upper") and isinstance(base.expr, str) and not given:
            return _Made(base.expr.upper() if name == "upper" else base.expr.lower(), "text")
        if base.kind == "text" and name in _TEXT_METHODS:
            return _Made(made, _TEXT_METHODS[name])
        if base.kind in ("", "json", "dict") and name in _PLAIN_METHODS:
            return _Made(made, _TEXT_METHODS.get(name, "json" if base.kind != "" else ""))
        raise _Differs

    def macro(self, path: tuple[str, ...], args: tuple[_Made, ...], options: Mapping[str, Expr]) -> _Made:
        """A call of what `macros` has."""
        given = tuple(one.expr for one in args)
        if path in (("ds_add",), ("ds_format",)):
            return _Made(Operation("apply", "", (Helper(path[0], "macros"), *given), options), "text")
        if path == ("timedelta",):
            return _Made(Operation("call", "datetime.timedelta", given, options), "span")
        if path in (("datetime", "strptime"), ("datetime", "fromisoformat")):
            return _Made(Operation("call", f"datetime.{'.'.join(path)}", given, options), "moment")
        if path == ("datetime",):
            return _Made(Operation("call", "datetime.datetime", given, options), "moment")
        if path == ("dateutil", "parser", "parse"):
            return _Made(Construct("dateutil.parser.parse", given, options), "moment")
        if path == ("dateutil", "relativedelta", "relativedelta"):
            return _Made(Construct("dateutil.relativedelta.relativedelta", given, options), "span")
        if path in (("json", "dumps"), ("json", "loads")):
            return _Made(Operation("call", ".".join(path), given, options), "text" if path[1] == "dumps" else "json")
        raise _Differs

    # --------------------------------------------------------------------------------------------------- filters

    def _filter(self, node: nodes.Filter, bound: Mapping[str, _Made]) -> _Made:
        if node.node is None or node.dyn_args is not None or node.dyn_kwargs is not None:
            raise _Differs
        args = tuple(self.value(one, bound) for one in node.args)
        if node.name in self.own.filters:
            named = {str(pair.key): self.value(pair.value, bound) for pair in node.kwargs}
            return self.applied(node.name, self.own.filters[node.name], (self.value(node.node, bound), *args), named)
        if node.kwargs:
            raise _Differs
        if node.name in ("default", "d") and args:
            return self.default(node.node, args, bound)
        made = self.value(node.node, bound)
        if made.kind == "moment" and node.name in ("ds", "ds_nodash") and not args:
            return self.method(made, "strftime", (_Made(DS if node.name == "ds" else "%Y%m%d", "text"),), {})
        if (
            made.kind == "text"
            and node.name in ("upper", "lower", "replace", "capitalize")
            and len(args) == 2 * (node.name == "replace")
        ):
            return self.method(made, node.name, args, {})
        if made.kind == "text" and node.name == "trim":
            return self.method(made, "strip", args, {})
        if node.name == "string" and not args:
            return made if made.kind == "text" else _Made(joined([self.printed(node.node, bound).expr]), "text")
        if node.name in ("length", "count") and made.kind in ("text", "list", "json", "dict") and not args:
            return _Made(Operation("call", "builtins.len", (made.expr,)), "number")
        if node.name == "abs" and made.kind == "number" and not args:
            return _Made(Operation("call", "builtins.abs", (made.expr,)), "number")
        raise _Differs

    def default(self, node: nodes.Node, args: tuple[_Made, ...], bound: Mapping[str, _Made]) -> _Made:
        """What stands for a member of the run's conf that is not there, or with a second argument for one that says nothing."""
        found = classified(node)
        if found.kind not in ("conf", "param") or not found.path or found.filters or _names(node) & bound.keys():
            raise _Differs
        if found.has_default or len(args) > 2 or (len(args) == 2 and args[1].expr is not True):
            raise _Differs
        value, otherwise = self.leaf(found), args[0].expr
        if isinstance(value, RunConf) and len(args) == 1:
            return _Made(replace(value, default=otherwise, has_default=True), "json")
        if isinstance(value, RunConf):
            value = replace(value, has_default=True)
        return _Made(value if len(args) == 1 else Operation("operator", "or", (value, otherwise)), "json")


def _kind_of_date(found: TemplateExpression) -> str:
    return "text" if found.format is not None or is_field_of_text(found.field) else "moment"


def _literal(value: Any) -> _Made:
    kinds = {str: "text", bool: "flag", int: "number", float: "number", list: "list", tuple: "list", dict: "dict"}
    return _Made(value, "none" if value is None else kinds.get(type(value), ""))


def _common(one: _Made, other: _Made) -> str:
    """The kind of what is one value or the other."""
    return one.kind if one.kind == other.kind else ""


def _two_digits(value: Expr) -> Expr | None:
    """A month, day, hour or minute of a date of the run, printed with two digits; None for anything else."""
    if not isinstance(value, Operation) or value.kind != "attribute" or not isinstance(value.operands[0], RunDate):
        return None
    pattern = _PADDED.get(MEMBERS.get(value.name, ""))
    return replace(value.operands[0], format=pattern) if pattern is not None else None


def _is_of_moment(node: nodes.Node) -> bool:
    """Whether it is a number or a day that a date has, which a template only prints as text."""
    if isinstance(node, nodes.Getattr):
        return node.attr in MEMBERS
    return isinstance(node, nodes.Call) and isinstance(node.node, nodes.Getattr) and node.node.attr == "date"


def _dotted(node: nodes.Node) -> tuple[str, ...]:
    """The parts of a dotted name; none for anything else."""
    parts: list[str] = []
    while isinstance(node, nodes.Getattr):
        parts.append(node.attr)
        node = node.node
    return (node.name, *reversed(parts)) if isinstance(node, nodes.Name) else ()


def _names(*found: nodes.Node) -> set[str]:
    """The names that pieces of a template read."""
    return {name.name for node in found for name in (node, *node.find_all(nodes.Name)) if isinstance(name, nodes.Name)}


def _is_long(value: Expr) -> bool:
    """Whether it is more than a name or word: read again and again, such values would grow with each name that they are given."""
    if isinstance(value, list | tuple):
        return not all(map(is_plain, value))
    return isinstance(value, Operation | Format | dict) or (isinstance(value, str) and len(value) > _LONGEST)


def _is_deep(body: Sequence[nodes.Node]) -> bool:
    """Whether expressions stand in each other as no person would write them in Python."""
    level = list(body)
    for _ in range(_DEEPEST):
        level = [inner for node in level for inner in node.iter_child_nodes()]
    return bool(level)


def _is_short(node: nodes.Node) -> bool:
    """Whether the text in a statement is of one line, and not long."""
    data = [one.data for one in node.find_all(nodes.TemplateData)]
    return not any("\n" in one for one in data) and sum(map(len, data)) <= _LONGEST
