"""Data frames and array files: pandas and its kin, polars, pyarrow, geopandas, numpy, h5py, xarray, awswrangler."""

from __future__ import annotations

from migrator.analyzers.io.python.library import Package

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
_POLARS = ("csv", "parquet", "json", "ndjson", "ipc", "excel", "avro", "delta", "iceberg", "ods")

_ICEBERG = "{load_table|create_table|create_table_if_not_exists@identifier!.:0}"

PACKAGES = (
    Package(
        ("pandas", "dask.dataframe", "modin.pandas", "cudf", "pandas.io.parsers", "pandas.io.json", "pyspark.pandas"),
        {
            **{name: f"read file {{{argument}|path:0}}" for name, argument in _PANDAS.items()},
            "read_sql": "sql {sql:0}",
            "read_sql_query": "sql {sql:0}",
            "read_sql_table": "read table [{schema:2}.]{table_name:0}",
            "ExcelFile": "read file {path_or_buffer:0}",
            "ExcelWriter": "write file {path:0}",
            "HDFStore": "read file {path:0}",
            "read_gbq": "sql {query_or_table|query:0}",
            **{f"to_{form}": "write file {filename|path:1}" for form in ("csv", "parquet", "json", "orc", "hdf")},
        },
    ),
    Package(
        ("dask.bag",),
        {"read_text": "read file {urlpath:0}", "read_avro": "read file {urlpath:0}"},
        {"to_textfiles": "write file {path:0}"},
    ),
    Package(
        ("pyreadstat",),
        {
            **dict.fromkeys(("read_sav", "read_dta", "read_sas7bdat", "read_xport"), "read file {filename_path:0}"),
            "write_sav": "write file {dst_path:1}",
            "write_dta": "write file {dst_path:1}",
        },
    ),
    Package(("fastparquet",), {"ParquetFile": "read file {fn:0}", "write": "write file {filename:0}"}),
    Package(("pyogrio",), {"read_dataframe": "read file {path_or_buffer:0}", "write_dataframe": "write file {path:1}"}),
    Package(
        ("osgeo",),
        {
            "gdal.Open": "read file {utf8_path:0}",
            "ogr.Open": "read file {utf8_path:0}",
            "gdal.Translate": ("write file {destName:0}", "read file {srcDS:1}"),
            "gdal.Warp": ("write file {destNameOrDestDS:0}", "read file {srcDSOrSrcDSTab:1}"),
            "gdal.VectorTranslate": ("write file {destNameOrDestDS:0}", "read file {srcDS:1}"),
        },
    ),
    Package(("shapefile",), {"Reader": "read file {shapefile|shp:0}", "Writer": "write file {target:0}"}),
    Package(("laspy",), {"read": "read file {source:0}"}, {"write": "write file {destination:0}"}),
    Package(("netCDF4",), {"Dataset": "open {filename:0} {mode:1}"}),
    Package(
        ("zarr",), {"open": "open {store:0} {mode:1}", "load": "read file {store:0}", "save": "write file {store:0}"}
    ),
    Package(
        ("iris",), {"load": "read file {uris:0}", "load_cube": "read file {uris:0}", "save": "write file {target:1}"}
    ),
    Package(("rioxarray",), {"open_rasterio": "read file {filename:0}"}),
    Package(("dbfread", "simpledbf"), {"DBF": "read file {filename:0}", "Dbf5": "read file {dbf:0}"}),
    Package(
        ("petl",),
        {
            **{
                f"from{form}": "read file {source:0}"
                for form in ("csv", "tsv", "json", "xml", "text", "pickle", "xls", "xlsx", "avro")
            },
            **{
                f"to{form}": "write file {source:1}"
                for form in ("csv", "tsv", "json", "xml", "text", "pickle", "xls", "xlsx", "avro")
            },
            "fromdb": "sql {query:1}",
            "todb": "write table [{schema}.]{tablename:2}",
            "appenddb": "write table [{schema}.]{tablename:2}",
        },
    ),
    *(
        Package(
            (root,),
            methods={
                "table": "read table [{database|schema}.]{name:0}",
                "create_table": "write table [{database|schema}.]{name:0}",
                "insert": "write table [{database|schema}.]{table_name|name:0}",
                "read_csv": "read file {source_list|paths:0}",
                "read_parquet": "read file {source_list|paths:0}",
            },
            system=system,
        )
        for root, system in (
            ("ibis.bigquery", "bigquery"),
            ("ibis.clickhouse", "clickhouse"),
            ("ibis.databricks", "databricks"),
            ("ibis.duckdb", "duckdb"),
            ("ibis.mssql", "mssql"),
            ("ibis.mysql", "mysql"),
            ("ibis.postgres", "postgres"),
            ("ibis.pyspark", "spark"),
            ("ibis.snowflake", "snowflake"),
            ("ibis.trino", "trino"),
            ("ibis", None),
        )
    ),
    Package(
        ("apache_beam",),
        {
            "io.ReadFromText": "read file {file_pattern:0}",
            "io.WriteToText": "write file {file_path_prefix:0}",
            "io.ReadFromParquet": "read file {file_pattern:0}",
            "io.parquetio.ReadFromParquet": "read file {file_pattern:0}",
            "io.WriteToParquet": "write file {file_path_prefix:0}",
            "io.parquetio.WriteToParquet": "write file {file_path_prefix:0}",
            "io.ReadFromAvro": "read file {file_pattern:0}",
            "io.WriteToAvro": "write file {file_path_prefix:0}",
            "io.ReadFromBigQuery": ("read table {table}", "sql {query}"),
            "io.gcp.bigquery.ReadFromBigQuery": ("read table {table}", "sql {query}"),
            "io.WriteToBigQuery": "write table {table:0}",
            "io.gcp.bigquery.WriteToBigQuery": "write table {table:0}",
            "io.ReadFromPubSub": "read stream {topic|subscription:0}",
            "io.WriteToPubSub": "write stream {topic:0}",
        },
    ),
    Package(("ee",), dict.fromkeys(("ImageCollection", "FeatureCollection", "Image"), "read dataset {args|id:0}")),
    Package(
        ("pandas_gbq",),
        {"read_gbq": "sql {query_or_table|query:0}", "to_gbq": "write table [{project_id}.]{destination_table:1}"},
        system="bigquery",
    ),
    Package(
        ("polars",),
        {
            **{f"{verb}_{form}": "read file {source:0}" for verb in ("read", "scan") for form in _POLARS},
            "read_database": "sql {query:0}",
            "read_database_uri": "sql {query:0}",
        },
    ),
    Package(("connectorx",), {"read_sql": "sql {query:1}"}),
    Package(
        ("geopandas",),
        {
            "read_file": "read file {filename:0}",
            "read_parquet": "read file {path:0}",
            "read_feather": "read file {path:0}",
            "read_postgis": "sql {sql:0}",
            "GeoDataFrame.from_file": "read file {filename:0}",
            "GeoDataFrame.from_postgis": "sql {sql:0}",
        },
    ),
    Package(("fiona", "rasterio"), {"open": "open {fp|path:0} {mode:1}"}),
    Package(
        ("pyarrow",),
        {
            "parquet.read_table": "read file {source:0}",
            "parquet.read_pandas": "read file {source:0}",
            "parquet.ParquetFile": "read file {source:0}",
            "parquet.ParquetDataset": "read file {path_or_paths:0}",
            "parquet.write_table": "write file {where:1}",
            "parquet.write_to_dataset": "write file {root_path:1}",
            "parquet.ParquetWriter": "write file {where:0}",
            "csv.read_csv": "read file {input_file:0}",
            "csv.write_csv": "write file {output_file:1}",
            "json.read_json": "read file {input_file:0}",
            "orc.read_table": "read file {source:0}",
            "orc.write_table": "write file {where:1}",
            "feather.read_feather": "read file {source:0}",
            "feather.read_table": "read file {source:0}",
            "feather.write_feather": "write file {dest:1}",
            "dataset.dataset": "read file {source:0}",
            "dataset.write_dataset": "write file {base_dir:1}",
        },
    ),
    Package(
        ("numpy",),
        {
            "load": "read file {file:0}",
            "loadtxt": "read file {fname:0}",
            "genfromtxt": "read file {fname:0}",
            "fromfile": "read file {file:0}",
            "save": "write file {file:0}",
            "savez": "write file {file:0}",
            "savez_compressed": "write file {file:0}",
            "savetxt": "write file {fname:0}",
        },
    ),
    Package(("h5py",), {"File": "open {name:0} {mode:1}"}),
    Package(
        ("xarray",),
        dict.fromkeys(
            ("open_dataset", "open_zarr", "open_dataarray", "load_dataset"), "read file {filename_or_obj|store:0}"
        )
        | {"open_mfdataset": "read file {paths:0}"},
    ),
    Package(
        ("awswrangler",),
        {
            **{
                f"s3.read_{form}": "read object {path:0}"
                for form in ("csv", "parquet", "json", "excel", "fwf", "orc", "parquet_table")
            },
            "s3.list_objects": "read object {path:0}",
            "s3.to_excel": "write object {path:1}",
            "s3.download": ("read object {path:0}", "write file {local_file:1}"),
            "s3.upload": ("read file {local_file:0}", "write object {path:1}"),
        },
        system="s3",
    ),
    Package(
        ("awswrangler",),
        {
            **{
                f"s3.to_{form}": (
                    "write object {path:1}",
                    "write table {database}.{table}",
                )  # known in Glue's catalogue
                for form in ("csv", "parquet", "json", "orc")
            },
            "athena.to_iceberg": "write table {database:1}.{table:2}",
            "athena.read_sql_query": "sql {sql:0}",
            "athena.start_query_execution": "sql {sql:0}",
            "athena.read_sql_table": "read table [{database:1}.]{table:0}",
            "catalog.table": "read table [{database:0}.]{table:1}",
        },
        system="athena",
    ),
    *(
        Package(
            (f"awswrangler.{name}",),
            {
                "read_sql_query": "sql {sql:0}",
                "read_sql_table": "read table [{schema}.]{table:0}",
                "to_sql": "write table [{schema:3}.]{table:2}",
                "copy": "write table [{schema}.]{table:3}",
                "copy_from_files": "write table [{schema}.]{table:2}",
                "unload": "sql {sql:0}",
            },
            system=system,
        )
        for name, system in (
            ("redshift", "redshift"),
            ("postgresql", "postgres"),
            ("mysql", "mysql"),
            ("sqlserver", "mssql"),
        )
    ),
    Package(
        ("deltalake",),
        {"DeltaTable": "read file {table_uri:0}", "write_deltalake": "write file {table_or_uri:0}"},
        dict.fromkeys(("merge", "update"), "write file {DeltaTable@table_uri:0}"),
        system="deltalake",
    ),
    Package(
        ("pyiceberg.catalog",),
        methods={
            **dict.fromkeys(("create_table", "create_table_if_not_exists"), "make table {identifier!.:0}"),
            **dict.fromkeys(
                ("append", "overwrite", "dynamic_partition_overwrite", "upsert", "add_files"), f"write table {_ICEBERG}"
            ),
            "scan": f"read table {_ICEBERG}",
        },
        system="iceberg",
    ),
)
