"""What other DAGs of the project give for params without a type when they start a DAG: the fields take that as well as what their defaults are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from migrator.model.airflow import AirflowProject, Dag
from migrator.model.changed import replace
from migrator.model.plan import ConfigField
from migrator.model.values import Text, Value, is_known
from migrator.planning.configuration.params import is_untyped, type_of


def with_passed(fields: tuple[ConfigField, ...], dag: Dag, project: AirflowProject) -> tuple[ConfigField, ...]:
    """The fields of a DAG's params, those of another type where a task that starts the DAG gives something else."""
    passed = list(_passed(dag.dag_id, project)) if dag.params else []

    def widened(field: ConfigField, param: str, declared: Value) -> ConfigField:
        kinds = {_type_given(conf[param]) for conf in passed if param in conf and conf[param] is not None}
        return replace(field, type="Any") if kinds - {field.type} and is_untyped(declared) else field

    return tuple(widened(field, *item) for field, item in zip(fields, dag.params.items(), strict=True))


def _passed(dag_id: str, project: AirflowProject) -> Iterator[Mapping[Value, Value]]:
    """The `conf` of each task that starts the DAG."""
    for task in project.tasks():
        conf = task.option("conf")
        if task.option("trigger_dag_id") == dag_id and isinstance(conf, Mapping):
            yield conf


def _type_given(value: Value) -> str:
    """The type of a value in a `conf`; of a template it is text, as which Airflow renders it."""
    if isinstance(value, Text):
        return "str"
    return type_of(value) if is_known(value) else "Any"
