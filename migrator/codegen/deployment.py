"""The deployment's side of executors and limits: `dagster.yaml`, the sizes of pools, and values for Dagster's Helm chart."""

from __future__ import annotations

import json
from typing import Any

from migrator.codegen.resources import template
from migrator.model.plan import Deployment, MigrationPlan

EXECUTORS = {"k8s": ("dagster_k8s", "k8s_job_executor"), "celery": ("dagster_celery", "celery_executor")}
_WHERE = {"k8s": "KUBERNETES_SERVICE_HOST", "celery": "DAGSTER_CELERY_BROKER_URL"}
"""The environment variable that is set where the executor can work."""
_ABOUT = {
    "k8s": "Steps run in Kubernetes jobs where the code runs in a cluster; elsewhere in processes of this machine.",
    "celery": "Steps run on Celery's workers where its broker is known; elsewhere in processes of this machine.",
}
_CELERY = '{"broker": {"env": "DAGSTER_CELERY_BROKER_URL"}, "backend": {"env": "DAGSTER_CELERY_BACKEND_URL"}}'


def definitions_module(plan: MigrationPlan) -> str:
    """`definitions.py`, with the executor where one was asked for, or where a database may be one that processes cannot share."""
    executor = plan.deployment.executor if plan.deployment is not None else ""
    databases = sorted({resource.env for resource in plan.resources if resource.kind == "database" and resource.env})
    if executor not in EXECUTORS and not databases:
        return template("definitions.py")
    body = ""
    if executor in EXECUTORS:
        module, name = EXECUTORS[executor]
        chosen = f"{name}.configured({_CELERY})" if executor == "celery" else name
        body += f'    if "{_WHERE[executor]}" in os.environ:\n        from {module} import {name}\n\n        return {chosen}\n'
    if databases:
        body += (
            f'    urls = [os.environ.get(name, "duckdb:") for name in {json.dumps(databases)}]\n'
            '    if any(url.startswith("duckdb:") for url in urls):  # only one process at a time may write\n'
            "        return dg.in_process_executor\n"
        )
    about = _ABOUT.get(executor, "What runs the steps: where nothing else is said, processes of this machine.")
    return (
        "import os\nfrom pathlib import Path\n\nimport dagster as dg\n\n\n"
        f'def executor() -> dg.ExecutorDefinition | None:\n    """{about}"""\n{body}    return None\n\n\n'
        "@dg.definitions\ndef defs() -> dg.Definitions:\n"
        "    loaded = dg.load_from_defs_folder(path_within_project=Path(__file__).parent)\n"
        "    return dg.Definitions.merge(loaded, dg.Definitions(executor=executor()))\n"
    )


def deployment_files(plan: MigrationPlan, name: str, package: str) -> dict[str, str]:
    """The files by their path in the project; none where the DAGs ask for nothing."""
    deployment = plan.deployment
    if deployment is None:
        return {}
    files = {"dagster.yaml": _instance(deployment)}
    if deployment.pools:
        files["deploy/set_pools.sh"] = _pools(deployment)
    if deployment.executor == "k8s":
        files["deploy/values.yaml"] = _yaml(
            _helm(name, package), "For Dagster's Helm chart: helm install dagster dagster/dagster -f values.yaml"
        )
    if deployment.executor == "celery":
        files["deploy/start_workers.sh"] = _workers(deployment)
    return files


def _instance(deployment: Deployment) -> str:
    """The instance's settings, of which steps in pools ask for slots one by one, as Airflow's tasks did, and runs of a DAG wait for each other."""
    limits = [{"key": "airflow/dag_id", "value": dag_id, "limit": limit} for dag_id, limit in deployment.runs]
    concurrency = {
        **({"pools": {"granularity": "op"}} if deployment.pools else {}),
        **({"runs": {"tag_concurrency_limits": limits}} if limits else {}),
    }
    settings: dict[str, Any] = {
        **({"concurrency": concurrency} if concurrency else {}),
        **({"run_monitoring": {"enabled": True}} if deployment.watched else {}),
    }
    return _yaml(settings, "Settings of the Dagster instance; they belong into $DAGSTER_HOME.")


def _pools(deployment: Deployment) -> str:
    lines = ["#!/bin/sh", "# The sizes of the pools: run once for each Dagster instance.", "set -e"]
    for pool, slots in deployment.pools:
        known = slots is not None
        lines.append(
            f"{'' if known else '# not known: '}dagster instance concurrency set {pool} {slots if known else 'SLOTS'}"
        )
    return "\n".join(lines) + "\n"


def _workers(deployment: Deployment) -> str:
    lines = ["#!/bin/sh", "# A worker for each queue; each keeps a terminal.", "set -e"]
    for queue in ("dagster", *deployment.queues):
        lines.append(f"dagster-celery worker start -A dagster_celery.app -q {queue} &")
    return "\n".join([*lines, "wait", ""])


def _helm(name: str, package: str) -> dict[str, Any]:
    return {
        "runLauncher": {"type": "K8sRunLauncher"},
        "dagster-user-deployments": {
            "enabled": True,
            "deployments": [
                {
                    "name": name.replace("_", "-"),
                    "image": {"repository": name.replace("_", "-"), "tag": "latest", "pullPolicy": "IfNotPresent"},
                    "dagsterApiGrpcArgs": ["--module-name", f"{package}.definitions"],
                    "port": 3030,
                }
            ],
        },
    }


def _yaml(value: Any, comment: str) -> str:
    """YAML of plain data, written as block mappings; scalars as JSON has them."""
    return f"# {comment}\n" + "\n".join(_lines(value, "")) + "\n"


def _lines(value: Any, indent: str) -> list[str]:
    lines: list[str] = []
    if isinstance(value, dict):
        for key, item in value.items():
            if isinstance(item, (dict, list)):
                lines += [f"{indent}{key}:", *_lines(item, f"{indent}  ")]
            else:
                lines.append(f"{indent}{key}: {json.dumps(item)}")
    else:
        for item in value:
            inner = _lines(item, f"{indent}  ") if isinstance(item, dict) else [f"{indent}  {json.dumps(item)}"]
            lines += [f"{indent}- {inner[0].strip()}", *inner[1:]]
    return lines
