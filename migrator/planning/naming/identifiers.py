"""Names that Python and Dagster accept, made of ids that Airflow accepts."""

from __future__ import annotations

import ast
import builtins
import functools
import io
import keyword
import re
import tokenize
from collections.abc import Collection, Iterable

from migrator.model.tags import plain, tag_text

__all__ = [
    "RESERVED",
    "env_name",
    "identifier",
    "key_part",
    "otherwise",
    "parameter_name",
    "plain",
    "python_name",
    "tag_text",
    "unique",
    "variables",
    "words",
]

RESERVED = frozenset(
    {*keyword.kwlist, *keyword.softkwlist, *dir(builtins)}
    | {"conf", "meta", "output", "arg_dict", "input_arg_dict", "output_arg_dict"}  # refused by Dagster
    | {"context", "config", "dg", "dt", "json", "os", "self", "defs", "lib"}
)
"""Names that a generated function, parameter or module must not take."""
_OTHERWISE = {"execution_date": "logical_date"}
"""Usual names for one thing."""


@functools.lru_cache(maxsize=20_000)
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


@functools.lru_cache(maxsize=20_000)
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


def otherwise(name: str, taken: Collection[str]) -> str:
    """The name, another usual one for the same, or it with a number: the first that is not taken.

    >>> otherwise("execution_date", {"execution_date"})
    'logical_date'
    """
    other = _OTHERWISE.get(name, name)
    return other if name in taken and other not in taken else unique(name, taken)


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


def parameter_name(wish: str) -> str:
    """What a parameter is called that should be called `wish`, which nothing in a generated function may be.

    >>> parameter_name("input"), parameter_name("conf"), parameter_name("rows")
    ('input_value', 'dag_run_conf', 'rows')
    """
    if wish == "conf":
        return "dag_run_conf"
    return f"{wish}_value".lstrip("_") if not wish or wish in RESERVED else wish


def python_name(text: str, taken: Collection[str] = (), suffix: str = "_task") -> str:
    """An identifier that is neither reserved nor taken."""
    name = identifier(text)
    if name in RESERVED:
        name += suffix
    return unique(name, taken)


def words(source: str) -> frozenset[str]:
    """All identifiers that stand anywhere in a piece of code, its strings and comments included."""
    return frozenset(re.findall(r"[^\W\d]\w*", source))


def without(source: str, holes: Iterable[tuple[int, int]]) -> str:
    """A source with `0` and white space where the `holes` (offsets) are: as long, and code as before."""
    for start, end in holes:
        blank = re.sub(r"[^\n]", " ", source[start + 1 : end])
        source = f"{source[:start]}0{blank}{source[end:]}" if end > start else source
    return source


def variables(source: str) -> frozenset[str]:
    """Names that a function's source reads or binds: no attributes, no keywords of calls, no words of plain strings. All words where the source
    is none that Python's tokenizer reads."""
    try:
        tokens = [token for token in tokenize.generate_tokens(io.StringIO(source).readline) if token.string.strip()]
    except (tokenize.TokenError, SyntaxError):
        return words(source)
    found: set[str] = set()
    depth = 0
    for before, token, after in zip([None, *tokens], tokens, [*tokens[1:], None], strict=False):
        depth += (token.string in "([{") - (token.string in ")]}")
        if token.type == tokenize.STRING and "f" in token.string[:3].lower().partition(token.string[-1])[0]:
            found |= _variables_of_f_string(token.string)
        elif token.type == tokenize.NAME:
            attribute = before is not None and before.string == "."
            keyword_of_call = depth > 0 and after is not None and after.string == "="
            if not attribute and not keyword_of_call:
                found.add(token.string)
    return frozenset(found)


def _variables_of_f_string(literal: str) -> frozenset[str]:
    """Names that stand between its braces. Before Python 3.12, the tokenizer does not look into one."""
    try:
        tree = ast.parse(literal, mode="eval")
    except (SyntaxError, ValueError):
        return words(literal)
    return frozenset(node.id for node in ast.walk(tree) if isinstance(node, ast.Name))
