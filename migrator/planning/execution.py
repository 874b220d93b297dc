"""Where steps run, and how many at once: what `executor_config`, queues and priorities are for one of Dagster's distributed executors, and what pools and
limits of a DAG's runs are for the instance.

Comes in: the executor that the user asks for, and each task's settings for Airflow's. Goes out: tags of the operations, and what the deployment
needs. Keys of the tags: https://docs.dagster.io/deployment/oss/deployment-options/kubernetes and .../celery.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from migrator.diagnostics import Severity
from migrator.model.airflow import Task
from migrator.model.plan import CreateAsset, CreateJob, CreateOp, Delta, Deployment, Operation
from migrator.model.values import ObjectValue, is_known
from migrator.planning.draft import DagDraft, Draft
from migrator.planning.forms import AIRFLOW
from migrator.planning.naming.identifiers import tag_text
from migrator.planning.nodes import own_pool, pool_name

_BASE_CONTAINER = "base"
"""The container of a pod in which Airflow runs the task."""
_CONTAINER_FIELDS = frozenset({"resources", "env", "env_from", "volume_mounts", "security_context"})
_LEGACY_RESOURCES = {
    "request_memory": ("requests", "memory"),
    "request_cpu": ("requests", "cpu"),
    "limit_memory": ("limits", "memory"),
    "limit_cpu": ("limits", "cpu"),
}
_LEGACY_POD = {
    "node_selectors": "node_selector",
    "node_selector": "node_selector",
    "tolerations": "tolerations",
    "affinity": "affinity",
    "service_account_name": "service_account_name",
}


def plan_execution(draft: Draft) -> Draft:
    """Tags the operations for the executor that was asked for, and says what the deployment needs."""
    executor = getattr(draft.config, "executor", None)
    draft = draft.with_dags(lambda dag: replace(dag, nodes=tuple(_tagged(dag, node, executor) for node in dag.nodes)))
    nodes = [node for dag in draft.dags.values() for node in dag.nodes if isinstance(node, (CreateAsset, CreateOp))]
    used = {node.pool for node in nodes if node.pool}
    queues = {str(node.op_tags["dagster-celery/queue"]) for node in nodes if "dagster-celery/queue" in node.op_tags}
    sizes = {pool_name(name): slots for name, slots in (getattr(draft.config, "pools", None) or {}).items()}
    moving = [dag for dag in draft.dags.values() if dag.form != AIRFLOW]
    for dag in moving:
        sizes |= dict(filter(None, (own_pool(task.task) for task in dag.tasks.values())))
    jobs = [operation for dag in moving for operation in dag.automation if isinstance(operation, CreateJob)]
    deployment = Deployment(
        executor or "multiprocess",
        pools=tuple((name, sizes.get(name)) for name in sorted(used)),
        queues=tuple(sorted(queues)),
        runs=tuple((tag_text(dag.dag_id), limit) for dag in moving if (limit := run_limit(dag))),
        watched=any("dagster/max_runtime" in job.tags for job in jobs),
    )
    if executor is None and deployment == Deployment("multiprocess"):
        return draft
    return replace(draft, deltas=(*draft.deltas, *_differences(draft, executor)), deployment=deployment)


def run_limit(dag: DagDraft) -> int:
    """How many runs of the DAG may go on at once; 0 where the DAG does not say so."""
    limit = dag.dag.max_active_runs
    return limit if isinstance(limit, int) and limit > 0 else 0


def step_limit(dag: DagDraft) -> int:
    """How many tasks of the DAG may go on at once; 0 where the DAG does not say so, or has not as many."""
    limit = dag.dag.arguments.get("max_active_tasks")
    tasks = [task for task in dag.tasks.values() if task.disposition in ("asset", "step")]
    if not isinstance(limit, int) or limit <= 0:
        return 0
    return limit if len(tasks) > limit or any(task.fan_out for task in tasks) else 0


def _tagged(dag: DagDraft, node: Operation, executor: str | None) -> Operation:
    if not isinstance(node, (CreateAsset, CreateOp)) or node.task_id not in dag.tasks:
        return node
    tags = step_tags(dag.tasks[node.task_id].task, executor)
    return replace(node, op_tags=tags) if tags else node


def _differences(draft: Draft, executor: str | None) -> Iterator[Delta]:
    """What does not go along to an executor whose steps run on several machines."""
    if executor not in ("k8s", "celery"):
        return
    for dag in draft.dags.values():
        nodes = [node for node in dag.nodes if isinstance(node, (CreateAsset, CreateOp))]
        if any(node.inputs for node in nodes):
            yield Delta(
                dag.dag_id,
                None,
                Severity.WARNING,
                "tasks hand values on in Airflow's database, which all workers reach",
                "steps hand them on by the IO manager, whose default keeps them on the disk of the pod or worker",
                "give the definitions an `io_manager` on storage that all steps reach (`S3PickleIOManager`, `GCSPickleIOManager`)",
            )
        for node in nodes if executor == "k8s" else ():
            left = (
                _left_out(dag.tasks[node.task_id].task.option("executor_config")) if node.task_id in dag.tasks else ""
            )
            if left:
                yield Delta(
                    dag.dag_id,
                    node.task_id,
                    Severity.WARNING,
                    f"its pod has {left}",
                    "its step runs in the image of the project, alone",
                    "build an image that has the project as well, and name it in `container_config` of the tag `dagster-k8s/config`",
                )


def _left_out(value: Any) -> str:
    """What of a task's pod is not carried over, in words; empty if nothing."""
    config = value if isinstance(value, Mapping) else {}
    pod, legacy = config.get("pod_override"), config.get("KubernetesExecutor")
    if not isinstance(pod, ObjectValue):
        return "an image of its own" if isinstance(legacy, Mapping) and legacy.get("image") else ""
    containers = [item for item in (_plain(pod).get("spec") or {}).get("containers") or () if isinstance(item, Mapping)]
    base = _base(containers)
    left = ["an image of its own"] if base.get("image") else []
    left += [f"the container `{item.get('name', '')}` beside it" for item in containers if item is not base]
    return " and ".join(left)


def _base(containers: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """The container in which Airflow runs the task; empty if there is none."""
    first = containers[0] if containers else {}
    return next((item for item in containers if item.get("name") == _BASE_CONTAINER), first)


def step_tags(task: Task, executor: str | None) -> dict[str, Any]:
    """The tags by which an executor runs a step as Airflow's executor ran the task; only settings that are known."""
    if executor == "k8s":
        config = kubernetes_config(task.option("executor_config"))
        return {"dagster-k8s/config": config} if config else {}
    if executor == "celery":
        tags: dict[str, Any] = {}
        queue = task.option("queue")
        if isinstance(queue, str) and queue not in ("", "default"):
            tags["dagster-celery/queue"] = queue
        weight = task.option("priority_weight")
        if isinstance(weight, int) and not isinstance(weight, bool) and weight != 1:
            tags["dagster-celery/priority"] = str(weight)
        return tags
    return {}


def kubernetes_config(value: Any) -> dict[str, Any]:
    """`executor_config` (a `pod_override`, or the keys of Airflow 1) as `dagster-k8s/config`; the image is that of the Dagster code, so it is left out."""
    config = value if isinstance(value, Mapping) else {}
    pod = config.get("pod_override")
    if isinstance(pod, ObjectValue):
        return _of_pod(_plain(pod))
    legacy = config.get("KubernetesExecutor")
    return _of_legacy(legacy) if isinstance(legacy, Mapping) else {}


def _of_pod(pod: Mapping[str, Any]) -> dict[str, Any]:
    spec = pod.get("spec") or {}
    containers = [item for item in spec.get("containers") or () if isinstance(item, Mapping)]
    container = {key: item for key, item in _base(containers).items() if key in _CONTAINER_FIELDS and item}
    rest = {key: item for key, item in spec.items() if key != "containers" and item}
    metadata = {
        key: item for key, item in (pod.get("metadata") or {}).items() if key in ("labels", "annotations") and item
    }
    return _without_empty(container, rest, metadata)


def _of_legacy(config: Mapping[str, Any]) -> dict[str, Any]:
    resources: dict[str, dict[str, Any]] = {}
    for key, (kind, name) in _LEGACY_RESOURCES.items():
        if isinstance(config.get(key), (str, int, float)):
            resources.setdefault(kind, {})[name] = str(config[key])
    rest = {name: config[key] for key, name in _LEGACY_POD.items() if config.get(key) and is_known(config[key])}
    metadata = {key: config[key] for key in ("labels", "annotations") if config.get(key) and is_known(config[key])}
    return _without_empty({"resources": resources} if resources else {}, rest, metadata)


def _without_empty(
    container: Mapping[str, Any], spec: Mapping[str, Any], metadata: Mapping[str, Any]
) -> dict[str, Any]:
    found = {
        "container_config": dict(container),
        "pod_spec_config": dict(spec),
        "pod_template_spec_metadata": dict(metadata),
    }
    return {key: item for key, item in found.items() if item}


def _plain(value: Any) -> Any:
    """Models of the Kubernetes client as the dictionaries that they stand for; what is not known, or told by position, is left out."""
    if isinstance(value, ObjectValue):
        if value.args:
            return None
        return {key: plain for key, item in value.kwargs.items() if (plain := _plain(item)) is not None}
    if isinstance(value, Mapping):
        return {str(key): plain for key, item in value.items() if (plain := _plain(item)) is not None}
    if isinstance(value, (list, tuple)):
        return [plain for item in value if (plain := _plain(item)) is not None]
    return value if isinstance(value, (str, int, float, bool)) else None
