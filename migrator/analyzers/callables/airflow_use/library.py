"""Helpers of Airflow's library that do what another library does, too.

In: an expression of the team's code. Out: what stands in its place, or in that of its beginning.
"""

from __future__ import annotations

import re

import libcst as cst

from migrator.analyzers.callables.source.modules import ModuleInfo
from migrator.analyzers.callables.source.scopes import Binding
from migrator.model.expressions import Helper, LibraryText
from migrator.model.frozen import dataclass
from migrator.model.source import Span
from migrator.operators import hook_classes
from migrator.operators.hook_classes import HOOK_CLASSES

_TIME = ("airflow.utils.timezone", "airflow.sdk.timezone", "airflow.sdk.timezone.timezone")
_PENDULUM = "import pendulum"


@dataclass(frozen=True, slots=True)
class _Function:
    """`text` stands for the function and its opening bracket; `counts` are the numbers of arguments, by position, that it may be given."""

    text: str
    counts: frozenset[int]
    keywords: bool = False


_FUNCTIONS = {
    "airflow.utils.dates.days_ago": _Function('pendulum.today("UTC").subtract(days=', frozenset({1})),
    **{f"{module}.utcnow": _Function('pendulum.now("UTC"', frozenset({0})) for module in _TIME},
    **{f"{module}.make_aware": _Function("pendulum.instance(", frozenset({1})) for module in _TIME},
    **{f"{module}.parse": _Function("pendulum.parse(", frozenset({1})) for module in _TIME},
    **{f"{module}.datetime": _Function("pendulum.datetime(", frozenset(range(3, 8)), True) for module in _TIME},
}
_PATH = "ObjectStoragePath"
_UPATH = "from upath import UPath"
_OF_AIRFLOWS_PATHS = re.compile(r"\.(?:bucket|checksum|container|namespace|read_block|sha256|sign|size|ukey)\b")
"""What Airflow's paths have, and those of universal_pathlib, from which they derive, have not."""
LOGGER = LibraryText("dg.get_dagster_logger()", "import dagster as dg")
_HELPERS = {
    "DbApiHook": Helper("DatabaseHook", hook_classes.MODULE),
    "DbtCloudJobRunStatus": Helper("DbtCloudJobRunStatus", hook_classes.MODULE),
    "PokeReturnValue": Helper("PokeReturnValue", "poking"),
    "Param": Helper("Param", "params"),
    **{name: Helper(name, "task_states") for name in ("DagRunState", "State", "TaskInstanceState")},
    "WeekDay": Helper("WeekDay", "weekdays"),
    **{name: Helper(name, "timetables") for name in ("DagRunInfo", "DataInterval", "TimeRestriction", "Timetable")},
}
"""Classes of Airflow, wherever its versions have them, that the project's helpers have as well."""
_UTILITIES = "utilities"
"""The module of a generated project with the small functions of Airflow's library that code calls."""
_FUNCTIONS_KEPT = {
    **{
        f"airflow.utils.helpers.{name}": Helper(name, _UTILITIES)
        for name in (
            "as_flattened_list as_tuple chunks convert_camel_to_snake exactly_one is_container merge_dicts partition reduce_in_chunks"
        ).split()
    },
    **{
        f"airflow.{module}.{name}": Helper(name, _UTILITIES)
        for module in ("security.kerberos", "security.utils")
        for name in ("get_components", "replace_hostname_pattern")
    },
    "airflow.utils.net.get_hostname": Helper("get_hostname", _UTILITIES),
    "airflow.providers.google.common.utils.get_secret.get_secret": Helper("get_secret", hook_classes.MODULE),
}
_CLASSES_OF_PYTHON = {
    "airflow.utils.file.TemporaryDirectory": LibraryText("tempfile.TemporaryDirectory", "import tempfile")
}
_PARAMS = ("airflow.models.param.ParamsDict", "airflow.sdk.ParamsDict", "airflow.sdk.definitions.param.ParamsDict")
"""The class of the params that code is given, here a dictionary: it asks whether they are of it."""
_OF_AIRFLOWS_PARAMS = re.compile(r"(?<!\))\.(?:resolve\(|dump\(\)|serialize\(\))")
"""What Airflow's params can do and the helper's cannot. (`Path(__file__).resolve()` is a path's.)"""
_LOGGING = "airflow.utils.log.logging_mixin.LoggingMixin"


def replaced_call(module: ModuleInfo, node: cst.Call, qualified: str) -> tuple[Span, LibraryText] | None:
    """Of a call of a function of Airflow: its beginning, and what stands in the place of that."""
    if qualified.startswith("airflow.") and qualified.endswith(f".{_PATH}"):
        return _path(module, node)
    found = _FUNCTIONS.get(qualified)
    if found is None or not _is_free(module, "pendulum"):
        return None
    named = any(arg.keyword is not None for arg in node.args)
    if any(arg.star for arg in node.args) or (named and not found.keywords):
        return None
    if len([arg for arg in node.args if arg.keyword is None]) not in found.counts:
        return None
    start = module.places.offsets(node)[0]
    opening = module.source.text.index("(", module.places.offsets(node.func)[1]) + 1
    return module.between(start, opening), LibraryText(found.text, _PENDULUM)


def _path(module: ModuleInfo, node: cst.Call) -> tuple[Span, LibraryText] | None:
    """`ObjectStoragePath(url)`, where no connection of Airflow's says how to log in."""
    plain = len(node.args) == 1 and node.args[0].keyword is None and not node.args[0].star
    if not plain or "@" in module.text(node.args[0].value) or _OF_AIRFLOWS_PATHS.search(module.source.text):
        return None
    return (module.span(node.func), LibraryText("UPath", _UPATH)) if _is_free(module, "UPath") else None


def replaced_logger(module: ModuleInfo, node: cst.Attribute) -> tuple[Span, LibraryText] | None:
    """`LoggingMixin().log`: Dagster's logger."""
    made = node.value
    if node.attr.value not in ("log", "logger") or type(made) is not cst.Call or made.args:
        return None
    if module.qualified(made.func) != _LOGGING or not _is_free(module, "dg"):
        return None
    return module.span(node), LOGGER


def replaced_name(module: ModuleInfo, node: cst.Name | cst.Attribute) -> Helper | LibraryText | None:
    """Of the name of a class or function of Airflow: that of a helper, or of what Python has itself."""
    qualified = module.qualified(node)
    name = qualified.rpartition(".")[2]
    if not qualified.startswith("airflow."):
        return None
    if qualified in _CLASSES_OF_PYTHON:
        return _CLASSES_OF_PYTHON[qualified] if _is_free(module, "tempfile") else None
    if qualified in _FUNCTIONS_KEPT:
        return _FUNCTIONS_KEPT[qualified]
    if qualified in _PARAMS:
        return None if "ParamsDict(" in module.source.text else LibraryText("dict", "")
    if name == "Param" and _OF_AIRFLOWS_PARAMS.search(module.source.text):
        return None
    return Helper(name, hook_classes.MODULE) if name in HOOK_CLASSES else _HELPERS.get(name)


def _is_free(module: ModuleInfo, name: str) -> bool:
    """Whether a name means nothing else in the module than what is imported by it."""
    meant = {"dg": ("dagster", None), "UPath": ("upath", "UPath")}.get(name, (name, None))
    scopes = [module.table.module, *module.table.scopes.values()]
    bound = [binding for scope in scopes for binding in scope.bindings.get(name, [])]
    return all(
        binding.target is not None and (binding.target.module, binding.target.name) == meant for binding in bound
    )


def object_of_airflow(module: ModuleInfo, binding: Binding) -> str:
    """The class, where the name holds an instance of one of Airflow's (a DAG, an operator, a hook)."""
    node = binding.node
    values: list[cst.BaseExpression] = []
    if isinstance(node, (cst.Assign, cst.AnnAssign)) and node.value is not None:
        values = [node.value]
    elif type(node) is cst.With:
        values = [item.item for item in node.items]
    for value in values:
        name = module.qualified(value.func) if type(value) is cst.Call else ""
        last = name.rpartition(".")[2] if name.startswith("airflow.") else ""
        if type(value) is not cst.Call or last in HOOK_CLASSES:
            continue  # (A hook that has no replacement is found where it is made.)
        if last[:1].isupper() and replaced_call(module, value, name) is None:
            return last
    return ""
