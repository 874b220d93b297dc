"""What a value says about the name of a table or file: known parts as they are, unknown parts visible.

Comes in: an argument's value. Goes out: text with `{var:NAME}`, `{env:NAME}`, `{conn:NAME}`, `{param:NAME}` for what the
deployment decides, `{const:module.NAME}` for what a module keeps, `{{ ds }}` for what the run decides, `{?}` for what cannot be told.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from migrator.analyzers.templates import TemplateExpression, leaves, parse_template
from migrator.model.airflow import Dag, Task
from migrator.model.assets import AssetRef, Direction
from migrator.model.changed import replace
from migrator.model.values import CallableValue, ObjectValue, Symbolic, Text, Value, show, show_constant

Variables = Mapping[str, Any]
"""Airflow Variables whose values the user told."""
_NO_VARIABLES: Variables = MappingProxyType({})

_TELLING = 4
"""Letters of a name of which the folder is not known that still tell what it names."""
MAX_NAME = 1024
"""Characters; nothing that long is a name."""

UNKNOWN = "{?}"
DAG_FOLDER = "{{ dag.folder }}"
PLACEHOLDER = re.compile(r"\{\{[^{}]*\}\}|\{(?:var|env|conn|param|const|xcom):[^{}]*\}|\{\?\}")
"""A part of a name that is not literal."""

SCHEMES = {
    "s3": "s3",
    "s3a": "s3",
    "s3n": "s3",
    "gs": "gcs",
    "gcs": "gcs",
    "abfs": "azure",
    "abfss": "azure",
    "wasbs": "azure",
    "wasb": "azure",
    "adl": "azure",
    "hdfs": "hdfs",
    "sftp": "sftp",
    "ftp": "ftp",
}
"""Storage by a URL's scheme."""
_PROBE = re.compile(
    r"[/_](?:health|healthz|healthy|health[_-]?check|ping|ready|readyz|readiness|livez|liveness|heartbeat|is_?alive)/?(?:[?#].*)?$",
    re.I,
)
"""How addresses end that only tell whether a service is up."""
_OWN_ID = re.compile(
    r"\{\{\s*(?:(?:task|ti|task_instance)(?:\.task)?\.(task_id)|(?:dag|ti|task|task_instance|dag_run)(?:\.dag)?\.dag_id)\s*\}\}"
)
_PASSWORD = re.compile(r"://[^/@\s]*:[^/@\s]*@")
_QUERY = re.compile(r"^((?:https?://|\{conn:[^{}]*\}/)(?:\{\?\}|\{(?!\?\})|[^?#{])*)[?#].*$", re.DOTALL)
_STRING_FILTERS: Mapping[str, Callable[[str], str]] = {
    "lower": str.lower,
    "upper": str.upper,
    "trim": str.strip,
    "string": str,
}


_OBJECT_STORES = re.compile(
    r"^https?://(?:[^/]*\.s3[.-](?:[a-z0-9-]+\.)?amazonaws\.com|s3[.-](?:[a-z0-9-]+\.)?amazonaws\.com|storage\.googleapis\.com"
    r"|[^/]+\.(?:blob|dfs)\.core\.windows\.net)/",
    re.IGNORECASE,
)


def in_object_store(url: str) -> bool:
    """Whether a web address is that of an object in a cloud's store."""
    return bool(_OBJECT_STORES.match(url))


def visible(value: Value, task: Task, dag: Dag, variables: Variables = _NO_VARIABLES) -> str | None:
    """The text of a templated argument, with unknown parts visible and `variables` filled in; None where it is no text or no valid template."""
    if isinstance(value, (Symbolic, Text)):
        value = show(value)
    elif isinstance(value, CallableValue) and value.kind == "library" and value.name.isupper():
        value = show_constant(value)
    return _rendered(value, task, dag, variables) if isinstance(value, str) else None


def name_of(value: Value, task: Task, dag: Dag, variables: Variables = _NO_VARIABLES) -> str | None:
    """`visible`, where it names something: None for a name of which nothing is known, and without passwords in URLs."""
    text = visible(value, task, dag, variables)
    return None if text is None else usable(text)


@functools.lru_cache(maxsize=20_000)
def usable(text: str, *, table: bool = False) -> str | None:
    """The text as a name, without what might be a secret; None where it says too little to be one. What stands behind the last dot of a `table` is
    its name, no file's ending."""
    text = _QUERY.sub(r"\1", _PASSWORD.sub("://", text.strip()))
    if not text or len(text) > MAX_NAME or "\n" in text or "\0" in text:
        return None
    if re.search(r"\{(?:var|env|conn|param|const):", text) and UNKNOWN not in text:
        return text
    plain = PLACEHOLDER.sub("", text)
    stem = plain if table else re.sub(r"\.\w+$", "", plain)
    return text if re.search(r"\w", re.sub(r"^\w+://", "", stem)) else None


def is_vague(name: str, kind: str) -> bool:
    """Whether so much of a name in code is not known that it says nothing: of a `table` all but its schema, of a path all but a few letters."""
    if kind == "table" and name.endswith(".{?}"):
        return True
    if not name.startswith("{?}"):
        return False
    letters = re.sub(r"\{\?\}|[^a-z]|\.\w+$", "", name, flags=re.IGNORECASE)
    is_little = name.count("{?}") > 1 and "://" not in name and len(letters) < _TELLING
    return is_little or ("/" not in name and "." not in name)


def _rendered(text: str, task: Task, dag: Dag, variables: Variables) -> str | None:
    parsed = parse_template(text)
    if parsed.error is not None:
        return None
    return "".join(part if isinstance(part, str) else _shown(part, task, dag, variables) for part in parsed.parts)


def _shown(expression: TemplateExpression, task: Task, dag: Dag, variables: Variables) -> str:
    """One expression as a part of a name."""
    member = ".".join(map(str, expression.path))
    if expression.kind == "literal" and not expression.filters:
        return str(expression.value)
    if expression.kind == "param" and expression.path:
        known = _param(expression, task, dag)
        return f"{{param:{member}}}" if known is None else known
    if expression.kind == "variable" and (known := _variable(expression, variables)) is not None:
        return known
    if expression.kind in ("variable", "connection"):
        short = "var" if expression.kind == "variable" else "conn"
        return f"{{{short}:{'.'.join(filter(None, (expression.name, member)))}}}"
    if expression.kind == "run" and not expression.filters:
        known = {"dag_id": dag.dag_id, "task_id": task.task_id}.get(expression.name)
        return known if known is not None else _of_run(expression)
    macros = dag.arguments.get("user_defined_macros")
    if expression.kind in ("unknown", "macro") and not expression.filters and isinstance(macros, Mapping):
        known = macros.get(expression.source)
        if isinstance(known, (str, int)) and not isinstance(known, bool):
            return str(known)
    if expression.source == "dag.folder":
        return DAG_FOLDER
    if expression.kind in ("macro", "unknown", "date"):
        inner = [leaf for leaf in leaves(expression) if leaf.root and leaf.root != "macros"]
        if any(leaf.kind == "date" for leaf in inner) and all(leaf.kind in ("date", "param", "run") for leaf in inner):
            return _of_run(expression)
    return UNKNOWN


def _of_run(expression: TemplateExpression) -> str:
    """A part that differs between runs, as the template has it."""
    return UNKNOWN if re.search(r"[{}]", expression.source) else f"{{{{ {expression.source} }}}}"


def _variable(expression: TemplateExpression, variables: Variables) -> str | None:
    """The value of a Variable, where the settings tell it and it is a plain one."""
    value: Value = variables.get(expression.name)
    if expression.json and isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return None
    for key in expression.path:
        value = value.get(key) if isinstance(value, Mapping) else None
    if expression.filters or isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return None
    return str(value)


def _param(expression: TemplateExpression, task: Task, dag: Dag) -> str | None:
    """The default of a param, if it is a plain one: Airflow lets a manual run change it, a scheduled one has it."""
    given = task.option("params")
    value: Value = {**dag.params, **(given if isinstance(given, Mapping) else {})}
    for key in expression.path:
        if isinstance(value, ObjectValue):
            value = value.kwargs.get("default", value.args[0] if value.args else None)
        if isinstance(value, Mapping):
            value = value.get(key)
        elif isinstance(value, (list, tuple)) and isinstance(key, int) and -len(value) <= key < len(value):
            value = value[key]
        else:
            return None
    if isinstance(value, ObjectValue):
        value = value.kwargs.get("default", value.args[0] if value.args else None)
    if isinstance(value, (Symbolic, Text)):
        shown = show(value)
        return None if UNKNOWN in shown or expression.filters else shown
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return None
    text = str(value)
    for item in expression.filters:
        if item.args or item.name not in _STRING_FILTERS:
            return text if item.name in ("default", "d") else None
        text = _STRING_FILTERS[item.name](text)
    return text


def stored_path(path: str, system: str | None) -> str:
    """A path in SQL: Hive's are in HDFS, unless the statement says that they are the machine's own (`file://`)."""
    if path.startswith("file://"):
        return path.removeprefix("file://")
    return f"hdfs://{path}" if system == "hive" and path.startswith("/") else path


def is_scratch(name: str) -> bool:
    """Whether a file lies in a folder for temporary files."""
    return name.startswith(("/tmp/", "/var/tmp/", "/dev/shm/"))


def defaults_of(value: Value) -> dict[str, str]:
    """What the code takes where a setting in the value is not set, by the way in which `visible` shows the setting."""
    parts = value.parts if isinstance(value, Text) else (value,)
    return {
        show(part): part.default
        for part in parts
        if isinstance(part, Symbolic) and part.has_default and isinstance(part.default, str)
    }


def assumed(name: str, defaults: Mapping[str, str]) -> str:
    """A name with these in place of the settings that it shows: where a file of the folder lies, unless the deployment says otherwise."""
    for shown, default in defaults.items():
        name = name.replace(shown, default)
    return name


def is_probe(ref: AssetRef) -> bool:
    """Whether a reference is a look at whether a service is up (`https://erp.example/health`): there is no data to read."""
    return ref.kind == "api" and ref.direction is Direction.INPUT and _PROBE.search(ref.name) is not None


def with_own_ids(ref: AssetRef, task: Task) -> AssetRef:
    """A reference in whose name the ids of the task and its DAG are written out (`{{ task.task_id }}`, `{{ dag.dag_id }}`)."""
    if "_id" not in ref.name:
        return ref
    name = _OWN_ID.sub(lambda found: task.task_id if found[1] else task.dag_id, ref.name)
    return ref if name == ref.name else replace(ref, name=name)
