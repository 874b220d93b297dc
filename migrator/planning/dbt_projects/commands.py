"""The commands of dbt in a shell command that does nothing else: `cd shop && dbt deps && dbt build --select staging`."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator, Sequence
from typing import Any

from migrator.model.bodies import RunShell
from migrator.model.changed import replace
from migrator.model.expressions import Expr, Format
from migrator.model.frozen import dataclass

_MAKE = frozenset({"build", "run", "seed", "snapshot"})
_COMMANDS = _MAKE | {"deps", "test"}
_SELECT = frozenset({"--select", "-s", "--models", "--model", "-m"})
_PLACES = {
    "--project-dir": "directory",
    "--profiles-dir": "profiles",
    "--profile": "profile",
    "--target": "target",
    "-t": "target",
}
_WITH_VALUE = frozenset({"--vars", "--threads", "--log-level", "--event-time-start", "--event-time-end"})
_FLAGS = frozenset(
    {
        "--full-refresh", "-f", "--fail-fast", "-x", "--warn-error", "--quiet", "-q", "--debug", "-d", "--no-partial-parse", "--partial-parse",
        "--use-colors", "--no-use-colors", "--store-failures", "--empty", "--no-version-check", "--version-check", "--no-fail-fast",
        "--show", "--upgrade", "--no-send-anonymous-usage-stats",
    }
)  # fmt: skip
_HOLE = re.compile("\ue000(\\d+)\ue001")
_MEANING_TO_A_SHELL = re.compile(r"""[$`~<>()#\n]|(?<![&])&(?![&])|\|""")


@dataclass(frozen=True, slots=True)
class DbtCommands:
    """The words of each command, its name first, without those about the project (`directory`, `profiles`, `profile`, `target`) and the selection, which are the same
    for all of them."""

    commands: tuple[tuple[Expr, ...], ...]
    directory: Expr = None
    profiles: Expr = None
    profile: str = ""
    target: Expr = None
    select: str = ""
    exclude: str = ""


def read_commands(body: RunShell) -> DbtCommands | None:
    """What a shell command has dbt do; None where it does other things, or does them in a way that dagster-dbt has no word for."""
    if body.env or not body.append_env or body.skip_exit_codes or body.returns:
        return None
    lines = [body.command] if isinstance(body.command, list) else _lines(body.command)
    if lines is None:
        return None
    directory = body.cwd
    found: list[DbtCommands] = []
    dependencies: list[DbtCommands] = []
    for words in lines:
        if words[0] == "cd" and len(words) == 2 and directory is None and not found:
            directory = words[1]
            continue
        one = _command(words, directory)
        if one is None:
            return None
        found.append(one)
    while found and found[0].commands[0][0] == "deps":
        dependencies.append(found.pop(0))
    names = [one.commands[0][0] for one in found]
    if not names or names[0] not in _MAKE or names[1:] not in ([], ["test"]):
        return None
    first = found[0]
    if any(replace(one, commands=first.commands) != first for one in found):
        return None
    if any(one.directory != first.directory for one in dependencies):
        return None
    return replace(first, commands=tuple(one.commands[0] for one in (*dependencies, *found)))


def _lines(command: Expr) -> list[list[Expr]] | None:
    """The words of each command of a script in which one follows the other; None where a shell would do more than that."""
    parts = command.parts if isinstance(command, Format) else (command,)
    holes: list[Expr] = []
    text = ""
    for part in parts:
        if not isinstance(part, str):
            holes.append(part)
            part = f"\ue000{len(holes) - 1}\ue001"
        text += part
    text = text.replace("\\\n", " ").strip()
    if _MEANING_TO_A_SHELL.search(re.sub("'[^']*'", "''", text)):
        return None
    lexer = shlex.shlex(text, posix=True, punctuation_chars="&;")
    lexer.whitespace_split = True
    lexer.commenters = ""
    lines: list[list[Expr]] = [[]]
    try:
        for token in lexer:
            if token == "&&":
                lines.append([])
            elif set(token) <= {"&", ";"}:
                return None
            else:
                lines[-1].append(_filled(token, holes))
    except ValueError:
        return None
    return lines if all(lines) else None


def _filled(token: str, holes: Sequence[Expr]) -> Expr:
    """A word with the expressions that stand in it."""
    pieces = _HOLE.split(token)
    parts = [holes[int(piece)] if number % 2 else piece for number, piece in enumerate(pieces)]
    parts = [part for part in parts if part != ""]
    if all(isinstance(part, str) for part in parts):
        return "".join(parts)
    return parts[0] if len(parts) == 1 else Format(tuple(parts))


def _command(words: Sequence[Expr], directory: Expr) -> DbtCommands | None:
    """One command line of dbt; `directory` is where it runs."""
    if words[0] != "dbt":
        return None
    places: dict[str, Any] = {"directory": directory}
    lists: dict[str, list[str]] = {"select": [], "exclude": []}
    kept: list[Expr] = []
    for name, values in _options(words[1:]):
        if name in _SELECT or name == "--exclude":
            if not values or not all(isinstance(value, str) for value in values):
                return None
            lists["exclude" if name == "--exclude" else "select"] += values
        elif name in _PLACES and len(values) == 1:
            places[_PLACES[name]] = values[0]
        elif name in _WITH_VALUE and len(values) == 1:
            kept += [name, _variables(values[0]) if name == "--vars" else values[0]]
        elif name in _FLAGS and not values:
            kept.append(name)
        elif not name and len(values) == 1 and values[0] in _COMMANDS:
            kept.append(values[0])
        else:
            return None
    if len([word for word in kept if isinstance(word, str) and word in _COMMANDS]) != 1 or not isinstance(
        places.get("profile", ""), str
    ):
        return None
    kept.sort(key=lambda word: not isinstance(word, str) or word not in _COMMANDS)
    return DbtCommands((tuple(kept),), **places, **{name: " ".join(values) for name, values in lists.items()})


def _options(words: Sequence[Expr]) -> Iterator[tuple[str, list[Expr]]]:
    """Each option with its values; words that belong to none under an empty name."""
    name, wanted = "", False
    values: list[Expr] = []
    for word in words:
        text = word if isinstance(word, str) else word.parts[0] if isinstance(word, Format) else ""
        if isinstance(text, str) and text.startswith("-") and not wanted:
            if name:
                yield name, values
            name, _, value = text.partition("=")
            values = []
            if "=" in text:
                rest = word.parts[1:] if isinstance(word, Format) else ()
                whole = [part for part in (value, *rest) if part != ""]
                values = [whole[0] if len(whole) == 1 else Format(tuple(whole))]
                yield name, values
                name, values = "", []
            else:
                wanted = name in _WITH_VALUE or name in _PLACES
        elif wanted:
            yield name, [word]
            name, values, wanted = "", [], False
        elif name in _SELECT or name == "--exclude":
            values.append(word)
        else:
            if name:
                yield name, values
            name, values = "", []
            yield "", [word]
    if name:
        yield name, values


def _variables(value: Expr) -> Expr:
    """The variables as a mapping, where their text is JSON whose values are texts."""
    parts = value.parts if isinstance(value, Format) else (value,)
    holes = [part for part in parts if not isinstance(part, str)]
    numbers = iter(range(len(holes)))
    text = "".join(part if isinstance(part, str) else f"\ue000{next(numbers)}\ue001" for part in parts)
    try:
        found = json.loads(text)
    except ValueError:
        return value
    if not isinstance(found, dict) or not all(isinstance(item, (str, int, float, bool)) for item in found.values()):
        return value
    return {key: _filled(item, holes) if isinstance(item, str) else item for key, item in found.items()}
