"""Files that a shell command reads and writes: redirections, copies, downloads, object stores.

Only what the command says itself. What the programs that it starts do (`python train.py`, `dbt run`) is not in the command, so no
name is made up for it.
"""

from __future__ import annotations

import itertools
import posixpath
from collections.abc import Iterable, Iterator, Mapping

from migrator.analyzers.io.context import Found, IoContext, make_ref, span_of, values_of
from migrator.analyzers.io.names import usable
from migrator.analyzers.io.shell import Command, commands
from migrator.model.airflow import Task
from migrator.model.assets import AssetRef, Confidence, Direction
from migrator.model.source import Span

_FALLBACK_ARGUMENTS = ("bash_command",)
_FILE_ENDINGS = (".sh", ".bash")
_DEVICES = ("/dev/", "/proc/", "/sys/")
_WITH_VALUE = {
    "aws": frozenset(
        {"--profile", "--region", "--exclude", "--include", "--acl", "--sse", "--storage-class", "--endpoint-url"}
    ),
    "gsutil": frozenset({"-h", "-o", "-x"}),
    "cp": frozenset({"-t", "--target-directory"}),
    "gcloud": frozenset({"--project", "--account"}),
}
"""Options that take the next word as their value."""


def bash_refs(task: Task, context: IoContext) -> Found:
    """References of all shell arguments."""
    rule = context.rule(task)
    arguments = rule.command if rule is not None else _FALLBACK_ARGUMENTS
    refs: list[AssetRef] = []
    for argument in arguments:
        for value in values_of(task, argument):
            span = span_of(task, argument)
            if isinstance(value, str) and value.endswith(_FILE_ENDINGS):
                found = context.template_file(value)
                if found is None:
                    continue
                span, value = Span(found[0], 1), found[1]
            text = context.visible(value, task)
            if text is not None:
                refs += _script_refs(text, task, context, span)
    return refs, []


def _script_refs(text: str, task: Task, context: IoContext, span: Span) -> Iterator[AssetRef]:
    given = task.option("env")
    env = {
        key: shown
        for key, value in (given.items() if isinstance(given, Mapping) else ())
        if isinstance(key, str) and (shown := context.visible(value, task)) is not None
    }
    cwd = context.visible(task.option("cwd"), task)
    found = commands(text, env)
    if found is None:
        return
    reads: dict[str, str] = {}
    writes: dict[str, str] = {}
    for command in found:
        moved = _effects(command)
        for path in moved.reads:
            name = _name(path, command.folder, cwd)
            if name is not None and name not in writes:
                reads.setdefault(name, moved.why)
        for path in moved.writes:
            name = _name(path, command.folder, cwd)
            if name is not None:
                writes.setdefault(name, moved.why)
        for path in moved.removes:
            name = _name(path, command.folder, cwd)
            for gone in [written for written in writes if name and (written == name or written.startswith(f"{name}/"))]:
                del writes[gone]
    for direction, names in ((Direction.INPUT, reads), (Direction.OUTPUT, writes)):
        for name, why in names.items():
            yield make_ref(direction, "object" if "://" in name else "file", name, Confidence.LIKELY, span, why)


class _Effects:
    """What one command does to files."""

    def __init__(self, why: str) -> None:
        self.why = why
        self.reads: list[str] = []
        self.writes: list[str] = []
        self.removes: list[str] = []


def _effects(command: Command) -> _Effects:
    words = [*command.words]
    program = posixpath.basename(words[0]) if words else ""
    effects = _Effects(f"`{program}` reads or writes it" if program else "the command writes it")
    effects.writes += command.writes
    effects.reads += command.reads
    options, plain = _split(program, words[1:])
    if program in ("cp", "mv", "rsync", "install") and "-d" not in options:
        target = next((value for option, value in options.items() if option in ("-t", "--target-directory")), None)
        _copy(effects, plain if target is None else [*plain, f"{target}/"], program == "mv")
    elif program == "aws" and plain[:1] == ["s3"] and plain[1:2] in (["cp"], ["mv"], ["sync"]):
        _copy(effects, plain[2:], plain[1] == "mv", folders=plain[1] == "sync" or "--recursive" in options)
    elif program == "gsutil" and plain[:1] in (["cp"], ["mv"], ["rsync"]):
        _copy(effects, plain[1:], plain[0] == "mv", folders=plain[0] == "rsync" or "-r" in options)
    elif program == "gcloud" and plain[:2] in (["storage", "cp"], ["storage", "mv"], ["storage", "rsync"]):
        _copy(effects, plain[2:], plain[1] == "mv", folders=plain[1] == "rsync" or "-r" in options)
    elif program == "rm":
        effects.removes += plain
    elif program == "cat" and command.writes:
        effects.reads += plain
    elif program == "tee":
        effects.writes += plain
    elif program in ("curl", "wget"):
        name = "-o" if program == "curl" else "-O"
        following = [word for option, word in itertools.pairwise(words) if option in (name, "--output")]
        effects.writes += [word for word in following if word != "-"]
    return effects


def _split(program: str, words: Iterable[str]) -> tuple[dict[str, str], list[str]]:
    """Options and other words."""
    options: dict[str, str] = {}
    plain: list[str] = []
    takes = _WITH_VALUE.get(program, frozenset())
    pending: str | None = None
    for word in words:
        if pending is not None:
            options[pending], pending = word, None
        elif word.startswith("-") and len(word) > 1:
            name, _, value = word.partition("=")
            options[name] = value
            pending = name if name in takes and not value else None
        else:
            plain.append(word)
    return options, plain


def _copy(effects: _Effects, words: list[str], move: bool, folders: bool = False) -> None:
    """`source… target`: into a folder the copy has the source's name."""
    if len(words) < 2:
        return
    *sources, target = words
    effects.reads += sources
    if move:
        effects.removes += sources
    for source in sources:
        base = posixpath.basename(source.rstrip("/"))
        into = (target.endswith("/") or len(sources) > 1) and not folders and base
        effects.writes.append(f"{target.rstrip('/')}/{base}" if into else target)


def _name(path: str, folder: str | None, cwd: str | None) -> str | None:
    """The name of a file that outlives the command: a relative path is in a temporary folder unless the task says where it runs."""
    if path.startswith(_DEVICES) or path in ("-", "/dev/null") or "{?}" in path or "*" in path:
        return None
    start = folder if folder is None or folder.startswith(("/", "{")) else (f"{cwd}/{folder}" if cwd else None)
    base = start or cwd
    if "://" not in path and not path.startswith(("/", "{", "~")):
        if base is None:
            return None
        path = f"{base}/{path}"
    if "://" not in path:
        path = posixpath.normpath(path)
    return None if path in ("/", ".") or "{?}" in path or path.endswith(".log") else usable(path)
