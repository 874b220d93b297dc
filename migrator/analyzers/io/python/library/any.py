"""Methods known by their names alone: the class of the object is not followed (a frame is what a read, a merge or a helper gave)."""

from __future__ import annotations

from collections.abc import Mapping

_POLARS = ("csv", "parquet", "json", "ndjson", "ipc", "excel", "avro")
_PATHS = {
    "to_csv": "path_or_buf",
    "to_excel": "excel_writer",
    "to_feather": "path",
    "to_file": "filename",
    "to_hdf": "path_or_buf",
    "to_html": "buf",
    "to_json": "path_or_buf",
    "to_latex": "buf",
    "to_markdown": "buf",
    "to_netcdf": "path",
    "to_orc": "path",
    "to_parquet": "path",
    "to_pickle": "path",
    "to_stata": "path",
    "to_xml": "path_or_buffer",
    "to_zarr": "store",
    "to_raster": "raster_path",
    "saveAsTextFile": "path",
    "saveAsPickleFile": "path",
    "savefig": "fname",
    "write_html": "file",
    "write_image": "file",
}

METHODS: Mapping[str, str | tuple[str, ...]] = {
    **{name: f"write file {{{argument}:0}}" for name, argument in _PATHS.items()},
    **{f"write_{form}": "write file {file|workbook:0}" for form in _POLARS},
    **{f"sink_{form}": "write file {path:0}" for form in _POLARS},
    "write_delta": "write file {target:0}",
    "write_iceberg": "write table {target:0}",
    "write_database": "write table {table_name:0}",
    "to_sql": "write table [{schema}.]{name:0}",
    "to_gbq": "write table [{project_id}.]{destination_table:0}",
    "to_postgis": "write table [{schema}.]{name:0}",
    "to_deltalake": "write file {table_or_uri:0}",
    "insert_rows": "write table {table:0}",
    "bulk_load": ("read file {tmp_file:1}", "write table {table:0}"),
    "bulk_dump": ("read table {table:0}", "write file {tmp_file:1}"),
    "saveAsTable": "write table {name:0}",
    "insertInto": "write table {tableName:0}",
    "writeTo": "write table {table:0}",
    "write_pandas": "write table [{database}.][{schema}.]{table_name:1}",
    "save_as_table": "write table {table_name!.:0}",
    "copy_expert": "sql {sql:0}",
    "copy_from": "write table {table:1}",
    "copy_to": "read table {table:1}",
    "copy_records_to_table": "write table [{schema_name}.]{table_name:0}",
    "copy_to_table": "write table [{schema_name}.]{table_name:0}",
    "insert_df": "write table [{database}.]{table:0}",
    "insert_dataframe": "sql {query:0}",
    "query_df": "sql {query:0}",
    "query_dataframe": "sql {query:0}",
    "save_model": "write model {fname|filename|path:0}",
    "load_model": "read model {fname|filename|path:0}",
    "save_pretrained": "write model {save_directory:0}",
    "push_to_hub": "write model {repo_id:0}",
    **dict.fromkeys(
        (
            "copy",
            "create_table_from_query",
            "execute",
            "execute_async",
            "execute_many",
            "execute_sql",
            "execute_string",
            "executemany",
            "executescript",
            "exec_driver_sql",
            "fetch",
            "fetchrow",
            "fetchval",
            "get_df",
            "get_df_by_chunks",
            "get_first",
            "get_pandas_df",
            "get_pandas_df_by_chunks",
            "get_polars_df",
            "get_records",
            "query",
            "query_arrow",
            "raw_sql",
            "run",
            "run_query",
            "scalar",
            "scalars",
            "sql",
            "command",
        ),
        "sql {sql|query|statement|operation|command|bql|hql:0}",
    ),
}
"""An access of SQL counts only where the text reads as SQL."""

SYSTEMS: Mapping[str, str] = {
    "to_gbq": "bigquery",
    **dict.fromkeys(("insertInto", "saveAsTable", "writeTo"), "spark"),
}
"""What stores the tables of methods that only its library has."""

PATH_METHODS: Mapping[str, str] = {
    "read_text": "read",
    "read_bytes": "read",
    "write_text": "write",
    "write_bytes": "write",
}
"""Methods of a path that read or write the file itself."""

PATH_MOVES = frozenset({"rename", "replace", "copy", "move"})
"""Methods of a path that read it and write what their one argument names."""

PATH_REMOVES = frozenset({"unlink", "rmdir"})

SPARK_FORMATS = frozenset(
    {"csv", "json", "orc", "parquet", "text", "avro", "delta", "load", "save", "table", "jdbc", "start"}
)
"""Methods behind `spark.read` and `frame.write`."""
