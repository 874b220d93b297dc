"""The words of a shell script, as far as they can be told without running it.

Comes in: a script's text. Goes out: simple commands with their words and redirections; None for scripts with constructs that
change what words mean (here-documents, functions, `eval`): nothing is better than a wrong guess. It knows quoting, `$NAME`,
`${NAME}`, assignments, `cd`, and the operators between commands; a substitution gives an unknown part (`{?}`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

MAX_LENGTH = 100_000

_OPERATORS = re.compile(r"&>>|&>|>>|>\||>&|<&|<>|<|>|\|\||&&|\|&|;;|[|&;()\n]")
_NAME = re.compile(r"\$(?:(\w+)|\{(\w+)\}|\{(\w+)[:#%/^,!-][^{}]*\})")
_ASSIGNMENT = re.compile(r"^([A-Za-z_]\w*)=")
_KEYWORDS = frozenset(
    {"if", "then", "else", "elif", "fi", "do", "done", "while", "until", "!", "{", "}", "time", "sudo", "nohup"}
)
_REDIRECTIONS = frozenset({">", ">>", ">|", "<"})
_OTHER_REDIRECTIONS = frozenset({"&>", "&>>", ">&", "<&", "<>"})
"""Logs and copies of descriptors."""
_SET_BY_SHELL = re.compile(r"\b(?:for|select)\s+(\w+)\s+in\b|\bread\b((?:\s+[-\w]+)+)")
_DECLARING = frozenset({"export", "local", "declare", "readonly", "typeset"})
_BEYOND = re.compile(r"\(\s*\)\s*\{|\bfunction\s|\beval\b|<\(|>\(|(?<!\$)\(\(")
"""Constructs that are not followed: functions, `eval`, process substitution, arithmetic commands."""
_PLACEHOLDER = re.compile(r"\{\{[^{}]*\}\}")
_VARIABLE = re.compile(r"\w+|[@*#?$!-]")
_UNKNOWN = "{?}"


@dataclass(slots=True)
class Command:
    """One simple command: its words, the files its output goes to and its input comes from, and the folder it runs in.

    `folder` is None where it is the one that the script starts in.
    """

    words: list[str] = field(default_factory=list)
    writes: list[str] = field(default_factory=list)
    reads: list[str] = field(default_factory=list)
    folder: str | None = None


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    operator: bool = False
    glued: bool = False
    """A number directly in front of a redirection (`2>`)."""


def commands(script: str, env: Mapping[str, str]) -> list[Command] | None:
    """The script's commands in order, variables replaced by what `env` or the script itself says, `{env:NAME}` otherwise."""
    if len(script) > MAX_LENGTH or "<<" in script or _BEYOND.search(script):
        return None
    known = dict(env)
    for match in _SET_BY_SHELL.finditer(script):
        known |= dict.fromkeys(re.findall(r"\w+", match[1] or match[2]), _UNKNOWN)
    tokens = _tokens(script, known)
    if tokens is None:
        return None
    found: list[Command] = []
    current, folder = Command(), None
    outer: list[str | None] = []
    pending: str | None = None
    descriptor = ""
    for token in [*tokens, _Token("\n", operator=True)]:
        if token.glued:
            descriptor = token.text
        elif token.operator and token.text in (_REDIRECTIONS | _OTHER_REDIRECTIONS):
            compared = current.words[:1] == ["[["]
            apart = descriptor == "2" or token.text in _OTHER_REDIRECTIONS
            pending, descriptor = None if compared else ("apart" if apart else token.text), ""
        elif token.operator:
            pending = None
            folder = _finish(current, found, folder)
            if token.text == "(":
                outer.append(folder)
            elif token.text == ")" and outer:
                folder = outer.pop()
            current = Command(folder=folder)
        elif pending is not None:
            {"<": current.reads, "apart": []}.get(pending, current.writes).append(token.text)
            pending = None
        elif current.words or token.text not in _KEYWORDS:
            current.words.append(token.text)
    return found


def _finish(command: Command, found: list[Command], folder: str | None) -> str | None:
    """Files a command; gives back the folder that the next one runs in."""
    if command.words[:1] == ["cd"]:
        target = command.words[1] if len(command.words) == 2 else _UNKNOWN
        return target if target.startswith(("/", "{")) or folder is None else f"{folder}/{target}"
    if command.words or command.writes:
        found.append(command)
    return folder


def _tokens(script: str, known: dict[str, str]) -> list[_Token] | None:
    """Words and operators; None where a quote is not closed. Assignments are taken over into `known` on the way."""
    tokens: list[_Token] = []
    word: list[str] | None = None
    at, end = 0, len(script)

    def add(text: str) -> None:
        nonlocal word
        word = [] if word is None else word
        word.append(text)

    def close(glued: bool = False) -> None:
        nonlocal word
        if word is not None:
            text = "".join(word)
            assigned = _ASSIGNMENT.match(text)
            if assigned and (not tokens or tokens[-1].operator or tokens[-1].text in _DECLARING):
                known[assigned[1]] = text[assigned.end() :]
            else:
                tokens.append(_Token(text, glued=glued))
        word = None

    while at < end:
        sign = script[at]
        if sign == "\\" and at + 1 < end:
            if script[at + 1] != "\n":
                add(script[at + 1])
            at += 2
        elif sign == "'":
            stop = script.find("'", at + 1)
            if stop < 0:
                return None
            add(script[at + 1 : stop])
            at = stop + 1
        elif sign == '"':
            stop = _closing_quote(script, at)
            if stop < 0:
                return None
            add(_expanded(script[at + 1 : stop], known))
            at = stop + 1
        elif sign in "$`":
            stop = _substitution_end(script, at)
            if stop < 0:
                return None
            add(_expanded(script[at:stop], known))
            at = stop
        elif sign == "#" and word is None:
            stop = script.find("\n", at)
            at = end if stop < 0 else stop
        elif (operator := _OPERATORS.match(script, at)) is not None:
            close(glued=operator[0] in (">", ">>", "<", ">&", "<&") and word is not None and "".join(word).isdigit())
            tokens.append(_Token(operator[0], operator=True))
            at = operator.end()
        elif sign.isspace():
            close()
            at += 1
        elif (placeholder := _PLACEHOLDER.match(script, at)) is not None:
            add(placeholder[0])
            at = placeholder.end()
        else:
            add(sign)
            at += 1
    close()
    return tokens


def _closing_quote(script: str, start: int) -> int:
    at = start + 1
    while at < len(script):
        if script[at] == "\\":
            at += 2
        elif script[at] == "$" and script[at + 1 : at + 2] == "(":
            at = _substitution_end(script, at)
            if at < 0:
                return -1
        elif script[at] == '"':
            return at
        else:
            at += 1
    return -1


def _substitution_end(script: str, start: int) -> int:
    """Behind `$NAME`, `${…}`, `$(…)` or a pair of backticks; -1 where it is not closed."""
    if script[start] == "`":
        stop = script.find("`", start + 1)
        return -1 if stop < 0 else stop + 1
    following = script[start + 1 : start + 2]
    if following in ("(", "{"):
        closing, depth = {"(": ")", "{": "}"}[following], 0
        for at in range(start + 1, len(script)):
            depth += (script[at] == following) - (script[at] == closing)
            if depth == 0:
                return at + 1
        return -1
    name = _VARIABLE.match(script, start + 1)
    return start + 1 if name is None else name.end()


def _expanded(text: str, known: Mapping[str, str]) -> str:
    """Text with its variables replaced; what a command substitution gives is not known."""
    if "`" in text or "$(" in text:
        return _UNKNOWN

    def value(match: re.Match[str]) -> str:
        name = match[1] or match[2]
        if name is None or name.isdigit():
            return _UNKNOWN
        return known.get(name, f"{{env:{name}}}")

    text = _NAME.sub(value, text)
    return _UNKNOWN if re.search(r"\$[{@*#?$!-]", text) else re.sub(r"\\([\"\\$`])", r"\1", text)
