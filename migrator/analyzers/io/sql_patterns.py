"""Statements that sqlglot does not parse, recognized by their form; and a careful look at the words of what nobody understands.

Comes in: the text or the tokens of one statement. Goes out: the tables, files and queries that it names. Nothing here guesses from
inside strings or comments: patterns are anchored at the statement's first word, and the last resort works on tokens.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from sqlglot import Token, TokenType

from migrator.model.frozen import dataclass

_NAME = r"""((?:[\w$#-]+|"[^"]+"|`[^`]+`|\[[^\]]+\])(?:\s*\.\s*(?:[\w$#-]+|"[^"]+"|`[^`]+`|\[[^\]]+\]))*)"""
_TEXT = r"'((?:[^']|'')*)'"
_MAX_WORDS = 20_000
"""Tokens of a statement that are looked at one by one."""


@dataclass(frozen=True, slots=True)
class Named:
    """What a statement names. `reads` and `writes` are tables, `files_read` and `files_written` paths, `queries` SQL inside the statement."""

    reads: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()
    files_read: tuple[str, ...] = ()
    files_written: tuple[str, ...] = ()
    queries: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    """Tables that are empty or away afterwards."""
    why: str = ""
    weak: bool = False
    """What is written may be filled elsewhere (a table laid over a place that another statement fills)."""


def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(r"^\s*" + text, re.IGNORECASE | re.DOTALL)


_UNLOAD_TEXT = _pattern(r"unload\s*\(\s*'((?:[^'\\]|''|\\.)*)'\s*\)\s*to\s*'([^']+)'")
_QUOTE = re.compile(r"''|\\'")
"""A quote inside a text."""
_UNLOAD_QUERY = _pattern(r"unload\s*\((.+)\)\s*to\s*'([^']+)'")
_REFRESH = _pattern(rf"refresh\s+materialized\s+view\s+(?:concurrently\s+)?{_NAME}")
_APPEND = _pattern(rf"alter\s+table\s+{_NAME}\s+append\s+from\s+{_NAME}")
_SWITCH = _pattern(rf"alter\s+table\s+{_NAME}\s+switch\s+(?:partition\s+\S+\s+)?to\s+{_NAME}")
_EXCHANGE = _pattern(rf"alter\s+table\s+{_NAME}\s+exchange\s+(?:sub)?partition\s*.*?\bwith\s+table\s+{_NAME}")
_REPLACE_PARTITION = _pattern(rf"alter\s+table\s+{_NAME}\s+(?:replace|attach)\s+partition\s+.*?\bfrom\s+{_NAME}\s*$")
_EXCHANGE_TABLES = _pattern(rf"exchange\s+tables\s+{_NAME}\s+and\s+{_NAME}")
_ADD_PARTITION = _pattern(
    rf"alter\s+table\s+{_NAME}\s+add\s+(?:if\s+not\s+exists\s+)?partition\b.*?\blocation\s+'([^']+)'"
)
_LOAD_INFILE = _pattern(
    r"load\s+data\s+(?:low_priority\s+|concurrent\s+)?(?:local\s+)?infile\s+'([^']+)'\s+"
    rf"(?:replace\s+|ignore\s+)?into\s+table\s+{_NAME}"
)
_LOAD_FILES = _pattern(
    rf"load\s+data\s+(?:into|overwrite)\s+(?:temp\s+table\s+)?{_NAME}(?![\w.]).*?\bfrom\s+files\s*\((.+)\)"
)
_OUTFILE = _pattern(r"(select\b.*?)\binto\s+(?:outfile|dumpfile)\s+'([^']+)'(.*)$")
_BULK = _pattern(rf"bulk\s+insert\s+{_NAME}\s+from\s+'([^']+)'")
_EXPORT_DATABASE = _pattern(r"export\s+database\s+(?:[\w.]+\s+to\s+)?'([^']+)'")
_RENAME = _pattern(r"rename\s+table\s+(.+)$")
_RENAMED = re.compile(rf"{_NAME}\s+to\s+{_NAME}", re.IGNORECASE)
_EXTERNAL = _pattern(rf"create\s+(?:or\s+replace\s+)?external\s+table\s+(?:if\s+not\s+exists\s+)?{_NAME}(?![\w.])(.*)$")
_CACHE = _pattern(rf"cache\s+(?:lazy\s+)?table\s+{_NAME}\s+(?:options\s*\([^)]*\)\s*)?(?:as\s+)?((?:select|with)\b.+)$")
_MODEL = _pattern(rf"create\s+(?:or\s+replace\s+)?(?:temp\s+)?model\s+(?:if\s+not\s+exists\s+)?{_NAME}(?![\w.])(.*)$")
_MODEL_QUERY = re.compile(r"\bas\s+\(?\s*((?:select|with)\b.*)$", re.IGNORECASE | re.DOTALL)
_PUT = _pattern(r"put\s+'?file://([^\s']+)'?\s+'?(@[^\s';]+)")
_GET = _pattern(r"get\s+'?(@[^\s']+)'?\s+'?file://([^\s';]+)")
_PSQL_COPY = _pattern(r"\\copy\b")
_MUTATION = _pattern(rf"alter\s+table\s+{_NAME}\s+(?:on\s+cluster\s+\S+\s+)?update\s+(?=.*\bwhere\b)")
_BLOCK = _pattern(r"do\s+(?:language\s+\w+\s+)?(\$\w*\$)(.*)\1")
_URIS = re.compile(r"\buris?\s*=\s*(\[[^\]]*\]|'[^']*')", re.IGNORECASE)
_LOCATION = re.compile(r"\blocation\s*=?\s*'([^']+)'", re.IGNORECASE)
_LITERAL = re.compile(r"['\"]([^'\"]+)['\"]")

_WITHOUT_DATA = _pattern(
    r"(?:create|alter|drop)\s+(?:or\s+(?:replace|alter)\s+)?(?:secure\s+|temp(?:orary)?\s+|transient\s+|unique\s+|foreign\s+)?"
    r"(?:task|stream|pipe|stage|file\s+format|sequence|function|procedure|proc|aggregate|macro|schema|database|role|user|index|trigger|"
    r"extension|type|domain|server|table\s+\S+\s*\([^;]*\)\s*server|warehouse|policy|masking|row\s+access|tag|share|integration|"
    r"notification|storage|network|resource|external\s+(?:function|schema|volume|data\s+source|file\s+format)|catalog|connection|"
    r"login|rule|cast|collation|publication|subscription|statistics|dictionary|namespace|flow|alert|secret|snapshot)\b"
)
"""Definitions: what they hold runs later, or they hold no data."""


def is_definition(text: str) -> bool:
    """Whether the statement defines something that holds no data of its own."""
    return _WITHOUT_DATA.match(text) is not None


def by_pattern(text: str) -> Named | None:
    """What a statement of a known form names; None where it has none of them."""
    if found := _UNLOAD_TEXT.match(text):
        return Named(queries=(_QUOTE.sub("'", found[1]),), files_written=(found[2],), why="`UNLOAD` writes it")
    if found := _UNLOAD_QUERY.match(text):
        return Named(queries=(found[1],), files_written=(found[2],), why="`UNLOAD` writes it")
    if found := _REFRESH.match(text):
        return Named(writes=(found[1],), why="`REFRESH` fills it")
    if found := _APPEND.match(text):
        return Named(writes=(found[1],), reads=(found[2],), gone=(found[2],), why="`ALTER TABLE ... APPEND` fills it")
    if found := _SWITCH.match(text):
        return Named(writes=(found[2],), reads=(found[1],), gone=(found[1],), why="`SWITCH` fills it")
    if found := _EXCHANGE.match(text) or _REPLACE_PARTITION.match(text):
        return Named(writes=(found[1],), reads=(found[2],), why="it takes over a partition")
    if found := _EXCHANGE_TABLES.match(text):
        return Named(writes=(found[1],), reads=(found[2],), why="`EXCHANGE TABLES` fills it")
    if found := _ADD_PARTITION.match(text):
        return Named(writes=(found[1],), files_read=(found[2],), why="`ADD PARTITION` makes the files a part of it")
    if found := _LOAD_INFILE.match(text):
        return Named(writes=(found[2],), files_read=(found[1],), why="`LOAD DATA` fills it")
    if found := _LOAD_FILES.match(text):
        return Named(writes=(found[1],), files_read=_uris(found[2]), why="`LOAD DATA` fills it")
    if found := _OUTFILE.match(text):
        return Named(
            queries=(_rejoined(found[1], found[3]),), files_written=(found[2],), why="`INTO OUTFILE` writes it"
        )
    if found := _PUT.match(text):
        # The stage of a table or a user is on the way to somewhere else.
        kept = () if found[2].startswith(("@%", "@~")) else (found[2],)
        return Named(files_read=(found[1],), files_written=kept, why="`PUT` uploads it")
    if found := _GET.match(text):
        return Named(files_read=(found[1],), files_written=(found[2],), why="`GET` downloads it")
    if found := _EXPORT_DATABASE.match(text):
        return Named(files_written=(found[1],), why="`EXPORT DATABASE` writes it")
    if found := _BULK.match(text):
        return Named(writes=(found[1],), files_read=(found[2],), why="`BULK INSERT` fills it")
    if found := _RENAME.match(text):
        pairs = _RENAMED.findall(found[1])
        old = {first for first, _ in pairs}
        return Named(
            writes=tuple(second for first, second in pairs if second in old or len(pairs) == 1),
            gone=tuple(first for first, _ in pairs),
            why="another table takes its name",
        )
    if found := _EXTERNAL.match(text):
        uris, places = _uris(found[2]), tuple(_LOCATION.findall(found[2]))
        why = "`CREATE EXTERNAL TABLE` lays it over files"
        return (
            Named(writes=(found[1],), files_read=(*uris, *places), why=why, weak=not uris) if uris or places else None
        )
    return None


def model_of(text: str) -> tuple[str, str] | None:
    """Name and training query of `CREATE MODEL`; None for other statements."""
    found = _MODEL.match(text)
    if found is None:
        return None
    query = _MODEL_QUERY.search(found[2])
    return found[1], query[1].rstrip().removesuffix(")") if query else ""


def cached_view(text: str) -> tuple[str, str] | None:
    """Name and query of Spark's `CACHE TABLE x AS SELECT`; None for other statements."""
    found = _CACHE.match(text)
    return (found[1], found[2]) if found else None


def as_statement(text: str) -> str:
    """psql's `\\copy` as the `COPY` that it runs, and ClickHouse's `ALTER TABLE x UPDATE` as the `UPDATE` that it is."""
    return _MUTATION.sub(r"UPDATE \1 SET ", _PSQL_COPY.sub("COPY", text))


def block_of(text: str) -> str | None:
    """The body of an anonymous block (`DO $$ ... $$`), which runs at once; None for other statements."""
    found = _BLOCK.match(text)
    return found[2] if found else None


def _uris(text: str) -> tuple[str, ...]:
    return tuple(uri for group in _URIS.findall(text) for uri in _LITERAL.findall(group))


def _rejoined(head: str, tail: str) -> str:
    """A query around `INTO OUTFILE 'x' FIELDS TERMINATED BY ','`: what comes after it counts only where it goes on with the query."""
    rest = re.search(r"\bfrom\b.*", tail, re.IGNORECASE | re.DOTALL)
    return f"{head} {rest[0]}" if rest else head


# ------------------------------------------------------------------------------------------------------- the last resort

_TARGET_AFTER: tuple[tuple[str, ...], ...] = (
    ("INSERT", "INTO", "TABLE"), ("INSERT", "OVERWRITE", "TABLE"), ("INSERT", "OVERWRITE", "INTO"), ("INSERT", "INTO"),
    ("INSERT", "OVERWRITE"), ("MERGE", "INTO"), ("REPLACE", "INTO"), ("COPY", "INTO"),
    ("CREATE", "TABLE", "IF", "NOT", "EXISTS"), ("CREATE", "TABLE"), ("REPLACE", "TABLE"), ("CREATE", "VIEW"), ("REPLACE", "VIEW"),
)  # fmt: skip
_SOURCE_AFTER = frozenset({"FROM", "JOIN", "USING"})
_NOT_SOURCE_BEFORE = frozenset({"DELETE", "DISTINCT", "BOTH", "LEADING", "TRAILING"})
_NOT_NAMES = frozenset(
    {
        "SELECT", "WITH", "LATERAL", "UNNEST", "TABLE", "ONLY", "VALUES", "STDIN", "STDOUT", "PROGRAM", "SET", "WHERE", "ON", "AS", "FROM",
        "INTO", "FILES", "FILE", "IF", "NOT", "EXISTS", "INSERTED", "DELETED", "DUAL", "FUNCTION", "ALL", "FIRST",
    }
)  # fmt: skip
_PART = frozenset({TokenType.VAR, TokenType.IDENTIFIER})


def by_words(tokens: Sequence[Token]) -> Named:
    """Targets of `INSERT INTO x` and the like, and sources of `FROM x` and `JOIN x`, in tokens that no parser understood.

    A name counts only where no parenthesis opens behind it (that is a function) and no common table expression defines it; a `FROM` inside
    a function's parentheses (`EXTRACT(day FROM x)`) is none.
    """
    words = [token.text.upper() for token in tokens[:_MAX_WORDS]]
    writes: dict[str, None] = {}
    reads: dict[str, None] = {}
    local: set[str] = set()
    in_function: list[bool] = []
    at = 0
    while at < len(words):
        word = words[at]
        if word == "(":
            called = at > 0 and tokens[at - 1].token_type in _PART and words[at - 1] not in _NOT_NAMES
            query = at + 1 < len(words) and words[at + 1] in ("SELECT", "WITH")
            function = called or (at > 0 and words[at - 1] in ("EXTRACT", "TRIM", "SUBSTRING", "OVERLAY", "POSITION"))
            in_function.append(function and not query)
            if query and at > 1 and words[at - 1] == "AS":
                local.add(words[at - 2].strip('"`[]'))
        elif word == ")" and in_function:
            in_function.pop()
        else:
            target = next((len(form) for form in _TARGET_AFTER if tuple(words[at : at + len(form)]) == form), 0)
            if target:
                name, end = _name(tokens, words, at + target)
                if name:
                    writes.setdefault(name)
                at = max(end, at + target)
                continue
            if (
                word in _SOURCE_AFTER
                and not any(in_function[-1:])
                and (not at or words[at - 1] not in _NOT_SOURCE_BEFORE)
            ):
                name, end = _name(tokens, words, at + 1)
                if name and (end >= len(words) or words[end] != "("):
                    reads.setdefault(name)
        at += 1
    kept = tuple(name for name in reads if name.upper().strip('"`[]') not in local and name not in writes)
    return Named(reads=kept, writes=tuple(writes), why="the SQL, which is not understood as a whole, names it so")


def _name(tokens: Sequence[Token], words: Sequence[str], at: int) -> tuple[str, int]:
    """The dotted name that begins at a token, empty if none does, and where it ends."""
    parts: list[str] = []
    while at < len(words):
        token = tokens[at]
        plain = re.fullmatch(r"[A-Za-z_#][\w$#]*", token.text) is not None
        if token.token_type is TokenType.STRING or (not plain and token.token_type is not TokenType.IDENTIFIER):
            break
        if not parts and token.token_type is not TokenType.IDENTIFIER and words[at] in _NOT_NAMES:
            break
        parts.append(f'"{token.text}"' if token.token_type is TokenType.IDENTIFIER and not plain else token.text)
        at += 1
        if at >= len(words) or words[at] != ".":
            break
        at += 1
    return ".".join(parts), at
