"""Records how often sensors look and how long they wait by themselves, where their classes say otherwise than Airflow's base class.

    python -m tools.record_sensor_times FOLDER > tests/operators/sensor_times.txt

FOLDER holds unpacked sdists or wheels of Airflow's providers (`airflow/providers/...` somewhere below it); nothing of them is run. One class
a line: its `poke_interval`, the one that it takes with `deferrable=True`, its `timeout`, in seconds (`-`: that of the base class).
"""

from __future__ import annotations

import ast
import sys
from pathlib import Path

from migrator.operators import builtin_rules
from tools.record_operator_arguments import read

Classes = dict[str, tuple[ast.ClassDef, dict[str, str]]]


def main() -> None:
    classes = read(Path(sys.argv[1]))
    print(
        "# Sensors' own `poke_interval`, that with `deferrable=True`, and `timeout`; recorded from the providers' sdists by"
    )
    print("# `tools/record_sensor_times.py`.")
    for name in sorted({name for rule in builtin_rules() for name in rule.operators if "Sensor" in name}):
        found = times(name, classes)
        if found:
            print(name, *(found.get(key, "-") for key in ("poke_interval", "deferred", "timeout")))


def times(name: str, classes: Classes) -> dict[str, float]:
    """The seconds that a class gives by the defaults of its `__init__`, or in the body of that, of its own or inherited."""
    if name not in classes:
        return {}
    node, names = classes[name]
    found: dict[str, float] = {}
    for base in node.bases:
        if isinstance(base, ast.Name):
            found |= times(names.get(base.id, ""), classes)
    init = next((part for part in node.body if isinstance(part, ast.FunctionDef) and part.name == "__init__"), None)
    if init is None:
        return found
    both = [*init.args.posonlyargs, *init.args.args][::-1]
    by_name = zip(init.args.kwonlyargs, init.args.kw_defaults, strict=True)
    for argument, default in (*zip(both, init.args.defaults[::-1], strict=False), *by_name):
        if argument.arg in ("poke_interval", "timeout") and (value := _number(default)) is not None:
            found[argument.arg] = value
    for branch in ast.walk(init):
        if isinstance(branch, ast.If) and "deferrable" in ast.unparse(branch.test):
            for value in filter(None, map(_interval, ast.walk(branch))):
                found["deferred"] = value
    return found


def _interval(node: ast.AST) -> float | None:
    """What `kwargs["poke_interval"] = 5` sets."""
    if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "kwargs['poke_interval']":
        return _number(node.value)
    return None


def _number(node: ast.expr | None) -> float | None:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
        left, right = _number(node.left), _number(node.right)
        return None if left is None or right is None else left * right
    if isinstance(node, ast.Constant) and isinstance(node.value, (int, float)):
        return float(node.value)
    return None


if __name__ == "__main__":
    main()
