"""Names in the generated project: the package, Python identifiers, environment variables' defaults."""

from __future__ import annotations

import builtins
import keyword
import re
import sys
from collections.abc import Collection

GENERATED_IMPORTS = {
    "asyncio": "import asyncio",
    "dg": "import dagster as dg",
    "dt": "import datetime as dt",
    "functools": "import functools",
    "glob": "import glob",
    "itertools": "import itertools",
    "json": "import json",
    "os": "import os",
    "pendulum": "import pendulum",
    "random": "import random",
    "secrets": "import secrets",
    "subprocess": "import subprocess",
    "time": "import time",
    "uuid": "import uuid",
    "Any": "from typing import Any",
    "Iterator": "from collections.abc import Iterator",
    "Path": "from pathlib import Path",
    "ZoneInfo": "from zoneinfo import ZoneInfo",
}
"""What generated code may refer to by a fixed name, and the statement that imports it."""

NOT_INPUTS = frozenset(
    {
        *("arg_dict", "bool", "conf", "config", "context", "dict", "float", "input", "input_arg_dict", "int"),
        *("meta", "output", "output_arg_dict", "str", "type"),
    }
)
"""Names that Dagster allows for no node, input or output (`DISALLOWED_NAMES` in `dagster/_core/definitions/utils.py`)."""

_TAKEN_PACKAGES = frozenset({"dagster", "defs", "lib", "src", "tests", "migrator"})


def identifier(text: str, fallback: str = "item") -> str:
    """A Python identifier made of any text, case kept: `Load orders!` becomes `Load_orders`.

    Never a keyword; a leading digit gets an underscore in front.
    """
    name = re.sub(r"[^0-9a-zA-Z_]+", "_", text).strip("_") or fallback
    if name[0].isdigit():
        name = f"_{name}"
    return f"{name}_" if keyword.iskeyword(name) or name in dir(builtins) else name


def class_name(text: str) -> str:
    """`churn_training` becomes `ChurnTraining`."""
    words = re.split(r"[^0-9a-zA-Z]+", text)
    name = "".join(word[:1].upper() + word[1:] for word in words if word) or "Dag"
    return f"Dag{name}" if name[0].isdigit() else name


def package_name(name: str, taken: Collection[str]) -> str:
    """The import name of a project called `name`, unlike any package that its code imports (`taken`)."""
    package = re.sub(r"[^0-9a-z]+", "_", name.lower()).strip("_") or "project"
    if package[0].isdigit():
        package = f"project_{package}"
    if (
        package in taken
        or package in _TAKEN_PACKAGES
        or package in sys.stdlib_module_names
        or keyword.iskeyword(package)
    ):
        package = f"{package}_dagster"
    return package


def distribution_name(name: str) -> str:
    """The name for `[project]` in pyproject.toml."""
    return re.sub(r"[^0-9a-z]+", "-", name.lower()).strip("-") or "project"


def plural(word: str) -> str:
    """What several are called.

    >>> plural("table"), plural("city"), plural("key"), plural("branch"), plural("tables")
    ('tables', 'cities', 'keys', 'branches', 'tables')
    """
    if word.endswith("s"):
        return word
    if re.search(r"[^aeiou_]y$", word):
        return f"{word[:-1]}ies"
    return f"{word}es" if word.endswith(("x", "z", "ch", "sh")) else f"{word}s"


def unique(name: str, taken: Collection[str], suffix: str = "") -> str:
    """`name`; where taken, `name` + `suffix`; else the first of `name_2`, `name_3`... that is free."""
    if name not in taken:
        return name
    if suffix and f"{name}{suffix}" not in taken:
        return f"{name}{suffix}"
    number = 2
    while f"{name}_{number}" in taken:
        number += 1
    return f"{name}_{number}"
