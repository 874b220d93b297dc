"""The decorators and functions of the Astro Python SDK (`from astro import sql as aql`), each of which makes a task.

Facts are astro-sdk-python 1.7.0's `sql/operators/`, read in the package.
"""

# ruff: noqa
# mypy: ignore-errors

from airflow.decorators.base import get_unique_task_id, task_decorator_factory
from airflow.models.dag import DagContext
from airflow.models.xcom_arg import XComArg
from astro.sql.operators.append import AppendOperator
from astro.sql.operators.cleanup import CleanupOperator
from astro.sql.operators.data_validations.check_column import ColumnCheckOperator
from astro.sql.operators.data_validations.check_table import SQLCheckOperator
from astro.sql.operators.dataframe import DataframeOperator
from astro.sql.operators.drop import DropTableOperator
from astro.sql.operators.export_to_file import ExportToFileOperator
from astro.sql.operators.load_file import LoadFileOperator
from astro.sql.operators.merge import MergeOperator
from astro.sql.operators.raw_sql import RawSQLOperator
from astro.sql.operators.transform import TransformOperator


def transform(python_callable=None, multiple_outputs=None, **kwargs):
    return task_decorator_factory(python_callable, decorated_operator_class=TransformOperator, **kwargs)


def dataframe(python_callable=None, multiple_outputs=None, **kwargs):
    return task_decorator_factory(python_callable, decorated_operator_class=DataframeOperator, **kwargs)


def run_raw_sql(python_callable=None, **kwargs):
    return task_decorator_factory(python_callable, decorated_operator_class=RawSQLOperator, **kwargs)


def _named(kwargs, name):
    task_id = kwargs.get("task_id") or get_unique_task_id(
        name, dag=kwargs.get("dag"), task_group=kwargs.get("task_group")
    )
    return {**kwargs, "task_id": task_id}


def transform_file(file_path, conn_id="", parameters=None, **kwargs):
    kwargs = _named(kwargs, "transform")
    return TransformOperator(sql=file_path, conn_id=conn_id, parameters=parameters, **kwargs).output


def load_file(input_file, output_table=None, task_id=None, **kwargs):
    kwargs = _named({**kwargs, "task_id": task_id}, "load_file")
    return LoadFileOperator(input_file=input_file, output_table=output_table, **kwargs).output


def append(**kwargs):
    return AppendOperator(**_named(kwargs, "append_table")).output


def merge(**kwargs):
    return MergeOperator(**_named(kwargs, "merge")).output


def drop_table(table, **kwargs):
    return DropTableOperator(table=table, **_named(kwargs, "drop")).output


def export_to_file(input_data, output_file, if_exists="exception", task_id=None, **kwargs):
    kwargs = _named({**kwargs, "task_id": task_id}, "export_to_file")
    return ExportToFileOperator(input_data=input_data, output_file=output_file, if_exists=if_exists, **kwargs).output


def check_column(dataset, column_mapping, **kwargs):
    kwargs = _named(kwargs, "check_column")
    if isinstance(dataset, XComArg):
        dataset = None  # it is no template field: the task does not wait for it
    return ColumnCheckOperator(dataset=dataset, column_mapping=column_mapping, **kwargs).output


def check_table(dataset, checks, **kwargs):
    return SQLCheckOperator(dataset=dataset, checks=checks, **_named(kwargs, "check_table")).output


def get_value_list(sql, conn_id, **kwargs):
    kwargs = _named({key: value for key, value in kwargs.items() if key != "handler"}, "get_value_list")
    return RawSQLOperator(sql=sql, conn_id=conn_id, **kwargs).output


def cleanup(tables_to_cleanup=None, **kwargs):
    dag = kwargs.get("dag") or DagContext.get_current_dag()
    defaults = dag.default_args if dag else {}
    kwargs = {"retries": defaults.get("retries", 3), **_named(kwargs, "cleanup")}
    return CleanupOperator(tables_to_cleanup=tables_to_cleanup, **kwargs)
