"""What functions ask of the other tasks of their run (`dag_run.get_task_instances()`, in Airflow 3 `ti.get_task_states(...)`): only what the log of a
run in Dagster tells may be asked.

In: a use of the context. Out: a blocker where the same code asks a name that stands for something of its own for what a task instance is only in Airflow.
"""

from __future__ import annotations

import libcst as cst

from migrator.analyzers.callables.airflow_use.class_scan import ClassScanner
from migrator.analyzers.callables.airflow_use.context import Part
from migrator.analyzers.callables.airflow_use.start_checks import check_start
from migrator.analyzers.callables.airflow_use.starting import STARTS
from migrator.analyzers.callables.source.tree import descend, keywords, positional

_METHODS = (("get_task_instance",), ("get_task_instances",))
_LEADING = ("dag", "dag_run", "task", "ti")
"""Objects of the context that know the ids of the DAG, or of the run."""
_STATES = ("get_task_states",)
_ONLY_IN_AIRFLOW = frozenset(
    [
        "dag_id",
        "dag_run",
        "execution_date",
        "executor_config",
        "external_executor_id",
        "get_dagrun",
        "get_previous_ti",
        "hostname",
        "job_id",
        "mark_success_url",
        "max_tries",
        "next_method",
        "operator",
        "pid",
        "pool",
        "pool_slots",
        "priority_weight",
        "queue",
        "queued_dttm",
        "refresh_from_db",
        "rendered_map_index",
        "run_id",
        "set_state",
        "task",
        "task_display_name",
        "trigger_id",
        "unixname",
        "xcom_pull",
        "xcom_push",
    ]
)
"""Members of a task instance that the log of a run has not."""


def check_states(scanner: ClassScanner, node: cst.BaseExpression, part: Part) -> None:
    """Notes a blocker where code that gets hold of other tasks' instances asks one for something else than what became of it."""
    if (part.name, part.path) == ("dag", (STARTS,)):
        check_start(scanner, node)
    if (part.name, part.path) == ("ti", _STATES) and not _of_own_run(scanner, node):
        scanner.block("asks for the states of tasks of other runs", node)
    if part.name != "dag_run" or part.path not in _METHODS:
        return
    for item in descend(scanner.piece):
        if type(item) is cst.Attribute and type(item.value) is cst.Name and item.attr.value in _ONLY_IN_AIRFLOW:
            binding = scanner.reader.part(item.value)
            if binding is None and not scanner.module.qualified(item.value):
                scanner.block(f"asks another task for its `{item.attr.value}`", node)
                return


def _of_own_run(scanner: ClassScanner, node: cst.BaseExpression) -> bool:
    """Whether `get_task_states` is called for the function's own DAG and run, and for nothing but tasks by their ids."""
    call = scanner.call
    if call is None or call.func is not node or positional(call):
        return False
    given = keywords(call)
    runs = given.get("run_ids")
    if len(given) != len(call.args) or given.keys() - {"task_ids"} != {"dag_id", "run_ids"}:
        return False
    if type(runs) is not cst.List or len(runs.elements) != 1:
        return False
    return _is_own(scanner, given["dag_id"], "dag_id") and _is_own(scanner, runs.elements[0].value, "run_id")


def _is_own(scanner: ClassScanner, node: cst.BaseExpression, member: str) -> bool:
    """Whether an expression is the id of the DAG, or of the run, that the function belongs to."""
    part = scanner.reader.part(node)
    if part is None or part.argument or part.has_default:
        return False
    return (part.name, part.path) == (member, ()) or (part.name in _LEADING and part.path == (member,))
