"""What words of code and SQL say of data: names of functions that write or check, tables that end with the session."""

from __future__ import annotations

import functools
import re
import sys

TEMPORARY_TABLE = re.compile(
    r"\bcreate\s+(?:or\s+replace\s+)?(?:(?:global|local)\s+)?temp(?:orary)?\s+(?:table|view)\s+(?:if\s+not\s+exists\s+)?([\w.\"`{}?$]+)",
    re.I,
)
DROPPED = re.compile(r"\bdrop\s+(?:table|view)\s+(?:if\s+exists\s+)?([\w.\"`{}?$]+)", re.I)


VIEWS = frozenset(
    {
        "createOrReplaceTempView",
        "createTempView",
        "registerTempTable",
        "createGlobalTempView",
        "createOrReplaceGlobalTempView",
    }
)
"""Methods of Spark's frames that name them for SQL of the same session."""
OF_PYTHON = frozenset({*sys.stdlib_module_names, "builtins", "airflow"})
_STORES = "bq|bigquery|s3|gcs|bucket|blob|lake|db|database|postgres|mysql|redshift|snowflake|warehouse|dwh|mongo|elastic\\w*|table|csv|parquet|disk|sheets?"
MAKES = re.compile(
    rf"^(?:save|write|export|upload|insert|store|persist|ingest|publish|upsert|populate|download|bulk_(?:insert|upsert|load|write))(?:_|$)|_(?:in)?to_(?:{_STORES})$"
)
"""Names of functions that write data."""
CHECKS = re.compile(
    r"(?:^|_)(?:checks?|validate|validation|expectations?)(?:_(?!conn|auth|cred|perm|login|call|output)|$)"
)
"""Names of functions that look whether data are as they should be."""
REGISTERS = frozenset({"register_model", "create_registered_model", "create_model_version"})
"""Calls that name a model in MLflow's registry."""
FILE_ARGUMENTS = (
    "path",
    "filename",
    "file_path",
    "filepath",
    "file",
    "fname",
    "output_path",
    "out_path",
    "output",
    "uri",
)
"""What libraries call the argument that names a file, which mostly comes first."""
WRITES_FILE = re.compile(r"^(?:save|write|export|dump|to)(?:_|$|[A-Z])")
READS_FILE = re.compile(r"^(?:read|load|parse|from|open|scan)(?:_|$|[A-Z])")
"""Names of functions that write or read a file, where they are given one of data."""
DATA_FILE = re.compile(
    r"\.(?:csv|tsv|parquet|feather|orc|avro|npy|npz|h5|hdf5|nc|zarr|xlsx?|jsonl|ndjson|arrow|geojson|gpkg|shp|tiff?|pbf|mbtiles|pmtiles|las|laz|grib2?|"
    r"pkl|pickle|joblib|faiss|onnx|pt|pth|html?|pdf|png|jpe?g|svg|docx|pptx|db|sqlite|mp3|mp4|wav|zip|gz)$",
    re.I,
)
"""Files whose ending says that they hold data, models or documents."""


@functools.lru_cache(maxsize=4096)
def said_by(name: str) -> re.Pattern[str] | None:
    """What the name of a function says that it does: the pattern that fits."""
    return next((pattern for pattern in (MAKES, CHECKS) if pattern.search(name)), None)


def plain(table: str) -> str:
    """A table's name without quotes and letter case."""
    return table.replace('"', "").replace("`", "").lower()
