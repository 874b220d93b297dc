"""Operators whose provider reports lineage from their arguments, each with arguments to ask it with."""

from __future__ import annotations

from typing import Any

Case = tuple[str, str, dict[str, Any]]
"""A name, the class below `airflow.providers`, and its arguments."""

_S3 = "amazon.aws.operators.s3."
_TO_S3 = "amazon.aws.transfers."
_TO_GCS = "google.cloud.transfers."
_ROWS = {"sql": "SELECT id FROM shop.orders", "bucket": "lake", "filename": "orders/{}.json"}

CASES: tuple[Case, ...] = (
    ("copy object", _S3 + "S3CopyObjectOperator", {"source_bucket_key": "in/a.csv", "source_bucket_name": "raw", "dest_bucket_key": "out/a.csv", "dest_bucket_name": "lake"}),
    ("copy object by URL", _S3 + "S3CopyObjectOperator", {"source_bucket_key": "s3://raw/in/a.csv", "dest_bucket_key": "s3://lake/out/a.csv"}),
    ("copy prefix", _S3 + "S3CopyPrefixOperator", {"source_bucket_prefix": "in/", "source_bucket_name": "raw", "dest_bucket_prefix": "out/", "dest_bucket_name": "lake"}),
    ("create object", _S3 + "S3CreateObjectOperator", {"s3_bucket": "lake", "s3_key": "a/b.csv", "data": "x"}),
    ("create object by URL", _S3 + "S3CreateObjectOperator", {"s3_key": "s3://lake/a/b.csv", "data": "x"}),
    ("transform object", _S3 + "S3FileTransformOperator", {"source_s3_key": "s3://raw/a.csv", "dest_s3_key": "s3://lake/b.csv", "transform_script": "cp"}),
    ("read object", _S3 + "S3ReadObjectOperator", {"s3_bucket": "lake", "s3_key": "a/b.csv"}),
    ("delete objects", _S3 + "S3DeleteObjectsOperator", {"bucket": "lake", "keys": ["a.csv", "b.csv"]}),
    ("GCS to S3", _TO_S3 + "gcs_to_s3.GCSToS3Operator", {"gcs_bucket": "raw", "prefix": "in/", "dest_s3_key": "s3://lake/out/"}),
    ("GCS to S3 whole bucket", _TO_S3 + "gcs_to_s3.GCSToS3Operator", {"gcs_bucket": "raw", "dest_s3_key": "s3://lake/"}),
    ("Redshift table to S3", _TO_S3 + "redshift_to_s3.RedshiftToS3Operator", {"s3_bucket": "lake", "s3_key": "out", "schema": "mart", "table": "orders"}),
    ("Redshift table to S3 by key", _TO_S3 + "redshift_to_s3.RedshiftToS3Operator", {"s3_bucket": "lake", "s3_key": "out/orders", "schema": "mart", "table": "orders", "table_as_file_name": False}),
    ("S3 to Redshift", _TO_S3 + "s3_to_redshift.S3ToRedshiftOperator", {"s3_bucket": "lake", "s3_key": "in/orders.csv", "schema": "mart", "table": "orders"}),
    ("training", "amazon.aws.operators.sagemaker.SageMakerTrainingOperator", {"config": {"TrainingJobName": "t", "InputDataConfig": [{"DataSource": {"S3DataSource": {"S3Uri": "s3://lake/train/"}}}], "OutputDataConfig": {"S3OutputPath": "s3://models/churn"}}}),
    ("processing", "amazon.aws.operators.sagemaker.SageMakerProcessingOperator", {"config": {"ProcessingJobName": "p", "ProcessingInputs": [{"InputName": "i", "S3Input": {"S3Uri": "s3://lake/in"}}], "ProcessingOutputConfig": {"Outputs": [{"OutputName": "o", "S3Output": {"S3Uri": "s3://lake/out"}}]}}}),
    ("transform", "amazon.aws.operators.sagemaker.SageMakerTransformOperator", {"config": {"Transform": {"TransformJobName": "t", "TransformInput": {"DataSource": {"S3DataSource": {"S3Uri": "s3://lake/in"}}}, "TransformOutput": {"S3OutputPath": "s3://lake/scores"}}, "Model": {"PrimaryContainer": {"ModelPackageName": "m"}}}}),
    ("file to file", "common.io.operators.file_transfer.FileTransferOperator", {"src": "/data/a.csv", "dst": "/data/b.csv"}),
    ("object to object", "common.io.operators.file_transfer.FileTransferOperator", {"src": "file:///data/a.csv", "dst": "file:///data/b.csv"}),
    ("FTP put", "ftp.operators.ftp.FTPFileTransmitOperator", {"ftp_conn_id": "store", "local_filepath": "/tmp/a.csv", "remote_filepath": "/in/a.csv", "operation": "put"}),
    ("FTP get", "ftp.operators.ftp.FTPFileTransmitOperator", {"ftp_conn_id": "store", "local_filepath": "/tmp/a.csv", "remote_filepath": "/in/a.csv", "operation": "get"}),
    ("SFTP put", "sftp.operators.sftp.SFTPOperator", {"ssh_conn_id": "store", "local_filepath": "/tmp/a.csv", "remote_filepath": "/in/a.csv"}),
    ("SFTP get", "sftp.operators.sftp.SFTPOperator", {"ssh_conn_id": "store", "local_filepath": ["/tmp/a.csv"], "remote_filepath": ["/in/a.csv"], "operation": "get"}),
    ("Azure to GCS", _TO_GCS + "azure_blob_to_gcs.AzureBlobStorageToGCSOperator", {"container_name": "raw", "blob_name": "a.csv", "bucket_name": "lake", "object_name": "b.csv", "filename": "/tmp/a", "gzip": False, "impersonation_chain": None}),
    ("GCS to Azure", "microsoft.azure.transfers.gcs_to_wasb.GCSToAzureBlobStorageOperator", {"gcs_bucket": "lake", "prefix": "out/", "container_name": "share", "blob_prefix": "in/"}),
    ("table to GCS", _TO_GCS + "bigquery_to_gcs.BigQueryToGCSOperator", {"source_project_dataset_table": "p.mart.c", "destination_cloud_storage_uris": ["gs://lake/out/c-*.csv"]}),
    ("GCS to table", _TO_GCS + "gcs_to_bigquery.GCSToBigQueryOperator", {"bucket": "lake", "source_objects": ["in/a.csv", "in/b-*.csv"], "destination_project_dataset_table": "p.raw.a", "schema_fields": []}),
    ("GCS to old name of a table", _TO_GCS + "gcs_to_bigquery.GCSToBigQueryOperator", {"bucket": "lake", "source_objects": "in/a.csv", "destination_project_dataset_table": "p:raw.a", "schema_fields": []}),
    ("BigQuery to PostgreSQL", _TO_GCS + "bigquery_to_postgres.BigQueryToPostgresOperator", {"dataset_table": "mart.orders", "target_table_name": "public.orders"}),
    ("BigQuery to MySQL", _TO_GCS + "bigquery_to_mysql.BigQueryToMySqlOperator", {"dataset_table": "mart.orders", "target_table_name": "orders"}),
    ("BigQuery to SQL Server", _TO_GCS + "bigquery_to_mssql.BigQueryToMsSqlOperator", {"source_project_dataset_table": "p.mart.orders", "target_table_name": "dbo.orders"}),
    ("GCS to GCS", _TO_GCS + "gcs_to_gcs.GCSToGCSOperator", {"source_bucket": "raw", "source_object": "in/a.csv", "destination_bucket": "lake", "destination_object": "out/a.csv"}),
    ("GCS to GCS same name", _TO_GCS + "gcs_to_gcs.GCSToGCSOperator", {"source_bucket": "raw", "source_objects": ["in/a.csv", "in/b.csv"], "destination_bucket": "lake"}),
    ("GCS to GCS pattern", _TO_GCS + "gcs_to_gcs.GCSToGCSOperator", {"source_bucket": "raw", "source_object": "in/*.csv", "destination_bucket": "lake", "destination_object": "out/"}),
    ("GCS to local", _TO_GCS + "gcs_to_local.GCSToLocalFilesystemOperator", {"bucket": "lake", "object_name": "a.csv", "filename": "/tmp/a.csv"}),
    ("local to GCS", _TO_GCS + "local_to_gcs.LocalFilesystemToGCSOperator", {"src": "/tmp/a.csv", "dst": "in/a.csv", "bucket": "lake"}),
    ("local files to GCS", _TO_GCS + "local_to_gcs.LocalFilesystemToGCSOperator", {"src": ["/tmp/a.csv", "/tmp/b.csv"], "dst": "in/", "bucket": "lake"}),
    ("GCS to SFTP", _TO_GCS + "gcs_to_sftp.GCSToSFTPOperator", {"source_bucket": "lake", "source_object": "out/a.csv", "destination_path": "/in", "sftp_conn_id": "store", "keep_directory_structure": False}),
    ("SFTP to GCS", _TO_GCS + "sftp_to_gcs.SFTPToGCSOperator", {"source_path": "/out/a.csv", "destination_bucket": "lake", "destination_path": "in/a.csv", "sftp_conn_id": "store"}),
    ("SFTP to GCS same name", _TO_GCS + "sftp_to_gcs.SFTPToGCSOperator", {"source_path": "/out/a.csv", "destination_bucket": "lake", "sftp_conn_id": "store"}),
    ("S3 to GCS", _TO_GCS + "s3_to_gcs.S3ToGCSOperator", {"bucket": "raw", "prefix": "in/", "dest_gcs": "gs://lake/out/", "apply_gcs_prefix": True}),
    ("S3 to GCS below the prefix", _TO_GCS + "s3_to_gcs.S3ToGCSOperator", {"bucket": "raw", "prefix": "in/", "dest_gcs": "gs://lake/out/"}),
    ("PostgreSQL to GCS", _TO_GCS + "postgres_to_gcs.PostgresToGCSOperator", _ROWS),
    ("MySQL to GCS", _TO_GCS + "mysql_to_gcs.MySQLToGCSOperator", _ROWS),
    ("SQL Server to GCS", _TO_GCS + "mssql_to_gcs.MSSQLToGCSOperator", _ROWS),
    ("Oracle to GCS", _TO_GCS + "oracle_to_gcs.OracleToGCSOperator", _ROWS),
    ("Trino to GCS", _TO_GCS + "trino_to_gcs.TrinoToGCSOperator", _ROWS),
    ("transfer service S3 to GCS", "google.cloud.operators.cloud_storage_transfer_service.CloudDataTransferServiceS3ToGCSOperator", {"s3_bucket": "raw", "s3_path": "in/", "gcs_bucket": "lake", "gcs_path": "out/"}),
    ("transform GCS object", "google.cloud.operators.gcs.GCSFileTransformOperator", {"source_bucket": "raw", "source_object": "a.csv", "transform_script": "cp", "destination_bucket": "lake", "destination_object": "b.csv"}),
    ("transform GCS object in place", "google.cloud.operators.gcs.GCSFileTransformOperator", {"source_bucket": "raw", "source_object": "a.csv", "transform_script": "cp"}),
    ("delete GCS objects", "google.cloud.operators.gcs.GCSDeleteObjectsOperator", {"bucket_name": "lake", "objects": ["a.csv"]}),
    ("publish", "google.cloud.operators.pubsub.PubSubPublishMessageOperator", {"project_id": "p", "topic": "orders", "messages": [{"data": b"x"}]}),
    ("pull", "google.cloud.operators.pubsub.PubSubPullOperator", {"project_id": "p", "subscription": "orders-sub"}),
    ("create subscription", "google.cloud.operators.pubsub.PubSubCreateSubscriptionOperator", {"project_id": "p", "topic": "orders", "subscription": "orders-sub"}),
    ("BigQuery create table", "google.cloud.operators.bigquery.BigQueryCreateTableOperator", {"project_id": "p", "dataset_id": "mart", "table_id": "orders", "table_resource": {"schema": {"fields": []}}}),
    ("BigQuery create view", "google.cloud.operators.bigquery.BigQueryCreateTableOperator", {"project_id": "p", "dataset_id": "mart", "table_id": "paid", "table_resource": {"view": {"query": "SELECT id FROM p.mart.orders", "useLegacySql": False}}}),
    ("SQL", "common.sql.operators.sql.SQLExecuteQueryOperator", {"conn_id": "pg", "sql": "INSERT INTO mart.orders SELECT * FROM raw.orders"}),
)  # fmt: skip
