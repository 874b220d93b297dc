"""The table of a DAG's tasks by which code asks what became of them in a run: those before each, its step, and when it runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrator.codegen.python.module import Module
from migrator.codegen.python.serialize import literal, text_literal
from migrator.codegen.render.node_names import node_name
from migrator.model.bodies import Choose, ContinueIf
from migrator.model.expressions import TaskStates
from migrator.model.plan import CreateAsset, CreateCheck, CreateOp

if TYPE_CHECKING:
    from migrator.codegen.render.dag import DagCode


def task_table(states: TaskStates, dag: DagCode, module: Module) -> str:
    """The name of the table in a module of the DAG; it stands in the main one."""
    nodes = [
        one for one in dag.plan.operations if isinstance(one, (CreateAsset, CreateCheck, CreateOp)) and one.task_id
    ]
    steps: dict[str, str] = {}
    for node in nodes:
        name = node_name(node)
        steps.setdefault(node.task_id, dag.node_name(name) if name == node.name else name or node.name)
    deciding = {node.task_id for node in nodes if isinstance(node.body, Choose | ContinueIf)}
    rows = []
    for task_id, (upstream, rule) in states.tasks.items():
        step = steps.get(task_id)
        given = [literal(list(upstream))] if upstream or step else []
        given += [text_literal(step)] if step else []
        given += [f"rule={text_literal(rule)}"] if rule != "all_success" else []
        given += ["decides=True"] if task_id in deciding else []
        ways = {steps[node.task_id]: way for node in nodes if (way := _way(node, task_id))} if not step else {}
        given += [f"ways={literal(ways)}"] if ways else []
        given += ["mapped=True"] if step and task_id in states.mapped else []
        rows.append(f"{text_literal(task_id)}: PlannedTask({', '.join(given)})")
    main = dag.main
    if not dag.task_table:
        dag.task_table = main.claim("TASKS")
        main.need([f"from {dag.package}.task_states import PlannedTask"])
        main.setup.append(f"{dag.task_table} = {{{', '.join(rows)},}}")
    if module is not main:
        module.need([f"from {main.name} import {dag.task_table}"])
    return dag.task_table


def _way(node: CreateAsset | CreateCheck | CreateOp, task_id: str) -> str:
    """The output by which a step chooses a task right below it; empty where it does not."""
    return node.body.choices.get(task_id, "") if isinstance(node.body, Choose) else ""
