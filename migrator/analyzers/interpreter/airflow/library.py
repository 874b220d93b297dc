"""Airflow's own functions, classes and constants, by canonical name."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import libcst as cst

from migrator.analyzers.asset_uris import plain_uri
from migrator.analyzers.interpreter.airflow import relations
from migrator.analyzers.interpreter.airflow.dags import make_dag, make_group
from migrator.analyzers.interpreter.airflow.objects import (
    DagObject,
    GroupObject,
    Label,
    OperatorPartial,
    TaskObject,
    XCom,
)
from migrator.analyzers.interpreter.airflow.provider_constants import CONSTANTS
from migrator.analyzers.interpreter.airflow.taskflow import (
    DagDecorator,
    GroupDecorator,
    TaskDecorator,
    decorator_of_class,
    mark,
    unique_task_id,
)
from migrator.analyzers.interpreter.values import (
    MISSING,
    Call,
    Env,
    External,
    LabelledText,
    ModuleValue,
    Native,
    Opaque,
)
from migrator.model.values import AssetValue, Symbolic, show
from migrator.operators import names
from migrator.secrets.masking import has_withheld, is_withheld

if TYPE_CHECKING:
    from migrator.analyzers.interpreter.machine import Machine

Handler = Callable[["Machine", Call], Any]

VERSIONS = {"2": "2.11.2", "3": "3.3.2"}
_ENUMS = ("TriggerRule.", "WeightRule.", "TaskInstanceState.", "DagRunState.", "State.", "DownstreamTriggerBehaviour.")
_SUB_DAG = "airflow.operators.subdag.SubDagOperator"
_DAYS = {"MONDAY": 1, "TUESDAY": 2, "WEDNESDAY": 3, "THURSDAY": 4, "FRIDAY": 5, "SATURDAY": 6, "SUNDAY": 7}


def constant(machine: Machine, path: str) -> Any:
    """Enum members and version numbers of Airflow, and constants of its providers; MISSING for all else."""
    if not path.startswith("airflow."):
        return MISSING
    if path in ("airflow.sdk.task", "airflow.decorators.task"):
        return TaskDecorator("task")
    parent, _, last = path.rpartition(".")
    kind = parent.rpartition(".")[2]
    if f"{kind}." in _ENUMS and last.isupper():
        return last.lower()
    if kind == "WeekDay" and last in _DAYS:
        return _DAYS[last]
    if path in ("airflow.__version__", "airflow.version.version"):
        return VERSIONS[machine.airflow.version]
    return CONSTANTS.get(path, MISSING)


def shown_by_name(value: Any, imported: str) -> Any:
    """A member of one of the SDK's own enums (`airflow.sdk.TriggerRule`, Airflow 3.3), under the path that the import wrote.

    These are generated without the `__str__` of those in `airflow.utils` and `airflow.task`: their text is `TriggerRule.ALL_DONE`.
    """
    kind, _, name = imported.removeprefix("airflow.sdk.").removeprefix("api.datamodels._generated.").partition(".")
    if not imported.startswith("airflow.sdk.") or f"{kind}." not in _ENUMS or not isinstance(value, str):
        return value
    return LabelledText.of(value, f"{kind}.{name}")


def loaded_module(machine: Machine, name: Any, node: cst.CSTNode, env: Env) -> Any:
    """`sys.modules[name]`: the module that is being evaluated, or one that is loaded already."""
    if not isinstance(name, str) or name == env.module.name:
        return ModuleValue(env.module)
    found = machine.modules.named(name)
    return machine.unknown(node, env, f"module `{name}` is not loaded") if found is None else ModuleValue(found)


def _rule(machine: Machine, call: Call) -> Any:
    """`TriggerRule("all_done")`: members of these classes are texts."""
    return machine.settle(call.argument(0, "value"), call.node, call.env)


# ------------------------------------------------------------------------------------------------- Variables, Connections


def _variable_get(machine: Machine, call: Call) -> Any:
    default = call.argument(1, "default_var", call.kwargs.get("default", MISSING))
    return _variable(machine, call, default, call.argument(2, "deserialize_json", False) is True)


def _variable_setdefault(machine: Machine, call: Call) -> Any:
    """`Variable.setdefault(key, default)`, which also keeps the default where there is none; reading does not need that."""
    return _variable(machine, call, call.argument(1, "default"), call.argument(3, "deserialize_json", False) is True)


def _variable(machine: Machine, call: Call, default: Any, as_json: bool) -> Any:
    key = machine.settle(call.argument(0, "key"), call.node, call.env)
    if not isinstance(key, str):
        key = show(key)
    if key in machine.config.variables:
        machine.was_told = True
        value = machine.config.variables[key]
        if as_json and isinstance(value, str):
            try:
                value = json.loads(value)
            except ValueError:
                return machine.unknown(call.node, call.env, f"Variable `{key}` is not JSON")
        if not has_withheld(value):
            return value
        if as_json:
            return _secrets_symbolic(machine, value, call)
    machine.ask("variable", key, machine.span(call.node, call.env))
    return Symbolic(
        "variable",
        machine.source(call.node, call.env)[:200],
        f"Airflow Variable `{key}` is not known",
        key,
        default if default is not MISSING else None,
        default is not MISSING,
        machine.span(call.node, call.env),
        is_json=as_json,
    )


def _secrets_symbolic(machine: Machine, value: Any, call: Call) -> Any:
    """A Variable's value whose secret members were taken out: they are not known."""
    if isinstance(value, dict):
        return {name: _secrets_symbolic(machine, item, call) for name, item in value.items()}
    if isinstance(value, list):
        return [_secrets_symbolic(machine, item, call) for item in value]
    return machine.unknown(call.node, call.env, f"the secret {value} is not read") if is_withheld(value) else value


def _connection_get(machine: Machine, call: Call) -> Any:
    name = call.argument(0, "conn_id")
    return Symbolic(
        "connection",
        machine.source(call.node, call.env)[:200],
        f"connection `{show(name)}` is not read",
        name if isinstance(name, str) else None,
        span=machine.span(call.node, call.env),
    )


def _conf_get(machine: Machine, call: Call) -> Any:
    section, key = call.argument(0, "section"), call.argument(1, "key")
    if section == "core" and key == "dags_folder":
        return machine.path_of("").rstrip("/")
    fallback = call.kwargs.get("fallback", MISSING)
    return Symbolic(
        "config",
        machine.source(call.node, call.env)[:200],
        f"Airflow's setting `{show(section)}.{show(key)}` is not known",
        f"{show(section)}.{show(key)}",
        fallback if fallback is not MISSING else None,
        fallback is not MISSING,
        machine.span(call.node, call.env),
    )


# --------------------------------------------------------------------------------------------------------------- assets


def _asset(machine: Machine, call: Call) -> Any:
    """`Asset(name, uri)`, `Dataset(uri)`: one positional argument is the name (Airflow 3) and the URI (Airflow 2)."""
    name = call.argument(0, "name", call.kwargs.get("uri"))
    uri = call.argument(1, "uri") if len(call.args) > 1 or "uri" in call.kwargs else name
    extra = call.kwargs.get("extra")
    name, uri = (show(machine.settle(value, call.node, call.env)) for value in (name, uri))
    return AssetValue(name, plain_uri(uri), extra=extra if isinstance(extra, dict) else {})


def _asset_reference(machine: Machine, call: Call) -> Any:
    """`Asset.ref(name="orders")`, `Asset.ref(uri="s3://lake/orders")`: an asset that something else declares."""
    name, uri = (machine.settle(call.kwargs.get(given), call.node, call.env) for given in ("name", "uri"))
    return AssetValue(show(name), None) if uri is None else AssetValue(show(uri), plain_uri(show(uri)))


def _alias(machine: Machine, call: Call) -> Any:
    return AssetValue(show(call.argument(0, "name")), None, "alias")


def _combined(kind: str) -> Handler:
    def make(machine: Machine, call: Call) -> Any:
        members = [item for arg in call.args for item in (arg if isinstance(arg, (list, tuple)) else [arg])]
        return AssetValue(kind, None, kind, tuple(item for item in members if isinstance(item, AssetValue)))

    return make


def _asset_decorator(machine: Machine, call: Call) -> Any:
    """`@asset(schedule=...)`, `@asset.multi(outlets=[...])`: a DAG with one task, and the assets that it makes."""
    options = dict(call.kwargs)

    def decorate(m: Machine, inner: Call) -> Any:
        function = inner.args[0]
        name = options.get("name", getattr(function, "label", "asset"))
        uri = options.get("uri", name)
        outlets = options.get("outlets")
        kept = {key: value for key, value in options.items() if key not in ("uri", "name", "outlets", "group", "extra")}
        dag = make_dag(m, Call([], {"dag_id": options.get("dag_id", name), **kept}, inner.node, inner.env))
        dag.registered = True
        asset = AssetValue(show(name), plain_uri(show(uri)))
        made = (
            [item for item in outlets if isinstance(item, AssetValue)]
            if isinstance(outlets, (list, tuple))
            else [asset]
        )
        m.airflow.contexts.append(dag)
        try:
            decorator = TaskDecorator("task", {"outlets": made})
            decorated = decorator.call(
                m, Call([function], {"task_id": getattr(function, "label", "asset")}, inner.node, inner.env)
            )
            task = decorated.make(m, Call([], {}, inner.node, inner.env), None).task
        finally:
            m.airflow.contexts.pop()
        task.operator, task.path, task.decorator = (
            "_AssetMainOperator",
            "airflow.sdk.definitions.asset.decorators._AssetMainOperator",
            "asset",
        )
        # What has a default keeps it.
        given = (
            [p.name.value for p in function.node.params.params if p.default is None]
            if hasattr(function, "node")
            else []
        )
        task.arguments["inlets"] = [AssetValue(n, None) for n in given if n not in ("self", "context", "outlet_events")]
        return AssetValue("all", None, "all", tuple(made)) if isinstance(outlets, (list, tuple)) else asset

    return Native("asset", decorate)


# ------------------------------------------------------------------------------------------------------------ structure


def _dag(machine: Machine, call: Call) -> Any:
    return make_dag(machine, call)


def _dag_decorator(machine: Machine, call: Call) -> Any:
    return DagDecorator().call(machine, call)


def _group(machine: Machine, call: Call) -> Any:
    return make_group(machine, call)


def _group_decorator(machine: Machine, call: Call) -> Any:
    return GroupDecorator().call(machine, call)


def _label(machine: Machine, call: Call) -> Any:
    return Label(call.argument(0, "label", ""))


def _current_context(machine: Machine, call: Call) -> Any:
    return machine.unknown(call.node, call.env, "the context of a running task")


def _current_dag(machine: Machine, call: Call) -> Any:
    return machine.airflow.current_dag()


def _current_group(machine: Machine, call: Call) -> Any:
    return machine.airflow.current_group(machine.airflow.current_dag())


def _sub_dag(machine: Machine, call: Call) -> Any:
    """`SubDagOperator(subdag=dag)` (Airflow 2): DagBag loads the inner DAG too."""
    from migrator.analyzers.interpreter.airflow.tasks import make_task

    inner = call.kwargs.get("subdag")
    if isinstance(inner, DagObject):
        inner.registered = True
    else:
        machine.report("MIG105", call.node, call.env, "the DAG of a SubDagOperator is not known: it is missing")
    return make_task(machine, External(_SUB_DAG), call)


def _xcom(machine: Machine, call: Call) -> Any:
    """`XComArg(task, key="...")`."""
    task = call.argument(0, "operator")
    if isinstance(task, XCom):
        return task
    if not isinstance(task, TaskObject):
        return machine.unknown(call.node, call.env, "the task of the result is not known")
    return XCom(task, call.argument(1, "key", "return_value"))


def _unchanged(machine: Machine, call: Call) -> Any:
    """Functions that give back the DAG or task that they are given."""
    return call.args[0] if call.args else machine.unknown(call.node, call.env, "the argument is not known")


def _literal(machine: Machine, call: Call) -> Any:
    """Text in which Airflow fills in no template."""
    return Opaque("airflow.sdk.literal", [call.argument(0, "value")], {})


def opaque_attribute(machine: Machine, value: Opaque, name: str, node: cst.CSTNode, env: Env) -> Any:
    """Attributes of library objects that matter for structure; MISSING for others."""
    return MISSING


CALLS: dict[str, Handler] = {
    "airflow.sdk.DAG": _dag,
    "airflow.sdk.dag": _dag_decorator,
    "airflow.sdk.TaskGroup": _group,
    "airflow.sdk.task_group": _group_decorator,
    "airflow.sdk.result": lambda machine, call: call.args[0] if call.args else None,
    "airflow.sdk.setup": mark("setup"),
    "airflow.sdk.teardown": mark("teardown"),
    "airflow.sdk.asset": _asset_decorator,
    "airflow.sdk.asset.multi": _asset_decorator,
    "airflow.sdk.Asset": _asset,
    "airflow.sdk.Asset.ref": _asset_reference,
    "airflow.sdk.Dataset": _asset,
    "airflow.datasets.Dataset": _asset,
    "airflow.sdk.AssetAlias": _alias,
    "airflow.sdk.AssetAll": _combined("all"),
    "airflow.sdk.AssetAny": _combined("any"),
    "airflow.sdk.XComArg": _xcom,
    "airflow.providers.openlineage.api.emission_policy.extend_global_openlineage_emission_policy": _unchanged,
    "airflow.providers.openlineage.utils.selective_enable.enable_lineage": _unchanged,
    "airflow.providers.openlineage.utils.selective_enable.disable_lineage": _unchanged,
    _SUB_DAG: _sub_dag,
    "airflow.sdk.Label": _label,
    "airflow.sdk.literal": _literal,
    "airflow.sdk.chain": relations.chain,
    "airflow.sdk.chain_linear": relations.chain_linear,
    "airflow.sdk.cross_downstream": relations.cross_downstream,
    "airflow.sdk.bases.decorator.task_decorator_factory": decorator_of_class,
    "airflow.sdk.bases.decorator.get_unique_task_id": unique_task_id,
    "airflow.sdk.TriggerRule": _rule,
    "airflow.sdk.WeightRule": _rule,
    "airflow.sdk.Variable.get": _variable_get,
    "airflow.sdk.Variable.setdefault": _variable_setdefault,
    "airflow.sdk.Connection.get": _connection_get,
    "airflow.sdk.BaseHook.get_connection": _connection_get,
    "airflow.hooks.base.BaseHook.get_connection": _connection_get,
    **dict.fromkeys((f"airflow.sdk.conf.{name}" for name in ("get", "getboolean", "getint", "getfloat")), _conf_get),
    "airflow.sdk.get_current_context": _current_context,
    "airflow.sdk.definitions._internal.contextmanager.DagContext.get_current": _current_dag,
    "airflow.sdk.definitions._internal.contextmanager.DagContext.get_current_dag": _current_dag,
    "airflow.models.dag.DagContext.get_current_dag": _current_dag,
    "airflow.sdk.TaskGroupContext.get_current_task_group": _current_group,
    "airflow.sdk.definitions._internal.contextmanager.TaskGroupContext.get_current_task_group": _current_group,
}
"""Calls of Airflow's own names that are evaluated."""

__all__ = [
    "CALLS",
    "DagObject",
    "GroupObject",
    "OperatorPartial",
    "TaskObject",
    "constant",
    "names",
    "opaque_attribute",
]
