"""DAGs that the dag-factory library makes of YAML files: `load_yaml_dags(...)` and, before its version 1, `DagFactory(...)`.

Facts are `dagfactory.py` and `dagbuilder.py` of what follows dag-factory 1.1.0, read in its repository. Where it would raise, it leaves
out that DAG and goes on with the next: so does this, with a finding. (1.1.0 leaves out the other DAGs of that file too.)
"""

from __future__ import annotations

import ast
import datetime as dt
import posixpath
import re
from collections.abc import Mapping
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from migrator.analyzers.interpreter.airflow.dags import make_dag, make_group
from migrator.analyzers.interpreter.airflow.objects import AirflowObject, DagObject, GroupObject, TaskObject, XCom
from migrator.analyzers.interpreter.airflow.relations import relate
from migrator.analyzers.interpreter.airflow.tasks import make_task
from migrator.analyzers.interpreter.libraries import files
from migrator.analyzers.interpreter.values import (
    MISSING,
    Call,
    Class,
    Env,
    External,
    Function,
    LoadedModule,
    Native,
    RaiseSignal,
)
from migrator.model.values import AssetValue, Symbolic

if TYPE_CHECKING:
    import libcst as cst

    from migrator.analyzers.interpreter.machine import Machine

_NOT_DAGS = ("default", "task_groups")
_NOT_ARGUMENTS = ("operator", "decorator", "dependencies", "task_group_name", "parent_group_name")
_DAG_ARGUMENTS = (
    "description",
    "max_active_tasks",
    "catchup",
    "max_active_runs",
    "dagrun_timeout",
    "template_searchpath",
    "render_template_as_native_obj",
    "on_success_callback",
    "on_failure_callback",
    "default_args",
    "doc_md",
    "access_control",
    "is_paused_upon_creation",
    "params",
    "start_date",
    "end_date",
    "dag_display_name",
)
_DEFAULTS_FILES = ("defaults.yml", "defaults.yaml")
_RESULT = re.compile(r"^\+(?P<task>\w*)(\[['\"](?P<key>.*)['\"]\])?$")
_URI = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*://[a-zA-Z0-9\-_/.]+")
_VARIABLE = re.compile(r"\$(\w+|\{\w+\})")

Config = dict[str, Any]


class _NotFollowed(Exception):
    """What is in the YAML that cannot be followed, or that the library refuses."""


class FactoryObject(AirflowObject):
    """`DagFactory(config_filepath | config)` of dag-factory before 1.0."""

    __slots__ = ("kwargs",)

    def __init__(self, kwargs: dict[str, Any]) -> None:
        self.kwargs = kwargs

    def attribute(self, machine: Machine, name: str, node: cst.CSTNode, env: Env) -> Any:
        if name == "generate_dags":
            return Native(name, lambda m, call: load(m, self.kwargs, call))
        if name == "clean_dags":
            return Native(name, lambda m, call: None)
        return MISSING


def make_factory(machine: Machine, call: Call) -> FactoryObject:
    names = ("config_filepath", "config", "default_args_config_path", "default_args_config_dict")
    given = {**dict(zip(names, call.args, strict=False)), **call.kwargs}
    today = {
        "config": "config_dict",
        "default_args_config_path": "defaults_config_path",
        "default_args_config_dict": "defaults_config_dict",
    }
    return FactoryObject({today.get(name, name): value for name, value in given.items()})


def load_yaml_dags(machine: Machine, call: Call) -> None:
    """`load_yaml_dags(globals_dict, dags_folder, config_filepath, ...)`."""
    names = ("globals_dict", "dags_folder", "config_filepath", "defaults_config_path", "config_dict")
    load(machine, {**dict(zip(names, call.args, strict=False)), **call.kwargs}, call)


def load(machine: Machine, given: Mapping[str, Any], call: Call) -> None:
    """The DAGs of one file, of a dictionary, or of all YAML files of a folder."""
    defaults_path = _text(machine, given.get("defaults_config_path"), call) or machine.path_of("")
    if given.get("config_filepath") is not None:
        paths: list[Any] = [given["config_filepath"]]
    elif given.get("config_dict") is not None:
        paths = [machine.settle(given["config_dict"], call.node, call.env)]
    else:
        folder = given.get("dags_folder", machine.path_of(""))
        suffixes = given.get("suffix") or [".yaml", ".yml"]
        found = files.glob(machine, folder, "**/*", call)
        if not isinstance(found, list):
            machine.report("MIG105", call.node, call.env, "the folder whose YAML files dag-factory reads is not known")
            return
        paths = [path for path in found if path.endswith(tuple(suffixes))]
    for path in paths:
        where = "the dictionary" if isinstance(path, dict) else str(path).removeprefix(machine.path_of("")).lstrip("/")
        try:
            config = path if isinstance(path, dict) else read_config(machine, path, call)
            defaults = given.get("defaults_config_dict")
            if not isinstance(defaults, dict):
                defaults = global_defaults(machine, None if isinstance(path, dict) else str(path), defaults_path, call)
        except (_NotFollowed, RaiseSignal) as error:
            machine.report("MIG105", call.node, call.env, f"dag-factory's {where} could not be followed: {error}")
            continue
        for name, dag_config in config.items():
            if name not in _NOT_DAGS:
                try:
                    build(machine, str(name), dag_config, config.get("default") or {}, defaults, call)
                except (_NotFollowed, RaiseSignal) as error:
                    machine.report("MIG105", call.node, call.env, f"DAG `{name}` of dag-factory's {where}: {error}")


# ------------------------------------------------------------------------------------------------------------- the YAML


def read_config(machine: Machine, path: Any, call: Call) -> Config:
    """A YAML file with environment variables, `__type__` and logical expressions resolved."""
    from migrator.analyzers.interpreter.libraries.yaml_files import parse_yaml

    text = files.read(machine, path, call)
    if not isinstance(text, str):
        raise _NotFollowed(getattr(text, "why", "the file is not known"))
    try:
        value = parse_yaml(_VARIABLE.sub(lambda found: _environment(machine, found, call), text))
    except Exception as error:
        raise _NotFollowed(str(error).splitlines()[0]) from None
    value = combined(cast(machine, value, call))
    if not isinstance(value, dict):
        raise _NotFollowed("it is no mapping")
    return value


def _environment(machine: Machine, found: re.Match[str], call: Call) -> str:
    """The value of an environment variable, else its name as it stands: so the library leaves it where it is not set."""
    name = found[1].strip("{}")
    value = machine.environment.get(name, machine.config.env.get(name))
    machine.was_told |= name in machine.config.env
    if value is None and name.isupper():
        text = f"environment variable `{name}` is not known, and was taken to be unset"
        machine.report("MIG109", call.node, call.env, text, resolved_by=(f"env:{name}",))
    return found[0] if value is None else value


def cast(machine: Machine, value: Any, call: Call) -> Any:
    """Mappings with `__type__` become what that class makes of the rest."""
    if isinstance(value, list):
        return [cast(machine, item, call) for item in value]
    if not isinstance(value, dict):
        return value
    if value.get("__type__") == "builtins.list" and "items" in value:
        return cast(machine, value["items"], call)
    rest = {key: cast(machine, item, call) for key, item in value.items() if key not in ("__type__", "__args__")}
    if "__type__" not in value:
        return rest
    args = cast(machine, value.get("__args__") or [], call)
    return machine.call(import_string(machine, value["__type__"], call), list(args), rest, call.node, call.env)


def combined(value: Any) -> Any:
    """`__and__`, `__or__` and `__join__` worked out."""
    if isinstance(value, list):
        return [combined(item) for item in value]
    if not isinstance(value, dict):
        return value
    for name, kind, sign in (("__and__", "all", " & "), ("__or__", "any", " | ")):
        if isinstance(value.get(name), list):
            items = [combined(item) for item in value[name]]
            if all(isinstance(item, AssetValue) for item in items):
                return AssetValue(kind, None, kind, tuple(items))
            return f"({sign.join(map(str, items))})"
    if isinstance(value.get("__join__"), list):
        return "".join(str(combined(item)) for item in value["__join__"])
    return {key: combined(item) for key, item in value.items()}


def global_defaults(machine: Machine, path: str | None, root: str, call: Call) -> Config:
    """What the `defaults.yml` files between the root and the file's folder say, the nearest last."""
    folders = []
    if path is not None:
        folder = posixpath.dirname(path)
        while folder not in (root, "/", "") and folder.startswith(root):
            folders.append(folder)
            folder = posixpath.dirname(folder)
        if folder != root:
            folders = [posixpath.dirname(path)]
    merged: Config = {"default_args": {}}
    for folder in [root, *reversed(folders)]:
        file = next(
            (f"{folder}/{name}" for name in _DEFAULTS_FILES if machine.folder.is_file(f"{folder}/{name}")), None
        )
        for key, value in (read_config(machine, file, call) if file else {}).items():
            if key == "default_args" and isinstance(value, dict):
                merged["default_args"].update(value)
            elif key == "tags" and isinstance(value, list):
                merged["tags"] = sorted({*merged.get("tags", []), *value})
            else:
                merged[key] = value
    return merged


def merge(config: Config, defaults: Config) -> Config:
    """Fills in what only the defaults have, mappings inside mappings too."""
    for key, value in defaults.items():
        if key not in config:
            config[key] = value
        elif isinstance(config[key], dict) and isinstance(value, dict):
            config[key] = merge(dict(config[key]), value)
    return config


# -------------------------------------------------------------------------------------------------------------- the DAG


def build(machine: Machine, name: str, config: Any, default: Config, defaults: Config, call: Call) -> None:
    """One DAG with its groups, tasks and edges."""
    if not isinstance(config, dict):
        raise _NotFollowed("it is no mapping")
    default = {**default, "default_args": {**defaults.get("default_args", {}), **(default.get("default_args") or {})}}
    params = merge({**{k: v for k, v in defaults.items() if k != "default_args"}, **config}, default)
    for holder in (params, params["default_args"]):
        for key in ("start_date", "end_date"):
            if holder.get(key) is not None:
                holder[key] = moment(holder[key], str(holder.get("timezone", "UTC")))
    arguments = {key: params[key] for key in _DAG_ARGUMENTS if params.get(key) is not None}
    if "concurrency" in params:
        arguments["max_active_tasks"] = params["concurrency"]
    given = params.get("schedule", params.get("schedule_interval"))
    if given is not None:
        arguments["schedule"] = schedule(machine, given, call)
    elif params.get("timetable"):
        arguments["schedule"] = params["timetable"]
    tags = list(params.get("tags") or [])
    arguments["tags"] = tags if "dagfactory" in tags else [*tags, "dagfactory"]
    tasks = _by_name(params.get("tasks"), "task_id")
    groups = _by_name(params.get("task_groups"), "group_name")
    dag = make_dag(machine, Call([], {"dag_id": name, **arguments}, call.node, call.env))
    made: dict[str, Any] = {}
    for group in groups:
        make_groups(machine, group, groups, made, dag, call, ())
    for task in in_order(tasks):
        made[task] = make(machine, task, tasks[task], made, dag, call)
    relate_all(tasks, groups, made)
    dag.registered = True


def relate_all(tasks: Mapping[str, Config], groups: Mapping[str, Config], made: Mapping[str, Any]) -> None:
    """The edges. The library looks a task of a group up by `group.task`, and knows it by its id, or of a decorator by its name."""
    known = {
        item.task_id if isinstance(item, TaskObject) and "operator" in tasks.get(name, {}) else name: item
        for name, item in made.items()
    }

    def key(name: str) -> str:
        group = made.get(str(tasks.get(name, {}).get("task_group_name")))
        return f"{group.group_id}.{name}" if isinstance(group, GroupObject) else name

    for name, conf in {**tasks, **groups}.items():
        for above in conf.get("dependencies") or []:
            if above not in made or key(above) not in known or key(name) not in known:
                raise _NotFollowed(f"`{name}` depends on `{above}`, which is not there")
            relate(known[key(above)], known[key(name)])


def schedule(machine: Machine, value: Any, call: Call) -> Any:
    """`none` may be written as text; a list holds URIs of assets, a mapping (for Airflow 2) a condition of them."""
    if isinstance(value, str) and value.strip().lower() == "none":
        return None
    if isinstance(value, dict) and value.get("datasets") and machine.config.airflow_version != "3":
        datasets, timetable = value["datasets"], value.get("timetable")
        text = " & ".join(map(str, datasets)) if isinstance(datasets, list) else str(datasets)
        known = None if value.get("file") is None else datasets_of(machine, value["file"], call)
        condition = condition_of(text, known)
        if timetable is None:
            return condition if condition.members else [condition]
        either = External("airflow.sdk.AssetOrTimeSchedule")
        return machine.call(either, [], {"timetable": timetable, "assets": condition}, call.node, call.env)
    if isinstance(value, dict):
        raise _NotFollowed("its schedule is a mapping, which none but Airflow 2 takes, for datasets")
    if isinstance(value, list):
        return [AssetValue(item.strip(), item.strip()) if isinstance(item, str) else item for item in value if item]
    return value


def datasets_of(machine: Machine, path: Any, call: Call) -> dict[str, str]:
    """The URIs of the datasets that a YAML file names."""
    rows = read_config(machine, path, call).get("datasets")
    rows = [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
    return {str(row["name"]): str(row["uri"]) for row in rows if "name" in row and "uri" in row}


def condition_of(text: str, known: Mapping[str, str] | None) -> AssetValue:
    """`(a & b) | c`, of URIs or, where `known` gives their URIs, of names of datasets."""
    names = {f"uri_{number}": uri for number, uri in enumerate(dict.fromkeys(_URI.findall(text)))}
    for name in sorted(names, key=lambda one: -len(names[one])):
        text = text.replace(names[name], name)

    def value(node: ast.expr) -> AssetValue:
        if isinstance(node, ast.Name):
            uri = names.get(node.id, node.id) if known is None else known.get(node.id)
            if uri is not None:
                return AssetValue(uri, uri)
        if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.BitAnd, ast.BitOr)):
            kind = "all" if isinstance(node.op, ast.BitAnd) else "any"
            return AssetValue(kind, None, kind, (value(node.left), value(node.right)))
        raise _NotFollowed(f"the condition `{text}` of datasets is not understood")

    try:
        return value(ast.parse(text, mode="eval").body)
    except (SyntaxError, ValueError, RecursionError):
        raise _NotFollowed(f"the condition `{text}` of datasets is not understood") from None


def moment(value: Any, zone: str) -> Any:
    """A date of the YAML in the zone that it names; one relative to today is not known."""
    from zoneinfo import ZoneInfo

    if isinstance(value, str):
        try:
            value = dt.datetime.fromisoformat(value)
        except ValueError:
            return Symbolic("date", value, "it depends on the clock")
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        value = dt.datetime(value.year, value.month, value.day)
    try:
        return value.replace(tzinfo=ZoneInfo(zone)) if isinstance(value, dt.datetime) else value
    except (KeyError, OSError, TypeError, ValueError):  # no such zone, a folder of zones, no text, a path
        raise _NotFollowed(f"`{zone}` is no time zone") from None


def _by_name(value: Any, key: str) -> dict[str, Config]:
    """Tasks and groups, which may stand in a mapping or in a list."""
    if isinstance(value, list):
        value = {item.get(key): {k: v for k, v in item.items() if k != key} for item in value if isinstance(item, dict)}
    if not isinstance(value or {}, dict):
        raise _NotFollowed("tasks are neither a mapping nor a list")
    return {str(name): conf if isinstance(conf, dict) else {} for name, conf in (value or {}).items()}


def in_order(tasks: Mapping[str, Config]) -> list[str]:
    """Upstream tasks first. Raises _NotFollowed for a cycle."""
    waiting = {name: {up for up in conf.get("dependencies") or [] if up in tasks} for name, conf in tasks.items()}
    found: list[str] = []
    while waiting:
        ready = [name for name, ups in waiting.items() if not ups - set(found)]
        if not ready:
            raise _NotFollowed("its tasks depend on each other in a circle")
        found += ready
        waiting = {name: ups for name, ups in waiting.items() if name not in ready}
    return found


def make_groups(
    machine: Machine,
    name: str,
    groups: Mapping[str, Config],
    made: dict[str, Any],
    dag: DagObject,
    call: Call,
    under_way: tuple[str, ...],
) -> None:
    """A group, after the one that it is in."""
    if name in made:
        return
    parent = groups[name].get("parent_group_name")
    kwargs = {key: value for key, value in groups[name].items() if key not in _NOT_ARGUMENTS}
    if parent is not None:
        if name in under_way or parent not in groups:
            raise _NotFollowed(f"the parent of group `{name}` is not there")
        make_groups(machine, parent, groups, made, dag, call, (*under_way, name))
        kwargs["parent_group"] = made[parent]
    made[name] = make_group(machine, Call([], {**kwargs, "group_id": name, "dag": dag}, call.node, call.env))


def make(machine: Machine, name: str, config: Config, made: dict[str, Any], dag: DagObject, call: Call) -> Any:
    """One task, of an operator or a decorator."""
    kwargs = {key: value for key, value in config.items() if key not in _NOT_ARGUMENTS}
    kwargs.update(task_id=name, dag=dag)
    group = made.get(str(config.get("task_group_name")))
    if isinstance(group, GroupObject):
        kwargs["task_group"] = group
    adjust(machine, kwargs, call)
    expand, partial = kwargs.pop("expand", None) or {}, kwargs.pop("partial", None) or {}
    if "operator" in config:
        target = import_string(machine, config["operator"], call)
        expand = {key: result_of(value, made) for key, value in expand.items()}
        if expand and isinstance(target, (Class, External)):
            return make_task(machine, target, Call([], {**kwargs, **partial}, call.node, call.env), expand=expand)
        task = machine.call(target, [], {**kwargs, **partial}, call.node, call.env)
    elif "decorator" in config:
        function = kwargs.pop("python_callable", None)
        taken = _parameters(function)
        arguments = {key: handed(kwargs.pop(key), made) for key in list(kwargs) if key in taken}
        over, fixed = ({key: handed(v, made) for key, v in values.items()} for values in (expand, partial))
        decorator = machine.call(
            import_string(machine, config["decorator"], call),
            [],
            {"python_callable": function, **kwargs},
            call.node,
            call.env,
        )
        if not isinstance(decorator, AirflowObject):
            raise _NotFollowed(f"the decorator of `{name}` is not known")
        maker: Any = decorator
        if fixed:
            maker = machine.call(
                maker.attribute(machine, "partial", call.node, call.env), [], fixed, call.node, call.env
            )
        if over:
            maker = maker.attribute(machine, "expand", call.node, call.env)
        task = machine.call(maker, [], over or arguments, call.node, call.env)
    else:
        raise _NotFollowed(f"task `{name}` has neither operator nor decorator")
    if not isinstance(task, (TaskObject, XCom)):
        raise _NotFollowed(f"the operator of `{name}` is not known")
    return task


def adjust(machine: Machine, kwargs: Config, call: Call) -> None:
    """Functions and assets that stand in the YAML as text."""
    for key in [key.removesuffix("_name") for key in kwargs if key.endswith("_name")]:
        if f"{key}_file" in kwargs:
            where, what = kwargs.pop(f"{key}_file"), kwargs.pop(f"{key}_name")
            kwargs[{"success_check": "success", "failure_check": "failure"}.get(key, key)] = function_in(
                machine, where, what, call
            )
    for key in ("python_callable", "execution_date_fn", *(key for key in kwargs if key.endswith("_callback"))):
        if isinstance(kwargs.get(key), str):
            kwargs[key] = import_string(machine, kwargs[key], call)
    for key in ("inlets", "outlets"):
        if isinstance(kwargs.get(key), list):
            kwargs[key] = [AssetValue(item, item) if isinstance(item, str) else item for item in kwargs[key]]
    for variable in kwargs.pop("variables_as_arguments", None) or []:
        if isinstance(variable, dict):
            getter = External("airflow.sdk.Variable.get")
            name = variable.get("variable")
            kwargs[str(variable.get("attribute"))] = machine.call(getter, [name], {}, call.node, call.env)


def result_of(value: Any, made: Mapping[str, Any]) -> Any:
    """`task.output` and `XcomArg(task)` in what an operator is mapped over."""
    found = re.search(r"\((\w[\w.]*)\)", value) if isinstance(value, str) and "XcomArg" in value else None
    name = found[1] if found else value.split(".output")[0] if isinstance(value, str) and ".output" in value else None
    task = made.get(name) if name else None
    return XCom(task) if isinstance(task, TaskObject) else task if isinstance(task, XCom) else value


def handed(value: Any, made: Mapping[str, Any]) -> Any:
    """`+task` and `+task["key"]` in what a function is called with."""
    found = _RESULT.match(value) if isinstance(value, str) else None
    task = made.get(found["task"]) if found else None
    if isinstance(task, TaskObject):
        task = XCom(task)
    return value if not isinstance(task, XCom) or not found else task.item(found["key"]) if found["key"] else task


# ---------------------------------------------------------------------------------------------------------------- names


def import_string(machine: Machine, path: Any, call: Call) -> Any:
    """What a dotted path names, in the folder or in a library."""
    module, _, name = str(path).rpartition(".")
    if not module:
        raise _NotFollowed(f"`{path}` is no dotted path")
    return machine.modules.member(machine, module, 0, name, call.node, call.env)


def function_in(machine: Machine, path: Any, name: Any, call: Call) -> Any:
    """The function of that name in a file."""
    place = files.locate(machine, path, call)
    file = None if place is None else machine.folder.relative(place)
    module = None
    if file is not None and machine.folder.is_file(file):
        module = machine.modules.evaluate(machine, PurePath(file).stem, file)
    if not isinstance(module, LoadedModule):
        return machine.unknown(call.node, call.env, f"`{path}` with the function `{name}` is not in the folder")
    return module.globals.get(str(name), machine.unknown(call.node, call.env, f"`{path}` has no `{name}`"))


def _parameters(function: Any) -> list[str]:
    """Names of a function's parameters."""
    return [param.name.value for param in function.node.params.params] if isinstance(function, Function) else []


def _text(machine: Machine, value: Any, call: Call) -> str | None:
    return files.path_text(machine, value, call) if value is not None else None


CALLS = {
    "dagfactory.load_yaml_dags": load_yaml_dags,
    "dagfactory.dagfactory.load_yaml_dags": load_yaml_dags,
    "dagfactory.DagFactory": make_factory,
    "dagfactory.dagfactory.DagFactory": make_factory,
}
"""The library's functions, by canonical path."""
