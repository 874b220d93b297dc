"""Carried-over source: cut out by its span, edited in the places told, moved to the left margin; all else byte for byte."""

from __future__ import annotations

import ast
import io
import re
import symtable
import tokenize
from collections.abc import Callable, Iterable
from functools import lru_cache

from migrator.codegen.python.code import Code
from migrator.codegen.python.serialize import text_literal
from migrator.model.bodies import SourceEdit
from migrator.model.expressions import (
    ClassLogger,
    EnvOr,
    Expr,
    LibraryText,
    MethodCall,
    MoreArguments,
    OtherName,
    OwnAttributes,
    PulledMember,
    PulledOr,
    PushedValue,
    Signature,
    WholeMethod,
)
from migrator.model.frozen import dataclass
from migrator.model.source import SourceFile, Span, lines_of


@dataclass(frozen=True, slots=True)
class _Splice:
    start: int
    end: int
    text: str
    statement: bool = False
    """Whole lines are cut, so that a block may be left empty."""
    stays: bool = False
    """It is put in even where the line before it is cut."""


_MARKS = re.compile(r"\A(?:[ \t]*#[ \t]*\[(?:START|END) [^\]\n]*\][ \t]*\n)+")
"""Comments that say where a documentation's extract of the file begins or ends; without the other half they mean nothing."""


def carried_text(
    source: SourceFile,
    span: Span,
    *,
    drop: Iterable[Span] = (),
    edits: Iterable[SourceEdit] = (),
    indent: str = "",
    render: Callable[[Expr], Code],
) -> tuple[str, frozenset[str]]:
    """The text of `span` after edits, without `drop` and moved left by `indent`; and the imports that the edits need."""
    imports: frozenset[str] = frozenset()
    splices = [_Splice(*_whole_lines(source.text, part.start, part.end), "") for part in drop]
    for edit in edits:
        # A line that is cut takes the newline behind it along, which the span's last line does not have.
        beyond = source.text[span.end : edit.span.end]
        if edit.span.start < span.start or beyond.strip() or (beyond and edit.span.start >= span.end):
            continue
        if isinstance(edit.expression, PushedValue):
            splices += _assignment(source.text, edit.span, edit.expression)
            continue
        if isinstance(edit.expression, PulledMember):
            splices += _picked(edit.span, edit.expression)
            continue
        if isinstance(edit.expression, PulledOr):
            name, default = edit.expression.parameter, edit.expression.default
            splices.append(_Splice(edit.span.start, default.start, f"({name} if {name} is not None else "))
            splices.append(_Splice(default.end, edit.span.end, ")"))
            continue
        if isinstance(edit.expression, EnvOr):
            variable, default = edit.expression.value, edit.expression.default
            code, name = render(variable), text_literal(variable.name)
            imports |= code.imports
            opening = f"({code.text} if {name} in os.environ else " if variable.json else f"os.environ.get({name}, "
            splices.append(_Splice(edit.span.start, default.start, opening))
            splices.append(_Splice(default.end, edit.span.end, ")"))
            continue
        if isinstance(edit.expression, LibraryText):
            imports |= {edit.expression.needs} - {""}
            splices.append(_in_place(source.text, edit.span, edit.expression.text))
            continue
        if edit.remove or edit.expression is None:
            splices.append(_cut(source.text, edit.span))
            continue
        if isinstance(edit.expression, (ClassLogger, OwnAttributes, Signature, WholeMethod)):
            stays = isinstance(edit.expression, WholeMethod)
            splices.append(_Splice(edit.span.start, edit.span.end, _of_class(edit.expression), stays=stays))
            imports |= {"import dagster as dg"} if isinstance(edit.expression, ClassLogger) else set()
            continue
        if isinstance(edit.expression, MoreArguments):
            codes = {name: render(value) for name, value in edit.expression.values.items()}
            imports = imports.union(*(code.imports for code in codes.values()))
            given = ", ".join(f"{name}={code.text}" for name, code in codes.items())
            given = f"({given})" if edit.expression.calls else f", {given}" if edit.expression.after else given
            given = _quoted_for(source.text, edit.span, given)
            splices.append(_Splice(edit.span.start, edit.span.end, given))
            continue
        code = render(edit.expression)
        imports |= code.imports
        if isinstance(edit.expression, OtherName):
            splices.append(_Splice(edit.span.start, edit.span.end, code.text))
            continue
        shown = code.text if code.text.isdigit() and source.text[edit.span.end :][:1] != "." else code.operand
        splices.append(_in_text(source.text, edit.span, shown) or _in_place(source.text, edit.span, shown))
    splices = _disjoint(splices)
    text = dedented(_spliced(source.text, span, splices), indent)
    if any(splice.statement for splice in splices) and not _parses(text):
        text = dedented(_spliced(source.text, span, _with_needed_passes(source.text, span, splices, indent)), indent)
    return _MARKS.sub("", _with_plain_strings(text, source.text)), imports


def _picked(span: Span, value: PulledMember) -> list[_Splice]:
    """What stands around the texts that tell which member of a dict is taken."""
    name = value.parameter
    pieces: list[tuple[Span | None, str, str]] = []
    if value.several:
        lacking = f" if {name}.get(task_id) is not None" if value.omits else ""
        pieces = [(value.index, f"[{name}.get(task_id) for task_id in ", f"{lacking}]")]
    elif value.index is not None:
        # Airflow gives None for a task that is not there.
        plain = value.exact or value.key is not None
        pieces = [(value.index, f"{name}[" if plain else f"{name}.get(", "]" if plain else ")")]
    if value.key is not None:
        pieces.append((value.key, ".get(" if pieces else f"{name}.get(", ")"))
    if value.default is not None:
        place, opening, closing = pieces.pop()
        pieces += [(place, opening, ""), (value.default, ", ", closing)]
    splices, start, before = [], span.start, ""
    for place, opening, closing in pieces:
        assert place is not None
        splices.append(_Splice(start, place.start, before + opening))
        start, before = place.end, closing
    return [*splices, _Splice(start, span.end, before)]


def _of_class(expression: ClassLogger | OwnAttributes | Signature | WholeMethod) -> str:
    """What a class that derived from one of Airflow's gets: its `log`, other attributes, further parameters of a method, or another method."""
    if isinstance(expression, ClassLogger):
        return f"{expression.margin}log = dg.get_dagster_logger()\n\n"
    if isinstance(expression, OwnAttributes):
        lines = [f"{expression.instance}.{name} = {given}" for name, given in expression.attributes]
        return "".join(f"{expression.margin}{line}\n" for line in lines)
    if isinstance(expression, WholeMethod):
        return _whole_method(expression)
    return "".join(f", {name}" for name in expression.names)


def _whole_method(method: WholeMethod) -> str:
    """The text of a method that calls others."""
    lines = [f"self.{name} = {given}" for name, given in method.attributes]
    lines += [_method_call(method.before)] if method.before is not None else []
    work = _method_call(method.work)
    if method.after is None:
        lines.append(f"return {work}" if method.returns else work)
    else:
        lines.append(f"result = {work}" if method.returns or method.takes_result else work)
        lines.append(_method_call(method.after, "result=result" if method.takes_result else ""))
        lines += ["return result"] if method.returns else []
    head = f"def {method.name}({', '.join(('self', *method.parameters))}):"
    body = "".join(f"\n{method.margin}    {line}" for line in lines)
    return f"\n\n{method.margin}{head}{body}"


def _method_call(call: MethodCall, more: str = "") -> str:
    given = [*([more] if more else []), *(f"{name}={value}" for name, value in call.given)]
    return f"{'' if call.is_parameter else 'self.'}{call.name}({', '.join(given)})"


def _with_needed_passes(text: str, span: Span, splices: list[_Splice], indent: str) -> list[_Splice]:
    """The splices, with `pass` in the place of a cut statement where its block would be empty without."""
    found = [_with_pass(text, splice) if splice.statement else splice for splice in splices]
    for number, splice in enumerate(splices):
        without = [*found[:number], splice, *found[number + 1 :]]
        if splice.statement and _parses(dedented(_spliced(text, span, without), indent)):
            found = without
    return found


def dedented(text: str, indent: str) -> str:
    """The text with `indent` taken from the front of its lines; lines inside of strings stay as they are."""
    if not indent:
        return text
    inside = lines_inside_strings(text)
    lines = lines_of(text)
    return "".join(
        line if number in inside else line.removeprefix(indent) if line.strip() else line.lstrip(" \t")
        for number, line in enumerate(lines, 1)
    )


def lines_inside_strings(text: str) -> set[int]:
    """Numbers of the lines that begin inside a string."""
    found: set[int] = set()
    starts: list[int] = []
    try:
        for token in tokenize.generate_tokens(io.StringIO(f"if 1:\n{text}\n" if text[:1] in " \t" else text).readline):
            shift = 1 if text[:1] in " \t" else 0
            name = tokenize.tok_name[token.type]
            if name == "STRING":
                found.update(range(token.start[0] + 1 - shift, token.end[0] + 1 - shift))
            elif name in ("FSTRING_START", "TSTRING_START"):
                starts.append(token.start[0])
            elif name in ("FSTRING_END", "TSTRING_END") and starts:
                found.update(range(starts.pop() + 1 - shift, token.end[0] + 1 - shift))
    except (tokenize.TokenError, IndentationError, SyntaxError):
        return found
    return found


def _cut(text: str, span: Span) -> _Splice:
    start, end = _whole_lines(text, span.start, span.end)
    whole = (start, end) != (span.start, span.end) or text[span.end - 1 : span.end] == "\n"
    return _Splice(start, end, "", statement=whole)


def _assignment(text: str, span: Span, pushed: PushedValue) -> list[_Splice]:
    """`outputs["key"] = value` in the place of `ti.xcom_push(key="key", value=value)`; the value stays as it is written."""
    if isinstance(pushed.key, Span):
        key = text[pushed.key.start : pushed.key.end]
    else:
        key = repr(pushed.key) if '"' in pushed.key or "\\" in pushed.key else f'"{pushed.key}"'
    start, end = pushed.value.start, pushed.value.end
    opening, closing = ("(", ")") if "\n" in text[start:end] else ("", "")
    return [
        _Splice(span.start, start, f"{pushed.parameter}[{key}] = {opening}"),
        _Splice(end, span.end, closing),
    ]


def _whole_lines(text: str, start: int, end: int) -> tuple[int, int]:
    """The span itself, or the lines that it fills alone; of the first in a block with the blank lines below, which would begin it then."""
    first = max(text.rfind("\n", 0, start), text.rfind("\r", 0, start)) + 1
    if text[end - 1 : end] == "\n":
        return (first, _end_of_blank(text, first, end)) if not text[first:start].strip() else (start, end)
    newline = re.compile(r"\r\n|\r|\n|\Z").search(text, end)
    last = newline.end() if newline else len(text)
    if text[first:start].strip() or text[end:last].strip():
        return start, end
    return first, _end_of_blank(text, first, last)


_BLANK = re.compile(r"(?:[ \t]*(?:\r\n|\r|\n))*([ \t]*)(?=\S)")


def _end_of_blank(text: str, first: int, end: int) -> int:
    """The end of the blank lines that come after the first statement of a block, if more of the block comes then; else the `end` of the statement."""
    found = _BLANK.match(text, end)
    margin = text[first:end][: -len(text[first:end].lstrip(" \t"))]
    alone = found is None or found[1] != margin or not margin
    if alone or found is None or not text[:first].rstrip().endswith(":"):
        return end
    return found.start(1)


def _with_pass(text: str, splice: _Splice) -> _Splice:
    cut = text[splice.start : splice.end]
    margin = cut[: len(cut) - len(cut.lstrip(" \t"))]
    return _Splice(splice.start, splice.end, f"{margin}pass\n", True)


def _disjoint(splices: Iterable[_Splice]) -> list[_Splice]:
    """Sorted, what is put in first, without those that lie inside another one."""
    kept: list[_Splice] = []
    for splice in sorted(splices, key=lambda item: (item.start, item.end > item.start, -item.end)):
        if not kept or splice.start >= kept[-1].end:
            kept.append(splice)
        elif splice.stays:
            kept.append(_Splice(kept[-1].end, kept[-1].end, f"{splice.text}\n"))
    return kept


def _spliced(text: str, span: Span, splices: Iterable[_Splice]) -> str:
    pieces, place = [], span.start
    for splice in splices:
        pieces += [text[place : splice.start], splice.text]
        place = splice.end
    return "".join([*pieces, text[place : span.end]])


def _parses(text: str) -> bool:
    try:
        ast.parse(text)
    except (SyntaxError, ValueError, RecursionError):
        return False
    return True


_PLAIN_TEXT = re.compile(r"""(["'])([^"'\\{}\n]*)\1""")
"""A text that means the same without its quotes, within a longer one."""


_NO_BRACES = re.compile(r"""\b[fF]("[^"\\{}\n]*(?:\\.[^"\\{}\n]*)*"|'[^'\\{}\n]*(?:\\.[^'\\{}\n]*)*')""")
"""An f-string on one line without anything in braces."""


def _in_place(text: str, span: Span, shown: str) -> _Splice:
    return _Splice(span.start, span.end, _quoted_for(text, span, shown))


def _in_text(text: str, span: Span, shown: str) -> _Splice | None:
    """A text or whole number in the place of a whole `{...}` of an f-string is a part of that; None for all else."""
    if shown.isdigit():
        shown = f"'{shown}'"
    plain = _PLAIN_TEXT.fullmatch(shown)
    alone = text[span.start - 1 : span.start] == "{" and text[span.end : span.end + 1] == "}"
    if plain is None or not alone or not _quote_around(text, span):
        return None
    return _Splice(span.start - 1, span.end + 1, plain[2])


def _with_plain_strings(text: str, before: str) -> str:
    """The text, in which an f-string that has lost all it had in braces is none any more."""
    return _NO_BRACES.sub(lambda found: found[0] if found[0] in before else found[1], text)


def _quoted_for(text: str, span: Span, replacement: str) -> str:
    """The replacement with other quotes where the span stands inside an f-string that uses the same ones."""
    if '"' not in replacement or "'" in replacement:
        return replacement
    return replacement.replace('"', "'") if _quote_around(text, span) == '"' else replacement


_QUOTE = re.compile(r"""(?:\b([A-Za-z]{1,2}))?(\"{3}|'{3}|"|')""")


def _quote_around(text: str, span: Span) -> str:
    """The quote of the f-string in whose braces the span stands, on one line; empty where it stands in none."""
    before = text[text.rfind("\n", 0, span.start) + 1 : span.start]
    place = 0
    while opened := _QUOTE.search(before, place):
        place, depth = opened.end(), 0
        formatted = "f" in (opened[1] or "").lower()
        while place < len(before) and (depth or not before.startswith(opened[2], place)):
            if not depth and (before[place] == "\\" or before.startswith(("{{", "}}"), place)):
                place += 1
            elif formatted and before[place] in "{}":
                depth += 1 if before[place] == "{" else -1
            place += 1
        if place >= len(before):
            return opened[2][0] if depth > 0 else ""
        place += len(opened[2])
    return ""


# -------------------------------------------------------------------------------------------------------- functions


@dataclass(frozen=True, slots=True)
class ParameterText:
    """A parameter as written. `kind` is a value of `Parameter.kind` of the model."""

    name: str
    kind: str
    annotation: str = ""
    default: str = ""

    def __str__(self) -> str:
        star = {"var_positional": "*", "var_keyword": "**"}.get(self.kind, "")
        shown = f"{star}{self.name}" + (f": {self.annotation}" if self.annotation else "")
        if not self.default:
            return shown
        return f"{shown} = {self.default}" if self.annotation else f"{shown}={self.default}"


@dataclass(frozen=True, slots=True)
class FunctionText:
    """A function definition taken apart: `before` (comments), `decorators`, signature, `docstring` and `body`.

    `docstring` is the statement and `body` all lines below it, both with their indentation (`margin`). Nothing is lost between the colon of the
    signature and the end.
    """

    before: str
    decorators: str
    name: str
    parameters: tuple[ParameterText, ...]
    returns: str
    is_async: bool
    margin: str
    docstring: str
    body: str
    bound: frozenset[str]
    """Names that the body binds, those bound in functions inside of it included; not the parameters."""
    final: int
    """Where in `body` its last statement begins, if that is a `return`; else the end of `body`."""
    returns_early: bool
    """It may return elsewhere than there."""

    def signature(self) -> str:
        """`def name(...) -> x:`."""
        prefix = "async def" if self.is_async else "def"
        returns = f" -> {self.returns}" if self.returns else ""
        return f"{prefix} {self.name}({parameter_list(self.parameters)}){returns}:"

    def text(self) -> str:
        """The whole definition."""
        return f"{self.before}{self.decorators}{self.signature()}\n{self.docstring}{self.body}"


def parameter_list(parameters: Iterable[ParameterText]) -> str:
    """Parameters in order of their kinds, with `/` and `*` where they are needed."""
    shown: list[str] = []
    previous = ""
    for parameter in parameters:
        if previous == "positional_only" and parameter.kind != "positional_only":
            shown.append("/")
        if parameter.kind == "keyword_only" and previous not in ("keyword_only", "var_positional"):
            shown.append("*")
        shown.append(str(parameter))
        previous = parameter.kind
    if previous == "positional_only":
        shown.append("/")
    return ", ".join(shown)


@lru_cache(maxsize=64)
def parse_function(text: str) -> FunctionText | None:
    """Takes the definition of a function (at the left margin) apart; None if the text is none."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError):
        return None
    if len(tree.body) != 1 or not isinstance(tree.body[0], (ast.FunctionDef, ast.AsyncFunctionDef)):
        return None
    node = tree.body[0]
    lines = lines_of(text)
    first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
    before = "".join(lines[: first - 1])
    decorators = "".join(lines[first - 1 : node.lineno - 1])
    header_line, header_column = _end_of_header(lines, node.lineno)
    rest_of_line = lines[header_line - 1][header_column:]
    tail = "".join(lines[header_line:])
    if rest_of_line.strip() and not rest_of_line.lstrip().startswith("#"):
        margin, block = "    ", f"    {rest_of_line.lstrip()}{tail}"
        docstring, body = "", block
    else:
        statement = node.body[0]
        margin = re.match(r"[ \t]*", lines[statement.lineno - 1])[0]  # type: ignore[index]
        comment = f"{margin}{rest_of_line.strip()}\n" if rest_of_line.strip() else ""
        docstring, body = "", comment + tail
        is_docstring = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
        if is_docstring and isinstance(statement.value.value, str) and statement.end_lineno:  # type: ignore[attr-defined]
            end = statement.end_lineno
            docstring = comment + "".join(lines[header_line:end])
            body = "".join(lines[end:])
    body = body if body.endswith("\n") or not body else f"{body}\n"
    return FunctionText(
        before,
        decorators,
        node.name,
        tuple(_parameters(text, node.args)),
        ast.get_source_segment(text, node.returns) or "" if node.returns else "",
        isinstance(node, ast.AsyncFunctionDef),
        margin,
        docstring,
        body,
        _bound_names(node),
        len(body) - _length_of_final_return(node, lines),
        any(found is not node.body[-1] for found in _own_returns(node)),
    )


def _own_returns(node: ast.AST) -> Iterable[ast.Return]:
    """The return statements of a function, without those of functions inside of it."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Return):
            yield child
        elif not isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)):
            yield from _own_returns(child)


def _length_of_final_return(node: ast.FunctionDef | ast.AsyncFunctionDef, lines: list[str]) -> int:
    """How much text there is from the line of a closing `return` on; 0 if the last statement is none."""
    last = node.body[-1]
    if not isinstance(last, ast.Return) or lines[last.lineno - 1][: last.col_offset].strip():
        return 0
    text = "".join(lines[last.lineno - 1 :])
    return len(text) if text.endswith("\n") else len(text) + 1


def _parameters(text: str, arguments: ast.arguments) -> Iterable[ParameterText]:
    def one(argument: ast.arg, kind: str, default: ast.expr | None) -> ParameterText:
        annotation = ast.get_source_segment(text, argument.annotation) if argument.annotation else ""
        shown = ast.get_source_segment(text, default) if default is not None else ""
        return ParameterText(argument.arg, kind, annotation or "", shown or "")

    positional = [*arguments.posonlyargs, *arguments.args]
    defaults: list[ast.expr | None] = [*([None] * (len(positional) - len(arguments.defaults))), *arguments.defaults]
    for index, (argument, default) in enumerate(zip(positional, defaults, strict=True)):
        kind = "positional_only" if index < len(arguments.posonlyargs) else "positional_or_keyword"
        yield one(argument, kind, default)
    if arguments.vararg:
        yield one(arguments.vararg, "var_positional", None)
    for argument, keyword_default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        yield one(argument, "keyword_only", keyword_default)
    if arguments.kwarg:
        yield one(arguments.kwarg, "var_keyword", None)


def _end_of_header(lines: list[str], start: int) -> tuple[int, int]:
    """Line and column just behind the colon that ends the signature which begins on line `start`."""
    depth = 0
    source = iter(lines[start - 1 :])
    for token in tokenize.generate_tokens(lambda: next(source, "")):
        if token.type == tokenize.OP:
            if token.string in "([{":
                depth += 1
            elif token.string in ")]}":
                depth -= 1
            elif token.string == ":" and depth == 0:
                return token.end[0] + start - 1, token.end[1]
    raise ValueError("no end of the signature")


def _bound_names(node: ast.FunctionDef | ast.AsyncFunctionDef) -> frozenset[str]:
    found: set[str] = set()
    own = {id(part) for part in ast.walk(node.args)}
    for part in ast.walk(node):
        if id(part) in own:
            continue
        if isinstance(part, ast.Name) and not isinstance(part.ctx, ast.Load):
            found.add(part.id)
        elif isinstance(part, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)) and part is not node:
            found.add(part.name)
        elif isinstance(part, ast.alias):
            found.add((part.asname or part.name).partition(".")[0])
        elif isinstance(part, ast.ExceptHandler) and part.name:
            found.add(part.name)
        elif isinstance(part, ast.arg):
            found.add(part.arg)
    return frozenset(found)


def names_read(text: str) -> frozenset[str]:
    """All module-level names that a piece of code reads; empty if it does not parse."""
    try:
        table = symtable.symtable(text, "piece", "exec")
    except (SyntaxError, ValueError, RecursionError):
        return frozenset()
    found: set[str] = set()
    waiting = [table]
    while waiting:
        scope = waiting.pop()
        waiting.extend(scope.get_children())
        top = scope.get_type() == "module"
        found.update(
            symbol.get_name()
            for symbol in scope.get_symbols()
            if symbol.is_referenced() and (top or symbol.is_global())
        )
    return frozenset(found)


def closing_values(body: str, collects: str) -> tuple[str, str] | None:
    """A function's body without the lines `collects["key"] = value` that close it, and the dict of what they say. None where the body
    puts values into `collects` elsewhere, or reads it. `body` has its own indentation."""
    text = f"def _():\n{body}"
    try:
        (function,) = ast.parse(text).body
    except (SyntaxError, ValueError, RecursionError):
        return None
    assert isinstance(function, ast.FunctionDef)
    count = len(function.body)
    entries: list[str] = []
    while count and (entry := _entry(text, function.body[count - 1], collects)):
        entries.insert(0, entry)
        count -= 1
    named = [node for node in ast.walk(function) if isinstance(node, ast.Name) and node.id == collects]
    if not entries or len(named) != len(entries):
        return None
    first = function.body[count].lineno - 2
    lines = lines_of(body)
    if any(line.lstrip().startswith("#") for line in lines[first:]):
        return None
    return "".join(lines[:first]), f"{{{', '.join(entries)}}}"


def _entry(text: str, statement: ast.stmt, collects: str) -> str:
    """`"key": value` of a statement `collects["key"] = value`; empty for others."""
    if not isinstance(statement, ast.Assign) or len(statement.targets) != 1:
        return ""
    (target,) = statement.targets
    if not (isinstance(target, ast.Subscript) and isinstance(target.value, ast.Name) and target.value.id == collects):
        return ""
    key, value = (ast.get_source_segment(text, part) for part in (target.slice, statement.value))
    return f"{key}: {value}"
