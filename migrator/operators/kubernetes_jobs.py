"""Jobs of Kubernetes, and commands in pods that run already."""

from __future__ import annotations

import re
from dataclasses import replace

from migrator.model.airflow import Task
from migrator.model.expressions import Expr
from migrator.model.values import Value
from migrator.operators.calls import Call, call_rule, refuse, use, works_otherwise
from migrator.operators.common import argument, flag, known_text, required
from migrator.operators.containers import CLOUD_PLACE, KUBERNETES, plain, pod_arguments
from migrator.operators.kubernetes_objects import cluster
from migrator.operators.rule import Example, Lowering, LoweringContext, Rule, Untranslatable

_OPERATORS = "airflow.providers.cncf.kubernetes.operators."
_CLUSTER = cluster("config_file", "cluster_context")
_SPEC = {
    "active_deadline_seconds": "active_deadline_seconds",
    "backoff_limit": "backoff_limit",
    "completion_mode": "completion_mode",
    "completions": "completions",
    "manual_selector": "manual_selector",
    "parallelism": "parallelism",
    "selector": "selector",
    "suspend": "suspend",
    "ttl_seconds_after_finished": "ttl_seconds_after_finished",
}
"""Arguments of the operator, and the fields of a job's spec that they are."""
_TEMPLATES = ("job_template_file", "full_job_spec")
_NOT_A_SIGN = re.compile(r"[^a-z0-9-]+")


def _job(task: Task, context: LoweringContext) -> Lowering:
    refuse(task, *_TEMPLATES)
    if flag(task, "do_xcom_push") and flag(task, "wait_until_job_complete"):
        raise Untranslatable("MIG201", "it hands over what its pods leave in a file", task.span)
    name = known_text(task, "name", argument(task, "name") or task.task_id.rpartition(".")[2])
    given: dict[str, Expr] = {"name": _NOT_A_SIGN.sub("-", name.lower()), **pod_arguments(task, context)}
    if spec := _spec(task, context):
        given["job_spec"] = spec
    if not flag(task, "random_name_suffix", True):
        given["unique"] = False
    if not flag(task, "wait_until_job_complete"):
        given["wait"] = False
    body = use(task, context, _CLUSTER, "run_job", given, kind="kubernetes")
    deltas = works_otherwise(task, context, _CLUSTER)
    return Lowering("work", replace(body, keys=("job_name",), annotation="str"), deltas=deltas)


def _spec(task: Task, context: LoweringContext) -> dict[str, Expr]:
    found: dict[str, Value] = {new: argument(task, old) for old, new in _SPEC.items()}
    if found["parallelism"] == 1:  # Kubernetes has no other default
        del found["parallelism"]
    return {name: context.template(plain(value, task)) for name, value in found.items() if value is not None}


def _deleted(task: Task, context: LoweringContext) -> dict[str, Expr]:
    found: dict[str, Expr] = {}
    if (status := argument(task, "delete_on_status")) is not None:
        if status not in ("Complete", "Failed"):
            raise Untranslatable("MIG207", "which jobs it deletes is only known at run time", task.span)
        found["on_status"] = status
    return found | ({"wait": True} if flag(task, "wait_for_completion") else {})


def _command(task: Task, context: LoweringContext) -> dict[str, Expr]:
    if not flag(task, "do_xcom_push") and "return_value" in context.taken_keys:
        raise Untranslatable("MIG201", "its value is taken, but it hands none over", task.span)
    command = required(task, "command")
    if isinstance(command, str):
        raise Untranslatable("MIG201", "its command is a text, which fails in Airflow too", task.span)
    return {"command": context.template(command)}


_HEAD = """
from datetime import datetime

from airflow import DAG
"""
_JOB_EXAMPLE = Example(
    title="A job of two pods at a time, which is deleted in the end",
    dag=f"""{_HEAD}from airflow.providers.cncf.kubernetes.operators.job import KubernetesDeleteJobOperator, KubernetesJobOperator

with DAG("trainings", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    train = KubernetesJobOperator(
        task_id="train",
        name="train",
        namespace="data",
        image="acme/train:1",
        cmds=["python", "-m", "train"],
        arguments=["--day", "{{{{ ds }}}}"],
        completions=4,
        parallelism=2,
        backoff_limit=1,
        wait_until_job_complete=True,
    )
    delete = KubernetesDeleteJobOperator(task_id="delete", name=train.output["job_name"], namespace="data")
""",
    expected=(
        "kubernetes_default.run_job(",
        '"completions": 4, "parallelism": 2',
        '"args": ["--day", context.partition_key]',
        "kubernetes_default.delete_job(name=train",
    ),
)
_EXEC_EXAMPLE = Example(
    title="A command in a pod that runs",
    dag=f"""{_HEAD}from airflow.providers.cncf.kubernetes.operators.pod_exec import KubernetesPodExecOperator

with DAG("tools", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    KubernetesPodExecOperator(
        task_id="vacuum", pod_name="db-0", namespace="data", command=["vacuumdb", "--table", "orders_{{{{ ds_nodash }}}}"]
    )
""",
    expected=("kubernetes_default.run_in_pod(", 'pod="db-0"', 'command=["vacuumdb", "--table", f"orders_{'),
    disposition="step",
)
_CALLS = (
    Call(
        "kubernetes-patch-job",
        (_OPERATORS + "job.KubernetesPatchJobOperator",),
        "patch_job",
        {"name": "name", "namespace": "namespace", "body": "body"},
        gives="dict",
        kind="kubernetes",
    ),
    Call(
        "kubernetes-delete-job",
        (_OPERATORS + "job.KubernetesDeleteJobOperator",),
        "delete_job",
        {"name": "name", "namespace": "namespace"},
        built=_deleted,
        reads=("delete_on_status", "wait_for_completion"),
        kind="kubernetes",
    ),
    Call(
        "kubernetes-exec",
        (_OPERATORS + "pod_exec.KubernetesPodExecOperator",),
        "run_in_pod",
        {"pod_name": "pod", "namespace": "namespace", "container_name": "container"},
        summary="Runs the same command in the same pod, with its output in the log, and fails where it fails.",
        built=_command,
        reads=("command",),
        gives="str",
        ignored={"max_xcom_output_size": "a value may be longer"},
        kind="kubernetes",
        examples=(_EXEC_EXAMPLE,),
    ),
)
RULES: tuple[Rule, ...] = (
    Rule(
        name="kubernetes-job",
        operators=(_OPERATORS + "job.KubernetesJobOperator",),
        summary="Makes the same job, and waits for its end where the operator does; the logs of its pods are the step's logs, when it has ended.",
        lower=_job,
        carried=(KUBERNETES.carried - {"on_finish_action", "is_delete_operator_pod", *CLOUD_PLACE})
        | {*_SPEC, *_TEMPLATES, "name", "random_name_suffix", "wait_until_job_complete"},
        ignored={
            **{name: why for name, why in KUBERNETES.ignored.items() if name not in ("name", "random_name_suffix")},
            "on_finish_action": "the pods stay as long as their job",
            "is_delete_operator_pod": "the pods stay as long as their job",
            "job_poll_interval": "the resource looks every ten seconds",
            "on_kill_propagation_policy": "the pods of a job whose run is ended end with it",
            "discover_pods_retry_number": "the job is waited for, not its pods",
            "unwrap_single": "no value of its pods is handed over",
        },
        connection=_CLUSTER.connection,
        default_connection=_CLUSTER.default,
        examples=(_JOB_EXAMPLE,),
    ),
    *(call_rule(_CLUSTER, call) for call in _CALLS),
)
