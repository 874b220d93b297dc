"""Airflow's hooks, by their class."""

from __future__ import annotations

from migrator.analyzers.io.python.library import Package


def _hook(name: str, system: str | None = None, /, **methods: str | tuple[str, ...]) -> Package:
    return Package((f"airflow.hook.{name}",), methods=methods, system=system)


def _s3(bucket: int, key: int) -> str:
    return f"object [s3://{{bucket_name:{bucket}}}/]{{key:{key}}}"


_BLOB = "object abfs://{container_name:%d}/{blob_name:%d}"
_GCS = "object gs://{bucket_name:0}/{object_name:1}"
_SYSTEMS = (
    ("Postgres", "postgres"),
    ("MySql", "mysql"),
    ("Sqlite", "sqlite"),
    ("MsSql", "mssql"),
    ("Snowflake", "snowflake"),
    ("SnowflakeSqlApi", "snowflake"),
    ("RedshiftSQL", "redshift"),
    ("RedshiftData", "redshift"),
    ("DatabricksSql", "databricks"),
    ("Trino", "trino"),
    ("Presto", "presto"),
    ("Oracle", "oracle"),
    ("HiveServer2", "hive"),
    ("HiveCli", "hive"),
    ("Vertica", "vertica"),
    ("Exasol", "exasol"),
    ("Teradata", "teradata"),
    ("DuckDB", "duckdb"),
    ("ClickHouse", "clickhouse"),
    ("Athena", "athena"),
    ("Jdbc", None),
    ("Odbc", None),
    ("Druid", "druid"),
    ("Impala", "impala"),
    ("DbApi", None),
)

PACKAGES = (
    *(
        _hook(
            f"{name}Hook",
            system,
            copy_expert=("sql {sql:0}", "copy {filename:1} {sql:0}"),
            bulk_load=("write table {table:0}", "read file {tmp_file:1}"),
            bulk_dump=("read table {table:0}", "write file {tmp_file:1}"),
            bulk_load_custom=("write table {table:0}", "read file {tmp_file:1}"),
            bulk_insert_rows="write table {table:0}",
            insert_rows="write table {table:0}",
            load_df="write table {table:1}",
            load_file=("read file {filepath:0}", "write table {table:1}"),
            table_exists="read table {table:0}",
            run_query="sql {query|sql:0}",
            execute_query="sql {sql|query:0}",
            run_cli="sql {hql:0}",
            get_results="sql {sql|hql:0}",
        )
        for name, system in _SYSTEMS
    ),
    _hook(
        "S3Hook",
        "s3",
        load_file=("read file {filename:0}", f"write {_s3(2, 1)}"),
        load_string=f"write {_s3(2, 1)}",
        load_bytes=f"write {_s3(2, 1)}",
        load_file_obj=f"write {_s3(2, 1)}",
        read_key=f"read {_s3(1, 0)}",
        get_key=f"read {_s3(1, 0)}",
        head_object=f"read {_s3(1, 0)}",
        check_for_key=f"read {_s3(1, 0)}",
        select_key=f"read {_s3(1, 0)}",
        download_file=("read object [s3://{bucket_name:1}/]{key:0}", "write file {local_path:2}"),
        copy_object=(
            "read object [s3://{source_bucket_name:2}/]{source_bucket_key:0}",
            "write object [s3://{dest_bucket_name:3}/]{dest_bucket_key:1}",
        ),
        get_wildcard_key="read object [s3://{bucket_name:1}/]{wildcard_key:0}",
        check_for_wildcard_key="read object [s3://{bucket_name:1}/]{wildcard_key:0}",
        list_keys="read object s3://{bucket_name:0}/{prefix:1}",
        list_prefixes="read object s3://{bucket_name:0}/{prefix:1}",
        check_for_prefix="read object s3://{bucket_name:2}/{prefix:0}",
        delete_objects="remove object s3://{bucket:0}/{keys:1}",
    ),
    _hook(
        "GCSHook",
        "gcs",
        upload=("read file {filename:2}", f"write {_GCS}"),
        download=(f"read {_GCS}", "write file {filename:2}"),
        download_as_byte_array=f"read {_GCS}",
        provide_file=f"read {_GCS}",
        provide_file_and_upload=f"write {_GCS}",
        exists=f"read {_GCS}",
        is_updated_after=f"read {_GCS}",
        list="read object gs://{bucket_name:0}/{prefix:3}",
        copy=(
            "read object gs://{source_bucket:0}/{source_object:1}",
            "write object gs://{destination_bucket:2}/{destination_object:3}",
        ),
        rewrite=(
            "read object gs://{source_bucket:0}/{source_object:1}",
            "write object gs://{destination_bucket:2}/{destination_object:3}",
        ),
        sync=(
            "read object gs://{source_bucket:0}[/{source_object}]",
            "write object gs://{destination_bucket:1}[/{destination_object}]",
        ),
        compose=(
            "read object gs://{bucket_name:0}/{source_objects:1}",
            "write object gs://{bucket_name:0}/{destination_object:2}",
        ),
        delete=f"remove {_GCS}",
    ),
    _hook(
        "GoogleCloudStorageHook",
        "gcs",
        upload=("read file {filename:2}", "write object gs://{bucket_name|bucket:0}/{object_name|object:1}"),
        download=("read object gs://{bucket_name|bucket:0}/{object_name|object:1}", "write file {filename:2}"),
        exists="read object gs://{bucket_name|bucket:0}/{object_name|object:1}",
        list="read object gs://{bucket_name|bucket:0}/{prefix:3}",
    ),
    _hook(
        "BigQueryHook",
        "bigquery",
        insert_all="write table [{project_id:0}.]{dataset_id:1}.{table_id:2}",
        get_tabledata="read table {dataset_id:0}.{table_id:1}",
        list_rows="read table [{project_id}.]{dataset_id:0}.{table_id:1}",
        table_exists="read table [{project_id:0}.]{dataset_id:1}.{table_id:2}",
        insert_job="job {configuration:0}",
        run_query=("sql {sql:0}", "write table {destination_dataset_table:1}"),
        run_load=("write table {destination_project_dataset_table:0}", "read object {source_uris:1}"),
        run_extract=("read table {source_project_dataset_table:0}", "write object {destination_cloud_storage_uris:1}"),
        run_copy=("read table {source_project_dataset_tables:0}", "write table {destination_project_dataset_table:1}"),
        create_empty_table="write table [{project_id:0}.]{dataset_id:1}.{table_id:2}",
        load_table_from_dataframe="write table {destination:1}",
    ),
    _hook(
        "WasbHook",
        "azure",
        load_file=("read file {file_path:0}", f"write {_BLOB % (1, 2)}"),
        load_string=f"write {_BLOB % (1, 2)}",
        upload=f"write {_BLOB % (0, 1)}",
        get_file=("write file {file_path:0}", f"read {_BLOB % (1, 2)}"),
        read_file=f"read {_BLOB % (0, 1)}",
        download=f"read {_BLOB % (0, 1)}",
        check_for_blob=f"read {_BLOB % (0, 1)}",
        check_for_prefix="read object abfs://{container_name:0}/{prefix:1}",
        get_blobs_list="read object abfs://{container_name:0}/{prefix:1}",
    ),
    _hook(
        "AzureDataLakeHook",
        "azure",
        upload_file=("read file {local_path:0}", "write object adl:{remote_path:1}"),
        download_file=("read object adl:{remote_path:1}", "write file {local_path:0}"),
    ),
    _hook(
        "AzureDataLakeStorageV2Hook",
        "azure",
        upload_file=("read file {file_path:2}", "write object abfs://{file_system_name:0}/{file_name:1}"),
    ),
    _hook(
        "SFTPHook",
        "sftp",
        store_file=("write object sftp://{@}/{remote_full_path:0}", "read file {local_full_path:1}"),
        retrieve_file=("read object sftp://{@}/{remote_full_path:0}", "write file {local_full_path:1}"),
        store_directory=("write object sftp://{@}/{remote_full_path:0}", "read file {local_full_path:1}"),
        retrieve_directory=("read object sftp://{@}/{remote_full_path:0}", "write file {local_full_path:1}"),
        list_directory="read object sftp://{@}/{path:0}",
        describe_directory="read object sftp://{@}/{path:0}",
        path_exists="read object sftp://{@}/{path:0}",
        get="read object sftp://{@}/{remotepath:0}",
    ),
    _hook(
        "FTPHook",
        "ftp",
        store_file=("write object ftp://{@}/{remote_full_path:0}", "read file {local_full_path_or_buffer:1}"),
        retrieve_file=("read object ftp://{@}/{remote_full_path:0}", "write file {local_full_path_or_buffer:1}"),
        list_directory="read object ftp://{@}/{path:0}",
    ),
    _hook(
        "WebHDFSHook",
        "hdfs",
        load_file=("read file {source:0}", "write object hdfs://{destination:1}"),
        check_for_path="read object hdfs://{hdfs_path:0}",
        read_file="read object hdfs://{filename:0}",
    ),
    _hook("HttpHook", None, run="http {endpoint:0} {HttpHook|HttpAsyncHook@method:0}"),
    _hook("HttpAsyncHook", None, run="http {endpoint:0} {HttpHook|HttpAsyncHook@method:0}"),
    _hook(
        "MongoHook",
        "mongodb",
        find="read table [{mongo_db:3}.]{mongo_collection:0}",
        aggregate="read table [{mongo_db:2}.]{mongo_collection:0}",
        insert_one="write table [{mongo_db:2}.]{mongo_collection:0}",
        insert_many="write table [{mongo_db:2}.]{mongo_collection:0}",
        update_one="write table [{mongo_db:3}.]{mongo_collection:0}",
        update_many="write table [{mongo_db:3}.]{mongo_collection:0}",
        replace_one="write table [{mongo_db}.]{mongo_collection:0}",
        replace_many="write table [{mongo_db}.]{mongo_collection:0}",
    ),
    _hook("DynamoDBHook", "dynamodb", write_batch_data="write table {DynamoDBHook@table_name}"),
    _hook("SqsHook", "sqs", send_message="write stream {queue_url:0}"),
    _hook("SnsHook", "sns", publish_to_target="write stream {target_arn:0}"),
    _hook("FirehoseHook", "kinesis", put_records="write stream {FirehoseHook@delivery_stream:0}"),
    _hook("PubSubHook", "pubsub", publish="write stream {topic:0}", pull="read stream {subscription:0}"),
    _hook("KafkaProducerHook", "kafka"),
    _hook(
        "GSheetsHook",
        "googlesheets",
        get_values="read table {spreadsheet_id:0}.{range_:1}",
        update_values="write table {spreadsheet_id:0}.{range_:1}",
        append_values="write table {spreadsheet_id:0}.{range_:1}",
    ),
    _hook(
        "SalesforceHook",
        "salesforce",
        get_object_from_salesforce="read table {obj:0}",
        make_query="sql {query:0}",
        write_object_to_file="write file {filename:1}",
    ),
    _hook("GlueHook", "glue"),
    _hook("SlackHook", None, send_file="read file {file:1}"),
    _hook("ElasticsearchPythonHook", "elasticsearch", search="read table {index:1}"),
    _hook(
        "SambaHook", None, push_from_local=("write file smb:{destination_filepath:0}", "read file {local_filepath:1}")
    ),
)
