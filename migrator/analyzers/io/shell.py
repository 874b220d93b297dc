"""The commands of a shell script, as far as they can be told without running it.

Comes in: a script's text. Goes out: simple commands with their words, redirections and here-documents, in the order in which they run.
tree-sitter's grammar of bash reads the script; here variables, `cd`, functions, loops over words and subshells are followed. A
substitution gives an unknown part (`{?}`), and its commands run, too. Statements that are no valid shell are left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import field
from functools import cache
from typing import TYPE_CHECKING

from migrator.analyzers.io.names import PLACEHOLDER
from migrator.model.changed import replace
from migrator.model.frozen import dataclass

if TYPE_CHECKING:
    from tree_sitter import Node, Parser

MAX_LENGTH = 100_000
MAX_COMMANDS = 2_000
MAX_STATEMENTS = 20_000
"""Statements that are read, those of loops and functions each time."""
MAX_WORDS = 32
"""Words of a loop that are looked at one by one."""
_MAX_DEPTH = 60
"""Nodes inside each other, and functions that call each other."""
_UNKNOWN = "{?}"
_MARK = re.compile(r"\x02?JINJA(\d+)JINJA")
_BRACES = re.compile(r"\{([^{}\s:?]*,[^{}\s?]*)\}")
_PREFIXES = frozenset({"sudo", "nohup", "time", "exec", "command", "nice", "env", "builtin", "then", "!", "stdbuf"})
_DEFAULT = re.compile(r"^\$\{(\w+)(?::?[-=]([^{}]*))?\}$")
_BARE = re.compile(r"(?<![\\$])\$([A-Za-z_]\w*)(?=[-.,:+=@%~])")
_BRACED = "xBRACEDx"
"""The grammar ends an unquoted word at its second variable, if that is not followed by a slash (tree-sitter-bash 0.25: `$OUT/rates_$DAY.csv`). Such
variables are read in braces, with this at the end of their name to know them by."""


@dataclass(slots=True)
class Command:
    """One simple command: its words, the files its output goes to and its input comes from, and the folder it runs in.

    `folder` is None where it is the one that the script starts in. `stdin` is a text that it is given: a here-document, a here-string, or what an
    `echo` in front of a pipe says.
    """

    words: list[str] = field(default_factory=list)
    writes: list[str] = field(default_factory=list)
    reads: list[str] = field(default_factory=list)
    folder: str | None = None
    stdin: str | None = None
    piped: bool = False
    """Its output goes to another command."""


@dataclass(frozen=True, slots=True)
class Script:
    """`complete` is False where a part of the text is no valid shell, or beyond the limits."""

    commands: tuple[Command, ...]
    complete: bool = True
    wrong_line: int | None = None
    """The first line, from 1, of what is no valid shell."""


def parse_script(text: str, env: Mapping[str, str]) -> Script:
    """The script's commands in order, variables replaced by what `env` or the script itself says, `{env:NAME}` otherwise."""
    if len(text) > MAX_LENGTH:
        return Script((), complete=False)
    reader = _Reader(text, env)
    try:
        reader.read()
    except RecursionError:
        reader.complete = False
    return Script(tuple(reader.found), reader.complete, reader.wrong_line)


def _wrong_line(node: Node) -> int | None:
    """The line of the first thing in a tree that is no valid shell."""
    while node.has_error and node.type != "ERROR" and not node.is_missing:
        node = next((child for child in node.children if child.has_error or child.is_missing), node.children[-1])
    return node.start_point[0] + 1


@cache
def _parser() -> Parser:
    import tree_sitter
    import tree_sitter_bash

    return tree_sitter.Parser(tree_sitter.Language(tree_sitter_bash.language()))


class _Reader:
    """Reads one script. Jinja and other unknown parts are words of their own while it is parsed."""

    def __init__(self, text: str, env: Mapping[str, str]) -> None:
        self.originals: list[str] = []
        marked = PLACEHOLDER.sub(self._mark, text.replace("\r\n", "\n"))
        self.source = _BARE.sub(rf"${{\1{_BRACED}}}", marked).encode()
        self.known = dict(env)
        self.functions: dict[str, Node] = {}
        self.folder: str | None = None
        self.found: list[Command] = []
        self.complete = True
        self.wrong_line: int | None = None
        self.depth = 0
        self.statements = 0

    def _mark(self, match: re.Match[str]) -> str:
        self.originals.append(match[0])
        return f"JINJA{len(self.originals) - 1}JINJA"

    def restored(self, text: str) -> str:
        bare = re.sub(rf"\$\{{(\w+){_BRACED}\}}", r"$\1", text)
        return _MARK.sub(lambda match: self.originals[int(match[1])], bare)

    def text(self, node: Node) -> str:
        return self.source[node.start_byte : node.end_byte].decode(errors="replace")

    def read(self) -> None:
        root = _parser().parse(self.source).root_node
        self.wrong_line = _wrong_line(root) if root.has_error else None
        self.statement(root)

    # -- statements

    def statement(self, node: Node) -> list[Command]:
        """Reads a statement; its simple commands, the last one last."""
        self.statements += 1
        if self.depth > _MAX_DEPTH or len(self.found) > MAX_COMMANDS or self.statements > MAX_STATEMENTS:
            self.complete = False
            return []
        self.depth += 1
        try:
            return self._statement(node)
        finally:
            self.depth -= 1

    def _statement(self, node: Node) -> list[Command]:
        kind = node.type
        if kind == "program" and node.has_error:
            self.complete = False
            return self.sound(node)
        if kind == "ERROR" or node.is_missing or (kind in ("command", "redirected_statement") and node.has_error):
            self.complete = False
            return []
        if kind == "command":
            return self.command(node)
        if kind == "redirected_statement":
            return self.redirected(node)
        if kind == "variable_assignment":
            self.assign(node)
        elif kind == "variable_assignments" or kind == "declaration_command":
            for child in node.named_children:
                if child.type == "variable_assignment":
                    self.assign(child)
        elif kind == "function_definition":
            name, body = node.child_by_field_name("name"), node.child_by_field_name("body")
            if name is not None and body is not None:
                self.functions[self.text(name)] = body
        elif kind == "pipeline":
            return self.pipeline(node)
        elif kind == "for_statement":
            self.loop(node)
        elif kind in ("subshell", "command_substitution", "process_substitution"):
            folder, known = self.folder, dict(self.known)
            found = self.several(node)
            self.folder, self.known = folder, known
            return found
        elif kind in ("while_statement", "if_statement", "elif_clause", "else_clause", "case_statement", "case_item"):
            for child in node.named_children:
                self.statement(child)
        elif kind in ("program", "list", "compound_statement", "do_group", "negated_command"):
            return self.several(node)
        return []

    def sound(self, node: Node) -> list[Command]:
        """Reads the statements in front of the first thing that is no valid shell: what follows may mean anything."""
        for child in node.named_children:
            if child.type == "ERROR":
                return self.sound(child)
            if child.has_error:
                break
            self.statement(child)
        return []

    def several(self, node: Node) -> list[Command]:
        found: list[Command] = []
        for child in node.named_children:
            found = self.statement(child) or found
        return found

    def pipeline(self, node: Node) -> list[Command]:
        """Commands that feed each other: what `echo` says is the next one's input."""
        before: list[Command] = []
        for child in node.named_children:
            found = self.statement(child)
            self.feed(before, found)
            before = found
        return before

    def feed(self, before: list[Command], found: list[Command]) -> None:
        if not before or not found:
            return
        giver, taker = before[-1], found[0]
        giver.piped = True
        words = [word for word in giver.words[1:] if word not in ("-e", "-n")]
        if giver.words[:1] in (["echo"], ["printf"]) and taker.stdin is None:
            taker.stdin = " ".join(words)
        elif giver.words[:1] == ["cat"] and taker.stdin is None and not words:
            taker.stdin = giver.stdin
        elif giver.words[:1] == ["cat"] and len(words) == 1 and not taker.reads:
            taker.reads.append(words[0])
            giver.words = ["true"]

    def loop(self, node: Node) -> None:
        variable, body = node.child_by_field_name("variable"), node.child_by_field_name("body")
        if variable is None or body is None:
            return
        words: list[str] = []
        for child in node.children_by_field_name("value"):
            words += self.words(child)
        is_list = bool(words) and not any("*" in word for word in words)
        is_pattern = len(words) == 1 and words[0].strip("*") != "" and _UNKNOWN not in words[0]
        known = words if len(words) <= MAX_WORDS and (is_list or is_pattern) else [_UNKNOWN]
        for word in known:
            self.known[self.text(variable)] = word
            self.statement(body)

    def assign(self, node: Node) -> None:
        name, value = node.child_by_field_name("name"), node.child_by_field_name("value")
        if name is None:
            return
        key = self.text(name)
        if name.type != "variable_name" or (value is not None and value.type == "array"):
            self.known[key.partition("[")[0]] = _UNKNOWN
        elif "+=" in self.text(node)[: len(key) + 2]:
            self.known[key] = self.known.get(key, "") + (self.word(value) if value is not None else "")
        else:
            self.known[key] = self.word(value) if value is not None else ""

    # -- commands

    def redirected(self, node: Node) -> list[Command]:
        body = node.child_by_field_name("body")
        found = self.statement(body) if body is not None else []
        if not found:
            found = [self.add(Command(folder=self.folder))]
        last = found[-1]
        if body is not None and body.type == "list":
            found = [last]
        for child in node.children_by_field_name("redirect"):
            self.redirect(child, last)
        return found

    def redirect(self, node: Node, command: Command) -> None:
        if node.type == "file_redirect":
            self.file_redirect(node, command)
        elif node.type == "herestring_redirect":
            for child in node.named_children:
                command.stdin = self.word(child)
        elif node.type == "heredoc_redirect":
            self.heredoc(node, command)

    def file_redirect(self, node: Node, command: Command) -> None:
        descriptor = node.child_by_field_name("descriptor")
        target = node.child_by_field_name("destination")
        sign = next((child.type for child in node.children if not child.is_named), "")
        if target is None or (descriptor is not None and self.text(descriptor) != "1" and sign != "<"):
            return
        words = self.words(target)
        if len(words) != 1:
            return
        if sign in (">", ">>", ">|"):
            command.writes.append(words[0])
        elif sign == "<":
            command.reads.append(words[0])

    def heredoc(self, node: Node, command: Command) -> None:
        """The document is the command's input; what stands behind its mark in the line belongs to the line."""
        quoted = False
        children = sorted(node.named_children, key=lambda child: child.type not in ("heredoc_start", "heredoc_body"))
        for child in children:
            if child.type == "heredoc_start":
                quoted = self.text(child)[:1] in ("'", '"', "\\")
            elif child.type == "heredoc_body":
                raw = self.text(child)
                command.stdin = self.restored(raw) if quoted else self.inner(child, quoted=True)
            elif child.type in ("file_redirect", "herestring_redirect"):
                self.redirect(child, command)
            elif child.type == "pipeline":
                self.feed([command], self.pipeline(child))
            elif child.type not in ("heredoc_end", "file_descriptor"):
                self.statement(child)

    def add(self, command: Command) -> Command:
        self.found.append(command)
        return command

    def command(self, node: Node) -> list[Command]:
        words: list[str] = []
        assigned: dict[str, str | None] = {}
        redirects: list[Node] = []
        for child in node.named_children:
            if child.type == "variable_assignment":
                name = child.child_by_field_name("name")
                if name is not None:
                    assigned.setdefault(self.text(name), self.known.get(self.text(name)))
                self.assign(child)
            elif child.type in ("file_redirect", "herestring_redirect", "heredoc_redirect"):
                redirects.append(child)
            else:
                words += self.words(child)
        command = Command(without_prefixes(words), folder=self.folder)
        for redirect in redirects:
            self.redirect(redirect, command)
        found = self.run(command)
        for key, value in assigned.items():
            if value is None:
                self.known.pop(key, None)
            else:
                self.known[key] = value
        return found

    def run(self, command: Command) -> list[Command]:
        words = command.words
        if words[:1] == ["cd"] or words[:1] == ["pushd"]:
            self.folder = _joined(self.folder, words[1] if len(words) == 2 else _UNKNOWN)
            return []
        if words[:1] == ["read"]:
            self.known |= dict.fromkeys((word for word in words[1:] if not word.startswith("-")), _UNKNOWN)
            return []
        if words[:1] == ["eval"]:
            inner = _Reader(" ".join(words[1:]), self.known)
            inner.depth, inner.folder, inner.statements = self.depth + 1, self.folder, self.statements
            inner.read()
            self.statements = inner.statements
            self.found += inner.found
            return inner.found
        if words and words[0] in self.functions:
            return self.call(self.functions[words[0]], words[1:])
        return [self.add(command)]

    def call(self, body: Node, args: list[str]) -> list[Command]:
        """A function of the script, with its arguments as `$1`, `$2`..."""
        outer = {key: self.known.get(key) for key in map(str, range(1, 10))}
        self.known |= {str(index): word for index, word in enumerate(args[:9], 1)}
        found = self.statement(body)
        for key, value in outer.items():
            self.known.pop(key, None)
            if value is not None:
                self.known[key] = value
        return found

    # -- words

    def words(self, node: Node) -> list[str]:
        """The words that a node gives: several for a variable that holds several, and for `{a,b}`."""
        value = self.word(node)
        if node.type in ("simple_expansion", "expansion") and re.search(r"\s", value) and "{{" not in value:
            return value.split()
        if node.type == "concatenation" or node.type == "word":
            return list(_braces(value))
        return [value]

    def word(self, node: Node) -> str:
        kind = node.type
        if kind == "word":
            return self.restored(re.sub(r"\\(.)", r"\1", self.text(node).replace("\\\n", "")))
        if kind == "raw_string":
            return self.restored(self.text(node)[1:-1])
        if kind == "ansi_c_string":
            return self.restored(self.text(node)[2:-1].replace("\\n", "\n").replace("\\t", "\t"))
        if kind == "string":
            return self.inner(node, quoted=True)[1:-1]
        if kind in ("concatenation", "command_name"):
            return "".join(self.word(child) for child in node.children)
        if kind in ("simple_expansion", "expansion"):
            return self.variable(node)
        if kind in ("command_substitution", "process_substitution"):
            return self.substitution(node)
        if kind in ("arithmetic_expansion", "array", "subscript"):
            return _UNKNOWN
        if kind == "heredoc_body":
            return self.inner(node, quoted=True)
        return self.restored(self.text(node))

    def inner(self, node: Node, quoted: bool) -> str:
        """Text with expansions in it."""
        pieces: list[str] = []
        at = node.start_byte
        for child in node.named_children:
            if child.type in ("string_content", "heredoc_content"):
                continue
            pieces.append(self._literal(at, child.start_byte, quoted))
            pieces.append(self.word(child))
            at = child.end_byte
        pieces.append(self._literal(at, node.end_byte, quoted))
        return "".join(pieces)

    def _literal(self, start: int, end: int, quoted: bool) -> str:
        text = self.source[start:end].decode(errors="replace")
        return self.restored(re.sub(r"\\([\"\\$`])", r"\1", text.replace("\\\n", "")) if quoted else text)

    def variable(self, node: Node) -> str:
        text = self.text(node).replace(_BRACED, "")
        simple = re.fullmatch(r"\$(\w+)|\$\{(\w+)\}", text)
        name = (simple[1] or simple[2]) if simple else None
        default: str | None = None
        if name is None and (match := _DEFAULT.match(text)):
            name, default = match[1], match[2]
        if name is None:
            return _UNKNOWN
        if name in self.known:
            return self.known[name]
        if name.isdigit():
            return _UNKNOWN
        if default and not re.search(r"[$`\"']", default):
            return self.restored(default)
        return f"{{env:{name}}}"

    def substitution(self, node: Node) -> str:
        """What a substitution gives is not known, but for `$(pwd)`, `$(echo word)` and parts of paths; its commands run."""
        count = len(self.found)
        self.statement(node)
        inner = self.found[count:]
        if len(inner) == 1 and inner[0].words[:1] == ["echo"] and len(inner[0].words) == 2:
            del self.found[count:]
            return inner[0].words[1]
        if len(inner) == 1 and inner[0].words[:1] in (["basename"], ["dirname"]) and len(inner[0].words) in (2, 3):
            del self.found[count:]
            program, path, *ending = inner[0].words
            above, _, last = path.rstrip("/").rpartition("/")
            return above if program == "dirname" else last.removesuffix("".join(ending)).replace("*", _UNKNOWN)
        if len(inner) == 1 and inner[0].words == ["pwd"] and self.folder is not None:
            return self.folder
        return _UNKNOWN


def without_prefixes(words: list[str]) -> list[str]:
    """The words without `sudo`, `nohup`, `time` and the like in front, and what `env A=b` sets."""
    at = 0
    while at < len(words) and words[at] in _PREFIXES:
        at += 1
        while at < len(words) and (words[at].startswith("-") or re.match(r"\w+=", words[at])):
            at += 2 if words[at] in ("-u", "-n", "-g") else 1
    if words[at : at + 1] == ["timeout"] and len(words) > at + 2:
        at += 2
    return words[at:]


def _joined(folder: str | None, target: str) -> str:
    return target if target.startswith(("/", "{")) or folder is None else f"{folder}/{target}"


def _braces(word: str) -> Iterator[str]:
    """`x{a,b}` is `xa` and `xb`."""
    match = _BRACES.search(word)
    if match is None or word.count(",") > MAX_WORDS:
        yield word
        return
    for choice in match[1].split(","):
        yield word[: match.start()] + choice + word[match.end() :]


def in_folder(command: Command, folder: str | None) -> Command:
    """The command as it runs where the script as a whole runs in `folder`."""
    if folder is None:
        return command
    return replace(command, folder=folder if command.folder is None else _joined(folder, command.folder))
