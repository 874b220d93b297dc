"""The call that asks whether the run of another DAG for a date is done."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from migrator.codegen.python.serialize import Environment, literal, serialize, text_literal
from migrator.codegen.render.calls import call_expression
from migrator.codegen.render.function import Function
from migrator.model.bodies import RunOfDate
from migrator.model.changed import replace


def run_of_date(function: Function, asked: RunOfDate) -> str:
    """The call; what it needs is imported."""
    function.module.need([f"from {function.dag.package}.awaited_runs import is_done"])
    given = [function.needs_context(), text_literal(asked.job), _dates(function, asked)]
    other = function.dag.others.get(asked.dag_id)
    partitions = other.partitions if other is not None else None
    if partitions is not None and asked.date.field != "ds":
        given.append(f"key={text_literal(partitions.pattern)}")
        given += [f"timezone={text_literal(partitions.timezone)}"] if partitions.timezone != "UTC" else []

    def called(names: Sequence[str]) -> list[str]:
        """What Dagster calls the steps, where others of the project would have the same names."""
        return [name if other is None else other.node_name(name) for name in names]

    steps = [group[0] if len(group) == 1 else group for group in map(called, asked.steps)]
    given += [f"steps={literal(steps)}"] if steps else []
    kept_by = {called([step])[0]: called(others) for step, others in asked.kept_by.items()}
    given += [f"kept_by={literal(kept_by)}"] if kept_by else []
    keys = ["/".join(group[0]) if len(group) == 1 else ["/".join(key) for key in group] for group in asked.assets]
    given += [f"assets={literal(keys)}"] if keys else []
    given += [f"states={literal(list(asked.states))}"] if asked.states != ("success",) else []
    given += [f"refused={literal(list(asked.refused))}"] if asked.refused else []
    return f"is_done({', '.join(given)})"


def _dates(function: Function, asked: RunOfDate) -> str:
    if asked.computed is not None:
        return call_expression(function, asked.computed).text
    other = function.dag.others.get(asked.dag_id)
    ahead = other.partitions.days_ahead if other is not None and other.partitions is not None else 0
    date = function.code(replace(asked.date, days=asked.date.days + ahead) if asked.date.field == "ds" else asked.date)
    if asked.shift == dt.timedelta(0):
        return date.text
    shift = serialize(asked.shift, Environment())
    function.module.need(shift.imports)
    return f"{date.operand} - {shift.operand}"
