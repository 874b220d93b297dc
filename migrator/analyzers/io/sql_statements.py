"""Which tables a SQL script reads and writes, by sqlglot.

Comes in: texts that run one after the other, and a dialect. Goes out: `SqlEffects`. Statements are parsed one at a time, so that
one that sqlglot does not understand hides no other. What a script makes and throws away again (temporary tables, tables that it
creates and drops) is neither read nor written by it.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Sequence
from contextlib import nullcontext
from functools import lru_cache

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from migrator.analyzers.io.sql_columns import NO_COLUMNS, Columns, Sources, columns_of
from migrator.analyzers.io.sql_patterns import (
    Named,
    as_statement,
    block_of,
    by_pattern,
    by_words,
    cached_view,
    is_definition,
    model_of,
)
from migrator.analyzers.io.sql_split import FALLBACKS, Statement, statements, tree_of, within
from migrator.analyzers.io.sql_tables import Place, files_of, is_query_local, named_place, nodes_of, place_of
from migrator.analyzers.trees import frequent_collection
from migrator.model.assets import Confidence
from migrator.model.changed import replace
from migrator.model.frozen import dataclass

MAX_LENGTH = 500_000
"""Characters of a script; a longer one is reported, not parsed."""

_LONG = 20_000
"""Characters of a script whose trees are much to keep at the same time."""

_GATE = re.compile(
    r"\b(?:from|into|tables?|update|view|merge|copy|delete|truncate|unload|insert|export|model)\b|^\s*use\s|\bput\s+'?file:|\bget\s+'?@",
    re.IGNORECASE,
)
_MAY_CALL = re.compile(r"\b(?:call|exec|execute)\b", re.IGNORECASE)
_REPLACE = re.compile(r"^\s*replace\s+into\b", re.IGNORECASE)
_BEGIN = re.compile(r"^\s*begin\b(?!\s*(?:tran|work|$|;))", re.IGNORECASE)
_CONTROL = re.compile(
    r"^\s*(?:if|else|elsif|elseif|while|for|loop|begin|declare|exception|when|with_transaction)\b", re.IGNORECASE
)
"""Procedural code around statements, which has no tree of its own."""
_CALL = re.compile(
    r"^\s*(?:call|exec|execute)\s+(?!immediate\b|using\b|as\b)(?:task\s+)?(?:@\w+\s*=\s*)?([\w.\"`\[\]$]+)\s*(?:$|[(@'\d\w])",
    re.IGNORECASE,
)
_USE = re.compile(
    r"^\s*use\s+(?:(database|catalog|schema)\s+)?([\w$]+(?:\.[\w$]+)?|[\"`][^\"`]+[\"`])\s*$", re.IGNORECASE
)
_USE_NAMES_SCHEMA = frozenset({"mysql", "hive", "spark", "databricks", "trino", "presto", "clickhouse"})
_WITH_CATALOGS = frozenset({"databricks", "spark", "trino", "presto", "snowflake"})
"""Dialects in which `USE CATALOG` (Snowflake's `USE DATABASE`) stands in front of `schema.table`."""
_MAX_BLOCKS = 3
"""How deep blocks within blocks are followed."""
_NOT_DATA = re.compile(
    r"^\s*(?:declare|begin|end|if|else|elseif|loop|while|repeat|leave|call|exec|execute|set|use|commit|rollback|start|"
    r"grant|revoke|analyze|analyse|vacuum|optimize|optimise|explain|show|describe|desc|comment|alter|do|raise|return|"
    r"refresh|msck|kill|lock|unlock|pragma|install|load\s+[a-z]|attach|detach|checkpoint|reset|print|go|assert)\b",
    re.IGNORECASE,
)
"""Statements that move no data of their own, or none that can be told (a call of a procedure)."""
_VERB = re.compile(r"^\s*(?:with|insert|merge|replace|copy|create|select|update|delete)\b", re.IGNORECASE)
# sqlglot tells on this logger that it kept a statement as text; that is expected here and found out by its type.
logging.getLogger("sqlglot").setLevel(logging.ERROR)


@dataclass(frozen=True, slots=True)
class SqlEffect:
    """A table (`kind` `table`) or file (`object`) that a script touches: in which of the texts, in which line (from 1)."""

    name: str
    kind: str
    script: int
    line: int
    confidence: Confidence
    why: str
    columns: Columns = NO_COLUMNS


@dataclass(frozen=True, slots=True)
class SqlError:
    """A statement that is not understood; `reason` quotes none of it, since it may hold credentials."""

    script: int
    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class SqlEffects:
    reads: tuple[SqlEffect, ...] = ()
    writes: tuple[SqlEffect, ...] = ()
    errors: tuple[SqlError, ...] = ()
    calls: tuple[SqlError, ...] = ()
    """Procedures that are called: `reason` is the procedure's name."""


@lru_cache(maxsize=4096)
def analyze_sql(scripts: tuple[str, ...], dialect: str | None) -> SqlEffects:
    """Effects of texts that run one after the other; each may hold several statements. `dialect` is sqlglot's name, None: not known."""
    state = _State(dialect)
    for index, script in enumerate(scripts):
        state.script = index
        if not _GATE.search(script) and not _MAY_CALL.search(script):
            continue
        if len(script) > MAX_LENGTH:
            state.errors.append(SqlError(index, 1, f"the script is longer than {MAX_LENGTH:,} characters"))
            continue
        with frequent_collection() if len(script) > _LONG else nullcontext():
            state.run_script(script)
    return state.effects()


def _line(error: SqlglotError) -> int | None:
    found = re.search(r"[Ll]ine (\d+)", str(error))
    return int(found[1]) if found else None


class _State:
    """What a script has done so far."""

    def __init__(self, dialect: str | None) -> None:
        self.dialect = dialect
        self.script, self.line = 0, 1
        self.start = 1
        """The line of the script where the first line of the tree's text is."""
        self.reads: dict[Place, SqlEffect] = {}
        self.writes: dict[Place, SqlEffect] = {}
        self.made: set[Place] = set()
        """Created by the script itself, so a read of them is no input."""
        self.scratch: set[Place] = set()
        """Gone when the script ends."""
        self.laid: set[tuple[Place, Place]] = set()
        """Tables laid over files: these are an input unless the script itself fills the table."""
        self.errors: list[SqlError] = []
        self.calls: list[SqlError] = []
        self.columns: dict[Place, list[Columns]] = {}
        self.home = ("", "")
        """Database and schema that `USE` set."""

    def effects(self) -> SqlEffects:
        filled = {place for place, effect in self.writes.items() if effect.confidence is not Confidence.POSSIBLE}
        own = {files for table, files in self.laid if table in filled}
        reads = [effect for place, effect in self.reads.items() if place not in self.writes and place not in own]
        return SqlEffects(
            tuple(sorted(reads, key=lambda effect: effect.name)),
            tuple(sorted(map(self.with_columns, self.writes.items()), key=lambda effect: effect.name)),
            tuple(self.errors),
            tuple(self.calls),
        )

    def with_columns(self, written: tuple[Place, SqlEffect]) -> SqlEffect:
        """A write with what all statements tell about its columns: one that tells less than another leaves it open."""
        place, effect = written
        told = self.columns.get(place, [])
        names = {columns.names for columns in told if columns.names}
        lineage: dict[str, Sources] = {}
        for column, sources in (pair for columns in told for pair in columns.lineage):
            lineage[column] = tuple(sorted({*lineage.get(column, ()), *sources}))
        found = Columns(names.pop() if len(names) == 1 else (), tuple(sorted(lineage.items())))
        return replace(effect, columns=found)

    # ------------------------------------------------------------------------------------------------------- statements

    def run_script(self, script: str, line: int = 1, blocks: int = 0) -> None:
        """All statements of a text whose first line is `line`."""
        try:
            found = statements(script, self.dialect)
        except SqlglotError as error:
            where = line + (_line(error) or 1) - 1
            self.errors.append(SqlError(self.script, where, "its text cannot be split into statements"))
            return
        for statement in found:
            self.line = line + statement.line - 1
            self.run(statement, blocks)

    def run(self, statement: Statement, blocks: int = 0) -> None:
        """One statement."""
        text = statement.text
        body = block_of(text)
        if body is not None:
            if blocks < _MAX_BLOCKS:
                before = text[: text.index(body)].count("\n") if body else 0
                self.run_script(body, self.line + before, blocks + 1)
            return
        if is_definition(text):
            return
        called = _CALL.match(text)
        if called is not None:
            self.calls.append(SqlError(self.script, self.line, called[1]))
            return
        if self.use(text):
            return
        named = by_pattern(text)
        if named is not None:
            self.visit_named(named, Confidence.CERTAIN, statement, blocks)
            return
        model = model_of(text)
        if model is not None:
            self.run(within(statement, model[1]), blocks)
            self.write(
                Place("model", named_place(model[0], self.dialect).name), Confidence.CERTAIN, "`CREATE MODEL` trains it"
            )
            return
        cached = cached_view(text)
        if cached is not None:
            self.run(within(statement, cached[1]), blocks)
            self.scratch.add(named_place(cached[0], self.dialect))
            return
        text = as_statement(_REPLACE.sub("INSERT INTO", _BEGIN.sub("", text)))
        if not _GATE.search(text):
            return
        if statement.too_deep:
            self.errors.append(SqlError(self.script, self.line, "the statement is nested too deeply"))
            return
        try:
            tree = self.parse(statement if text == statement.text else within(statement, text))
            if tree is not None:
                self.visit(tree)
            elif _CONTROL.match(text):
                self.by_words(statement, text)
        except SqlglotError as error:
            if _CONTROL.match(text):
                self.by_words(statement, text)
            elif not _NOT_DATA.match(text):
                line = _line(error)
                where = self.line if line is None else self.start + line - 1
                self.errors.append(SqlError(self.script, where, _reason(error)))
                self.by_words(statement, text)
        except RecursionError:
            self.errors.append(SqlError(self.script, self.line, "the statement is nested too deeply"))

    def by_words(self, statement: Statement, text: str) -> None:
        """What the words of a statement without a tree tell."""
        for candidate in (self.dialect, None, *FALLBACKS):
            try:
                tokens = sqlglot.tokenize(text, read=candidate)
            except SqlglotError:
                continue
            if _VERB.match(text) or _CONTROL.match(text):
                self.visit_named(by_words(tokens), Confidence.LIKELY, statement, _MAX_BLOCKS)
            return

    def visit_named(self, named: Named, confidence: Confidence, statement: Statement, blocks: int) -> None:
        """What a pattern found in a statement."""
        for query in named.queries:
            self.run(within(statement, query), blocks)
        for name in named.reads:
            place = named_place(name, self.dialect)
            if place not in self.scratch and place not in self.made and not place.system:
                self.reads.setdefault(place, self.effect(place, confidence, "the SQL reads it"))
        if named.weak:
            confidence = Confidence.POSSIBLE
            self.laid |= {
                (named_place(name, self.dialect), Place("object", path))
                for name in named.writes
                for path in named.files_read
            }
        for path in named.files_read:
            place = Place("object", path)
            self.reads.setdefault(place, self.effect(place, confidence, named.why.replace("fills it", "reads it")))
        for name in named.gone:
            place = named_place(name, self.dialect)
            self.writes.pop(place, None)
            if place in self.made:
                self.scratch.add(place)
                self.reads.pop(place, None)
        for name in named.writes:
            self.write(named_place(name, self.dialect), confidence, named.why)
        for path in named.files_written:
            self.write(Place("object", path), confidence, named.why)

    def parse(self, statement: Statement) -> exp.Expr | None:
        """The statement's tree; None if it moves no data. Raises SqlglotError."""
        own_start = self.line if statement.tokens is None else self.line - statement.line + 1
        candidates = (self.dialect, None) if self.dialect else (None, *FALLBACKS)
        failure: SqlglotError | None = None
        failed_start = self.line
        for number, candidate in enumerate(candidates):
            self.start = self.line if number else own_start
            try:
                tree = tree_of(within(statement, statement.text) if number else statement, candidate)
            except SqlglotError as error:
                if failure is None:
                    failure, failed_start = error, self.start
                continue
            if not isinstance(tree, exp.Command):
                return tree
        if failure is None and not _NOT_DATA.match(statement.text):
            raise SqlglotError("the statement is of a kind that is not understood")
        if failure is not None:
            self.start = failed_start
            raise failure
        return None

    def use(self, text: str) -> bool:
        """Whether it is `USE SCHEMA a.b` or the like: where the tables are that name no schema from here on."""
        found = _USE.match(text)
        if found is None:
            return False
        kind, *parts = (found[1] or "").upper(), *(part.strip('"`[] ') for part in found[2].split("."))
        if kind in ("DATABASE", "CATALOG") or (not kind and self.dialect == "snowflake" and len(parts) == 1):
            self.home = (parts[0], "")
        elif kind == "SCHEMA" or (not kind and self.dialect in _USE_NAMES_SCHEMA):
            self.home = (parts[0] if len(parts) > 1 else self.home[0], parts[-1])
        return True

    def at_home(self, tree: exp.Expr) -> None:
        """Gives tables without a schema the one that `USE` set."""
        catalog, schema = self.home
        if not schema and not catalog:
            return
        for table in tree.find_all(exp.Table):
            if catalog and table.db and not table.catalog and self.dialect in _WITH_CATALOGS:
                table.set("catalog", exp.to_identifier(catalog))
            if not schema:
                continue
            if isinstance(table.this, exp.Identifier) and not table.db and not is_query_local(table, self.dialect):
                table.set("db", exp.to_identifier(schema))
                if catalog:
                    table.set("catalog", exp.to_identifier(catalog))

    def visit(self, tree: exp.Expr) -> None:
        if self.dialect == "clickhouse":
            _with_sets(tree)
        self.at_home(tree)
        if isinstance(tree, (exp.Insert, exp.Create)):
            target = tree.this.this if isinstance(tree.this, exp.Schema) else tree.this
            place = place_of(target, self.dialect) if isinstance(target, exp.Table) else None
            if place is not None:
                self.columns.setdefault(place, []).append(columns_of(tree, self.dialect))
        if isinstance(tree, exp.MultitableInserts):
            inserts = list(tree.find_all(exp.Insert, exp.ConditionalInsert))
            inserts = [found.this if isinstance(found, exp.ConditionalInsert) else found for found in inserts]
            for insert in inserts:
                self.visit_write(insert, "`INSERT` writes it")
            self.read_all(tree, skip=_targets(inserts))
        elif isinstance(tree, exp.Insert):
            self.visit_definitions(tree)
            self.read_all(tree, skip=_targets([tree, *_changes_within(tree)]))
            self.visit_write(tree, "`INSERT` writes it")
        elif isinstance(tree, exp.Merge):
            self.read_all(tree, skip=_targets([tree]))
            self.visit_write(tree, "`MERGE` writes it")
        elif isinstance(tree, exp.Update):
            self.visit_change(tree, Confidence.CERTAIN, "`UPDATE` changes it")
        elif isinstance(tree, exp.Delete):
            self.visit_change(tree, Confidence.POSSIBLE, "`DELETE` removes rows of it")
        elif isinstance(tree, exp.TruncateTable):
            for table in nodes_of(tree, exp.Table):
                self.write_table(table, Confidence.POSSIBLE, "`TRUNCATE` empties it")
        elif isinstance(tree, exp.Create):
            self.visit_create(tree)
        elif isinstance(tree, exp.Drop):
            self.visit_drop(tree)
        elif isinstance(tree, exp.Alter):
            self.visit_alter(tree)
        elif isinstance(tree, exp.Copy):
            self.visit_copy(tree)
        elif isinstance(tree, exp.LoadData):
            self.write_table(tree.this, Confidence.CERTAIN, "`LOAD DATA` fills it")
            self.read_file(_of_machine(tree.args["inpath"], tree), "`LOAD DATA` reads it")
        elif isinstance(tree, exp.Export):
            self.read_all(tree)
            for option in tree.find_all(exp.Property):
                if str(option.this).strip('"').lower() == "uri" and isinstance(option.args.get("value"), exp.Literal):
                    self.write_file(option.args["value"].this, "`EXPORT DATA` writes it")
        elif isinstance(tree, exp.Query):
            self.visit_definitions(tree)
            found = nodes_of(tree, exp.Table, exp.Into)
            created = [one for one in found if isinstance(one, exp.Into)]
            skip = {id(into.this) for into in created} | _targets(_changes_within(tree))
            self.read(found, skip=skip)
            for into in created:
                self.create(into.this, bool(into.args.get("temporary")), "`SELECT INTO` creates it")

    def visit_definitions(self, tree: exp.Expr) -> None:
        """Common table expressions that change tables themselves (`WITH moved AS (DELETE ... RETURNING *)`)."""
        for change in _changes_within(tree):
            if isinstance(change, exp.Insert):
                self.visit_write(change, "`INSERT` writes it")
            elif isinstance(change, exp.Update):
                self.visit_change(change, Confidence.CERTAIN, "`UPDATE` changes it")
            elif isinstance(change, exp.Delete):
                self.visit_change(change, Confidence.POSSIBLE, "`DELETE` removes rows of it")

    def visit_write(self, tree: exp.Expr, why: str) -> None:
        target = tree.this.this if isinstance(tree.this, exp.Schema) else tree.this
        if isinstance(target, exp.Directory):
            directory = _of_machine(target.this, target)
            self.write_file(directory.this, "`INSERT OVERWRITE DIRECTORY` writes it")
        elif tree.args.get("is_function"):
            for path in files_of(exp.Table(this=target.copy()), self.dialect):
                self.write_file(path, why)
        elif isinstance(target, exp.Table):
            self.write_table(target, Confidence.CERTAIN, why)

    def visit_change(self, tree: exp.Update | exp.Delete, confidence: Confidence, why: str) -> None:
        """`UPDATE o SET … FROM orders o` and `DELETE o FROM orders o` name their table by its alias."""
        named = tree.args.get("tables") or [tree.this]
        own = {*map(id, named)}
        others = [table for table in nodes_of(tree, exp.Table) if id(table) not in own]
        targets = []
        for name in named:
            if isinstance(name, exp.Table):
                aliased = [table for table in others if table.alias and table.alias.lower() == name.name.lower()]
                targets.append(aliased[0] if aliased and not name.db else name)
        self.read(others, skip={*map(id, targets)})
        for target in targets:
            self.write_table(target, confidence, why)

    def visit_create(self, tree: exp.Create) -> None:
        kind = str(tree.args.get("kind") or "").upper()
        target = tree.this.this if isinstance(tree.this, exp.Schema) else tree.this
        if kind not in ("TABLE", "VIEW", "MATERIALIZED VIEW", "DYNAMIC TABLE") or not isinstance(target, exp.Table):
            return
        clone = tree.args.get("clone")
        properties = tree.args.get("properties")
        filled = properties.find(exp.ToTableProperty) if properties is not None else None
        into = filled.this if filled is not None and isinstance(filled.this, exp.Table) else None
        if isinstance(tree.expression, exp.Query):
            self.read_all(tree.expression)
        elif isinstance(clone, exp.Clone):
            self.read_all(clone)
        if into is not None:
            self.write_table(into, Confidence.CERTAIN, "the materialized view fills it")
            return
        temporary = properties is not None and properties.find(exp.TemporaryProperty) is not None
        if isinstance(tree.expression, exp.Query) or clone is not None:
            self.create(target, temporary, f"`CREATE {kind} AS` makes it")
        elif temporary:
            self.create(target, True, "")
        else:
            self.write_table(target, Confidence.POSSIBLE, f"`CREATE {kind}` creates it without rows")

    def visit_drop(self, tree: exp.Drop) -> None:
        for table in tree.find_all(exp.Table):
            place = place_of(table, self.dialect)
            if place is not None:
                if place in self.made or place in self.scratch:
                    self.scratch.add(place)
                self.writes.pop(place, None)

    def visit_alter(self, tree: exp.Alter) -> None:
        """Renaming and swapping are how a new version of a table takes the place of the old one."""
        for action in tree.args.get("actions") or []:
            if isinstance(action, exp.Delete):  # ClickHouse's mutation
                self.read_all(action)
                self.write_table(tree.this, Confidence.POSSIBLE, "`DELETE` removes rows of it")
            if not isinstance(action, (exp.AlterRename, exp.SwapTable)) or not isinstance(action.this, exp.Table):
                continue
            renamed, target = tree.this, action.this.copy()
            if not target.args.get("db") and renamed.args.get("db"):
                target.set("db", renamed.args["db"].copy())
            if isinstance(action, exp.SwapTable) and place_of(target, self.dialect) in self.made:
                renamed, target = target, renamed
            old = place_of(renamed, self.dialect)
            if old is not None:
                self.writes.pop(old, None)
                if old in self.made:
                    self.scratch.add(old)
            self.write_table(target, Confidence.CERTAIN, "another table takes its name")

    def visit_copy(self, tree: exp.Copy) -> None:
        """`COPY table FROM file`, `COPY (query) TO file`, and Snowflake's `COPY INTO stage FROM table`."""
        files = tree.args.get("files") or []
        target = tree.this.this if isinstance(tree.this, exp.Schema) else tree.this
        paths = files_of(target, self.dialect)
        if tree.args.get("kind") and not paths:
            for file in files:
                if isinstance(file, exp.Query):  # `COPY INTO orders FROM (SELECT $1 FROM @stage)`
                    self.read_all(file)
                else:
                    self.read_file(file, "`COPY` reads it")
            if isinstance(target, exp.Table):
                self.write_table(target, Confidence.CERTAIN, "`COPY` fills it")
            return
        for source in files if paths else [target]:
            self.read_all(source)
        for file in [target] if paths else files:
            for written in files_of(file, self.dialect):
                self.write_file(written, "`COPY` writes it")

    # ------------------------------------------------------------------------------------------------------ bookkeeping

    def read_all(self, tree: exp.Expr, skip: set[int] | frozenset[int] = frozenset()) -> None:
        """All tables and files under a node, but for those of `skip` (by identity)."""
        self.read(nodes_of(tree, exp.Table), skip)

    def read(self, found: Iterable[exp.Expr], skip: set[int] | frozenset[int] = frozenset()) -> None:
        """All tables and files among nodes, but for those of `skip` (by identity)."""
        for table in found:
            if not isinstance(table, exp.Table) or id(table) in skip or is_query_local(table, self.dialect):
                continue
            named = place_of(table, self.dialect)
            files = [Place("object", path) for path in files_of(table, self.dialect)]
            for place in files or ([named] if named is not None else []):
                if not (place.system or place.temporary or place in self.scratch or place in self.made):
                    self.reads.setdefault(place, self.effect(place, Confidence.CERTAIN, "the SQL reads it", table))

    def read_file(self, node: exp.Expr, why: str) -> None:
        for path in files_of(node, self.dialect):
            place = Place("object", path)
            self.reads.setdefault(place, self.effect(place, Confidence.CERTAIN, why))

    def create(self, table: exp.Table, temporary: bool, why: str) -> None:
        place = place_of(table, self.dialect)
        if place is None:
            return
        if temporary or place.temporary:
            self.scratch.add(place)
        else:
            self.scratch.discard(place)
            self.made.add(place)
            self.write(place, Confidence.CERTAIN, why, table)

    def write_table(self, table: exp.Table, confidence: Confidence, why: str) -> None:
        place = place_of(table, self.dialect)
        if place is not None:
            self.write(place, confidence, why, table)

    def write_file(self, path: str, why: str) -> None:
        self.write(Place("object", path), Confidence.CERTAIN, why)

    def write(self, place: Place, confidence: Confidence, why: str, table: exp.Expr | None = None) -> None:
        if place in self.scratch or place.temporary or place.system:
            return
        known = self.writes.get(place)
        if known is None or (known.confidence is Confidence.POSSIBLE and confidence is not Confidence.POSSIBLE):
            self.writes[place] = self.effect(place, confidence, why, table)

    def effect(self, place: Place, confidence: Confidence, why: str, table: exp.Expr | None = None) -> SqlEffect:
        at = table.this.meta.get("line") if table is not None and isinstance(table.this, exp.Expr) else None
        line = self.line if at is None else self.start + at - 1
        return SqlEffect(place.name, place.kind, self.script, line, confidence, why)


def _with_sets(tree: exp.Expr) -> None:
    """ClickHouse's `x IN database.table` as what it is: the table is the set."""
    found = [one for one in tree.find_all(exp.In) if isinstance(one.args.get("field"), exp.Column)]
    aliases = {table.alias_or_name for table in tree.find_all(exp.Table)} if found else set()
    for one in found:
        column = one.args["field"]
        if column.table and column.table not in aliases:
            one.set("field", exp.Table(this=column.this, db=column.args["table"]))


def _targets(statements: Sequence[exp.Expr]) -> set[int]:
    """The nodes that name what is written."""
    found = (tree.this.this if isinstance(tree.this, exp.Schema) else tree.this for tree in statements)
    return {id(target) for target in found}


def _of_machine(path: exp.Expr, statement: exp.Expr) -> exp.Expr:
    """A path, as one of the machine's own files where the statement says `LOCAL`: Hive's others are in its store."""
    if not statement.args.get("local") or not str(path.this).startswith("/"):
        return path
    return exp.Literal.string(f"file://{path.this}")


def _changes_within(tree: exp.Expr) -> list[exp.Expr]:
    """Statements in common table expressions that change tables."""
    scope = tree.args.get("with_")
    definitions = scope.expressions if scope is not None else []
    return [one.this for one in definitions if isinstance(one.this, (exp.Insert, exp.Update, exp.Delete))]


def _reason(error: SqlglotError) -> str:
    errors = getattr(error, "errors", None)
    reason = errors[0].get("description") if errors else None
    if not reason:
        return "the statement is of a kind that is not understood"
    plain = _MISSING.sub(r"`\1` missing in \2", _TOKEN.sub(r"\1", str(reason))).rstrip(".")
    return f"the SQL is not understood: {plain[:1].lower()}{plain[1:]}"


_MISSING = re.compile(r"[Rr]equired keyword: '(\w+)' missing for <class '[\w.]*\.(\w+)'>")
_TOKEN = re.compile(r"<Token token_type: (?:TokenType\.)?(\w+),.*", re.DOTALL)
"""How sqlglot shows a token; its text may be a secret."""
