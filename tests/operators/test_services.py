"""The classes of services: that rules and they fit together, and what their methods do, with stand-ins for the services' clients."""

from __future__ import annotations

import ast
import importlib
import subprocess
import sys
from collections.abc import Mapping
from contextlib import nullcontext
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any, ClassVar

import dagster as dg
import pytest

from migrator.codegen import render_project
from migrator.codegen.resources.services import SERVICES, service_source, service_text
from migrator.config import Config
from migrator.operators import builtin_rules
from migrator.operators.aws_asks import WAITER
from migrator.operators.common import COMMON_ARGUMENTS, SENSOR_ARGUMENTS
from migrator.pipeline import analyze

OLDER = frozenset(
    """
    auth_type aws_conn_id discord_conn_id google_cloud_storage_conn_id object s3_conn_id bigquery_conn_id botocore_config overrides cluster_fields encryption_configuration exists_ok google_cloud_conn_id impersonation_chain labels use_task_execution_day mysql_conn_id channel clickhouse_conn_id
    database role schema slack_conn_id warehouse use_task_execution_date
    materialized_view node_selectors op_args op_kwargs parameters python_callable schema_fields skip_exit_code snowflake_conn_id
    templates_dict time_partitioning view volumes
    """.split()
)
"""Arguments that operators had in earlier versions of the providers."""


def service(kind: str, *methods: str, **fields: str) -> Any:
    """A resource of that kind, with the methods asked for."""
    source = service_source(kind, methods)
    names: dict[str, Any] = {"__name__": "resources"}
    exec("\n".join((*source.imports, *source.blocks)), names)
    names["time"] = SimpleNamespace(sleep=lambda seconds: None, monotonic=lambda: 0)
    return names[SERVICES[kind].class_name](**fields)


def stand_in(monkeypatch: pytest.MonkeyPatch, **modules: Mapping[str, Any]) -> None:
    """Modules (with `__` for dots) that an import statement finds."""
    for name, content in modules.items():
        parts = name.split("__")
        for count in range(1, len(parts) + 1):
            path = ".".join(parts[:count])
            if path not in sys.modules or count == len(parts):
                module = ModuleType(path)
                module.__path__ = []
                monkeypatch.setitem(sys.modules, path, module)
                if count > 1:
                    monkeypatch.setattr(
                        sys.modules[".".join(parts[: count - 1])], parts[count - 1], module, raising=False
                    )
        for attribute, value in content.items():
            setattr(sys.modules[".".join(parts)], attribute, value)


def methods_of(kind: str) -> dict[str, ast.FunctionDef]:
    tree = ast.parse(service_text(kind))
    own = next(node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == SERVICES[kind].class_name)
    return {node.name: node for node in own.body if isinstance(node, ast.FunctionDef)}


def test_each_method_is_whole_by_itself(tmp_path: Path) -> None:
    """What is taken of a class needs no more than is taken with it, is tidy, and asks for what it imports."""
    for kind in SERVICES:
        for name in methods_of(kind):
            if not name.startswith("_"):
                source = service_source(kind, (name,))
                text = "\n".join(source.imports) + "\n\n\n" + "\n\n\n".join(source.blocks) + "\n"
                (tmp_path / f"{kind}_{name}.py").write_text(text)
    command = [
        sys.executable,
        "-m",
        "ruff",
        "check",
        "--isolated",
        "--select",
        "E4,E7,E9,F,B",
        "--ignore",
        "E402",
        str(tmp_path),
    ]
    checked = subprocess.run(command, capture_output=True, text=True)
    assert checked.returncode == 0, checked.stdout[-3000:]
    assert service_source("google_cloud", ("run_bigquery_job",)).packages == ("google-cloud-bigquery",)
    assert service_source("google_cloud", ("run_cloud_run_job",)).packages == ("google-auth", "google-cloud-run")
    with pytest.raises(KeyError):
        service_source("google_cloud", ("fly",))


def test_rules_name_arguments_that_the_operators_have() -> None:
    """By the recorded signatures."""
    rows = Path("tests/operators/provider_arguments.txt").read_text().splitlines()
    recorded = {row.split(" ")[0]: set(row.split(" ")[1].split(",")) for row in rows if not row.startswith("#")}
    wrong = {}
    for rule in builtin_rules():
        known = [recorded[operator] for operator in rule.operators if operator in recorded]
        if known:
            named = {name.partition(".")[0] for name in rule.carried}
            shared = {*OLDER, *WAITER, *COMMON_ARGUMENTS, *SENSOR_ARGUMENTS}
            beyond = named - set.union(*known) - shared
            if beyond:
                wrong[rule.name] = beyond
    assert wrong == {}


# ------------------------------------------------------------------------------------------------------- Google Cloud


class _Reference(SimpleNamespace):
    @classmethod
    def from_string(cls, text: str, default_project: str | None = None) -> _Reference:
        *project, dataset, table = text.split(".")
        return cls(projectId=(project or [default_project])[0], datasetId=dataset, tableId=table)

    def to_api_repr(self) -> dict[str, Any]:
        return vars(self)


class _Missing(Exception):
    pass


class _EndpointThere(_Missing):
    response: ClassVar = {"Error": {"Message": "Cannot create already existing endpoint e"}}


class _Denied(_Missing):
    response: ClassVar = {"Error": {"Message": "not authorized to perform CreateEndpoint"}}


def test_jobs_of_bigquery(monkeypatch: pytest.MonkeyPatch) -> None:
    """They are waited for, fail where the job does, and are cancelled where the run is ended."""
    jobs: list[Any] = []
    told: list[str] = []

    class Client:
        def __init__(self, project: str | None, location: str | None) -> None:
            self.project, self.location = project, location

        def create_job(self, configuration: dict[str, Any]) -> Any:
            jobs.append((self.project, self.location, configuration))
            return SimpleNamespace(job_id="j1", result=result, cancel=lambda: told.append("cancelled"))

    def result() -> None:
        if told == ["end"]:
            raise dg.DagsterExecutionInterruptedError
        if told:
            raise ValueError(told[0])

    stand_in(
        monkeypatch,
        google__cloud__bigquery={"Client": Client, "TableReference": _Reference},
        google__auth={"default": lambda **options: (None, "acme")},
    )
    cloud = service("google_cloud", "load_bigquery_table", "copy_bigquery_tables")
    assert cloud.load_bigquery_table("raw.sales", "gs://a/b.csv", {"sourceFormat": "CSV"}, location="EU") == "j1"
    table = {"projectId": "acme", "datasetId": "raw", "tableId": "sales"}
    load = {"sourceUris": ["gs://a/b.csv"], "destinationTable": table, "sourceFormat": "CSV"}
    assert jobs == [(None, "EU", {"load": load})]
    cloud.copy_bigquery_tables(["other:a.b"], "raw.sales", {}, project="mine")
    source = {"projectId": "other", "datasetId": "a", "tableId": "b"}
    target = {**table, "projectId": "mine"}
    assert jobs[1] == ("mine", None, {"copy": {"sourceTables": [source], "destinationTable": target}})
    told.append("no such column")
    with pytest.raises(ValueError, match="no such column"):
        cloud.run_bigquery_job({"query": {"query": "SELECT a"}})
    told[:] = ["end"]
    with pytest.raises(dg.DagsterExecutionInterruptedError):
        cloud.run_bigquery_job({})
    assert told == ["end", "cancelled"]


def test_clusters_and_jobs_of_dataproc(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    states = ["PENDING", "RUNNING", "DONE"]

    class Jobs:
        def __init__(self, client_options: Mapping[str, str]) -> None:
            assert client_options == {"api_endpoint": "eu-dataproc.googleapis.com:443"}

        def submit_job(self, request: Mapping[str, Any]) -> Any:
            asked.append(f"submit {request['project_id']} {request['job']['placement']['cluster_name']}")
            return SimpleNamespace(reference=SimpleNamespace(job_id="7"))

        def get_job(self, request: Mapping[str, Any]) -> Any:
            assert request["job_id"] == "7"
            return SimpleNamespace(status=SimpleNamespace(state=SimpleNamespace(name=states.pop(0))))

    class Clusters(Jobs):
        def create_cluster(self, request: Mapping[str, Any]) -> Any:
            asked.append(f"create {request['cluster']['cluster_name']}")
            return SimpleNamespace(result=fail if request["cluster"]["cluster_name"] == "bad" else list)

        def delete_cluster(self, request: Mapping[str, Any]) -> Any:
            asked.append(f"delete {request['cluster_name']}")
            if request["cluster_name"] == "gone":
                raise _Missing
            return SimpleNamespace(result=list)

    class Failed(Exception):
        pass

    def fail() -> None:
        raise Failed

    stand_in(
        monkeypatch,
        google__cloud__dataproc={"JobControllerClient": Jobs, "ClusterControllerClient": Clusters},
        google__auth={"default": lambda **options: (None, "acme")},
        google__api_core__exceptions={"NotFound": _Missing, "AlreadyExists": KeyError, "GoogleAPICallError": Failed},
    )
    cloud = service("google_cloud", "create_dataproc_cluster", "run_dataproc_job", "delete_dataproc_cluster")
    job = {"placement": {"cluster_name": "c"}, "spark_job": {}}
    assert cloud.run_dataproc_job(job, "eu") == "7"
    states[:] = ["ERROR"]
    with pytest.raises(dg.Failure, match="ended as ERROR"):
        cloud.run_dataproc_job(job, "eu", project="other")
    with pytest.raises(Failed):
        cloud.create_dataproc_cluster("bad", "eu")
    cloud.delete_dataproc_cluster("gone", "eu")
    assert asked == ["submit acme c", "submit other c", "create bad", "delete bad", "delete gone"]


# --------------------------------------------------------------------------------------------------------------- AWS


class _Boto:
    """A client of boto3 that answers from a table: by operation, one answer or the next of a list, and keeps what it was asked."""

    def __init__(self, **answers: Any) -> None:
        self.answers, self.asked = answers, list[Any]()
        missing = dict.fromkeys(("EntityNotFoundException", "ClusterNotFoundFault", "ClientError"), _Missing)
        self.exceptions = SimpleNamespace(**missing)

    def __getattr__(self, operation: str) -> Any:
        def call(*_: Any, **given: Any) -> Any:
            self.asked.append((operation, given))
            answer = self.answers.get(operation, {})
            answer = answer.pop(0) if isinstance(answer, list) else answer
            if isinstance(answer, type) and issubclass(answer, BaseException):
                raise answer
            return answer

        return call

    def operations(self) -> list[str]:
        return [operation for operation, _ in self.asked]


def boto(monkeypatch: pytest.MonkeyPatch, **answers: Any) -> _Boto:
    client = _Boto(**answers)
    session = SimpleNamespace(client=lambda name: client, get_credentials=lambda: credentials)
    credentials = SimpleNamespace(
        get_frozen_credentials=lambda: SimpleNamespace(access_key="A", secret_key="S", token=None)
    )
    stand_in(monkeypatch, boto3={"Session": lambda profile_name, region_name: session})
    return client


def test_jobs_of_glue(monkeypatch: pytest.MonkeyPatch) -> None:
    names = ("RUNNING", "SUCCEEDED", "FAILED", "STOPPED", "STOPPED")
    states = [{"JobRun": {"JobRunState": state}} for state in names]
    client = boto(monkeypatch, start_job_run={"JobRunId": "r"}, get_job_run=states, get_job=_Missing)
    aws = service("aws", "run_glue_job")
    assert aws.run_glue_job("load", {"--day": "1"}, definition={"Role": "etl"}) == "r"
    assert client.operations() == ["get_job", "create_job", "start_job_run", "get_job_run", "get_job_run"]
    with pytest.raises(dg.Failure, match="the Glue job load ended as FAILED"):
        aws.run_glue_job("load")
    assert aws.run_glue_job("load") == "r"
    with pytest.raises(dg.Failure, match="the Glue job load ended as STOPPED"):
        aws.run_glue_job("load", stop_fails=True)
    client.answers["get_job_run"] = dg.DagsterExecutionInterruptedError
    with pytest.raises(dg.DagsterExecutionInterruptedError):
        aws.run_glue_job("load")
    assert client.asked[-1] == ("batch_stop_job_run", {"JobName": "load", "JobRunIds": ["r"]})


def test_states_of_aws(monkeypatch: pytest.MonkeyPatch) -> None:
    instances = [{"Reservations": [{"Instances": [{"State": {"Name": name}}]}]} for name in ("pending", "running")]
    queries = [{"QueryExecution": {"Status": {"State": state}}} for state in ("RUNNING", "SUCCEEDED", "FAILED")]
    crawlers: list[dict[str, Any]] = [{"Crawler": {"State": "RUNNING"}}]
    crawlers += [{"Crawler": {"State": "READY", "LastCrawl": {"Status": status}}} for status in ("SUCCEEDED", "FAILED")]
    waiter = SimpleNamespace(wait=lambda InstanceIds: None)
    client = boto(
        monkeypatch,
        describe_instances=instances,
        get_query_execution=queries,
        get_crawler=crawlers,
        get_job_run=[{"jobRun": {"state": state}} for state in ("RUNNING", "SUCCESS")],
        get_waiter=waiter,
        start_instances={},
    )
    aws = service("aws", "start_ec2_instance", "ec2_instance_is", "athena_query_is_done", "glue_crawler_is_done")
    aws.start_ec2_instance("i-1")
    assert client.operations() == ["start_instances", "get_waiter"]
    assert [aws.ec2_instance_is("running", "i-1") for _ in range(2)] == [False, True]
    assert [aws.athena_query_is_done("q") for _ in range(2)] == [False, True]
    assert [aws.glue_crawler_is_done("c") for _ in range(2)] == [False, True]
    with pytest.raises(dg.Failure, match="the query q ended as FAILED"):
        aws.athena_query_is_done("q")
    with pytest.raises(dg.Failure, match="the crawler c ended as FAILED"):
        aws.glue_crawler_is_done("c")
    client.answers["describe_clusters"] = _Missing
    redshift = service("aws", "redshift_cluster_is")
    assert not redshift.redshift_cluster_is("c")
    assert redshift.redshift_cluster_is("c", "cluster_not_found")
    emr = service("aws", "emr_serverless_job_is_done")
    assert [emr.emr_serverless_job_is_done("a", "j") for _ in range(2)] == [False, True]


def test_what_aws_tells_of_its_work(monkeypatch: pytest.MonkeyPatch) -> None:
    states = [{"QueryExecution": {"Status": {"State": state}}} for state in ("RUNNING", "SUCCEEDED")]
    client = boto(
        monkeypatch,
        start_query_execution={"QueryExecutionId": "q-1"},
        get_query_execution=states,
        create_training_job={},
        describe_training_job=[{"TrainingJobStatus": "Completed", "CreationTime": datetime(2024, 1, 5)}] * 2,
        describe_transform_job={"TransformJobStatus": "Stopped", "ModelName": "m"},
        describe_model={"ModelArn": "arn:m"},
        create_model_package_group={},
        create_model_package={"ModelPackageArn": "arn:1"},
    )
    aws = service("aws", "run_athena_query", "run_sagemaker_job", "register_sagemaker_model")
    assert aws.run_athena_query("SELECT 1", "raw", output="s3://results/") == "q-1"
    assert dict(client.asked)["start_query_execution"] == {
        "QueryString": "SELECT 1",
        "QueryExecutionContext": {"Database": "raw"},
        "ResultConfiguration": {"OutputLocation": "s3://results/"},
    }
    told = aws.run_sagemaker_job("Training", {"TrainingJobName": "t"}, unique_name=False)
    made = "datetime.datetime(2024, 1, 5, 0, 0)"
    assert told == {"Training": {"TrainingJobStatus": "Completed", "CreationTime": made}}
    applied = aws.run_sagemaker_job("Transform", {"TransformJobName": "a"}, unique_name=False)
    assert applied["Model"] == {"ModelArn": "arn:m"} and applied["Transform"]["TransformJobStatus"] == "Stopped"
    with pytest.raises(dg.Failure, match="ended as Stopped"):
        aws.run_sagemaker_job("Transform", {"TransformJobName": "a"}, unique_name=False, stop_fails=True)
    assert aws.register_sagemaker_model("image", "s3://models/a", "churn", approval="Approved") == "arn:1"
    assert dict(client.asked)["create_model_package"]["ModelApprovalStatus"] == "Approved"


def test_models_are_put_behind_endpoints(monkeypatch: pytest.MonkeyPatch) -> None:
    looked = [{"EndpointStatus": "Updating"}, {"EndpointStatus": "InService"}, {"EndpointStatus": "InService", "n": 1}]
    client = boto(
        monkeypatch,
        create_endpoint=_EndpointThere,
        describe_endpoint=[*looked, {"EndpointStatus": "Failed"}],
        describe_endpoint_config={"EndpointConfigArn": "arn:c"},
    )
    aws = service("aws", "deploy_sagemaker_endpoint")
    endpoint = {"EndpointName": "e", "EndpointConfigName": "c"}
    tagged = {**endpoint, "Tags": [{"Key": "team", "Value": "a"}]}
    made = {"Model": {"ModelName": "m"}, "EndpointConfig": {"EndpointConfigName": "c"}, "Endpoint": tagged}
    told = aws.deploy_sagemaker_endpoint(made)
    assert told == {"EndpointConfig": {"EndpointConfigArn": "arn:c"}, "Endpoint": looked[-1]}
    steps = ["create_model", "create_endpoint_config", "create_endpoint", "update_endpoint"]
    assert client.operations()[:4] == steps and dict(client.asked)["update_endpoint"] == endpoint
    with pytest.raises(dg.Failure, match="the SageMaker endpoint e ended as Failed"):
        aws.deploy_sagemaker_endpoint(endpoint, update=True)
    assert client.operations().count("create_model") == 1
    client.answers["create_endpoint"] = client.answers["update_endpoint"] = _Denied
    for update in (False, True):
        asked = len(client.asked)
        with pytest.raises(_Denied):
            aws.deploy_sagemaker_endpoint(endpoint, update=update)
        assert client.operations()[asked:] == ["update_endpoint" if update else "create_endpoint"]


def test_messages_and_objects_that_are_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    message = {"MessageId": "m", "ReceiptHandle": "r", "Body": "{}"}
    client = boto(
        monkeypatch,
        receive_message=[{}, {"Messages": [message]}, {"Messages": [message]}],
        delete_message_batch={"Successful": []},
    )
    aws = service("aws", "receive_from_sqs", "objects_rest")
    assert aws.receive_from_sqs("queue") == []
    assert aws.receive_from_sqs("queue", most=10, batches=2) == [message, message]
    taken = ["receive_message", "delete_message_batch"]
    assert client.operations() == ["receive_message", *taken, *taken]
    assert dict(client.asked)["delete_message_batch"]["Entries"] == [{"Id": "m", "ReceiptHandle": "r"}]
    pages = [{"Contents": [{"LastModified": datetime.fromtimestamp(100 * n)} for n in (1, 2)]}]
    monkeypatch.setattr(type(aws), "client", lambda *_: SimpleNamespace(get_paginator=lambda _: paginator))
    paginator = SimpleNamespace(paginate=lambda **_: pages)
    monkeypatch.setitem(type(aws).objects_rest.__globals__, "time", SimpleNamespace(time=lambda: 260))
    assert aws.objects_rest("lake", "raw/", seconds=60)
    assert not aws.objects_rest("lake", "raw/", seconds=61) and not aws.objects_rest("lake", "raw/", 1, least=3)


def test_items_of_dynamodb_become_lines_of_objects(monkeypatch: pytest.MonkeyPatch) -> None:
    pages = [{"Items": [{"n": Decimal(1)}], "LastEvaluatedKey": {"n": 1}}, {"Items": [{"n": Decimal("2.5")}]}]
    asked: list[Any] = []
    table = SimpleNamespace(scan=lambda **given: asked.append(dict(given)) or pages[len(asked) - 1])
    resource = SimpleNamespace(Table=lambda name: table)
    written: list[dict[str, Any]] = []
    client = SimpleNamespace(put_object=lambda **given: written.append(given))
    session = SimpleNamespace(resource=lambda _: resource, client=lambda _: client)
    for size, bodies in ((1, [b'{"n": 1.0}\n', b'{"n": 2.5}\n']), (1000, [b'{"n": 1.0}\n{"n": 2.5}\n'])):
        asked.clear()
        written.clear()
        aws = service("aws", "dynamodb_to_s3")
        monkeypatch.setattr(type(aws), "_session", lambda *_: session)
        aws.dynamodb_to_s3("cards", "lake", "raw/", size, scan={"Limit": 1})
        assert [one["Body"] for one in written] == bodies
        assert {one["Key"][:4] for one in written} == {"raw/"} and len({one["Key"] for one in written}) == len(bodies)
        assert asked == [{"Limit": 1}, {"Limit": 1, "ExclusiveStartKey": {"n": 1}}]


def test_transfers_of_cloud_sql(monkeypatch: pytest.MonkeyPatch) -> None:
    google = service("google_cloud", "transfer_cloud_sql")
    sent: list[tuple[Any, ...]] = []
    answers = [{"name": "op"}, {"status": "RUNNING"}, {"status": "DONE"}]
    answers += [{"name": "op"}, {"status": "DONE", "error": {"errors": ["no such table"]}}]

    def send(self: object, *given: Any, **options: Any) -> dict[str, Any]:
        sent.append((*given, options))
        return answers[len(sent) - 1]

    monkeypatch.setattr(type(google), "_send", send)
    google.transfer_cloud_sql("export", "shop", {"exportContext": {}}, project="acme")
    place = "https://sqladmin.googleapis.com/v1/projects/acme"
    assert sent[0] == ("POST", f"{place}/instances/shop/export", {"json": {"exportContext": {}}})
    assert [one[:2] for one in sent[1:]] == [("GET", f"{place}/operations/op")] * 2
    with pytest.raises(dg.Failure, match="no such table"):
        google.transfer_cloud_sql("import", "shop", {}, project="acme")


def test_tasks_of_ecs_and_functions(monkeypatch: pytest.MonkeyPatch) -> None:
    def task(status: str, code: int) -> dict[str, Any]:
        return {"tasks": [{"lastStatus": status, "containers": [{"name": "main", "exitCode": code}]}]}

    started = {"failures": [], "tasks": [{"taskArn": "arn"}]}
    looks = [task("RUNNING", 0), task("STOPPED", 0), task("STOPPED", 0), task("STOPPED", 3), task("STOPPED", 3)]
    answers = [SimpleNamespace(read=lambda: b"7"), SimpleNamespace(read=lambda: b"no such key")]
    invoked = [
        {"StatusCode": 200, "Payload": answers[0]},
        {"StatusCode": 200, "FunctionError": "", "Payload": answers[1]},
    ]
    boto(monkeypatch, run_task=[started, started, {"failures": ["no capacity"]}], describe_tasks=looks, invoke=invoked)
    aws = service("aws", "run_ecs_task", "invoke_lambda")
    assert aws.run_ecs_task("load", "jobs", {}) == "arn"
    with pytest.raises(dg.Failure, match="'main': 3"):
        aws.run_ecs_task("load", "jobs", {})
    with pytest.raises(dg.Failure, match="no capacity"):
        aws.run_ecs_task("load", "jobs", {})
    assert aws.invoke_lambda("f", "{}") == "7"
    with pytest.raises(dg.Failure, match="no such key"):
        aws.invoke_lambda("f")


def test_tables_of_redshift(monkeypatch: pytest.MonkeyPatch) -> None:
    boto(monkeypatch)
    ran: list[str] = []
    redshift = SimpleNamespace(run=lambda *statements: ran.extend(statements))
    aws = service("aws", "copy_to_redshift", "unload_from_redshift")
    aws.copy_to_redshift(redshift, "raw.sales", "lake", "in/", ["a", "b"], ["CSV"], method="UPSERT", upsert_keys=["a"])
    credentials = "CREDENTIALS 'aws_access_key_id=A;aws_secret_access_key=S'"
    assert ran == [
        "CREATE TABLE #sales (LIKE raw.sales INCLUDING DEFAULTS)",
        f"COPY #sales (a, b) FROM 's3://lake/in/' {credentials} CSV",
        "DELETE FROM raw.sales USING #sales WHERE raw.sales.a = #sales.a",
        "INSERT INTO raw.sales SELECT * FROM #sales",
    ]
    ran.clear()
    aws.unload_from_redshift(redshift, "SELECT 1", "lake", "out/", ["HEADER"])
    assert ran == [f"UNLOAD ($$SELECT 1$$) TO 's3://lake/out/' {credentials} HEADER"]


def test_a_cluster_is_ended_whatever_becomes_of_its_steps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The example of the rule, generated and run: the step fails, the cluster is ended, and the run fails."""
    rule = next(rule for rule in builtin_rules() if rule.name == "emr-create-cluster")
    (tmp_path / "dags").mkdir()
    (tmp_path / "dags" / "emr.py").write_text(rule.examples[0].dag.lstrip())
    analysis = analyze(tmp_path / "dags", Config())
    for path, text in render_project(analysis.plan, analysis.project, "emr_project").items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    monkeypatch.syspath_prepend(str(tmp_path / "src"))
    client = boto(
        monkeypatch,
        run_job_flow={"JobFlowId": "j-1"},
        add_job_flow_steps={"StepIds": ["s-1"]},
        describe_step={"Step": {"Status": {"State": "FAILED"}}},
        describe_cluster={"Cluster": {"Status": {"State": "TERMINATED"}}},
    )
    job = importlib.import_module("emr_project.defs.emr.automation").emr
    aws = importlib.import_module("emr_project.resources").Aws()
    result = job.execute_in_process(partition_key="2024-01-02", resources={"aws_default": aws}, raise_on_error=False)
    # As in Airflow, the run counts as its last task, which ends the cluster; its tags tell of the failure.
    assert result.success
    assert result.dagster_run.tags["failed/wait"] == "Failure"
    steps = client.asked[1][1]["Steps"][0]["HadoopJarStep"]["Args"]
    assert steps == ["spark-submit", "s3://acme/load.py", "2024-01-02"]
    assert ("terminate_job_flows", {"JobFlowIds": ["j-1"]}) in client.asked


# -------------------------------------------------------------------------------------------------- services with REST


def rest(monkeypatch: pytest.MonkeyPatch, *answers: dict[str, Any]) -> list[tuple[str, str, Any]]:
    """What is asked of `requests`, which gives these answers one after the other: method, URL and token, body."""
    import requests

    asked: list[tuple[str, str, Any]] = []
    left = list(answers)

    def request(method: str, url: str, headers: Mapping[str, str], **options: Any) -> Any:
        asked.append((method, f"{url} {headers.get('Authorization', '')}".strip(), options.get("json")))
        answer = left.pop(0)
        return SimpleNamespace(raise_for_status=lambda: None, json=lambda: answer, content=b"{}")

    monkeypatch.setattr(requests, "request", request)
    return asked


def test_runs_of_databricks_and_dbt_cloud(monkeypatch: pytest.MonkeyPatch) -> None:
    def state(cycle: str, result: str = "") -> dict[str, Any]:
        return {"state": {"life_cycle_state": cycle, "result_state": result}}

    url, place = "https://token:T@dbc", "https://dbc/api/2.1/jobs"
    asked = rest(monkeypatch, {"run_id": 7}, state("RUNNING"), state("TERMINATED", "SUCCESS"))
    databricks = service("databricks", "submit_run", "run_job", url=url)
    assert databricks.submit_run({"run_name": "a"}) == 7
    look = ("GET", f"{place}/runs/get Bearer T", None)
    assert asked == [("POST", f"{place}/runs/submit Bearer T", {"run_name": "a"}), look, look]
    asked = rest(monkeypatch, {"jobs": [{"job_id": 4}]}, {"run_id": 8}, state("TERMINATED", "FAILED"))
    with pytest.raises(dg.Failure, match="run 8 ended as FAILED"):
        databricks.run_job(job_name="load", parameters={"notebook_params": {}})
    assert asked[1] == ("POST", f"{place}/run-now Bearer T", {"notebook_params": {}, "job_id": 4})
    dbt = service("dbt_cloud", "run_job", url="https://12:T@cloud")
    asked = rest(monkeypatch, {"data": {"id": 3}}, {"data": {"status": 3}}, {"data": {"status": 20}})
    with pytest.raises(dg.Failure, match="ended as 20"):
        dbt.run_job(5, steps_override=["dbt build"])
    body = {"cause": "started by Dagster", "steps_override": ["dbt build"]}
    assert asked[0] == ("POST", "https://cloud/api/v2/accounts/12/jobs/5/run/ Token T", body)


def test_batches_of_livy_are_deleted_with_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = rest(monkeypatch, {"id": 1}, {"state": "running"}, {})
    livy = service("livy", "run_batch", url="http://livy:8998")
    interrupt = SimpleNamespace(sleep=lambda seconds: (_ for _ in ()).throw(dg.DagsterExecutionInterruptedError))
    monkeypatch.setitem(type(livy).run_batch.__globals__, "time", interrupt)
    with pytest.raises(dg.DagsterExecutionInterruptedError):
        livy.run_batch({"file": "a.jar"})
    assert asked[-1] == ("DELETE", "http://livy:8998/batches/1", None)


def test_commands_and_files_of_servers(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[Any] = []
    codes = [0, 2]

    class Files:
        def __enter__(self) -> Files:
            return self

        def __exit__(self, *error: object) -> None:
            pass

        def __getattr__(self, name: str) -> Any:
            return lambda *given: done.append((name, *given))

        def listdir(self, path: str) -> list[str]:
            return ["a.csv"]

    class Client(Files):
        def connect(self, host: str, **options: Any) -> None:
            done.append((host, options["port"], options["username"], options["password"]))

        def open_sftp(self) -> Files:
            return Files()

        def exec_command(self, command: str, timeout: float | None, get_pty: bool) -> Any:
            done.append(command)
            output: Any = type("Output", (list,), {})(["one\n", "two\n"])
            output.channel = SimpleNamespace(recv_exit_status=lambda: codes.pop(0))
            return None, output, SimpleNamespace(read=lambda: b"no such file")

    stand_in(monkeypatch, paramiko={"SSHClient": Client})
    server = service("ssh", "run", "upload", "exists", url="ssh://me:p%40ss@host:2222")
    assert server.run("./load", {"DAY": "a b"}) == "one\ntwo"
    with pytest.raises(dg.Failure, match="ended with 2: no such file"):
        server.run("./load")
    server.upload("a", "/in/b", make_folders=True, host="other")
    assert server.exists("/in", "*.csv") and not server.exists("/in", "*.json")
    here = ("host", 2222, "me", "p@ss")
    assert [step for step in done if step != ("load_system_host_keys",)] == [
        here,
        "export DAY='a b'; ./load",
        here,
        "./load",
        ("other", 2222, "me", "p@ss"),
        ("mkdir", "/in"),
        ("put", "a", "/in/b"),
        here,
        here,
    ]


def test_files_of_a_server_go_to_a_store_and_come_from_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """By a pattern, with the folders of the server's files, or without those of the objects."""
    server = service("ssh", "copy_all_to_store", "copy_all_from_store", url="ssh://host")
    kept = type(server)
    tree = {"/out": ["a.csv", "b.txt", "old/"], "/out/old": ["c.csv"]}
    done: list[Any] = []

    class Files:
        def listdir_attr(self, folder: str) -> list[Any]:
            modes = [(name.rstrip("/"), 0o040755 if name.endswith("/") else 0o100644) for name in tree[folder]]
            return [SimpleNamespace(filename=name, st_mode=mode) for name, mode in modes]

    class Store:
        def upload(self, path: str, bucket: str, key: str, replace: bool) -> None:
            done.append(("stored", bucket, key, replace))

        def list_keys(self, bucket: str, prefix: str) -> list[str]:
            assert (bucket, prefix) == ("lake", "in/")
            return ["in/a.csv", "in/old/c.csv", "in/d.txt"]

        def download_as(self, bucket: str, key: str, path: str) -> None:
            done.append(("read", key))

        def delete_objects(self, bucket: str, key: str) -> None:
            done.append(("deleted", key))

    monkeypatch.setattr(kept, "_files", lambda self, host: nullcontext(Files()))
    monkeypatch.setattr(kept, "download", lambda self, remote, local: done.append(("got", remote)))
    monkeypatch.setattr(kept, "delete", lambda self, remote: done.append(("removed", remote)))
    monkeypatch.setattr(kept, "upload", lambda self, local, remote, make_folders: done.append((remote, make_folders)))
    server.copy_all_to_store("/out/*.csv", Store(), "lake", "day", move=True)
    assert done == [
        *(("got", "/out/a.csv"), ("stored", "lake", "day/a.csv", True), ("removed", "/out/a.csv")),
        *(("got", "/out/old/c.csv"), ("stored", "lake", "day/old/c.csv", True), ("removed", "/out/old/c.csv")),
    ]
    done.clear()
    server.copy_all_from_store(Store(), "lake", "in/*.csv", "/in", make_folders=True)
    places = [("read", "in/a.csv"), ("/in/in/a.csv", True), ("read", "in/old/c.csv"), ("/in/in/old/c.csv", True)]
    assert done == places
    done.clear()
    server.copy_all_from_store(Store(), "lake", "in/*d.txt", "/in", keep_folders=False, move=True)
    assert done == [("read", "in/d.txt"), ("/in/d.txt", False), ("deleted", "in/d.txt")]
    done.clear()
    server.copy_to_store("/out/a.csv", Store(), "lake", "")
    server.copy_from_store(Store(), "lake", "in/d.txt", "/in/")
    assert done == [
        ("got", "/out/a.csv"),
        ("stored", "lake", "a.csv", True),
        ("read", "in/d.txt"),
        ("/in/d.txt", False),
    ]
