"""From the modules that code imports to the distributions that have to be installed."""

from __future__ import annotations

import re
import sys
from collections.abc import Collection, Iterable

_BY_MODULE = {
    "Crypto": "pycryptodome",
    "MySQLdb": "mysqlclient",
    "OpenSSL": "pyOpenSSL",
    "PIL": "Pillow",
    "apiclient": "google-api-python-client",
    "atlassian": "atlassian-python-api",
    "attr": "attrs",
    "bson": "pymongo",
    "bs4": "beautifulsoup4",
    "cv2": "opencv-python",
    "databricks": "databricks-sdk",
    "dateutil": "python-dateutil",
    "docx": "python-docx",
    "dotenv": "python-dotenv",
    "duckdb_engine": "duckdb-engine",
    "elasticsearch_dsl": "elasticsearch-dsl",
    "faiss": "faiss-cpu",
    "fitz": "PyMuPDF",
    "git": "GitPython",
    "googleapiclient": "google-api-python-client",
    "great_expectations": "great-expectations",
    "impala": "impyla",
    "jenkins": "python-jenkins",
    "jinja2": "Jinja2",
    "jose": "python-jose",
    "jwt": "PyJWT",
    "kafka": "kafka-python",
    "ldap": "python-ldap",
    "magic": "python-magic",
    "mysql": "mysql-connector-python",
    "nacl": "PyNaCl",
    "opensearchpy": "opensearch-py",
    "oracledb": "oracledb",
    "past": "future",
    "pkg_resources": "setuptools",
    "psycopg2": "psycopg2-binary",
    "pymysql": "PyMySQL",
    "pyspark": "pyspark",
    "pythonjsonlogger": "python-json-logger",
    "pytz": "pytz",
    "serial": "pyserial",
    "skimage": "scikit-image",
    "sklearn": "scikit-learn",
    "slack": "slackclient",
    "slack_sdk": "slack-sdk",
    "snowflake": "snowflake-connector-python",
    "sqlalchemy": "SQLAlchemy",
    "telegram": "python-telegram-bot",
    "usaddress": "usaddress",
    "win32api": "pywin32",
    "winrm": "pywinrm",
    "upath": "universal-pathlib",
    "yaml": "PyYAML",
    "zmq": "pyzmq",
}
_HELPERS = {
    "pyarrow": ("_parquet(", "_feather(", "_orc("),
    "openpyxl": ("read_excel(", "to_excel("),
    "lxml": ("read_html(", "read_xml("),
    "SQLAlchemy": ("read_sql", "to_sql("),
}
"""Libraries that pandas loads by itself when one of these of its functions is called."""

DRIVERS = {
    "athena": "PyAthena[SQLAlchemy]",
    "bigquery": "sqlalchemy-bigquery",
    "clickhouse": "clickhouse-sqlalchemy",
    "databricks": "databricks-sqlalchemy",
    "exasol": "sqlalchemy-exasol",
    "hive": "PyHive[hive]",
    "mssql": "pyodbc",
    "mysql": "PyMySQL",
    "oracle": "oracledb",
    "postgres": "psycopg2-binary",
    "redshift": "sqlalchemy-redshift",
    "snowflake": "snowflake-sqlalchemy",
    "teradata": "teradatasqlalchemy",
    "trino": "trino[sqlalchemy]",
    "vertica": "sqlalchemy-vertica-python",
}
"""SQLAlchemy's driver for each kind of database."""


_ENGINE = re.compile(r"""["'](\w+)\+(\w+)://""")
"""The beginning of a URL by which SQLAlchemy is told which driver to load."""
_BY_CALL = re.compile(r"""\b(?:import_module|__import__)\(\s*["']([\w.]+)["']""")
"""A module that code imports by a call."""


def distributions(modules: Iterable[str], texts: Iterable[str] = ()) -> set[str]:
    """Names for `dependencies`: one for each imported module, the drivers of URLs in `texts`, and what pandas needs for what `texts` ask of it."""
    code = "\n".join(texts)
    named = {*modules, *_BY_CALL.findall(code)}
    modules = {module for module in named if module.partition(".")[0] not in sys.stdlib_module_names}
    found = {distribution(module) for module in modules}
    tops = {module.partition(".")[0] for module in modules}
    if tops & {"pandas", "sqlalchemy"}:
        found |= {distribution(driver) for driver in drivers_named(code)}
    if "pandas" in tops:
        found |= {name for name, signs in _HELPERS.items() if any(sign in code for sign in signs)}
    return found


_SHARED = frozenset({"azure", "azure.ai", "azure.mgmt", "azure.storage", "google", "google.cloud"})
"""Packages that many distributions have a part of."""


def loaded(module: str, name: str | None) -> str:
    """The module that an import statement loads, as far as that says what has to be installed.

    >>> loaded("google.cloud", "storage"), loaded("google.cloud.storage", "Client"), loaded("json", None)
    ('google.cloud.storage', 'google.cloud.storage', 'json')
    """
    return f"{module}.{name}" if name and module in _SHARED else module


def drivers_named(code: str) -> set[str]:
    """The modules of drivers that URLs of SQLAlchemy in code name.

    >>> drivers_named("create_engine('postgresql+psycopg2://app@host/shop')")
    {'psycopg2'}
    """
    dialects = "cockroachdb mariadb mssql mysql oracle postgresql".split()
    return {_DRIVER_MODULES.get(name, name) for dialect, name in _ENGINE.findall(code) if dialect in dialects}


_DRIVER_MODULES = {"mysqlconnector": "mysql", "mysqldb": "MySQLdb"}
"""Modules that are not called as the driver is in a URL."""


_CLIENTS = {
    "awsbase": "boto3",
    "bigquery": "google-cloud-bigquery",
    "clickhouse": "clickhouse-driver",
    "gcs": "google-cloud-storage",
    "googlebase": "google-auth",
    "hiveserver2": "PyHive[hive]",
    "mongo": "pymongo",
    "odbc": "pyodbc",
    "presto": "PyHive[presto]",
    "redis": "redis",
    "salesforce": "simple-salesforce",
    "ssh": "paramiko",
    "wasb": "azure-storage-blob",
    "webhdfs": "hdfs",
}
"""Libraries of the systems' own, by the beginning of the hooks' names."""


def distributions_of_hooks(module: str, texts: Collection[str]) -> set[str]:
    """What the classes of a project's module `hooks` need, and what code asks of them."""
    systems = {
        name.removesuffix("SQLHook").removesuffix("Hook").lower()
        for name in re.findall(r"^class (\w+)", module, re.MULTILINE)
    }
    told = "def database_hook(" in module  # by the connection's URL: the drivers are those of its resource
    found = {DRIVERS[system] for system in systems - _CLIENTS.keys() if system in DRIVERS and not told}
    found |= {"SQLAlchemy", "sqlparse"} if "database" in systems else set()
    frames = any(re.search(r"\.get_(?:pandas_)?df\b|\.get_(?:pandas_)?df_by", text) for text in texts)
    found |= {"pandas"} if frames and systems & {"clickhouse", "database"} else set()
    found |= {_CLIENTS[system] for system in systems if system in _CLIENTS}
    if "bigquery" in systems and "pandas" in found:
        found.add("pandas-gbq")
    if "def get_secret(" in module:
        found.add("google-cloud-secret-manager")
    if "wasb" in systems:
        found.add("azure-identity")
    if "ssh" in systems and any(".get_tunnel(" in text for text in texts):
        found.add("sshtunnel")
    return found | ({"requests"} if systems & {"dbtcloud", "http", "webhdfs"} else set())


_CORE = frozenset({"exceptions", "client", "environment_vars", "operation"})
"""Modules of `google.cloud` that its core gives."""
_GOOGLE_CLOUD = {
    "devtools": "build",
    "metastore_v1": "dataproc-metastore",
    "orchestration": "orchestration-airflow",
    "secretmanager": "secret-manager",
}
"""Modules of `google.cloud` whose distributions have other names."""
_AZURE_OF_ONE = frozenset({"core", "cosmos", "identity", "servicebus"})
"""Packages of `azure` that are one distribution with all their modules."""
_AZURE = {"storage-filedatalake": "storage-file-datalake"}
_API_VERSION = re.compile(r"_v\d\w*$")
_PROVIDER_GROUPS = frozenset({"apache", "atlassian", "cncf", "common", "dbt", "ibm", "microsoft"})
"""Names in front of a provider's own: `airflow.providers.apache.hive`."""


def _provider(parts: list[str]) -> str:
    return "-".join(parts[: 2 if parts[0] in _PROVIDER_GROUPS else 1]).replace("_", "-")


def distribution(module: str) -> str:
    """The distribution that gives a module.

    >>> distribution("sklearn.linear_model"), distribution("google.cloud.bigquery.table"), distribution("pandas")
    ('scikit-learn', 'google-cloud-bigquery', 'pandas')
    >>> distribution("google.genai.types"), distribution("google.oauth2.service_account")
    ('google-genai', 'google-auth')
    >>> distribution("azure.servicebus.management"), distribution("azure.mgmt.compute")
    ('azure-servicebus', 'azure-mgmt-compute')
    """
    parts = module.split(".")
    if parts[:2] == ["airflow", "providers"]:
        return f"apache-airflow-providers-{_provider(parts[2:])}"
    if parts[0] == "airflow":
        return "apache-airflow"
    if parts[0] == "google" and len(parts) > 2 and parts[1] == "cloud":
        if parts[2] in _CORE:
            return "google-cloud-core"
        if parts[2] in _GOOGLE_CLOUD:
            return f"google-cloud-{_GOOGLE_CLOUD[parts[2]]}"
        return f"google-cloud-{_API_VERSION.sub('', parts[2]).replace('_', '-')}"
    if parts[0] == "google":
        return {"auth": "google-auth", "oauth2": "google-auth", "genai": "google-genai"}.get(
            parts[1] if len(parts) > 1 else "", "google-api-core"
        )
    if parts[0] == "azure" and len(parts) > 1:
        name = "-".join(parts[1 : 2 if parts[1] in _AZURE_OF_ONE else 3]).replace("_", "-")
        return f"azure-{_AZURE.get(name, name)}"
    return _BY_MODULE.get(parts[0], parts[0].replace("_", "-"))
