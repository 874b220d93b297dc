"""What the programs that shell commands call do to data: one function for each family of programs, found by the program's name.

Comes in: the words of a command. Goes out: `Effects`: paths and tables read and written, SQL, scripts that are run. A program that is not
known has no effects but its redirections.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import field

from migrator.analyzers.io.shell import Command
from migrator.model.frozen import dataclass


@dataclass(frozen=True, slots=True)
class Sql:
    """SQL that a client runs: its text, or the file that holds it."""

    system: str
    text: str | None = None
    file: str | None = None
    database: str = ""
    """What the client is told to work in."""
    variables: tuple[tuple[str, str], ...] = ()
    """Names and values of the client's own variables, which the SQL may use."""


@dataclass(frozen=True, slots=True)
class ScriptRun:
    """A script of the folder that is run: `language` is `python`, `shell` or `notebook`."""

    language: str
    path: str
    args: tuple[str, ...] = ()


@dataclass(slots=True)
class Effects:
    """What one command does. Paths may be URLs; `tables` are (direction is output, name, system)."""

    reads: list[str] = field(default_factory=list)
    writes: list[str] = field(default_factory=list)
    removes: list[str] = field(default_factory=list)
    apis: list[str] = field(default_factory=list)
    tables: list[tuple[bool, str, str]] = field(default_factory=list)
    models: list[tuple[bool, str, str]] = field(default_factory=list)
    sql: list[Sql] = field(default_factory=list)
    scripts: list[ScriptRun] = field(default_factory=list)
    inner: list[str] = field(default_factory=list)
    """Scripts given as text (`bash -c`)."""
    code: list[str] = field(default_factory=list)
    """Python given as text (`python -c`, a here-document)."""
    streams: list[tuple[bool, str, str]] = field(default_factory=list)
    """As `tables`."""
    dbt: list[tuple[str, ...]] = field(default_factory=list)
    """Words of calls of dbt, without `dbt` itself."""


@dataclass(frozen=True, slots=True)
class Call:
    """A program's name, its options (the last of each), and its other words. `given` lists all options with their values."""

    program: str
    words: tuple[str, ...]
    options: Mapping[str, str]
    plain: tuple[str, ...]
    given: tuple[tuple[str, str], ...] = ()

    def option(self, *names: str) -> str | None:
        """The value of the first of these options that is given."""
        return next((self.options[name] for name in names if name in self.options), None)

    def all(self, *names: str) -> list[str]:
        """The values of these options, in order."""
        return [value for name, value in self.given if name in names]


Handler = Callable[[Call, Command, Effects], None]


@dataclass(frozen=True, slots=True)
class Program:
    """How a program is read: `values` are the options that take the next word."""

    handler: Handler
    values: frozenset[str] = frozenset()


def effects_of(command: Command) -> Effects:
    """What a command does, redirections included."""
    effects = Effects()
    if command.words:
        program = posixpath.basename(command.words[0])
        program = program.removesuffix(".sh") if program.startswith("kafka-") else program
        known = _programs().get(program) or _programs().get(program.rstrip("0123456789."))
        if known is not None:
            known.handler(call_of(program, command.words[1:], known.values), command, effects)
    if command.words[:1] != ["echo"] or command.writes:
        effects.reads += command.reads
    effects.writes += command.writes
    return effects


def is_program(command: str) -> bool:
    """Whether a command's first word calls a program that is known here."""
    words = command.split(maxsplit=1)
    return bool(words) and posixpath.basename(words[0]).rstrip("0123456789.") in _programs()


_CLUSTERING = frozenset({"psql", "vsql", "mysql", "mysqldump", "pg_dump", "sqlcmd", "beeline", "hive"})
"""Programs whose short options stand together, the last one with its value."""
_CLUSTER = re.compile(r"-[A-Za-z]{2,6}$")


def call_of(program: str, words: Sequence[str], values: frozenset[str]) -> Call:
    """The words told apart into options and others; behind `--` all are others."""
    given: list[tuple[str, str]] = []
    plain: list[str] = []
    pending: str | None = None
    for index, word in enumerate(words):
        if pending is not None:
            given.append((pending, word))
            pending = None
        elif word == "--":
            plain.extend(words[index + 1 :])
            break
        elif word.startswith("-") and len(word) > 1:
            name, separator, value = word.partition("=")
            if separator and name.startswith("--"):
                given.append((name, value))
            elif word in values:
                pending = word
            elif program in _CLUSTERING and _CLUSTER.match(word) and f"-{word[-1]}" in values:
                pending = f"-{word[-1]}"  # psql -Atc "SQL"
            elif word[:2] in values and not word.startswith("--"):
                given.append((word[:2], word[2:]))  # -ofile
            else:
                given.append((name, value))
        else:
            plain.append(word)
    return Call(program, tuple(words), dict(given), tuple(plain), tuple(given))


_KNOWN: dict[str, Program] = {}


def _programs() -> Mapping[str, Program]:
    if not _KNOWN:
        from migrator.analyzers.io.programs import cloud, conversion, databases, files, runners, spatial

        for module in (files, conversion, cloud, databases, runners, spatial):
            _KNOWN.update(module.PROGRAMS)
    return _KNOWN


def copied(effects: Effects, words: Sequence[str], *, move: bool = False, folders: bool = False) -> None:
    """`source… target`: into a folder the copy has the source's name."""
    if len(words) < 2:
        return
    *sources, target = words
    effects.reads += sources
    if move:
        effects.removes += sources
    for source in sources:
        base = posixpath.basename(source.rstrip("/"))
        into = (target.endswith("/") or len(sources) > 1) and not folders and base and "*" not in base and source != "-"
        effects.writes.append(f"{target.rstrip('/')}/{base}" if into else target)
