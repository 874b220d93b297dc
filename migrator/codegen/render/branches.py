"""Which ways a branch goes on: the lines that decide, and the names of what they chose."""

from __future__ import annotations

from migrator.codegen.python.annotations import gives_text
from migrator.codegen.python.serialize import literal, text_literal
from migrator.codegen.render.bodies import condition_expression
from migrator.codegen.render.calls import call_expression, written, written_annotation
from migrator.codegen.render.date_tests import date_test
from migrator.codegen.render.function import Function
from migrator.model.bodies import CallFunction, Choose, DateTest, FollowIf


def choose(function: Function, body: Choose) -> str:
    """Adds the lines that set `chosen`; returns the expression of all names in it, empty where it is always one name."""
    if isinstance(body.condition, FollowIf):
        names = _follow(function, body.condition, many=bool(body.groups))
    else:
        function.line(f"chosen = {call_expression(function, body.condition).text}")
        names = _names(function, body.condition, many=bool(body.groups))
    if body.groups:
        rows = {name: list(members) for name, members in body.groups.items()}
        function.line(f"groups = {literal(rows)}")
        return f"(name for one in {names} for name in groups.get(one, [one]))"
    return names


def _names(function: Function, call: CallFunction, many: bool) -> str:
    if written_annotation(call, function).strip("\"'") == "str" or gives_text(written(call, function)):
        return "[chosen]" if many else ""
    found = "[chosen] if isinstance(chosen, str) else chosen or []"
    return f"({found})" if many else found


def _follow(function: Function, body: FollowIf, many: bool) -> str:
    if isinstance(body.test, DateTest):
        test = date_test(function, body.test)
    else:
        test = condition_expression(function, body.test).text
    single = not many and len(body.if_true) == len(body.if_false) == 1
    ways = [text_literal(way[0]) if single else literal(list(way)) for way in (body.if_true, body.if_false)]
    function.line(f"chosen = {ways[0]} if {test} else {ways[1]}")
    return "" if single else "chosen"
