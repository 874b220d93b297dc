"""What other DAGs of the project give for params without a type when they start a DAG: the fields take that as well as what their defaults are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from migrator.model.airflow import AirflowProject, Dag
from migrator.model.changed import replace
from migrator.model.plan import ConfigField
from migrator.model.values import Text, Value, is_known
from migrator.planning.configuration.params import is_untyped, type_of

Passed = Mapping[str, Sequence[Mapping[Value, Value]]]
"""The `conf` of each task that starts a DAG, by the id of that."""


def passed_values(project: AirflowProject) -> Passed:
    """What the tasks of a project that start DAGs give them."""
    found: dict[str, list[Mapping[Value, Value]]] = {}
    for task in project.tasks():
        dag_id, conf = task.option("trigger_dag_id"), task.option("conf")
        if isinstance(dag_id, str) and isinstance(conf, Mapping):
            found.setdefault(dag_id, []).append(conf)
    return found


def with_passed(fields: tuple[ConfigField, ...], dag: Dag, passed: Passed) -> tuple[ConfigField, ...]:
    """The fields of a DAG's params, those of another type where a task that starts the DAG gives something else."""

    def widened(field: ConfigField, param: str, declared: Value) -> ConfigField:
        given = [conf[param] for conf in passed.get(dag.dag_id, ()) if conf.get(param) is not None]
        kinds = {_type_given(value) for value in given}
        return replace(field, type="Any") if kinds - {field.type} and is_untyped(declared) else field

    return tuple(widened(field, *item) for field, item in zip(fields, dag.params.items(), strict=True))


def _type_given(value: Value) -> str:
    """The type of a value in a `conf`; of a template it is text, as which Airflow renders it."""
    if isinstance(value, Text):
        return "str"
    return type_of(value) if is_known(value) else "Any"
