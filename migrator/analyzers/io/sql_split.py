"""Takes a script of SQL apart into its statements, by sqlglot's tokens.

Comes in: a text and a dialect. Goes out: `Statement`s with their tokens, from which their trees are made without looking at the text again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from sqlglot import Token, TokenType, exp
from sqlglot.dialects.dialect import Dialect
from sqlglot.errors import ParseError, SqlglotError

from migrator.model.frozen import dataclass

MAX_DEPTH = 200
"""Open parentheses; sqlglot would exhaust the stack on many more."""
FALLBACKS = ("postgres", "snowflake", "bigquery", "mysql", "tsql", "duckdb", "spark")
"""Dialects that are tried in this order where it is not known."""

_BATCH = re.compile(r"^[ \t]*go[ \t]*(?:\d+[ \t]*)?$", re.IGNORECASE | re.MULTILINE)
"""T-SQL's line between batches."""
_UPSERT = re.compile(r"((?:^|;)\s*)UPSERT(?=\s+INTO\b)", re.IGNORECASE)
"""YDB's and Phoenix's `INSERT`, which sqlglot does not know."""
_DEPTHS = {TokenType.L_PAREN: 1, TokenType.CASE: 1, TokenType.R_PAREN: -1, TokenType.END: -1}


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement of a script; `line` is its first one there. `tokens` tell their places in the script, too; there are none where the
    script's dialect does not know a sign of it, maybe in another statement."""

    text: str
    script: str
    line: int = 1
    too_deep: bool = False
    tokens: list[Token] | None = None


def statements(script: str, dialect: str | None) -> list[Statement]:
    """The statements of a script. Raises SqlglotError where it cannot be split."""
    script = _without_batches(script)
    tokens, own = _tokens(script, dialect)
    return [
        Statement(
            script[chunk[0].start : chunk[-1].end + 1], script, chunk[0].line, _too_deep(chunk), chunk if own else None
        )
        for chunk in _chunks(tokens)
    ]


def within(statement: Statement, text: str) -> Statement:
    """A text that was found in a statement, as a statement of its own."""
    return Statement(text, text, too_deep=statement.too_deep)


def tree_of(statement: Statement, dialect: str | None) -> exp.Expr:
    """The tree of a statement, whose lines are those of its tokens, if it has any. Raises SqlglotError."""
    rules = Dialect.get_or_raise(dialect)
    own = statement.tokens
    trees = rules.parse(statement.text) if own is None else rules.parser().parse(own, statement.script)
    if not trees or trees[0] is None:
        raise ParseError("there is no statement")
    return exp.Block(expressions=trees) if len(trees) > 1 else trees[0]


def _tokens(script: str, dialect: str | None) -> tuple[list[Token], bool]:
    """The script's tokens, and whether they are those of its dialect."""
    try:
        return Dialect.get_or_raise(dialect).tokenize(script), True
    except SqlglotError as error:
        failure = error
    for other in (name for name in (None, *FALLBACKS) if name != dialect):
        try:
            return Dialect.get_or_raise(other).tokenize(script), False
        except SqlglotError as error:
            failure = error
    raise failure


def _chunks(tokens: list[Token]) -> Iterator[list[Token]]:
    """The tokens between semicolons."""
    start = 0
    for at in [at for at, token in enumerate(tokens) if token.token_type is TokenType.SEMICOLON]:
        if at > start:
            yield tokens[start:at]
        start = at + 1
    if start < len(tokens):
        yield tokens[start:]


def _too_deep(chunk: list[Token]) -> bool:
    if len(chunk) <= MAX_DEPTH:
        return False
    depth = deepest = 0
    for step in [_DEPTHS[token.token_type] for token in chunk if token.token_type in _DEPTHS]:
        depth += step
        deepest = max(deepest, depth)
    return deepest > MAX_DEPTH


def _without_batches(script: str) -> str:
    """The script with `GO` lines as ends of statements, and `UPSERT` as `INSERT`."""
    script = _UPSERT.sub(r"\1INSERT", script)
    return _BATCH.sub(lambda found: ";".ljust(len(found[0])), script) if _BATCH.search(script) else script
