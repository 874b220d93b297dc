"""URIs of assets as Airflow keeps them."""

from __future__ import annotations

import urllib.parse


def plain_uri(uri: str) -> str:
    """A URI as Airflow keeps it (`_sanitize_uri`): without password, fragment and slashes at the end, its query sorted. Other texts as they are."""
    try:
        parts = urllib.parse.urlsplit(uri)
    except ValueError:
        return uri
    if not parts.scheme or "{" in uri or "://" not in uri or parts.scheme.startswith("x-"):
        return uri
    query = urllib.parse.urlencode(sorted(urllib.parse.parse_qsl(parts.query)))
    host = parts.netloc.rpartition("@")[2] if parts.password else parts.netloc
    return urllib.parse.urlunsplit((parts.scheme, host, parts.path.rstrip("/") or "/", query, ""))
