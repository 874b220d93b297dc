"""Databases: drivers, SQLAlchemy, documents. Their SQL is told by method names alone (`any`)."""

from __future__ import annotations

from migrator.analyzers.io.python.library import Package

PACKAGES = (
    Package(
        ("duckdb",),
        {
            "sql": "sql {query:0}",
            "execute": "sql {query:0}",
            "query": "sql {query:0}",
            "read_csv": "read file {path_or_buffer:0}",
            "read_parquet": "read file {file_glob:0}",
            "read_json": "read file {name:0}",
        },
        {
            "read_csv": "read file {path_or_buffer:0}",
            "read_parquet": "read file {file_glob:0}",
            "read_json": "read file {name:0}",
            "table": "read table {table_name:0}",
            "insert_into": "write table {table_name:0}",
            "create": "write table {table_name:0}",
            "write_csv": "write file {file_name:0}",
            "write_parquet": "write file {file_name:0}",
        },
        system="duckdb",
    ),
    Package(("pyspark",), methods={"table": "read table {tableName:0}"}, system="spark"),
    Package(
        ("snowflake.connector",),
        {"pandas_tools.write_pandas": "write table [{database:3}.][{schema:4}.]{table_name:2}"},
        system="snowflake",
    ),
    Package(
        ("snowflake.snowpark",),
        methods={
            "table": "read table {name!.:0}",
            "write_pandas": "write table [{database}.][{schema}.]{table_name:1}",
            **dict.fromkeys(("merge", "update"), "write table {table@name!.:0}"),
            "copy_into_table": "write table {table_name!.:0}",
            "copy_into_location": "write object {location:0}",
        },
        system="snowflake",
    ),
    Package(
        ("clickhouse_connect", "clickhouse_driver"),
        methods={"insert": "write table [{database}.]{table:0}", "insert_df": "write table [{database}.]{table:0}"},
        system="clickhouse",
    ),
    Package(("sqlmodel",), methods={"exec": "sql {statement:0}"}),
    Package(
        ("pyspark",),
        methods={
            "textFile": "read file {name:0}",
            "wholeTextFiles": "read file {path:0}",
            "binaryFiles": "read file {path:0}",
        },
        system="spark",
    ),
    Package(
        ("delta.tables", "delta"),
        methods={
            **dict.fromkeys(
                ("merge", "update", "delete"),
                ("write file {forPath@path:1}", "write table {forName@tableOrViewName|tableName:1}"),
            ),
            "toDF": ("read file {forPath@path:1}", "read table {forName@tableOrViewName|tableName:1}"),
            "history": ("read file {forPath@path:1}", "read table {forName@tableOrViewName|tableName:1}"),
        },
        system="spark",
    ),
    Package(
        ("awsglue",),
        methods={
            "from_catalog": "read table {database}.{table_name}",
            "from_options": ("read object {connection_options.paths}", "read table {connection_options.dbtable}"),
            "create_dynamic_frame_from_options": "read object {connection_options.paths}",
            "create_dynamic_frame_from_catalog": "read table {database:0}.{table_name:1}",
            "getSink": "write object {path}",
        },
        system="glue",
        through=("create_dynamic_frame",),
    ),
    Package(
        ("awsglue",),
        methods={
            "from_catalog": "write table {database}.{table_name}",
            "from_options": ("write object {connection_options.path}", "write table {connection_options.dbtable}"),
            "from_jdbc_conf": "write table {connection_options.dbtable}",
        },
        system="glue",
        through=("write_dynamic_frame",),
    ),
    Package(
        ("awsglue",),
        methods={
            "create_dynamic_frame_from_options": "read object {connection_options.paths}",
            "create_dynamic_frame_from_catalog": "read table {database:0}.{table_name:1}",
            "write_dynamic_frame_from_options": "write object {connection_options.path}",
            "write_dynamic_frame_from_catalog": "write table {database}.{table_name}",
            "getSink": "write object {path}",
        },
        system="glue",
    ),
    Package(("cassandra", "asyncpg", "aiomysql"), methods={"prepare": "sql {query:0}"}),
    Package(
        ("asyncpg",),
        methods={
            "copy_from_table": "read table [{schema_name}.]{table_name:0}",
            "copy_from_query": "sql {query:0}",
        },
        system="postgres",
    ),
    Package(("psycopg2.extras",), {"execute_values": "sql {sql:1}", "execute_batch": "sql {sql:1}"}, system="postgres"),
)

SYSTEMS = {
    "asyncpg": "postgres",
    "cassandra": "cassandra",
    "clickhouse_connect": "clickhouse",
    "clickhouse_driver": "clickhouse",
    "cx_Oracle": "oracle",
    "databricks": "databricks",
    "duckdb": "duckdb",
    "mysql": "mysql",
    "MySQLdb": "mysql",
    "oracledb": "oracle",
    "pg8000": "postgres",
    "psycopg": "postgres",
    "psycopg2": "postgres",
    "pyathena": "athena",
    "pyhive": "hive",
    "pymssql": "mssql",
    "pymysql": "mysql",
    "redshift_connector": "redshift",
    "snowflake": "snowflake",
    "sqlite3": "sqlite",
    "trino": "trino",
    "vertica_python": "vertica",
}
"""What a driver connects to, by its top package."""

URL_SYSTEMS = {
    "postgresql": "postgres",
    "postgres": "postgres",
    "mssql": "mssql",
    "awsathena": "athena",
    "clickhousedb": "clickhouse",
}
"""SQLAlchemy's names of databases that are Dagster kinds by another name."""
