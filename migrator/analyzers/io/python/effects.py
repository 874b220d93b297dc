"""From the calls in a task's code to references: what `library` says of a call, with the names that its arguments have."""

from __future__ import annotations

import posixpath
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence

import libcst as cst

from migrator.analyzers.callables.source.modules import ModuleUnreadable
from migrator.analyzers.io.catalogue import class_entry, tables
from migrator.analyzers.io.context import better, make_ref
from migrator.analyzers.io.names import SCHEMES, in_object_store, is_scratch, is_vague, stored_path, usable
from migrator.analyzers.io.namespaces import qualified
from migrator.analyzers.io.own_files import own_file
from migrator.analyzers.io.programs import ScriptRun
from migrator.analyzers.io.python import jobs, subprocesses
from migrator.analyzers.io.python.dlt import loaded_tables
from migrator.analyzers.io.python.evaluator import Evaluator
from migrator.analyzers.io.python.file_kinds import is_code
from migrator.analyzers.io.python.hints import (
    CHECKS,
    DATA_FILE,
    DROPPED,
    FILE_ARGUMENTS,
    MAKES,
    OF_PYTHON,
    READS_FILE,
    REGISTERS,
    TEMPORARY_TABLE,
    VIEWS,
    WRITES_FILE,
    plain,
    said_by,
)
from migrator.analyzers.io.python.library import (
    Access,
    Accesses,
    Argument,
    Package,
    function_accesses,
    method_accesses,
    parsed,
)
from migrator.analyzers.io.python.library.any import PATH_METHODS, PATH_MOVES, PATH_REMOVES, SPARK_FORMATS
from migrator.analyzers.io.python.names import (
    MAX_NAMES,
    Store,
    names_of,
    namespace_at,
    rendered,
    shown_value,
    store_of,
    unpacked,
)
from migrator.analyzers.io.python.place import Place, first, given, is_query, lacks_name, names_at, store_at, sure
from migrator.analyzers.io.python.results import data_call
from migrator.analyzers.io.python.stores import (
    BULK,
    bulk_indexes,
    collection_access,
    mapped_accesses,
    mapped_name,
)
from migrator.analyzers.io.python.values import Instance, Made, Scope, Step, alternatives
from migrator.analyzers.io.python_calls import InnerOperator
from migrator.analyzers.source import Folder
from migrator.diagnostics import Diagnostic, diagnose
from migrator.model.assets import AssetRef, Confidence, Direction
from migrator.model.changed import replace
from migrator.model.source import Span
from migrator.model.values import Symbolic, Text, Value
from migrator.operators.names import parameters

READ, WRITE = Direction.INPUT, Direction.OUTPUT
_SQL = re.compile(
    r"^\s*(?:(?:--[^\n]*\n|/\*.*?\*/)\s*)*"
    r"(?:\(\s*select|from\s+[\w.\"]+\s+select\b|(?:with|select|sel|insert|upsert|merge|create|delete|update|copy|truncate|replace|unload|export|load\s+data|drop|alter|put|refresh|use|"
    r"set|begin|start|declare)\b)",
    re.I | re.S,
)
_FLUX = re.compile(r"""\bfrom\(\s*bucket\s*:\s*"([^"]+)"\s*\)""")
"""InfluxDB's own language."""
_IDENTIFIER = re.compile(r"^(?:\{\{[^{}]*\}\}|[\w.\"`{}:?\[\]$*, -])+$")
_COPY_IN = re.compile(r"\bfrom\s+stdin\b", re.I)
_COPY_OUT = re.compile(r"\bto\s+stdout\b", re.I)
_BUILDERS = frozenset({"csv", "json", "parquet", "text", "arrow", "imagefolder", "pandas"})
"""Names that stand for a format where a hub's data set could: its files are given beside."""
_URL_IN_NAME = re.compile(r"[a-z][a-z0-9+]*://", re.I)
_LOCAL = ("file", "model")
_ANSWER = Step("json")
"""`.json()` of what a web service answers."""
_SELECTS = frozenset({"select", "select_from", "join", "join_from", "outerjoin", "outerjoin_from"})
"""Steps of a statement of SQLAlchemy that are given tables, or columns of them, which it reads."""


class Effects:
    """What the calls of one task touch; `found` is keyed so that each thing is listed once for each direction: by kind, name, and for a table the
    connection it is reached through."""

    def __init__(self, folder: Folder | None = None) -> None:
        self.folder = folder
        self.found: dict[tuple[Direction, str, str, str], AssetRef] = {}
        self.diagnostics: dict[tuple[str, int], Diagnostic] = {}
        self.checks: dict[str, Span] = {}
        """What in the code fails where data are not as they should be, and where it stands."""
        self.described: dict[str, list[tuple[Place, Package | None, Access]]] = {}
        """Calls that ask what a table is like, by their name: reads where the code fails because of the answer."""
        self.temporary: set[str] = set()
        """Tables that end with the code's session."""
        self.unnamed: dict[str, Span] = {}
        """What in the code makes data whose name it does not tell."""
        self.artifacts: set[str] = set()
        """Models that runs keep under a path of their own, which other runs have, too."""
        self.registers = False
        """Whether the code gives a model a name in a registry."""
        self.operators: list[InnerOperator] = []
        self.dbt: list[tuple[str, ...]] = []
        """Words of command lines of dbt."""
        self.scripts: set[tuple[str, tuple[str, ...]]] = set()
        """Files that were run, with their arguments."""
        self.counts: dict[cst.Call, int] = {}
        """How many names each call gave."""
        self.number = 0
        """The element of a mapped task for which its code is read now."""
        self.copies: dict[tuple[Direction, str, str, str], set[int]] = defaultdict(set)
        """Those for which the code touches a thing."""

    def begins(self, number: int) -> None:
        self.number = number

    def refs(self) -> list[AssetRef]:
        """All references, without files that the task makes for itself alone."""
        written = {key[2] for key in self.found if key[0] is WRITE and key[1] in _LOCAL}
        read = {key[2] for key in self.found if key[0] is READ and key[1] in _LOCAL}
        own = {name for name in written & read if is_scratch(name)}
        own |= {name for name in written if "/" not in name and "{?}" in name}  # somewhere where the worker runs
        artifacts = self.artifacts if self.registers else set()
        return [
            replace(ref, copies=tuple(sorted(self.copies[key]))) if len(self.copies[key]) <= self.number else ref
            for key, ref in self.found.items()
            if not (key[1] in _LOCAL and key[2] in own)
            and not (key[1] == "model" and key[2] in artifacts)
            and not (key[1] == "table" and plain(key[2]) in self.temporary)
        ]

    # -- one call

    def call(self, path: str, owner: Value, step: Step, node: cst.Call, evaluator: Evaluator, scope: Scope) -> None:
        """Notes what the call reads and writes."""
        if path:
            if path in subprocesses.FUNCTIONS:
                self.command(Place(node, evaluator, scope, None, step))
            if path in BULK:
                place = Place(node, evaluator, scope, None, step)
                self.table(place, WRITE, iter(bulk_indexes(step, evaluator, scope)), Store("elasticsearch"))
                return
            found = function_accesses(path)
            if found is not None:
                self.accesses(Place(node, evaluator, scope, None, step), found[0], found[1])
            else:
                self.by_name(Place(node, evaluator, scope, None, step), path)
            return
        for one in alternatives(owner):
            self.method(Place(node, evaluator, scope, one, step))

    def by_name(self, place: Place, path: str) -> None:
        """What a function or method of a library that nothing is known of says by its name, and by the file that it is given first."""
        top, step = path.partition(".")[0], place.step
        if not top or (top in OF_PYTHON and not path.endswith("Hook")):
            return
        file = step.argument(0, *FILE_ARGUMENTS)
        if not isinstance(file, (str, Text)) and WRITES_FILE.match(step.name) and len(step.args) > 1:
            file = step.args[1]  # `write_index(index, path)`
        if isinstance(file, (str, Text)) and any(DATA_FILE.search(name) and "/" in name for name in names_of(file)):
            direction = WRITE if WRITES_FILE.match(step.name) else READ if READS_FILE.match(step.name) else None
            if direction is not None:
                self.named(place, direction, "file", [file])
                return
        said = said_by(step.name)
        if said is MAKES:
            self.unnamed.setdefault(f"`{step.name}` writes data by its name", place.span())
        elif said is CHECKS:
            self.checks.setdefault(f"`{step.name}` checks data", place.span())

    def operator(self, place: Place, owner: Made) -> None:
        """An operator of a provider that the code makes and executes itself: the catalogue says whether it makes data."""
        made = owner.steps[0] if owner.steps else Step("")
        given = {**dict(zip(parameters(owner.root), made.args, strict=False)), **made.kwargs}
        arguments = {name: shown_value(value) for name, value in given.items()}
        self.operators.append(InnerOperator(owner.root, arguments, place.span()))
        entry = class_entry(owner.root) or tables().names.get(owner.root.rpartition(".")[2])
        if entry is not None and (entry.writes or entry.results) and entry.role not in ("check", "sensor"):
            self.unnamed.setdefault(f"it runs a `{owner.root.rpartition('.')[2]}`: {entry.why}", place.span())

    def fails(self, test: Value, node: cst.CSTNode, scope: Scope) -> None:
        """Notes that the code raises because of something that was read."""
        read = data_call(test)
        if read:
            self.checks.setdefault(f"it fails because of what `{read}` gives", scope.module.span(node))
            for place, package, access in self.described.pop(read, ()):
                self.tables(place, package, access)

    def command(self, place: Place) -> None:
        """A command that the code runs: what its programs do to files, stores and tables."""
        for value in alternatives(place.step.argument(0, "args", "cmd", "command")):
            for program, effects in subprocesses.command_effects(value):
                place.shown = program or place.shown
                for direction, names in ((READ, effects.reads), (WRITE, effects.writes), (READ, effects.apis)):
                    for name in names:
                        if "*" not in name and name != "-":
                            self.file(
                                place, direction, "api" if names is effects.apis else "file", name, Confidence.LIKELY
                            )
                for is_output, table, system in effects.tables:
                    self.add(
                        place, WRITE if is_output else READ, "table", table, Confidence.LIKELY, Store(system or None)
                    )
                for sql in effects.sql:
                    if sql.text is not None and _SQL.match(sql.text):
                        self.statement(place, sql.text, Store(sql.system or None))
                self.removed(list(effects.removes))
                for words in effects.dbt:
                    self.runs_dbt(place, words)
                for script in effects.scripts:
                    self.script(place, script)

    def runs_dbt(self, place: Place, words: Sequence[str]) -> None:
        """A command line of dbt, without `dbt` itself."""
        self.dbt.append(("dbt", *words))
        command = next((word for word in words if not word.startswith("-")), "")
        if command in ("build", "run", "seed", "snapshot"):
            self.unnamed.setdefault(f"it runs `dbt {command}`, whose models it makes", place.span())

    def script(self, place: Place, script: ScriptRun) -> None:
        """A Python file of the folder that the code runs as a program of its own."""
        from migrator.analyzers.io.python.task import read_module

        if self.folder is None or script.language != "python" or (script.path, script.args) in self.scripts:
            return
        self.scripts.add((script.path, script.args))
        found = own_file(self.folder, script.path, posixpath.dirname(place.scope.module.file))
        if found is not None:
            workspace = place.evaluator.workspace
            try:
                read_module(workspace, workspace.module(found[0]), script.args, self, self.folder)
            except ModuleUnreadable:
                return

    def method(self, place: Place) -> None:
        owner, step = place.owner, place.step
        if isinstance(owner, (str, Text, Symbolic)) and self.path_method(place, owner):
            return
        if step.name == "execute" and isinstance(owner, Made) and owner.root.endswith("Operator"):
            self.operator(place, owner)
            return
        if step.name == "invoke" and isinstance(owner, Made) and owner.root.endswith("dbtRunner"):
            given = step.argument(0, "args")
            if isinstance(given, (list, tuple)):
                self.runs_dbt(place, [rendered(one) or "{?}" for one in given])
            return
        of_duckdb = isinstance(owner, Made) and owner.root.startswith("duckdb.")
        if step.name in VIEWS or (step.name == "register" and of_duckdb):
            self.temporary.update(plain(name) for name in names_of(step.argument(0, "name", "viewName", "view_name")))
            return
        collection = collection_access(owner, step)
        if collection is not None:
            self.table(place, collection[0], iter([collection[1]]), Store("mongodb", store_of(owner).connection))
            return
        for direction, name in mapped_accesses(owner, step, place.node, place.evaluator, place.scope):
            self.table(place, direction, iter([name]), store_at(place, None))
        destination, loaded = loaded_tables(owner, step, place.node, place.evaluator, place.scope)
        if loaded:
            self.table(place, WRITE, iter(loaded), Store(destination))
            return
        if isinstance(owner, Instance):
            owner = owner.made
        made = owner if isinstance(owner, Made) else None
        if step.name == "delete" and made is not None and made.step("objects") is not None:
            self.emptied(made)
            return
        if made is not None and step.name in SPARK_FORMATS and self.spark(place, made):
            return
        found = method_accesses(made, step.name)
        if made is not None and any(one == _ANSWER for one in made.steps):
            return  # what a web service answered is plain data: `answer.json().get("next")` asks nobody
        if found is not None:
            self.accesses(place, *found)
        elif made is not None:
            self.by_name(place, made.root)

    def path_method(self, place: Place, owner: Value) -> bool:
        """A method of a path."""
        step = place.step
        if step.name in PATH_METHODS:
            self.named(place, READ if PATH_METHODS[step.name] == "read" else WRITE, "file", [owner])
        elif step.name == "open":
            self.opened(place, [owner], step.argument(0, "mode"))
        elif step.name in PATH_MOVES and len(step.args) == 1 and not isinstance(owner, Symbolic):
            if isinstance(step.args[0], (str, Text)):
                self.named(place, READ, "file", [owner])
                self.named(place, WRITE, "file", [step.args[0]])
        elif step.name in PATH_REMOVES:
            self.removed([owner])
        else:
            return False
        return True

    def accesses(self, place: Place, package: Package | None, accesses: Accesses) -> None:
        parts = [parsed(text) for text in accesses]
        if package is not None and package.system == "mlflow":
            self.registers |= place.step.name in REGISTERS or bool(place.step.kwargs.get("registered_model_name"))
            if place.step.name == "log_model" and not place.step.kwargs.get("registered_model_name"):
                self.artifacts |= {name for access in parts for name, _ in names_at(place, access)}
        writes = all(one.direction is WRITE and one.kind != "file" and not one.empty for one in parts)
        if package is not None and writes and all(lacks_name(place, one) for one in parts):
            self.unnamed.setdefault(f"`{place.shown}` writes what has no name here", place.span())
        for access in parts:
            if access.kind == "sql":
                self.query(place, package, first(place, access))
            elif access.direction is None and access.kind in ("open", "api", "http", "ask", "copy"):
                self.by_mode(place, access)
            elif access.kind == "job":
                job = first(place, access)
                self.query(place, package, jobs.query_of(job))
                for direction, kind, name in jobs.named_by(job):
                    self.add(
                        place,
                        direction,
                        kind,
                        name,
                        Confidence.LIKELY,
                        store_at(place, package) if kind == "table" else Store(),
                    )
            elif access.kind == "check":
                self.checks.setdefault(f"`{place.shown}` checks data", place.span())
            elif access.kind == "describe":
                self.described.setdefault(place.step.name, []).append((place, package, access))
            elif access.kind == "remove":
                self.removed(list(names_at(place, access)))
            elif access.kind == "table":
                self.tables(place, package, access)
            else:
                assert access.direction is not None
                names = list(names_at(place, access))
                if not names and access.direction is WRITE and access.kind == "object" and package is not None:
                    self.unnamed.setdefault(f"`{place.shown}` writes what has no name here", place.span())
                for name, literal in names:
                    self.file(place, access.direction, access.kind, name, sure(literal), package)

    def by_mode(self, place: Place, access: Access) -> None:
        """`open` and web calls, whose second argument says which way."""
        arguments = [part for part in access.template if isinstance(part, Argument)]
        if access.kind == "open":
            named = Access("", None, access.template[:-1])
            alone = len(named.template) == 1 and not arguments[0].steps
            values: list[Value] = (
                [given(place, arguments[0])] if alone else [name for name, _ in names_at(place, named)]
            )
            self.opened(place, values, given(place, arguments[-1]))
            return
        if access.kind == "copy":
            sql = rendered(given(place, arguments[1])) or ""
            for direction, found in ((READ, _COPY_IN.search(sql)), (WRITE, _COPY_OUT.search(sql))):
                if found:
                    self.named(place, direction, "file", [given(place, arguments[0])])
            return
        if access.kind == "ask":
            address = given(place, arguments[0])
            if is_query(address, given(place, arguments[1])):
                self.named(place, READ, "api", [address])
            return
        method = given(place, arguments[1])
        if access.kind == "api" and not (isinstance(method, str) and method.upper() != "GET"):
            self.named(place, READ, "api", [given(place, arguments[0])])
        elif access.kind == "http" and isinstance(method, str) and method.upper() == "GET":
            store = store_of(place.owner)
            for name in names_of(given(place, arguments[0]) or ""):
                whole = f"{{conn:{store.connection or 'http_default'}}}/{name.lstrip('/')}"
                self.add(place, READ, "api", whole, Confidence.LIKELY, store)

    def opened(self, place: Place, paths: list[Value], mode: Value) -> None:
        """`open`: the mode says which way."""
        value = "r" if mode is None else mode
        if not isinstance(value, str):
            return
        if "r" in value or "+" in value:
            self.named(place, READ, "file", paths)
        if set("wax+") & set(value):
            self.named(place, WRITE, "file", paths)

    def removed(self, names: list[Value]) -> None:
        """What a task makes and removes again is nothing that it makes."""
        for value in names:
            given = value if isinstance(value, tuple) else (value,)
            for name in names_of(given[0]):
                normal = posixpath.normpath(name)
                written = [key for key in self.found if key[0] is WRITE and key[2] == normal]
                for key in written:
                    del self.found[key]
                    self.found.pop((READ, *key[1:]), None)

    def emptied(self, owner: Made) -> None:
        """boto3's `bucket.objects.filter(Prefix=...).delete()`, or of each object: what was listed to be removed is not read."""
        bucket, listed = owner.step("Bucket"), owner.step("filter")
        prefix = listed.kwargs.get("Prefix", "") if listed is not None else ""
        for name in names_of(bucket.argument(0, "name")) if bucket is not None else ():
            for below in names_of(prefix):
                self.found.pop((READ, "object", f"s3://{name}/{below}".rstrip("/"), ""), None)

    # -- Spark

    def spark(self, place: Place, owner: Made) -> bool:
        """`spark.read.parquet(path)`, `frame.write.mode("overwrite").csv(path)`, `spark.read.format("jdbc").option(...).load()`."""
        reading = owner.step("read", "readStream")
        writing = owner.step("write", "writeStream")
        ways = [step for step in owner.steps if step is reading or step is writing]
        if not ways or ways[-1].called:
            return False
        direction = READ if ways[-1] is reading else WRITE
        after = owner.steps[owner.steps.index(ways[-1]) + 1 :]
        options = {
            str(step.args[0]).lower(): step.args[1] for step in after if step.name == "option" and len(step.args) > 1
        }
        for step in after:
            if step.name == "options":
                options |= {key.lower(): value for key, value in step.kwargs.items()}
        form = next((step.args[0] for step in reversed(after) if step.name == "format" and step.args), None)
        name = place.step.argument(0, "path", "name")
        table = options.get("dbtable", options.get("table", options.get("collection")))
        if place.step.name == "jdbc":
            table = place.step.argument(1, "table")
        topic = options.get("subscribe", options.get("topic")) if form == "kafka" else None
        if place.step.name == "table" and name is not None:
            self.table(place, direction, names_of(name), Store("spark"))
        elif topic is not None:
            self.named(place, direction, "stream", [topic])
        elif table is not None:
            self.table(
                place, direction, names_of(table), Store(form if isinstance(form, str) and form != "jdbc" else None)
            )
        elif form == "bigquery" and name is not None:
            self.table(place, direction, names_of(name), Store("bigquery"))
        elif "query" in options:
            self.query(place, None, options["query"])
        elif name is not None or "path" in options:
            self.named(place, direction, "file", [options.get("path") if name is None else name])
        return True

    # -- SQL and tables

    def tables(self, place: Place, package: Package | None, access: Access) -> None:
        assert access.direction is not None
        store = store_at(place, package)
        for name, literal in names_at(place, access):
            if _IDENTIFIER.match(name):
                confidence = Confidence.POSSIBLE if access.empty else sure(literal)
                name = qualified(name, namespace_at(place.owner, place.step, store.system))
                self.add(place, access.direction, "table", name, confidence, store)

    def table(self, place: Place, direction: Direction, names: Iterator[str], store: Store) -> None:
        for name in names:
            if _IDENTIFIER.match(name):
                literal = name in place.literals
                self.add(place, direction, "table", name, sure(literal), store)

    def query(self, place: Place, package: Package | None, value: Value) -> None:
        """SQL as text: the tables that it reads and writes."""
        store = store_at(place, package)
        for one in alternatives(value):
            for item in one if isinstance(one, (list, tuple)) else (one,):
                sql = rendered(item)
                flux = _FLUX.findall(sql) if sql is not None else []
                if flux:
                    self.table(place, READ, iter(flux), Store("influxdb", store.connection))
                elif isinstance(item, Made):
                    self.expression(place, item, store)
                elif sql is not None and _SQL.match(sql):
                    self.statement(place, sql, store)
                elif sql is not None and _IDENTIFIER.match(sql) and place.step.name in ("read_sql", "read_gbq"):
                    self.add(place, READ, "table", sql, sure(sql in place.literals), store)

    def expression(self, place: Place, value: Made, store: Store) -> None:
        """SQLAlchemy's `table.insert()`, `insert(table)`, `select(table)`."""
        if not value.root.startswith(("sqlalchemy.", "sqlmodel.")):
            return
        verb = next((s for s in value.steps if s.name in ("insert", "update", "delete", "select")), None)
        if verb is None:
            return
        target = verb.argument(0, "table") if value.steps and value.steps[0] is verb else value
        names: dict[str | None, Direction] = {}
        if verb.name != "delete":
            names[mapped_name(place.evaluator, target)] = READ if verb.name == "select" else WRITE
        for step in value.steps:
            selected = step.args if step.name in _SELECTS else step.args[1:2] if step.name == "from_select" else ()
            for one in selected:
                if isinstance(one, Made) and one.step("select") is not None:
                    self.expression(place, one, store)
                else:
                    names.setdefault(mapped_name(place.evaluator, one), READ)
        for name, way in names.items():
            if name is not None and _IDENTIFIER.match(name):
                self.add(place, way, "table", name, Confidence.LIKELY, store)

    def statement(self, place: Place, sql: str, store: Store) -> None:
        from migrator.analyzers.io.sql import DIALECTS, restored, without_jinja
        from migrator.analyzers.io.sql_jinja import expanded
        from migrator.analyzers.io.sql_statements import analyze_sql

        self.temporary.update(plain(match[1]) for match in TEMPORARY_TABLE.finditer(sql))
        for match in DROPPED.finditer(sql):  # made by the code, and gone with it
            for key in [key for key in self.found if key[1] == "table" and plain(key[2]) == plain(match[1])]:
                if (WRITE, *key[1:]) in self.found:
                    self.temporary.add(plain(match[1]))
        texts, originals = without_jinja([*expanded(sql, {})])
        effects = analyze_sql(texts, DIALECTS.get(store.system or ""))
        around = namespace_at(place.owner, place.step, store.system)
        span = place.span()
        for error in effects.errors if "{?}" not in sql else ():
            self.diagnostics.setdefault((span.file, span.start), diagnose("MIG401", span, error.reason))
        for direction, found in ((READ, effects.reads), (WRITE, effects.writes)):
            for effect in found:
                confidence = Confidence.LIKELY if effect.confidence is Confidence.CERTAIN else effect.confidence
                if effect.kind == "table" and effect.name in place.scope.names and store.system in (None, "duckdb"):
                    continue  # DuckDB reads frames by the names of variables
                if effect.kind == "table":
                    name = qualified(restored(effect.name, originals), around)
                    self.add(place, direction, "table", name, confidence, store)
                else:
                    name = stored_path(restored(effect.name, originals), store.system)
                    self.file(place, direction, "file", name, confidence)

    # -- results

    def named(self, place: Place, direction: Direction, kind: str, values: list[Value]) -> None:
        """Files (or what else `kind` says) that values name."""
        for value in values:
            for name in names_of(value):
                self.file(place, direction, kind, name, sure(name in place.literals))

    def file(
        self,
        place: Place,
        direction: Direction,
        kind: str,
        name: str,
        confidence: Confidence,
        package: Package | None = None,
    ) -> None:
        name = unpacked(name)
        if kind == "dataset" and name in _BUILDERS:
            return
        urls = list(_URL_IN_NAME.finditer(name))
        if len(urls) > 1:  # a whole URL given as the key below a bucket
            name = name[urls[-1].start() :]
        scheme, separator, rest = name.partition("://")
        local = kind == "file"
        system = package.system if package is not None and not local else None
        if separator and scheme in ("http", "https") and kind in ("file", "object", "api"):
            self.add(place, direction, "object" if in_object_store(name) else "api", name, confidence, Store())
        elif separator and scheme in ("file", "dbfs"):
            self.add(place, direction, kind, rest, confidence, Store())
        elif separator and kind in ("file", "object") and set(rest.partition("/")[2].split("/")) <= {"", "{?}"}:
            if direction is WRITE:
                self.unnamed.setdefault(f"`{place.shown}` writes what has no name here", place.span())
            return  # a bucket is no asset, and neither is something unknown in it
        elif separator and kind in ("file", "object"):
            self.add(place, direction, "object", name.rstrip("/"), confidence, Store(SCHEMES.get(scheme, system)))
        elif separator:
            self.add(place, direction, kind, name, confidence, Store(system))
        elif kind == "file" and name.startswith("@"):  # a stage of Snowflake
            self.add(place, direction, "object", name, confidence, Store())
        elif kind == "api":
            if re.match(r"\{(?:var|env|conn):", name):
                self.add(place, direction, kind, name, confidence, Store())
        elif '"' not in name and not is_code(name, direction, self.folder):
            normal = posixpath.normpath(name) if kind == "file" and name else name
            self.add(place, direction, kind, normal, confidence, Store(system))

    def add(
        self, place: Place, direction: Direction, kind: str, name: str, confidence: Confidence, store: Store
    ) -> None:
        known = usable(name, table=kind == "table")
        count = self.counts[place.node] = self.counts.get(place.node, 0) + 1
        if count > MAX_NAMES or known is None or is_vague(known, kind):
            if direction is WRITE and "{?}" in name and confidence is not Confidence.POSSIBLE:
                self.unnamed.setdefault(f"`{place.shown}` writes what has no name here", place.span())
            return
        what = "reads" if direction is READ else "writes"
        where = f" in `{place.helper}`, which the task calls" if place.helper else ""
        why = f"`{place.shown}` {what} it{where}"
        ref = make_ref(
            direction, kind, known, confidence, place.span(), why, system=store.system, connection=store.connection
        )
        # A table that is emptied and then filled is known by the filling.
        key = (direction, kind, known, (store.connection or "") if kind == "table" else "")
        self.found[key] = better(self.found[key], ref) if key in self.found else ref
        self.copies[key].add(self.number)
