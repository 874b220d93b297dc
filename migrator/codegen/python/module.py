"""One generated Python module while it is put together."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from migrator.codegen.python.code import Code
from migrator.codegen.python.naming import unique

_BINDS = re.compile(r"(?:from (?P<module>\S+) )?import (?P<name>[\w.*]+)(?: as (?P<alias>\w+))?$")
_QUOTES = re.compile(r'"{3,}|"\Z')
_SAME_MEANING = frozenset({"Iterator", "Any"})
"""Names that `typing` and `collections.abc` both give."""


def imported_name(statement: str) -> str:
    """The name that an import statement of one name binds."""
    found = _BINDS.match(statement)
    if found is None:
        return ""
    return found["alias"] or (found["name"] if found["module"] else found["name"].partition(".")[0])


@dataclass
class Module:
    """`path` is relative to the project and `name` the dotted name, by which others import from it.

    What is read from top to bottom: `carried` (the team's own code, by its place in the DAG folder), `setup` (constants, classes), `blocks` (what Dagster
    loads). `taken` are all module-level names, `lists` the names of lists that factories have their rows from, by the name that each asked for and its text.
    """

    path: str
    name: str
    docstring: str = ""
    imports: dict[str, None] = field(default_factory=dict)
    carried: dict[tuple[str, int, int | str], str] = field(default_factory=dict)
    setup: list[str] = field(default_factory=list)
    blocks: list[str] = field(default_factory=list)
    taken: set[str] = field(default_factory=set)
    lists: dict[tuple[str, str], str] = field(default_factory=dict)

    def use(self, code: Code) -> str:
        """The text of an expression; its imports are added."""
        self.need(code.imports)
        return code.text

    def need(self, statements: Iterable[str]) -> None:
        """Adds import statements, each of one name, in a stable order; those of the module itself are not needed."""
        for statement in sorted(statements):
            if statement.startswith(f"from {self.name} import "):
                continue
            name = imported_name(statement)
            known = {imported_name(other) for other in self.imports}
            if name in _SAME_MEANING and name in known:
                continue
            self.imports[statement] = None
            self.taken.add(name)

    def claim(self, name: str, suffix: str = "") -> str:
        """A module-level name that nobody uses yet, as near to `name` as can be."""
        found = unique(name, self.taken, suffix)
        self.taken.add(found)
        return found

    @property
    def loads_definitions(self) -> bool:
        """Dagster reads its annotations when it loads the module."""
        return ".defs." in self.name and not self.name.endswith(".logic")

    @property
    def empty(self) -> bool:
        return not (self.blocks or self.carried or self.setup)

    def render(self) -> str:
        """The module's text, before it is formatted."""
        head = f"{docstring(self.docstring)}\n" if self.docstring else ""
        carried = [self.carried[place] for place in sorted(self.carried, key=str_place)]
        text = ""
        for part in ["\n".join(self.imports), *_together([*carried, *self.setup]), *_together(self.blocks, "\n\n")]:
            part = part.strip("\n")
            if part:
                text += f"{part}\n\n\n"
        return head + text.rstrip("\n") + "\n"


def _together(parts: Iterable[str], between: str = "\n") -> list[str]:
    """The parts, with neighbouring statements that define no function or class in one paragraph."""
    found: list[str] = []
    previous = False
    for part in (part.strip("\n") for part in parts):
        lines = [line for line in part.split("\n") if not line.startswith("#")]
        simple = len(lines) == 1 and not lines[0].startswith(
            ("def ", "async ", "class ", "@", "if ", "try", "for ", "with ")
        )
        if simple and previous:
            found[-1] += between + part
        else:
            found.append(part)
        previous = simple
    return found


def str_place(place: tuple[str, int, int | str]) -> tuple[str, int, str]:
    """A sort key: by file, by offset, by number."""
    return place[0], place[1], str(place[2])


def docstring(text: str, indent: str = "") -> str:
    """A docstring of any text; lines below the first are indented like it."""
    lines = [line.rstrip() for line in inspect.cleandoc(text).strip().splitlines()]
    escaped = _QUOTES.sub(lambda found: '\\"' * len(found[0]), "\n".join(lines).replace("\\", "\\\\"))
    rows = escaped.split("\n")
    if len(rows) == 1:
        return f'{indent}"""{rows[0]}"""'
    body = "\n".join(f"{indent}{row}" if row else "" for row in rows[1:])
    return f'{indent}"""{rows[0]}\n{body}\n{indent}"""'
