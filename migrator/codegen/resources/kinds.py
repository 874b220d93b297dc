"""The kinds of resources: their classes, what these are made with, and what they are where the environment says nothing."""

from __future__ import annotations

from migrator.codegen.resources.services import SERVICES

RESOURCE_CLASSES = {
    "database": "SqlDatabase",
    "object_store": "ObjectStore",
    "http": "HttpApi",
    "email": "EmailServer",
    "slack": "SlackWebhook",
    **{kind: service.class_name for kind, service in SERVICES.items()},
}
"""The classes of the project's own, by kind of resource."""
CLIENT_CLASSES = {
    "dbt": ("dagster_dbt", "DbtCliResource"),
    "docker": ("dagster_docker", "PipesDockerClient"),
    "kubernetes": ("dagster_k8s", "PipesK8sClient"),
}
"""The classes of libraries, with their module, by kind of resource."""
ARGUMENT = {
    "database": "url",
    "object_store": "root",
    "http": "url",
    "email": "url",
    "slack": "url",
    **{kind: service.argument for kind, service in SERVICES.items()},
}
"""What the classes of the project's own are made with."""


def default_value(kind: str, name: str) -> str:
    """What a resource is where the environment does not say: something embedded, so that the project runs anywhere."""
    return {"database": f"duckdb:///data/{name}.duckdb", "object_store": f"data/{name}/"}.get(kind, "")
