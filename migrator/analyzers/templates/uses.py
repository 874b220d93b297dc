"""What the templates of tasks ask of Airflow: every expression of every templated argument, with its place.

Comes in: a DAG and its folder. Goes out: the DAG whose tasks have `templates`, and findings on templates that Jinja does not take. Files that arguments name (`sql="marts/orders.sql"`) are read where Airflow looks for them, and so are the files that those include.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from migrator.analyzers.source import Folder
from migrator.analyzers.template_files import find_template_file
from migrator.analyzers.templates.fields import TemplateFields
from migrator.analyzers.templates.model import ParsedTemplate, TemplateExpression, leaves
from migrator.analyzers.templates.reader import is_template, parse_template
from migrator.diagnostics import Diagnostic, diagnose
from migrator.model.airflow import Dag, Task
from migrator.model.changed import replace
from migrator.model.source import SourceFile, Span
from migrator.model.templates import TemplateUse
from migrator.model.values import Text, Value

_MAX_USES = 500
"""Of one task: a template with more is a program."""
_MAX_DEPTH = 20
_MAX_INCLUDES = 10
_SHOWN = 4
_SEARCH_PATH = (
    "if these are others, say in `[variables]`, `[env]` or `[paths]` of `migrator.toml` what the search path is"
)

_CONTEXT = frozenset(
    {
        "conf", "dag", "dag_run", "exception", "expanded_ti_count", "inlet_events", "inlets", "map_index_template", "outlet_events",
        "outlets", "reason", "run_id", "task", "task_instance", "task_instance_key_str", "task_reschedule_count", "templates_dict",
        "test_mode", "ti", "triggering_asset_events", "triggering_dataset_events", "try_number",
    }
)  # fmt: skip
"""Names of Airflow's context that are facts of the DAG, run or task."""
_DATES = frozenset({"start_date", "end_date", "latest_date"})
_KINDS = frozenset({"date", "variable", "connection", "param", "xcom", "conf", "run"})


def dag_templates(dag: Dag, folder: Folder) -> tuple[Dag, list[Diagnostic]]:
    """The DAG with `templates` on its tasks, and the findings about them."""
    fields = TemplateFields(folder, dag.span.file)
    diagnostics: dict[Diagnostic, None] = {}
    tasks = []
    assumed: dict[tuple[str, str], None] = {}
    for task in dag.tasks:
        reader = _TaskReader(folder, dag, task, fields)
        reader.read()
        tasks.append(replace(task, templates=tuple(reader.uses)) if reader.uses else task)
        diagnostics |= dict.fromkeys(reader.diagnostics)
        assumed |= dict.fromkeys(reader.assumed)
    return replace(dag, tasks=tuple(tasks)), [*diagnostics, *_assumptions(dag, assumed)]


def _assumptions(dag: Dag, files: Iterable[tuple[str, str]]) -> Iterator[Diagnostic]:
    """Which files of the folder were taken for those of a search path that is not known here, by the folder where they are looked for."""
    folders: dict[str, list[str]] = {}
    for name, path in files:
        folders.setdefault(path.removesuffix(name.lstrip("/")).rstrip("/") or ".", []).append(name)
    for folder, names in folders.items():
        shown = ", ".join(f"`{name}`" for name in names[:_SHOWN]) + (
            f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
        )
        were = "was" if len(names) == 1 else "were"
        message = f"`template_searchpath` of `{dag.dag_id}` is no folder here: {shown} {were} taken from `{folder}`"
        yield diagnose("MIG110", dag.span, message, _SEARCH_PATH)


@dataclass(slots=True)
class _TaskReader:
    """Collects the uses of one task, in the order of its fields and of the text."""

    folder: Folder
    dag: Dag
    task: Task
    fields: TemplateFields
    uses: list[TemplateUse] = field(default_factory=list)
    diagnostics: list[Diagnostic] = field(default_factory=list)
    assumed: list[tuple[str, str]] = field(default_factory=list)
    """Names of template files and the files that were taken for them."""
    _seen: set[TemplateUse] = field(default_factory=set)
    _included: set[str] = field(default_factory=set)

    def read(self) -> None:
        templated = self.fields.of(self.task)
        for name, value in self._arguments():
            if templated is None:
                for text, _ in _texts(value):
                    self._text(name, text, certain=False)
            elif name in templated.fields:
                for text, certain in _texts(value):
                    if certain and text.endswith(templated.endings) and not self._file(name, text):
                        continue
                    self._text(name, text, certain)

    def _arguments(self) -> Iterator[tuple[str, Value]]:
        """All that the operator is given, by argument."""
        task = self.task
        given = {**task.inherited, **task.arguments}
        if task.call_args:
            given["op_args"] = list(task.call_args)
        if task.call_kwargs:
            given["op_kwargs"] = dict(task.call_kwargs)
        for name in sorted(given):
            yield name, given[name]
        for name in sorted(task.expand):
            yield ("op_kwargs" if task.decorator else name), task.expand[name]

    # ---------------------------------------------------------------------------------------------------------- templates

    def _text(self, name: str, text: str, certain: bool) -> None:
        """A template that stands in the DAG file."""
        if not is_template(text):
            return
        span = self.task.argument_spans.get(name, self.task.span)
        source = self.folder.source(span.file)
        shown = source.cut(span) if isinstance(source, SourceFile) else ""
        parsed = parse_template(text)
        if parsed.error is not None:
            if certain:
                self._refused(span, f"`{name}` is not a valid template: {parsed.error}")
            return
        self._record(name, parsed, span.file, shown, span.line)

    def _file(self, name: str, path: str) -> bool:
        """A template file; True where there is none of that name, so that it may be a text after all."""
        found = find_template_file(self.folder, self.dag, path)
        if found is None:
            return "\n" in path or " " in path.strip()
        file, text = found.path, found.text
        if found.is_assumed:
            self.assumed.append((path, file))
        parsed = parse_template(text)
        if parsed.error is not None:
            self._refused(Span(file, 1), f"the file is not a valid template: {parsed.error}")
            return False
        self._record(name, parsed, file, text, 1)
        for included in parsed.includes:
            if included not in ("{?}", *self._included) and len(self._included) < _MAX_INCLUDES:
                self._included.add(included)
                self._file(name, included)
        return False

    def _refused(self, span: Span, message: str) -> None:
        self.diagnostics.append(diagnose("MIG209", span, message))

    # --------------------------------------------------------------------------------------------------------------- uses

    def _record(self, name: str, parsed: ParsedTemplate, file: str, text: str, first_line: int) -> None:
        """Everything that a template asks for, each with the line it stands in."""
        position = 0
        for expression in parsed.parts:
            if isinstance(expression, TemplateExpression):
                at = text.find(expression.source, position) if expression.source else -1
                position = at if at >= 0 else position
                line = first_line + text.count("\n", 0, position)
                for kind, what in self._asked(expression):
                    self._add(TemplateUse(name, kind, what, expression.source, file, line))
        for expression in parsed.expressions:  # those of blocks have no text of their own
            if not expression.source:
                at = max(text.find(expression.root), 0)
                line = first_line + text.count("\n", 0, at)
                kind, what = self._classified(expression)
                self._add(TemplateUse(name, kind, what, expression.root, file, line))

    def _add(self, use: TemplateUse) -> None:
        if use not in self._seen and len(self.uses) < _MAX_USES:
            self._seen.add(use)
            self.uses.append(use)

    def _asked(self, expression: TemplateExpression) -> Iterator[tuple[str, str]]:
        """Kind and name of what an expression and those inside it ask for."""
        parts = [leaf for leaf in leaves(expression) if leaf.root]
        yield from dict.fromkeys(map(self._classified, parts))
        filters = _members(self.dag.arguments.get("user_defined_filters"))
        for leaf in leaves(expression):
            yield from (("user_filter", item.name) for item in leaf.filters if item.name in filters)
        if not parts:
            literal = expression.kind == "literal"
            yield ("literal", "") if literal else ("local", expression.name)

    def _classified(self, expression: TemplateExpression) -> tuple[str, str]:
        """The kind and name of one expression that starts from a free name."""
        kind, root = expression.kind, expression.root
        if kind == "computed_xcom":
            return "xcom", "{?}" + (f"[{expression.key}]" if expression.key != "return_value" else "")
        if kind in _KINDS:
            return kind, _named(expression)
        if root == "macros":
            return "macro", _macro(expression)
        if root in _members(self.dag.arguments.get("user_defined_macros")):
            return "user_macro", root
        if root in _CONTEXT:
            return "run", root
        if root in _DATES:
            return "date", root
        return {"var": "variable", "conn": "connection", "params": "param"}.get(root, "unknown"), root


def _named(expression: TemplateExpression) -> str:
    """The name of what a classified expression asks for."""
    path = ".".join(map(str, expression.path))
    if expression.kind == "date":
        return expression.field if expression.root == "macros" else expression.root
    if expression.kind == "xcom":
        tasks = ",".join(expression.task_ids)
        return tasks + (f"[{expression.key}]" if expression.key != "return_value" else "")
    if expression.kind == "run":
        parts = (expression.name, *map(str, expression.path))
        return (
            expression.name if expression.root == expression.name else ".".join(filter(None, (expression.root, *parts)))
        )
    return ".".join(filter(None, (expression.name, path)))


def _macro(expression: TemplateExpression) -> str:
    """The name below `macros` (`uuid.uuid4`), where the expression is not more than it."""
    found = re.search(r"\bmacros\.(\w+(?:\.\w+)*)", expression.source)
    name = expression.name if expression.name != "macros" else ""
    if name and not (found and found[1].startswith(f"{name}.")):
        return name
    return found[1] if found else ""


def _members(value: Value) -> frozenset[str]:
    """The names in a dict of macros or filters."""
    return frozenset(name for name in value if isinstance(name, str)) if isinstance(value, Mapping) else frozenset()


def _texts(value: Value, depth: int = 0) -> Iterator[tuple[str, bool]]:
    """The texts in a value, as deep as Airflow renders them, and whether all of each is known."""
    if isinstance(value, str):
        yield value, True
    elif isinstance(value, Text):
        yield str(value), False
    elif depth < _MAX_DEPTH and isinstance(value, (list, tuple, set, frozenset)):
        for item in value if isinstance(value, (list, tuple)) else sorted(value, key=str):
            yield from _texts(item, depth + 1)
    elif depth < _MAX_DEPTH and isinstance(value, Mapping):
        for item in value.values():
            yield from _texts(item, depth + 1)
