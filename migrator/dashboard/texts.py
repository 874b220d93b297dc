"""Markdown and addresses for Dagster's UI, out of names that may hold anything."""

from __future__ import annotations

import hashlib
import html
import re
from collections.abc import Iterable
from functools import lru_cache
from urllib.parse import quote

INLINE = 1000
"""The UI shows Markdown in metadata without a click where it is shorter than this many characters."""

_UNSAFE = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
_KEY = re.compile(r"[A-Za-z0-9_]{1,100}")
_SIGNS = re.compile(r"([\\`*_\[\]|~#!])")


def plain(text: str, limit: int = 120) -> str:
    """Text on one line, without control or direction characters, not longer than `limit`."""
    line = " ".join(_UNSAFE.sub(" ", text).split())
    return line if len(line) <= limit else f"{line[: limit - 1]}…"


def escaped(text: str, limit: int = 120) -> str:
    """Text as it is, for Markdown: nothing in it is a link, an emphasis, a table or markup."""
    return _escape(plain(text, limit))


def _escape(line: str) -> str:
    return _SIGNS.sub(r"\\\1", html.escape(line, quote=False))


def prose(text: str, limit: int = 160) -> str:
    """Text of ours, in which `names` stand between backticks: they stay code, the rest cannot be markup."""
    parts = plain(text, limit).split("`")
    if len(parts) % 2 == 0:
        return _escape(plain(text, limit))
    return "".join(f"`{part}`" if index % 2 else _escape(part) for index, part in enumerate(parts))


def bullets(lines: Iterable[str], limit: int = INLINE - 60) -> str:
    """A list of lines that are Markdown already, as many as fit."""
    lines = list(lines)
    shown: list[str] = []
    used = 0
    for line in lines:
        used += len(line) + 3
        if used > limit and shown:
            break
        shown.append(f"- {line}")
    rest = len(lines) - len(shown)
    return "\n".join([*shown, *([f"- … and {rest:,} more"] if rest else [])])


@lru_cache(maxsize=100_000)
def key_part(dag_id: str) -> str:
    """A DAG's id as the last part of an asset key: unique among ids, letters, digits and `_` only, never `status`."""
    if _KEY.fullmatch(dag_id) and dag_id != "status":
        return dag_id
    digest = hashlib.sha256(dag_id.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return re.sub(r"[^A-Za-z0-9_]", "_", dag_id)[:90].strip("_") + f"_{digest}"


def owner(name: str) -> str:
    """An owner as Dagster wants it: an e-mail address, or `team:` and a word."""
    if re.fullmatch(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}", name):
        return name
    return "team:" + (re.sub(r"[^A-Za-z0-9_]+", "_", name).strip("_")[:60] or "unnamed")


class Links:
    """Addresses in Dagster's UI. `base` stands before them: empty where the UI is at the root of its host."""

    def __init__(self, base: str, prefix: str) -> None:
        self.base = base.rstrip("/")
        self.prefix = prefix

    def status(self) -> str:
        return f"{self.base}/assets/{self.prefix}/status"

    def dag(self, dag_id: str) -> str:
        return f"{self.base}/assets/{self.prefix}/{key_part(dag_id)}"

    def asset(self, key: Iterable[str]) -> str:
        return "/".join([f"{self.base}/assets", *(quote(part, safe="") for part in key)])

    def catalog(self, selection: str) -> str:
        return f"{self.base}/assets?asset-selection={quote(selection, safe='')}"

    def lineage(self, selection: str) -> str:
        opened = quote(f"global@global:{self.prefix}", safe="")
        return f"{self.base}/asset-groups~{quote(selection, safe='')}/?expanded={opened}"

    def all_dags(self) -> str:
        return f'group:"{self.prefix}/*"'
