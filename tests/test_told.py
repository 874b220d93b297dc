"""What the user tells of Variables, Connections and the environment: what files are understood, and that no secret is kept."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from migrator.cli import app
from migrator.config import Config, load_config
from migrator.databases import database_of
from migrator.diagnostics import MigratorError
from migrator.exports import read_connections, read_databases, read_variables
from migrator.secrets.masking import is_secret, without_secrets

DAG = """
from airflow import DAG
from airflow.models import Variable
from airflow.operators.bash import BashOperator
import os

settings = Variable.get("settings", deserialize_json=True)
with DAG("told_" + os.environ["STAGE"], schedule=Variable.get("schedule")) as dag:
    for table in settings["tables"]:
        BashOperator(task_id=table, bash_command="load " + settings["password"])
    if Variable.get("api_token") == "hunter2":
        BashOperator(task_id="extra", bash_command="true")
"""


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("v.json", '{"a": "x", "n": 5, "l": ["eu", "us"], "d": {"value": {"k": 1}, "description": "about it"}}'),
        ("v.yaml", "a: x\nn: 5\nl: [eu, us]\nd: {k: 1}\n"),
        ("v.env", '# comment\n\na=x\nexport n = 5\nl=["eu", "us"]\nd={"k": 1}\n'),
    ],
)
def test_variables_are_read_as_airflow_stores_them(tmp_path: Path, name: str, text: str) -> None:
    found = read_variables(write(tmp_path / name, text))
    assert found["a"] == "x"
    assert found["n"] == "5"
    assert json.loads(found["l"]) == ["eu", "us"]
    assert json.loads(found["d"]) == {"k": 1}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (
            "c.json",
            '{"pg": {"conn_type": "postgres", "host": "h", "password": "hunter2"}, "lake": "aws://:hunter2@", "no": {"host": "h"}}',
        ),
        ("c.yaml", "pg: {conn_type: postgres, password: hunter2}\nlake:\n  - aws://u:hunter2@/\n"),
        ("c.env", 'pg=postgresql://u:hunter2@h/db\nlake={"conn_type": "aws", "password": "hunter2"}\n'),
    ],
)
def test_of_connections_only_ids_and_types_are_kept(tmp_path: Path, name: str, text: str) -> None:
    assert read_connections(write(tmp_path / name, text)) == {"pg": "postgres", "lake": "aws"}


@pytest.mark.parametrize(
    ("connection", "database", "schema"),
    [
        ({"conn_type": "hive_cli", "host": "h", "schema": "staging"}, "", "staging"),
        ({"conn_type": "snowflake", "schema": "mart", "extra": '{"database": "dwh", "account": "a"}'}, "dwh", "mart"),
        (
            {"conn_type": "google_cloud_platform", "extra": {"project": "acme-prod", "keyfile_dict": "hunter2"}},
            "acme-prod",
            "",
        ),
        ("mysql://u:hunter2@h:3306/shop?charset=utf8", "", "shop"),
        ("google-cloud-platform://?extra__google_cloud_platform__project=acme", "acme", ""),
        ({"conn_type": "trino", "host": "h", "schema": "web", "extra": {"catalog": "lake"}}, "lake", "web"),
        ({"conn_type": "postgres", "host": "h", "schema": "dwh", "password": "hunter2"}, "", ""),
    ],
)
def test_the_database_behind_a_connection(tmp_path: Path, connection: object, database: str, schema: str) -> None:
    found = read_databases(write(tmp_path / "c.json", json.dumps({"c": connection})))["c"]
    assert (found.database, found.default_schema) == (database, schema)
    assert "hunter2" not in str(found)


def test_connections_to_one_server() -> None:
    one = {"conn_type": "postgres", "host": "H", "port": 5432, "schema": "dwh", "login": "etl"}
    same = database_of("postgres", "postgres://reader:x@h:5432/dwh")
    assert same == database_of("postgres", one)
    assert same != database_of("postgres", {**one, "schema": "crm"})
    first, second = (database_of("mysql", f"mysql://h/{schema}") for schema in "ab")
    assert first is not None and second is not None and first.server == second.server
    assert database_of("http", {}) is None


@pytest.mark.parametrize(
    ("name", "text", "place"),
    [
        ("v.json", '{"a": 1,\n "b": hunter2}', "v.json:2: not valid JSON"),
        ("v.json", '["hunter2"]', "v.json:1: names with their values"),
        ("v.yaml", "a: 1\nb: [hunter2\n", "not valid YAML"),
        ("v.env", "a=1\nhunter2\n", "v.env:2: `NAME=VALUE`"),
        ("v.env", "a=1\na=hunter2\n", "v.env:2: `a` has a value"),
        ("v.txt", "a=1", "unknown kind"),
    ],
)
def test_a_bad_file_is_told_with_its_place_and_without_its_values(
    tmp_path: Path, name: str, text: str, place: str
) -> None:
    with pytest.raises(MigratorError) as error:
        read_variables(write(tmp_path / name, text))
    assert error.value.code == "MIG010"
    assert place in error.value.message
    assert "hunter2" not in error.value.message


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(MigratorError, match="cannot be read"):
        read_variables(tmp_path / "none.json")


@pytest.mark.parametrize(
    "name", ["DB_PASSWORD", "slack_token", "apikey", "API_KEY", "my-secret", "gcp_keyfile_dict", "x_dsn"]
)
def test_names_of_secrets(name: str) -> None:
    assert is_secret(name)


@pytest.mark.parametrize("name", ["regions", "primary_key", "passes", "schedule", "author"])
def test_names_of_other_things(name: str) -> None:
    assert not is_secret(name)


def test_secrets_are_taken_out_of_variables_at_any_depth() -> None:
    assert without_secrets(
        {
            "plain": "x",
            "api_token": "hunter2",
            "url": "postgresql://u:hunter2@h/db",
            "cfg": '{"tables": ["a"], "db": {"password": "hunter2", "use_token": true}}',
            "numbers": "[1, 2]",
            "uris": ["s3://a/b", "https://u:hunter2@h/"],
        }
    ) == {
        "plain": "x",
        "cfg": {"tables": ["a"], "db": {"password": "{var:cfg.db.password}", "use_token": True}},
        "numbers": "[1, 2]",
        "uris": ["s3://a/b", "{var:uris.1}"],
    }


def test_settings_never_hold_a_secret(tmp_path: Path) -> None:
    toml = """
        variables_file = "vars.json"
        connections_file = "conns.yaml"
        [variables]
        db_password = "hunter2"
        region = "eu"
        [env]
        AWS_SECRET_ACCESS_KEY = "hunter2"
        STAGE = "prod"
        [connections]
        warehouse = "postgresql://u:hunter2@h/db"
    """
    write(tmp_path / "vars.json", '{"region": "us", "tables": ["a"], "slack_token": "hunter2"}')
    write(tmp_path / "conns.yaml", "lake: {conn_type: aws, password: hunter2}")
    config = load_config(write(tmp_path / "migrator.toml", toml), tmp_path)
    assert config.variables == {"region": "eu", "tables": '[\n  "a"\n]'}
    assert config.env == {"STAGE": "prod"}
    assert config.connections == {"warehouse": "postgres", "lake": "aws"}
    assert "hunter2" not in repr(config)


def test_telling_more_keeps_the_other_settings(tmp_path: Path) -> None:
    toml = 'airflow_version = "2"\n[[assets]]\nmatch = "s3://raw/*"\nkey = "raw"\n'
    config = load_config(write(tmp_path / "migrator.toml", toml), tmp_path)
    told = config.told({"a": "1"})
    assert told.model_copy(update={"variables": {}}) == config
    assert told.variables == {"a": "1"}


def test_the_command_line_wins_over_the_settings() -> None:
    config = Config(variables={"a": "1", "b": "1"}, env={"X": "1"})
    told = config.told({"a": "2"}, {"pg": "postgres"}, {"X": "2", "TOKEN": "hunter2"})
    assert told.variables == {"a": "2", "b": "1"}
    assert told.env == {"X": "2"}
    assert told.connections == {"pg": "postgres"}


@pytest.fixture
def dags(tmp_path: Path) -> Path:
    folder = tmp_path / "dags"
    folder.mkdir()
    write(folder / "told.py", DAG)
    return folder


def report(dags: Path, *options: str) -> dict[str, Any]:
    result = CliRunner().invoke(app, ["analyze", str(dags), "--format", "json", "--fail-on", "never", *options])
    assert result.exit_code == 0, result.output
    assert "hunter2" not in result.output.replace('== \\"hunter2\\"', "")
    document: dict[str, Any] = json.loads(result.stdout)
    return document


def test_options_turn_the_unknown_into_the_known(tmp_path: Path, dags: Path) -> None:
    settings = {"tables": ["a", "b"], "password": "hunter2"}
    variables = write(
        tmp_path / "v.json", json.dumps({"settings": settings, "schedule": "@hourly", "api_token": "hunter2"})
    )
    document = report(dags, "--variables", str(variables), "--env", "STAGE=prod")
    (dag,) = document["dags"]
    assert dag["dag_id"] == "told_prod"
    assert dag["schedule"] == {"kind": "preset", "value": "@hourly"}
    # The Variable whose name is a secret's stays unknown, so the branch is explored.
    assert [task["task_id"] for task in dag["tasks"]] == ["a", "b", "extra"]


def test_a_wrong_env_option_is_refused(dags: Path) -> None:
    result = CliRunner().invoke(app, ["analyze", str(dags), "--env", "STAGE"])
    assert result.exit_code == 2
    assert "NAME=VALUE" in result.output


def test_generated_code_holds_no_secret(tmp_path: Path, dags: Path) -> None:
    settings = {"tables": ["a"], "password": "hunter2"}
    variables = write(tmp_path / "v.json", json.dumps({"settings": settings, "schedule": "@daily", "api_token": "x"}))
    project = tmp_path / "project"
    result = CliRunner().invoke(
        app,
        [
            "generate",
            str(dags),
            "-o",
            str(project),
            "--name",
            "acme",
            "--variables",
            str(variables),
            "--env",
            "STAGE=p",
        ],
    )
    assert result.exit_code == 0, result.output
    assert not [path for path in project.rglob("*") if path.is_file() and b"hunter2" in path.read_bytes()]
