"""The deployment's side of executors and limits: `dagster.yaml`, the sizes of pools, the image, and values for Dagster's Helm chart."""

from __future__ import annotations

import json
import shlex
from typing import Any

from migrator.codegen.python.naming import distribution_name
from migrator.codegen.resources.resources import template
from migrator.model.plan import CreateJob, Deployment, MigrationPlan

EXECUTORS = {"k8s": ("dagster_k8s", "k8s_job_executor"), "celery": ("dagster_celery", "celery_executor")}
_WHERE = {"k8s": "KUBERNETES_SERVICE_HOST", "celery": "DAGSTER_CELERY_BROKER_URL"}
"""The environment variable that is set where the executor can work."""
_ABOUT = {
    "k8s": "Steps run in Kubernetes jobs where the code runs in a cluster; elsewhere in processes of this machine.",
    "celery": "Steps run on Celery's workers where its broker is known; elsewhere in processes of this machine.",
}
_CELERY = {"broker": {"env": "DAGSTER_CELERY_BROKER_URL"}, "backend": {"env": "DAGSTER_CELERY_BACKEND_URL"}}
_DOCKERFILE = """\
FROM python:3.12-slim
WORKDIR /opt/dagster/app
COPY . .
# In place, as code may read files beside it; dagster-postgres is for the database that Dagster's Helm chart sets up.
# To observe Airflow from there: '.[airflow-bridge]'
RUN pip install --no-cache-dir --editable . dagster-postgres
"""
_DOCKERIGNORE = ".dagster\n.env\n.git\n.venv\n**/__pycache__\nbuild\ndata\ndist\nstorage\n"


def executor_files(plan: MigrationPlan, package: str) -> dict[str, str]:
    """`definitions.py`, and `executors.py` where an executor was asked for, or where a database may be one that processes cannot share."""
    executor = plan.deployment.executor if plan.deployment is not None else ""
    databases = unshared_databases(plan)
    if executor not in EXECUTORS and not databases:
        return {f"src/{package}/definitions.py": template("definitions.py")}
    chosen = ""
    if executor in EXECUTORS:
        module, name = EXECUTORS[executor]
        configured = f"{name}.configured({json.dumps(_CELERY)})" if executor == "celery" else name
        chosen += f'    if "{_WHERE[executor]}" in os.environ:\n        from {module} import {name}\n\n        return {configured}\n'
    if databases:
        chosen += (
            f'    urls = [os.environ.get(name, "duckdb:") for name in {json.dumps(databases)}]\n'
            '    if any(url.startswith("duckdb:") for url in urls):  # only one process at a time may write\n'
            "        return dg.in_process_executor\n"
        )
    parameter, otherwise = "", "    return None\n"
    if executor not in EXECUTORS and any(
        isinstance(step, CreateJob) and step.max_steps for dag in plan.dags for step in dag.operations
    ):
        parameter = "max_concurrent: int | None = None"
        otherwise = (
            "    if max_concurrent:\n"
            '        return dg.multiprocess_executor.configured({"max_concurrent": max_concurrent})\n'
            "    return None\n"
        )
    about = _ABOUT.get(executor, "What runs the steps: where nothing else is said, processes of this machine.")
    return {
        f"src/{package}/definitions.py": (
            "from pathlib import Path\n\nimport dagster as dg\n\n"
            f"from {package}.executors import executor\n\n\n"
            "@dg.definitions\ndef defs() -> dg.Definitions:\n"
            "    loaded = dg.load_from_defs_folder(path_within_project=Path(__file__).parent)\n"
            "    return dg.Definitions.merge(loaded, dg.Definitions(executor=executor()))\n"
        ),
        f"src/{package}/executors.py": (
            "import os\n\nimport dagster as dg\n\n\n"
            f'def executor({parameter}) -> dg.ExecutorDefinition | None:\n    """{about}"""\n{chosen}{otherwise}'
        ),
    }


def unshared_databases(plan: MigrationPlan) -> list[str]:
    """The environment variables with the URLs of databases that are a DuckDB file where nothing else is said: one process at a time may write."""
    return sorted({resource.env for resource in plan.resources if resource.kind == "database" and resource.env})


def deployment_files(plan: MigrationPlan, name: str, package: str) -> dict[str, str]:
    """The files by their path in the project; none where the DAGs ask for nothing."""
    deployment = plan.deployment
    if deployment is None:
        return {}
    files = {"dagster.yaml": _instance(deployment)}
    if deployment.pools:
        files["deploy/set_pools.sh"] = _pools(deployment)
    if deployment.executor == "k8s":
        files["Dockerfile"] = _DOCKERFILE
        files[".dockerignore"] = _DOCKERIGNORE
        files["deploy/values.yaml"] = _yaml(_helm(deployment, name, package), "For Dagster's Helm chart.")
    if deployment.executor == "celery":
        files["deploy/celery.yaml"] = _yaml({"execution": {"config": _CELERY}}, "What the workers are told.")
        files["deploy/start_workers.sh"] = _workers(deployment)
    return files


def _instance(deployment: Deployment) -> str:
    """The instance's settings, of which steps in pools ask for slots one by one, as Airflow's tasks did, and runs of a DAG wait for each other."""
    concurrency = _concurrency(deployment, "tag_concurrency_limits")
    settings: dict[str, Any] = {
        **({"concurrency": concurrency} if concurrency else {}),
        **({"run_monitoring": {"enabled": True}} if deployment.watched else {}),
    }
    return _yaml(settings, "Settings of the Dagster instance; they belong into $DAGSTER_HOME.")


def _concurrency(deployment: Deployment, limits_key: str) -> dict[str, Any]:
    limits = [{"key": "airflow/dag_id", "value": dag_id, "limit": limit} for dag_id, limit in deployment.runs]
    return {
        **({"pools": {"granularity": "op"}} if deployment.pools else {}),
        **({"runs": {limits_key: limits}} if limits else {}),
    }


def _pools(deployment: Deployment) -> str:
    lines = ["#!/bin/sh", "# The sizes of the pools: run once for each Dagster instance.", "set -e"]
    for pool, slots in deployment.pools:
        known = slots is not None
        lines.append(
            f"{'' if known else '# not known: '}dagster instance concurrency set {pool} {slots if known else 'SLOTS'}"
        )
    return "\n".join(lines) + "\n"


def _workers(deployment: Deployment) -> str:
    lines = [
        "#!/bin/sh",
        "# A worker for each queue; each needs the settings of the code and of the Dagster instance ($DAGSTER_HOME).",
        "set -e",
        'here=$(dirname "$0")',
    ]
    for queue in ("dagster", *deployment.queues):
        lines.append(
            f'dagster-celery worker start -A dagster_celery.app -y "$here/celery.yaml" -q {shlex.quote(queue)} &'
        )
    return "\n".join([*lines, "wait", ""])


def _helm(deployment: Deployment, name: str, package: str) -> dict[str, Any]:
    """The values: the chart makes the instance's settings of them; what is in `.env` here is a secret there."""
    name = distribution_name(name)
    concurrency = _concurrency(deployment, "tagConcurrencyLimits")
    return {
        "runLauncher": {"type": "K8sRunLauncher"},
        **({"concurrency": {"enabled": True, **concurrency}} if concurrency else {}),
        **({"dagsterDaemon": {"runMonitoring": {"enabled": True}}} if deployment.watched else {}),
        "dagster-user-deployments": {
            "enabled": True,
            "deployments": [
                {
                    "name": name,
                    "image": {"repository": name, "tag": "latest", "pullPolicy": "IfNotPresent"},
                    "dagsterApiGrpcArgs": ["--module-name", f"{package}.definitions"],
                    "port": 3030,
                    "envSecrets": [{"name": f"{name}-env"}],
                    "includeConfigInLaunchedRuns": {"enabled": True},
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
