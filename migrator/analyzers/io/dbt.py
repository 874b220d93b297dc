"""What a task that runs dbt reads and writes: `dbt run --select ...` in a shell command, and operators that stand for one such command.

Comes in: a task. Goes out: references to the tables of the models, seeds and snapshots that the selection means, and of the sources below them. A
job of dbt Cloud is only an id, so it tells nothing.
"""

from __future__ import annotations

import posixpath
import re
import shlex
from collections.abc import Iterable, Iterator, Sequence

from migrator.analyzers.io.context import Found, IoContext, make_ref, span_of, values_of
from migrator.analyzers.io.dbt_project import DbtNode, DbtProject, load_project, only_project
from migrator.analyzers.io.dbt_select import select
from migrator.analyzers.source import Folder
from migrator.diagnostics import Diagnostic, diagnose
from migrator.model.airflow import Task
from migrator.model.assets import AssetRef, Confidence, Direction
from migrator.model.changed import replace
from migrator.model.frozen import dataclass
from migrator.model.source import Span
from migrator.model.values import Symbolic, Text, show

_MADE = {"run": {"model"}, "build": {"model", "seed", "snapshot"}, "seed": {"seed"}, "snapshot": {"snapshot"}}
"""What each command makes."""
_TESTING = frozenset({"test"})
_SELECT = frozenset({"--select", "-s", "--models", "--model", "-m"})
_WITH_VALUE = frozenset(
    {
        "--project-dir", "--profiles-dir", "--profile", "--target", "-t", "--vars", "--threads", "--selector", "--state", "--target-path",
        "--log-path", "--log-level", "--log-format", "--resource-type", "--defer-state", "--indirect-selection", "--event-time-start",
        "--event-time-end", "--sample",
    }
)  # fmt: skip
_OPERATOR = re.compile(
    r"^Dbt(Run|Build|Test|Seed|Snapshot)(?:Local|Virtualenv|Docker|Kubernetes|Aws\w+|Azure\w+|Gcp\w+)?Operator$"
)
_COMMANDS = ("bash_command", "command", "cmds", "arguments")
_MENTIONED = re.compile(r"\bdbt\b")
_MAX_COMMAND = 50_000


_COMMAND_WORD = re.compile(r"\bdbt\s+(?:-\S+\s+)*([a-z-]+)")
_ASIDE = frozenset({"deps", "debug", "clean", "ls", "list", "parse", "compile", "docs"})
"""Commands that neither make nor test data."""


def runs_only_tests(task: Task) -> bool:
    """Whether the task runs dbt for its tests alone."""
    operator = _operator(task)
    if operator is not None:
        return operator == "Test"
    found = {word for text in commands(task) for word in _COMMAND_WORD.findall(text)} - _ASIDE
    return bool(found) and found <= {"test", "source"}


def makes_models(task: Task) -> bool:
    """Whether the task runs dbt for its models, seeds or snapshots, wherever the project lies."""
    operator = _operator(task)
    if operator is not None:
        return operator != "Test"
    return any(word in _MADE for text in commands(task) for word in _COMMAND_WORD.findall(text))


def commands(task: Task) -> Iterator[str]:
    """The texts of a task's commands, as far as they are known."""
    for argument in _COMMANDS:
        given = task.option(argument)
        if given is None:
            continue
        words = given if isinstance(given, (list, tuple)) else [given]
        text = " ".join(
            show(word) if isinstance(word, (Text, Symbolic)) else word
            for word in words
            if isinstance(word, (str, Text, Symbolic))
        )
        if text and len(text) <= _MAX_COMMAND:
            yield text


def _operator(task: Task) -> str | None:
    """What the task's operator is named for: `Run`, `Test`...; None where it is none of dbt's."""
    for name in (task.operator, *task.bases):
        found = _OPERATOR.match(name.rpartition(".")[2])
        if found is not None:
            return found[1]
    return None


def dbt_task_refs(task: Task, context: IoContext) -> Found:
    """References of all dbt commands of a task."""
    refs: list[AssetRef] = []
    diagnostics: list[Diagnostic] = []
    for argv, directory, span in _runs(task, context):
        found, findings = dbt_refs(argv, directory, context.folder, span, task.task_id)
        refs += found
        diagnostics += findings
    return refs, diagnostics


def dbt_refs(argv: Sequence[str], project_dir: str | None, folder: Folder, span: Span, task_id: str = "") -> Found:
    """References of one command, `argv` being its words from `dbt` on.

    `project_dir` is where it runs unless it says so itself, relative to the analyzed folder or absolute; None where that is not known. MIG406
    where the project is not found, MIG407 where the selection is not understood.
    """
    call = _parsed(argv)
    if call is None or (call.command not in _MADE and call.command not in _TESTING):
        return [], []
    project, certain = _project(folder, call.project_dir or project_dir)
    if project is None:
        return [], [
            diagnose("MIG406", span, f"`{task_id}` runs `dbt {call.command}`, but its project is not in the folder")
        ]
    chosen = None if call.selector else select(project, call.select, call.exclude)
    if chosen is None:
        what = f"--selector {call.selector}" if call.selector else f"--select {' '.join((*call.select, *call.exclude))}"
        return [], [diagnose("MIG407", span, f"`{task_id}` runs `dbt {call.command} {what}`, which is not understood")]
    if call.select and not chosen:
        message = f"`{task_id}` runs `dbt {call.command} --select {' '.join(call.select)}`, which fits nothing in `{project.name}`"
        return [], [diagnose("MIG407", span, message)]
    confidence = Confidence.CERTAIN if certain else Confidence.LIKELY
    made = _made(project, chosen, call.command)
    refs = []
    for node in made:
        why = f"`dbt {call.command}` makes the {node.kind} `{node.name}`"
        ref = _ref(Direction.OUTPUT, node, project, confidence, why)
        refs.append(replace(ref, sources=tuple(one.relation for one in _stored_above(project, node.parents))))
    for node in _read(project, chosen, call.command, {node.id for node in made}):
        why = f"`dbt {call.command}` {'tests' if call.command in _TESTING else 'reads'} the {node.kind} `{node.name}`"
        refs.append(_ref(Direction.INPUT, node, project, confidence, why))
    return refs, []


def _ref(direction: Direction, node: DbtNode, project: DbtProject, confidence: Confidence, why: str) -> AssetRef:
    ref = make_ref(direction, "table", node.relation, confidence, Span(node.path, 1), why, system=project.system)
    return replace(ref, project=project.folder)


def _made(project: DbtProject, chosen: set[str], command: str) -> list[DbtNode]:
    kinds = _MADE.get(command, set())
    return [node for id, node in project.nodes.items() if id in chosen and node.kind in kinds and node.stored]


def _read(project: DbtProject, chosen: set[str], command: str, made: set[str]) -> list[DbtNode]:
    """Stored things that the selected nodes read and the command does not make itself; ephemeral models are looked through."""
    if command in _TESTING:
        front = [
            parent
            for id, node in project.nodes.items()
            if node.kind == "test" and (id in chosen or (not node.fqn and chosen & set(node.parents)))
            for parent in node.parents
        ]
    else:
        kinds = _MADE[command]
        front = [parent for id in chosen for parent in project.nodes[id].parents if project.nodes[id].kind in kinds]
    return [node for node in _stored_above(project, front) if node.id not in made]


def _stored_above(project: DbtProject, front: Iterable[str]) -> list[DbtNode]:
    """The stored ones of these nodes, and those that ephemeral ones among them read."""
    found: dict[str, DbtNode] = {}
    seen: set[str] = set()
    left = list(front)
    while left:
        id = left.pop()
        node = project.nodes.get(id)
        if node is None or id in seen:
            continue
        seen.add(id)
        if not node.stored:
            left += node.parents
        else:
            found[id] = node
    return [found[id] for id in sorted(found)]


def _project(folder: Folder, directory: str | None) -> tuple[DbtProject | None, bool]:
    """The project, and whether it is certainly that one: the only one of the folder is taken where the place is not known."""
    if directory is not None and "{" not in directory:
        inside = folder.relative(directory)
        project = load_project(folder, inside) if inside is not None else None
        if project is not None:
            return project, True
    only = only_project(folder)
    if only is None:
        return None, False
    named = posixpath.basename((directory or "").rstrip("/"))
    same = not named or "{" in named or named in (".", "..", posixpath.basename(only))
    return (load_project(folder, only), False) if same or directory is None else (None, False)


# --------------------------------------------------------------------------------------------------------------- commands


@dataclass(frozen=True, slots=True)
class _Call:
    command: str
    select: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    selector: str = ""
    project_dir: str | None = None


def _parsed(argv: Sequence[str]) -> _Call | None:
    """A command line of dbt; None where it is none."""
    lists: dict[str, list[str]] = {"select": [], "exclude": []}
    values: dict[str, str] = {}
    command, pending, many = "", "", ""
    for word in argv[1:]:
        if pending:
            values[pending], pending = word, ""
        elif word.startswith("-") and len(word) > 1:
            name, separator, value = word.partition("=")
            many = "select" if name in _SELECT else "exclude" if name == "--exclude" else ""
            if many and separator:
                lists[many].append(value)
            elif name in _WITH_VALUE:
                values[name] = value
                pending = "" if separator else name
        elif many:
            lists[many].append(word)
        elif not command:
            command = word
    selector = values.get("--selector", "")
    found = _Call(command, tuple(lists["select"]), tuple(lists["exclude"]), selector, values.get("--project-dir"))
    return found if command else None


def _runs(task: Task, context: IoContext) -> Iterator[tuple[list[str], str | None, Span]]:
    """Command lines of dbt in a task's commands, or the one that its operator stands for; where each runs."""
    base = posixpath.dirname(context.dag.span.file) or "."
    operator = _operator(task)
    if operator is not None:
        argv = ["dbt", operator.lower()]
        for option, names in (
            ("--select", ("select", "models")),
            ("--exclude", ("exclude",)),
            ("--selector", ("selector",)),
        ):
            for name in names:
                for value in values_of(task, name):
                    text = context.visible(value, task)
                    if text:
                        argv += [option, text]
        places = [context.visible(task.option(name), task) for name in ("project_dir", "dir", "dbt_project_dir")]
        yield argv, next((place for place in places if place), None), task.span
        return
    for argument in _COMMANDS:
        given = task.option(argument)
        if given is None and argument not in task.expand:
            continue
        if isinstance(given, (list, tuple)):
            words = [context.visible(value, task) or "{?}" for value in given]
            texts = [shlex.join(words) if "dbt" in words[:1] else " ".join(words)]
        else:
            texts = [text for value in values_of(task, argument) if (text := context.visible(value, task))]
        for text in texts:
            if _MENTIONED.search(text) and len(text) <= _MAX_COMMAND:
                for argv, directory in _lines(text, context.visible(task.option("cwd"), task)):
                    yield argv, _at(directory, base), span_of(task, argument)


def _at(directory: str | None, base: str) -> str | None:
    """A directory as the analyzed folder knows it: a relative one may be beside the DAG file."""
    if directory is None or directory.startswith(("/", "{")):
        return directory
    return posixpath.normpath(posixpath.join(base, directory))


def _lines(script: str, cwd: str | None) -> Iterator[tuple[list[str], str | None]]:
    """Each `dbt ...` of a shell script and the directory that it runs in."""
    text = re.sub(r"\{\{\s*(.*?)\s*\}\}", "{?}", script.replace("\\\n", " ")).replace("\n", " ; ")
    lexer = shlex.shlex(text, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    lexer.commenters = ""
    directory, words = cwd, []
    try:
        tokens = [*lexer, ";"]
    except ValueError:
        return
    for token in tokens:
        if not set(token) <= set("();<>|&"):
            words.append(token)
            continue
        while words and (
            re.match(r"^\w+=", words[0]) or words[0] in ("exec", "time", "sudo", "poetry", "uv", "run", "pipenv")
        ):
            words = words[1:]
        if words[:1] == ["cd"] and len(words) == 2:
            joined = posixpath.join(directory or "", words[1]) if not words[1].startswith("{") else words[1]
            directory = joined
        elif words and posixpath.basename(words[0]) == "dbt":
            yield words, directory
        words = []
