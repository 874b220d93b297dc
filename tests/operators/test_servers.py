"""Servers with a client library of their own: what their operators become, and what the generated classes ask the libraries."""

from __future__ import annotations

from contextlib import nullcontext
from types import SimpleNamespace
from typing import Any

import dagster as dg
import pytest

from migrator.codegen.resources.services import service_source
from migrator.model.bodies import PollUntil, UseResource
from migrator.operators.rule import Untranslatable
from tests.operators.fake import lower, make_task
from tests.operators.test_services import service, stand_in

PROVIDERS = "airflow.providers."
TABLEAU = PROVIDERS + "tableau.operators.tableau.TableauOperator"
CONTAINER = PROVIDERS + "microsoft.azure.operators.container_instances.AzureContainerInstancesOperator"


def asked(operator: str, **arguments: Any) -> tuple[str, dict[str, Any]]:
    body = lower(make_task(operator, arguments))[0].body
    body = body.condition if isinstance(body, PollUntil) else body
    assert isinstance(body, UseResource)
    return body.method, dict(body.arguments)


def test_arguments_go_to_the_methods() -> None:
    neo4j = asked(PROVIDERS + "neo4j.operators.neo4j.Neo4jOperator", sql="MATCH (a)", parameters={"b": 1})
    assert neo4j == ("run", {"query": "MATCH (a)", "parameters": {"b": 1}})
    partition = asked(PROVIDERS + "apache.hive.sensors.hive_partition.HivePartitionSensor", table="a.b")
    assert partition == ("has_partition", {"table": "a.b", "partition": "ds='{{ ds }}'"})
    refresh = asked(
        TABLEAU, resource="workbooks", method="refresh", find="Sales", match_with="name", blocking_refresh=False
    )
    assert refresh == ("refresh", {"resource": "workbooks", "find": "Sales", "match_with": "name", "wait": False})
    stop = asked(
        PROVIDERS + "microsoft.azure.operators.compute.AzureVirtualMachineStopOperator",
        resource_group_name="g",
        vm_name="m",
    )
    assert stop == ("change_machine", {"resource_group": "g", "machine": "m", "action": "deallocate"})
    container = {"ci_conn_id": "azure", "resource_group": "g", "name": "n", "image": "i", "region": "r"}
    made = asked(CONTAINER, **container, restart_policy="OnFailure", remove_on_error=False)[1]
    assert made["options"] == {"restart_policy": "OnFailure"} and made["remove_on_error"] is False


@pytest.mark.parametrize(
    ("operator", "arguments"),
    [
        (TABLEAU, {"resource": "projects", "method": "delete", "find": "a"}),
        (TABLEAU, {"resource": "workbooks", "method": "refresh", "find": "a", "skip_on_conflict": True}),
        (CONTAINER, {"ci_conn_id": "azure", "name": "n", "volumes": [("a", "b", "c", "d", True)]}),
        (
            PROVIDERS + "jenkins.operators.jenkins_job_trigger.JenkinsJobTriggerOperator",
            {"jenkins_connection_id": "ci", "job_name": "a", "parameters": "{'a': 1}"},
        ),
    ],
)
def test_what_stays(operator: str, arguments: dict[str, Any]) -> None:
    with pytest.raises(Untranslatable):
        asked(operator, **arguments)


def test_redis_and_neo4j(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[Any] = []
    rows: list[Any] = [[{"a": 0, "b": 1}], [{"a": 3}], []]

    class Session:
        def run(self, query: str, parameters: Any) -> Any:
            done.append((query, parameters))
            return SimpleNamespace(data=lambda: rows.pop(0))

    class Driver:
        def session(self, database: str | None) -> Any:
            done.append(database)
            return nullcontext(Session())

    def driver(place: str, auth: Any) -> Any:
        done.append((place, auth))
        return nullcontext(Driver())

    client = SimpleNamespace(publish=lambda *given: done.append(given), exists=lambda key: int(key == "there"))
    stand_in(
        monkeypatch,
        neo4j={"GraphDatabase": SimpleNamespace(driver=driver)},
        redis={"Redis": SimpleNamespace(from_url=lambda url: client)},
    )
    graph = service("neo4j", "run", "finds", url="neo4j://me:p%40ss@graph:7687/sales")
    assert not graph.finds("MATCH (a)", {"d": 1})
    assert done == [("neo4j://graph:7687", ("me", "p@ss")), "sales", ("MATCH (a)", {"d": 1})]
    assert graph.finds("MATCH (a)") and not graph.finds("MATCH (a)")
    redis = service("redis", "publish", "has_key", url="redis://cache")
    redis.publish("news", "loaded")
    assert done[-1] == ("news", "loaded")
    assert redis.has_key("there") and not redis.has_key("gone")


def test_jobs_of_jenkins(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Any] = []
    items: list[dict[str, Any]] = [{}, {"executable": {"number": 7}}, {"executable": {"number": 7}}]
    results: list[str | None] = [None, "SUCCESS", "SUCCESS"]

    class Server:
        def __init__(self, url: str, username: str, password: str) -> None:
            made.append((url, username, password))

        def build_job(self, name: str, parameters: Any) -> int:
            made.append((name, parameters))
            return 3

        def get_queue_item(self, number: int) -> dict[str, Any]:
            return items.pop(0)

        def get_build_info(self, name: str, number: int) -> dict[str, Any]:
            return {"result": results.pop(0), "url": f"https://ci/{name}/{number}", "building": False}

        def get_job_info(self, name: str) -> dict[str, Any]:
            return {"lastBuild": {"number": 9}}

    stand_in(monkeypatch, jenkins={"Jenkins": Server})
    jenkins = service("jenkins", "run_job", "build_is_done", url="https://me:token@ci:8080/jenkins")
    assert jenkins.run_job("nightly", {"day": "d"}) == "https://ci/nightly/7"
    assert made == [("https://ci:8080/jenkins", "me", "token"), ("nightly", {"day": "d"})]
    items += [{"executable": {"number": 8}}] * 2
    results += ["FAILURE"]
    with pytest.raises(dg.Failure, match="the build 8 of nightly ended as FAILURE"):
        jenkins.run_job("nightly")
    results += ["FAILED", "ABORTED"]
    assert jenkins.build_is_done("nightly")
    with pytest.raises(dg.Failure, match="the build 4 of nightly ended as ABORTED"):
        jenkins.build_is_done("nightly", 4)
    assert "python-jenkins" in service_source("jenkins", ("run_job",)).packages


def test_partitions_of_hive(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[Any] = []

    class Client:
        def __init__(self, host: str, port: int) -> None:
            done.append((host, port))

        def __enter__(self) -> Client:
            return self

        def __exit__(self, *error: object) -> None: ...

        def get_partitions_by_filter(self, *given: Any) -> list[str]:
            done.append(given)
            return ["p"]

        def check_for_named_partition(self, *given: Any) -> bool:
            done.append(given)
            return given[2] == "ds=1"

    stand_in(monkeypatch, hmsclient={"HMSClient": Client})
    hive = service("hive_metastore", "has_partition", "has_partitions", url="thrift://meta")
    assert hive.has_partition("raw.sales", "ds='1'") and hive.has_partition("sales", "ds='1'", "mart")
    assert done == [("meta", 9083), ("raw", "sales", "ds='1'", 1), ("meta", 9083), ("mart", "sales", "ds='1'", 1)]
    assert not hive.has_partitions(["raw.sales/ds=1", "sales/ds=2/hour=3"])
    assert done[-2:] == [("raw", "sales", "ds=1"), ("default", "sales", "ds=2/hour=3")]


def test_refreshes_of_tableau(monkeypatch: pytest.MonkeyPatch) -> None:
    codes = [-1, 0, 2]
    books = [SimpleNamespace(id="w-1", name="Other"), SimpleNamespace(id="w-2", name="Sales")]
    done: list[Any] = []

    class Server:
        def __init__(self, place: str, use_server_version: bool) -> None:
            done.append(place)
            self.auth = SimpleNamespace(sign_in=lambda token: nullcontext(done.append(token)))
            self.workbooks = SimpleNamespace(refresh=lambda found: SimpleNamespace(id=f"job-{found}"))
            self.jobs = SimpleNamespace(get_by_id=lambda job: SimpleNamespace(finish_code=codes.pop(0)))

    stand_in(
        monkeypatch,
        tableauserverclient={
            "Server": Server,
            "Pager": lambda endpoint: iter(books),
            "PersonalAccessTokenAuth": lambda *given: given,
        },
    )
    tableau = service("tableau", "refresh", "job_is_done", url="https://etl:secret@bi/acme")
    assert tableau.refresh("workbooks", "Sales", "name") == "job-w-2"
    assert done == ["https://bi", ("etl", "secret", "acme")]
    with pytest.raises(dg.Failure, match="was cancelled"):
        tableau.job_is_done("job")
    with pytest.raises(dg.Failure, match="none of the workbooks has Gone as its name"):
        tableau.refresh("workbooks", "Gone", "name", wait=False)


def test_containers_and_machines_of_azure(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[Any] = []
    codes = [0, 0, 3, 3]

    def models(**given: Any) -> Any:
        return SimpleNamespace(**given)

    class Groups:
        def list_by_resource_group(self, group: str) -> Any:
            return [SimpleNamespace(name="other")]

        def begin_create_or_update(self, *given: Any) -> Any:
            done.append(given)
            return SimpleNamespace(result=lambda: None)

        def get(self, group: str, name: str) -> Any:
            state = SimpleNamespace(state="Terminated", exit_code=codes.pop(0))
            return SimpleNamespace(containers=[SimpleNamespace(instance_view=SimpleNamespace(current_state=state))])

        def begin_delete(self, *given: Any) -> None:
            done.append(("deleted", *given))

    class Containers:
        def __init__(self, credentials: Any, subscription: str) -> None:
            self.container_groups = Groups()
            self.containers = SimpleNamespace(list_logs=lambda *given: SimpleNamespace(content="loaded"))

    class Machines:
        def __init__(self, credentials: Any, subscription: str) -> None:
            statuses = [SimpleNamespace(code="PowerState/running")]
            self.virtual_machines = SimpleNamespace(
                begin_deallocate=lambda *given: done.append(("deallocate", *given)),
                instance_view=lambda *given: SimpleNamespace(statuses=statuses),
            )

    names = ("EnvironmentVariable", "ResourceRequirements", "ResourceRequests", "Container", "ContainerGroup")
    made = SimpleNamespace(**dict.fromkeys(names, models))
    stand_in(
        monkeypatch,
        azure__identity={"DefaultAzureCredential": lambda: None},
        azure__mgmt__containerinstance={"ContainerInstanceManagementClient": Containers, "models": made},
        azure__mgmt__compute={"ComputeManagementClient": Machines},
    )
    azure = service("azure", "run_container", "change_machine", "machine_is", subscription="s")
    azure.run_container(
        "g", "load", "acme/load", "eu", env={"A": "1", "B": "2"}, secret_env=["B"], remove_on_success=False
    )
    group = done.pop()[2]
    assert (group.location, group.os_type, group.restart_policy) == ("eu", "Linux", "Never")
    variables = [vars(variable) for variable in group.containers[0].environment_variables]
    assert variables == [{"name": "A", "value": "1"}, {"name": "B", "secure_value": "2"}] and not done
    with pytest.raises(dg.Failure, match="the container load ended with 3"):
        azure.run_container("g", "load", "acme/load", "eu")
    assert done[-1] == ("deleted", "g", "load")
    with pytest.raises(dg.Failure, match="other already"):
        azure.run_container("g", "other", "acme/load", "eu")
    azure.change_machine("deallocate", "g", "m", wait=False)
    assert done[-1] == ("deallocate", "g", "m")
    assert azure.machine_is("running", "g", "m") and not azure.machine_is("stopped", "g", "m")
    assert "azure-mgmt-containerinstance" in service_source("azure", ("run_container",)).packages
