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
    with pytest.raises(Untranslatable):
        lower(make_task(SPARK))


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
                namespaced=kind != "Namespace", delete=lambda name, namespace: done.append((kind, name, namespace))
            )

    stand_in(
        monkeypatch,
        kubernetes={
            "client": SimpleNamespace(ApiClient=lambda: "client"),
            "config": SimpleNamespace(load_incluster_config=lambda: None, ConfigException=_NoCluster),
            "utils": SimpleNamespace(
                create_from_dict=lambda *given, namespace: done.append((given[1]["kind"], namespace))
            ),
            "dynamic": SimpleNamespace(DynamicClient=Dynamic),
        },
    )
    text = "kind: Namespace\napiVersion: v1\nmetadata: {name: a}\n---\nkind: Pod\napiVersion: v1\nmetadata: {name: b}\n"
    cluster = service("kubernetes_api", "create_objects", "delete_objects")
    cluster.create_objects(text, "data")
    cluster.delete_objects(text, "data")
    assert done == [("Namespace", "data"), ("Pod", "data"), ("Namespace", "a", None), ("Pod", "b", "data")]
