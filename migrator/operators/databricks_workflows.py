"""Tasks of Databricks, each a run of its own or one of a workflow (`DatabricksWorkflowTaskGroup`), whose first task makes a job of them and starts it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from migrator.model.airflow import Task
from migrator.model.expressions import Expr
from migrator.model.values import Value, XComValue
from migrator.operators.calls import Call, call_rule, options, refuse, use
from migrator.operators.common import argument, flag, required, seconds
from migrator.operators.rule import Example, Lowering, LoweringContext, Rule, Untranslatable
from migrator.operators.saas import DATABRICKS

_OPERATORS = "airflow.providers.databricks.operators."
_NOTEBOOK = "DatabricksNotebookOperator"
_LAUNCH = "_CreateDatabricksWorkflowOperator"
_RUN_IF = {
    "all_failed": "ALL_FAILED",
    "all_done": "ALL_DONE",
    "one_success": "AT_LEAST_ONE_SUCCESS",
    "one_failed": "AT_LEAST_ONE_FAILED",
    "none_failed": "NONE_FAILED",
    "none_failed_min_one_success": "NONE_FAILED",
    "always": "ALL_DONE",
}
_CLUSTER = {"new_cluster": "new_cluster", "existing_cluster_id": "existing_cluster_id"}
_NATIVE_RETRIES = ("max_retries", "min_retry_interval_millis", "retry_on_timeout")
_PARAMETERS = ("notebook_params", "jar_params", "python_params", "spark_submit_params")
_NO_CLUSTER = "it names no cluster of its own, and is in no workflow of Databricks"

# -------------------------------------------------------------------------------------------------------- single tasks


def _waits(task: Task) -> dict[str, Expr]:
    return {} if flag(task, "wait_for_termination", True) else {"wait": False}


def _cluster(task: Task, context: LoweringContext) -> dict[str, Expr]:
    if (not argument(task, "new_cluster")) == (not argument(task, "existing_cluster_id")):
        raise Untranslatable("MIG201", _NO_CLUSTER, task.span)
    return options(task, context, _CLUSTER)


def _name(task: Task, context: LoweringContext) -> Expr:
    return context.template(argument(task, "databricks_task_key") or task.task_id.rpartition(".")[2])


def _notebook(task: Task, context: LoweringContext) -> dict[str, Expr]:
    cluster = _cluster(task, context)
    names = {"notebook_path": "notebook_path", "source": "source", "notebook_params": "base_parameters"}
    notebook = options(task, context, names)
    run: dict[str, Expr] = {"run_name": _name(task, context), "notebook_task": notebook, **cluster}
    if packages := argument(task, "notebook_packages"):
        run["libraries"] = context.template(packages)
    return {"run": run, **_waits(task)}


def _task(task: Task, context: LoweringContext) -> dict[str, Expr]:
    cluster = _cluster(task, context)
    return {"run": {"run_name": _name(task, context), **context.template(_config(task)), **cluster}, **_waits(task)}


def _config(task: Task) -> Mapping[str, Expr]:
    config = required(task, "task_config")
    if not isinstance(config, Mapping):
        raise Untranslatable("MIG207", "what its task is made of is only known at run time", task.span)
    return config


# ----------------------------------------------------------------------------------------------------------- workflows


def _members(launch: Task, context: LoweringContext) -> list[Task]:
    below = f"{launch.group_id}."
    return [
        task
        for task in context.dag.tasks
        if task is not launch and f"{task.group_id or ''}.".startswith(below) and task.task_id != launch.task_id
    ]


def _launch_of(task: Task, context: LoweringContext) -> Task | None:
    """The task that starts the workflow which a task is part of."""
    launches = (other for other in context.dag.tasks if other.operator == _LAUNCH and other.group_id)
    return next((one for one in launches if f"{task.group_id or ''}.".startswith(f"{one.group_id}.")), None)


def _key(task: Task, launch: Task) -> str:
    """The key of a task in its workflow's job, which Databricks allows letters, digits, hyphens and underscores."""
    key = argument(task, "databricks_task_key")
    if isinstance(key, str) and 0 < len(key) <= 100:
        return key
    return task.task_id.removeprefix(f"{launch.group_id}.").replace(".", "__")[:100]


def _part(task: Task, launch: Task, members: Mapping[str, Task], context: LoweringContext) -> dict[str, Expr]:
    """A task as part of a workflow's job; nothing of it is rendered by Airflow, as what `{{ }}` says is for Databricks."""
    name = f"{task.operator_module}.{task.operator}"
    if task.mapped or name not in (
        _OPERATORS + "databricks." + _NOTEBOOK,
        _OPERATORS + "databricks.DatabricksTaskOperator",
    ):
        raise Untranslatable("MIG201", f"its task `{task.task_id}` is no task of Databricks that is known", task.span)
    config = argument(task, "task_config")
    refuse(task, *_NATIVE_RETRIES)
    if isinstance(config, Mapping) and (own := [name for name in _NATIVE_RETRIES if name in config]):
        raise Untranslatable("MIG201", f"`{own[0]}` of its task `{task.task_id}` has no translation", task.span)
    if (key := argument(task, "databricks_task_key")) is not None and not isinstance(key, str):
        raise Untranslatable("MIG207", f"the key of its task `{task.task_id}` is only known at run time", task.span)
    part: dict[str, Expr] = {"task_key": _key(task, launch)}
    if upstream := [members[one] for one in task.upstream if one in members]:
        part["depends_on"] = [{"task_key": _key(one, launch)} for one in upstream]
    if task.trigger_rule in _RUN_IF:
        part["run_if"] = _RUN_IF[task.trigger_rule]
    part |= _notebook_part(task, context) if task.operator == _NOTEBOOK else _plain(_config(task), context)
    for option in ("existing_cluster_id", "job_cluster_key"):
        if (value := argument(task, option)) not in (None, ""):
            part[option] = context.expression(value)
    return part


def _notebook_part(task: Task, context: LoweringContext) -> dict[str, Expr]:
    notebook: dict[str, Expr] = {"notebook_path": context.expression(required(task, "notebook_path"))}
    for option, name in (("source", "source"), ("notebook_params", "base_parameters")):
        if value := argument(task, option):
            notebook[name] = _plain(value, context)
    part: dict[str, Expr] = {"notebook_task": notebook}
    if packages := argument(task, "notebook_packages"):
        part["libraries"] = _plain(packages, context)
    if limit := seconds(task, "execution_timeout", 0):
        part["timeout_seconds"] = int(limit)
    return part


def _plain(value: Value, context: LoweringContext) -> Expr:
    """A value of which nothing is rendered."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item, context) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item, context) for item in value]
    return context.expression(value)


def _workflow(task: Task, context: LoweringContext) -> dict[str, Expr]:
    members = {member.task_id: member for member in _members(task, context)}
    extra = argument(task, "extra_job_params") or {}
    if not isinstance(extra, Mapping):
        raise Untranslatable("MIG207", "what its job is made of is only known at run time", task.span)
    job: dict[str, Expr] = {
        "name": f"{task.dag_id}.{task.group_id}",
        "tasks": [_part(member, task, members, context) for member in members.values()],
        **options(task, context, {"job_clusters": "job_clusters"}),
        "max_concurrent_runs": context.template(argument(task, "max_concurrent_runs", 1)),
        **context.template(extra),
    }
    parameters = {name: context.template(value) for name in _PARAMETERS if (value := argument(task, name))}
    return {"job": job, **({"parameters": parameters} if parameters else {})}


def _or_part(rule: Rule) -> Rule:
    """The rule of a single task, or of one of a workflow, which is waited for in the workflow's run."""

    def lower(task: Task, context: LoweringContext) -> Lowering:
        launch = _launch_of(task, context)
        if launch is None:
            return rule.lower(task, context)
        if not flag(task, "wait_for_termination", True):
            raise Untranslatable("MIG201", "it does not wait for its part of the workflow", task.span)
        if "databricks_run_id" in context.taken_keys:
            raise Untranslatable("MIG201", "its run is that of the whole workflow", task.span)
        given = {"run": context.template(XComValue(launch.task_id)), "task_key": _key(task, launch)}
        return Lowering("work", use(launch, context, DATABRICKS, "wait_for_task", given, kind="databricks"))

    return replace(rule, lower=lower)


_HEAD = """
from datetime import datetime

from airflow import DAG
"""
_TASK_EXAMPLE = Example(
    title="A task on a cluster that is there, with its SQL warehouse",
    dag=f"""{_HEAD}from airflow.providers.databricks.operators.databricks import DatabricksTaskOperator
from airflow.providers.databricks.operators.warehouse import DatabricksStartWarehouseOperator

with DAG("lake", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    start = DatabricksStartWarehouseOperator(task_id="start", warehouse_id="abc")
    load = DatabricksTaskOperator(
        task_id="load",
        existing_cluster_id="c-1",
        task_config={{"python_wheel_task": {{"package_name": "load", "parameters": ["{{{{ ds }}}}"]}}}},
    )
    start >> load
""",
    expected=(
        "databricks_default.submit_run(",
        '"python_wheel_task": {"package_name": "load", "parameters": [context.partition_key]}',
        '"existing_cluster_id": "c-1"',
        'databricks_default.change_warehouse(warehouse_id="abc", action="start")',
    ),
    disposition="step",
)
_WORKFLOW_EXAMPLE = Example(
    title="A workflow of two notebooks on one cluster",
    dag=f"""{_HEAD}from airflow.providers.databricks.operators.databricks import DatabricksNotebookOperator
from airflow.providers.databricks.operators.databricks_workflow import DatabricksWorkflowTaskGroup

with DAG("lake", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    with DatabricksWorkflowTaskGroup(
        group_id="load",
        databricks_conn_id="databricks",
        job_clusters=[{{"job_cluster_key": "small", "new_cluster": {{"spark_version": "15.4.x-scala2.12"}}}}],
        notebook_params={{"day": "{{{{ ds }}}}"}},
    ):
        raw = DatabricksNotebookOperator(
            task_id="raw", notebook_path="/jobs/raw", source="WORKSPACE", job_cluster_key="small"
        )
        clean = DatabricksNotebookOperator(
            task_id="clean", notebook_path="/jobs/clean", source="WORKSPACE", existing_cluster_id="c-1"
        )
        raw >> clean
""",
    expected=(
        "databricks.start_workflow(",
        '"depends_on": [{"task_key": "raw"}]',
        '"job_cluster_key": "small"',
        'parameters={"notebook_params": {"day": context.partition_key}}',
        'databricks.wait_for_task(run=launch, task_key="clean")',
    ),
    disposition="step",
)
_SINGLE = ("wait_for_termination", "databricks_task_key", "new_cluster", "existing_cluster_id", "job_cluster_key")
_RULES = (
    Call(
        "databricks-notebook",
        (_OPERATORS + "databricks." + _NOTEBOOK,),
        "submit_run",
        summary="Runs the same notebook as a run of its own, or waits for its part of a workflow.",
        built=_notebook,
        keys={"databricks_run_id": "int"},
        reads=("notebook_path", "source", "notebook_params", "notebook_packages", *_SINGLE),
        refused=("workflow_run_metadata", *_NATIVE_RETRIES),
        kind="databricks",
        examples=(_WORKFLOW_EXAMPLE,),
    ),
    Call(
        "databricks-task",
        (_OPERATORS + "databricks.DatabricksTaskOperator",),
        "submit_run",
        summary="Runs the same task as a run of its own, or waits for its part of a workflow.",
        built=_task,
        keys={"databricks_run_id": "int"},
        reads=("task_config", *_SINGLE),
        refused=("workflow_run_metadata", *_NATIVE_RETRIES),
        kind="databricks",
        examples=(_TASK_EXAMPLE,),
    ),
)
_START = Call(
    "databricks-workflow",
    (f"{_OPERATORS}databricks_workflow.{_LAUNCH}",),
    "start_workflow",
    summary="Makes the same job of the tasks of a `DatabricksWorkflowTaskGroup`, starts it, and hands its run over to them: each waits for its part.",
    built=_workflow,
    reads=("extra_job_params", "job_clusters", "max_concurrent_runs", *_PARAMETERS),
    gives="dict",
    refused=("access_control_list",),
    ignored={"existing_clusters": "each task names its own"},
    kind="databricks",
)
RULES = (*(_or_part(call_rule(DATABRICKS, call)) for call in _RULES), call_rule(DATABRICKS, _START))
