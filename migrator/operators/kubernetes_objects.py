"""Objects of Kubernetes other than pods: applications of the Spark operator, and what a file in YAML defines."""

from __future__ import annotations

from migrator.model.airflow import Task
from migrator.model.expressions import Expr
from migrator.model.values import XComValue
from migrator.operators.calls import Call, Client, call_rule, passed
from migrator.operators.common import argument, first_argument
from migrator.operators.rule import Example, LoweringContext, Rule, Untranslatable

_OPERATORS = "airflow.providers.cncf.kubernetes.operators."
_SENSOR = "airflow.providers.cncf.kubernetes.sensors.spark_kubernetes.SparkKubernetesSensor"
_PLACE = "it works in the cluster that Dagster runs in, else in that of the current kubeconfig, or of the context that the resource names"
_IGNORED = {
    "in_cluster": "the client sees whether it is in a cluster",
    "deferrable": "there is no triggerer",
    "poll_interval": "there is no triggerer",
}


def cluster(*place: str) -> Client:
    """The cluster, which operators name by different arguments."""
    return Client(
        "kubernetes_api", ("kubernetes_conn_id",), "kubernetes_default", _IGNORED, dict.fromkeys(place, _PLACE)
    )


_YAML = (".yaml", ".yml", ".json")
_OF_KINDS = dict.fromkeys(("custom_resource_definition", "namespaced"), "the cluster itself tells its kinds of objects")
_POD_ONLY = dict.fromkeys(
    ("get_logs", "image", "code_path", "log_events_on_failure", "reattach_on_restart"),
    "the application's definition says it",
) | {
    "watch": "the application is waited for",
    "delete_on_termination": "the application stays, and Kubernetes' own time to live counts",
    "success_run_history_limit": "the application stays, and Kubernetes' own time to live counts",
    "startup_timeout_seconds": "the step's own limit counts",
    "random_name_suffix": "the name is that of the definition",
    "name": "the name is that of the definition",
    "api_group": "the definition says it",
    "api_version": "the definition says it",
    "do_xcom_push": "a value is stored only where another task takes it",
}


def _application(task: Task, context: LoweringContext) -> dict[str, Expr]:
    definition = first_argument(task, ("application_file", "template_spec"))
    if definition is None:
        raise Untranslatable("MIG207", "the definition of its application is not known", task.span)
    if isinstance(definition, str) and definition != (path := definition.rstrip()) and path.endswith(_YAML):
        # A blank at the end keeps Jinja from looking for it.
        raise Untranslatable("MIG201", "it reads its application from a file of another machine", task.span)
    if isinstance(definition, str) or not isinstance(definition, (dict, XComValue)):
        given: Expr = context.files(definition, _YAML)[0]
    else:
        given = context.template(definition)
    found: dict[str, Expr] = {"definition": given, **passed(task, context, {"namespace": "namespace"})}
    # Before version 8 of the provider the operator did not wait, and a sensor beside it did.
    if any(f"{other.operator_module}.{other.operator}" == _SENSOR for other in context.dag.tasks):
        found["wait"] = False
    return found


def _objects(task: Task, context: LoweringContext) -> dict[str, Expr]:
    text = argument(task, "yaml_conf")
    if text is None or argument(task, "yaml_conf_file"):
        raise Untranslatable("MIG201", "it reads its objects from a file of another machine", task.span)
    return {"definition": context.files(text, _YAML)[0]}


_HEAD = """
from datetime import datetime

from airflow import DAG
"""
_SPARK_EXAMPLE = Example(
    title="An application of the Spark operator",
    dag=f"""{_HEAD}from airflow.providers.cncf.kubernetes.operators.spark_kubernetes import SparkKubernetesOperator

with DAG("spark", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    SparkKubernetesOperator(
        task_id="sessions",
        namespace="data",
        application_file=\"\"\"
apiVersion: sparkoperator.k8s.io/v1beta2
kind: SparkApplication
metadata:
  generateName: sessions-
spec:
  mainApplicationFile: local:///opt/sessions.py
  arguments: ["{{{{ ds }}}}"]
\"\"\",
    )
""",
    expected=("kubernetes_default.run_spark_application(", "kind: SparkApplication", "KubernetesApi"),
    disposition="step",
)

_APPLICATION = Call(
    "spark-kubernetes",
    (_OPERATORS + "spark_kubernetes.SparkKubernetesOperator",),
    "run_spark_application",
    summary="Makes the same application and waits for its end, unless a sensor of the DAG waits for it.",
    built=_application,
    reads=("application_file", "template_spec", "namespace"),
    gives="dict",
    ignored=_POD_ONLY,
    kind="spark",
    examples=(_SPARK_EXAMPLE,),
)
_SENSOR_CALL = Call(
    "spark-kubernetes-sensor",
    (_SENSOR,),
    "spark_application_is_done",
    {"application_name": "name", "namespace": "namespace"},
    ignored={
        "attach_log": "the logs are those of the driver's pod",
        "container_name": "the logs are those of the driver's pod",
        "api_group": "the Spark operator's own group and version are asked",
        "api_version": "the Spark operator's own group and version are asked",
    },
    kind="spark",
    waits=True,
)
_OBJECT_CALLS = (
    Call(
        "kubernetes-create",
        (_OPERATORS + "resource.KubernetesCreateResourceOperator",),
        "create_objects",
        {"namespace": "namespace"},
        built=_objects,
        reads=("yaml_conf", "yaml_conf_file"),
        ignored=_OF_KINDS,
        kind="kubernetes",
    ),
    Call(
        "kubernetes-delete",
        (_OPERATORS + "resource.KubernetesDeleteResourceOperator",),
        "delete_objects",
        {"namespace": "namespace"},
        built=_objects,
        reads=("yaml_conf", "yaml_conf_file"),
        ignored=_OF_KINDS,
        kind="kubernetes",
    ),
)

RULES: tuple[Rule, ...] = (
    call_rule(cluster("config_file", "cluster_context"), _APPLICATION),
    call_rule(cluster(), _SENSOR_CALL),
    *(call_rule(cluster("config_file"), call) for call in _OBJECT_CALLS),
)
