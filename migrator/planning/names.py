"""Names that Python and Dagster accept, made of ids that Airflow accepts."""

from __future__ import annotations

import builtins
import keyword
import re
import unicodedata
from collections.abc import Collection

RESERVED = frozenset(
    {*keyword.kwlist, *keyword.softkwlist, *dir(builtins)}
    | {"context", "config", "dg", "dt", "json", "os", "self", "defs", "lib"}
)
"""Names that a generated function, parameter or module must not take."""


def plain(text: str) -> str:
    """The text without accents and other marks on its letters.

    >>> plain("über")
    'uber'
    """
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode() if not text.isascii() else text


def identifier(text: str, fallback: str = "task") -> str:
    """A lower-case Python identifier: every run of other characters becomes one `_`.

    >>> identifier("Load orders (v2)")
    'load_orders_v2'
    >>> identifier("2nd")
    'n_2nd'
    """
    name = re.sub(r"[^0-9a-zA-Z]+", "_", plain(text)).strip("_").lower()
    if not name:
        return fallback
    return f"n_{name}" if name[0].isdigit() else name


def key_part(text: str) -> str:
    """A part of an asset key: letters, digits and `_`, case as it is.

    >>> key_part("my-dag.v2")
    'my_dag_v2'
    """
    return re.sub(r"[^0-9a-zA-Z_]", "_", plain(text)) or "_"


def env_name(text: str) -> str:
    """The name of an environment variable.

    >>> env_name("churn-threshold")
    'CHURN_THRESHOLD'
    """
    name = re.sub(r"[^0-9A-Z_]+", "_", plain(text).upper()).strip("_") or "VALUE"
    return f"_{name}" if name[0].isdigit() else name


def tag_text(text: str) -> str:
    """A tag's key or value: at most 63 of letters, digits, `_`, `.`, `-`.

    >>> tag_text("owned by: sales/eu")
    'owned_by_sales_eu'
    """
    return re.sub(r"[^0-9a-zA-Z_.-]+", "_", plain(text)).strip("_")[:63]


def unique(name: str, taken: Collection[str]) -> str:
    """The name itself, or with the first free number behind it.

    >>> unique("load", {"load", "load_2"})
    'load_3'
    """
    if name not in taken:
        return name
    number = 2
    while f"{name}_{number}" in taken:
        number += 1
    return f"{name}_{number}"


def python_name(text: str, taken: Collection[str] = (), suffix: str = "_task") -> str:
    """An identifier that is neither reserved nor taken."""
    name = identifier(text)
    if name in RESERVED:
        name += suffix
    return unique(name, taken)


def words(source: str) -> frozenset[str]:
    """All identifiers that stand anywhere in a piece of code, its strings and comments included."""
    return frozenset(re.findall(r"[^\W\d]\w*", source))
