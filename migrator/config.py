"""What the user tells about the DAGs: `migrator.toml`.

    airflow_version = "2"                  # or "3"; found out from the imports where not given
    roots = ["../plugins", "../include"]   # further folders that DAG files import from or read, relative to this file
    airflowignore_syntax = "regexp"        # or "glob"; by the Airflow version where not given
    rules = "our_rules.py"                 # rules for operators of your own

    [variables]                            # Airflow Variables; text as `airflow variables export` has it, or TOML values
    target_schema = "analytics"
    [env]                                  # environment variables
    STAGE = "prod"
    [connections]                          # connection ids and their types
    warehouse = "postgres"

Comes in: the file, if there is one. Goes out: a `Config`. A mistake in it is a `MigratorError` (MIG010) that names the key and line.
"""

from __future__ import annotations

import difflib
import re
import sys
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from migrator.diagnostics import MigratorError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

FILE_NAME = "migrator.toml"


class Config(BaseModel):
    """The settings, with absolute paths. `Config()` is what holds where there is no file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    airflow_version: Literal["2", "3"] | None = None
    roots: tuple[Path, ...] = ()
    variables: dict[str, Any] = Field(default_factory=dict)
    env: dict[str, str] = Field(default_factory=dict)
    connections: dict[str, str] = Field(default_factory=dict)
    rules: Path | None = None
    airflowignore_syntax: Literal["regexp", "glob"] | None = None
    max_file_bytes: int = Field(default=3_000_000, ge=1_000, le=50_000_000)

    @field_validator("airflow_version", mode="before")
    @classmethod
    def _major_version(cls, value: object) -> object:
        """`3`, `3.1` and `"2.11.0"` are understood as well."""
        if isinstance(value, (int, float, str)) and not isinstance(value, bool):
            return str(value).partition(".")[0]
        return value


def load_config(path: Path | None, folder: Path) -> Config:
    """The settings of the file at `path`; without one, of `migrator.toml` in the analyzed folder or the current one, if there is one.

    MigratorError MIG010 if the file cannot be read or understood, or names a path that does not exist.
    """
    if path is None:
        beside = folder if folder.is_dir() else folder.parent
        path = next((file for place in (beside, Path()) if (file := place / FILE_NAME).is_file()), None)
        if path is None:
            return Config()
    try:
        text = path.read_bytes().decode("utf-8-sig")
        config = Config.model_validate(tomllib.loads(text))
    except OSError as error:
        raise MigratorError("MIG010", f"`{path}` cannot be read: {error.strerror}", "check the path") from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise MigratorError("MIG010", f"`{path}` is not valid TOML: {error}", "correct it") from None
    except RecursionError:
        raise MigratorError("MIG010", f"`{path}` is nested too deeply", "correct it") from None
    except ValidationError as error:
        raise MigratorError("MIG010", _describe(error, path, text), _advice(error)) from None
    base = path.absolute().parent
    roots = tuple(base / root for root in config.roots)
    for given, root in zip(config.roots, roots, strict=True):
        if not root.is_dir():
            raise MigratorError(
                "MIG010", f"`{path}`: `roots` names `{given}`, which is not a folder", "correct the path"
            )
    rules = base / config.rules if config.rules else None
    if rules and not rules.is_file():
        raise MigratorError(
            "MIG010", f"`{path}`: `rules` names `{config.rules}`, which is not a file", "correct the path"
        )
    return config.model_copy(update={"roots": roots, "rules": rules})


def _describe(error: ValidationError, path: Path, text: str) -> str:
    """All that is wrong, one line each, without the values: they may be secret."""
    lines = []
    for item in error.errors(include_url=False, include_context=False, include_input=False):
        keys = [str(part) for part in item["loc"]]
        line = _line_of(keys, text)
        what = "unknown key" if item["type"] == "extra_forbidden" else item["msg"][:1].lower() + item["msg"][1:]
        lines.append(f"{path}{f':{line}' if line else ''}: `{'.'.join(keys)}`: {what}")
    return "\n".join(lines)


def _advice(error: ValidationError) -> str:
    unknown = [str(item["loc"][-1]) for item in error.errors() if item["type"] == "extra_forbidden"]
    for key in unknown:
        close = difflib.get_close_matches(key, Config.model_fields, n=1)
        if close:
            return f"did you mean `{close[0]}`?"
    return f"the keys are {', '.join(f'`{name}`' for name in Config.model_fields)}" if unknown else "correct the value"


def _line_of(keys: list[str], text: str) -> int:
    """The line, from 1, on which a key stands (as a key or as a table's name); 0 if it is not found."""
    for key in reversed(keys):
        match = re.search(rf"""^[ \t]*(?:\[[ \t]*)?["']?{re.escape(key)}["']?\s*[=.\]]""", text, re.MULTILINE)
        if match:
            return text.count("\n", 0, match.start()) + 1
    return 0
