"""Which files that code names are data, and which are code, settings, secrets or logs.

In: a file's name, and whether it is read or written. Out: whether it is no data.
"""

from __future__ import annotations

import posixpath
import re

from migrator.analyzers.source import Folder
from migrator.model.assets import Direction

_CODE = re.compile(
    r"\.(?:sql|hql|btq|bteq|ctl|py|sh|ya?ml|toml|ini|cfg|conf|env|pem|key|crt|j2|jinja2?|tmpl|template|log|lock|pid)$",
    re.I,
)
"""Files that are code, settings, secrets or logs, not data."""
_SETTINGS = re.compile(r"\.(?:json|txt|md|html?|xml|properties)$", re.I)
"""Files that are code or settings where they lie in the folder itself."""
_PRIVATE = re.compile(
    r"config|settings|secret|credential|password|passwd|token(?!iz)|api_?key|service_?account|private_?key|access_?key|_key_file",
    re.I,
)
"""In the last part of a path: settings and secrets, not data."""
_TABULAR = re.compile(
    r"\.(?:csv|tsv|parquet|feather|orc|avro|npy|npz|h5|hdf5|xlsx?|jsonl|ndjson|arrow)(?:\.\w+)?$", re.I
)
"""Files that hold no settings, whatever they are called."""


def is_code(name: str, direction: Direction, folder: Folder | None) -> bool:
    """Whether a file is code, a setting, a log, or one of the system's own; what lies in the `folder` itself may be a setting in any form."""
    if name.startswith(("/dev/", "/proc/", "/sys/")):
        return True
    if direction is Direction.OUTPUT:
        return name.endswith((".log", ".lock", ".pid"))
    if _CODE.search(name):
        return not name.endswith(".log") or not ("*" in name or name.startswith("/var/log/"))
    if _PRIVATE.search(posixpath.basename(name.rstrip("/"))) and not _TABULAR.search(name):
        return True
    found = folder is not None and _SETTINGS.search(name) and "{" not in name
    return bool(found) and folder is not None and folder.is_file(name)
