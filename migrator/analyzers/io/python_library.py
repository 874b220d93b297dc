"""Which functions and methods of Python libraries read and write what their arguments name.

Data only: `python_calls` looks calls up here. A function is known by its qualified name (`pandas.read_csv`), a method of an object
whose class is not followed by its own name, where that name leaves no doubt (`to_parquet`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from migrator.model.assets import Direction

READ, WRITE = Direction.INPUT, Direction.OUTPUT


@dataclass(frozen=True, slots=True)
class Access:
    """A call reads or writes what its argument at `position` (or called `keywords`) names; `kind` as of `AssetRef`."""

    direction: Direction
    position: int | None = 0
    keywords: tuple[str, ...] = ()
    kind: str = "file"


_PANDAS = {
    "read_csv": "filepath_or_buffer",
    "read_excel": "io",
    "read_feather": "path",
    "read_fwf": "filepath_or_buffer",
    "read_hdf": "path_or_buf",
    "read_html": "io",
    "read_json": "path_or_buf",
    "read_orc": "path",
    "read_parquet": "path",
    "read_pickle": "filepath_or_buffer",
    "read_sas": "filepath_or_buffer",
    "read_spss": "path",
    "read_stata": "filepath_or_buffer",
    "read_table": "filepath_or_buffer",
    "read_xml": "path_or_buffer",
}
_POLARS = ("csv", "parquet", "json", "ndjson", "ipc", "excel", "avro", "delta")
_MODULES_LIKE_PANDAS = ("pandas", "dask.dataframe", "modin.pandas", "awswrangler.s3", "cudf")

FUNCTIONS: Mapping[str, tuple[Access, ...]] = {
    **{
        f"{module}.{name}": (Access(READ, 0, (keyword, "path")),)
        for module in _MODULES_LIKE_PANDAS
        for name, keyword in _PANDAS.items()
    },
    **{f"polars.{verb}_{form}": (Access(READ, 0, ("source",)),) for verb in ("read", "scan") for form in _POLARS},
    "pandas.read_sql_table": (Access(READ, 0, ("table_name",), "table"),),
    "pandas.ExcelWriter": (Access(WRITE, 0, ("path",)),),
    "awswrangler.s3.to_parquet": (Access(WRITE, 1, ("path",)),),
    "awswrangler.s3.to_csv": (Access(WRITE, 1, ("path",)),),
    "awswrangler.s3.to_json": (Access(WRITE, 1, ("path",)),),
    "geopandas.read_file": (Access(READ, 0, ("filename",)),),
    "geopandas.read_parquet": (Access(READ, 0, ("path",)),),
    "pyarrow.parquet.read_table": (Access(READ, 0, ("source",)),),
    "pyarrow.parquet.read_pandas": (Access(READ, 0, ("source",)),),
    "pyarrow.parquet.write_table": (Access(WRITE, 1, ("where",)),),
    "pyarrow.csv.read_csv": (Access(READ, 0, ("input_file",)),),
    "pyarrow.csv.write_csv": (Access(WRITE, 1, ("output_file",)),),
    "pyarrow.json.read_json": (Access(READ, 0, ("input_file",)),),
    "numpy.load": (Access(READ, 0, ("file",)),),
    "numpy.loadtxt": (Access(READ, 0, ("fname",)),),
    "numpy.genfromtxt": (Access(READ, 0, ("fname",)),),
    "numpy.save": (Access(WRITE, 0, ("file",)),),
    "numpy.savez": (Access(WRITE, 0, ("file",)),),
    "numpy.savez_compressed": (Access(WRITE, 0, ("file",)),),
    "numpy.savetxt": (Access(WRITE, 0, ("fname",)),),
    "joblib.load": (Access(READ, 0, ("filename",), "model"),),
    "joblib.dump": (Access(WRITE, 1, ("filename",), "model"),),
    "torch.load": (Access(READ, 0, ("f",), "model"),),
    "torch.save": (Access(WRITE, 1, ("f",), "model"),),
    "keras.models.load_model": (Access(READ, 0, ("filepath",), "model"),),
    "tensorflow.keras.models.load_model": (Access(READ, 0, ("filepath",), "model"),),
    "openpyxl.load_workbook": (Access(READ, 0, ("filename",)),),
    "shutil.copy": (Access(READ, 0, ("src",)), Access(WRITE, 1, ("dst",))),
    "shutil.copy2": (Access(READ, 0, ("src",)), Access(WRITE, 1, ("dst",))),
    "shutil.copyfile": (Access(READ, 0, ("src",)), Access(WRITE, 1, ("dst",))),
    "shutil.copytree": (Access(READ, 0, ("src",)), Access(WRITE, 1, ("dst",))),
    "shutil.move": (Access(READ, 0, ("src",)), Access(WRITE, 1, ("dst",))),
    "os.rename": (Access(READ, 0, ("src",)), Access(WRITE, 1, ("dst",))),
    "os.replace": (Access(READ, 0, ("src",)), Access(WRITE, 1, ("dst",))),
    "requests.get": (Access(READ, 0, ("url",), "api"),),
    "httpx.get": (Access(READ, 0, ("url",), "api"),),
    "urllib.request.urlopen": (Access(READ, 0, ("url",), "api"),),
    "urllib.request.urlretrieve": (Access(READ, 0, ("url",), "api"), Access(WRITE, 1, ("filename",))),
}

METHODS: Mapping[str, tuple[Access, ...]] = {
    "to_csv": (Access(WRITE, 0, ("path_or_buf",)),),
    "to_excel": (Access(WRITE, 0, ("excel_writer",)),),
    "to_feather": (Access(WRITE, 0, ("path",)),),
    "to_file": (Access(WRITE, 0, ("filename",)),),
    "to_hdf": (Access(WRITE, 0, ("path_or_buf",)),),
    "to_html": (Access(WRITE, 0, ("buf",)),),
    "to_json": (Access(WRITE, 0, ("path_or_buf",)),),
    "to_markdown": (Access(WRITE, 0, ("buf",)),),
    "to_orc": (Access(WRITE, 0, ("path",)),),
    "to_parquet": (Access(WRITE, 0, ("path",)),),
    "to_pickle": (Access(WRITE, 0, ("path",)),),
    "to_stata": (Access(WRITE, 0, ("path",)),),
    "to_xml": (Access(WRITE, 0, ("path_or_buffer",)),),
    "to_sql": (Access(WRITE, 0, ("name",), "table"),),
    "insert_rows": (Access(WRITE, 0, ("table",), "table"),),
    "save_model": (Access(WRITE, 0, ("fname", "filename"), "model"),),
    "load_model": (Access(READ, 0, ("fname", "filename"), "model"),),
    "savefig": (Access(WRITE, 0, ("fname",)),),
    "saveAsTable": (Access(WRITE, 0, ("name",), "table"),),
    "insertInto": (Access(WRITE, 0, ("tableName",), "table"),),
    **{f"write_{form}": (Access(WRITE, 0, ("file", "target", "workbook")),) for form in (*_POLARS, "database")},
    **{f"sink_{form}": (Access(WRITE, 0, ("path",)),) for form in _POLARS},
}

PATH_METHODS: Mapping[str, Direction] = {
    "read_text": READ,
    "read_bytes": READ,
    "write_text": WRITE,
    "write_bytes": WRITE,
}
"""Methods of a path that read or write the file itself."""

PATH_MOVES = frozenset({"rename", "replace", "copy", "move"})
"""Methods of a path that read it and write what their one argument names."""

OPENERS = frozenset(
    [
        "bz2.open",
        "codecs.open",
        "fsspec.open",
        "gzip.open",
        "io.open",
        "lzma.open",
        "smart_open.open",
    ]
)
"""Functions like `open(path, mode)`; the built-in one comes on top."""

SPARK_FORMATS = frozenset({"csv", "json", "orc", "parquet", "text", "load", "save", "table"})
"""Methods behind `spark.read` and `frame.write`."""

SQL_METHODS = frozenset(
    [
        "execute",
        "executemany",
        "executescript",
        "execute_sql",
        "get_df",
        "get_first",
        "get_pandas_df",
        "get_records",
        "query",
        "raw_sql",
        "run",
        "sql",
    ]
)
"""Methods whose first argument may be SQL; it is taken for SQL only if it reads as such."""

SQL_FUNCTIONS = frozenset({"pandas.read_sql", "pandas.read_sql_query", "duckdb.sql", "duckdb.execute", "duckdb.query"})

SYSTEMS: Mapping[str, str] = {
    "duckdb": "duckdb",
    "sqlite3": "sqlite",
    "psycopg2": "postgres",
    "psycopg": "postgres",
    "pymysql": "mysql",
    "MySQLdb": "mysql",
    "snowflake": "snowflake",
    "oracledb": "oracle",
    "pymssql": "mssql",
    "clickhouse_connect": "clickhouse",
    "clickhouse_driver": "clickhouse",
}
"""Database of a library's connection."""

URL_SYSTEMS: Mapping[str, str] = {
    "s3": "s3",
    "s3a": "s3",
    "s3n": "s3",
    "gs": "gcs",
    "gcs": "gcs",
    "abfs": "azure",
    "abfss": "azure",
    "wasbs": "azure",
    "adl": "azure",
    "hdfs": "hdfs",
}
"""Storage by a URL's scheme."""
