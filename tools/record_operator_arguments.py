"""Records which arguments the operators take that rules name, from the source of the providers.

    python -m tools.record_operator_arguments FOLDER > tests/operators/provider_arguments.txt

FOLDER holds unpacked sdists or wheels of Airflow's providers (`airflow/providers/...` somewhere below it). Nothing of them is run:
the arguments of a class are those of its `__init__` and, as far as that takes `**kwargs`, of its bases'.
"""

from __future__ import annotations

import ast
import sys
from pathlib import Path

from migrator.operators import builtin_rules


def main() -> None:
    classes = read(Path(sys.argv[1]))
    wanted = sorted({operator for rule in builtin_rules() for operator in rule.operators if operator in classes})
    print(
        "# Arguments of operators, of their own and inherited from others of the providers; recorded from the providers' sdists by"
    )
    print("# `tools/record_operator_arguments.py`.")
    for name in wanted:
        print(name, ",".join(sorted(arguments(name, classes))) or "-")


def read(folder: Path) -> dict[str, tuple[ast.ClassDef, dict[str, str]]]:
    """Each class of the providers with the names that its module imports or defines."""
    found: dict[str, tuple[ast.ClassDef, dict[str, str]]] = {}
    for path in sorted(folder.rglob("airflow/providers/**/*.py")):
        parts = path.with_suffix("").parts
        module = ".".join(parts[len(parts) - parts[::-1].index("airflow") - 1 :])
        tree = ast.parse(path.read_text(encoding="utf-8"))
        names: dict[str, str] = {}
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.module:
                names |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
        own = [node for node in tree.body if isinstance(node, ast.ClassDef)]
        names |= {node.name: f"{module}.{node.name}" for node in own}
        found |= {f"{module}.{node.name}": (node, names) for node in own}
    return found


def arguments(name: str, classes: dict[str, tuple[ast.ClassDef, dict[str, str]]]) -> set[str]:
    """The names of all arguments that a class takes."""
    if name not in classes:
        return set()
    node, names = classes[name]
    init = next((part for part in node.body if isinstance(part, ast.FunctionDef) and part.name == "__init__"), None)
    found: set[str] = set()
    if init is not None:
        found = {given.arg for given in (*init.args.posonlyargs, *init.args.args, *init.args.kwonlyargs)} - {"self"}
        found |= _of_typed_dict(init)
    if init is None or init.args.kwarg is not None:
        for base in node.bases:
            target = base.value if isinstance(base, ast.Subscript) else base
            if isinstance(target, ast.Name):
                found |= arguments(names.get(target.id, ""), classes)
    return found


def _of_typed_dict(init: ast.FunctionDef) -> set[str]:
    """Keys that the body takes out of `**kwargs` by itself."""
    return {
        call.args[0].value
        for call in ast.walk(init)
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and call.func.attr in ("pop", "get")
        and isinstance(call.func.value, ast.Name)
        and call.func.value.id == "kwargs"
        and call.args
        and isinstance(call.args[0], ast.Constant)
        and isinstance(call.args[0].value, str)
    }


if __name__ == "__main__":
    main()
