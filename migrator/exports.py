"""Reads the files in which people have Airflow's Variables and Connections.

Comes in: what `airflow variables export` and `airflow connections export` write, or a file of Airflow's local secrets backend: `.json`,
`.yaml`, `.yml` or `.env` (`NAME=VALUE` lines). Goes out: Variables as the texts that Airflow keeps, and of each Connection its id, its type and what
tells names of tables (see `databases`). A file that cannot be understood is a `MigratorError` (MIG010) with its place; no value is ever part of a message.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from migrator.databases import Database, database_of
from migrator.diagnostics import MigratorError

_ENV_LINE = re.compile(r"(?:export[ \t]+)?([^=\s#][^=]*?)[ \t]*=[ \t]*(.*)")
_URI_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.\-_]*):")
_SAME_TYPE = {"postgresql": "postgres"}


def read_variables(path: Path) -> dict[str, Any]:
    """Variables by name, each as the text that Airflow keeps (`["a"]` for a list)."""
    return {name: _stored(value) for name, value in _read(path).items()}


def read_connections(path: Path) -> dict[str, str]:
    """Connection types by id; a connection whose type the file does not tell is left out."""
    found = {name: _connection_type(value) for name, value in _read(path).items()}
    return {name: kind for name, kind in found.items() if kind}


def read_databases(path: Path) -> dict[str, Database]:
    """What connections say of the databases behind them, by id; those that say nothing are left out."""
    found: dict[str, Database] = {}
    for name, value in _read(path).items():
        value = value[0] if isinstance(value, list) and len(value) == 1 else value
        kind = _connection_type(value)
        database = database_of(kind.lower(), value) if kind else None
        if database is not None:
            found[name] = database
    return found


def read_pools(path: Path) -> dict[str, int]:
    """The slots of each pool, from what `airflow pools export` writes."""
    found = {name: value.get("slots") if isinstance(value, dict) else value for name, value in _read(path).items()}
    return {name: slots for name, slots in found.items() if isinstance(slots, int) and not isinstance(slots, bool)}


def connection_type(value: str) -> str | None:
    """The type that a connection's URI or JSON tells; None where it tells none."""
    if value.lstrip().startswith("{"):
        try:
            return _connection_type(json.loads(value))
        except (ValueError, RecursionError):
            return None
    scheme = _URI_SCHEME.match(value)
    if scheme is None:
        return None
    kind = scheme[1].lower().replace("-", "_")
    return _SAME_TYPE.get(kind, kind)


def _connection_type(value: Any) -> str | None:
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if isinstance(value, dict):
        kind = value.get("conn_type")
        return kind if isinstance(kind, str) and kind else None
    return connection_type(value) if isinstance(value, str) else None


def _stored(value: Any) -> str:
    """A Variable as `airflow variables import` stores it."""
    if isinstance(value, dict) and "value" in value and value.keys() <= {"value", "description"}:
        value = value["value"]
    return value if isinstance(value, str) else json.dumps(value, indent=2, default=str)


def _read(path: Path) -> dict[str, Any]:
    """The file's names and values."""
    reader = _READERS.get(path.suffix.lower() or path.name.lower())
    if reader is None:
        raise MigratorError(
            "MIG010", f"`{path}` is of an unknown kind", "give a file that ends with .json, .yaml, .yml or .env"
        )
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise MigratorError("MIG010", f"`{path}` cannot be read: {error.strerror}", "check the path") from None
    except UnicodeDecodeError:
        raise MigratorError("MIG010", f"`{path}` is not UTF-8", "save it as UTF-8") from None
    found = reader(path, text)
    if not isinstance(found, dict) or not all(isinstance(name, str) for name in found):
        raise _wrong(path, 1, "names with their values are expected")
    return found


def _json(path: Path, text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise _wrong(path, error.lineno, f"not valid JSON: {error.msg}") from None
    except RecursionError:
        raise _wrong(path, 1, "nested too deeply") from None


def _yaml(path: Path, text: str) -> Any:
    import yaml

    try:
        return yaml.safe_load(text) or {}
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise _wrong(path, line, f"not valid YAML: {error.problem or 'it cannot be read'}") from None
    except (yaml.YAMLError, RecursionError, ValueError):
        raise _wrong(path, 1, "not valid YAML") from None


def _env(path: Path, text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        match = _ENV_LINE.fullmatch(line.strip())
        if match is None:
            raise _wrong(path, number, "`NAME=VALUE` is expected")
        if match[1] in found:
            raise _wrong(path, number, f"`{match[1]}` has a value already")
        found[match[1]] = match[2]
    return found


_READERS: dict[str, Callable[[Path, str], Any]] = {
    ".json": _json,
    ".yaml": _yaml,
    ".yml": _yaml,
    ".env": _env,
}


def _wrong(path: Path, line: int, what: str) -> MigratorError:
    return MigratorError("MIG010", f"{path}:{line}: {what}", "correct the file")
