"""Asks Airflow's providers for the lineage of each case and writes `reported.json`.

Run it where apache-airflow and the providers are installed, from the repository's root: `python -m tests.analyzers.io.openlineage.record`. No
service is called: connections are made up, and clients answer with what they are asked for.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import tempfile
import traceback
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest import mock

from tests.analyzers.io.openlineage.cases import CASES

TARGET = Path(__file__).with_name("reported.json")
_CONNECTIONS = {
    "store": "sftp://user@files.example:22",
    "pg": "postgres://user@db.example:5432/shop",
    "postgres_default": "postgres://user@db.example:5432/shop",
    "mysql_default": "mysql://user@db.example:3306/shop",
    "mssql_default": "mssql://user@db.example:1433/shop",
    "oracle_default": "oracle://user@db.example:1521/shop",
    "trino_default": "trino://user@db.example:8080/shop",
    "redshift_default": "redshift://user@cluster.abc.eu-west-1.redshift.amazonaws.com:5439/dev",
    "wasb_default": "wasb://account",
    "google_cloud_default": "google-cloud-platform://?project=p",
    "aws_default": "aws://",
    "google_cloud_sql_default": "gcpcloudsql://",
}


def _table(name: Any) -> Any:
    text = name if isinstance(name, str) else ".".join(map(str, name.path.split("/")[2::2]))
    parts = text.replace(":", ".").split(".")
    full = ".".join(parts if len(parts) == 3 else ["p", *parts])
    project, dataset_id, table_id = full.split(".")
    return SimpleNamespace(
        reference=full,
        project=project,
        dataset_id=dataset_id,
        table_id=table_id,
        schema=[],
        description=None,
        external_data_configuration=None,
        friendly_name=None,
        to_api_repr=dict,
    )


def _prepared(operator: Any, arguments: dict[str, Any]) -> Any:
    """The operator as its `execute` would leave it: with the answers of services where lineage is taken from them."""
    config = arguments.get("config", {})
    operator.serialized_job = config
    operator.serialized_transform = config.get("Transform")
    operator.serialized_model = config.get("Model")
    output = config.get("OutputDataConfig", {}).get("S3OutputPath")
    operator.serialized_training_data = {**config, "ModelArtifacts": {"S3ModelArtifacts": output}}
    if getattr(operator, "select_query", "") is None:
        operator.select_query = operator.default_select_query
    operator._keys = arguments.get("keys")
    operator._transfer_job = {}
    if "objects" in arguments:
        operator._objects = arguments["objects"]
    if hasattr(operator, "destination_bucket") and operator.destination_bucket is None:
        operator.destination_bucket = arguments.get("destination_bucket")
    if arguments.get("source_objects") is None and "source_object" in arguments and hasattr(operator, "source_objects"):
        operator.source_objects = [arguments["source_object"]]
    if "subscription" in arguments:
        operator._resolved_subscription_name = arguments["subscription"]
    if "dataset_id" in arguments:
        operator._table = _table(".".join(arguments[key] for key in ("project_id", "dataset_id", "table_id")))
    return operator


def _asked(path: str, arguments: dict[str, Any]) -> dict[str, Any]:
    module, _, name = f"airflow.providers.{path}".rpartition(".")
    with mock.patch("airflow.models.BaseOperator.log", mock.MagicMock(), create=True):
        operator = _prepared(getattr(importlib.import_module(module), name)(task_id="t", **arguments), arguments)
        if hasattr(operator, "get_openlineage_facets_on_start"):
            lineage = operator.get_openlineage_facets_on_start()
        else:
            lineage = None
        if not (lineage and (lineage.inputs or lineage.outputs)) and hasattr(
            operator, "get_openlineage_facets_on_complete"
        ):
            lineage = operator.get_openlineage_facets_on_complete(mock.MagicMock())
    if lineage is None or not (lineage.inputs or lineage.outputs):
        return {"unknown": "it reports nothing"}
    return {
        side: sorted({f"{dataset.namespace} {dataset.name}" for dataset in getattr(lineage, side)})
        for side in ("inputs", "outputs")
    }


def _patches() -> list[Any]:
    client = mock.MagicMock()
    client.get_table.side_effect = _table
    database = SimpleNamespace(scheme="db", authority="db.example", database="shop")
    hook = mock.MagicMock(
        get_openlineage_database_info=lambda connection: database, get_openlineage_default_schema=lambda: "public"
    )
    return [
        mock.patch("airflow.providers.google.cloud.hooks.bigquery.BigQueryHook.get_client", return_value=client),
        mock.patch("airflow.providers.google.common.hooks.base_google.GoogleBaseHook.project_id", "p"),
        mock.patch("airflow.providers.amazon.aws.utils.openlineage.get_facets_from_redshift_table", return_value={"schema": SimpleNamespace(fields=[])}),
        mock.patch("airflow.providers.microsoft.azure.hooks.wasb.WasbHook.get_conn", return_value=SimpleNamespace(account_name="account")),
        mock.patch("airflow.providers.amazon.aws.operators.sagemaker.SageMakerTransformOperator._get_model_data_urls", return_value=[]),
        *(
            mock.patch(f"airflow.providers.google.cloud.transfers.bigquery_to_{name}Operator.get_sql_hook", return_value=hook)
            for name in ("postgres.BigQueryToPostgres", "mysql.BigQueryToMySql", "mssql.BigQueryToMsSql")
        ),
        mock.patch("airflow.providers.openlineage.sqlparser.get_table_schemas", side_effect=RuntimeError("no database")),
        mock.patch("airflow.providers.postgres.hooks.postgres.PostgresHook.get_openlineage_default_schema", return_value="public"),
        mock.patch("airflow.providers.ftp.hooks.ftp.FTPHook.get_conn", return_value=mock.MagicMock(host="files.example", port=21)),
        mock.patch("airflow.providers.oracle.hooks.oracle.OracleHook.get_openlineage_default_schema", return_value="shop"),
        mock.patch("airflow.providers.microsoft.mssql.hooks.mssql.MsSqlHook.get_conn"),
        mock.patch("airflow.providers.microsoft.mssql.hooks.mssql.MsSqlHook.get_openlineage_default_schema", return_value="dbo"),
        mock.patch("airflow.providers.amazon.aws.hooks.redshift_sql.RedshiftSQLHook.get_openlineage_database_info", return_value=database),
        mock.patch("socket.gethostbyname", side_effect=lambda host: host),
        mock.patch("socket.gethostname", return_value="here"),
    ]  # fmt: skip


def main() -> None:
    """Writes what the providers say; where they cannot say it without a service, the kind of their error."""
    os.environ |= {f"AIRFLOW_CONN_{name.upper()}": uri for name, uri in _CONNECTIONS.items()}
    os.environ.setdefault("AIRFLOW_HOME", tempfile.mkdtemp())
    for library in ("MySQLdb", "MySQLdb.constants", "MySQLdb.cursors"):
        sys.modules.setdefault(library, mock.MagicMock())
    found = {}
    for patch in _patches():
        patch.start()
    for name, path, arguments in CASES:
        try:
            found[name] = _asked(path, arguments)
        except Exception as error:
            found[name] = {"unknown": type(error).__name__}
            print(f"{name}: {type(error).__name__}: {error}"[:300])
            if "--trace" in sys.argv:
                traceback.print_exc()
    TARGET.write_text(json.dumps(found, indent=1, sort_keys=True) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
