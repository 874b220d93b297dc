"""What code wants of the runs that it starts: nothing but that they are started can be had.

In: the function by which it starts one. Out: a blocker where it wants more.
"""

from __future__ import annotations

import libcst as cst

from migrator.analyzers.callables.airflow_use.class_scan import ClassScanner
from migrator.analyzers.callables.airflow_use.starting import NAME
from migrator.analyzers.callables.source.tree import keywords, positional

_TAKEN = ("dag_id", "run_id", "conf", "execution_date", "replace_microseconds")
_BY_PLACE = 3
_OF_RUNS = frozenset({"logical_date", "run_after", "triggered_by", "triggering_user_name"})


def check_start(scanner: ClassScanner, node: cst.BaseExpression) -> None:
    """Notes a blocker where what a started run gives back is used, or where it is for a date that code computes."""
    call, line = scanner.call, scanner.line
    small = line.body[0] if type(line) is cst.SimpleStatementLine and len(line.body) == 1 else None
    if call is None or call.func is not node or type(small) is not cst.Expr or small.value is not call:
        scanner.block(f"uses what `{NAME}` gives back", node)
        return
    given = dict(zip(_TAKEN, positional(call), strict=False)) | keywords(call)
    dates = [given[name] for name in ("execution_date", "logical_date") if name in given]
    if any(type(date) is not cst.Name or date.value != "None" for date in dates):
        scanner.block("starts runs of another DAG for dates that it computes", node)
    if (
        len(given) != len(call.args)
        or len(positional(call)) > _BY_PLACE
        or given.keys() - {*_TAKEN, *_OF_RUNS}
        or "dag_id" not in given
    ):
        scanner.block(f"calls `{NAME}` with arguments that cannot be followed", node)
