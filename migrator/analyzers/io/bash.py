"""What shell commands read and write: files, objects, tables, APIs, and what the scripts that they run do.

The rule of the task's operator says which arguments are commands. A script is read as `shell` says, programs do what `programs` says;
a `.sh` or `.py` file of the folder that a command runs is read, too.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Mapping
from itertools import pairwise

from migrator.analyzers.io.arguments import lists_at
from migrator.analyzers.io.catalogue import Entry, entry_for
from migrator.analyzers.io.context import Found, IoContext, make_ref, span_of, values_of
from migrator.analyzers.io.conventions import named_options
from migrator.analyzers.io.mounts import host_folders
from migrator.analyzers.io.names import UNKNOWN, assumed, in_object_store, is_scratch, stored_path, usable
from migrator.analyzers.io.namespaces import in_database
from migrator.analyzers.io.own_files import own_file
from migrator.analyzers.io.programs import Effects, ScriptRun, Sql, effects_of, is_program
from migrator.analyzers.io.programs.databases import with_variables
from migrator.analyzers.io.programs.runners import outside, script_call, volumes
from migrator.analyzers.io.shell import Command, in_folder, parse_script, without_prefixes
from migrator.diagnostics import Diagnostic, diagnose
from migrator.model.airflow import Task
from migrator.model.assets import AssetRef, Confidence, Direction
from migrator.model.changed import replace
from migrator.model.source import Span

_REMOTE = ("SSHOperator", "SSHRemoteJobOperator")
"""Operators that run a shell command on another machine."""
_FILE_ENDINGS = (".sh", ".bash")
_CONTAINERS = ("docker", "podman", "nerdctl")
_DEVICES = ("/dev/", "/proc/", "/sys/")
_CODE = (
    ".sql",
    ".hql",
    ".btq",
    ".bteq",
    ".ctl",
    ".py",
    ".sh",
    ".yaml",
    ".yml",
    ".env",
    ".cfg",
    ".ini",
    ".toml",
    ".pem",
    ".key",
    ".lock",
    ".pid",
)
_LOG = ".log"
_ENTRYPOINTS = {
    r"(?:^|/)aws-cli(?::|$)": "aws",
    r"(?:^|/)curl(?::|$)": "curl",
    r"(?:^|/)rclone(?::|$)": "rclone",
    r"(?:^|/)dbt-[a-z]+(?::|$)": "dbt",
}
"""Images whose command is the arguments of one program."""
_MAX_DEPTH = 4
"""Scripts that run scripts."""
READ, WRITE = Direction.INPUT, Direction.OUTPUT


def bash_refs(task: Task, context: IoContext) -> Found:
    """References of all shell arguments, and findings about what is not understood in them."""
    rule = context.rule(task)
    remote = any(name.rpartition(".")[2] in _REMOTE for name in (task.operator, *task.bases))
    arguments = rule.command if rule is not None else ("command",) if remote else ("bash_command",)
    refs: list[AssetRef] = []
    diagnostics: list[Diagnostic] = []
    for argument in arguments:
        for value in values_of(task, argument):
            span = span_of(task, argument)
            if isinstance(value, (list, tuple)):
                continue
            if isinstance(value, str) and value.strip().endswith(_FILE_ENDINGS) and len(value.split()) == 1:
                found = context.template_file(value.strip())
                if found is not None:
                    span, value = Span(found.path, 1), found.text
            text = context.visible(value, task)
            if text is not None:
                reader = _Commands(task, context, span)
                reader.script(text, context.visible(task.option("cwd"), task))
                refs += reader.refs()
                diagnostics += reader.diagnostics
    return refs, diagnostics


def command_refs(text: str, task: Task, context: IoContext) -> Found:
    """References of a shell command that a task's function returns."""
    shown = context.visible(text, task)
    reader = _Commands(task, context, task.span)
    reader.script(text if shown is None else shown, context.visible(task.option("cwd"), task))
    return reader.refs(), reader.diagnostics


def job_refs(task: Task, context: IoContext) -> Found:
    """References of the Python file that a job runs, by the catalogue; none where the file is not in the folder."""
    entry = entry_for(task)
    if entry is None:
        return [], []
    if not entry.script:
        return _step_refs(task, context, entry)
    path = context.visible(task.option(entry.script[0]), task)
    if not path or not path.endswith(".py"):
        return [], []
    words = [context.visible(value, task) or "{?}" for name in entry.script[1:] for value in values_of(task, name)]
    reader = _Commands(task, context, span_of(task, entry.script[0]))
    reader.run(ScriptRun("python", path, tuple(words)), Command())
    return reader.refs(), reader.diagnostics


def _step_refs(task: Task, context: IoContext, entry: Entry) -> Found:
    """References of the steps of a cluster whose words are a command line (`["spark-submit", "s3://.../job.py", "{{ ds }}"]`)."""
    refs: list[AssetRef] = []
    diagnostics: list[Diagnostic] = []
    for path in entry.parameters:
        for words in lists_at(task, path):
            shown = [context.visible(word, task) or UNKNOWN for word in words]
            if shown and is_program(shown[0]):
                reader = _Commands(task, context, span_of(task, path.partition(".")[0]), on_cluster=True)
                reader.command(Command(without_prefixes(shown)))
                refs += reader.refs()
                diagnostics += reader.diagnostics
    return refs, diagnostics


def container_refs(task: Task, context: IoContext) -> Found:
    """References of the command that a container runs: files in the container are its own, stores and databases are not."""
    entry = entry_for(task)
    if entry is None or not entry.container:
        return [], []
    given = [value for argument in entry.container for value in values_of(task, argument)]
    shown = [context.visible(value, task) or UNKNOWN for value in given if value is not None]
    image = context.visible(task.option("image"), task) or ""
    program = next((word for start, word in _ENTRYPOINTS.items() if re.search(start, image)), None)
    if task.option("cmds") or task.option("entrypoint") or (shown and is_program(shown[0])):
        program = None
    reader = _Commands(task, context, span_of(task, entry.container[0]), in_container=True)
    if len(shown) == 1:
        reader.script(f"{program} {shown[0]}" if program else shown[0], None)
    elif shown:
        reader.command(Command(without_prefixes([program, *shown] if program else shown)))
    return reader.refs(), reader.diagnostics


def environment(task: Task, context: IoContext) -> dict[str, str]:
    """The `env` argument with unknown parts visible."""
    given = task.option("env")
    return {
        key: shown
        for key, value in (given.items() if isinstance(given, Mapping) else ())
        if isinstance(key, str) and (shown := context.visible(value, task)) is not None
    }


class _Commands:
    """Collects what the commands of one script do, in order."""

    def __init__(
        self, task: Task, context: IoContext, span: Span, *, in_container: bool = False, on_cluster: bool = False
    ) -> None:
        self.task, self.context, self.span, self.in_container = task, context, span, in_container
        self.stores_only = in_container or on_cluster
        """Whether files without a store are the machine's own, which ends with the work."""
        self.folders = host_folders(task, context) if in_container else []
        self.env = environment(task, context)
        self.paths: dict[tuple[Direction, str], tuple[str, Span]] = {}
        self.used: set[str] = set()
        """What the script writes and reads again."""
        self.logs: set[str] = set()
        """What the script writes of its own work."""
        self.others: list[AssetRef] = []
        self.diagnostics: list[Diagnostic] = []
        self.depth = 0

    def script(self, text: str, cwd: str | None, args: Iterable[str] = ()) -> None:
        """Reads a script that runs in `cwd` (None: in a temporary folder) with these arguments."""
        given = {str(index): word for index, word in enumerate(args, 1)}
        script = parse_script(text, {**self.env, **given})
        if script.wrong_line is not None and "{%" not in text and self.depth == 0:
            message = f"`{self.task.task_id}`: line {script.wrong_line} of its command is no valid shell; what it reads and writes from there on was left out"
            self.diagnostics.append(diagnose("MIG413", self.span, message))
        for command in script.commands:
            self.command(in_folder(command, cwd))

    def command(self, command: Command) -> None:
        run = script_call(command.words) if command.words and not is_program(command.words[0]) else None
        effects = effects_of(command)
        if run is not None:
            effects.scripts.append(run)
        program = posixpath.basename(command.words[0]) if command.words else ""
        why = f"`{program}` {{}} it" if program else "the command {} it"
        self.files(effects, command, why)
        for url in effects.apis:
            if (name := usable(url)) is not None:
                self.other(READ, "api", name, why)
        for is_output, table, system in effects.tables:
            if (name := usable(table)) is not None:
                self.other(WRITE if is_output else READ, "table", name, why, system or None)
        for kind, found in (("model", effects.models), ("stream", effects.streams)):
            for is_output, named, system in found:
                if (name := usable(named)) is not None:
                    self.other(WRITE if is_output else READ, kind, name, why, system or None)
        for sql in effects.sql:
            self.sql(sql, program, command)
        unread = effects.scripts and all(self.own_file(one.path, command.folder) is None for one in effects.scripts)
        if unread or (command.words and not is_program(command.words[0])):
            self.options(command)
        elif program in _CONTAINERS:
            self.options(
                command, volumes([value for key, value in pairwise(command.words) if key in ("-v", "--volume")])
            )
        if self.depth < _MAX_DEPTH:
            self.depth += 1
            for inner in effects.inner:
                self.script(inner, command.folder)
            for script in effects.scripts:
                self.run(script, command)
            for code in effects.code:
                self.code(code)
            self.depth -= 1

    # -- files

    def files(self, effects: Effects, command: Command, why: str) -> None:
        self.logs.update(path for path in effects.writes if path.endswith(_LOG))
        for path in effects.reads:
            name = None if path in self.logs else _name(path, command.folder, is_read=True)
            if name is not None:
                self.read(name, why.format("reads"), self.span)
        for path in effects.writes:
            name = _name(path, command.folder)
            if name is not None:
                self.paths.setdefault((WRITE, name), (why.format("writes"), self.span))
        for path in effects.removes:
            name = _name(path, command.folder)
            below = f"{name}/"
            for key in [
                key for key in self.paths if name and key[0] is WRITE and (key[1] == name or key[1].startswith(below))
            ]:
                del self.paths[key]

    def read(self, name: str, why: str, span: Span) -> None:
        """Notes that a file is read, where it is not one that the script wrote before, or put into a folder."""
        above = [name]
        while (upper := posixpath.dirname(above[-1])) not in ("", "/", above[-1]):
            above.append(upper)
        own = next((path for path in above if (WRITE, path) in self.paths), None)
        if own is None:
            self.paths.setdefault((READ, name), (why, span))
        else:
            self.used.add(own)

    def options(self, command: Command, container: list[tuple[str, str]] | None = None) -> None:
        """What options of a program that is not known name (`--input s3://…`, `--output-table a.b.c`); of one in a `container` with these folders of
        the host (None: it runs in none)."""
        for direction, kind, name, key in named_options(command.words[1:]):
            if kind == "file":
                path = _name(name, command.folder, is_read=direction is READ)
                if path is not None and container is not None:
                    path = outside(path, container)
                if path is not None:
                    self.paths.setdefault((direction, path), (f"it stands as `{key}` in the command", self.span))
            elif (known := usable(name, table=kind == "table")) is not None:
                self.others.append(
                    make_ref(
                        direction, kind, known, Confidence.LIKELY, self.span, f"it stands as `{key}` in the command"
                    )
                )

    def other(self, direction: Direction, kind: str, name: str, why: str, system: str | None = None) -> None:
        reason = why.format("writes" if direction is WRITE else "reads")
        self.others.append(make_ref(direction, kind, name, Confidence.LIKELY, self.span, reason, system=system))

    def refs(self) -> list[AssetRef]:
        found = []
        for (direction, name), (why, span) in self.paths.items():
            if name in self.used and is_scratch(name):
                continue
            host = outside(name, self.folders) if self.stores_only and "://" not in name else name
            if host is None:
                continue
            http = name.startswith(("http://", "https://"))
            kind = "api" if http else ("object" if "://" in name else "file")
            if http and in_object_store(name):
                kind = "object"
            if not (http and direction is WRITE) or kind == "object":
                ref = make_ref(direction, kind, name, Confidence.LIKELY, span, why)
                found.append(replace(ref, stands_for=host) if host != name else ref)
        return [*found, *self.others]

    # -- SQL

    def sql(self, sql: Sql, program: str, command: Command) -> None:
        """Tables of SQL that a client runs."""
        span, text = self.span, sql.text
        if text is None and sql.file is not None:
            found = self.own_file(sql.file, command.folder)
            if found is None:
                return
            span, text = Span(found[0], 1), self.context.visible(found[1], self.task)
        text = with_variables(text or "", sql)
        if not text:
            return
        from migrator.analyzers.io.sql import DIALECTS, restored, without_jinja
        from migrator.analyzers.io.sql_statements import analyze_sql

        texts, originals = without_jinja([text])
        effects = analyze_sql(texts, DIALECTS.get(sql.system))
        for direction, touched in ((READ, effects.reads), (WRITE, effects.writes)):
            for effect in touched:
                name = usable(restored(effect.name, originals), table=effect.kind == "table")
                if name is None:
                    continue
                name = (
                    in_database(name, sql.system, sql.database)
                    if effect.kind == "table"
                    else stored_path(name, sql.system)
                )
                confidence = Confidence.LIKELY if effect.confidence is Confidence.CERTAIN else effect.confidence
                stored = "://" in name or name.startswith("@")
                kind = "table" if effect.kind == "table" else ("object" if stored else "file")
                system = sql.system if kind == "table" and sql.system else None
                why = f"`{program}` runs SQL that {'writes' if direction is WRITE else 'reads'} it"
                if kind == "file" and name.startswith(
                    "/"
                ):  # one that the script made, or removes afterwards, is its own
                    if direction is WRITE or (WRITE, name) not in self.paths:
                        self.paths.setdefault((direction, name), (why, span))
                    continue
                self.others.append(make_ref(direction, kind, name, confidence, span, why, system=system))
        for error in effects.errors if "{?}" not in text else ():
            self.diagnostics.append(diagnose("MIG401", span, f"`{self.task.task_id}`: {error.reason}"))

    # -- scripts of the folder

    def run(self, script: ScriptRun, command: Command) -> None:
        found = self.own_file(script.path, command.folder)
        if found is None:
            return
        path, text = found
        if script.language == "shell":
            outer, self.span = self.span, Span(path, 1)
            self.script(text, command.folder, script.args)
            self.span = outer
        elif script.language == "python":
            from migrator.analyzers.io.python_calls import script_refs

            refs, diagnostics = script_refs(path, script.args, self.task, self.context)
            for ref in refs:
                local = ref.kind == "file" or (ref.kind == "model" and is_scratch(ref.name))
                if not local or not ref.name.startswith("/"):
                    self.others.append(ref)
                elif ref.direction is READ:
                    self.read(ref.name, ref.evidence.why, ref.evidence.span)
                else:
                    self.paths.setdefault((WRITE, ref.name), (ref.evidence.why, ref.evidence.span))
            self.diagnostics += diagnostics

    def code(self, text: str) -> None:
        """Python that a command gives as text."""
        from migrator.analyzers.io.python_calls import code_refs

        refs, diagnostics = code_refs(text, self.span, self.task, self.context)
        self.others += refs
        self.diagnostics += diagnostics

    def own_file(self, path: str, folder: str | None) -> tuple[str, str] | None:
        """Path and text of a file of the folder that a command names: as it is, next to the DAG file, or by the end of its path."""
        if self.in_container:
            return None
        place = posixpath.dirname(self.context.dag.span.file)
        found = own_file(self.context.folder, path, place, folder)
        default = assumed(path, self.context.defaults)
        return own_file(self.context.folder, default, place, folder) if found is None and default != path else found


def _name(path: str, folder: str | None, *, is_read: bool = False) -> str | None:
    """The name of a file that outlives the command: a relative path is in a temporary folder unless the task says where it runs."""
    if path.startswith(_DEVICES) or path in ("-", "/dev/null", "") or "\n" in path:
        return None
    if "*" in path and not is_read:
        if "://" not in path:
            return None
        path = path.replace("*", "{?}")  # each file of a loop over a pattern
    known, unknown, _ = path.partition("{?}")
    if (
        unknown
        and "://" not in path
        and (is_read or not re.match(r"(?:/|\{)[^/]*/", known) or known.startswith("/tmp/"))
    ):
        return None
    if "://" not in path and not path.startswith(("/", "{", "~")):
        if folder is None or "{?}" in folder:
            return None
        path = f"{folder}/{path}"
    if "://" not in path:
        path = posixpath.normpath(path)
        if path.endswith(_CODE) or (path.endswith(_LOG) and not is_read) or not path.strip("/."):
            return None
    elif set(path.partition("://")[2].partition("/")[2].split("/")) <= {"", "{?}"}:
        return None  # a bucket is no asset
    return usable(path.rstrip("/") if "://" in path else path)
