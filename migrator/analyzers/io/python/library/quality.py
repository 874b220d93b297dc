"""Libraries whose calls test data: they fail, or say that something is wrong, and change nothing."""

from __future__ import annotations

from migrator.analyzers.io.python.library import Package

PACKAGES = (
    Package(("scrapbook",), {"read_notebook": "read file {path:0}", "read_notebooks": "read file {path:0}"}),
    Package(("papermill",), {"execute_notebook": "write file {output_path:1}"}),
    Package(
        ("great_expectations", "great_expectations_provider"),
        {
            "read_csv": "read file {filepath_or_buffer|filename:0}",
            "read_parquet": "read file {path:0}",
            "read_json": "read file {path_or_buf:0}",
            "read_excel": "read file {io:0}",
        },
        {
            "read_csv": "read file {filepath_or_buffer:0}",
            "read_parquet": "read file {path:0}",
            "read_json": "read file {path_or_buf:0}",
            "read_excel": "read file {io:0}",
            "add_table_asset": "read table [{schema_name}.]{table_name|name:0}",
            "add_query_asset": "sql {query:1}",
            "run_checkpoint": "check",
            "run_validation_operator": "check",
            "validate": "check",
            "run": "check",
        },
    ),
    Package(("pandera", "pandera.pandas", "pandera.polars", "pandera.pyspark"), methods={"validate": "check"}),
    Package(
        ("soda", "soda.scan", "soda_core"),
        methods={"execute": "check", "assert_no_checks_fail": "check", "assert_no_checks_warn_or_fail": "check"},
    ),
    Package(("pydeequ", "pydeequ.verification"), methods={"run": "check"}),
    Package(("datacompy",), {"Compare": "check", "PandasCompare": "check"}),
    Package(("pandas.testing", "polars.testing"), {"assert_frame_equal": "check", "assert_series_equal": "check"}),
    Package(("cerberus", "jsonschema"), {"validate": "check"}, {"validate": "check"}),
    Package(("evidently",), methods={"run": "check"}),
)
