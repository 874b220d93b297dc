"""What functions ask of the other tasks of their run (`dag_run.get_task_instances()`): only what the log of a run in Dagster tells may be asked.

In: a use of the context. Out: a blocker where the same code asks a name that stands for something of its own for what a task instance is only in Airflow.
"""

from __future__ import annotations

import libcst as cst

from migrator.analyzers.callables.airflow_use.class_scan import ClassScanner
from migrator.analyzers.callables.airflow_use.context import Part
from migrator.analyzers.callables.source.tree import descend

_METHODS = (("get_task_instance",), ("get_task_instances",))
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
    if part.name != "dag_run" or part.path not in _METHODS:
        return
    for item in descend(scanner.piece):
        if type(item) is cst.Attribute and type(item.value) is cst.Name and item.attr.value in _ONLY_IN_AIRFLOW:
            binding = scanner.reader.part(item.value)
            if binding is None and not scanner.module.qualified(item.value):
                scanner.block(f"asks another task for its `{item.attr.value}`", node)
                return
