"""Servers and clouds with a client library of their own, asked for one thing at a time: Redis, Neo4j, Jenkins, the metastore of Hive, Tableau, and
containers and machines of Azure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from migrator.model.airflow import Task
from migrator.model.expressions import Expr
from migrator.operators.calls import Call, Client, call_rule, known, options
from migrator.operators.common import argument, flag, required
from migrator.operators.rule import Example, LoweringContext, Untranslatable

_PROVIDERS = "airflow.providers."
_INTERVAL = "the resource looks in intervals of its own"
_HEAD = """
from datetime import datetime

from airflow import DAG
"""

# ------------------------------------------------------------------------------------------------------- Redis, Neo4j

_REDIS = Client("redis", ("redis_conn_id",), "redis_default")
_REDIS_CALLS = (
    Call(
        "redis-publish",
        (_PROVIDERS + "redis.operators.redis_publish.RedisPublishOperator",),
        "publish",
        {"channel": "channel", "message": "message"},
        kind="redis",
    ),
    Call(
        "redis-key",
        (_PROVIDERS + "redis.sensors.redis_key.RedisKeySensor",),
        "has_key",
        {"key": "key"},
        kind="redis",
        waits=True,
    ),
)
_NEO4J = Client("neo4j", ("neo4j_conn_id",), "neo4j_default")


def _cypher(task: Task, context: LoweringContext) -> dict[str, Expr]:
    name = "cypher" if argument(task, "cypher") is not None else "sql"
    return {"query": context.files(required(task, name), (".cypher", ".cql", ".sql"))[0]}


_NEO4J_EXAMPLE = Example(
    title="A query of Cypher",
    dag=f"""{_HEAD}from airflow.providers.neo4j.operators.neo4j import Neo4jOperator

with DAG("graph", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    Neo4jOperator(task_id="link", sql="MATCH (a:Day {{d: $day}}) SET a.done = true", parameters={{"day": "{{{{ ds }}}}"}})
""",
    expected=("neo4j_default.run(", '"day": context.partition_key'),
    disposition="step",
)
_NEO4J_CALLS = (
    Call(
        "neo4j",
        (_PROVIDERS + "neo4j.operators.neo4j.Neo4jOperator",),
        "run",
        {"parameters": "parameters"},
        built=_cypher,
        reads=("cypher", "sql"),
        kind="neo4j",
        examples=(_NEO4J_EXAMPLE,),
    ),
    Call(
        "neo4j-sensor",
        (_PROVIDERS + "neo4j.sensors.neo4j.Neo4jSensor",),
        "finds",
        {"cypher": "query", "parameters": "parameters"},
        refused=("success", "failure", "selector", "fail_on_empty"),
        kind="neo4j",
        waits=True,
    ),
)

# ------------------------------------------------------------------------------------------------ Jenkins, metastore

_JENKINS = Client("jenkins", ("jenkins_connection_id",), "jenkins_default")


def _job(task: Task, context: LoweringContext) -> dict[str, Expr]:
    given = argument(task, "parameters")
    if given is None:
        return {}
    if not isinstance(given, Mapping):
        raise Untranslatable("MIG201", "its parameters are no dict", task.argument_spans.get("parameters"))
    return {"parameters": context.template(given)}


_JENKINS_EXAMPLE = Example(
    title="A job of Jenkins with parameters",
    dag=f"""{_HEAD}from airflow.providers.jenkins.operators.jenkins_job_trigger import JenkinsJobTriggerOperator

with DAG("release", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    JenkinsJobTriggerOperator(
        task_id="build", jenkins_connection_id="ci", job_name="nightly", parameters={{"day": "{{{{ ds }}}}"}}, sleep_time=5
    )
""",
    expected=("ci.run_job(", 'name="nightly"', 'parameters={"day": context.partition_key}', "ci: JenkinsServer"),
    disposition="step",
)
_JENKINS_CALLS = (
    Call(
        "jenkins-job",
        (_PROVIDERS + "jenkins.operators.jenkins_job_trigger.JenkinsJobTriggerOperator",),
        "run_job",
        {"job_name": "name", "allowed_jenkins_states": "states"},
        summary="Runs the same job, waits for its end, and fails where it fails. A run that is ended stops the build.",
        built=_job,
        reads=("parameters",),
        gives="str",
        ignored={"sleep_time": _INTERVAL, "max_try_before_job_appears": "the run's own limit counts"},
        kind="jenkins",
        examples=(_JENKINS_EXAMPLE,),
    ),
    Call(
        "jenkins-sensor",
        (_PROVIDERS + "jenkins.sensors.jenkins.JenkinsBuildSensor",),
        "build_is_done",
        {"job_name": "name", "build_number": "number", "target_states": "states"},
        kind="jenkins",
        waits=True,
    ),
)
_METASTORE = Client("hive_metastore", ("metastore_conn_id",), "metastore_default")
_HIVE = _PROVIDERS + "apache.hive.sensors."


def _partition(task: Task, context: LoweringContext) -> dict[str, Expr]:
    return {"partition": context.template(argument(task, "partition") or "ds='{{ ds }}'")}


_HIVE_EXAMPLE = Example(
    title="A partition of a table of Hive",
    dag=f"""{_HEAD}from airflow.operators.bash import BashOperator
from airflow.providers.apache.hive.sensors.hive_partition import HivePartitionSensor

with DAG("lake", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    there = HivePartitionSensor(task_id="there", table="raw.sales")
    there >> BashOperator(task_id="load", bash_command="load {{{{ ds }}}}")
""",
    expected=('metastore_default.has_partition(table="raw.sales"', "ds='{key}'"),
    disposition="sensor",
)
_METASTORE_CALLS = (
    Call(
        "hive-partition",
        (_HIVE + "hive_partition.HivePartitionSensor",),
        "has_partition",
        {"table": "table", "schema": "schema"},
        built=_partition,
        reads=("partition",),
        kind="hive",
        waits=True,
        examples=(_HIVE_EXAMPLE,),
    ),
    Call(
        "hive-named-partition",
        (_HIVE + "named_hive_partition.NamedHivePartitionSensor",),
        "has_partitions",
        {"partition_names": "names"},
        refused=("hook",),
        kind="hive",
        waits=True,
    ),
)

# ------------------------------------------------------------------------------------------------------------ Tableau

_TABLEAU = Client("tableau", ("tableau_conn_id",), "tableau_default")


def _tableau(task: Task, context: LoweringContext) -> dict[str, Expr]:
    if known(task, "method") != "refresh" or known(task, "resource") not in ("workbooks", "datasources"):
        raise Untranslatable("MIG201", "it does other than to refresh workbooks or data sources", task.span)
    return {} if flag(task, "blocking_refresh", True) else {"wait": False}


_TABLEAU_CALLS = (
    Call(
        "tableau",
        (_PROVIDERS + "tableau.operators.tableau.TableauOperator",),
        "refresh",
        {"resource": "resource", "find": "find", "match_with": "match_with", "site_id": "site"},
        summary="Refreshes the same workbooks and data sources. What does something else with Tableau stays in Airflow.",
        built=_tableau,
        reads=("method", "blocking_refresh"),
        gives="str",
        refused=("incremental_refresh", "skip_on_conflict"),
        ignored={
            "check_interval": _INTERVAL,
            "exponential_backoff": _INTERVAL,
            "max_check_interval": _INTERVAL,
            "timeout": "the run's own limit counts",
        },
        kind="tableau",
    ),
    Call(
        "tableau-sensor",
        (_PROVIDERS + "tableau.sensors.tableau.TableauJobStatusSensor",),
        "job_is_done",
        {"job_id": "job_id", "site_id": "site"},
        refused=("max_status_retries",),
        kind="tableau",
        waits=True,
    ),
)

# -------------------------------------------------------------------------------------------------------------- Azure

_AZURE = Client("azure", ("azure_conn_id",), "azure_default")
_CONTAINERS = replace(_AZURE, connection=("ci_conn_id",))
_MACHINE = {"resource_group_name": "resource_group", "vm_name": "machine"}
_GROUP = {"tags": "tags", "os_type": "os_type", "restart_policy": "restart_policy", "priority": "priority"}


def _container(task: Task, context: LoweringContext) -> dict[str, Expr]:
    given = options(task, context, _GROUP)
    return {"options": given} if given else {}


def _machine(task: Task, context: LoweringContext) -> dict[str, Expr]:
    return {} if flag(task, "wait_for_completion", True) else {"wait": False}


_CONTAINER_EXAMPLE = Example(
    title="A container of Azure",
    dag=f"""{_HEAD}from airflow.providers.microsoft.azure.operators.container_instances import AzureContainerInstancesOperator

with DAG("jobs", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    AzureContainerInstancesOperator(
        task_id="load",
        ci_conn_id="azure",
        resource_group="jobs",
        name="load-{{{{ ds_nodash }}}}",
        image="acme/load:2",
        region="westeurope",
        command=["load", "--day", "{{{{ ds }}}}"],
        environment_variables={{"STAGE": "prod"}},
        memory_in_gb=4.0,
    )
""",
    expected=(
        "azure.run_container(",
        'command=["load", "--day", context.partition_key]',
        'env={"STAGE": "prod"}',
        "memory=4.0",
        "azure: Azure",
    ),
    disposition="step",
)
_CONTAINER_CALLS = (
    Call(
        "azure-container",
        (_PROVIDERS + "microsoft.azure.operators.container_instances.AzureContainerInstancesOperator",),
        "run_container",
        {
            "resource_group": "resource_group",
            "name": "name",
            "image": "image",
            "region": "region",
            "command": "command",
            "environment_variables": "env",
            "secured_variables": "secret_env",
            "cpu": "cpu",
            "memory_in_gb": "memory",
            "fail_if_exists": "fail_if_exists",
            "remove_on_success": "remove_on_success",
            "remove_on_error": "remove_on_error",
        },
        summary="Runs the same container, waits for its end, and fails where it fails. One with volumes, a network or a registry of its own stays in Airflow.",
        built=_container,
        reads=tuple(_GROUP),
        refused=(
            *("registry_conn_id", "volumes", "gpu", "ip_address", "ports", "subnet_ids", "dns_config"),
            *("diagnostics", "identity", "xcom_all"),
        ),
        ignored={"deferrable": "there is no triggerer", "polling_interval": "there is no triggerer"},
        kind="azure",
        examples=(_CONTAINER_EXAMPLE,),
    ),
)
_MACHINE_CALLS = (
    *(
        Call(
            f"azure-machine-{name}",
            (f"{_PROVIDERS}microsoft.azure.operators.compute.AzureVirtualMachine{name.title()}Operator",),
            "change_machine",
            _MACHINE,
            built=_machine,
            reads=("wait_for_completion",),
            fixed={"action": action},
            kind="azure",
        )
        for name, action in (("start", "start"), ("stop", "deallocate"), ("restart", "restart"))
    ),
    Call(
        "azure-machine-sensor",
        (_PROVIDERS + "microsoft.azure.sensors.compute.AzureVirtualMachineStateSensor",),
        "machine_is",
        {"target_state": "state", **_MACHINE},
        kind="azure",
        waits=True,
    ),
)
RULES = tuple(
    call_rule(client, call)
    for client, calls in (
        (_REDIS, _REDIS_CALLS),
        (_NEO4J, _NEO4J_CALLS),
        (_JENKINS, _JENKINS_CALLS),
        (_METASTORE, _METASTORE_CALLS),
        (_TABLEAU, _TABLEAU_CALLS),
        (_CONTAINERS, _CONTAINER_CALLS),
        (_AZURE, _MACHINE_CALLS),
    )
    for call in calls
)
