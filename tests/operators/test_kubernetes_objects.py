"""Objects of Kubernetes: applications of the Spark operator, and pods as Airflow's older classes said them."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import dagster as dg
import pytest

from migrator.model.bodies import UseResource
from migrator.model.values import ObjectValue
from migrator.operators.rule import Untranslatable
from tests.operators.fake import lower, make_task
from tests.operators.test_services import service, stand_in

SPARK = "airflow.providers.cncf.kubernetes.operators.spark_kubernetes.SparkKubernetesOperator"
SENSOR = "airflow.providers.cncf.kubernetes.sensors.spark_kubernetes.SparkKubernetesSensor"
POD = "airflow.contrib.operators.kubernetes_pod_operator.KubernetesPodOperator"
APPLICATION = "kind: SparkApplication\nmetadata: {generateName: a-, namespace: data}\n"


def test_an_application_is_waited_for_unless_a_sensor_does() -> None:
    task = make_task(SPARK, {"application_file": "a.yaml", "namespace": "data"})
    alone = lower(task)[0].body
    assert isinstance(alone, UseResource)
    assert alone.arguments == {"definition": ("file", "a.yaml"), "namespace": "data"}
    waited = lower(task, make_task(SENSOR, task_id="wait"))[0].body
    assert isinstance(waited, UseResource) and waited.arguments["wait"] is False
    for given in ({}, {"application_file": "/opt/a.yaml "}):
        with pytest.raises(Untranslatable):
            lower(make_task(SPARK, given))


def _spec(**arguments: Any) -> Any:
    body = lower(make_task(POD, {"image": "a", **arguments}))[0].body
    assert isinstance(body, UseResource)
    return body.arguments["base_pod_spec"]


def test_volumes_and_resources_of_airflows_own_classes() -> None:
    volume = ObjectValue(
        "airflow.contrib.kubernetes.volume.Volume", ("v", {"persistentVolumeClaim": {"claimName": "c"}})
    )
    mount = ObjectValue(
        "airflow.contrib.kubernetes.volume_mount.VolumeMount", ("v",), {"mount_path": "/m", "sub_path": None}
    )
    spec = _spec(volumes=[volume], volume_mounts=[mount], container_resources={"request_memory": "1Gi", "limit_gpu": 1})
    assert spec["volumes"] == [{"name": "v", "persistentVolumeClaim": {"claimName": "c"}}]
    (container,) = spec["containers"]
    assert container["volume_mounts"] == [{"name": "v", "mount_path": "/m"}]
    assert container["resources"] == {"requests": {"memory": "1Gi"}, "limits": {"nvidia.com/gpu": 1}}
    own = ObjectValue("airflow.kubernetes.pod.Resources", ("2Gi", 1))
    assert _spec(container_resources=own)["containers"] == [{"resources": {"requests": {"memory": "2Gi", "cpu": 1}}}]
    secret = ObjectValue("kubernetes.client.models.V1LocalObjectReference", ("registry",))
    assert _spec(image_pull_secrets=[secret]) == {"image_pull_secrets": [{"name": "registry"}]}
    with pytest.raises(Untranslatable):
        _spec(volumes=[ObjectValue("acme.Volume", ("v",))])


class _NoCluster(Exception):
    pass


def _no_cluster() -> None:
    raise _NoCluster


def test_applications_of_spark(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []
    states = ["", "RUNNING", "COMPLETED", "RUNNING", "FAILED"]

    class Api:
        def __init__(self, client: str) -> None:
            assert client == "client of prod"

        def create_namespaced_custom_object(self, **given: Any) -> Any:
            asked.append((given["namespace"], given["body"]["kind"]))
            return {"metadata": {"name": "a-1"}}

        def get_namespaced_custom_object(self, **given: Any) -> Any:
            assert (given["name"], given["namespace"], given["plural"]) == ("a-1", "data", "sparkapplications")
            return {"status": {"applicationState": {"state": states.pop(0)}}}

    config = SimpleNamespace(
        load_incluster_config=_no_cluster,
        ConfigException=_NoCluster,
        new_client_from_config=lambda context: f"client of {context}",
    )
    stand_in(monkeypatch, kubernetes={"client": SimpleNamespace(CustomObjectsApi=Api), "config": config})
    cluster = service("kubernetes_api", "run_spark_application", "spark_application_is_done", context="prod")
    assert cluster.run_spark_application(APPLICATION)["metadata"]["name"] == "a-1"
    assert asked == [("data", "SparkApplication")] and states == ["RUNNING", "FAILED"]
    cluster.run_spark_application({"spark": {"kind": "SparkApplication", "metadata": {}}}, "data", wait=False)
    assert len(asked) == 2
    assert not cluster.spark_application_is_done("a-1", "data")
    with pytest.raises(dg.Failure, match="ended as FAILED"):
        cluster.spark_application_is_done("a-1", "data")


def test_objects_of_a_text_are_made_and_deleted(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[Any] = []

    class Dynamic:
        def __init__(self, client: str) -> None:
            self.resources = self

        def get(self, api_version: str, kind: str) -> Any:
            return SimpleNamespace(
                namespaced=kind != "Namespace",
                create=lambda body, namespace: done.append((body["kind"], namespace)),
                delete=lambda name, namespace: done.append((kind, name, namespace)),
            )

    stand_in(
        monkeypatch,
        kubernetes={
            "client": SimpleNamespace(ApiClient=lambda: "client"),
            "config": SimpleNamespace(load_incluster_config=lambda: None, ConfigException=_NoCluster),
            "dynamic": SimpleNamespace(DynamicClient=Dynamic),
        },
    )
    text = "kind: Namespace\napiVersion: v1\nmetadata: {name: a}\n---\nkind: Pod\napiVersion: v1\nmetadata: {name: b}\n"
    cluster = service("kubernetes_api", "create_objects", "delete_objects")
    cluster.create_objects(text, "data")
    cluster.delete_objects(text, "data")
    assert done == [("Namespace", None), ("Pod", "data"), ("Namespace", "a", None), ("Pod", "b", "data")]
    done.clear()
    one = "{apiVersion: v1, kind: Queue, metadata: {name: c, namespace: q}}"
    cluster.create_objects(f"---\nkind: List\nitems: [{one}, {one}]\n", "data")
    assert done == [("Queue", "q"), ("Queue", "q")]


class _Jobs:
    """The API of jobs and pods of a cluster."""

    def __init__(self, *ends: str) -> None:
        self.ends = list(ends)
        self.asked: list[Any] = []

    def create_namespaced_job(self, namespace: str, body: Any) -> Any:
        self.asked.append(body)
        return SimpleNamespace(metadata=SimpleNamespace(name=body["metadata"].get("generateName", "job-") + "7"))

    def read_namespaced_job_status(self, name: str, namespace: str) -> Any:
        end = self.ends.pop(0)
        if end == "gone":
            raise _ApiException(404)
        found = [SimpleNamespace(type="Suspended", status="True"), SimpleNamespace(type=end, status="True")]
        return SimpleNamespace(status=SimpleNamespace(conditions=found if end else None))

    def delete_namespaced_job(self, name: str, namespace: str) -> None:
        self.asked.append(("delete", name, namespace))

    def patch_namespaced_job(self, *given: Any) -> Any:
        return SimpleNamespace(to_dict=lambda: {"given": given})

    def list_namespaced_pod(self, namespace: str, label_selector: str) -> Any:
        self.asked.append((namespace, label_selector))
        return SimpleNamespace(items=[SimpleNamespace(metadata=SimpleNamespace(name=name)) for name in ("never", "p")])

    def read_namespaced_pod_log(self, name: str, namespace: str, container: str) -> str:
        if name == "never":
            raise _ApiException(400)
        return "done\n"

    def read_namespaced_pod(self, name: str, namespace: str) -> Any:
        containers = [SimpleNamespace(name="side"), SimpleNamespace(name="db")]
        meta = SimpleNamespace(annotations={"kubectl.kubernetes.io/default-container": "db"})
        return SimpleNamespace(metadata=meta, spec=SimpleNamespace(containers=containers))

    def connect_get_namespaced_pod_exec(self) -> None:
        pass


class _ApiException(Exception):
    def __init__(self, status: int) -> None:
        self.status, self.reason = status, "Bad Request"


def _with_jobs(monkeypatch: pytest.MonkeyPatch, *ends: str) -> _Jobs:
    api = _Jobs(*ends)
    client = {
        "ApiClient": lambda: "client",
        "BatchV1Api": lambda client: api,
        "CoreV1Api": lambda client: api,
        "ApiException": _ApiException,
    }
    config = SimpleNamespace(load_incluster_config=lambda: None, ConfigException=_NoCluster)
    stand_in(monkeypatch, kubernetes={"client": SimpleNamespace(**client), "config": config})
    return api


JOB = "airflow.providers.cncf.kubernetes.operators.job.KubernetesJobOperator"


def test_a_job_is_made_with_its_pods() -> None:
    given = {
        "name": "Train_it",
        "image": "a",
        "parallelism": 2,
        "random_name_suffix": False,
        "selector": ObjectValue("kubernetes.client.models.V1LabelSelector", (), {"match_labels": {"app": "train"}}),
    }
    lowering, context = lower(make_task(JOB, given))
    body = lowering.body
    assert isinstance(body, UseResource) and body.keys == ("job_name",) and context.called == ["run_job"]
    spec = {"parallelism": 2, "selector": {"match_labels": {"app": "train"}}}
    assert body.arguments == {"name": "train-it", "image": "a", "job_spec": spec, "unique": False, "wait": False}
    for refused in ({"full_job_spec": {"spec": 1}}, {"do_xcom_push": True, "wait_until_job_complete": True}):
        with pytest.raises(Untranslatable):
            lower(make_task(JOB, {**given, **refused}))


def test_a_job_runs_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    api = _with_jobs(monkeypatch, "", "Complete", "Complete", "Failed", "Failed")
    cluster = service("kubernetes_api", "run_job")
    spec = {"containers": [{"args": ["-v"]}], "service_account_name": "x"}
    assert (
        cluster.run_job("t", "img", ["go"], "data", {"A": "1"}, spec, {"labels": {"a_b": "c"}}, {"backoff_limit": 1})
        == "job-t-7"
    )
    body = api.asked[0]
    assert body["metadata"] == {"generateName": "job-t-", "labels": {"a_b": "c"}} and body["spec"]["backoffLimit"] == 1
    assert body["spec"]["template"]["spec"] == {
        "restartPolicy": "Never",
        "serviceAccountName": "x",
        "containers": [
            {"args": ["-v"], "name": "base", "image": "img", "command": ["go"], "env": [{"name": "A", "value": "1"}]}
        ],
    }
    assert api.asked[1] == ("data", "job-name=job-t-7")
    with pytest.raises(dg.Failure, match="failed"):
        cluster.run_job("t", "img", unique=False)
    assert api.asked[2]["metadata"] == {"name": "job-t"}
    api.ends.clear()
    cluster.run_job("t", "img", wait=False)


def test_jobs_are_changed_and_deleted(monkeypatch: pytest.MonkeyPatch) -> None:
    api = _with_jobs(monkeypatch, "Complete", "Complete", "Failed", "gone")
    cluster = service("kubernetes_api", "patch_job", "delete_job")
    assert cluster.patch_job("a", "data", {"spec": {}}) == {"given": ("a", "data", {"spec": {}})}
    cluster.delete_job("a", "data")
    cluster.delete_job("b", "data", on_status="Complete", wait=True)
    cluster.delete_job("c", "data", on_status="Complete")
    cluster.delete_job("d", "data", on_status="Failed")
    assert api.asked == [("delete", "a", "data"), ("delete", "b", "data")]


EXEC = "airflow.providers.cncf.kubernetes.operators.pod_exec.KubernetesPodExecOperator"


def test_commands_in_pods(monkeypatch: pytest.MonkeyPatch) -> None:
    for refused in ({"command": "ls"}, {}):
        with pytest.raises(Untranslatable):
            lower(make_task(EXEC, {"pod_name": "db-0", **refused}))
    _with_jobs(monkeypatch)
    closed: list[str] = []
    codes = [0, 2]

    def stream(call: Any, pod: str, namespace: str, container: str, command: list[str], **options: Any) -> Any:
        return SimpleNamespace(
            run_forever=lambda: None,
            read_stdout=lambda: f"{container}: {command}",
            read_stderr=lambda: "",
            returncode=codes.pop(0),
            close=lambda: closed.append(pod),
        )

    stand_in(monkeypatch, kubernetes__stream={"stream": stream})
    cluster = service("kubernetes_api", "run_in_pod")
    assert cluster.run_in_pod("db-0", ["ls"]) == "db: ['ls']"
    with pytest.raises(dg.Failure, match="the container side of the pod db-0 ended with 2"):
        cluster.run_in_pod("db-0", ["ls"], container="side")
    assert closed == ["db-0", "db-0"]
