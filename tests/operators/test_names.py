"""Old and new names of Airflow's classes."""

from __future__ import annotations

from pathlib import Path

import pytest

from migrator.operators import names
from migrator.operators.names import (
    argument_name,
    canonical,
    canonical_module,
    decorated_class,
    display_name,
    is_operator,
    parameters,
)

HERE = Path(__file__).parent


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("airflow.operators.bash_operator.BashOperator", "airflow.providers.standard.operators.bash.BashOperator"),
        ("airflow.operators.BashOperator", "airflow.providers.standard.operators.bash.BashOperator"),
        ("airflow.operators.bash.BashOperator", "airflow.providers.standard.operators.bash.BashOperator"),
        ("airflow.operators.python.PythonOperator", "airflow.providers.standard.operators.python.PythonOperator"),
        ("airflow.operators.dummy.DummyOperator", "airflow.providers.standard.operators.empty.EmptyOperator"),
        ("airflow.operators.dummy_operator.DummyOperator", "airflow.providers.standard.operators.empty.EmptyOperator"),
        ("airflow.operators.email.EmailOperator", "airflow.providers.smtp.operators.smtp.EmailOperator"),
        ("airflow.sensors.filesystem.FileSensor", "airflow.providers.standard.sensors.filesystem.FileSensor"),
        ("airflow.contrib.sensors.file_sensor.FileSensor", "airflow.providers.standard.sensors.filesystem.FileSensor"),
        ("airflow.sensors.s3_key_sensor.S3KeySensor", "airflow.providers.amazon.aws.sensors.s3.S3KeySensor"),
        (
            "airflow.providers.amazon.aws.sensors.s3_key.S3KeySensor",
            "airflow.providers.amazon.aws.sensors.s3.S3KeySensor",
        ),
        (
            "airflow.sensors.external_task_sensor.ExternalTaskSensor",
            "airflow.providers.standard.sensors.external_task.ExternalTaskSensor",
        ),
        (
            "airflow.contrib.operators.bigquery_operator.BigQueryOperator",
            "airflow.providers.google.cloud.operators.bigquery.BigQueryExecuteQueryOperator",
        ),
        (
            "airflow.operators.postgres_operator.PostgresOperator",
            "airflow.providers.postgres.operators.postgres.PostgresOperator",
        ),
        ("airflow.operators.http_operator.SimpleHttpOperator", "airflow.providers.http.operators.http.HttpOperator"),
        ("airflow.DAG", "airflow.sdk.DAG"),
        ("airflow.models.DAG", "airflow.sdk.DAG"),
        ("airflow.models.dag.DAG", "airflow.sdk.DAG"),
        ("airflow.sdk.definitions.dag.DAG", "airflow.sdk.DAG"),
        ("airflow.decorators.dag", "airflow.sdk.dag"),
        ("airflow.decorators.task", "airflow.sdk.task"),
        ("airflow.decorators.task.branch", "airflow.sdk.task.branch"),
        ("airflow.decorators.task.kubernetes", "airflow.sdk.task.kubernetes"),
        ("airflow.decorators.branch_task", "airflow.sdk.task.branch"),
        ("airflow.datasets.Dataset", "airflow.sdk.Asset"),
        ("airflow.Dataset", "airflow.sdk.Asset"),
        ("airflow.datasets.DatasetAlias", "airflow.sdk.AssetAlias"),
        ("airflow.timetables.datasets.DatasetOrTimeSchedule", "airflow.sdk.AssetOrTimeSchedule"),
        ("airflow.timetables.trigger.CronTriggerTimetable", "airflow.sdk.CronTriggerTimetable"),
        ("airflow.models.baseoperator.chain", "airflow.sdk.chain"),
        ("airflow.utils.helpers.chain", "airflow.sdk.chain"),
        ("airflow.utils.task_group.TaskGroup", "airflow.sdk.TaskGroup"),
        ("airflow.utils.edgemodifier.Label", "airflow.sdk.Label"),
        ("airflow.utils.trigger_rule.TriggerRule", "airflow.sdk.TriggerRule"),
        ("airflow.utils.trigger_rule.TriggerRule.ALL_DONE", "airflow.sdk.TriggerRule.ALL_DONE"),
        ("airflow.models.Variable.get", "airflow.sdk.Variable.get"),
        ("airflow.models.BaseOperator", "airflow.sdk.BaseOperator"),
        ("airflow.sensors.base.BaseSensorOperator", "airflow.sdk.BaseSensorOperator"),
        ("airflow.hooks.base_hook.BaseHook", "airflow.sdk.BaseHook"),
        ("airflow.macros.ds_add", "airflow.sdk.macros.ds_add"),
        ("airflow.operators.python.get_current_context", "airflow.sdk.get_current_context"),
        ("airflow.exceptions.AirflowSkipException", "airflow.sdk.exceptions.AirflowSkipException"),
        ("airflow.exceptions.AirflowException", "airflow.exceptions.AirflowException"),
        ("airflow.utils.dates.days_ago", "airflow.utils.dates.days_ago"),
        ("plugins.operators.BashOperator", "plugins.operators.BashOperator"),
        ("airflow", "airflow"),
        ("", ""),
    ],
)
def test_canonical(old: str, new: str) -> None:
    assert canonical(old) == new


@pytest.mark.parametrize("table", ["moved_in_airflow_2_11.txt", "moved_in_airflow_3_3.txt"])
def test_every_import_that_airflow_itself_redirects(table: str) -> None:
    """An old name and the name that Airflow itself says it has moved to have one canonical name, which is stable."""
    steps = dict(line.split() for line in (HERE / table).read_text().splitlines())
    assert len(steps) > 100
    different = {
        old: (canonical(old), canonical(new)) for old, new in steps.items() if canonical(old) != canonical(new)
    }
    assert not different
    unstable = {old: canonical(old) for old in steps if canonical(canonical(old)) != canonical(old)}
    assert not unstable


def test_operators_of_airflow_1_leave_their_old_packages() -> None:
    steps = dict(line.split() for line in (HERE / "moved_in_airflow_2_11.txt").read_text().splitlines())
    operators = [old for old in steps if is_operator(old)]
    assert len(operators) > 300
    old_packages = ("airflow.contrib.", "airflow.operators.", "airflow.sensors.", "airflow.hooks.")
    # SubDAGs are gone from Airflow 3.
    left = {canonical(old) for old in operators if canonical(old).startswith(old_packages)}
    assert left == {"airflow.operators.subdag.SubDagOperator"}


def test_modules() -> None:
    assert canonical_module("airflow.operators.bash_operator") == "airflow.providers.standard.operators.bash"
    assert canonical_module("airflow.operators.python") == "airflow.providers.standard.operators.python"
    assert canonical_module("airflow.macros") == "airflow.sdk.macros"
    assert canonical_module("airflow.models") == "airflow.models"
    assert canonical_module("pandas") == "pandas"


def test_an_alias_is_shown_by_its_class_and_a_renamed_class_by_its_own_name() -> None:
    assert display_name("airflow.operators.dummy.DummyOperator") == "EmptyOperator"
    assert display_name("airflow.providers.http.operators.http.SimpleHttpOperator") == "SimpleHttpOperator"
    assert display_name("airflow.operators.http_operator.SimpleHttpOperator") == "SimpleHttpOperator"
    assert display_name("airflow.operators.python.PythonVirtualenvOperator") == "PythonVirtualenvOperator"
    assert display_name("include.operators.LoadOperator") == "LoadOperator"


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("airflow.models.BaseOperator", True),
        ("airflow.sdk.BaseSensorOperator", True),
        ("airflow.operators.dummy.DummyOperator", True),
        ("airflow.sensors.external_task.ExternalTaskMarker", True),
        ("airflow.sensors.time_sensor.TimeSensorAsync", True),
        ("cosmos.operators.DbtRunLocalOperator", True),
        ("airflow.providers.standard.decorators.python._PythonDecoratedOperator", True),
        ("airflow.models.baseoperatorlink.BaseOperatorLink", False),
        ("airflow.models.DAG", False),
        ("airflow.hooks.base.BaseHook", False),
        ("airflow.decorators.task.sensor", False),
        ("cosmos.DbtTaskGroup", None),
        ("pandas.DataFrame", None),
    ],
)
def test_is_operator(path: str, expected: bool | None) -> None:
    assert is_operator(path) is expected


def test_argument_names() -> None:
    assert argument_name("airflow.models.DAG", "schedule_interval") == "schedule"
    assert argument_name("airflow.sdk.dag", "concurrency") == "max_active_tasks"
    assert argument_name("airflow.models.Variable.get", "default_var") == "default"
    assert argument_name("airflow.operators.postgres_operator.PostgresOperator", "postgres_conn_id") == "conn_id"
    assert argument_name("airflow.operators.bash.BashOperator", "task_concurrency") == "max_active_tis_per_dag"
    assert argument_name("airflow.operators.trigger_dagrun.TriggerDagRunOperator", "execution_date") == "logical_date"
    assert argument_name("airflow.sensors.s3_key_sensor.S3KeySensor", "s3_conn_id") == "aws_conn_id"
    assert argument_name("airflow.operators.bash.BashOperator", "bash_command") == "bash_command"
    assert argument_name("airflow.sdk.TaskGroup", "task_concurrency") == "task_concurrency"


def test_positional_parameters_differ_between_a_dataset_and_an_asset() -> None:
    assert parameters("airflow.datasets.Dataset") == ("uri", "extra")
    assert parameters("airflow.sdk.Asset") == ("name", "uri")
    assert parameters("airflow.models.DAG")[:2] == ("dag_id", "description")
    assert parameters("airflow.operators.bash.BashOperator") == ()


def test_decorators() -> None:
    assert decorated_class("task") == "airflow.providers.standard.decorators.python._PythonDecoratedOperator"
    assert decorated_class("task.sensor") == "airflow.providers.standard.decorators.sensor.DecoratedSensorOperator"
    assert decorated_class("task.unheard_of") is None


def test_no_rename_is_listed_that_changes_nothing() -> None:
    tables = names._tables()
    for table in (tables.modules, tables.names, tables.own_names):
        assert [old for old, new in table.items() if old == new] == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("airflow.providers.common.compat.sdk.DAG", "airflow.sdk.DAG"),
        ("airflow.providers.common.compat.sdk.task", "airflow.sdk.task"),
        ("airflow.providers.common.compat.sdk.timezone.utcnow", canonical("airflow.utils.timezone.utcnow")),
        ("airflow.providers.common.compat.assets.Asset", "airflow.sdk.Asset"),
        (
            "airflow.providers.common.compat.standard.operators.PythonOperator",
            "airflow.providers.standard.operators.python.PythonOperator",
        ),
    ],
)
def test_what_fits_both_versions_is_known(old: str, new: str) -> None:
    assert canonical(old) == new
