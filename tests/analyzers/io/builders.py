"""Small projects for tests, built by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from migrator.analyzers.io import infer_io
from migrator.analyzers.source import Folder
from migrator.model.airflow import AirflowProject, Dag, Schedule, Task
from migrator.model.assets import AssetRef, Direction
from migrator.model.source import Span

SQL = "SQLExecuteQueryOperator", "airflow.providers.common.sql.operators.sql"
BASH = "BashOperator", "airflow.providers.standard.operators.bash"
EMPTY = "EmptyOperator", "airflow.providers.standard.operators.empty"


def task(task_id: str = "t", operator: tuple[str, str] = EMPTY, dag_id: str = "d", **fields: Any) -> Task:
    """A task; keyword `arguments` and all other fields of `Task`."""
    return Task(dag_id, task_id, operator[0], operator[1], span=Span(f"{dag_id}.py", 10), **fields)


def sql_task(sql: Any, task_id: str = "t", dag_id: str = "d", **arguments: Any) -> Task:
    return task(task_id, SQL, dag_id, arguments={"sql": sql, **arguments})


def bash_task(command: Any, **arguments: Any) -> Task:
    return task("t", BASH, arguments={"bash_command": command, **arguments})


def dag(*tasks: Task, dag_id: str = "d", **fields: Any) -> Dag:
    schedule = fields.pop("schedule", Schedule("none"))
    return Dag(dag_id, Span(f"{dag_id}.py", 1), schedule, "3", tasks=tasks, **fields)


def project(*dags: Dag, root: Path | None = None) -> AirflowProject:
    return AirflowProject(str(root or "/nowhere"), "3", {}, dags=dags)


def inferred(*dags: Dag, root: Path | None = None) -> AirflowProject:
    return infer_io(project(*dags, root=root), Folder(root or Path("/nowhere")))


def refs_of(one: Task, root: Path | None = None, **dag_fields: Any) -> tuple[AssetRef, ...]:
    """The references of a task that is alone in its DAG."""
    return inferred(dag(one, **dag_fields), root=root).dags[0].tasks[0].refs


def names(refs: tuple[AssetRef, ...], direction: Direction) -> list[str]:
    return [ref.name for ref in refs if ref.direction is direction]


def io_of(one: Task, root: Path | None = None, **dag_fields: Any) -> tuple[list[str], list[str]]:
    """Names that a task reads and writes."""
    refs = refs_of(one, root, **dag_fields)
    return names(refs, Direction.INPUT), names(refs, Direction.OUTPUT)
