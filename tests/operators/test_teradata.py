"""Teradata: what its operators become, and what the generated class asks the driver and the utilities."""

from __future__ import annotations

from contextlib import nullcontext
from types import SimpleNamespace
from typing import Any

import dagster as dg
import pytest

from migrator.model.bodies import RunSql
from migrator.model.expressions import ResourceValue
from migrator.model.values import CallableValue
from migrator.operators.rule import Untranslatable
from tests.operators.fake import lower, make_task
from tests.operators.test_more_services import used
from tests.operators.test_services import service, stand_in

TERADATA = "airflow.providers.teradata."
BTEQ = TERADATA + "operators.bteq.BteqOperator"
DDL = TERADATA + "operators.tpt.DdlOperator"
PROCEDURE = TERADATA + "operators.teradata.TeradataStoredProcedureOperator"
FILES = TERADATA + "transfers.azure_blob_to_teradata.AzureBlobStorageToTeradataOperator"
URL = "teradatasql://me:p%40ss@td:1025/mart"


def test_scripts_of_bteq() -> None:
    plain = used(BTEQ, sql="SELECT 1;", bteq_quit_rc=0, bteq_session_encoding="ASCII")
    assert (plain.resource, plain.annotation, plain.arguments) == ("teradata_default", "int", {"script": "SELECT 1;"})
    more = used(
        BTEQ,
        sql="a",
        bteq_quit_rc=[0, 4],
        bteq_session_encoding="UTF16",
        bteq_script_encoding="UTF16",
        timeout=20,
        timeout_rc=5,
        ssh_conn_id="tools",
    )
    wanted = {"script": "a", "charset": "UTF16", "encoding": "UTF16", "fine_codes": [4], "limit": 20, "limit_code": 5}
    assert more.arguments == {**wanted, "server": ResourceValue("tools")}
    assert used(BTEQ, file_path="clean.bteq").arguments == {"script": ("file", "clean.bteq")}


def test_statements_and_procedures() -> None:
    assert used(DDL, ddl=["DROP TABLE a", "b.sql"], error_list=3807).arguments == {
        "statements": ["DROP TABLE a", ("file", "b.sql")],
        "ignored": [3807],
    }
    here = lower(make_task(DDL, {"ddl": ["a"]}))[0].deltas
    there = lower(make_task(DDL, {"ddl": ["a"], "ssh_conn_id": "tools"}))[0].deltas
    assert "reached" not in here[0].mitigation and "reached" in there[0].mitigation
    types = [CallableValue(name, name, "builtins", "library") for name in ("int", "str")]
    assert used(PROCEDURE, procedure="p", parameters=[3, *types]).arguments == {
        "procedure": "p",
        "parameters": [3, 0, ""],
    }
    assert used(PROCEDURE, procedure="p", parameters={"a": 1, "b": types[0]}).arguments["parameters"] == [1, 0]


def test_tables_of_files() -> None:
    source = {"blob_source_key": "/az/a.blob.core.windows.net/b/", "teradata_table": "t"}
    body = lower(make_task(FILES, {**source, "public_bucket": True}))[0].body
    assert isinstance(body, RunSql) and body.resource == "teradata_default"
    assert "LOCATION = '/az/a.blob.core.windows.net/b/'" in str(body.sql[0]) and "ACCESS_KEY= ''" in str(body.sql[0])


@pytest.mark.parametrize(
    ("operator", "arguments"),
    [
        (BTEQ, {"file_path": "clean.bteq", "ssh_conn_id": "tools"}),
        (BTEQ, {"file_path": "clean.bteq", "bteq_script_encoding": "UTF16"}),
        (BTEQ, {"file_path": "clean"}),
        (DDL, {"ddl": "DROP TABLE a"}),
        (PROCEDURE, {"procedure": "p", "parameters": "given"}),
        (FILES, {"blob_source_key": "/az/a", "teradata_table": "t"}),
    ],
)
def test_what_stays(operator: str, arguments: dict[str, Any]) -> None:
    with pytest.raises(Untranslatable):
        lower(make_task(operator, arguments))


def test_what_bteq_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[Any] = []
    answers = [(0, b""), (4, b" *** Failure 3807 p@ss"), (4, b" *** Failure 3807"), (8, b"no row")]

    def run(command: list[str], input: bytes, **options: Any) -> Any:
        ran.append((command, input))
        code, output = answers.pop(0)
        return SimpleNamespace(returncode=code, stdout=output)

    monkeypatch.setattr("subprocess.run", run)
    database = service("teradata", "run_bteq", url=URL)
    assert database.run_bteq("SELECT 1;\n") == 0
    settings = ".SET EXITONDELAY ON MAXREQTIME 600 ; .SET WIDTH 500;"
    assert ran[0] == (["bteq", settings], b".LOGON td/me,p@ss\nSELECT 1;\n.EXIT\n")
    with pytest.raises(dg.Failure, match=r"ended with 4: \*\*\* Failure 3807 \*\*\*$"):
        database.run_bteq("a", charset="UTF16", encoding="UTF16", limit=20, limit_code=5)
    command = ["bteq", "-e", "UTF16", "-c", "UTF16", ".SET EXITONDELAY ON MAXREQTIME 20 RC 5 ; .SET WIDTH 500;"]
    assert ran[1][0] == command and ran[1][1].decode("utf-16").startswith(".LOGON")
    assert database.run_bteq("a", fine_codes=[4]) == 4
    assert database.run_bteq("a") == 8

    def feed(command: str, content: bytes) -> tuple[int, str]:
        ran.append((command, content))
        return 0, ""

    database.run_bteq("a", server=SimpleNamespace(feed=feed))
    assert ran[-1] == (f"bteq '{settings}'", b".LOGON td/me,p@ss\na\n.EXIT\n")
    with pytest.raises(ValueError, match="no URL"):
        service("teradata", "run_bteq", url="").run_bteq("a")


def test_what_the_driver_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []

    class Cursor:
        def execute(self, *given: Any, **named: Any) -> None:
            asked.append((*given, named))

        def fetchall(self) -> list[tuple[int, str]]:
            return [(1, "a")]

    def connect(**given: str) -> Any:
        asked.append(given)
        return nullcontext(SimpleNamespace(cursor=lambda: nullcontext(Cursor())))

    stand_in(monkeypatch, teradatasql={"connect": connect})
    database = service("teradata", "run_ddl", "call", url=URL)
    database.run_ddl(["DROP TABLE a; ", "CREATE TABLE a (b INT)"], ignored=[3807])
    assert asked == [
        {"host": "td", "user": "me", "password": "p@ss", "database": "mart"},
        ("DROP TABLE a", {"ignoreErrors": [3807]}),
        ("CREATE TABLE a (b INT)", {"ignoreErrors": [3807]}),
    ]
    assert database.call("p", [3, 0]) == [[1, "a"]]
    assert asked[-1] == ("{CALL p(?,?)}", [3, 0], {})


def test_what_a_server_is_fed(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[Any] = []
    channel = SimpleNamespace(
        set_combine_stderr=given.append, shutdown_write=lambda: given.append("end"), recv_exit_status=lambda: 3
    )
    output = SimpleNamespace(channel=channel, read=lambda: b"done")
    client = SimpleNamespace(
        exec_command=lambda command: (SimpleNamespace(write=given.append, channel=channel), output, None)
    )
    server = service("ssh", "feed", url="ssh://tools")
    monkeypatch.setattr(type(server), "_connect", lambda self, host: nullcontext(client))
    assert server.feed("bteq", b"script") == (3, "done")
    assert given == [True, b"script", "end"]
