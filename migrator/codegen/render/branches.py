"""Which ways a branch goes on: the lines that decide, and the names of what they chose."""

from __future__ import annotations

from migrator.codegen.python.annotations import gives_text
from migrator.codegen.python.naming import unique
from migrator.codegen.python.serialize import literal, text_literal
from migrator.codegen.render.bodies import condition_expression
from migrator.codegen.render.calls import call_expression, written, written_annotation
from migrator.codegen.render.date_tests import date_test
from migrator.codegen.render.function import Function
from migrator.codegen.render.kept_values import keeping
from migrator.model.bodies import CallFunction, Choose, ContinueIf, DateTest, FollowIf
from migrator.model.changed import replace
from migrator.model.expressions import BranchWays, OtherName
from migrator.model.plan import CreateSensor


def choose(function: Function, body: Choose) -> str:
    """Adds the lines that set `chosen`; returns the expression of all names in it, empty where it is always one name."""
    if body.skips:
        return _skip(function, body)
    if isinstance(body.condition, FollowIf):
        names = _follow(function, body.condition, many=bool(body.leads_to))
    else:
        function.line(f"chosen = {call_expression(function, body.condition).text}")
        names = _names(function, body.condition, many=bool(body.leads_to))
    if body.leads_to:
        function.line(f"leads_to = {_leads_to(body)}")
        return f"dict.fromkeys(name for one in {names} for name in leads_to.get(one, [one]))"
    return names


def _skip(function: Function, body: Choose) -> str:
    """Has the function of a branch skip some of its ways; returns the expression of the names of the others."""
    assert isinstance(body.condition, CallFunction)
    function.module.need([f"from {function.dag.package}.ways import Ways"])
    ways = unique("ways", {*function.inputs, *function.resources})
    told = [*map(text_literal, body.choices), *([f"leads_to={_leads_to(body)}"] if body.leads_to else [])]
    function.line(f"{ways} = Ways({', '.join(told)})")
    given = {name: OtherName(ways) if value == BranchWays() else value for name, value in body.condition.kwargs.items()}
    call = call_expression(function, replace(body.condition, kwargs=given)).text
    function.line(f"result = {call}" if body.returns or body.kept is not None else call)
    return f"{ways}.left()"


def _leads_to(body: Choose) -> str:
    return literal({name: list(ways) for name, ways in body.leads_to.items()})


def result_of_choice(function: Function, body: Choose, names: str) -> str:
    """What a branch hands over of what it chose, with the line that keeps it for other runs where they take it; `names` as `choose` gave them."""
    result = "result" if body.skips else "chosen"
    if not body.keeps_result and len(body.choices) > 1:  # Only where nothing is skipped.
        result = f"chosen if set({names}) == {literal(set(body.choices))} else None" if names else "None"
    if body.kept is not None:
        function.line(keeping(function, body.kept, result))
    return result


def result_of_gate(function: Function, body: ContinueIf, condition: str) -> tuple[str, str]:
    """What a gate hands over, and the condition again, which has a name by now where it is needed twice."""
    if not body.returns and body.kept is None:
        return "", condition
    if condition:
        function.line(f"goes_on = {condition}")
        condition = "goes_on"
    result = "True" if not condition else "goes_on" if body.keeps_result else "goes_on or None"
    if body.kept is not None:
        function.line(keeping(function, body.kept, result))
    return result, condition


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


def continue_condition(function: Function, body: ContinueIf) -> str:
    """The condition under which a gate lets go on what is below; empty where it always does."""
    conditions = []
    if body.condition is not None:
        conditions.append(call_expression(function, body.condition).operand)
    if body.latest_only and function.dag.partitions is not None:
        given = [function.needs_context(), function.dag.use_partitions(function.module)]
        given += ["by_sensor=True"] if _sensors_count_not(function, body) else []
        function.module.need([f"from {function.dag.package}.partition_runs import is_newest"])
        conditions.append(f"is_newest({', '.join(given)})")
    return " and ".join(conditions)


def _sensors_count_not(function: Function, body: ContinueIf) -> bool:
    """Whether sensors start runs of the DAG in the place of what starts any run of its, whatever its date: assets, or another DAG in Airflow 2."""
    sensors = [operation for operation in function.dag.plan.operations if isinstance(operation, CreateSensor)]
    return all(sensor.assets for sensor in sensors) and (bool(sensors) or body.or_triggered)
