"""Hooks of Airflow's whose classes generated projects have themselves, for code that makes more of a hook than calls on the spot: derives from it, returns
it, keeps it, or hands it on.

Comes in: the name of a hook's class. Goes out: a `HookClass`. The classes are those of the templates in `hooks/`.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping

from migrator.model.frozen import dataclass

MODULE = "hooks"
"""The module of a generated project that holds the classes."""
_OF_AIRFLOW = (
    "_create_autocommit_connection _generate_insert_sql _get_pandas_df _make_common_data_structure _placeholder _run_command _serialize_cells "
    "connection_extra connection_extra_lower connector dialect dialect_name escape_column_names escape_word_format get_aws_iam_token "
    "get_azure_iam_token get_connections get_db_log_messages get_iam_token get_reserved_words insert_statement_format "
    "replace_statement_format reserved_words sqlalchemy_scheme strip_sql_string test_connection upsert_rows"
)
_DATABASE = f"{_OF_AIRFLOW} bulk_dump bulk_load"


@dataclass(frozen=True, slots=True)
class HookClass:
    """`connection` is the argument that names the connection, also the first by position where `by_position` says so; `arguments` are the others
    that the project's class takes; `lacks` are members of Airflow's class that it has not."""

    connection: str
    default_connection: str
    arguments: frozenset[str]
    lacks: frozenset[str]
    by_position: bool = True
    older: str = ""
    """Another argument that names the connection, of earlier versions."""


def _database(system: str, arguments: str, lacks: str, connection: str = "") -> HookClass:
    return HookClass(
        connection or f"{system}_conn_id",
        f"{system}_default",
        frozenset(f"log_sql {arguments}".split()),
        frozenset(lacks.split()),
    )


_AWS_LACKS = (
    "account_id async_conn conn_client_meta conn_config conn_partition conn_region_name expand_role get_waiter list_waiters "
    "service_config service_name test_connection waiter_path"
)
_AWS = HookClass(
    "aws_conn_id",
    "aws_default",
    frozenset({"client_type", "region_name", "resource_type", "verify"}),
    frozenset(_AWS_LACKS.split()),
)


def _of_aws(lacks: str = "") -> HookClass:
    """A class for one service of AWS: methods of it that the project's has not."""
    arguments = frozenset({"region_name", "verify"})
    return HookClass("aws_conn_id", "aws_default", arguments, frozenset(f"{_AWS_LACKS} {lacks}".split()))


_GOOGLE_LACKS = (
    "fallback_to_default_project_id get_client_options num_retries operation_in_progress_retry provide_authorized_gcloud "
    "provide_gcp_credential_file provide_gcp_credential_file_as_context quota_retry refresh_credentials_retry scopes test_connection"
)
_BIGQUERY_LACKS = (
    "cancel_job cancel_query create_empty_table create_external_table create_materialized_view generate_job_id get_dataset_tables_list "
    "get_datasets_list get_run_after_or_logical_date get_service get_tabledata "
    "patch_dataset patch_table run_copy run_extract run_grant_dataset_view_access run_load run_query run_table_delete run_table_upsert "
    "run_with_configuration running_job_id split_tablename update_dataset update_table_schema"
)
_SSH_ARGUMENTS = frozenset(
    (
        "banner_timeout cmd_timeout conn_timeout keepalive_interval key_file password port remote_host timeout username"
    ).split()
)
_SSH_LACKS = "allow_host_key_change ciphers create_tunnel disabled_algorithms host_proxy host_proxy_cmd test_connection"

HOOK_CLASSES: Mapping[str, HookClass] = {
    "AthenaHook": HookClass(
        "aws_conn_id",
        "aws_default",
        frozenset({"log_query", "region_name", "sleep_time", "verify"}),
        frozenset(_AWS_LACKS.split()),
    ),
    "AwsBaseHook": _AWS,
    "AwsGenericHook": _AWS,
    "BedrockAgentHook": _of_aws(),
    "BedrockAgentRuntimeHook": _of_aws(),
    "BedrockHook": _of_aws("get_guardrail_id_by_name"),
    "BedrockRuntimeHook": _of_aws(),
    "ComprehendHook": _of_aws("validate_document_classifier_training_status"),
    "DmsHook": _of_aws(
        "create_replication_config create_replication_task delete_replication_config delete_replication_task "
        "describe_replication_configs describe_replication_tasks describe_replications "
        "find_replication_tasks_by_arn get_provision_status get_task_description get_task_status "
        "modify_replication_task start_replication start_replication_task stop_replication "
        "stop_replication_task wait_for_task_status"
    ),
    "GlueDataQualityHook": _of_aws(
        "_log_results get_evaluation_run_results has_data_quality_ruleset log_recommendation_results "
        "validate_evaluation_run_results"
    ),
    "NeptuneAnalyticsHook": _of_aws("_get_graph_endpoint_id"),
    "NeptuneHook": _of_aws(
        "AVAILABLE_STATES ERROR_STATES STOPPED_STATES get_cluster_status get_db_instance_status "
        "wait_for_cluster_availability wait_for_cluster_instance_availability wait_for_cluster_stopped"
    ),
    "OpenSearchServerlessHook": _of_aws(),
    "RdsHook": _of_aws(
        "_wait_for_state get_db_cluster_snapshot_state get_db_cluster_state get_db_instance_state "
        "get_db_snapshot_state get_event_subscription_state get_export_task_state "
        "wait_for_db_cluster_snapshot_state wait_for_db_cluster_state wait_for_db_instance_state "
        "wait_for_db_snapshot_state wait_for_event_subscription_state wait_for_export_task_state"
    ),
    "RedshiftHook": _of_aws(
        "cluster_status cluster_status_async create_cluster create_cluster_snapshot delete_cluster "
        "describe_cluster_snapshots get_cluster_snapshot_status restore_from_cluster_snapshot"
    ),
    "StepFunctionHook": _of_aws("describe_execution start_execution"),
    "BigQueryHook": HookClass(
        "gcp_conn_id",
        "google_cloud_default",
        frozenset({"api_resource_configs", "labels", "location", "priority", "use_legacy_sql"}),
        frozenset(f"{_GOOGLE_LACKS} {_DATABASE} {_BIGQUERY_LACKS}".split()),
        older="bigquery_conn_id",
    ),
    "ClickHouseHook": HookClass(
        "clickhouse_conn_id", "clickhouse_default", frozenset({"database"}), frozenset({"test_connection"})
    ),
    "GCSHook": HookClass(
        "gcp_conn_id",
        "google_cloud_default",
        frozenset(),
        frozenset(
            (
                f"{_GOOGLE_LACKS} add_bucket_iam_binding create_bucket delete_bucket insert_bucket_acl insert_object_acl is_older_than "
                "is_updated_after is_updated_before is_updated_between list_by_timespan sync sync_to_local_dir"
            ).split()
        ),
    ),
    "GoogleBaseHook": HookClass("gcp_conn_id", "google_cloud_default", frozenset(), frozenset(_GOOGLE_LACKS.split())),
    "DbtCloudHook": HookClass(
        "dbt_cloud_conn_id",
        "dbt_cloud_default",
        frozenset(),
        frozenset(
            (
                "get_conn get_headers_tenants_from_connection get_job_by_name get_job_details get_job_status get_request_url_params "
                "list_accounts list_environments retry_failed_job_run run test_connection"
            ).split()
        ),
    ),
    "DynamoDBHook": HookClass(
        "aws_conn_id",
        "aws_default",
        frozenset({"region_name", "resource_type", "table_keys", "table_name", "verify"}),
        frozenset(f"{_AWS_LACKS} get_import_status".split()),
    ),
    "MongoHook": HookClass(
        "mongo_conn_id", "mongo_default", frozenset(), frozenset({"extras", "test_connection"}), older="conn_id"
    ),
    "RedisHook": HookClass("redis_conn_id", "redis_default", frozenset(), frozenset({"test_connection"})),
    "SesHook": _of_aws("asend_email"),
    "FTPHook": HookClass("ftp_conn_id", "ftp_default", frozenset(), frozenset({"test_connection"})),
    "FTPSHook": HookClass("ftp_conn_id", "ftp_default", frozenset(), frozenset({"test_connection"})),
    "LambdaHook": _of_aws("create_lambda encode_log_result"),
    "SFTPHook": HookClass(
        "ssh_conn_id",
        "sftp_default",
        _SSH_ARGUMENTS,
        frozenset(f"{_SSH_LACKS} get_conn_count retrieve_directory_concurrently store_directory_concurrently".split()),
        older="ftp_conn_id",
    ),
    "SSHHook": HookClass("ssh_conn_id", "ssh_default", _SSH_ARGUMENTS, frozenset(_SSH_LACKS.split())),
    "SecretsManagerHook": _of_aws(),
    "SnsHook": _of_aws("apublish_to_target"),
    "SqsHook": _of_aws("asend_message"),
    "SsmHook": _of_aws("get_command_invocation is_aws_level_failure list_command_invocations"),
    "StsHook": _of_aws(),
    "S3Hook": HookClass(
        "aws_conn_id",
        "aws_default",
        frozenset({"extra_args", "region_name", "transfer_config_args", "verify"}),
        frozenset(
            (
                f"{_AWS_LACKS} create_bucket delete_bucket delete_bucket_tagging get_bucket_tagging put_bucket_tagging select_key "
                "sync_to_local_dir"
            ).split()
        ),
    ),
    "FSHook": HookClass(
        "fs_conn_id", "fs_default", frozenset(), frozenset({"basepath", "test_connection"}), older="conn_id"
    ),
    "HttpHook": HookClass(
        "http_conn_id",
        "http_default",
        frozenset({"auth_type", "method"}),
        frozenset(
            "adapter default_host keep_alive_adapter merged_extra run_and_check run_with_advanced_retry test_connection".split()
        ),
        by_position=False,
    ),
    "HiveCliHook": HookClass(
        "hive_cli_conn_id",
        "hive_cli_default",
        frozenset({"auth", "hive_cli_params", "mapred_job_name", "mapred_queue", "mapred_queue_priority"}),
        frozenset({"get_context_from_env_var", "high_availability", "test_connection"}),
    ),
    "HiveServer2Hook": _database("hiveserver2", "", f"{_DATABASE} get_results"),
    "MsSqlHook": _database("mssql", "schema", f"{_DATABASE} get_openlineage_database_info"),
    "MySqlHook": _database("mysql", "schema", f"{_DATABASE} bulk_dump_custom bulk_load_custom local_infile"),
    "OdbcHook": _database("odbc", "database driver", f"{_DATABASE} connect_kwargs dsn odbc_connection_string"),
    "OracleHook": _database("oracle", "schema", f"{_DATABASE} bulk_insert_rows callproc"),
    "PgVectorHook": _database("postgres", "database schema", _OF_AIRFLOW),
    "PostgresHook": _database("postgres", "database schema", _OF_AIRFLOW),
    "RedshiftSQLHook": _database("redshift", "", _OF_AIRFLOW, "redshift_conn_id"),
    "PrestoHook": _database("presto", "", _DATABASE),
    "SalesforceHook": HookClass(
        "salesforce_conn_id",
        "salesforce_default",
        frozenset(),
        frozenset({"object_to_df", "test_connection", "write_object_to_file"}),
        older="conn_id",
    ),
    "SnowflakeHook": _database(
        "snowflake", "database role schema warehouse", f"{_DATABASE} authenticator get_snowpark_session query_ids"
    ),
    "SqliteHook": _database("sqlite", "", _DATABASE),
    "TrinoHook": _database("trino", "", _DATABASE),
    "VerticaHook": _database("vertica", "", _DATABASE),
    "WasbHook": HookClass(
        "wasb_conn_id",
        "wasb_default",
        frozenset({"public_read"}),
        frozenset({"check_for_variable_blob_presence", "copy_blobs", "get_async_conn", "test_connection"}),
    ),
    "WebHDFSHook": HookClass("webhdfs_conn_id", "webhdfs_default", frozenset({"proxy_user"}), frozenset()),
}
"""By the name of the class: where it stands has changed from version to version."""


_ANY = HOOK_CLASSES["SqliteHook"]
"""What is known of a hook whose class the connection's URL tells."""


def lacking(names: frozenset[str], text: str) -> str:
    """A member of the hooks called `names` that code asks for or overrides, and that a project's classes have not; empty where there is none."""
    found = _pattern(names).search(text)
    return found[1] if found is not None else ""


@functools.lru_cache(maxsize=64)
def _pattern(names: frozenset[str]) -> re.Pattern[str]:
    members = sorted({member for name in names for member in HOOK_CLASSES.get(name, _ANY).lacks})
    # What the client of a service has is none of the hook's members, whatever it is called.
    return re.compile(rf"(?:(?<!\.conn)(?<!\.get_conn\(\))\.|\bdef )({'|'.join(members)})\b")
