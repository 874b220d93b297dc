"""A decorated function of the generated project while it is put together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from migrator.model.frozen import dataclass
from migrator.model.plan import Row


@dataclass(frozen=True, slots=True)
class Node:
    """The decorator's name and arguments, and the function below it. `operation` is the name of the operation that it renders."""

    decorator: str
    arguments: tuple[tuple[str, str], ...]
    function: str
    before: str = ""
    """Comments that stand above it."""
    operation: str = ""
    function_name: str = ""
    row: Row | None = None
    ins_alone: str | None = None
    """Its argument `ins` where it is no row of a factory."""

    def render(self, common: Mapping[str, str] | None = None) -> str:
        """The source; what `common` has of its arguments is taken from there."""
        common = common if self.decorator == "dg.asset" else None
        rest = [(name, value) for name, value in self.arguments if common is None or common.get(name) != value]
        shown = [f"{name}={value}" for name, value in rest]
        if common is not None and len(rest) < len(self.arguments):
            shown.insert(0, "**common")
        arguments = f"({', '.join(shown)})" if shown else ""
        return f"{self.before}@{self.decorator}{arguments}\n{self.function}"

    def renamed(self, name: str) -> Node:
        """The same with a function of its own, of another name; Dagster knows it as before."""
        function = self.function.replace(f"def {self.function_name}(", f"def {name}(", 1)
        arguments = dict(self.arguments)
        if self.decorator == "dg.op" and arguments.get("name") == f'"{name}"':
            del arguments["name"]
        if self.ins_alone is not None and "ins" in arguments:
            arguments["ins"] = self.ins_alone
        kept = tuple((key, value) for key, value in arguments.items() if value)
        return replace(self, arguments=kept, function=function, function_name=name, row=None)
