"""Rows that go from one system to another: those of queries into tables and objects, and files of servers into containers."""

from __future__ import annotations

import stat
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from migrator.codegen.resources.resources import class_source
from migrator.model.bodies import UseResource
from migrator.model.expressions import ResourceValue
from migrator.operators.rule import Untranslatable
from tests.operators.fake import lower, make_task
from tests.operators.test_services import service, stand_in

PROVIDERS = "airflow.providers."
MYSQL = PROVIDERS + "mysql.transfers."
ORACLE = PROVIDERS + "oracle.transfers.oracle_to_oracle.OracleToOracleOperator"
WASB = PROVIDERS + "microsoft.azure.transfers.sftp_to_wasb.SFTPToWasbOperator"
TO_S3 = PROVIDERS + "amazon.aws.transfers.salesforce_to_s3.SalesforceToS3Operator"
TO_GCS = PROVIDERS + "google.cloud.transfers.salesforce_to_gcs.SalesforceToGcsOperator"


def asked(operator: str, **arguments: Any) -> tuple[str, dict[str, Any], list[str]]:
    lowering = lower(make_task(operator, arguments))[0]
    assert isinstance(lowering.body, UseResource)
    return lowering.body.method, dict(lowering.body.arguments), [delta.airflow for delta in lowering.deltas]


def test_queries_go_to_the_tables() -> None:
    rows = {"sql": "a.sql", "mysql_table": "t"}
    method, given, _ = asked(MYSQL + "presto_to_mysql.PrestoToMySqlOperator", **rows, mysql_preoperator="DELETE FROM t")
    assert (method, given["source"], given["before"]) == (
        "insert_query",
        ResourceValue("presto_default"),
        ["DELETE FROM t"],
    )
    vertica = MYSQL + "vertica_to_mysql.VerticaToMySqlOperator"
    method, given, _ = asked(vertica, **rows, mysql_postoperator="CALL done()")
    assert (method, given["query"], given["after"]) == ("insert_named", ("file", "a.sql"), ["CALL done()"])
    with pytest.raises(Untranslatable):
        asked(vertica, **rows, bulk_load=True)
    given = {"oracle_source_conn_id": "erp", "oracle_destination_conn_id": "dwh", "destination_table": "t"}
    method, given, told = asked(ORACLE, **given, source_sql="SELECT 1", source_sql_params={"a": 1}, rows_chunk=10)
    assert (method, given["parameters"], told) == ("insert_named", {"a": 1}, ["it commits every 10 rows"])


def test_rows_get_into_the_columns_that_the_query_names() -> None:
    calls: list[Any] = []
    text = class_source("database", ["insert", "insert_named", "run_with"])
    method = text[text.index("    def insert_named(") :]
    scope: dict[str, Any] = {}
    method = method[: method.index("self.run(*after)") + len("self.run(*after)")]
    exec(f"from collections.abc import Sequence\nfrom typing import Any\nclass Shop:\n{method}\n", scope)
    shop = scope["Shop"]()
    cursor = SimpleNamespace(description=[("ID",), ("TOTAL",)], fetchall=lambda: [(1, 2)])
    source = SimpleNamespace(
        run_with=lambda sql, handler, parameters: calls.append((sql, parameters)) or handler(cursor)
    )
    shop.run = lambda *statements: calls.append(statements)
    shop.insert = lambda *given: calls.append(given)
    shop.insert_named(source, "SELECT", "t", before=["DELETE"], parameters={"a": 1})
    assert calls == [("SELECT", {"a": 1}), ("DELETE",), ("t", [(1, 2)], ["ID", "TOTAL"]), ()]


def test_how_files_of_a_server_become_blobs() -> None:
    files = {"sftp_source_path": "/out/*.csv", "container_name": "lake", "blob_prefix": "in/"}
    method, given, _ = asked(WASB, **files, move_object=True)
    assert (method, given["store"], given["move"]) == ("copy_files_to_store", ResourceValue("wasb_default"), True)
    assert "replace" not in given and asked(WASB, **files, wasb_overwrite_object=True)[1]["replace"] is True
    assert asked(WASB, **files, load_options={"overwrite": True})[1]["replace"] is True
    for unread in ({"load_options": {"timeout": 3}}, {"create_container": True}):
        with pytest.raises(Untranslatable):
            asked(WASB, **files, **unread)


class Files:
    """A client of SFTP over a dictionary of folders."""

    def __init__(self, tree: dict[str, list[str]]) -> None:
        self.tree, self.removed = tree, list[str]()

    def listdir_attr(self, folder: str) -> list[Any]:
        kinds = {name: stat.S_IFDIR if f"{folder}/{name}" in self.tree else stat.S_IFREG for name in self.tree[folder]}
        return [SimpleNamespace(filename=name, st_mode=kind) for name, kind in kinds.items()]

    def get(self, source: str, target: str) -> None:
        Path(target).write_text(source)

    def remove(self, path: str) -> None:
        self.removed.append(path)


def test_files_of_a_folder_are_called_as_they_are_there(monkeypatch: pytest.MonkeyPatch) -> None:
    server = service("ssh", "copy_files_to_store", url="ssh://host")
    files = Files({"/out": ["a.csv", "b.txt", "old"], "/out/old": ["c.csv"]})
    monkeypatch.setattr(type(server), "_files", lambda self, host: nullcontext(files))
    made: dict[str, tuple[str, bool]] = {}

    def upload(path: str, bucket: str, key: str, replace: bool) -> None:
        made[f"{bucket}/{key}"] = (Path(path).read_text(), replace)

    store = SimpleNamespace(upload=upload)
    server.copy_files_to_store("/out", store, "lake", "in/")
    assert made == {
        f"lake/in/{path.rpartition('/')[2]}": (path, False) for path in ("/out/a.csv", "/out/b.txt", "/out/old/c.csv")
    }
    assert files.removed == []
    made.clear()
    server.copy_files_to_store("/out/*.csv", store, "lake", replace=True, move=True)
    assert made == {"lake/a.csv": ("/out/a.csv", True), "lake/c.csv": ("/out/old/c.csv", True)}
    assert files.removed == ["/out/a.csv", "/out/old/c.csv"]


def test_what_is_asked_of_salesforce() -> None:
    method, given, _ = asked(
        TO_S3, salesforce_query="accounts.sql", s3_bucket_name="lake", s3_key="a", export_format="JSON"
    )
    assert method == "copy_query_to_store" and given["query"] == ("file", "accounts.sql")
    assert (given["scheme"], given["file_format"], given["store"]) == ("s3", "json", ResourceValue("aws_default"))
    assert asked(TO_GCS, query="SELECT Id", bucket_name="lake", object_name="a")[1]["replace"] is True
    for unread in ({"gzip": True}, {"coerce_to_timestamp": True}, {"unwrap_single": False}):
        with pytest.raises(Untranslatable):
            asked(TO_GCS, query="SELECT Id", bucket_name="lake", object_name="a", **unread)


@pytest.mark.parametrize(
    ("file_format", "expected"),
    [
        ("csv", "id,note,size\n1,a line,2\n2,None,3\n"),
        ("json", '[{"id":"1","note":"a\\n line","size":2},{"id":"2","note":null,"size":3}]'),
        ("ndjson", '{"id":"1","note":"a\\n line","size":2}\n{"id":"2","note":null,"size":3}\n'),
    ],
)
def test_rows_of_salesforce(monkeypatch: pytest.MonkeyPatch, file_format: str, expected: str) -> None:
    rows = [
        {"attributes": {"type": "Account"}, "Id": "1", "Note": "a\n line", "Size": 2},
        {"attributes": {"type": "Account"}, "Id": "2", "Note": None, "Size": 3},
    ]
    asked_for: list[Any] = []

    class Salesforce:
        def __init__(self, **told: str) -> None:
            asked_for.append(told)

        def query_all(self, query: str, **options: Any) -> dict[str, Any]:
            asked_for.append((query, options))
            return {"records": rows}

    stand_in(monkeypatch, simple_salesforce={"Salesforce": Salesforce})
    org = service("salesforce", "copy_query_to_store", url="salesforce://me:secret@/?domain=test")
    made: list[Any] = []
    store = SimpleNamespace(upload=lambda path, *given: made.append((Path(path).read_text(), *given)))
    url = org.copy_query_to_store(store, "SELECT Id", "lake", "a", "s3", file_format, deleted=True)
    assert url == "s3://lake/a" and made == [(expected, "lake", "a", False)]
    assert asked_for[1] == ("SELECT Id", {"include_deleted": True})
