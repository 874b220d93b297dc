"""Writes docs/operators.md: what the catalogue knows of all operators of Airflow's providers.

`python -m migrator.analyzers.io.catalogue.docs` renders the page from the catalogue and from the list of classes in docs/provider_operators.txt, and
prints the coverage. With `--providers FOLDER` the list is made anew from the sources of installed providers (`.../airflow/providers`), which are read
and not run. With `--check` it only tells whether the page is current.
"""

from __future__ import annotations

import ast
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from migrator.analyzers.io.catalogue import Entry, class_entry
from migrator.analyzers.io.catalogue.patterns import Optional, Placeholder, Reference

DOCS = Path(__file__).parents[4] / "docs"
TARGET, LISTED = DOCS / "operators.md", DOCS / "provider_operators.txt"

_ROOTS = frozenset(
    {"BaseOperator", "BaseSensorOperator", "BaseAsyncOperator", "BaseBranchOperator", "DecoratedOperator"}
)
_KINDS = ("names data", "runs code", "no data", "not listed")
_TWO_WORDS = frozenset({"apache", "common", "microsoft"})
_HEAD = """\
# Operators and the data in their arguments

What the arguments of an operator say that it reads and writes, and what the operator is for. Subclasses and old import paths count
too. *Runs code* means that the data of the code it runs can only be seen where its parameters name them.

*Made by `python -m migrator.analyzers.io.catalogue.docs` from the tables in `migrator/analyzers/io/catalogue/`; do not edit.*
"""

Classes = Mapping[str, Sequence[str]]
"""Qualified names of operator classes and of their bases."""


def main(arguments: list[str]) -> int:
    """0 if the page is, or is now, current; 1 if `--check` found that it is not."""
    if "--providers" in arguments:
        found = operator_classes(Path(arguments[arguments.index("--providers") + 1]))
        lines = [" ".join((name, *bases)) for name, bases in sorted(found.items())]
        LISTED.write_text("\n".join(lines) + "\n", encoding="utf-8")
    classes = listed_classes()
    text = render(classes)
    if "--check" in arguments:
        return 0 if TARGET.is_file() and TARGET.read_text(encoding="utf-8") == text else 1
    TARGET.write_text(text, encoding="utf-8")
    counts = Counter(kind_of(entry_of(name, classes)) for name in classes)
    print(f"{len(classes)} classes: " + ", ".join(f"{counts[kind]} {kind}" for kind in _KINDS))
    return 0


def listed_classes() -> Classes:
    """The classes of docs/provider_operators.txt."""
    rows = [line.split() for line in LISTED.read_text(encoding="utf-8").splitlines() if line]
    return {row[0]: row[1:] for row in rows}


def operator_classes(providers: Path) -> dict[str, list[str]]:
    """All operator and sensor classes below a folder `airflow/providers`, by qualified name, with their bases."""
    bases: dict[str, list[str]] = {}
    for path in sorted(providers.rglob("*.py")):
        parts = ("airflow", "providers", *path.relative_to(providers).with_suffix("").parts)
        if {"operators", "transfers", "sensors", "decorators"} & set(parts) and "example_dags" not in parts:
            bases |= _classes(path, ".".join(parts))
    by_name = defaultdict(list)
    for name in bases:
        by_name[name.rpartition(".")[2]].append(name)
    # A base may be imported from a module that only passes it on.
    bases = {
        name: [base if base in bases else _only(by_name[base.rpartition(".")[2]], base) for base in given]
        for name, given in bases.items()
    }

    def is_operator(name: str, seen: tuple[str, ...] = ()) -> bool:
        if name.rpartition(".")[2] in _ROOTS:
            return True
        return name not in seen and any(is_operator(base, (*seen, name)) for base in bases.get(name, ()))

    operators = {name for name in bases if is_operator(name)}
    return {name: [base for base in bases[name] if base in operators] for name in sorted(operators)}


def _only(found: Sequence[str], default: str) -> str:
    return found[0] if len(found) == 1 else default


def _classes(path: Path, module: str) -> dict[str, list[str]]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    known = {
        alias.asname or alias.name: f"{node.module}.{alias.name}"
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module
        for alias in node.names
    }
    found = {}
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            known[node.name] = f"{module}.{node.name}"
            names = [ast.unparse(base.value if isinstance(base, ast.Subscript) else base) for base in node.bases]
            found[f"{module}.{node.name}"] = [known.get(name, name) for name in names]
    return found


def entry_of(name: str, classes: Classes) -> Entry | None:
    """The entry of a class or of the first of its bases that has one."""
    return class_entry(name) or next(
        (entry for base in classes.get(name, ()) if (entry := entry_of(base, classes)) is not None), None
    )


def kind_of(entry: Entry | None) -> str:
    """One of the four columns of the page."""
    if entry is None:
        return "not listed"
    return "names data" if entry.names_data else "runs code" if entry.role == "job" else "no data"


def render(classes: Classes) -> str:
    """The whole page."""
    by_provider: dict[str, list[str]] = defaultdict(list)
    for name in classes:
        by_provider[provider_of(name)].append(name)
    rows = [f"| {provider} | {_row(names, classes)} |" for provider, names in sorted(by_provider.items())]
    table = [
        f"| Provider | Classes | {' | '.join(kind.capitalize() for kind in _KINDS)} |",
        "| --- | ---: | ---: | ---: | ---: | ---: |",
        *rows,
        f"| all | {_row(list(classes), classes)} |",
    ]
    parts = [_HEAD, "## Coverage", "", *table, ""]
    for provider, names in sorted(by_provider.items()):
        parts += _section(provider, names)
    return "\n".join(parts)


def _row(names: Sequence[str], classes: Classes) -> str:
    counts = Counter(kind_of(entry_of(name, classes)) for name in names)
    return " | ".join(str(number) for number in (len(names), *(counts[kind] for kind in _KINDS)))


def _section(provider: str, names: Iterable[str]) -> Iterator[str]:
    own = [(name, entry) for name in names if (entry := class_entry(name)) is not None and entry.names_data]
    if not own:
        return
    yield from (f"## {provider}", "", "| Operator | Role | Reads | Writes | Why |", "| --- | --- | --- | --- | --- |")
    for name, entry in sorted(own, key=lambda item: item[0].rpartition(".")[2]):
        sql = [f"SQL in `{one.argument}`" for one in entry.sql]
        given = [f"named in `{argument}`" for argument in entry.parameters]
        reads, writes = ([shown(reference) for reference in side] for side in (entry.reads, entry.writes))
        cells = (f"`{name.rpartition('.')[2]}`", entry.role, _cell([*reads, *sql, *given]), _cell(writes), entry.why)
        yield f"| {' | '.join(cells)} |"
    yield ""


def _cell(texts: Iterable[str]) -> str:
    return "<br>".join(dict.fromkeys(texts))


def shown(reference: Reference) -> str:
    """A reference in words: the form of its name, without conditions."""
    text = "".join(
        "[" + "".join(map(_piece, part.parts)) + "]" if isinstance(part, Optional) else _piece(part)
        for part in reference.parts
    )
    return f"{reference.kind} `{text}`".replace("|", r"\|")


def _piece(part: str | Placeholder) -> str:
    return part if isinstance(part, str) else "{" + " or ".join(part.paths) + "}"


def provider_of(name: str) -> str:
    """`apache.hive` of a class of that provider."""
    parts = name.split(".")[2:]
    return ".".join(parts[:2]) if parts[0] in _TWO_WORDS else parts[0]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
