"""Secrets that stand as text in code: the environment has them instead.

Every generated module goes through here, after all of its parts (translated arguments, functions and modules of the team, tests) are in it: so no
part can forget it. Code that is shown goes through here too.
"""

from __future__ import annotations

import ast
import functools
import io
import re
import tokenize
from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import field
from types import MappingProxyType

from migrator.model.frozen import dataclass
from migrator.secrets.literals import SecretPart, environment_name, secret_parts
from migrator.secrets.masking import cover_source, cover_text

_PAIRS = ("get", "getenv", "pop", "setdefault", "set", "option", "config", "putenv", "setenv", "add_header")
_DEFAULTS = ("default", "default_var", "fallback")
_READ = re.compile(r"""(?:\benviron(?:\.get\(|\.setdefault\(|\[)|\bgetenv\(|\bEnvVar\()\s*["'](\w+)["']""")
_WITH_DEFAULT = tuple(
    f"{module}{name}" for module in ("os.", "") for name in ("environ.get", "environ.setdefault", "getenv")
)
_MAX_DEPTH = 200
_WITHOUT_LITERALS = frozenset(
    {
        *(
            kind
            for base in (ast.expr_context, ast.operator, ast.unaryop, ast.boolop, ast.cmpop)
            for kind in base.__subclasses__()
        ),
        *(ast.Name, ast.Import, ast.ImportFrom, ast.Global, ast.Nonlocal, ast.Pass, ast.Break, ast.Continue),
    }
)
"""Two thirds of all nodes."""


@dataclass
class _Secrets:
    """The secrets of one project: `names` gives the environment variable that holds each, by its value; `taken` are names of other meaning.

    `known` names belong to places already, and `places` are those that were found, each with the value that stands in it. A place is a module's
    path and what the secret is called there, and a number where that says it of several.
    """

    taken: set[str] = field(default_factory=set)
    known: Mapping[str, str] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)
    path: str = ""

    def name(self, value: str, wanted: str) -> str:
        """The environment variable for a secret: one for each value, however often it stands in the code."""
        wanted = wanted or "SECRET"
        place = self._place(value, wanted)
        if value not in self.names:
            used = {*self.taken, *self.names.values()}
            if self.known.get(place, wanted) in used or place not in self.known:
                used.update(self.known.values())
                numbers = (wanted, *(f"{wanted}_{number}" for number in range(2, len(used) + 3)))
                self.names[value] = next(name for name in numbers if name not in used)
            else:
                self.names[value] = self.known[place]
        return self.names[value]

    def _place(self, value: str, wanted: str) -> str:
        plain = f"{self.path}: {wanted}"
        for place in (plain, *(f"{plain} {number}" for number in range(2, len(self.places) + 3))):
            if self.places.setdefault(place, value) == value:
                return place
        raise AssertionError(plain)

    def before(self) -> dict[str, str]:
        """The names that secrets had, by their values, of those found in known places: the first for each, and each name once."""
        found: dict[str, str] = {}
        for place, value in self.places.items():
            name = self.known.get(place)
            if name and value not in found and name not in found.values() and name not in self.taken:
                found[value] = name
        return found


def without_secrets(
    modules: Mapping[str, str], taken: Set[str] = frozenset(), known: Mapping[str, str] = MappingProxyType({})
) -> tuple[dict[str, str], dict[str, str], dict[str, str]]:
    """The modules (path to text) with `os.environ["NAME"]` (in functions; else `os.environ.get`) where a secret stood, these names by the secrets' values,
    and by their places.

    Tests come last, so that names are those of the code. Docstrings and comments have `*` instead. What does not parse stays as it is, but covered. `taken` are environment variables
    of another meaning, `known` the names by place from the last time: a secret keeps its name, whatever other code comes or goes.
    """
    taken = {*taken, *(name for text in modules.values() for name in _READ.findall(text))}
    order = sorted(modules, key=lambda path: (path.startswith("tests/"), path))
    secrets = _Secrets(set(taken), known)
    done = _all_rewritten(modules, order, secrets)
    before = secrets.before()
    if any(secrets.names[value] != name for value, name in before.items()):
        secrets = _Secrets(set(taken), known, before)
        done = _all_rewritten(modules, order, secrets)
    names = {place: secrets.names[value] for place, value in secrets.places.items() if not place.startswith("tests/")}
    return {path: done[path] for path in modules}, secrets.names, names


def _all_rewritten(modules: Mapping[str, str], order: Iterable[str], secrets: _Secrets) -> dict[str, str]:
    done = {}
    for path in order:
        secrets.path = path
        done[path] = _rewritten(modules[path], secrets)
    return done


def covered_code(text: str) -> str:
    """Code with the values of its secrets covered by `*`, lines and columns as they were; what does not parse as `cover_source` sees it."""
    secrets = _Secrets()
    _rewritten(text, secrets)
    for value in sorted(secrets.names, key=len, reverse=True):
        text = text.replace(value, re.sub(r"[^\n\r]", "*", value))
    return cover_source(text)


def secret_places(text: str, tree: ast.Module | None = None) -> Iterator[tuple[int, int, list[str]]]:
    """Where the literals of a module stand that hold secrets, as offsets, with what these are called; none of what does not parse.

    `tree` is that of the text, where it is at hand.
    """
    try:
        tree = ast.parse(text) if tree is None else tree
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    edits = _Finder(text, _line_starts(text), _Secrets(), docstrings=False).edits(tree)
    for edit in sorted(edits, key=lambda item: item.start):
        if edit.needs_os:
            yield edit.start, edit.end, [re.sub(r"_\d+$", "", name) for name in _READ.findall(edit.text)]


@dataclass(frozen=True, slots=True)
class _Edit:
    start: int
    end: int
    text: str
    needs_os: bool = True


def _rewritten(text: str, secrets: _Secrets) -> str:
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError):
        return cover_source(text)
    starts = _line_starts(text)
    edits = [*_Finder(text, starts, secrets).edits(tree), *_comments(text, starts)]
    if not edits:
        return text
    pieces, place = [], 0
    for edit in sorted(edits, key=lambda item: item.start):
        if edit.start >= place:
            pieces += [text[place : edit.start], edit.text]
            place = edit.end
    changed = "".join([*pieces, text[place:]])
    return _with_import(changed) if any(edit.needs_os for edit in edits) else changed


def _line_starts(text: str) -> list[int]:
    """Where each line begins as Python counts lines: form feeds and the like do not end one."""
    return [0, *(match.end() for match in re.finditer(r"\r\n|\r|\n", text))]


def _with_import(text: str) -> str:
    """The module with `import os`, below its docstring and what it takes from the future."""
    tree = ast.parse(text)
    last = 0
    for node in tree.body:
        if isinstance(node, ast.Import) and any(alias.name == "os" and alias.asname is None for alias in node.names):
            return text
        is_docstring = node is tree.body[0] and isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        if is_docstring or (isinstance(node, ast.ImportFrom) and node.module == "__future__"):
            last = node.end_lineno or 0
    place = _line_starts(text + "\n")[last]
    return f"{text[:place]}import os\n{text[place:]}"


def _comments(text: str, starts: list[int]) -> Iterator[_Edit]:
    for token in tokenize.generate_tokens(io.StringIO(text).readline) if "#" in text else ():
        if token.type == tokenize.COMMENT and (covered := cover_source(token.string)) != token.string:
            start = starts[token.start[0] - 1] + token.start[1]
            yield _Edit(start, start + len(token.string), covered, needs_os=False)


class _Finder:
    """Finds the literals of a module that hold secrets, with the names that they are given to."""

    def __init__(self, text: str, starts: list[int], secrets: _Secrets, docstrings: bool = True) -> None:
        """Without `docstrings`, nothing is looked for in texts that nobody reads."""
        self._text, self._starts, self._secrets, self._docstrings = text, starts, secrets, docstrings
        self._found: list[_Edit] = []
        self._runs_later = False
        """Whether what is looked at now runs when a function is called, not when the module is loaded."""
        self._alone: set[int] = set()
        """Arguments of calls: they need no parentheses of their own."""

    @functools.cached_property
    def _lines(self) -> list[bytes]:
        return [line.encode() for line in re.split(r"\r\n|\r|\n", self._text)]

    def edits(self, tree: ast.AST) -> list[_Edit]:
        """The changes inside of a module."""
        self._visit(tree, "", 0)
        return self._found

    def _visit(self, node: ast.AST, name: str, depth: int) -> None:
        """Looks at `node`, whose value is given to `name`, and at what is inside of it."""
        kind = type(node)
        if kind in _WITHOUT_LITERALS or depth > _MAX_DEPTH:
            return
        if isinstance(node, ast.Constant):
            self._found += self._constant(node, name)
        elif isinstance(node, ast.JoinedStr):
            self._found += self._joined(node)
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            if self._docstrings:
                self._found += self._docstring(node.value)
        elif isinstance(node, ast.match_case):
            for part in [*([node.guard] if node.guard else []), *node.body]:
                self._visit(part, "", depth + 1)
        elif isinstance(node, ast.Call):
            self._call(node, depth)
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            self._function(node, depth)
        elif isinstance(node, ast.Assign) and (found := _variable_set(node)) and secret_parts(found[1], found[0]):
            # The environment, which is to have it, has it by that name.
            self._secrets.names.setdefault(found[1], found[0])
            self._found.append(self._edit(node, _set_by_others(found[0])))
        elif kind in _NAMING:
            for child, child_name in _named(node, name):
                self._visit(child, child_name, depth + 1)
        else:
            for child in _parts(node):
                self._visit(child, "", depth + 1)

    def _call(self, node: ast.Call, depth: int) -> None:
        variable = _variable_with_default(node)
        default = next(self._defaults(node, variable), None) if variable else None
        if default is not None:
            self._secrets.names.setdefault(default, variable)
            sets = ast.unparse(node.func).endswith("setdefault")
            self._found.append(self._edit(node, _set_by_others(variable) if sets else self._read(variable)))
            return
        self._alone.update(map(id, node.args))
        for child, child_name in _named(node, ""):
            self._visit(child, child_name, depth + 1)

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda, depth: int) -> None:
        decorators = [] if isinstance(node, ast.Lambda) else node.decorator_list
        for part in [*decorators, node.args]:
            self._visit(part, "", depth + 1)
        outer, self._runs_later = self._runs_later, True
        for part in [node.body] if isinstance(node, ast.Lambda) else node.body:
            self._visit(part, "", depth + 1)
        self._runs_later = outer

    def _read(self, variable: str) -> str:
        """Without one secret a task fails; the definitions load nevertheless, and so what else they hold runs."""
        return f'os.environ["{variable}"]' if self._runs_later else f'os.environ.get("{variable}", "")'

    def _defaults(self, node: ast.Call, variable: str) -> Iterator[str]:
        for default in node.args[1:]:
            if (
                isinstance(default, ast.Constant)
                and isinstance(default.value, str)
                and secret_parts(default.value, variable)
            ):
                yield default.value

    def _edit(self, node: ast.expr | ast.stmt, text: str, needs_os: bool = True) -> _Edit:
        return _Edit(
            self._offset(node.lineno, node.col_offset),
            self._offset(node.end_lineno or 0, node.end_col_offset or 0),
            text,
            needs_os,
        )

    def _offset(self, line: int, column: int) -> int:
        return self._starts[line - 1] + len(self._lines[line - 1][:column].decode())

    def _constant(self, node: ast.Constant, name: str) -> Iterator[_Edit]:
        if isinstance(node.value, bytes):
            value = node.value.decode("latin-1")
            if parts := secret_parts(value, name):
                yield self._edit(node, f'({self._joined_text(value, parts)}).encode("latin-1")')
        elif isinstance(node.value, str) and (parts := secret_parts(node.value, name)):
            text = self._joined_text(node.value, parts)
            whole = (parts[0].start, parts[0].end) == (0, len(node.value))
            yield self._edit(node, text if whole or id(node) in self._alone else f"({text})")

    def _joined_text(self, value: str, parts: list[SecretPart]) -> str:
        """An expression for a text with its secrets read from the environment."""
        pieces, place = [], 0
        for part in parts:
            pieces += [_literal(value[place : part.start]), self._read(self._name_of(value, part))]
            place = part.end
        return " + ".join(filter(None, [*pieces, _literal(value[place:])]))

    def _name_of(self, value: str, part: SecretPart) -> str:
        return self._secrets.name(value[part.start : part.end], part.name)

    def _joined(self, node: ast.JoinedStr) -> Iterator[_Edit]:
        """An f-string is written anew if its own text has a secret: the places of its pieces are not told before Python 3.12."""
        pieces: list[ast.expr] = []
        for piece in node.values:
            value = piece.value if isinstance(piece, ast.Constant) else None
            parts = secret_parts(value) if isinstance(value, str) else []
            if not isinstance(value, str) or not parts:
                pieces.append(piece)
                continue
            place = 0
            for part in parts:
                read = ast.parse(self._read(self._name_of(value, part)), mode="eval").body
                pieces += [ast.Constant(value[place : part.start]), ast.FormattedValue(read, -1)]
                place = part.end
            pieces.append(ast.Constant(value[place:]))
        if len(pieces) > len(node.values):
            yield self._edit(node, ast.unparse(ast.JoinedStr(pieces)))

    def _docstring(self, node: ast.Constant) -> Iterator[_Edit]:
        """A text that nobody reads keeps its lines."""
        edit = self._edit(node, "", needs_os=False)
        source = self._text[edit.start : edit.end]
        covered = cover_text(source)
        if covered != source:
            yield _Edit(edit.start, edit.end, covered, needs_os=False)


def _literal(text: str) -> str:
    return repr(text) if text else ""


def _variable_with_default(node: ast.Call) -> str:
    """The environment variable that a call reads if it has a default too."""
    if len(node.args) != 2:
        return ""
    name = _text_of(node.args[0])
    return name if name.isidentifier() and ast.unparse(node.func) in _WITH_DEFAULT else ""


def _set_by_others(variable: str) -> str:
    """In the place of code that gives an environment variable its value, which the environment is to have: what reads it goes on without."""
    return f'os.environ.setdefault("{variable}", "")'


def _variable_set(node: ast.Assign) -> tuple[str, str] | None:
    """The environment variable that an assignment sets, and the text that it is set to."""
    target, value = node.targets[0], node.value
    if len(node.targets) > 1 or not isinstance(target, ast.Subscript) or not isinstance(value, ast.Constant):
        return None
    name = target.slice.value if isinstance(target.slice, ast.Constant) else None
    of_process = ast.unparse(target.value) in ("os.environ", "environ")
    plain = isinstance(name, str) and name.isidentifier() and isinstance(value.value, str)
    return (str(name), str(value.value)) if of_process and plain else None


def _named(node: ast.AST, name: str) -> Iterator[tuple[ast.AST, str]]:
    """The parts of a node, each with the name that its value is given to."""
    if isinstance(node, (ast.Assign, ast.AnnAssign, ast.NamedExpr, ast.AugAssign)):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        yield from ((target, "") for target in targets)
        if node.value is not None:
            yield from _pair_members(node.value, next(filter(None, map(_target, targets)), ""))
    elif isinstance(node, ast.keyword):
        yield from _pair_members(node.value, node.arg or "")
    elif isinstance(node, ast.Dict):
        for key, value in zip(node.keys, node.values, strict=True):
            if key is not None:
                yield key, ""
            yield from _pair_members(value, _text_of(key))
    elif isinstance(node, ast.Call):
        called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        gets = called in _PAIRS and len(node.args) == 2
        yield node.func, ""
        for index, argument in enumerate(node.args):
            pair = called in ("HTTPBasicAuth", "BasicAuth") and index == 1
            yield argument, "password" if pair else _text_of(node.args[0]) if gets and index == 1 else ""
        for keyword in node.keywords:
            looked_up = keyword.arg in _DEFAULTS and node.args
            yield (keyword.value, _text_of(node.args[0])) if looked_up else (keyword, "")
    elif isinstance(node, ast.arguments):
        positional = [*node.posonlyargs, *node.args]
        named = [*zip(positional[len(positional) - len(node.defaults) :], node.defaults, strict=True)]
        named += [
            (one, default)
            for one, default in zip(node.kwonlyargs, node.kw_defaults, strict=True)
            if default is not None
        ]
        yield from ((default, argument.arg) for argument, default in named)
    elif isinstance(node, ast.Compare):
        yield node.left, ""
        yield from ((other, _target(node.left)) for other in node.comparators)
    elif isinstance(node, (ast.List, ast.Tuple)):
        for before, element in zip([None, *node.elts], node.elts, strict=False):
            option = _text_of(before)
            yield element, option if option.startswith("--") else name
    elif isinstance(node, (ast.Set, ast.BinOp, ast.BoolOp, ast.IfExp)):
        yield from ((child, name) for child in _parts(node))
    else:
        yield from ((child, "") for child in _parts(node))


_NAMING = frozenset(
    {
        *(ast.Assign, ast.AnnAssign, ast.NamedExpr, ast.AugAssign, ast.keyword, ast.Dict, ast.arguments, ast.Compare),
        *(ast.List, ast.Tuple, ast.Set, ast.BinOp, ast.BoolOp, ast.IfExp),
    }
)
"""What gives a value to a name, or has the name of the whole for its parts."""


def _parts(node: ast.AST) -> list[ast.AST]:
    """The nodes in a node that may hold literals, in order."""
    found: list[ast.AST] = []
    for value in node.__dict__.values():
        if type(value) is list:
            found += [one for one in value if isinstance(one, ast.AST)]
        elif isinstance(value, ast.AST) and type(value) not in _WITHOUT_LITERALS:
            found.append(value)
    return found


def _pair_members(value: ast.expr, name: str) -> Iterator[tuple[ast.AST, str]]:
    """User and password, as HTTP clients take them by the name `auth`; any other value as it is."""
    if environment_name(name).endswith("AUTH") and isinstance(value, ast.Tuple) and len(value.elts) == 2:
        yield value.elts[0], ""
        yield value.elts[1], f"{name}_password"
    else:
        yield value, name


def _target(node: ast.AST) -> str:
    if isinstance(node, ast.Subscript):
        return _text_of(node.slice)
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def _text_of(node: ast.AST | None) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""
