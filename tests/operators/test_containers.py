"""What becomes of containers: arguments that go elsewhere, and those that keep a task in Airflow."""

from __future__ import annotations

import base64
import pickle
from types import SimpleNamespace
from typing import Any

import dagster as dg
import pytest

from migrator.model.bodies import CallFunction, PythonEnvironment, UseResource
from migrator.model.values import ObjectValue, Symbolic
from migrator.operators.rule import Untranslatable
from tests.operators.fake import FUNCTION, lower, make_task
from tests.operators.test_services import service, stand_in

DOCKER = "airflow.providers.docker.operators.docker.DockerOperator"
POD = "airflow.providers.cncf.kubernetes.operators.pod.KubernetesPodOperator"


def arguments(operator: str, **given: Any) -> dict[str, Any]:
    """What the client is asked to run."""
    lowering, _ = lower(make_task(operator, {"image": "acme/etl:1", **given}))
    assert isinstance(lowering.body, UseResource)
    assert lowering.body.passes_context
    return dict(lowering.body.arguments)


def model(kind: str, **fields: Any) -> ObjectValue:
    return ObjectValue(f"kubernetes.client.models.{kind}", (), fields, f"k8s.{kind}(...)")


def test_command_written_as_a_list_is_a_list() -> None:
    assert arguments(DOCKER, command='["echo", "{{ ds }}"]')["command"] == ["echo", "{{ ds }}"]
    assert arguments(DOCKER, command="echo 1")["command"] == "echo 1"


def test_private_environment_comes_last() -> None:
    given = arguments(DOCKER, environment={"A": "1", "B": "1"}, private_environment={"B": "2"})
    assert given["env"] == {"A": "1", "B": "2"}


def test_options_of_a_container() -> None:
    given = arguments(DOCKER, network_mode="host", cpus=0.5, port_bindings={"80": 80}, tty=False)
    assert given["container_kwargs"] == {"network_mode": "host", "cpu_shares": 512, "ports": {"80": 80}}


@pytest.mark.parametrize("argument", ["env_file", "skip_on_exit_code", "log_opts_max_size"])
def test_options_that_pipes_has_not(argument: str) -> None:
    with pytest.raises(Untranslatable, match=argument):
        arguments(DOCKER, **{argument: "9"})


def test_what_docker_does_otherwise_is_said() -> None:
    task = make_task(
        DOCKER,
        {"image": "a", "docker_conn_id": "hub", "force_pull": True, "auto_remove": True, "docker_url": "tcp://b"},
    )
    said = " ".join(f"{delta.airflow} {delta.dagster}" for delta in lower(task)[0].deltas)
    for words in ("`hub`", "pulled before each run", "removed afterwards", "DOCKER_HOST", "/tmp/airflow"):
        assert words in said
    quiet = make_task(DOCKER, {"image": "a", "mount_tmp_dir": False, "docker_url": "unix://var/run/docker.sock"})
    assert lower(quiet)[0].deltas == ()


def test_models_of_kubernetes_become_dicts() -> None:
    source = model("V1EnvVarSource", field_ref=model("V1ObjectFieldSelector", field_path="status.podIP"))
    given = arguments(
        POD,
        env_vars=[model("V1EnvVar", name="A", value="1"), model("V1EnvVar", name="IP", value_from=source)],
        tolerations=[model("V1Toleration", key="gpu", operator="Exists")],
        volumes=[{"name": "data", "emptyDir": {}}],
        on_finish_action="keep_pod",
        labels={"team": "data"},
    )
    assert given["env"] == {"A": "1"}
    pod = given["base_pod_spec"]
    assert pod["containers"][0]["env"] == [{"name": "IP", "value_from": {"field_ref": {"field_path": "status.podIP"}}}]
    assert pod["tolerations"] == [{"key": "gpu", "operator": "Exists"}]
    assert pod["volumes"] == [{"name": "data", "emptyDir": {}}]
    assert given["base_pod_meta"] == {"labels": {"team": "data"}}
    assert given["delete_pod_on_completion"] is False


def test_models_by_position_and_old_names() -> None:
    variable = ObjectValue("kubernetes.client.models.V1EnvVar", ("A", "1"), {}, 'k8s.V1EnvVar("A", "1")')
    given = arguments(POD, env_vars=[variable], node_selectors={"disk": "ssd"})
    assert given["env"] == {"A": "1"}
    assert given["base_pod_spec"] == {"node_selector": {"disk": "ssd"}}
    with pytest.raises(Untranslatable):
        arguments(POD, tolerations=[ObjectValue("kubernetes.client.models.V1Toleration", ("NoSchedule",), {}, "t")])


@pytest.mark.parametrize(
    ("secret", "expected"),
    [
        (("env", None, "keys"), {"containers": [{"env_from": [{"secret_ref": {"name": "keys"}}]}]}),
        (
            ("env", "KEY", "keys", "key"),
            {
                "containers": [
                    {"env": [{"name": "KEY", "value_from": {"secret_key_ref": {"name": "keys", "key": "key"}}}]}
                ]
            },
        ),
        (
            ("volume", "/keys", "keys"),
            {
                "containers": [{"volume_mounts": [{"name": "secret-1", "mount_path": "/keys", "read_only": True}]}],
                "volumes": [{"name": "secret-1", "secret": {"secret_name": "keys"}}],
            },
        ),
    ],
)
def test_secrets(secret: tuple[str, ...], expected: dict[str, Any]) -> None:
    value = ObjectValue("airflow.providers.cncf.kubernetes.secret.Secret", secret, {}, "Secret(...)")
    assert arguments(POD, secrets=[value])["base_pod_spec"] == expected


def test_pod_that_is_described_elsewhere_stays() -> None:
    with pytest.raises(Untranslatable, match="pod_template_file"):
        arguments(POD, pod_template_file="pod.yaml")


def test_unknown_parts_of_a_pod_stay_unknown() -> None:
    with pytest.raises(Untranslatable):
        arguments(POD, tolerations=[ObjectValue("acme.Toleration", (), {}, "acme.Toleration()")])
    with pytest.raises(Untranslatable):
        arguments(POD, env_vars=[Symbolic("unknown", "more()")])


def test_what_a_container_writes_is_handed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Any] = []
    codes = [0, 0, 3]
    parts = [b"one\ntw", b"o\n", b"3"]

    class NotThere(Exception):
        pass

    class Images:
        def get(self, image: str) -> None:
            raise NotThere

        def pull(self, image: str) -> None:
            made.append(image)

    class Containers:
        def create(self, *given: Any, **options: Any) -> Any:
            made.append((*given, options))
            return SimpleNamespace(
                start=lambda: None, logs=lambda **_: iter(parts), wait=lambda: {"StatusCode": codes.pop(0)}
            )

    client = SimpleNamespace(images=Images(), containers=Containers())
    errors = SimpleNamespace(ImageNotFound=NotThere)
    stand_in(monkeypatch, docker={"from_env": lambda: client, "errors": errors})
    host = service("docker_host", "run", "call")
    assert host.run("acme/etl", ["count"], {"A": "1"}, {"network_mode": "host"}) == "3"
    assert host.run("acme/etl", all_lines=True) == ["one", "two", "3"]
    assert made[:2] == ["acme/etl", ("acme/etl", ["count"], {"environment": {"A": "1"}, "network_mode": "host"})]
    with pytest.raises(dg.Failure, match="ended with 3: one two 3"):
        host.run("acme/etl")
    codes.append(0)
    parts[:] = [b"working\n", base64.b64encode(pickle.dumps({"rows": 7})) + b"\n"]
    assert host.call("acme/etl", ["python3", "-c", "..."]) == {"rows": 7}


def test_functions_in_containers() -> None:
    def body(operator: str, **arguments: Any) -> CallFunction:
        task = make_task(operator, {"image": "acme/etl", **arguments}, callable=FUNCTION, decorator="task.docker")
        found = lower(task)[0].body
        assert isinstance(found, CallFunction)
        return found

    docker = body("airflow.providers.docker.decorators.docker._DockerDecoratedOperator", python_command="python3.12")
    container = UseResource("docker_host", "call", {"image": "acme/etl"}, kind="docker")
    assert docker.environment == PythonEnvironment(False, python="python3.12", container=container, result="-")
    kubernetes = "airflow.providers.cncf.kubernetes.decorators."
    silent = body(kubernetes + "kubernetes._KubernetesDecoratedOperator")
    assert silent.environment is not None and silent.environment.result == "" and not silent.returns
    told = body(kubernetes + "kubernetes._KubernetesDecoratedOperator", do_xcom_push=True)
    assert told.environment is not None and told.environment.result == "/airflow/xcom/return.json" and told.returns
    command = body(kubernetes + "kubernetes_cmd._KubernetesCmdDecoratedOperator")
    assert command.environment is not None and command.environment.makes == "command"
    arguments = body(kubernetes + "kubernetes_cmd._KubernetesCmdDecoratedOperator", args_only=True)
    assert arguments.environment is not None and arguments.environment.makes == "args"
    with pytest.raises(Untranslatable):
        body(kubernetes + "kubernetes._KubernetesDecoratedOperator", string_args=["a"])


def test_what_a_pod_leaves_is_handed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    ended: list[Any] = [None, *[SimpleNamespace(exit_code=code) for code in (0, 0, 2, 2)]]
    made: list[Any] = []

    class Api:
        connect_get_namespaced_pod_exec = "exec"

        def __init__(self, client: Any) -> None:
            pass

        def create_namespaced_pod(self, namespace: str, body: Any) -> Any:
            made.append(body)
            return SimpleNamespace(metadata=SimpleNamespace(name="p"))

        def read_namespaced_pod_status(self, *place: str) -> Any:
            found = SimpleNamespace(name="base", state=SimpleNamespace(terminated=ended.pop(0)))
            return SimpleNamespace(status=SimpleNamespace(phase="Running", container_statuses=[found]))

        def read_namespaced_pod_log(self, *place: str, container: str) -> str:
            return "one\ntwo"

        def delete_namespaced_pod(self, *place: str) -> None:
            made.append(place)

    answer = SimpleNamespace(run_forever=lambda timeout: None, read_stdout=lambda: '{"rows": 7}')
    stand_in(
        monkeypatch,
        kubernetes={"client": SimpleNamespace(CoreV1Api=Api)},
        kubernetes__stream={"stream": lambda *_, **__: answer},
    )
    cluster = service("kubernetes_api", "run_pod")
    monkeypatch.setattr(type(cluster), "_client", lambda self: None)
    spec = {"node_selector": {"disk_type": "ssd"}, "containers": [{"env_from": [{"secret_ref": {"name": "s"}}]}]}
    assert cluster.run_pod("acme/etl", ["load"], "jobs", {"A": "1"}, spec, {"labels": {"my_team": "a"}}) == {"rows": 7}
    body, deleted = made
    own, beside = body["spec"]["containers"]
    assert (own["command"], own["env"], own["envFrom"]) == (
        ["load"], [{"name": "A", "value": "1"}], [{"secretRef": {"name": "s"}}],
    )  # fmt: skip
    assert own["volumeMounts"] == beside["volumeMounts"] and body["spec"]["nodeSelector"] == {"disk_type": "ssd"}
    assert (body["metadata"]["labels"], deleted) == ({"my_team": "a"}, ("p", "jobs"))
    with pytest.raises(dg.Failure, match="ended with 2"):
        cluster.run_pod("acme/etl")


def test_a_pod_that_hands_over_a_value_has_a_place_for_it() -> None:
    body = lower(make_task(POD, {"image": "a", "cmds": ["load"], "do_xcom_push": True}))[0].body
    assert isinstance(body, UseResource) and (body.method, body.gives) == ("run_pod", True)
    assert body.arguments == {"image": "a", "command": ["load"]}
