"""`configparser` while a callable's body is read: parsers of text that the code holds or that lies in the folder.

In: the calls of a parser and its sections. Out: the settings' values; unknown once the parser was given what is not known.
"""

from __future__ import annotations

import configparser
from typing import TYPE_CHECKING

from migrator.analyzers.io.python.values import UNKNOWN, Scope, Settings, Step
from migrator.model.changed import replace
from migrator.model.values import Value

if TYPE_CHECKING:
    from migrator.analyzers.io.python.evaluator import Evaluator

PARSERS = {
    "configparser.ConfigParser": configparser.ConfigParser,
    "configparser.RawConfigParser": configparser.RawConfigParser,
    "configparser.SafeConfigParser": configparser.ConfigParser,
}
READS = frozenset({"read", "read_dict", "read_file", "read_string"})
"""Methods that fill a parser."""
_GETTERS = frozenset({"get", "getboolean", "getfloat", "getint"})
_MAX_TEXT = 200_000
_MAX_REFERENCES = 16
"""References of settings to others that are followed: each may multiply what the next one takes."""


def parser_made(path: str, step: Step) -> Settings:
    """`ConfigParser(...)`."""
    extended = getattr(step.kwargs.get("interpolation"), "root", "").endswith("ExtendedInterpolation")
    if extended:
        return Settings(configparser.ConfigParser(interpolation=configparser.ExtendedInterpolation(), strict=False))
    return Settings(PARSERS[path](strict=False, allow_no_value=True))


def settings_method(evaluator: Evaluator, owner: Settings, step: Step, scope: Scope) -> Value:
    """What a method of a parser or of a section gives."""
    if step.name in READS and owner.section is None:
        _read(evaluator, owner, step, scope)
        return UNKNOWN
    if step.name in _GETTERS:
        section, name = (step.argument(0, "section"), step.argument(1, "option"))
        fallback = step.kwargs.get("fallback", UNKNOWN)
        if owner.section is not None:
            section, name = owner.section, step.argument(0, "option")
            fallback = step.argument(1, "fallback") if len(step.args) > 1 else fallback
        if not isinstance(section, str) or not isinstance(name, str):
            return UNKNOWN
        found = _setting(owner, section, name)
        return fallback if found is UNKNOWN and owner.complete else found
    if step.name == "sections" and owner.section is None:
        return owner.parser.sections() if owner.complete else UNKNOWN
    given = step.argument(0, "section")
    section = owner.section if owner.section is not None else given
    if step.name in ("items", "keys", "options", "values") and isinstance(section, str):
        return _members(owner, section, step.name)
    return UNKNOWN


def settings_item(owner: Settings, key: Value) -> Value:
    """`parser["section"]` and `parser["section"]["name"]`."""
    if not isinstance(key, str):
        return UNKNOWN
    if owner.section is not None:
        return _setting(owner, owner.section, key)
    return replace(owner, section=key) if key in owner.parser else UNKNOWN


def _members(owner: Settings, section: str, what: str) -> Value:
    if section not in owner.parser or not owner.complete:
        return UNKNOWN
    names = list(owner.parser[section])
    if what in ("keys", "options"):
        return names
    values = [_setting(owner, section, name) for name in names]
    return list(zip(names, values, strict=True)) if what == "items" else values


def _setting(owner: Settings, section: str, name: str) -> Value:
    """One setting with what it refers to put in."""
    try:
        raw = owner.parser.get(section, name, raw=True)
        if not isinstance(raw, str) or not ("%" in raw or "$" in raw):
            return raw if isinstance(raw, str) else UNKNOWN
        if owner.references > _MAX_REFERENCES:
            return UNKNOWN
        return owner.parser.get(section, name)
    except (configparser.Error, ValueError):
        return UNKNOWN


def _read(evaluator: Evaluator, owner: Settings, step: Step, scope: Scope) -> None:
    from migrator.analyzers.io.python.file_values import file_text, opened_path

    given = step.argument(0, "string", "filenames", "dictionary", "f")
    if step.name == "read_dict":
        plain = isinstance(given, dict) and all(
            isinstance(section, str) and isinstance(members, dict) and _is_plain(members)
            for section, members in given.items()
        )
        if plain:
            owner.parser.read_dict(given)
            owner.references += sum(_references(str(one)) for members in given.values() for one in members.values())
        else:
            owner.complete = False
        return
    texts: list[Value] = [given]
    if step.name == "read":
        texts = [file_text(evaluator, path, scope) for path in (given if isinstance(given, (list, tuple)) else [given])]
    elif step.name == "read_file":
        texts = [file_text(evaluator, opened_path(given), scope)]
    for text in texts:
        if not isinstance(text, str) or len(text) > _MAX_TEXT:
            owner.complete = False
            continue
        try:
            owner.parser.read_string(text)
        except (configparser.Error, ValueError):
            owner.complete = False
        owner.references += _references(text)


def _is_plain(members: dict[Value, Value]) -> bool:
    return all(isinstance(key, str) and isinstance(value, (str, int, float)) for key, value in members.items())


def _references(text: str) -> int:
    return text.count("%(") + text.count("${")
