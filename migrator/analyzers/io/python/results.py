"""What values of a function are: data, or something that names, counts or sets something."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from migrator.analyzers.io.python.values import UNKNOWN, Either, Made, is_temporary
from migrator.model.values import Symbolic, Text, Value

_MAX_VALUES = 1_000
"""Parts of a condition that are looked at."""
_COUNTS = frozenset(
    {"len", "bool", "any", "all", "isinstance", "hasattr", "int", "exists", "is_file", "is_dir", "count"}
)
_DATES = frozenset({"strftime", "isoformat", "now", "today", "utcnow", "timestamp", "time", "uuid4", "uuid1", "getenv"})
_STATES = frozenset({"status_code", "ok", "rowcount", "returncode", "pid"})
"""Attributes that tell how something went."""
_AROUND = frozenset({"dumps", "round", "float", "str", "max", "min"})
_ENVIRONMENT = frozenset({"env", "variable", "param", "connection", "context"})


def kind_of(value: Value) -> str:
    """`setting`, `data`, or empty for nothing: as `Task.returns` says."""
    if isinstance(value, Either):
        kinds = {kind_of(one) for one in value.values if one is not None}
        return "data" if "data" in kinds else "setting" if kinds else ""
    if value is None:
        return ""
    if isinstance(value, (bool, int, float, str, Text)) or is_temporary(value):
        return "setting"
    if isinstance(value, Symbolic):
        return "setting" if value.kind in _ENVIRONMENT else "data"
    if isinstance(value, Made):
        return "setting" if _counts(value) else "data"
    if isinstance(value, (Mapping, list, tuple)) and value:
        leaves = list(_leaves(value))
        plain = all(kind_of(one) == "setting" for one in leaves)
        return "setting" if plain and (any(map(_of_environment, leaves)) or _names(value)) else "data"
    return "data"


_SERVICES = re.compile(
    r"^(?:boto3|botocore|aioboto3|google\.cloud|googleapiclient|azure|kubernetes|docker|airflow\..*Hook$|airflow\.providers)"
)
_ACTS = re.compile(
    r"^(?:create|start|run_job|run_task|run_instances|submit|launch|trigger|stop|restart|terminate|delete|register|deploy|enable|disable|describe|wait)(?:_|$)"
)
"""Methods of services that act on something: what they give tells which one, or how that went."""


def _counts(value: Made) -> bool:
    """Whether the last call gives a number of things, a flag or a moment."""
    step = value.steps[-1] if value.steps else None
    if step is None:
        return False
    if not step.called:
        return step.name in _STATES
    if _SERVICES.match(value.root):
        calls = [one.name for one in value.steps if one.called and one.name != "[]"]
        if calls and _ACTS.match(calls[-1]):
            return True  # the id of a cluster, the address of a queue
    if step.name in _AROUND and step.args:
        return step.args[0] is not UNKNOWN and kind_of(step.args[0]) == "setting"
    return step.name in _COUNTS or step.name in _DATES


def _names(value: Value) -> bool:
    """Whether a list, or a table, holds nothing but names."""
    value = list(value.values()) if isinstance(value, Mapping) else value
    return isinstance(value, (list, tuple)) and all(isinstance(one, (str, Text)) for one in value)


def _of_environment(value: Value) -> bool:
    if isinstance(value, Text):
        return any(map(_of_environment, value.parts))
    return isinstance(value, Symbolic) and value.kind in _ENVIRONMENT


def _leaves(value: Value) -> Iterator[Value]:
    if isinstance(value, Mapping):
        for one in value.values():
            yield from _leaves(one)
    elif isinstance(value, (list, tuple)):
        for one in value:
            yield from _leaves(one)
    else:
        yield value


_NO_DATA = re.compile(
    r"^(?:requests|httpx|aiohttp|urllib3?|subprocess|os|shutil|boto3|botocore|googleapiclient|kubernetes|docker|google\.auth|airflow\.(?!.*(?:Hook)$))"
    r"|(?:Http|Slack|Kubernetes|Ssh|SSH|Emr|Glue|Batch|Databricks|Dataproc|Livy|DbtCloud|Airbyte)\w*Hook$"
)
"""Libraries whose answers tell how a piece of work went."""


_WRITES = re.compile(
    r"^(?:insert|write|put|send|upload|post|delete|create|copy|export|save|publish|bulk|upsert|append)(?:_|$)|^load_table"
)
"""Calls that write: what they give says how that went."""


def _beside_number(test: Value) -> bool:
    """Whether a condition compares something with a number: a state is compared with its name."""
    compared = test if isinstance(test, list) else []
    return any(_beside_number(one) if isinstance(one, list) else type(one) in (int, float) for one in compared)


def data_call(value: Value) -> str:
    """The name of the call that gave what is tested, where that may be data; empty where it is none."""
    left, seen = [value], set[int]()
    while left:
        one = left.pop()
        if id(one) in seen or len(seen) > _MAX_VALUES:
            continue
        seen.add(id(one))
        if isinstance(one, (list, tuple)):
            left += reversed(one)
        elif isinstance(one, Either):
            left += reversed(one.values)
        elif isinstance(one, Symbolic) and one.kind == "xcom" and one.source and _beside_number(value):
            return one.source
        elif isinstance(one, Made) and one.root.startswith("builtins."):
            left += reversed([argument for step in one.steps for argument in step.args])
        elif isinstance(one, Made) and one.root and not _NO_DATA.search(one.root):
            called = [step.name for step in one.steps if step.called and step.name != "[]"]
            if called and not _WRITES.match(called[-1]):
                return called[-1]
    return ""
