"""What the environment says of a connection: the end of the environment variable's name, by kind of resource.

Most kinds are made of a URL. Services whose libraries find their credentials by themselves only need to know which of them to take.
"""

from __future__ import annotations

_SETTINGS = {
    "aws": "PROFILE",
    "google_cloud": "PROJECT",
    "azure_data_factory": "SUBSCRIPTION",
    "azure_data_lake": "ACCOUNT",
    "azure_service_bus": "CONNECTION_STRING",
    "kafka": "CONFIG",
}


def setting_of(kind: str) -> str:
    """What an environment variable says of a resource of that kind.

    >>> setting_of("aws"), setting_of("database")
    ('PROFILE', 'URL')
    """
    return _SETTINGS.get(kind, "URL")
