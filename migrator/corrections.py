"""What the user corrects about inferred data: the tables `[[assets]]` and `[[tasks]]` of `migrator.toml` (docs/corrections.md).

Comes in: what the file holds. Goes out: checked corrections, each with the line that it stands on. Nothing is applied here: assets are
corrected where names are unified, roles where tasks get theirs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, field_validator, model_validator

from migrator.model.source import Span

_KEY_PART = re.compile(r"[A-Za-z0-9_]+")
_OWNER = re.compile(r"team:[\w ./@-]+|[^@\s]+@[^@\s]+\.[^@\s]+")
_KIND = re.compile(r"[a-z0-9_. -]{1,40}")
_MAX_KINDS = 3

AssetKind = Literal["table", "file", "object", "dataset", "model", "stream", "xcom", "api"]
Role = Literal["asset", "step", "folded", "airflow"]


class Correction(BaseModel):
    """What all corrections have: which DAGs and tasks they are about, and where they stand."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    dag: str = "*"
    """Glob of DAG ids."""
    task: str = "*"
    """Glob of task ids."""
    line: int = 0
    """In the settings file, from 1; set when it is read."""
    file: str = "migrator.toml"

    @property
    def span(self) -> Span:
        return Span(self.file, self.line or 1)

    def is_about(self, dag_id: str, task_id: str) -> bool:
        """Whether a task is one of those meant."""
        return matches(self.dag, dag_id) and matches(self.task, task_id)


class AssetCorrection(Correction):
    """A correction of data: which (`asset`, `match`, `dag`, `task`, `direction`, or `add`), and what is right."""

    asset: str | None = None
    """Glob of inferred keys (`warehouse/orders`)."""
    match: str | None = None
    """Glob of names and URIs as the code has them (`s3://raw/*`)."""
    add: str | None = None
    """A name or URI that the task reads or writes though nothing shows it."""
    direction: Literal["input", "output"] | None = None
    key: tuple[str, ...] | None = None
    kind: AssetKind | None = None
    kinds: tuple[str, ...] | None = None
    system: str | None = None
    owners: tuple[str, ...] | None = None
    drop: bool = False

    @field_validator("key", mode="before")
    @classmethod
    def _parts(cls, value: object) -> object:
        """`"warehouse/orders"` is `["warehouse", "orders"]`."""
        return value.split("/") if isinstance(value, str) else value

    @field_validator("key", mode="after")
    @classmethod
    def _valid_key(cls, value: tuple[str, ...] | None) -> tuple[str, ...] | None:
        own = value[:-1] if value is not None and len(value) > 1 and value[-1] == "*" else value
        if own is not None and not (own and all(_KEY_PART.fullmatch(part) for part in own)):
            raise ValueError("the parts of a key are letters, digits and `_`; its last one may be `*`")
        return value

    @field_validator("kinds", mode="after")
    @classmethod
    def _valid_kinds(cls, value: tuple[str, ...] | None) -> tuple[str, ...] | None:
        if value is not None and (len(value) > _MAX_KINDS or not all(_KIND.fullmatch(kind) for kind in value)):
            raise ValueError(f"Dagster takes up to {_MAX_KINDS} kinds, in lower case")
        return value

    @field_validator("owners", mode="after")
    @classmethod
    def _valid_owners(cls, value: tuple[str, ...] | None) -> tuple[str, ...] | None:
        if value is not None and not all(_OWNER.fullmatch(owner) for owner in value):
            raise ValueError("an owner is an e-mail address or `team:NAME`")
        return value

    @model_validator(mode="after")
    def _complete(self) -> AssetCorrection:
        if self.add is not None:
            if self.asset is not None or self.match is not None or self.drop:
                raise ValueError("`add` stands without `asset`, `match` and `drop`")
            if self.dag == "*" and self.task == "*":
                raise ValueError("`add` needs the `dag` and `task` that read or write it")
        elif self.asset is None and self.match is None and self.dag == "*" and self.task == "*":
            raise ValueError("it needs `asset`, `match`, `dag`, `task` or `add`, which say what is meant")
        elif self.key is not None and self.key[-1] == "*" and not re.fullmatch(r"[^*]*/\*", self.asset or ""):
            raise ValueError("a `key` that ends in `/*` needs an `asset` that does: what stands there is kept")
        elif not self.drop and not self.changes:
            raise ValueError("it needs `key`, `kind`, `kinds`, `system`, `owners` or `drop`, which say what is right")
        return self

    @property
    def changes(self) -> bool:
        """Whether it sets anything."""
        given = (self.key, self.kind, self.kinds, self.system, self.owners)
        return any(value is not None for value in given)

    def key_for(self, inferred: tuple[str, ...]) -> tuple[str, ...] | None:
        """The key that data with that inferred key is to have, if any: for `*` in it stands what `*` in `asset` stands for."""
        if self.key is None or self.key[-1] != "*":
            return self.key
        return (*self.key[:-1], *inferred[(self.asset or "").count("/") :])

    def names(self, key: str, names: Iterable[str]) -> bool:
        """Whether data with that inferred key (parts joined by `/`) and these names is meant."""
        if self.asset is not None and not matches(self.asset, key):
            return False
        return self.match is None or any(matches(self.match, name) for name in names)


class TaskCorrection(Correction):
    """What a task is to become, whatever was inferred."""

    role: Role

    @model_validator(mode="after")
    def _meant(self) -> TaskCorrection:
        if self.dag == "*" and self.task == "*":
            raise ValueError("it needs `dag` or `task`, which say what is meant")
        return self


def matches(pattern: str, text: str) -> bool:
    """Whether a text fits a pattern with `*` (anything, also `/`); all other characters stand for themselves."""
    return _compiled(pattern).fullmatch(text) is not None


@lru_cache(maxsize=4096)
def _compiled(pattern: str) -> re.Pattern[str]:
    pieces = [re.escape(piece) for piece in re.split(r"\*+", pattern)]
    return re.compile(".*".join(pieces), re.DOTALL)


def with_lines(tables: dict[str, Any], text: str, file: str) -> dict[str, Any]:
    """The content of a settings file in which each `[[assets]]` and `[[tasks]]` knows its line.

    Inline tables (`assets = [{...}]`) all get the line of the key.
    """
    done = dict(tables)
    for name in ("assets", "tasks"):
        entries = tables.get(name)
        if not isinstance(entries, list):
            continue
        heads = [
            text.count("\n", 0, found.start()) + 1
            for found in re.finditer(rf"^[ \t]*(?:\[\[[ \t]*{name}[ \t]*\]\]|{name}[ \t]*=)", text, re.MULTILINE)
        ]
        done[name] = [
            {**entry, "line": heads[min(number, len(heads) - 1)] if heads else 0, "file": file}
            if isinstance(entry, dict) and not {"line", "file"} & entry.keys()
            else entry
            for number, entry in enumerate(entries)
        ]
    return done
