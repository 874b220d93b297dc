"""Writes which arguments of which operators are templates, from the classes of an Airflow environment.

    AIRFLOW_PYTHON tools/record_template_fields.py > migrator/analyzers/templates/fields.txt

Run it with a Python that has Airflow 3 and as many providers as can be installed. One class a line: its qualified name, its
`template_fields`, its `template_ext`, each joined by commas (`-`: none). Modules that cannot be imported are named on standard error.
"""

from __future__ import annotations

import importlib
import inspect
import os
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

os.environ.setdefault("AIRFLOW_HOME", tempfile.mkdtemp(prefix="airflow-home-"))
os.environ["AIRFLOW__LOGGING__LOGGING_LEVEL"] = "CRITICAL"

KINDS = {"operators", "sensors", "transfers", "decorators"}


def main() -> None:
    import airflow.providers
    from airflow.sdk import BaseOperator

    found: dict[str, str] = {}
    for name in modules(airflow.providers.__path__):
        parts = name.split(".")
        if KINDS.isdisjoint(parts) or {"tests", "example_dags"} & set(parts):
            continue
        try:
            members = vars(importlib.import_module(name))
        except BaseException as error:
            print(f"{name}: {type(error).__name__}: {str(error)[:100]}", file=sys.stderr)
            continue
        for cls in list(members.values()):
            if inspect.isclass(cls) and issubclass(cls, BaseOperator) and cls.__module__ == name:
                found[f"{cls.__module__}.{cls.__qualname__}"] = line(cls)
    print("# Which arguments of operators are templates: class, `template_fields`, `template_ext` (`-`: none).")
    print("# Recorded from Airflow 3.3 and the providers of its time by `tools/record_template_fields.py`.")
    print("\n".join(f"{name} {found[name]}" for name in sorted(found)))


def modules(paths: Iterable[str]) -> Iterator[str]:
    """The providers' modules. (`pkgutil` does not see into packages without `__init__.py`, such as `airflow.providers.common`.)"""
    for root in map(Path, paths):
        for file in sorted(root.rglob("*.py")):
            relative = file.relative_to(root).with_suffix("")
            yield ".".join(("airflow.providers", *relative.parts)).removesuffix(".__init__")


def line(cls: type) -> str:
    return f"{joined(getattr(cls, 'template_fields', ()))} {joined(getattr(cls, 'template_ext', ()))}"


def joined(values: object) -> str:
    items = [values] if isinstance(values, str) else list(values) if isinstance(values, (list, tuple, set)) else []
    return ",".join(sorted({item for item in items if isinstance(item, str)})) or "-"


if __name__ == "__main__":
    main()
