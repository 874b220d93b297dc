"""The classes of services (`templates/service_*.py.jinja`): one file each, or a folder of parts, of which a project gets the methods that it calls.

A class makes the service's own client, starts work there, waits for its end, and raises where the work failed. Libraries of services
are imported where they are used, so that a project loads where only some of them are installed.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from functools import cache
from importlib import resources as package_data

from migrator.codegen.distributions import distributions, loaded
from migrator.model.frozen import dataclass


@dataclass(frozen=True, slots=True)
class Service:
    """`argument` is what the class is made with; `about` and `example` tell what the environment variable for it says."""

    class_name: str
    argument: str
    about: str
    example: str


def _by_url(class_name: str, about: str, example: str) -> Service:
    return Service(class_name, "url", f"URL {about}", example)


SERVICES = {
    "aws": Service(
        "Aws", "profile", "profile of the AWS configuration; without it, boto3 finds credentials by itself", "analytics"
    ),
    "google_cloud": Service(
        "GoogleCloud",
        "project",
        "project of Google Cloud; without it, that of the application's credentials",
        "acme-data",
    ),
    "airbyte": _by_url("Airbyte", "of Airbyte's public API", "http://CLIENT_ID:CLIENT_SECRET@host:8000/api/public/v1"),
    "azure": Service(
        "Azure", "subscription", "id of the subscription of Azure", "00000000-0000-0000-0000-000000000000"
    ),
    "azure_data_factory": Service(
        "AzureDataFactory",
        "subscription",
        "id of the subscription of Azure, and the resource group and factory where tasks name none",
        "00000000-0000-0000-0000-000000000000/group/factory",
    ),
    "azure_data_explorer": _by_url(
        "DataExplorer",
        "of the cluster; without an application's id and secret, with the credentials that the environment gives",
        "https://CLIENT_ID:SECRET@acme.westeurope.kusto.windows.net?tenant=TENANT",
    ),
    "azure_cosmos": _by_url(
        "CosmosDatabase",
        "of the account, and the partition key of its collections",
        "https://:KEY@acme.documents.azure.com:443/?partition_key=/id",
    ),
    "azure_data_lake": Service("AzureDataLake", "account", "name of the storage account of the data lake", "acmelake"),
    "azure_service_bus": Service(
        "AzureServiceBus",
        "connection_string",
        "connection string of the namespace, or its host, for which the environment has credentials",
        "Endpoint=sb://acme.servicebus.windows.net/;SharedAccessKeyName=...;SharedAccessKey=...",
    ),
    "azure_synapse": _by_url("AzureSynapse", "of the workspace's endpoint", "https://acme.dev.azuresynapse.net"),
    "cohere": _by_url(
        "CohereApi", "of Cohere's API; without it, CO_API_KEY is the key", "https://key:API_KEY@api.cohere.com"
    ),
    "databricks": _by_url("Databricks", "of the workspace", "https://token:TOKEN@host"),
    "dbt_cloud": _by_url("DbtCloud", "of dbt Cloud", "https://ACCOUNT_ID:TOKEN@cloud.getdbt.com"),
    "discord": _by_url("DiscordWebhook", "of the webhook", "https://discord.com/api/webhooks/..."),
    "docker_host": _by_url(
        "DockerHost",
        "of the Docker daemon; without it, DOCKER_HOST names it, or it is the local one",
        "tcp://host:2375",
    ),
    "fivetran": _by_url("Fivetran", "of Fivetran's API", "https://KEY:SECRET@api.fivetran.com"),
    "ftp": _by_url("FtpServer", "of the server", "ftp://user:password@host:21"),
    "great_expectations": Service(
        "GreatExpectations",
        "folder",
        "folder of the data context, where a task names no other",
        "/opt/great_expectations",
    ),
    "hive_cli": _by_url(
        "HiveCli",
        "of HiveServer2, which `beeline` asks; without it, `hive` runs",
        "hive://user:password@host:10000/database",
    ),
    "hive_metastore": _by_url("HiveMetastore", "of the metastore", "thrift://host:9083"),
    "jenkins": _by_url("JenkinsServer", "of the server", "https://user:token@host:8080"),
    "jira": _by_url("JiraServer", "of the server", "https://user:token@acme.atlassian.net"),
    "kafka": Service(
        "Kafka",
        "config",
        "options of confluent-kafka, as JSON",
        '{"bootstrap.servers": "host:9092", "group.id": "load"}',
    ),
    "kubernetes_api": Service(
        "KubernetesApi",
        "context",
        "context of the kubeconfig; without it, the cluster around or the current one",
        "prod",
    ),
    "livy": _by_url("Livy", "of the server", "http://host:8998"),
    "mongo": _by_url("MongoDatabase", "of the server", "mongodb://user:password@host:27017/database"),
    "neo4j": _by_url("Neo4jDatabase", "of the server", "neo4j://user:password@host:7687/database"),
    "openai": _by_url(
        "OpenAiApi", "of OpenAI's API; without it, OPENAI_API_KEY is the key", "https://key:API_KEY@api.openai.com/v1"
    ),
    "opensearch": _by_url(
        "OpenSearchCluster",
        "of the cluster, with `?verify_certs=false` where its certificate is not to be checked",
        "https://user:password@host:9200",
    ),
    "opsgenie": _by_url("Opsgenie", "of Opsgenie's API", "https://key:API_KEY@api.opsgenie.com"),
    "pinecone": _by_url(
        "PineconeApi",
        "of Pinecone's API; without it, PINECONE_API_KEY is the key",
        "https://key:API_KEY@api.pinecone.io",
    ),
    "powerbi": _by_url("PowerBi", "of Power BI's API", "https://api.powerbi.com"),
    "redis": _by_url("RedisServer", "of the server", "redis://user:password@host:6379/0"),
    "salesforce": _by_url("SalesforceOrg", "of the org", "salesforce://user:password@/?security_token=..."),
    "slack_api": Service("SlackApi", "token", "token of the app of Slack", "xoxb-..."),
    "ssh": _by_url("SshServer", "of the server", "ssh://user:password@host:22"),
    "tableau": _by_url("TableauServer", "of the site, with a token", "https://NAME:SECRET@host/site"),
    "teradata": _by_url("Teradata", "of the database", "teradatasql://user:password@host/database"),
    "telegram": _by_url("TelegramBot", "of the bot", "https://CHAT_ID:TOKEN@api.telegram.org"),
    "webhdfs": _by_url("WebHdfs", "of the web service of HDFS", "http://user@host:9870"),
    "windows": _by_url(
        "WindowsServer",
        "of the server's WinRM, with options of pywinrm",
        "http://user:password@host:5985/wsman?transport=ntlm",
    ),
}
"""By kind of resource."""

WAITING = "waiting"
"""The file with what all services share."""


@dataclass(frozen=True, slots=True)
class ServiceSource:
    """Import statements of one name each, top-level blocks, and what has to be installed for them."""

    imports: tuple[str, ...]
    blocks: tuple[str, ...]
    packages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _File:
    text: str
    imports: dict[str, str]
    """Import statement by the name that it binds."""
    blocks: dict[str, ast.stmt]
    """Functions, classes and constants, by name."""


def service_source(kind: str, methods: Iterable[str]) -> ServiceSource:
    """A service's class with those methods and all that they use."""
    service, file, shared = SERVICES[kind], _file(kind), _file(WAITING)
    blocks = {**shared.blocks, **file.blocks}
    parts: dict[str, str] = {}
    wanted, seen = [service.class_name], set[str]()
    while wanted:
        name = wanted.pop()
        if name in seen or name not in blocks:
            continue
        seen.add(name)
        text = (file if name in file.blocks else shared).text
        block = blocks[name]
        parts[name] = _trimmed(text, block, set(methods)) if isinstance(block, ast.ClassDef) else _cut(text, block)
        wanted += _names(ast.parse(parts[name]))
    used = {name for part in parts.values() for name in _names(ast.parse(part))}
    imports = {name: line for name, line in {**shared.imports, **file.imports}.items() if name in used}
    ordered = tuple(parts[name] for name in blocks if name in parts)
    modules = {module for part in ordered for module in _imported(ast.parse(part))}
    modules |= {module for line in imports.values() for module in _imported(ast.parse(line))}
    packages = sorted(_VERSIONS.get(name, name) for name in distributions(modules - _ALWAYS))
    return ServiceSource(tuple(imports.values()), ordered, tuple(packages))


_VERSIONS = {"great-expectations": "great-expectations<1"}
"""The packages whose versions the classes depend on."""
_ALWAYS = frozenset(
    {
        "collections.abc",
        "dagster",
        "posixpath",
        "stat",
        "datetime",
        "json",
        "pathlib",
        "re",
        "tempfile",
        "time",
        "typing",
    }
    | {"urllib.parse", "uuid", "fnmatch", "io", "contextlib", "ftplib", "ssl", "shlex", "csv", "base64", "os"}
)


_PARTS = {
    "aws": (
        "asking",
        "glue",
        "emr",
        "emr_serverless",
        "containers",
        "functions_and_machines",
        "models",
        "messages",
        "storage",
        "redshift",
        "queries_and_graphs",
    ),
    "google_cloud": (
        "bigquery",
        "processing",
        "functions_and_machines",
        "requests",
        "messages_and_databases",
        "documents_and_models",
        "transfers",
        "spanner",
        "drive_and_gemini",
        "asking",
        "clients",
    ),
}
"""The parts of a long class, each a file of its methods; the first one also holds what is before the class and its head."""


def service_text(name: str) -> str:
    """The module with a service's class, of which a project gets the methods that it calls."""
    templates = package_data.files("migrator.codegen").joinpath("templates")
    paths = [f"{name}/{part}" for part in _PARTS[name]] if name in _PARTS else [f"service_{name}"]
    texts = (templates.joinpath(f"{path}.py.jinja").read_text(encoding="utf-8") for path in paths)
    return "\n".join(texts)


@cache
def _file(name: str) -> _File:
    text = service_text(name)
    imports: dict[str, str] = {}
    blocks: dict[str, ast.stmt] = {}
    for node in ast.parse(text).body:
        if isinstance(node, ast.Import):
            imports |= {
                (a.asname or a.name): f"import {a.name}{f' as {a.asname}' if a.asname else ''}" for a in node.names
            }
        elif isinstance(node, ast.ImportFrom):
            imports |= {alias.name: f"from {node.module} import {alias.name}" for alias in node.names}
        elif isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            blocks[node.name] = node
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            blocks[node.targets[0].id] = node
    return _File(text, imports, blocks)


def _trimmed(text: str, block: ast.ClassDef, methods: set[str]) -> str:
    """A class without the methods that neither those asked for nor what they call need."""
    own = {node.name: node for node in block.body if isinstance(node, ast.FunctionDef)}
    if missing := methods - own.keys():
        raise KeyError(f"{block.name} has no method {sorted(missing)[0]}")
    wanted, kept = sorted(methods), set[str]()
    while wanted:
        name = wanted.pop()
        if name in own and name not in kept:
            kept.add(name)
            wanted += [
                node.attr
                for node in ast.walk(own[name])
                if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "self"
            ]
    lines = text.splitlines()
    dropped: set[int] = set()
    for name, node in own.items():
        if name not in kept:
            first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
            end = node.end_lineno or first
            dropped.update(range(first, end + 2 if end < len(lines) and not lines[end].strip() else end + 1))
    span = range(block.lineno, (block.end_lineno or block.lineno) + 1)
    return "\n".join(lines[number - 1] for number in span if number not in dropped).rstrip()


def _cut(text: str, block: ast.stmt) -> str:
    return "\n".join(text.splitlines()[block.lineno - 1 : block.end_lineno])


def _names(tree: ast.AST) -> list[str]:
    """Names that are read; of the module, so far as nothing in the tree binds them."""
    return [node.id for node in ast.walk(tree) if isinstance(node, ast.Name)]


def _imported(tree: ast.AST) -> set[str]:
    """Dotted names of the modules that a tree imports; `from google.cloud import run_v2` is one of `google.cloud.run_v2`."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {loaded(node.module, alias.name) for alias in node.names}
    return found
