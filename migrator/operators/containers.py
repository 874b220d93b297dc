"""Containers: the same image, command and environment, started through Dagster Pipes by Docker or Kubernetes."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import replace

from migrator.model.airflow import Task
from migrator.model.bodies import UseResource
from migrator.model.expressions import Expr
from migrator.model.plan import Delta
from migrator.model.values import ObjectValue, Symbolic, Value, XComValue
from migrator.operators.calls import Client, use
from migrator.operators.common import argument, delta, flag, required
from migrator.operators.rule import Example, Lowering, LoweringContext, Rule, Untranslatable

_NO_VALUE = "the logs of the container are the step's logs; a value that another task takes keeps that one in Airflow"
_LAST_LINE = "the logs of the container are the step's logs; their last line is handed over where another task takes it"

# ------------------------------------------------------------------------------------------------------------ Docker

_CREATE = {
    "cap_add": "cap_add",
    "device_requests": "device_requests",
    "dns": "dns",
    "dns_search": "dns_search",
    "entrypoint": "entrypoint",
    "extra_hosts": "extra_hosts",
    "hostname": "hostname",
    "ipc_mode": "ipc_mode",
    "mem_limit": "mem_limit",
    "mounts": "mounts",
    "network_mode": "network_mode",
    "port_bindings": "ports",
    "privileged": "privileged",
    "shm_size": "shm_size",
    "tty": "tty",
    "ulimits": "ulimits",
    "user": "user",
    "volumes": "volumes",
    "working_dir": "working_dir",
}
"""Arguments of the operator, and what the Docker client calls them when it creates a container."""
DOCKER_HOST = Client("docker_host", (), "docker_host")
_SOCKET = "unix://var/run/docker.sock"


def docker_container(task: Task, context: LoweringContext) -> dict[str, Expr]:
    """What a task's container is made with, but for its command. Raises Untranslatable."""
    for name in ("env_file", "skip_on_exit_code", "skip_exit_code", "log_opts_max_size", "log_opts_max_file"):
        if argument(task, name) is not None:
            raise Untranslatable("MIG201", f"its argument `{name}` has no translation", task.argument_spans.get(name))
    given: dict[str, Expr] = {"image": context.template(required(task, "image"))}
    if (environment := _environment(task, context, ("environment", "private_environment"))) is not None:
        given["env"] = environment
    create = {
        new: context.template(value)
        for old, new in _CREATE.items()
        if (value := argument(task, old)) not in (None, False)
    }
    if (cpus := argument(task, "cpus", 1.0)) != 1.0:
        if isinstance(cpus, bool) or not isinstance(cpus, (int, float)):
            raise Untranslatable("MIG207", "its share of CPUs is only known at run time", task.span)
        create["cpu_shares"] = round(cpus * 1024)
    return given | ({"container_kwargs": create} if create else {})


def _docker(task: Task, context: LoweringContext) -> Lowering:
    given = docker_container(task, context)
    if (command := argument(task, "command")) is not None:
        given = {"image": given.pop("image"), "command": _docker_command(task, context, command), **given}
    if "return_value" in context.taken_keys and _hands_over(task):
        every = flag(task, "xcom_all")
        given |= {"all_lines": True} if every else {}
        value = use(task, context, DOCKER_HOST, "run", given, "list" if every else "str", "docker")
        # Without a line there is no value.
        value = value if every else replace(value, annotation="")
        return Lowering("work", value, deltas=docker_deltas(task, context))
    body = UseResource(context.client("docker"), "run", given, passes_context=True, kind="docker")
    return Lowering("work", body, deltas=docker_deltas(task, context))


def _hands_over(task: Task) -> bool:
    """Whether the operator's value is what its container writes."""
    return flag(task, "do_xcom_push", True) and flag(task, "xcom_push", True) and not flag(task, "retrieve_output")


def _docker_command(task: Task, context: LoweringContext, command: Value) -> Expr:
    if isinstance(command, str) and command.strip().startswith("["):
        # The operator reads such text as a list; so it may be said as one where nothing in it is filled in later.
        try:
            command = ast.literal_eval(command)
        except (ValueError, SyntaxError):
            raise Untranslatable(
                "MIG207", "its command is a list written as text, and only known at run time", task.span
            ) from None
    if isinstance(command, str) and command.endswith((".sh", ".bash")) and not any(sign in command for sign in " /{"):
        return context.files(command, (".sh", ".bash"))[0]
    return context.template(command)


def _environment(task: Task, context: LoweringContext, names: tuple[str, ...]) -> Expr:
    """The environment of several arguments, the last one's values first; a value of another task as it is."""
    found = [value for name in names if (value := argument(task, name))]
    if not found:
        return None
    if len(found) == 1 and isinstance(found[0], (XComValue, Symbolic)):
        return context.template(found[0])
    if not all(isinstance(value, Mapping) for value in found):
        raise Untranslatable("MIG207", "its environment is only known at run time", task.span)
    merged = {key: value for mapping in found for key, value in mapping.items()}
    return context.template({key: value for key, value in merged.items() if value is not None})


def docker_deltas(task: Task, context: LoweringContext) -> tuple[Delta, ...]:
    """What is otherwise where a container is started without Airflow."""
    found = []
    if argument(task, "docker_conn_id") is not None:
        found.append(
            delta(
                context,
                f"it logs in to the registry of the connection `{argument(task, 'docker_conn_id')}`",
                "it pulls with the credentials that the Docker daemon has",
                "log in on the host, or give the client its `registry` in `defs/resources.py`",
            )
        )
    url = argument(task, "docker_url")
    if url not in (None, _SOCKET, "unix:///var/run/docker.sock"):
        found.append(
            delta(
                context,
                "it names the Docker daemon that runs the container",
                "the environment variable DOCKER_HOST names it, else it is the local one",
                "set DOCKER_HOST (and DOCKER_CERT_PATH) where Dagster runs",
            )
        )
    if argument(task, "force_pull"):
        found.append(
            delta(
                context,
                "the image is pulled before each run",
                "the image is pulled where the host has none of that name",
                "name the image by a version, or pull it on the host",
            )
        )
    notes = []
    if argument(task, "auto_remove") not in (None, False, "never"):
        notes.append("the container is removed afterwards")
    if flag(task, "mount_tmp_dir", True):
        notes.append(f"a new folder of the host is mounted at `{argument(task, 'tmp_dir', '/tmp/airflow')}`")
    if argument(task, "container_name") is not None:
        notes.append("the container has a name of its own")
    if notes:
        found.append(
            delta(
                context,
                "; ".join(notes),
                "the stopped container stays, under a name that Docker gives it, without such a folder",
                "remove stopped containers from time to time (`docker container prune`); add what is missing to `container_kwargs`",
                minor=True,
            )
        )
    return tuple(found)


# -------------------------------------------------------------------------------------------------------- Kubernetes

_POD = {
    "active_deadline_seconds": "active_deadline_seconds",
    "affinity": "affinity",
    "automount_service_account_token": "automount_service_account_token",
    "dns_config": "dns_config",
    "dnspolicy": "dns_policy",
    "host_aliases": "host_aliases",
    "hostname": "hostname",
    "hostnetwork": "host_network",
    "image_pull_secrets": "image_pull_secrets",
    "init_containers": "init_containers",
    "node_selector": "node_selector",
    "node_selectors": "node_selector",
    "priority_class_name": "priority_class_name",
    "runtime_class_name": "runtime_class_name",
    "schedulername": "scheduler_name",
    "security_context": "security_context",
    "service_account_name": "service_account_name",
    "subdomain": "subdomain",
    "termination_grace_period": "termination_grace_period_seconds",
    "tolerations": "tolerations",
    "volumes": "volumes",
}
"""Arguments of the operator, and the fields of a pod's spec that they are."""
_CONTAINER = {
    "arguments": "args",
    "container_resources": "resources",
    "container_security_context": "security_context",
    "env_from": "env_from",
    "image_pull_policy": "image_pull_policy",
    "ports": "ports",
    "termination_message_policy": "termination_message_policy",
    "volume_mounts": "volume_mounts",
}
"""Arguments of the operator, and the fields of a container that they are."""
_POSITIONS = {
    "V1EnvVar": ("name", "value", "value_from"),
    "V1LocalObjectReference": ("name",),
    "V1ResourceRequirements": ("claims", "limits", "requests"),
    "V1SecretKeySelector": ("key", "name", "optional"),
}
"""Fields of models that people give by position."""
_VOLUME = ("name", "configs")
_VOLUME_MOUNT = ("name", "mount_path", "sub_path", "read_only")
_RESOURCES = ("request_memory", "request_cpu", "request_ephemeral_storage", "limit_memory", "limit_cpu", "limit_gpu")
"""What Airflow's own classes of earlier times were made with, in their order."""
_CLUSTER_API = Client("kubernetes_api", (), "kubernetes_api")
_LATER_SPECS = (
    "full_pod_spec",
    "pod_template_file",
    "pod_template_dict",
    "pod_runtime_info_envs",
    "skip_on_exit_code",
    "callbacks",
    "progress_callback",
)
_POD_IGNORED = {
    "in_cluster": "the client sees whether it is in a cluster",
    "get_logs": "the logs of the container are the step's logs",
    "container_logs": "the logs of the container are the step's logs",
    "init_container_logs": "there are no other containers",
    "log_events_on_failure": "Kubernetes keeps the events",
    "log_events_on_startup": "Kubernetes keeps the events",
    "log_pod_spec_on_failure": "the pod's spec is in the code",
    "logging_interval": "logs are followed",
    "container_name_log_prefix_enabled": "logs are followed",
    "base_container_status_polling_interval": "the client looks every ten seconds",
    "startup_check_interval_seconds": "the client looks every ten seconds",
    "poll_interval": "there is no triggerer",
    "deferrable": "there is no triggerer",
    "reattach_on_restart": "a run that is started again starts a new pod",
    "durable": "a run that is started again starts a new pod",
    "name": "the pod is named after the run and the step",
    "random_name_suffix": "the pod is named after the run and the step",
    "base_container_name": "the container has a name of its own",
    "on_kill_action": "the pod ends with the run",
    "startup_timeout_seconds": "the client waits for the pod as long as its own limit says",
    "schedule_timeout_seconds": "the client waits for the pod as long as its own limit says",
    "xcom_sidecar_container_security_context": "the second container needs none",
}


def pod(task: Task, context: LoweringContext) -> Lowering:
    """What a task that runs a pod becomes. Raises Untranslatable."""
    given = pod_arguments(task, context)
    if (
        argument(task, "on_finish_action", "delete_pod") == "keep_pod"
        or argument(task, "is_delete_operator_pod") is False
    ):
        given["delete_pod_on_completion"] = False
    if flag(task, "do_xcom_push"):
        # Also where nobody takes the value: the container writes it into a folder that has to be there.
        value = use(task, context, _CLUSTER_API, "run_pod", given, "dict", "kubernetes")
        return Lowering("work", replace(value, annotation=""), deltas=_pod_deltas(task, context))
    body = UseResource(context.client("kubernetes"), "run", given, passes_context=True, kind="kubernetes")
    return Lowering("work", body, deltas=_pod_deltas(task, context))


def pod_arguments(task: Task, context: LoweringContext) -> dict[str, Expr]:
    """What a task's pod is made with. Raises Untranslatable."""
    for name in _LATER_SPECS:
        if argument(task, name):
            raise Untranslatable("MIG201", f"its argument `{name}` has no translation", task.argument_spans.get(name))
    given: dict[str, Expr] = {"image": context.template(required(task, "image"))}
    for old, new in (("namespace", "namespace"), ("cmds", "command")):
        if (value := argument(task, old)) is not None:
            given[new] = context.template(value)
    container = _fields(task, context, _CONTAINER)
    pod = _fields(task, context, _POD)
    env, from_elsewhere = _pod_environment(task, context)
    if env:
        given["env"] = env
    sources = [{"config_map_ref": {"name": name}} for name in _names(task, "configmaps")]
    _add_secrets(task, context, pod, container, from_elsewhere, sources)
    if sources:
        container["env_from"] = [*container.get("env_from", ()), *sources]
    if from_elsewhere:
        container["env"] = from_elsewhere
    if container:
        pod = {"containers": [container], **pod}
    if pod:
        given["base_pod_spec"] = pod
    meta = {name: context.template(value) for name in ("labels", "annotations") if (value := argument(task, name))}
    if meta:
        given["base_pod_meta"] = meta
    return given


def _fields(task: Task, context: LoweringContext, names: Mapping[str, str]) -> dict[str, Expr]:
    found = {new: value for old, new in names.items() if (value := argument(task, old)) not in (None, False)}
    resources = found.get("resources")
    if isinstance(resources, Mapping) and any(str(key).startswith(("request_", "limit_")) for key in resources):
        found["resources"] = _resources(resources)
    return {name: context.template(plain(value, task)) for name, value in found.items()}


def plain(value: Value, task: Task) -> Value:
    """A value with the Kubernetes client's models in it as the dicts that they stand for. Untranslatable for what is no model."""
    if isinstance(value, ObjectValue):
        if (own := _of_airflow(value, task)) is not None:
            return own
        module, _, name = value.type.rpartition(".")
        fields = _POSITIONS.get(name, ())
        if not module.startswith("kubernetes.") or not name.startswith("V1") or len(value.args) > len(fields):
            raise Untranslatable("MIG207", f"`{value.source or value.type}` is only made at run time", task.span)
        given = {**dict(zip(fields, value.args, strict=False)), **value.kwargs}
        return {key: plain(item, task) for key, item in given.items() if item is not None}
    if isinstance(value, Mapping):
        return {key: plain(item, task) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item, task) for item in value]
    return value


def _of_airflow(value: ObjectValue, task: Task) -> Value:
    """A volume, the place of one, or resources, as Airflow's own classes of earlier times said them. None for what is none."""
    name = value.type.rpartition(".")[2]
    names = {"Volume": _VOLUME, "VolumeMount": _VOLUME_MOUNT, "Resources": _RESOURCES}.get(name)
    if names is None or not value.type.startswith("airflow."):
        return None
    given = {**dict(zip(names, value.args, strict=False)), **value.kwargs}
    if name == "Resources":
        return _resources(given)
    configs = plain(given.pop("configs", None) or {}, task)
    if not isinstance(configs, Mapping):
        raise Untranslatable("MIG207", "its volumes are only known at run time", task.span)
    return {**{key: item for key, item in given.items() if item is not None}, **configs}


def _resources(given: Mapping[Value, Value]) -> dict[Value, Value]:
    """`request_memory`, `limit_cpu`... as Kubernetes says them."""
    found: dict[Value, dict[Value, Value]] = {}
    for key, item in given.items():
        kind, _, what = str(key).partition("_")
        if item is not None and kind in ("request", "limit"):
            of = "nvidia.com/gpu" if what == "gpu" else what.replace("_", "-")
            found.setdefault(f"{kind}s", {})[of] = item
    return dict(found)


def _pod_environment(task: Task, context: LoweringContext) -> tuple[Expr, list[Expr]]:
    """The variables with a value, by name, and those whose value the cluster knows."""
    given = argument(task, "env_vars")
    if isinstance(given, (XComValue, Symbolic)):
        return context.template(given), []
    given = plain(given or {}, task)
    if isinstance(given, Mapping):
        return context.template(dict(given)), []
    values: dict[Value, Value] = {}
    others: list[Expr] = []
    for row in given:
        if not isinstance(row, Mapping) or not isinstance(row.get("name"), str):
            raise Untranslatable("MIG207", "its environment is only known at run time", task.span)
        if "value_from" in row:
            others.append(context.template(row))
        else:
            values[row["name"]] = row.get("value", "")
    return context.template(values), others


def _names(task: Task, name: str) -> list[Value]:
    value = argument(task, name) or []
    if not isinstance(value, (list, tuple)) or not all(isinstance(item, str) for item in value):
        raise Untranslatable("MIG207", f"its argument `{name}` is only known at run time", task.span)
    return list(value)


def _add_secrets(
    task: Task,
    context: LoweringContext,
    pod: dict[str, Expr],
    container: dict[str, Expr],
    env: list[Expr],
    sources: list[Expr],
) -> None:
    """Airflow's `Secret(deploy_type, deploy_target, secret, key)`: a variable, all variables, or a volume."""
    secrets = argument(task, "secrets") or []
    for number, secret in enumerate(secrets if isinstance(secrets, (list, tuple)) else [secrets], 1):
        if not isinstance(secret, ObjectValue) or not secret.type.endswith("secret.Secret"):
            raise Untranslatable("MIG207", "its secrets are only known at run time", task.span)
        names = ("deploy_type", "deploy_target", "secret", "key", "items")
        fields = {**dict(zip(names, secret.args, strict=False)), **secret.kwargs}
        kind, name, key = fields.get("deploy_type"), fields.get("secret"), fields.get("key")
        target = fields.get("deploy_target")
        if fields.get("items") or not isinstance(name, str):
            raise Untranslatable("MIG201", f"its secret `{name}` is taken apart", task.span)
        if kind == "env" and key is None:
            sources.append({"secret_ref": {"name": name}})
        elif kind == "env":
            env.append({"name": target, "value_from": {"secret_key_ref": {"name": name, "key": key}}})
        elif kind == "volume":
            volume = f"secret-{number}"
            pod["volumes"] = [*pod.get("volumes", ()), {"name": volume, "secret": {"secret_name": name}}]
            mount = {"name": volume, "mount_path": target, "read_only": True}
            container["volume_mounts"] = [*container.get("volume_mounts", ()), mount]
        else:
            raise Untranslatable("MIG207", f"how its secret `{name}` is given is only known at run time", task.span)


def _pod_deltas(task: Task, context: LoweringContext) -> tuple[Delta, ...]:
    place = [name for name in _CLUSTER if argument(task, name)]
    if not place:
        return ()
    shown = ", ".join(f"`{name}`" for name in place)
    found = delta(
        context,
        f"{shown} say which cluster runs the pod",
        "it runs in the cluster that Dagster runs in, else in that of the current kubeconfig",
        "give the client `kubeconfig_file` or `kube_context` in `defs/resources.py`",
    )
    return (found,)


CLOUD_PLACE = (
    "cluster_name",
    "location",
    "project_id",
    "gcp_conn_id",
    "aws_conn_id",
    "region",
    "use_internal_ip",
    "use_dns_endpoint",
)
"""Arguments by which operators of clouds find the cluster."""
_CLUSTER = ("kubernetes_conn_id", "config_file", "cluster_context", *CLOUD_PLACE, "impersonation_chain")
"""Arguments that name a cluster or the way into it."""

_DOCKER_EXAMPLE = Example(
    title="A container with an environment and a folder of the host",
    dag="""
from datetime import datetime

from airflow import DAG
from airflow.models import Variable
from airflow.providers.docker.operators.docker import DockerOperator
from docker.types import Mount

LIMITS = Variable.get("etl_limits", deserialize_json=True)

with DAG("images", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    DockerOperator(
        task_id="load",
        image="acme/etl:2.1",
        command="python load.py --day {{ ds }}",
        environment={"MODE": "full", "TOKEN": Variable.get("etl_token"), "ROWS": LIMITS["load"]["rows"]},
        mounts=[Mount(source="/srv/data", target="/data", type="bind")],
        network_mode="bridge",
        auto_remove="success",
        mount_tmp_dir=False,
    )
""",
    expected=(
        "docker.run(",
        'image="acme/etl:2.1"',
        "python load.py --day {context.partition_key}",
        '"TOKEN": os.environ["ETL_TOKEN"]',
        'json.loads(os.environ["ETL_LIMITS"])["load"]["rows"]',
        'Mount(source="/srv/data", target="/data", type="bind")',
        '"docker": PipesDockerClient()',
    ),
    disposition="step",
)
_DOCKER_VALUE_EXAMPLE = Example(
    title="A container whose last line another task takes",
    dag="""
from datetime import datetime

from airflow import DAG
from airflow.operators.bash import BashOperator
from airflow.providers.docker.operators.docker import DockerOperator

with DAG("counts", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    count = DockerOperator(task_id="count", image="acme/etl:2.1", command="count {{ ds }}")
    count >> BashOperator(task_id="tell", bash_command="echo {{ ti.xcom_pull(task_ids='count') }}")
""",
    expected=("return docker_host.run(", 'command=f"count {context.partition_key}"', "docker_host: DockerHost"),
)
_POD_EXAMPLE = Example(
    title="A pod with resources, a secret and its own service account",
    dag="""
from datetime import datetime

from airflow import DAG
from airflow.providers.cncf.kubernetes.operators.pod import KubernetesPodOperator
from airflow.providers.cncf.kubernetes.secret import Secret
from kubernetes.client import models as k8s

with DAG("pods", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    KubernetesPodOperator(
        task_id="train",
        name="train",
        namespace="data",
        image="acme/train:1",
        cmds=["python", "-m", "train"],
        arguments=["--day", "{{ ds }}"],
        env_vars=[k8s.V1EnvVar(name="MODE", value="full")],
        secrets=[Secret("env", "API_KEY", "train-secrets", "api-key")],
        container_resources=k8s.V1ResourceRequirements(requests={"memory": "2Gi"}),
        service_account_name="trainer",
        get_logs=True,
    )
""",
    expected=(
        "kubernetes.run(",
        'command=["python", "-m", "train"]',
        'env={"MODE": "full"}',
        '"args": ["--day", context.partition_key]',
        '"resources": {"requests": {"memory": "2Gi"}}',
        '"secret_key_ref": {"name": "train-secrets", "key": "api-key"}',
        '"service_account_name": "trainer"',
    ),
    disposition="step",
)

DOCKER = Rule(
    name="docker",
    operators=("airflow.providers.docker.operators.docker.DockerOperator",),
    summary="Runs the same container through Dagster Pipes (`PipesDockerClient`); its logs are the step's logs.",
    lower=_docker,
    carried=frozenset(
        {
            *_CREATE,
            "image",
            "command",
            "environment",
            "private_environment",
            "env_file",
            "cpus",
            "docker_conn_id",
            "docker_url",
            "force_pull",
            "auto_remove",
            "mount_tmp_dir",
            "tmp_dir",
            "container_name",
            "skip_on_exit_code",
            "skip_exit_code",
            "log_opts_max_size",
            "log_opts_max_file",
        }
    ),
    ignored={
        "api_version": "the client and the daemon agree on one",
        "host_tmp_dir": "goes with the folder of the host, which is a difference of its own",
        "timeout": "the client's own limit counts",
        "tls_ca_cert": "goes with DOCKER_HOST",
        "tls_client_cert": "goes with DOCKER_HOST",
        "tls_client_key": "goes with DOCKER_HOST",
        "tls_hostname": "goes with DOCKER_HOST",
        "tls_ssl_version": "goes with DOCKER_HOST",
        "tls_verify": "goes with DOCKER_HOST",
        "retrieve_output": _NO_VALUE,
        "retrieve_output_path": _NO_VALUE,
        "xcom_all": _LAST_LINE,
        "do_xcom_push": _LAST_LINE,
        "xcom_push": _LAST_LINE,
    },
    examples=(_DOCKER_EXAMPLE, _DOCKER_VALUE_EXAMPLE),
)
KUBERNETES = Rule(
    name="kubernetes-pod",
    operators=(
        "airflow.providers.cncf.kubernetes.operators.pod.KubernetesPodOperator",
        "airflow.providers.google.cloud.operators.kubernetes_engine.GKEStartPodOperator",
        "airflow.providers.amazon.aws.operators.eks.EksPodOperator",
    ),
    summary="Runs the same pod through Dagster Pipes (`PipesK8sClient`), or with `do_xcom_push` by the API of Kubernetes; its logs are the step's logs.",
    lower=pod,
    carried=frozenset(
        {
            *_POD,
            *_CONTAINER,
            *_LATER_SPECS,
            *_CLUSTER,
            "image",
            "namespace",
            "cmds",
            "env_vars",
            "secrets",
            "configmaps",
            "labels",
            "annotations",
            "on_finish_action",
            "is_delete_operator_pod",
        }
    ),
    ignored=_POD_IGNORED,
    examples=(_POD_EXAMPLE,),
)
RULES = (DOCKER, KUBERNETES)
