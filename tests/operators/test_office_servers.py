"""Jira, servers of Windows, HDFS, the metastore's database and Data Explorer: what operators become, and what the generated classes do."""

from __future__ import annotations

import base64
from types import SimpleNamespace
from typing import Any

import dagster as dg
import pytest

from migrator.codegen.resources.services import service_source
from migrator.model.bodies import PollUntil, RunSql, UseResource
from migrator.model.values import CallableValue, ObjectValue, Symbolic
from migrator.operators.rule import Untranslatable
from tests.operators.fake import FUNCTION, lower, make_task
from tests.operators.test_services import service, stand_in

PROVIDERS = "airflow.providers."
JIRA = PROVIDERS + "atlassian.jira."
WINDOWS = PROVIDERS + "microsoft.winrm.operators.winrm.WinRMOperator"
METASTORE = PROVIDERS + "apache.hive.sensors.metastore_partition.MetastorePartitionSensor"
HOOK = "airflow.providers.microsoft.winrm.hooks.winrm.WinRMHook"


def asked(operator: str, **arguments: Any) -> UseResource:
    body = lower(make_task(operator, arguments))[0].body
    body = body.condition if isinstance(body, PollUntil) else body
    assert isinstance(body, UseResource)
    return body


def test_what_is_asked_of_jira() -> None:
    made = asked(JIRA + "operators.jira.JiraOperator", jira_method="issue_create", jira_method_args={"fields": {}})
    assert made.arguments == {"method": "issue_create", "arguments": {"fields": {}}} and made.gives
    seen = asked(JIRA + "sensors.jira.JiraSensor", method_name="jql", method_params={"jql": "project = OPS"})
    assert (seen.method, seen.arguments) == ("call", {"method": "jql", "arguments": {"jql": "project = OPS"}})
    ticket = asked(JIRA + "sensors.jira.JiraTicketSensor", ticket_id="OPS-1", field="status", expected_value="Done")
    assert ticket.arguments == {"ticket": "OPS-1", "field": "status", "value": "Done"}


def test_how_a_command_gets_to_windows() -> None:
    hook = ObjectValue(HOOK, kwargs={"ssh_conn_id": "reports"})
    run = asked(WINDOWS, command="dir", winrm_hook=hook, working_directory="C:\\data")
    assert run.resource == "reports" and run.arguments == {"command": "dir", "folder": "C:\\data"}
    assert asked(WINDOWS, command="dir", ssh_conn_id="ops", expected_return_code=range(2)).arguments["codes"] == [0, 1]


@pytest.mark.parametrize(
    ("operator", "arguments"),
    [
        (JIRA + "operators.jira.JiraOperator", {"jira_method": "issue", "result_processor": FUNCTION}),
        (JIRA + "operators.jira.JiraOperator", {"jira_method": Symbolic("unknown", "name()")}),
        (JIRA + "sensors.jira.JiraTicketSensor", {"ticket_id": "OPS-1", "field_checker_func": FUNCTION}),
        (JIRA + "sensors.jira.JiraTicketSensor", {"ticket_id": "OPS-1"}),
        (WINDOWS, {"command": "dir", "winrm_hook": ObjectValue(HOOK, kwargs={"remote_host": "a"})}),
        (WINDOWS, {"command": "dir", "winrm_hook": CallableValue("hook", "hook", "dag")}),
        (WINDOWS, {"command": "dir", "expected_return_code": Symbolic("unknown", "codes()")}),
        (METASTORE, {"table": "a.b.c", "partition_name": "ds=1"}),
        (METASTORE, {"table": "a", "partition_name": "ds=1", "success": FUNCTION}),
    ],
)
def test_what_stays(operator: str, arguments: dict[str, Any]) -> None:
    with pytest.raises(Untranslatable):
        asked(operator, **arguments)


def test_partitions_are_looked_for_in_the_metastores_database() -> None:
    body = lower(make_task(METASTORE, {"table": "orders", "schema": "raw", "partition_name": "ds=1"}))[0].body
    assert isinstance(body, PollUntil) and isinstance(body.condition, RunSql)
    assert body.condition.resource == "metastore_mysql"
    assert body.condition.parameters == {"table": "orders", "schema": "raw", "partition_name": "ds=1"}


def test_tickets(monkeypatch: pytest.MonkeyPatch) -> None:
    fields: list[Any] = [{"name": "DONE"}, "done", ["Done", "x"], ["done"], {"name": None}, 3, None]
    made: list[Any] = []

    class Jira:
        def __init__(self, **told: Any) -> None:
            made.append(told)

        def issue(self, key: str, fields_: Any = None, **given: Any) -> Any:
            return {"fields": {"status": fields.pop(0)}} if fields else None

        def issue_create(self, **given: Any) -> Any:
            return {"id": "7", **given}

    stand_in(monkeypatch, atlassian={"Jira": Jira})
    jira = service("jira", "call", "ticket_has", url="https://me:to%40ken@acme.atlassian.net/jira?verify=false")
    assert [jira.ticket_has("OPS-1", "status", "Done") for _ in range(8)] == [True, True, True, *[False] * 5]
    assert jira.call("issue_create", {"fields": {}}) == {"id": "7", "fields": {}}
    assert made[0] == {
        "url": "https://acme.atlassian.net/jira",
        "verify_ssl": False,
        "api_version": "2",
        "api_root": "rest/api",
        "username": "me",
        "password": "to@ken",
    }
    assert service_source("jira", ("call",)).packages == ("atlassian-python-api",)


def test_commands_of_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[Any] = []
    ends = [(b"a\r\nb", b"", 0), (b"", b"no such file", 1), (b"", b"", 3)]

    class Protocol:
        def __init__(self, **told: Any) -> None:
            done.append(told)

        def get_command_output(self, shell: str, run: str) -> Any:
            return ends.pop(0)

        def __getattr__(self, name: str) -> Any:
            return lambda *given, **options: done.append((name, *given, options)) or name

    stand_in(monkeypatch, winrm__protocol={"Protocol": Protocol})
    server = service("windows", "run", url="https://me:secret@host:5986?transport=ntlm")
    assert base64.b64decode(server.run("dir", folder="C:\\data")) == b"a\r\nb"
    told = {"endpoint": "https://host:5986/wsman", "transport": "ntlm", "username": "me", "password": "secret"}
    assert done == [
        told,
        ("open_shell", {"working_directory": "C:\\data"}),
        ("run_command", "open_shell", "dir", {}),
        ("cleanup_command", "open_shell", "run_command", {}),
        ("close_shell", "open_shell", {}),
    ]
    with pytest.raises(dg.Failure, match="ended with 1: no such file"):
        server.run("dir", host="other")
    assert done[5]["endpoint"] == "https://other:5986/wsman"
    server.run("Get-Item", powershell="powershell", codes=(0, 3))
    script = base64.b64encode("Get-Item".encode("utf_16_le")).decode()
    assert done[-3][2] == f"powershell -encodedcommand {script}"
    assert service_source("windows", ("run",)).packages == ("pywinrm",)


def test_files_of_hdfs(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Any] = []

    class InsecureClient:
        def __init__(self, url: str, user: str | None, session: Any) -> None:
            made.append((url, user, session.auth, session.verify))

        def status(self, path: str, strict: bool) -> Any:
            return {"length": 1} if path == "/there" else None

        def list(self, folder: str) -> list[str]:
            return ["a", "b"]

    stand_in(monkeypatch, hdfs={"InsecureClient": InsecureClient})
    files = service("webhdfs", "exists", "has_files", url="http://me@one,two:9870")
    assert files.exists("/there") and not files.exists("/elsewhere")
    assert files.has_files("/", ["a"]) and not files.has_files("/", ["a", "c"])
    assert made[0] == ("http://one:9870;http://two:9870", "me", None, True)
    service("webhdfs", "exists", url="https://me:secret@host:9871?verify=false").exists("/there")
    assert made[-1] == ("https://host:9871", "me", ("me", "secret"), False)


def test_queries_of_kusto(monkeypatch: pytest.MonkeyPatch) -> None:
    asked_for: list[Any] = []

    class Properties:
        def __init__(self) -> None:
            self.told: dict[str, Any] = {}

        def set_option(self, name: str, value: Any) -> None:
            self.told[name] = value

    class Client:
        def __init__(self, place: Any) -> None:
            asked_for.append(place)

        def execute(self, database: str, query: str, properties: Properties) -> Any:
            asked_for.append((database, query, properties.told))
            return SimpleNamespace(primary_results=["rows"])

    class Builder:
        with_aad_application_key_authentication = staticmethod(lambda *given: given)
        with_azure_token_credential = staticmethod(lambda *given: given)

    names = {"ClientRequestProperties": Properties, "KustoClient": Client, "KustoConnectionStringBuilder": Builder}
    stand_in(monkeypatch, azure__kusto__data=names, azure__identity={"DefaultAzureCredential": lambda: "found"})
    host = "acme.westeurope.kusto.windows.net"
    cluster = service("azure_data_explorer", "run_query", url=f"https://app:sec%2Fret@{host}?tenant=t")
    assert cluster.run_query("signals", "iot", {"notruncation": True}) == "rows"
    assert asked_for == [(f"https://{host}", "app", "sec/ret", "t"), ("iot", "signals", {"notruncation": True})]
    service("azure_data_explorer", "run_query", url=f"https://{host}").run_query("signals", "iot")
    assert asked_for[2] == (f"https://{host}", "found")
    assert service_source("azure_data_explorer", ("run_query",)).packages == ("azure-identity", "azure-kusto-data")
