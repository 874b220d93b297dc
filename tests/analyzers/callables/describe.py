"""Callables of fixture files, and their facts as text: what a person would check by eye."""

from __future__ import annotations

import textwrap
from pathlib import Path

import libcst as cst

from migrator.analyzers.callables import CallableAnalyzer, CallableFacts, ContextUse, HandedForm
from migrator.analyzers.callables.source.modules import ModuleInfo
from migrator.model.airflow import AirflowProject
from migrator.model.source import SourceFile, Span
from migrator.model.values import CallableValue, Value

FIXTURES = Path(__file__).parents[2] / "fixtures" / "callables"


def project_of(folder: Path) -> AirflowProject:
    """A project of all Python files below a folder, without DAGs."""
    files = {path.relative_to(folder).as_posix(): path.read_bytes().decode() for path in sorted(folder.rglob("*.py"))}
    return project_from(files, str(folder))


def project_from(files: dict[str, str], root: str = "/dags") -> AirflowProject:
    return AirflowProject(root, "2", {path: SourceFile(path, text) for path, text in files.items()})


def callable_of(
    analyzer: CallableAnalyzer, file: str, qualname: str, closure: dict[str, Value] | None = None
) -> CallableValue:
    """The function of that name, or the lambda in that line (`<lambda>:12`)."""
    module = analyzer.workspace.module(file)
    wanted, _, line = qualname.partition(":")
    for node in module.definitions.values():
        span = module.span(node)
        if module.qualname(node) == wanted and (not line or span.line == int(line)):
            kind = "lambda" if isinstance(node, cst.Lambda) else "function"
            return CallableValue(wanted, wanted, file[:-3].replace("/", "."), kind, span, closure=closure or {})
    raise KeyError(qualname)


def functions(module: ModuleInfo) -> list[str]:
    """Qualified names of all functions of a module, lambdas with their lines, in file order."""
    found = [(module.span(node), module.qualname(node), node) for node in module.definitions.values()]
    return [
        f"{name}:{span.line}" if isinstance(node, cst.Lambda) else name
        for span, name, node in sorted(found, key=lambda item: item[0])
        if not isinstance(node, cst.ClassDef)
    ]


def describe(facts: CallableFacts, source: SourceFile) -> str:
    """The facts, and the code as it would be moved (without the replacement of uses)."""
    closure = facts.closure
    lines = []
    if facts.context_parameters:
        lines.append(f"context parameters: {', '.join(facts.context_parameters)}")
    lines.append(f"returns a value: {'yes' if facts.returns_value else 'no'}")
    lines += [f"blocker: {blocker.reason} [{place(blocker.span)}]" for blocker in facts.blockers]
    lines += [described_use(use, source) for use in facts.context_uses]
    for name in closure.imports:
        flags = "".join(f", {flag}" for flag in ("inside", "type_checking") if getattr(name, flag))
        what = f"{'.' * name.level}{name.module}" + (f" {name.name}" if name.name else "")
        alias = f" as {name.alias}" if name.alias else ""
        lines.append(f"import: {what}{alias} ({name.kind}{': ' + name.file if name.file else ''}{flags})")
    if closure.local_modules:
        lines.append(f"local modules: {', '.join(closure.local_modules)}")
    if closure.third_party:
        lines.append(f"libraries: {', '.join(closure.third_party)}")
    lines += [f"constant: {name} = {value!r}" for name, value in closure.constants.items()]
    lines.append("code:")
    lines += [textwrap.indent(moved(facts, source), "    ")]
    return "\n".join(lines).rstrip() + "\n"


def described_use(use: ContextUse, source: SourceFile) -> str:
    path = "".join(f"[{part!r}]" for part in use.path)
    detail = ", ".join(f"{key}={shown(value, source)}" for key, value in use.detail.items())
    text = f"use: {use.kind} {use.name}{path}" + (f" ({detail})" if detail else "")
    if use.assigned is not None:
        text += f" assigned to {use.assigned.name}{'' if use.assigned.removable else ', which stays'}"
    return f"{text} {'' if use.own else f'in {use.function} '}<- {source.cut(use.span).strip()!r}"


def shown(value: Value, source: SourceFile) -> str:
    if isinstance(value, Span):
        return source.cut(value)
    if isinstance(value, HandedForm):
        return f"{value.name}({', '.join(value.parameters)})"
    if isinstance(value, tuple):
        return repr(tuple(source.cut(part) if isinstance(part, Span) else part for part in value))
    return f"?{value.source}" if hasattr(value, "source") else repr(value)


def place(span: Span) -> str:
    return f"{span.file}:{span.line}"


def moved(facts: CallableFacts, source: SourceFile) -> str:
    """The pieces one below the other, dedented, without what is dropped."""
    parts = []
    for piece in facts.closure.pieces:
        text, end = "", piece.span.start
        for span in piece.drop:
            text += source.text[end : span.start]
            end = span.end
        text += source.text[end : piece.span.end]
        text = text.replace("\r\n", "\n")
        parts.append("".join(line.removeprefix(piece.indent) for line in text.splitlines(keepends=True)))
    return "\n".join(parts)
