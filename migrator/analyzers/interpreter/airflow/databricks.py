"""`DatabricksWorkflowTaskGroup`: at the end of its `with` block it adds the task that starts the workflow.

Fact of the Databricks provider's `operators/databricks_workflow.py`: `launch` comes before the tasks that had no upstream task in the group,
and before those that get its result as a template field. The group's notebooks have its packages beside their own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrator.analyzers.interpreter.airflow.dags import make_group
from migrator.analyzers.interpreter.airflow.objects import GroupObject
from migrator.analyzers.interpreter.airflow.tasks import make_task
from migrator.analyzers.interpreter.values import Call, External
from migrator.analyzers.templates.fields import fields_of_operator

if TYPE_CHECKING:
    from migrator.analyzers.interpreter.machine import Machine

_MODULE = "airflow.providers.databricks.operators.databricks_workflow"
_NOTEBOOK = "airflow.providers.databricks.operators.databricks.DatabricksNotebookOperator"
_OF_GROUPS = frozenset(
    {"group_id", "prefix_group_id", "parent_group", "dag", "default_args", "tooltip", "ui_color", "ui_fgcolor"}
    | {"add_suffix_on_collision", "group_display_name", "notebook_packages"}
)
"""Arguments that the starting task does not get."""


def workflow(machine: Machine, call: Call) -> GroupObject:
    """The group, which gets its starting task when its block ends."""
    kept = {name: value for name, value in call.kwargs.items() if name in _OF_GROUPS}
    group = make_group(machine, Call([], kept, call.node, call.env))

    def launch() -> None:
        roots = group.roots()
        given = {name: value for name, value in call.kwargs.items() if name not in _OF_GROUPS}
        given |= {"task_id": "launch", "dag": group.dag, "task_group": group}
        operator = External(f"{_MODULE}._CreateDatabricksWorkflowOperator")
        task = make_task(machine, operator, Call([], given, call.node, call.env))
        for member in group.all_tasks():
            if (shared := call.kwargs.get("notebook_packages")) and member.path == _NOTEBOOK:
                own = member.arguments.get("notebook_packages") or []
                known = isinstance(own, list) and isinstance(shared, list)
                both = [*own, *(package for package in shared if package not in own)] if known else shared
                member.arguments["notebook_packages"] = both
            fields = fields_of_operator(member.path) or ()
            if member is not task and (member in roots or "workflow_run_metadata" in fields):
                member.set_upstream(task)

    group.on_exit = launch
    return group


CALLS = dict.fromkeys(
    (
        f"{_MODULE}.DatabricksWorkflowTaskGroup",
        "airflow.providers.databricks.operators.databricks.DatabricksWorkflowTaskGroup",
    ),
    workflow,
)
"""The provider's class, by canonical path."""
