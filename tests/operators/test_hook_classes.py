"""The classes of hooks that projects have themselves: they do what Airflow's do, and what they lack is known."""

from __future__ import annotations

import ast
import gzip
import importlib
import io
import json
import sys
import threading
from collections.abc import Iterator
from datetime import datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any, ClassVar

import pandas as pd
import pytest

from migrator.codegen.helpers import helper_modules
from migrator.operators.hook_classes import HOOK_CLASSES, lacking

OF_DATABASES = """
    bulk_dump bulk_load connection connection_extra connection_extra_lower connector copy_expert dialect dialect_name escape_column_names
    escape_word_format get_autocommit get_aws_iam_token get_azure_iam_token get_conn get_conn_id get_connection get_connections get_cursor
    get_db_log_messages get_df get_df_by_chunks get_first get_iam_token get_pandas_df get_pandas_df_by_chunks get_records get_reserved_words
    get_sqlalchemy_engine get_table_primary_key get_table_schema get_uri insert_rows insert_statement_format inspector last_description log
    placeholder replace_statement_format reserved_words run set_autocommit split_sql_string sqlalchemy_scheme sqlalchemy_url
    strip_sql_string supports_autocommit test_connection upsert_rows
""".split()
"""Members of PostgresHook that code may ask for (Airflow 2.11 and 3.3, common.sql 2.4), those of OpenLineage and of Airflow's user interface aside."""
OF_HTTP = """
    auth_type base_url check_response default_headers default_host get_conn get_connection log method run run_and_check run_with_advanced_retry
    test_connection url_from_endpoint
""".split()

OF_AWS = """
    account_id async_conn config conn conn_client_meta conn_config conn_partition conn_region_name expand_role get_client_type get_conn
    get_credentials get_resource_type get_session get_waiter list_waiters region_name service_config service_name test_connection verify waiter_path
""".split()
"""Members of AwsGenericHook (amazon 9.39), those of Airflow's user interface and its decorator `retry` aside."""
OF_S3 = """
    check_for_bucket check_for_key check_for_prefix check_for_wildcard_key copy_object create_bucket delete_bucket delete_bucket_tagging
    delete_objects download_file extra_args generate_presigned_url get_bucket get_bucket_tagging get_file_metadata get_key get_s3_bucket_key
    get_wildcard_key head_object iter_file_metadata list_keys list_prefixes load_bytes load_file load_file_obj load_string parse_s3_url
    put_bucket_tagging read_key resource select_key sync_to_local_dir transfer_config
""".split()
OF_RDS = """
    get_db_cluster_snapshot_state get_db_cluster_state get_db_instance_state get_db_snapshot_state get_event_subscription_state
    get_export_task_state wait_for_db_cluster_snapshot_state wait_for_db_cluster_state wait_for_db_instance_state wait_for_db_snapshot_state
    wait_for_event_subscription_state wait_for_export_task_state
""".split()
OF_SSM = "get_command_invocation get_parameter_value is_aws_level_failure list_command_invocations".split()
OF_BIGQUERY = """
    create_empty_dataset create_table delete_dataset delete_table get_client get_dataset get_dataset_tables get_job get_query_results get_schema
    insert_all insert_job list_rows location poll_job_complete table_exists table_partition_exists update_table use_legacy_sql
    cancel_job generate_job_id get_datasets_list run_grant_dataset_view_access run_table_upsert split_tablename update_dataset
    update_table_schema get_run_after_or_logical_date
""".split()
OF_GCS = """
    add_bucket_iam_binding compose copy create_bucket delete delete_bucket download download_as_byte_array exists get_blob_update_time get_bucket
    get_conn get_connection get_crc32c get_credentials get_md5hash get_metadata get_size insert_bucket_acl insert_object_acl is_older_than
    is_updated_after is_updated_before is_updated_between list list_by_timespan log project_id provide_file provide_file_and_upload rewrite
    scopes sync sync_to_local_dir test_connection upload
""".split()
"""Members of GCSHook (google 22.8), and of its base those that code asks for."""


@pytest.fixture
def hooks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """The module of a project that uses all of them."""
    names = ", ".join(sorted(HOOK_CLASSES))
    for path, text in helper_modules([f"from shop_hooks.hooks import {names}"], "shop_hooks", "../dags").items():
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    (tmp_path / "src" / "shop_hooks" / "__init__.py").write_text("")
    monkeypatch.syspath_prepend(str(tmp_path / "src"))
    monkeypatch.setenv("WAREHOUSE_URL", f"sqlite:///{tmp_path}/data/warehouse.db")
    yield importlib.import_module("shop_hooks.hooks")
    for name in [name for name in sys.modules if name.startswith("shop_hooks")]:
        del sys.modules[name]


@pytest.mark.parametrize(
    ("name", "members"),
    [
        ("AwsBaseHook", OF_AWS),
        ("BigQueryHook", [*OF_BIGQUERY, *({*OF_DATABASES} - {"copy_expert", "get_table_primary_key"})]),
        ("BedrockHook", [*OF_AWS, "get_guardrail_id_by_name"]),
        ("GCSHook", OF_GCS),
        ("HttpHook", OF_HTTP),
        ("LambdaHook", [*OF_AWS, "create_lambda", "encode_log_result", "invoke_lambda"]),
        ("PostgresHook", OF_DATABASES),
        ("S3Hook", [*OF_AWS, *OF_S3]),
        ("OpenSearchServerlessHook", OF_AWS),
        ("RdsHook", [*OF_AWS, *OF_RDS]),
        ("SecretsManagerHook", [*OF_AWS, "get_secret", "get_secret_as_dict"]),
        ("SnsHook", [*OF_AWS, "apublish_to_target", "publish_to_target"]),
        ("SqsHook", [*OF_AWS, "asend_message", "create_queue", "send_message"]),
        ("SsmHook", [*OF_AWS, *OF_SSM]),
        ("StsHook", [*OF_AWS, "get_account_number"]),
    ],
)
def test_what_airflows_class_has_is_there_or_known_to_be_missing(
    hooks: ModuleType, name: str, members: list[str]
) -> None:
    made = getattr(hooks, name)()
    there = {member for member in members if hasattr(type(made), member) or member in vars(made)}
    assert there | HOOK_CLASSES[name].lacks >= set(members)
    assert not there & HOOK_CLASSES[name].lacks


def test_each_class_tells_the_type_of_its_connections(hooks: ModuleType) -> None:
    found = {name: getattr(hooks, name).conn_type for name in HOOK_CLASSES}
    assert found["RedshiftSQLHook"] == "redshift" and found["PostgresHook"] == "postgres"
    assert {found[name] for name in HOOK_CLASSES if name.startswith(("Aws", "S3", "S", "Lambda"))} == {
        *("aws", "salesforce", "sftp", "ssh", "snowflake", "sqlite")
    }
    assert (found["GCSHook"], found["FTPSHook"]) == ("google_cloud_platform", "ftp")


def test_each_class_is_in_the_module_and_takes_its_arguments(hooks: ModuleType) -> None:
    for name, known in HOOK_CLASSES.items():
        made = getattr(hooks, name)(**{known.connection: "warehouse"}, **dict.fromkeys(known.arguments, ""))
        assert getattr(made, made.conn_name_attr) == "warehouse"
        assert getattr(hooks, name).default_conn_name == known.default_connection


def test_tables_of_vectors(hooks: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[str] = []
    monkeypatch.setattr(hooks.PgVectorHook, "run", lambda self, sql: ran.append(sql))
    hook = hooks.PgVectorHook(postgres_conn_id="dwh")
    hook.create_extension("vector")
    hook.create_table("t", ["id INTEGER", "v vector(3)"], if_not_exists=False)
    hook.truncate_table("t")
    hook.drop_table("t")
    assert ran == [
        "CREATE EXTENSION IF NOT EXISTS vector",
        "CREATE TABLE t (id INTEGER, v vector(3))",
        "TRUNCATE TABLE t RESTART IDENTITY",
        "DROP TABLE IF EXISTS t",
    ]


def test_a_database_is_asked_as_airflow_asks_it(hooks: ModuleType) -> None:
    hook = hooks.SqliteHook("warehouse", log_sql=False)
    assert hook.run("CREATE TABLE sales (day TEXT, amount INTEGER)") is None
    hook.insert_rows("sales", [("a", 1), (datetime(2024, 1, 5), 2), (None, 3)], target_fields=["day", "amount"])
    rows = [("a", 1), ("2024-01-05T00:00:00", 2), (None, 3)]
    assert hook.get_records("SELECT * FROM sales ORDER BY amount") == rows
    assert hook.get_first("SELECT amount FROM sales WHERE day = ?", parameters=("a",)) == (1,)
    assert hook.get_first("SELECT amount FROM sales WHERE day = 'b'") is None
    texts = ["SELECT 1", "SELECT 2"]
    assert hook.run(texts, handler=lambda cursor: cursor.fetchone()) == [(1,), (2,)]
    joined = "; ".join(texts)
    assert hook.run(joined, handler=lambda cursor: cursor.fetchone(), split_statements=True) == (2,)
    each = hook.run(joined, handler=lambda cursor: cursor.fetchone(), split_statements=True, return_last=False)
    assert each == [(1,), (2,)]
    assert [column[0] for column in hook.last_description] == ["2"]
    with pytest.raises(ValueError, match="empty"):
        hook.run(" ")
    assert [row["name"] for row in hook.get_table_schema("sales")] == ["day", "amount"]
    assert list(hook.get_pandas_df("SELECT amount FROM sales")["amount"]) == [1, 2, 3]


def test_rows_reach_a_database_of_another_system_than_in_airflow(
    hooks: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WAREHOUSE_URL", "duckdb:///:memory:")
    assert hooks.PostgresHook("warehouse").placeholder == "?"
    engine = SimpleNamespace(dialect=SimpleNamespace(paramstyle="pyformat"))
    monkeypatch.setattr(hooks.PostgresHook, "get_sqlalchemy_engine", lambda self: engine)
    assert hooks.PostgresHook("warehouse").placeholder == "%s"


def test_a_connection_that_is_not_told_is_missed_by_the_error_that_code_catches(
    hooks: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EMPTY_URL", "")  # as `.env.example` has it
    missing = importlib.import_module("shop_hooks.exceptions").NotFound
    for conn_id in ("gone", "empty"):
        for ask in (hooks.get_connection, hooks.told):
            with pytest.raises(missing, match=f"{conn_id.upper()}_URL is not set"):
                ask(conn_id)


def test_a_connection_tells_its_fields_by_methods_too(hooks: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those of Airflow 2.11 and 3.3."""
    monkeypatch.setenv("CRM_URL", '{"password": "x", "extra": {"team": "a"}, "description": "of sales"}')
    connection = hooks.get_connection("crm")
    assert connection.get_password() == "x" and connection.description == "of sales"
    assert connection.get_extra() == '{"team": "a"}' and connection.get_extra_dejson() == {"team": "a"}


@pytest.mark.parametrize(
    ("told", "extra", "url"),
    [
        ("http://u:p%40@h:80/s", None, "http://u:p%40@h:80/s"),
        ('{"conn_type": "http", "host": "h", "extra": {}}', None, "http://h"),
        ('{"conn_type": "http", "host": "h"}', None, "http://h"),
        ('{"conn_type": "http", "host": "h", "extra": {"a": 1}}', '{"a": 1}', "http://h/?__extra__=%7B%22a%22%3A+1%7D"),
        ("http://h/?a=1&b=", '{"a": "1", "b": ""}', "http://h/?a=1&b="),
        ("http://:p@h/s?a=1", '{"a": "1"}', "http://:p@h/s?a=1"),
    ],
)
def test_what_a_connection_tells_besides(
    hooks: ModuleType, monkeypatch: pytest.MonkeyPatch, told: str, extra: str | None, url: str
) -> None:
    """As Airflow 2.11 and 3.3 say it, for which the same is told."""
    monkeypatch.setenv("CRM_URL", told)
    connection = hooks.get_connection("crm")
    assert (connection.extra, connection.get_extra(), connection.get_uri()) == (extra, extra, url)


def test_what_fails_is_not_committed(hooks: ModuleType) -> None:
    hook = hooks.SqliteHook("warehouse")
    hook.run("CREATE TABLE sales (amount INTEGER NOT NULL)")
    with pytest.raises(Exception, match="NOT NULL"):
        hook.run(["INSERT INTO sales VALUES (1)", "INSERT INTO sales VALUES (NULL)"])
    assert hook.get_records("SELECT * FROM sales") == []


def test_rows_take_the_place_of_those_with_the_same_key(hooks: ModuleType) -> None:
    insert = hooks.PostgresHook("warehouse")._insert_statement
    assert insert("t", 2, ["a", "b"], True, replace_index="a") == (
        "INSERT INTO t (a, b) VALUES (?,?) ON CONFLICT (a) DO UPDATE SET b = excluded.b"
    )
    assert insert("t", 1, ["a"], True, replace_index=["a"]).endswith("ON CONFLICT (a) DO NOTHING")
    assert hooks.MySqlHook("warehouse")._insert_statement("t", 1, None, True) == "REPLACE INTO t  VALUES (?)"


def test_another_database_of_the_same_server(hooks: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_DB_URL", "postgresql+psycopg2://me:secret@host:5432/main")
    assert hooks.PostgresHook("shop-db", schema="other").get_uri().endswith("host:5432/other")
    monkeypatch.setenv("SNOW_URL", "snowflake://me:secret@account/db/public?warehouse=small")
    url = hooks.SnowflakeHook("snow", schema="raw", warehouse="large").sqlalchemy_url
    assert (url.database, url.query["warehouse"]) == ("db/raw", "large")


def test_databases_that_arguments_or_settings_say_more_of(
    hooks: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("ERP_URL", "mssql+pyodbc://me:secret@host/main?driver=Old")
    url = hooks.OdbcHook("erp", driver="{ODBC Driver 18}", database="sales").sqlalchemy_url
    assert (url.database, url.query["driver"]) == ("sales", "ODBC Driver 18")
    hook = hooks.HiveServer2Hook("warehouse")
    hook.run(["CREATE TABLE sales (day TEXT, amount INTEGER)", "INSERT INTO sales VALUES ('a', 1), ('b', 2)"])
    hook.to_csv("SELECT * FROM sales ORDER BY day", str(tmp_path / "a.csv"), delimiter=";", lineterminator="\n")
    assert (tmp_path / "a.csv").read_text() == "day;amount\na;1\nb;2\n"
    hook.to_csv("SELECT day FROM sales ORDER BY day", str(tmp_path / "b.csv"), output_header=False, fetch_size=1)
    assert (tmp_path / "b.csv").read_bytes() == b"a\r\nb\r\n"


def test_statements_and_files_go_to_hive_by_its_program(
    hooks: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The program writes down how it is called, what it is to run, and the file that a statement loads."""
    for name in ("beeline", "hive"):
        program = tmp_path / name
        program.write_text(
            "#!/bin/sh\n"
            f'echo "{name} $*" > {tmp_path}/called\n'
            'for file; do :; done\ncat "$file"\n'
            f"""sed -n "s/LOAD DATA LOCAL INPATH '\\([^']*\\)'.*/\\1/p" "$file" | xargs -r cat > {tmp_path}/loaded\n"""
            'grep -q broken "$file" && exit 3 || exit 0\n'
        )
        program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setenv("DWH_URL", "hive://me:secret@host/ods")
    hook = hooks.HiveCliHook("dwh", mapred_queue="etl", mapred_queue_priority="high", auth="noSasl")
    assert hook.run_cli("SELECT 1;", hive_conf={"a": 1}) == "USE ods;\nSELECT 1;\n"
    called = (tmp_path / "called").read_text()
    assert called.startswith("beeline -u jdbc:hive2://host:10000/ods;auth=noSasl -n me -p secret -hiveconf a=1 ")
    assert "-hiveconf tez.queue.name=etl -hiveconf mapreduce.job.priority=HIGH -f " in called
    with pytest.raises(RuntimeError, match="broken"):
        hook.run_cli("broken")
    with pytest.raises(RuntimeError, match="invalid characters: ;"):
        hook.run_cli("SELECT 1", schema="a;")
    assert hook.test_hql("INSERT INTO a SELECT 1; create table broken(a INT)") is None
    monkeypatch.setenv("DWH_URL", '{"conn_type": "hive_cli", "host": "host", "extra": {"use_beeline": false}}')
    frame = pd.DataFrame({"id": [1, 2], "name": ["a", None]})
    hook.load_df(frame, "raw.people", delimiter="\t", partition={"dt": "2024-01-05"}, recreate=True)
    assert (tmp_path / "called").read_text().startswith("hive -hiveconf ")
    assert (tmp_path / "loaded").read_text() == "1\ta\n2\t\n"
    ran: list[str] = []
    monkeypatch.setattr(hook, "run_cli", ran.append)
    hook.load_file("/a.csv", "t", field_dict={"id": "BIGINT"}, partition={"dt": "d"}, tblproperties={"k": "v"})
    assert ran[0].split(";\n") == [
        "CREATE TABLE IF NOT EXISTS t (`id` BIGINT) PARTITIONED BY (dt STRING) ROW FORMAT DELIMITED FIELDS TERMINATED BY ',' "
        "STORED AS textfile TBLPROPERTIES('k'='v')",
        "LOAD DATA LOCAL INPATH '/a.csv' OVERWRITE INTO TABLE t PARTITION (dt='d')",
        "",
    ]


def test_salesforce_is_asked_as_airflow_asks_it(hooks: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []

    class Salesforce:
        Lead = SimpleNamespace(describe=lambda: {"fields": [{"name": "Id"}, {"name": "Email"}]})

        def __init__(self, **options: Any) -> None:
            asked.append(options)

        def query_all(self, query: str, include_deleted: bool, **options: Any) -> dict[str, Any]:
            asked.append((query, include_deleted, options))
            return {"totalSize": 1, "done": True, "records": [{"Id": 1}]}

    monkeypatch.setitem(sys.modules, "simple_salesforce", SimpleNamespace(Salesforce=Salesforce))
    monkeypatch.setenv("CRM_URL", "salesforce://me:secret@/?security_token=t&extra__salesforce__domain=test")
    hook = hooks.SalesforceHook(conn_id="crm")
    assert hook.get_available_fields("Lead") == ["Id", "Email"]
    assert hook.get_object_from_salesforce("Lead", ["Id", "Email"])["records"] == [{"Id": 1}]
    hook.make_query("SELECT 1", True, {"a": 1})
    assert asked == [
        {"username": "me", "password": "secret", "domain": "test", "security_token": "t"},
        ("SELECT Id,Email FROM Lead", False, {}),
        ("SELECT 1", True, {"a": 1}),
    ]


def test_blobs_of_azure_are_asked_for_as_airflow_asks(
    hooks: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    store: dict[str, bytes] = {}
    made: list[Any] = []

    class Client:
        """As much of Azure's clients as the class asks for, over a dictionary."""

        def __init__(self, url: str = "", credential: Any = None, blob: str = "") -> None:
            self.blob = blob
            made.extend([(url, credential)] if url else [])

        @classmethod
        def from_connection_string(cls, text: str) -> Client:
            return cls(text)

        def get_container_client(self, name: str) -> Client:
            return Client(blob=name)

        def get_blob_client(self, container: str, blob: str) -> Client:
            return Client(blob=f"{container}/{blob}")

        def create_container(self) -> None:
            raise FileExistsError

        def exists(self) -> bool:
            return self.blob in store

        def upload_blob(self, data: Any, kind: str, length: int | None, overwrite: bool = False) -> None:
            assert overwrite or self.blob not in store
            store[self.blob] = data.encode() if isinstance(data, str) else data.read()

        def download_blob(self, offset: int | None, length: int | None) -> Any:
            return SimpleNamespace(readall=lambda: store[self.blob])

        def list_blobs(self, name_starts_with: str | None, include: Any) -> list[Any]:
            names = [name.removeprefix(f"{self.blob}/") for name in sorted(store)]
            return [SimpleNamespace(name=name) for name in names if name.startswith(name_starts_with or "")]

        def walk_blobs(self, name_starts_with: str | None, include: Any, delimiter: str) -> list[Any]:
            return self.list_blobs(name_starts_with, include)

        def delete_blobs(self, *names: str) -> None:
            for name in names:
                del store[f"{self.blob}/{name}"]

    for name, module in {
        "azure": SimpleNamespace(),
        "azure.core": SimpleNamespace(),
        "azure.core.exceptions": SimpleNamespace(ResourceExistsError=FileExistsError),
        "azure.storage": SimpleNamespace(),
        "azure.storage.blob": SimpleNamespace(BlobServiceClient=Client),
        "azure.identity": SimpleNamespace(
            ClientSecretCredential=lambda *given: given, DefaultAzureCredential=lambda: "found"
        ),
    }.items():
        monkeypatch.setitem(sys.modules, name, module)
    monkeypatch.setenv("LAKE_URL", "wasb://acme:key@")
    hook = hooks.WasbHook("lake")
    hook.load_string("one", "raw", "days/a.csv", create_container=True)
    hook.load_string("uno", "raw", "days/a.csv", overwrite=True)
    (tmp_path / "b.csv").write_text("two")
    hook.load_file(tmp_path / "b.csv", "raw", "days/b.txt")
    assert hook.read_file("raw", "days/a.csv") == "uno"
    hook.get_file(str(tmp_path / "c.csv"), "raw", "days/b.txt")
    assert (tmp_path / "c.csv").read_text() == "two"
    assert hook.check_for_blob("raw", "days/a.csv") and not hook.check_for_prefix("raw", "weeks/")
    assert hook.get_blobs_list("raw", "days/") == ["days/a.csv", "days/b.txt"]
    assert hook.get_blobs_list_recursive("raw", endswith=".csv") == ["days/a.csv"]
    hook.delete_file("raw", "days/a.csv")
    hook.delete_file("raw", "days/", is_prefix=True)
    assert store == {}
    with pytest.raises(ValueError, match="not found"):
        hook.delete_file("raw", "x")
    assert hook.delete_file("raw", "x", ignore_if_missing=True) is None
    told = {"host": "https://acme.blob.core.windows.net/", "login": "client", "password": "secret"}
    monkeypatch.setenv("SECRET_URL", json.dumps({**told, "extra": {"tenant_id": "t"}}))
    monkeypatch.setenv("TEXT_URL", "wasb://?connection_string=AccountName%3Da")
    for conn_id in ("secret", "text"):
        hooks.WasbHook(conn_id).get_conn()
    hooks.WasbHook("lake", public_read=True).get_conn()
    monkeypatch.setenv("AZURE_STORAGE_ACCOUNT_NAME", "told")
    hooks.WasbHook("gone").get_conn()
    place = "https://{}.blob.core.windows.net"
    assert made == [
        *((place.format("acme"), "key"), (place.format("acme"), ("t", "client", "secret")), ("AccountName=a", None)),
        *((place.format("acme"), None), (place.format("told"), "found")),
    ]


def test_a_folder_by_either_name_of_its_connection(hooks: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANDING_URL", '{"conn_type": "fs", "extra": {"path": "/data/in"}}')
    for hook in (hooks.FSHook("landing"), hooks.FSHook(fs_conn_id="landing"), hooks.FSHook(conn_id="landing")):
        assert hook.get_path() == "/data/in"


def test_files_of_hdfs_are_asked_for_as_airflow_asks(hooks: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []

    class Client:
        def __init__(self, url: str, user: str, session: Any) -> None:
            asked.append((url, user, session.auth))

        def status(self, path: str, strict: bool) -> dict[str, Any] | None:
            return {"type": "FILE"} if path == "/a" else None

        def upload(self, *given: Any, **options: Any) -> None:
            asked.append((given, options))

        def read(self, path: str) -> Any:
            return io.BytesIO(b"one")

    monkeypatch.setitem(sys.modules, "hdfs", SimpleNamespace(InsecureClient=Client))
    monkeypatch.setenv("NN_URL", '{"host": "n1,n2", "port": 9870, "login": "etl", "extra": {"use_ssl": true}}')
    hook = hooks.WebHDFSHook("nn")
    assert hook.check_for_path("/a") and not hook.check_for_path("/b")
    assert hook.read_file("/a") == b"one"
    hook.load_file("/tmp/a", "/raw/a", overwrite=False)
    assert asked[0] == ("https://n1:9870;https://n2:9870", "etl", None)
    assert asked[-1] == (("/raw/a", "/tmp/a"), {"overwrite": False, "n_threads": 1})


class _Service(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(404 if "missing" in self.path else 200)
        self.end_headers()
        told = {name: self.headers.get(name) for name in ("Authorization", "X-Team")}
        self.wfile.write(json.dumps({"path": self.path, **told}).encode())

    def log_message(self, *args: Any) -> None:
        pass


@pytest.mark.parametrize("as_json", [True, False])
def test_a_web_service_is_asked_as_airflow_asks_it(
    hooks: ModuleType, monkeypatch: pytest.MonkeyPatch, as_json: bool
) -> None:
    server = HTTPServer(("127.0.0.1", 0), _Service)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    port = server.server_port
    fields = {"conn_type": "http", "host": "127.0.0.1", "port": port, "login": "me", "password": "pass"}
    told = json.dumps({**fields, "extra": {"X-Team": "growth", "timeout": 5}})
    monkeypatch.setenv("API_URL", told if as_json else f"http://me:pass@127.0.0.1:{port}/?X-Team=growth")
    try:
        hook = hooks.HttpHook("get", http_conn_id="api")
        answer = hook.run("v1/orders", data={"day": "2024-01-05"}).json()
        assert answer["path"] == "/v1/orders?day=2024-01-05"
        assert answer["X-Team"] == "growth"
        assert answer["Authorization"].startswith("Basic ")
        with pytest.raises(RuntimeError, match="404"):
            hook.run("/missing")
        assert hook.run("/missing", extra_options={"check_response": False}).status_code == 404
    finally:
        server.shutdown()


def test_what_is_lacking_is_seen_in_calls_and_in_methods_of_the_same_name() -> None:
    names = frozenset({"SqliteHook"})
    assert lacking(names, "hook.bulk_load('t', path)") == "bulk_load"
    assert lacking(names, "class A(SqliteHook):\n    def _generate_insert_sql(self): ...") == "_generate_insert_sql"
    assert lacking(names, "hook.run('SELECT 1')") == ""
    assert lacking(frozenset({"PostgresHook"}), "hook.bulk_load('t', path)") == ""
    aws = frozenset({"RedshiftHook"})
    assert lacking(aws, "hook.delete_cluster('a')") == "delete_cluster"
    assert lacking(aws, "hook.conn.delete_cluster(ClusterIdentifier='a'); hook.get_conn().get_waiter('b')") == ""


def test_classes_only_come_when_they_are_asked_for() -> None:
    text = helper_modules(["from shop.hooks import SqliteHook"], "shop", "../dags")["src/shop/hooks.py"]
    assert [node.name for node in ast.parse(text).body if isinstance(node, ast.ClassDef)] == [
        "DatabaseHook",
        "SqliteHook",
    ]


class _Missing(Exception):
    """What botocore raises, as `ClientError`."""

    response: ClassVar[dict[str, Any]] = {"ResponseMetadata": {"HTTPStatusCode": 404}}


class _Object:
    def __init__(self, store: dict[str, bytes], bucket: str, key: str) -> None:
        self.store, self.bucket, self.key = store, bucket, key

    def load(self) -> None:
        if f"{self.bucket}/{self.key}" not in self.store:
            raise _Missing

    def get(self) -> dict[str, Any]:
        return {"Body": io.BytesIO(self.store[f"{self.bucket}/{self.key}"])}

    def download_fileobj(self, file: Any, **_: Any) -> None:
        file.write(self.store[f"{self.bucket}/{self.key}"])


class _Session:
    """As much of boto3 as the class asks for, over a dictionary."""

    store: ClassVar[dict[str, bytes]] = {}
    made: ClassVar[list[dict[str, Any]]] = []

    def __init__(self, **options: Any) -> None:
        self.made.append(options)
        self.region_name = options["region_name"]

    def client(self, name: str, **options: Any) -> Any:
        self.made.append({"client": name, **options})
        return self

    def resource(self, name: str, **options: Any) -> Any:
        return SimpleNamespace(Object=lambda bucket, key: _Object(self.store, bucket, key))

    def assume_role(self, **options: Any) -> dict[str, Any]:
        self.made.append(options)
        return {"Credentials": {"AccessKeyId": "a", "SecretAccessKey": "b", "SessionToken": "c"}}

    def head_object(self, Bucket: str, Key: str) -> dict[str, Any]:
        _Object(self.store, Bucket, Key).load()
        return {"ContentLength": len(self.store[f"{Bucket}/{Key}"])}

    def upload_fileobj(self, file: Any, bucket: str, key: str, **options: Any) -> None:
        self.made.append(options)
        self.store[f"{bucket}/{key}"] = file.read()

    def upload_file(self, path: str, bucket: str, key: str, **_: Any) -> None:
        self.store[f"{bucket}/{key}"] = Path(path).read_bytes()

    def delete_objects(self, Bucket: str, Delete: dict[str, Any]) -> dict[str, Any]:
        for one in Delete["Objects"]:
            del self.store[f"{Bucket}/{one['Key']}"]
        return {}

    def copy_object(self, Bucket: str, Key: str, CopySource: dict[str, str], ACL: str) -> None:
        self.store[f"{Bucket}/{Key}"] = self.store[f"{CopySource['Bucket']}/{CopySource['Key']}"]

    def get_paginator(self, name: str) -> Any:
        return self

    def paginate(self, Bucket: str, Prefix: str, Delimiter: str = "", **_: Any) -> Iterator[dict[str, Any]]:
        names = sorted(name.removeprefix(f"{Bucket}/") for name in self.store if name.startswith(f"{Bucket}/{Prefix}"))
        rest = {name: name.removeprefix(Prefix).split(Delimiter) if Delimiter else [name] for name in names}
        folders = {f"{Prefix}{parts[0]}{Delimiter}" for parts in rest.values() if len(parts) > 1}
        for name in names:
            if len(rest[name]) == 1:
                yield {"Contents": [{"Key": name, "LastModified": datetime(2024, 1, len(name) % 28 + 1)}]}
        yield {"CommonPrefixes": [{"Prefix": folder} for folder in sorted(folders)]}


@pytest.fixture
def boto3(monkeypatch: pytest.MonkeyPatch) -> type[_Session]:
    monkeypatch.setattr(_Session, "store", {})
    monkeypatch.setattr(_Session, "made", [])
    transfer = SimpleNamespace(TransferConfig=lambda **options: options)
    for name, module in {
        "boto3": SimpleNamespace(Session=_Session),
        "boto3.s3": SimpleNamespace(),
        "boto3.s3.transfer": transfer,
        "botocore": SimpleNamespace(),
        "botocore.exceptions": SimpleNamespace(ClientError=_Missing),
    }.items():
        monkeypatch.setitem(sys.modules, name, module)
    return _Session


def test_objects_in_s3_are_asked_for_as_airflow_asks(hooks: ModuleType, boto3: type[_Session], tmp_path: Path) -> None:
    hook = hooks.S3Hook("lake")
    hook.load_string("one", "days/a.csv", "shop")
    hook.load_bytes(b"two", "s3://shop/days/deep/b.csv", encrypt=True)
    assert boto3.made[-1] == {"ExtraArgs": {"ServerSideEncryption": "AES256"}, "Config": {}}
    with pytest.raises(ValueError, match="already exists"):
        hook.load_string("other", "days/a.csv", "shop")
    hook.load_string("uno", "days/a.csv", "shop", replace=True)
    assert hook.read_key("s3://shop/days/a.csv") == "uno"
    assert hook.check_for_key("days/a.csv", bucket_name="shop") and not hook.check_for_key("x", "shop")
    assert hook.list_keys("shop", prefix="days/") == ["days/a.csv", "days/deep/b.csv"]
    assert hook.list_keys("shop", prefix="days/*.csv", apply_wildcard=True) == ["days/a.csv", "days/deep/b.csv"]
    assert hook.list_keys("shop", from_datetime=datetime(2024, 1, 11)) == ["days/deep/b.csv"]
    assert hook.list_prefixes("shop", "days/", "/") == ["days/deep/"]
    assert hook.check_for_prefix("days/deep", "/", "shop") and not hook.check_for_prefix("weeks", "/", "shop")
    assert hook.get_wildcard_key("days/*/b.csv", "shop").key == "days/deep/b.csv"
    hook.copy_object("days/a.csv", "s3://shop/copy.csv", source_bucket_name="shop")
    (tmp_path / "c.csv").write_text("three")
    hook.load_file(tmp_path / "c.csv", key="c.csv", bucket_name="shop", gzip=True)
    assert gzip.decompress(boto3.store["shop/c.csv"]) == b"three"
    path = Path(hook.download_file("copy.csv", "shop", str(tmp_path), preserve_file_name=True))
    assert (path.name, path.read_text()) == ("copy.csv", "uno")
    assert Path(hook.download_file("copy.csv", "shop", str(tmp_path))).parent == tmp_path
    hook.delete_objects("shop", ["copy.csv", "c.csv"])
    assert sorted(boto3.store) == ["shop/days/a.csv", "shop/days/deep/b.csv"]


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("s3://shop/a/b.csv", ("shop", "a/b.csv")),
        ("s3a://shop/a#1", ("shop", "a#1")),
        ("https://s3.eu-west-1.amazonaws.com/shop/a", ("shop", "a")),
        ("https://shop.s3.eu-west-1.amazonaws.com/a/b", ("shop", "a/b")),
    ],
)
def test_addresses_of_objects_in_s3(hooks: ModuleType, address: str, place: tuple[str, str]) -> None:
    assert hooks.S3Hook.parse_s3_url(address) == place
    with pytest.raises(ValueError, match="not an address"):
        hooks.S3Hook.parse_s3_url("file:///a")


def test_credentials_of_aws_are_told_or_found(
    hooks: ModuleType, boto3: type[_Session], monkeypatch: pytest.MonkeyPatch
) -> None:
    hooks.AwsBaseHook("aws_default", client_type="lambda", region_name="eu-west-1").get_conn()
    found, client = boto3.made
    assert (found["aws_access_key_id"], found["region_name"]) == (None, "eu-west-1")
    assert client["client"] == "lambda"
    monkeypatch.setenv(
        "LAKE_URL", "aws://key:secret@/?region_name=eu-north-1&role_arn=arn:role&endpoint_url=http://minio"
    )
    boto3.made.clear()
    hooks.S3Hook("lake").get_conn()
    assert boto3.made[0]["aws_secret_access_key"] == "secret"
    assert boto3.made[2]["RoleArn"] == "arn:role"
    assert (boto3.made[3]["aws_session_token"], boto3.made[4]["endpoint_url"]) == ("c", "http://minio")


def test_services_of_aws_are_asked_as_airflow_asks_them(hooks: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    """As the classes of the provider amazon 9.39 do."""
    asked: list[tuple[str, dict[str, Any]]] = []

    class NotFound(Exception):
        pass

    class Client:
        exceptions = SimpleNamespace(ParameterNotFound=NotFound)

        def get_parameter(self, **given: Any) -> dict[str, Any]:
            asked.append(("get_parameter", given))
            if given["Name"] == "gone":
                raise NotFound
            return {"Parameter": {"Value": "v", "Type": "String"}}

        def get_secret_value(self, SecretId: str) -> dict[str, Any]:
            return {"SecretString": '{"a": 1}'} if SecretId == "text" else {"SecretBinary": "Yg=="}

        def get_caller_identity(self) -> dict[str, Any]:
            return {"Account": "123"}

        def __getattr__(self, name: str) -> Any:
            return lambda **given: asked.append((name, given))

    monkeypatch.setattr(hooks.AwsBaseHook, "conn", Client())
    ssm, secrets = hooks.SsmHook(aws_conn_id=None, region_name="eu-west-1"), hooks.SecretsManagerHook("lake")
    assert (ssm.client_type, ssm.get_parameter_value("x"), ssm.get_parameter_value("gone", default=None)) == (
        "ssm",
        "v",
        None,
    )
    with pytest.raises(NotFound):
        ssm.get_parameter_value("gone")
    assert (secrets.get_secret_as_dict("text"), secrets.get_secret("bytes")) == ({"a": 1}, b"b")
    assert hooks.StsHook().get_account_number() == "123"
    assert hooks.OpenSearchServerlessHook(aws_conn_id=None, region_name="eu-west-1").conn_type == "aws"
    services = {
        name: getattr(hooks, name).service for name in ("BedrockAgentHook", "NeptuneAnalyticsHook", "StepFunctionHook")
    }
    assert list(services.values()) == ["bedrock-agent", "neptune-graph", "stepfunctions"]
    asked.clear()
    hooks.LambdaHook().invoke_lambda(function_name="f", payload="{}")
    hooks.SqsHook().send_message("url", "body", message_group_id="g")
    hooks.SqsHook().create_queue("q", {"DelaySeconds": 3})
    hooks.SnsHook().publish_to_target("arn", "hi", message_attributes={"n": 1, "l": ["a"], "b": b"x"})
    attributes = {
        "n": {"DataType": "Number", "StringValue": "1"},
        "l": {"DataType": "String.Array", "StringValue": '["a"]'},
        "b": {"DataType": "Binary", "BinaryValue": b"x"},
    }
    assert asked == [
        ("invoke", {"FunctionName": "f", "Payload": b"{}"}),
        ("send_message", {
            "QueueUrl": "url", "MessageBody": "body", "DelaySeconds": 0, "MessageAttributes": {}, "MessageGroupId": "g",
        }),
        ("create_queue", {"QueueName": "q", "Attributes": {"DelaySeconds": "3"}}),
        ("publish", {
            "TargetArn": "arn", "MessageStructure": "json", "Message": '{"default": "hi"}', "MessageAttributes": attributes,
        }),
    ]  # fmt: skip
    with pytest.raises(TypeError):
        hooks.SnsHook().publish_to_target("arn", "hi", message_attributes={"n": None})


class _Blob:
    def __init__(self, store: dict[str, Any], name: str) -> None:
        self.store, self.name, self.metadata = store, name, None

    def upload_from_string(self, content: str | bytes, **options: Any) -> None:
        self.store[self.name] = content.encode() if isinstance(content, str) else content

    def upload_from_filename(self, path: str, **options: Any) -> None:
        self.store[self.name] = Path(path).read_bytes()

    def download_as_bytes(self) -> bytes:
        return self.store[self.name]

    def download_to_filename(self, path: str, **options: Any) -> None:
        Path(path).write_bytes(self.store[self.name])

    def exists(self) -> bool:
        return self.name in self.store

    def delete(self) -> None:
        if self.store.pop(self.name, None) is None:
            raise _Missing

    def rewrite(self, source: Any, token: str | None = None) -> tuple[str | None, int, int]:
        self.store[self.name] = source.store[source.name]
        return (None if token else "more"), 1, 1

    def compose(self, blobs: list[Any]) -> None:
        self.store[self.name] = b"".join(self.store[blob.name] for blob in blobs)

    @property
    def size(self) -> int:
        return len(self.store[self.name])


class _Bucket:
    def __init__(self, store: dict[str, Any]) -> None:
        self.store = store

    def blob(self, blob_name: str, chunk_size: int | None = None) -> _Blob:
        return _Blob(self.store, blob_name)

    def get_blob(self, blob_name: str) -> _Blob | None:
        return self.blob(blob_name) if blob_name in self.store else None

    def copy_blob(self, blob: _Blob, target: Any, new_name: str) -> None:
        target.store[new_name] = self.store[blob.name]

    def list_blobs(self, prefix: str | None, delimiter: str | None, **_: Any) -> Any:
        names = sorted(name for name in self.store if name.startswith(prefix or ""))
        found = _Blobs(_Blob(self.store, name) for name in names)
        folders = (
            {name.partition(delimiter)[0] + delimiter for name in names if delimiter in name} if delimiter else set()
        )
        found.prefixes = folders
        return found


class _Blobs(list[_Blob]):
    prefixes: set[str]


def test_objects_in_gcs_are_asked_for_as_airflow_asks(
    hooks: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    stores: dict[str, dict[str, Any]] = {"lake": {}, "archive": {}}
    made: list[Any] = []

    class Client:
        project = "found"

        def __init__(self, **options: Any) -> None:
            made.append(options)

        @classmethod
        def from_service_account_info(cls, info: dict[str, str], **options: Any) -> Client:
            return cls(info=info, **options)

        def bucket(self, name: str) -> _Bucket:
            return _Bucket(stores[name])

    for name, module in {
        "google": SimpleNamespace(),
        "google.cloud": SimpleNamespace(storage=SimpleNamespace(Client=Client)),
        "google.api_core": SimpleNamespace(),
        "google.api_core.exceptions": SimpleNamespace(NotFound=_Missing),
    }.items():
        monkeypatch.setitem(sys.modules, name, module)
    hook = hooks.GCSHook()
    assert hook.project_id == "found"
    hook.upload("lake", "days/a.csv", data="one")
    with pytest.raises(ValueError, match="either"):
        hook.upload("lake", "b")
    with hook.provide_file_and_upload(object_url="gs://lake/b.csv") as file:
        file.write(b"two")
    with hook.provide_file(bucket_name="lake", object_name="b.csv") as file:
        assert file.read() == b"two"
    assert hook.download("lake", "days/a.csv") == b"one"
    assert Path(str(hook.download("lake", "b.csv", str(tmp_path / "b")))).read_text() == "two"
    assert hook.list("lake", prefix=["days/", "b"]) == ["days/a.csv", "b.csv"]
    assert hook.list("lake", delimiter="/") == ["days/"]
    hook.copy("lake", "b.csv", "archive")
    hook.rewrite("lake", "b.csv", "archive", "c.csv")
    hook.compose("archive", ["b.csv", "c.csv"], "all.csv")
    assert stores["archive"] == {"b.csv": b"two", "c.csv": b"two", "all.csv": b"twotwo"}
    with pytest.raises(ValueError, match="itself"):
        hook.copy("lake", "b.csv")
    assert (hook.exists("lake", "b.csv"), hook.get_size("archive", "all.csv")) == (True, 6)
    with pytest.raises(ValueError, match="not found"):
        hook.get_size("lake", "x")
    hook.delete("lake", "b.csv")
    hook.delete("lake", "b.csv", ignore_error=True)
    with pytest.raises(_Missing):
        hook.delete("lake", "b.csv")
    monkeypatch.setenv("GOOGLE_URL", json.dumps({"extra": {"project": "p", "keyfile_dict": '{"type": "x"}'}}))
    hooks.GCSHook(gcp_conn_id="google").get_conn()
    assert made[-1] == {"info": {"type": "x"}, "project": "p"}


def test_jobs_and_tables_of_bigquery_are_asked_for_as_airflow_asks(
    hooks: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []
    fields = [SimpleNamespace(to_api_repr=lambda: {"name": "id", "type": "INTEGER"})]

    class Client:
        def __init__(self, project: str, credentials: str, location: str | None = None) -> None:
            self.project = project
            asked.append((project, credentials, location))

        def get_table(self, name: str) -> Any:
            if name != "acme.raw.sales":
                raise _Missing
            return SimpleNamespace(schema=fields)

        def delete_table(self, name: str, not_found_ok: bool) -> None:
            asked.append((name, not_found_ok))

        def insert_rows(self, table: Any, rows: list[Any], **options: bool) -> list[str]:
            return ["bad"] if None in rows else []

    class Job:
        job_id = "j"

        def __init__(self, told: dict[str, Any]) -> None:
            asked.append(told)

        @classmethod
        def from_api_repr(cls, told: dict[str, Any], client: Client) -> Job:
            return cls(told)

        def result(self, **options: Any) -> None:
            asked.append(options)

        def _begin(self) -> None:
            asked.append("begun")

    job_kinds = dict.fromkeys(("LoadJob", "CopyJob", "ExtractJob", "QueryJob"), Job)
    for name, module in {
        "google": SimpleNamespace(),
        "google.auth": SimpleNamespace(default=lambda scopes: ("found", "acme")),
        "google.cloud": SimpleNamespace(bigquery=SimpleNamespace(Client=Client, **job_kinds)),
        "google.api_core": SimpleNamespace(),
        "google.api_core.exceptions": SimpleNamespace(NotFound=_Missing),
    }.items():
        monkeypatch.setitem(sys.modules, name, module)
    sys.modules["google"].auth = sys.modules["google.auth"]
    hook = hooks.BigQueryHook(use_legacy_sql=False, location="EU")
    load = {"load": {"sourceUris": ["gs://lake/a.csv"]}}
    assert hook.insert_job(configuration=load, job_id="mine", timeout=5).job_id == "j"
    reference = {"jobId": "mine", "projectId": "acme", "location": "EU"}
    assert asked == [("acme", "found", "EU"), {"configuration": load, "jobReference": reference}, {"timeout": 5}]
    hook.insert_job({"query": {"query": "SELECT 1"}}, project_id="other", location="US", nowait=True)
    assert (asked[-3], asked[-1]) == (("other", "found", "US"), "begun")
    with pytest.raises(ValueError, match="Unknown job type"):
        hook.insert_job({"merge": {}})
    assert hook.get_schema("raw", "sales") == {"fields": [{"name": "id", "type": "INTEGER"}]}
    assert hook.table_exists("raw", "sales") and not hook.table_exists("raw", "gone", "acme")
    hook.delete_table("acme:raw.sales")
    assert asked[-1] == ("acme.raw.sales", True)
    hook.insert_all("acme", "raw", "sales", [None])
    with pytest.raises(RuntimeError, match="1 insert error"):
        hook.insert_all("acme", "raw", "sales", [None], fail_on_error=True)
    monkeypatch.setenv("LAKE_URL", "bigquery://told/raw")
    assert (hooks.BigQueryHook("lake").project_id, hook.get_uri()) == ("told", "bigquery://acme")
    assert hooks.GoogleBaseHook("lake").get_credentials_and_project_id() == ("found", "told")


class _Files:
    """As much of paramiko's SFTPClient as the class asks for, over files of this machine."""

    def __init__(self, top: Path) -> None:
        self.top, self.closed = top, 0

    def _at(self, path: str) -> Path:
        return self.top / path.lstrip("/")

    def listdir(self, path: str) -> list[str]:
        return [one.name for one in self._at(path).iterdir()]

    def listdir_attr(self, path: str) -> list[Any]:
        return [
            SimpleNamespace(
                filename=one.name,
                st_size=one.stat().st_size,
                st_mode=one.stat().st_mode,
                st_mtime=one.stat().st_mtime,
            )
            for one in self._at(path).iterdir()
        ]

    def stat(self, path: str) -> Any:
        return self._at(path).stat()

    def mkdir(self, path: str, mode: int = 0o777) -> None:
        self._at(path).mkdir()

    def rmdir(self, path: str) -> None:
        self._at(path).rmdir()

    def remove(self, path: str) -> None:
        self._at(path).unlink()

    def get(self, source: str, target: str, prefetch: bool) -> None:
        Path(target).write_bytes(self._at(source).read_bytes())

    def getfo(self, source: str, target: Any, prefetch: bool) -> None:
        target.write(self._at(source).read_bytes())

    def put(self, source: str, target: str, confirm: bool) -> None:
        self._at(target).write_bytes(Path(source).read_bytes())

    def putfo(self, source: Any, target: str, confirm: bool) -> None:
        self._at(target).write_bytes(source.read())

    def close(self) -> None:
        self.closed += 1


def test_files_of_a_server_are_asked_for_as_airflow_asks(
    hooks: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    files = _Files(tmp_path / "remote")
    made: list[dict[str, Any]] = []

    class Client:
        def connect(self, **given: Any) -> None:
            made.append(given)

        def set_missing_host_key_policy(self, policy: Any) -> None:
            made.append({"policy": policy})

        def open_sftp(self) -> _Files:
            return files

        def __getattr__(self, name: str) -> Any:
            return lambda *_: self

    monkeypatch.setitem(sys.modules, "paramiko", SimpleNamespace(SSHClient=Client, AutoAddPolicy=lambda: "any"))
    monkeypatch.setenv("PARTNER_URL", "sftp://me:pass@drop:2222/?key_file=/keys/id&compress=false")
    files.top.mkdir()
    hook = hooks.SFTPHook("partner")
    hook.create_directory("/out/deep")
    hook.store_file("/out/b.csv", io.BytesIO(b"two"))
    (tmp_path / "a.csv").write_text("one")
    hook.store_file("/out/deep/a.csv", str(tmp_path / "a.csv"))
    assert hook.list_directory("/out") == ["b.csv", "deep"]
    assert {name: told["type"] for name, told in hook.describe_directory("/out").items()} == {
        "b.csv": "file",
        "deep": "dir",
    }
    assert (hook.isdir("/out"), hook.isfile("/out"), hook.path_exists("/in")) == (True, False, False)
    assert hook.get_tree_map("/out", delimiter=".csv") == (["/out/b.csv", "/out/deep/a.csv"], [], [])
    assert hook.get_file_by_pattern("/out", "*.csv") == "b.csv"
    hook.retrieve_directory("/out", str(tmp_path / "here"))
    assert (tmp_path / "here" / "deep" / "a.csv").read_text() == "one"
    hook.store_directory("/back", str(tmp_path / "here"))
    hook.delete_directory("/out", include_files=True)
    assert hook.list_directory("/") == ["back"]
    with pytest.raises(FileExistsError):
        hook.create_directory("/back/b.csv")
    assert files.closed == sum("hostname" in given for given in made)
    before = len(made)
    assert hook.get_conn().stat("/back") and hook.isdir("/back")
    hook.close_conn()
    assert [given for given in made[before:] if "hostname" in given] == [made[1]]
    wanted = {
        "hostname": "drop", "port": 2222, "username": "me", "password": "pass", "key_filename": "/keys/id", "compress": False,
    }  # fmt: skip
    assert made[0] == {"policy": "any"} and wanted.items() <= made[1].items()
    assert hooks.SSHHook(remote_host="other", username="you", port=23).port == 23
    with pytest.raises(ValueError, match="remote_host"):
        hooks.SSHHook().get_conn()


def test_files_of_ftp_are_asked_for_as_airflow_asks(
    hooks: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked: list[Any] = []

    class Server:
        def __init__(self, **given: Any) -> None:
            asked.append(given)

        def retrbinary(self, command: str, callback: Any, size: int) -> None:
            callback(command.encode())

        def storbinary(self, command: str, file: Any, size: int) -> None:
            asked.append((command, file.read()))

        def sendcmd(self, command: str) -> str:
            return "213 20240105120000"

        def __getattr__(self, name: str) -> Any:
            return lambda *given: asked.append((name, *given))

    monkeypatch.setattr(hooks.ftplib, "FTP_TLS", Server)
    monkeypatch.setenv("PARTNER_URL", "ftp://me:pass@drop/?passive=false&encoding=cp1251")
    hook = hooks.FTPSHook(ftp_conn_id="partner")
    hook.retrieve_file("/out/a", str(tmp_path / "a"))
    buffer = io.BytesIO()
    hook.retrieve_file("/out/b", buffer)
    hook.store_file("/in/c", io.BytesIO(b"c"))
    assert ((tmp_path / "a").read_text(), buffer.getvalue()) == ("RETR /out/a", b"RETR /out/b")
    assert hook.get_mod_time("/out/a") == datetime(2024, 1, 5, 12)
    hook.close_conn()
    assert asked[0]["encoding"] == "cp1251" and asked[0].keys() == {"context", "encoding"}
    assert asked[1:] == [
        ("connect", "drop", 21),
        ("login", "me", "pass"),
        ("prot_p",),
        ("set_pasv", False),
        ("STOR /in/c", b"c"),
        ("quit",),
    ]


def test_items_of_dynamodb(hooks: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    items: list[Any] = []

    class Batch:
        def __enter__(self) -> Batch:
            return self

        def __exit__(self, *_: Any) -> None: ...

        def put_item(self, Item: Any) -> None:
            if Item is None:
                raise KeyError("Item")
            items.append(Item)

    table = SimpleNamespace(batch_writer=lambda overwrite_by_pkeys: items.append(overwrite_by_pkeys) or Batch())
    resource = SimpleNamespace(Table=lambda name: table, meta=SimpleNamespace(client="client"))
    monkeypatch.setattr(hooks.AwsBaseHook, "conn", resource)
    hook = hooks.DynamoDBHook(aws_conn_id="lake", table_name="scores", table_keys=["id"], resource_type="dynamodb")
    assert hook.resource_type == "dynamodb" and hook.client == "client" and hook.write_batch_data([{"id": 1}])
    assert items == [["id"], {"id": 1}]
    with pytest.raises(RuntimeError, match="Failed to insert"):
        hook.write_batch_data([None])


def test_queries_of_athena_and_mails_of_ses(hooks: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, dict[str, Any]]] = []
    states = ["RUNNING", "SUCCEEDED", "SUCCEEDED", "FAILED"]

    class Client:
        def get_query_execution(self, QueryExecutionId: str) -> dict[str, Any]:
            return {"QueryExecution": {"Status": {"State": states.pop(0)}}}

        def get_query_results(self, **given: Any) -> dict[str, Any]:
            return {"ResultSet": given}

        def start_query_execution(self, **given: Any) -> dict[str, Any]:
            asked.append(("start", given))
            return {"QueryExecutionId": "q"}

        def send_raw_email(self, **given: Any) -> dict[str, Any]:
            asked.append(("mail", given))
            return {"MessageId": "m"}

    monkeypatch.setattr(hooks.AwsBaseHook, "conn", Client())
    athena = hooks.AthenaHook(aws_conn_id="lake", sleep_time=0)
    assert athena.run_query("SELECT 1", {"Database": "raw"}, {}, workgroup="reports") == "q"
    assert asked.pop()[1]["WorkGroup"] == "reports"
    assert athena.poll_query_status("q") == "SUCCEEDED"
    assert athena.get_query_results("q") == {"ResultSet": {"QueryExecutionId": "q", "MaxResults": 1000}}
    assert athena.get_query_results("q") is None
    hooks.SesHook().send_email("me@shop", "a@shop, b@shop", "Totals", "<b>7</b>", cc=["c@shop"], bcc="d@shop")
    mail = asked.pop()[1]
    assert mail["Destinations"] == ["a@shop", "b@shop", "c@shop", "d@shop"]
    assert "To: a@shop, b@shop\n" in mail["RawMessage"]["Data"] and "d@shop" not in mail["RawMessage"]["Data"]


def test_collections_of_mongo_and_keys_of_redis(hooks: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Any] = []

    class Collection:
        def __getattr__(self, name: str) -> Any:
            return lambda *given, **named: (name, *given, named)

    class Client:
        def __init__(self, uri: str, **options: Any) -> None:
            made.append((uri, options))

        def get_database(self, name: str) -> Any:
            made.append(name)
            return SimpleNamespace(get_collection=lambda _: Collection())

        def close(self) -> None:
            made.append("closed")

    monkeypatch.setitem(sys.modules, "pymongo", SimpleNamespace(MongoClient=Client, ReplaceOne=lambda *a, **_: a))
    monkeypatch.setitem(sys.modules, "redis", SimpleNamespace(Redis=lambda **given: given))
    monkeypatch.setenv("SHOP_URL", "mongodb://me:pass@host:27017/shop?replicaSet=a")
    with hooks.MongoHook(conn_id="shop") as hook:
        assert hook.find("orders", {"day": 1}, find_one=True) == ("find_one", {"day": 1}, None, {})
        assert hook.replace_one("orders", {"_id": 3}, mongo_db="old", upsert=True) == (
            "replace_one", {"_id": 3}, {"_id": 3}, {"upsert": True},
        )  # fmt: skip
        assert hook.replace_many("orders", [{"_id": 3}])[1] == [({"_id": 3}, {"_id": 3})]
    assert made == [("mongodb://me:pass@host:27017/shop?replicaSet=a", {}), "shop", "old", "shop", "closed"]
    told = {"conn_type": "mongo", "host": "h", "login": "me", "password": "p/w", "schema": "shop"}
    monkeypatch.setenv("SHOP_URL", json.dumps({**told, "extra": {"srv": True, "ssl": True, "appname": "etl"}}))
    hooks.MongoHook("shop").get_conn()
    options = {"tls": True, "tlsAllowInvalidCertificates": True, "appname": "etl"}
    assert made[-1] == ("mongodb+srv://me:p%2Fw@h/shop", options)
    monkeypatch.setenv("CACHE_URL", "redis://:pass@host/?db=2&ssl=true")
    assert hooks.RedisHook("cache").get_conn() == {
        "host": "host", "port": 6379, "username": None, "password": "pass", "db": 2, "ssl": True,
    }  # fmt: skip


def test_jobs_of_dbt_cloud(hooks: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []
    counts = {"filters": {"limit": 1}, "pagination": {"count": 1, "total_count": 2}}
    answers: list[dict[str, Any]] = [{"data": [number], "extra": counts} for number in (1, 2)]
    answers += [{"data": {"id": 5}}, {"data": {"status": 3}}, {"data": {"status": 20}}]

    def request(method: str, place: str, **given: Any) -> Any:
        asked.append((method, place, given))
        answer = answers.pop(0)
        return SimpleNamespace(raise_for_status=lambda: None, json=lambda: answer)

    monkeypatch.setattr(hooks.requests, "request", request)
    monkeypatch.setattr(hooks.time, "sleep", lambda seconds: None)
    monkeypatch.setenv("DBT_URL", "https://12:token@cloud.getdbt.com")
    hook = hooks.DbtCloudHook("dbt")
    runs = hook.list_job_runs(job_definition_id=7, order_by="-id")
    assert [run.json()["data"] for run in runs] == [[1], [2]]
    place = "https://cloud.getdbt.com/api/v2/accounts/12/"
    assert asked[0][:2] == ("GET", f"{place}runs/") and asked[1][2]["params"]["offset"] == 1
    assert asked[0][2]["headers"] == {"Authorization": "Token token"}
    assert hook.trigger_job_run(7, "by hand", account_id=13).json() == {"data": {"id": 5}}
    assert asked[2][:2] == ("POST", "https://cloud.getdbt.com/api/v2/accounts/13/jobs/7/run/")
    assert not hook.wait_for_job_run_status(5)
    assert hooks.DbtCloudJobRunStatus.is_terminal(20) and not hooks.DbtCloudJobRunStatus.is_terminal(1)
    with pytest.raises(ValueError, match="4"):
        hooks.DbtCloudJobRunStatus.is_terminal(4)


def test_clickhouse_is_asked_as_the_plugin_asks_it(hooks: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    """As airflow-clickhouse-plugin 0.9 to 1.4 do, by its own protocol."""
    asked: list[Any] = []

    class Client:
        def __init__(self, host: str, **options: Any) -> None:
            asked.append((host, options))

        def execute(self, sql: str, params: Any = None, **options: Any) -> Any:
            asked.append((sql, params))
            rows = [(1, "a"), (2, "b")]
            return (rows, [("n", "Int8"), ("s", "String")]) if options.get("with_column_types") else rows

        def execute_iter(self, sql: str, params: Any = None) -> Iterator[Any]:
            return iter([(1, "a")] if params else [])

        def disconnect(self) -> None:
            asked.append("disconnected")

    monkeypatch.setitem(sys.modules, "clickhouse_driver", SimpleNamespace(Client=Client))
    monkeypatch.setenv("EVENTS_URL", "clickhouse://me:secret@house:9001/raw?secure=true")
    hook = hooks.ClickHouseHook(clickhouse_conn_id="events", database="mart")
    assert hook.get_first("SELECT 1", {"x": 1}) == (1, "a")
    assert asked[0][0] == "house"
    assert asked[0][1].items() >= {"port": 9001, "user": "me", "password": "secret", "database": "mart"}.items()
    assert asked.pop() == "disconnected"
    assert hook.get_first("SELECT 1") is None
    assert hook.run(["TRUNCATE TABLE a", "SELECT 2"]) == hook.get_records("SELECT 2") == [(1, "a"), (2, "b")]
    assert [row for row in asked if row[0] == "TRUNCATE TABLE a"] == [("TRUNCATE TABLE a", None)]
    assert hook.execute("SELECT 3", with_column_types=True)[1][0] == ("n", "Int8")
    assert hook.get_pandas_df("SELECT 4").to_dict("list") == {"n": [1, 2], "s": ["a", "b"]}
    assert isinstance(hooks.ClickHouseHook("events").get_conn(), Client)
    assert asked[-1][1]["database"] == "raw"
