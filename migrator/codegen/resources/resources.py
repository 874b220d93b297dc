"""Resources: the classes that the project needs, and their instances with what the environment says of them."""

from __future__ import annotations

from collections.abc import Iterable
from importlib import resources as package_data

from migrator.codegen.python.module import Module
from migrator.codegen.python.serialize import text_literal
from migrator.codegen.render.dag import resource_class
from migrator.codegen.resources.kinds import ARGUMENT, CLIENT_CLASSES, RESOURCE_CLASSES, default_value
from migrator.codegen.resources.services import SERVICES, service_source
from migrator.model.plan import CreateResource

_IMPORTS = {
    "database": (
        "import re",
        "from collections.abc import Callable",
        "from collections.abc import Iterable",
        "from collections.abc import Iterator",
        "from collections.abc import Sequence",
        "from contextlib import closing",
        "from datetime import datetime",
        "import pandas as pd",
        "from pathlib import Path",
        "from typing import Any",
        "import dagster as dg",
        "import sqlparse",
        # From the modules that SQLAlchemy 1.4 has them in too: wrapped operators of Airflow 2.11 need that one.
        "from sqlalchemy import create_engine",
        "from sqlalchemy import inspect",
        "from sqlalchemy import text",
        "from sqlalchemy.engine import Connection",
        "from sqlalchemy.engine import Engine",
        "from sqlalchemy.engine import make_url",
        "from sqlalchemy.pool import NullPool",
        "from sqlalchemy.sql.expression import TextClause",
    ),
    "object_store": (
        "import base64",
        "import csv",
        "import fnmatch",
        "import glob",
        "import gzip",
        "import json",
        "import os",
        "import shutil",
        "import subprocess",
        "import tempfile",
        "import re",
        "from collections.abc import Mapping",
        "from collections.abc import Sequence",
        "from decimal import Decimal",
        "from pathlib import Path",
        "from typing import Any",
        "from typing import IO",
        "import dagster as dg",
        "from fsspec import AbstractFileSystem",
        "from fsspec.core import url_to_fs",
        "from fsspec.implementations.local import LocalFileSystem",
    ),
    "http": (
        "from collections.abc import Callable",
        "from collections.abc import Collection",
        "from collections.abc import Mapping",
        "from typing import Any",
        "from urllib.parse import unquote",
        "from urllib.parse import urlsplit",
        "import dagster as dg",
        "import requests",
    ),
    "email": (
        "import mimetypes",
        "import smtplib",
        "from collections.abc import Sequence",
        "from email.message import EmailMessage",
        "from pathlib import Path",
        "from urllib.parse import unquote",
        "from urllib.parse import urlsplit",
        "import dagster as dg",
    ),
    "slack": (
        "import json",
        "from collections.abc import Mapping",
        "from collections.abc import Sequence",
        "from typing import Any",
        "from urllib.request import Request",
        "from urllib.request import urlopen",
        "import dagster as dg",
        "import jinja2",
        "from tabulate import tabulate",
    ),
}
DEPENDENCIES = {
    "database": ("SQLAlchemy", "duckdb", "duckdb-engine", "sqlparse"),
    "object_store": ("fsspec",),
    "http": ("requests",),
    "email": (),
    "slack": (),
    "dbt": ("dagster-dbt",),
    "docker": ("dagster-docker",),
    "kubernetes": ("dagster-k8s",),
}
"""What the classes need installed, by kind of resource."""
_FROM_ENVIRONMENT = (
    "def from_environment(name: str, default: str) -> str:\n"
    '    """The environment variable, kept out of sight by Dagster; the default where it is not set."""\n'
    "    return dg.EnvVar(name) if name in os.environ else default"
)
_STORES = {"s3": "s3://", "gcs": "gs://", "azure": "abfs://"}
_FILE_SYSTEMS = {"s3": ("s3fs",), "gcs": ("gcsfs",), "azure": ("adlfs",)}
"""What fsspec needs to reach a store."""


_HOOKS = (
    "imports",
    "databases",
    "files_and_http",
    "aws",
    "s3",
    "google",
    "bigquery",
    "servers",
    "hadoop",
    "azure",
    "mongo_and_redis",
    "services",
)
"""The parts of the module `hooks` in their order: a class comes after its base."""


def template(name: str) -> str:
    """The text of a file skeleton."""
    if name == "hooks.py":
        return "\n\n".join(template(f"hooks/{part}.py") for part in _HOOKS)
    return package_data.files("migrator.codegen").joinpath(f"templates/{name}.jinja").read_text(encoding="utf-8")


def example_value(resource: CreateResource) -> str:
    """How the environment variable of a resource might look."""
    if resource.kind == "database":
        return {
            "postgres": "postgresql+psycopg2://user:password@host:5432/database",
            "redshift": "redshift+psycopg2://user:password@host:5439/database",
            "mysql": "mysql+pymysql://user:password@host:3306/database",
            "snowflake": "snowflake://user:password@account/database/schema?warehouse=warehouse",
            "bigquery": "bigquery://project/dataset",
            "sqlite": "sqlite:///data/database.sqlite",
            "mssql": "mssql+pyodbc://user:password@host/database?driver=ODBC+Driver+18+for+SQL+Server",
            "trino": "trino://user@host:8080/catalog",
            "athena": "awsathena+rest://:@athena.eu-west-1.amazonaws.com:443/schema?s3_staging_dir=s3://bucket/prefix/",
            "clickhouse": "clickhouse+native://user:password@host:9000/database",
            "databricks": "databricks://token:password@host?http_path=path&catalog=catalog&schema=schema",
            "exasol": "exa+websocket://user:password@host:8563/schema",
            "hive": "hive://user@host:10000/database",
            "oracle": "oracle+oracledb://user:password@host:1521/?service_name=service",
            "teradata": "teradatasql://user:password@host/database",
            "vertica": "vertica+vertica_python://user:password@host:5433/database",
        }.get(resource.system or "", f"duckdb:///data/{resource.name}.duckdb")
    if resource.kind in SERVICES:
        return SERVICES[resource.kind].example
    if resource.kind == "object_store":
        return _STORES.get(resource.system or "", "s3://")
    if resource.kind == "email":
        return "smtp://user:password@host:587"
    if resource.kind == "http":
        return "https://user:password@host/"
    return "https://hooks.slack.com/services/..."


def dependencies_of(resource: CreateResource) -> tuple[str, ...]:
    """What has to be installed for a resource."""
    if resource.kind in SERVICES:
        return service_source(resource.kind, resource.methods).packages
    more = _FILE_SYSTEMS.get(resource.system or "", ()) if resource.kind == "object_store" else ()
    tables = ("Jinja2", "tabulate") if "send_rows" in resource.methods else ()
    return (
        *DEPENDENCIES[resource.kind],
        *more,
        *tables,
        *(("pandas",) if {"frame", "frames"} & {*resource.methods} else ()),
    )


def render_classes(resources: Iterable[CreateResource], package: str) -> Module:
    """The module with the classes of resources."""
    module = Module(f"src/{package}/resources.py", f"{package}.resources", "Connections to other systems.")
    used: dict[str, set[str]] = {}
    for resource in resources:
        used.setdefault(resource.kind, set()).update(resource.methods)
    for kind in RESOURCE_CLASSES:
        if kind in used and kind in SERVICES:
            source = service_source(kind, used[kind])
            module.need(source.imports)
            module.blocks += [block for block in source.blocks if block not in module.blocks]
        elif kind in used:
            module.need(_IMPORTS[kind])
            module.blocks.append(class_source(kind, used[kind]))
    return module


def class_source(kind: str, methods: Iterable[str] = ()) -> str:
    """The class of a kind of resource, with those of its further methods that code of the team's calls."""
    import jinja2

    environment = jinja2.Environment(trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True, autoescape=False)
    return environment.from_string(template(f"resource_{kind}.py")).render(methods=set(methods))


def render_instances(resources: Iterable[CreateResource], package: str) -> Module:
    """The module that gives Dagster the resources."""
    resources = sorted(resources, key=lambda resource: resource.name)
    module = Module(f"src/{package}/defs/resources.py", f"{package}.defs.resources")
    module.need(["import dagster as dg"])
    rows = []
    for resource in resources:
        kind = resource_class(resource, package, module)
        if resource.kind == "dbt":
            module.need([f"from {package}.dbt_projects import {resource.connection}"])
            rows.append(f'"{resource.name}": {kind}(project_dir={resource.connection})')
            continue
        if resource.kind in CLIENT_CLASSES:
            rows.append(f'"{resource.name}": {kind}()')
            continue
        default = text_literal(default_value(resource.kind, resource.name))
        value = f"from_environment({text_literal(resource.env)}, {default})"
        rows.append(f'"{resource.name}": {kind}({ARGUMENT[resource.kind]}={value})')
    if any(resource.env for resource in resources):
        module.need(["import os"])
        module.blocks.append(_FROM_ENVIRONMENT)
    module.blocks.append(
        "@dg.definitions\ndef resources() -> dg.Definitions:\n"
        f"    return dg.Definitions(resources={{{', '.join(rows)}}})"
    )
    return module
