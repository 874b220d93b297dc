"""Google Cloud's clients: storage, BigQuery, Pub/Sub, Sheets."""

from __future__ import annotations

from migrator.analyzers.io.python.library import Package

_BLOB = "object gs://{bucket|get_bucket|Bucket@bucket_name|bucket_or_name|name:0}/{blob|get_blob|Blob@blob_name|name:0}"

_SHEET = "{open|open_by_key|open_by_url@title|key|url:0}[.{worksheet|worksheet_by_title@title:0}]"

PACKAGES = (
    Package(
        (
            "google.cloud.storage",
            "google.cloud.storage.Client",
            "airflow.hook.GCSHook",
            "airflow.hook.GoogleCloudStorageHook",
        ),
        methods={
            "upload_from_filename": ("read file {filename:0}", f"write {_BLOB}"),
            "upload_from_string": f"write {_BLOB}",
            "upload_from_file": f"write {_BLOB}",
            "download_to_filename": (f"read {_BLOB}", "write file {filename:0}"),
            "download_to_file": f"read {_BLOB}",
            "download_as_string": f"read {_BLOB}",
            "download_as_bytes": f"read {_BLOB}",
            "download_as_text": f"read {_BLOB}",
            "exists": f"read {_BLOB}",
            "open": f"open {_BLOB.removeprefix('object ')} {{mode:0}}",
            "download_blob_to_file": "read object {blob_or_uri:0}",
            "list_blobs": "read object gs://{bucket_or_name:0}/[{prefix}]",
            "copy_blob": ("read object {blob:0}", "write object gs://{destination_bucket:1}/{new_name:2}"),
            "rewrite": ("read object {source:0}", f"write {_BLOB}"),
        },
        system="gcs",
    ),
    Package(
        ("google.cloud.bigquery", "google.cloud.bigquery.Client", "airflow.hook.BigQueryHook"),
        methods={
            "query": ("sql {query:0}", "write table {job_config:1}"),
            "query_and_wait": ("sql {query:0}", "write table {job_config:1}"),
            "load_table_from_dataframe": "write table {destination:1}",
            "load_table_from_json": "write table {destination:1}",
            "load_table_from_file": "write table {destination:1}",
            "load_table_from_uri": ("read object {source_uris:0}", "write table {destination:1}"),
            "insert_rows": "write table {table:0}",
            "insert_rows_json": "write table {table:0}",
            "insert_rows_from_dataframe": "write table {table:0}",
            "extract_table": ("read table {source:0}", "write object {destination_uris:1}"),
            "copy_table": ("read table {sources:0}", "write table {destination:1}"),
            "list_rows": "read table {table:0}",
            "create_table": "make table {table:0}",
            "get_table": "describe table {table:0}",
            "delete_table": "remove table {table:0}",
        },
        system="bigquery",
    ),
    Package(
        ("google.cloud.pubsub_v1", "google.cloud.pubsub"),
        methods={
            "publish": "write stream {topic:0}",
            "pull": "read stream {subscription:0}",
            "subscribe": "read stream {subscription:0}",
        },
        system="pubsub",
    ),
    Package(
        ("gspread",),
        methods={
            "get_all_records": "read table {open|open_by_key|open_by_url@title|key|url:0}[.{worksheet@title:0}]",
            "get_all_values": "read table {open|open_by_key|open_by_url@title|key|url:0}[.{worksheet@title:0}]",
            "append_rows": "write table {open|open_by_key|open_by_url@title|key|url:0}[.{worksheet@title:0}]",
            "append_row": "write table {open|open_by_key|open_by_url@title|key|url:0}[.{worksheet@title:0}]",
            "update": "write table {open|open_by_key|open_by_url@title|key|url:0}[.{worksheet@title:0}]",
        },
        system="googlesheets",
    ),
    Package(
        ("gspread", "gspread_dataframe", "pygsheets"),
        {
            "get_as_dataframe": "read table {worksheet:0}",
            "set_with_dataframe": "write table {worksheet:0}",
        },
        {
            **dict.fromkeys(("get", "get_values", "get_as_df", "col_values", "row_values"), f"read table {_SHEET}"),
            **dict.fromkeys(
                ("batch_update", "set_dataframe", "update_values", "append_table"), f"write table {_SHEET}"
            ),
        },
        system="googlesheets",
    ),
    Package(
        ("googleapiclient.discovery",),
        methods={
            "get": "read table {spreadsheetId}.{range!!}",
            "batchGet": "read table {spreadsheetId}.{ranges!!}",
            "update": "write table {spreadsheetId}.{range!!}",
            "append": "write table {spreadsheetId}.{range!!}",
            "batchUpdate": "write table {spreadsheetId}",
        },
        system="googlesheets",
        through=("spreadsheets", "values"),
    ),
    Package(
        ("google.cloud.firestore", "firebase_admin.firestore"),
        methods={
            **dict.fromkeys(
                ("set", "add", "update", "create"), "write table {collection@collection_path|collection_id:0}"
            ),
            **dict.fromkeys(
                ("get", "stream"), "read table {collection|collection_group@collection_path|collection_id:0}"
            ),
        },
        system="firestore",
    ),
    Package(
        ("google.cloud.spanner", "google.cloud.spanner_v1"),
        methods={
            **dict.fromkeys(("insert", "insert_or_update", "update", "replace"), "write table {table:0}"),
            "read": "read table {table:0}",
        },
        system="spanner",
    ),
    Package(
        ("google.cloud.bigtable",),
        methods={
            "mutate_rows": "write table {table@table_id:0}",
            "read_rows": "read table {table@table_id:0}",
        },
        system="bigtable",
    ),
)
