"""The work of an operator of Airflow's whose subclass may change what it works with before it is done.

In: the body that does the work of a task as it is written. Out: one that takes what may change from the object, and what the object has of it first.
"""

from __future__ import annotations

from collections.abc import Iterable

from migrator.model.airflow import Task
from migrator.model.bodies import Body, CallFunction, RunShell, RunSql
from migrator.model.changed import replace
from migrator.model.expressions import Expr, OwnAttribute
from migrator.operators.common import flag


def of_object(body: Body, changed: Iterable[str], task: Task) -> tuple[Body, dict[str, Expr]] | None:
    """The body and the object's first values of the `changed` attributes, by name; None where that cannot be."""
    names = set(changed)
    if isinstance(body, RunShell) and not isinstance(body.command, list):
        return _shell(body, names, task)
    if isinstance(body, RunSql) and len(body.sql) == 1:
        first: dict[str, Expr] = {"sql": body.sql[0], "parameters": body.parameters}
        sql = (OwnAttribute("sql"),) if "sql" in names else body.sql
        parameters = OwnAttribute("parameters") if "parameters" in names else body.parameters
        return replace(body, sql=sql, parameters=parameters), {name: first[name] for name in names}
    if isinstance(body, CallFunction) and names == {"op_kwargs"} and task.call_kwargs.keys() <= body.kwargs.keys():
        own = {name: body.kwargs[name] for name in task.call_kwargs}
        others = {name: value for name, value in body.kwargs.items() if name not in own}
        return replace(body, kwargs={"**": OwnAttribute("op_kwargs"), **others}, inline=False), {"op_kwargs": own}
    return None


def _shell(body: RunShell, names: set[str], task: Task) -> tuple[Body, dict[str, Expr]]:
    env = None if task.option("env") is None else body.env
    first: dict[str, Expr] = {"bash_command": body.command, "cwd": body.cwd, "env": env}
    if "env" in names:
        body = replace(body, env=OwnAttribute("env"), append_env=flag(task, "append_env"))
    command = OwnAttribute("bash_command") if "bash_command" in names else body.command
    cwd = OwnAttribute("cwd") if "cwd" in names else body.cwd
    return replace(body, command=command, cwd=cwd), {name: first[name] for name in names}
