"""Executors: what tasks ask of Airflow's becomes tags for Dagster's, and the deployment's side is written."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
import yaml

from migrator.codegen import render_project
from migrator.config import Config
from migrator.exports import read_pools
from migrator.pipeline import analyze
from migrator.planning.execution import kubernetes_config

DAG = """\
from airflow.sdk import DAG
from airflow.providers.standard.operators.bash import BashOperator
from kubernetes.client import models as k8s

BIG = {
    "pod_override": k8s.V1Pod(
        metadata=k8s.V1ObjectMeta(labels={"team": "data"}),
        spec=k8s.V1PodSpec(
            containers=[
                k8s.V1Container(name="sidecar", image="proxy"),
                k8s.V1Container(name="base", resources=k8s.V1ResourceRequirements(requests={"memory": "4Gi"})),
            ],
            node_selector={"pool": "big"},
        ),
    )
}

with DAG("training", schedule=None):
    BashOperator(task_id="train", bash_command="train", executor_config=BIG, pool="gpu pool", queue="gpu", priority_weight=5)
    BashOperator(task_id="publish", bash_command="publish", pool="unknown")
"""


LIMITED = """\
from datetime import timedelta

from airflow.sdk import DAG
from airflow.providers.standard.operators.bash import BashOperator

with DAG("exports", schedule=None, max_active_runs=2, max_active_tasks=1, dagrun_timeout=timedelta(hours=2)):
    BashOperator(task_id="send", bash_command="send", max_active_tis_per_dag=3)
    BashOperator(task_id="tell", bash_command="tell")
"""


def generated(tmp_path: Path, dag: str = DAG, **settings: object) -> dict[str, str]:
    (tmp_path / "training.py").write_text(dag, encoding="utf-8")
    analysis = analyze(tmp_path / "training.py", Config.model_validate(settings))
    return render_project(analysis.plan, analysis.project, "acme")


def tags_of(files: dict[str, str], function: str) -> dict[str, object]:
    module = ast.parse(files["src/acme/defs/training/ops.py"])
    (node,) = (node for node in module.body if isinstance(node, ast.FunctionDef) and node.name == function)
    (decorator,) = node.decorator_list
    assert isinstance(decorator, ast.Call)
    return next(ast.literal_eval(keyword.value) for keyword in decorator.keywords if keyword.arg == "tags")


def test_kubernetes(tmp_path: Path) -> None:
    files = generated(tmp_path, executor="k8s", pools={"gpu pool": 2})
    assert tags_of(files, "train")["dagster-k8s/config"] == {
        "container_config": {"resources": {"requests": {"memory": "4Gi"}}},
        "pod_spec_config": {"node_selector": {"pool": "big"}},
        "pod_template_spec_metadata": {"labels": {"team": "data"}},
    }
    assert "dagster-k8s/config" not in tags_of(files, "publish")
    values = yaml.safe_load(files["deploy/values.yaml"])
    (deployment,) = values["dagster-user-deployments"]["deployments"]
    assert deployment["dagsterApiGrpcArgs"] == ["--module-name", "acme.definitions"]
    assert values["concurrency"] == {"enabled": True, "pools": {"granularity": "op"}}
    assert f"create secret generic {deployment['envSecrets'][0]['name']} " in files["README.md"]
    assert "pip install --no-cache-dir --editable" in files["Dockerfile"]
    assert ".env\n" in files[".dockerignore"]
    assert yaml.safe_load(files["dagster.yaml"]) == {"concurrency": {"pools": {"granularity": "op"}}}
    assert "dagster instance concurrency set gpu_pool 2\n" in files["deploy/set_pools.sh"]
    assert "# not known: dagster instance concurrency set unknown SLOTS\n" in files["deploy/set_pools.sh"]
    assert "from dagster_k8s import k8s_job_executor" in files["src/acme/executors.py"]
    assert '"dagster-k8s' in files["pyproject.toml"]


def test_celery(tmp_path: Path) -> None:
    files = generated(tmp_path, executor="celery")
    tags = tags_of(files, "train")
    assert (tags["dagster-celery/queue"], tags["dagster-celery/priority"]) == ("gpu", "5")
    assert '-y "$here/celery.yaml" -q gpu &' in files["deploy/start_workers.sh"]
    told = yaml.safe_load(files["deploy/celery.yaml"])["execution"]["config"]
    (call,) = (
        node
        for node in ast.walk(ast.parse(files["src/acme/executors.py"]))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "celery_executor.configured"
    )
    assert ast.literal_eval(call.args[0]) == told


DATABASE = """\
from airflow.sdk import DAG
from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator

with DAG("training", schedule=None):
    SQLExecuteQueryOperator(task_id="train", conn_id="warehouse", sql="INSERT INTO models SELECT 1")
"""


@pytest.mark.parametrize("executor", [None, "k8s", "celery"])
def test_one_process_where_a_database_is_embedded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, executor: str | None
) -> None:
    """DuckDB, the default of a database, lets only one process at a time write: what the environment says is asked when the code loads."""
    import dagster as dg

    (tmp_path / "training.py").write_text(DATABASE, encoding="utf-8")
    analysis = analyze(tmp_path / "training.py", Config.model_validate({"executor": executor}))
    files = render_project(analysis.plan, analysis.project, "acme")
    assert "executor" not in files["src/acme/defs/resources.py"]
    scope: dict[str, Any] = {}
    exec(files["src/acme/executors.py"], scope)
    for url, wanted in (
        (None, dg.in_process_executor),
        ("duckdb:///a", dg.in_process_executor),
        ("postgresql://a", None),
    ):
        monkeypatch.setenv("WAREHOUSE_URL", url) if url else monkeypatch.delenv("WAREHOUSE_URL", raising=False)
        assert scope["executor"]() is wanted


def test_a_limit_of_steps_keeps_to_one_process_where_a_database_is_embedded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dag = DATABASE.replace("schedule=None", "schedule=None, max_active_tasks=1")
    files = generated(
        tmp_path, f'{dag}    SQLExecuteQueryOperator(task_id="tell", conn_id="warehouse", sql="SELECT 1")\n'
    )
    assert "executor_def=executors.executor(max_concurrent=1)" in files["src/acme/defs/training/automation.py"]
    scope: dict[str, Any] = {}
    exec(files["src/acme/executors.py"], scope)
    monkeypatch.setenv("WAREHOUSE_URL", "duckdb:///a")
    assert scope["executor"](max_concurrent=1) is dg.in_process_executor
    monkeypatch.setenv("WAREHOUSE_URL", "postgresql://a")
    assert scope["executor"](max_concurrent=1).name == "multiprocess"


def test_pools_alone_where_no_executor_is_asked_for(tmp_path: Path) -> None:
    files = generated(tmp_path)
    assert [path for path in files if path.startswith("deploy/")] == ["deploy/set_pools.sh"]
    assert "dagster-k8s/config" not in files["src/acme/defs/training/ops.py"]


def test_nothing_where_the_dags_ask_for_nothing(tmp_path: Path) -> None:
    dag = LIMITED.replace("max_active", "x_max_active").replace("dagrun_timeout", "x_dagrun_timeout")
    files = generated(tmp_path, dag)
    assert not [path for path in files if path.startswith("deploy/") or path == "dagster.yaml"]


def test_limits_of_runs_and_steps(tmp_path: Path) -> None:
    files = generated(tmp_path, LIMITED)
    settings = yaml.safe_load(files["dagster.yaml"])
    assert settings == {
        "concurrency": {
            "pools": {"granularity": "op"},
            "runs": {"tag_concurrency_limits": [{"key": "airflow/dag_id", "value": "exports", "limit": 2}]},
        },
        "run_monitoring": {"enabled": True},
    }
    (tmp_path / "dagster.yaml").write_text(files["dagster.yaml"], encoding="utf-8")
    with dg.DagsterInstance.from_config(str(tmp_path)) as instance:
        queue = instance.get_concurrency_config().run_queue_config
        assert queue is not None and queue.tag_concurrency_limits and instance.run_monitoring_enabled
    assert "dagster instance concurrency set exports.send 3\n" in files["deploy/set_pools.sh"]
    assert 'pool="exports.send"' in files["src/acme/defs/exports/ops.py"]
    assert 'dg.multiprocess_executor.configured({"max_concurrent": 1})' in files["src/acme/defs/exports/automation.py"]
    assert "Copy `dagster.yaml` into `$DAGSTER_HOME`" in files["README.md"]


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        (None, {}),
        ({}, {}),
        ({"pod_override": "text"}, {}),
        (
            {
                "KubernetesExecutor": {
                    "request_memory": "1Gi",
                    "limit_cpu": 2,
                    "node_selectors": {"a": "b"},
                    "image": "x",
                }
            },
            {
                "container_config": {"resources": {"requests": {"memory": "1Gi"}, "limits": {"cpu": "2"}}},
                "pod_spec_config": {"node_selector": {"a": "b"}},
            },
        ),
    ],
)
def test_what_executor_config_says(given: object, wanted: dict[str, object]) -> None:
    assert kubernetes_config(given) == wanted


def test_pools_are_read_from_airflows_export(tmp_path: Path) -> None:
    path = tmp_path / "pools.json"
    path.write_text(json.dumps({"gpu": {"slots": 2, "description": ""}, "odd": {"slots": "many"}}))
    assert read_pools(path) == {"gpu": 2}


HANDING = """\
from airflow.sdk import dag, task
from kubernetes.client import models as k8s

OWN = {"pod_override": k8s.V1Pod(spec=k8s.V1PodSpec(containers=[k8s.V1Container(name="base", image="acme/gpu:1"), k8s.V1Container(name="proxy")]))}


@dag(schedule=None)
def training():
    @task
    def features():
        return "f"

    @task(executor_config=OWN)
    def train(path):
        print(path)

    @task(executor_config={"KubernetesExecutor": {"image": "acme/eval:1.2", "request_memory": "2Gi"}})
    def evaluate():
        print("evaluated")

    train(features()) >> evaluate()


training()
"""


@pytest.mark.parametrize(
    ("executor", "declared"),
    [
        (
            "k8s",
            [
                (None, "tasks hand values on in Airflow's database, which all workers reach"),
                ("evaluate", "its pod has an image of its own"),
                ("train", "its pod has an image of its own and the container `proxy` beside it"),
            ],
        ),
        ("celery", [(None, "tasks hand values on in Airflow's database, which all workers reach")]),
        ("multiprocess", []),
    ],
)
def test_what_does_not_go_along_is_said(tmp_path: Path, executor: str, declared: list[tuple[str | None, str]]) -> None:
    (tmp_path / "training.py").write_text(HANDING, encoding="utf-8")
    deltas = analyze(tmp_path / "training.py", Config.model_validate({"executor": executor})).plan.deltas
    found = [(delta.task_id, delta.airflow) for delta in deltas]
    assert sorted(found, key=str) == sorted(declared, key=str)
