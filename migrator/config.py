"""What the user tells about the DAGs: `migrator.toml`.

    airflow_version = "2"                  # or "3"; found out from the imports where not given
    roots = ["../plugins", "../include"]   # further folders that DAG files import from or read, relative to this file
    airflowignore_syntax = "regexp"        # or "glob"; by the Airflow version where not given
    rules = "our_rules.py"                 # rules for operators of your own
    executor = "k8s"               # where steps run: multiprocess, k8s, celery
    wrap = ["HiveOperator", "acme.*"]      # operators to run inside of Dagster as they are, where no rule translates them
    shadow_runs = 3                        # equal shadow runs of each task that `migrate promote` asks for

    [variables]                            # Airflow Variables; text as `airflow variables export` has it, or TOML values
    target_schema = "analytics"
    [env]                                  # environment variables
    STAGE = "prod"
    [connections]                          # connection ids and their types
    warehouse = "postgres"
    [databases.staging_hive]               # what stands in front of tables that SQL on a connection names without
    schema = "staging"                     # (and `database`); connections with one `server` reach the same tables
    server = "hive"
    [paths]                                # folders where Airflow runs, and what they are here, relative to this file
    "/opt/airflow/dags" = "."

    variables_file = "variables.json"      # (above the tables) what `airflow variables export` writes
    connections_file = "connections.json"  # what `airflow connections export` writes: nothing secret of it is kept

    [plan]                                 # how `migrate plan` reckons effort: docs/plan.md
    batch_hours = 40

    [[assets]]                             # corrections of inferred data and of tasks: docs/corrections.md
    match = "s3://raw-*/orders/*"
    key = "raw/orders"

Comes in: the file, if there is one. Goes out: a `Config`. A mistake in it is a `MigratorError` (MIG010) that names the key and line.
Values that look secret (see `secrets.masking`) are dropped here: no later stage has them.
"""

from __future__ import annotations

import difflib
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from migrator.corrections import AssetCorrection, TaskCorrection, with_lines
from migrator.databases import Database
from migrator.diagnostics import MigratorError
from migrator.effort import PlanSettings
from migrator.exports import connection_type, read_connections, read_databases, read_variables
from migrator.secrets.masking import holds_secret, is_secret, without_secrets

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
    paths: dict[str, str] = Field(default_factory=dict)
    variables: dict[str, Any] = Field(default_factory=dict)
    env: dict[str, str] = Field(default_factory=dict)
    connections: dict[str, str] = Field(default_factory=dict)
    databases: dict[str, Database] = Field(default_factory=dict)
    variables_file: Path | None = None
    connections_file: Path | None = None
    rules: Path | None = None
    wrap: tuple[str, ...] = ()
    executor: Literal["multiprocess", "k8s", "celery"] | None = None
    pools: dict[str, int] = Field(default_factory=dict)
    airflowignore_syntax: Literal["regexp", "glob"] | None = None
    assets: tuple[AssetCorrection, ...] = ()
    tasks: tuple[TaskCorrection, ...] = ()
    plan: PlanSettings = Field(default_factory=PlanSettings)
    shadow_runs: int = Field(default=0, ge=0)
    max_file_bytes: int = Field(default=3_000_000, ge=1_000, le=50_000_000)

    @field_validator("airflow_version", mode="before")
    @classmethod
    def _major_version(cls, value: object) -> object:
        """`3`, `3.1` and `"2.11.0"` are understood as well."""
        if isinstance(value, (int, float, str)) and not isinstance(value, bool):
            return str(value).partition(".")[0]
        return value

    @field_validator("variables", mode="after")
    @classmethod
    def _plain_variables(cls, value: dict[str, Any]) -> dict[str, Any]:
        return without_secrets(value)

    @field_validator("env", mode="after")
    @classmethod
    def _plain_env(cls, value: dict[str, str]) -> dict[str, str]:
        return {name: text for name, text in value.items() if not is_secret(name) and not holds_secret(text)}

    @field_validator("connections", mode="after")
    @classmethod
    def _only_types(cls, value: dict[str, str]) -> dict[str, str]:
        """A connection given as a URI is kept as its type."""
        return {name: (connection_type(text) or "") if ":" in text else text for name, text in value.items()}

    def told(
        self,
        variables: Mapping[str, Any] | None = None,
        connections: Mapping[str, str] | None = None,
        env: Mapping[str, str] | None = None,
        databases: Mapping[str, Database] | None = None,
    ) -> Config:
        """These settings with further Variables, connection types and databases, and environment values, which win over those that are there."""
        checked = Config(
            variables={**self.variables, **(variables or {})},
            connections={**self.connections, **(connections or {})},
            env={**self.env, **(env or {})},
            databases={**self.databases, **(databases or {})},
        )
        names = ("variables", "connections", "env", "databases")
        return self.model_copy(update={name: getattr(checked, name) for name in names})


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
        config = Config.model_validate(with_lines(tomllib.loads(text), text, path.name))
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
    paths = {prefix: str(base / place) for prefix, place in config.paths.items()}
    config = config.model_copy(update={"roots": roots, "rules": rules, "paths": paths})
    return _with_files(config, base)


def _with_files(config: Config, base: Path) -> Config:
    """The settings with what the files that they name tell; the tables in the settings win over the files."""
    if config.variables_file is None and config.connections_file is None:
        return config
    variables = read_variables(base / config.variables_file) if config.variables_file else {}
    connections = read_connections(base / config.connections_file) if config.connections_file else {}
    databases = read_databases(base / config.connections_file) if config.connections_file else {}
    plain = config.model_copy(update={"variables_file": None, "connections_file": None})
    return plain.told(
        {**variables, **config.variables},
        {**connections, **config.connections},
        databases={**databases, **config.databases},
    )


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
