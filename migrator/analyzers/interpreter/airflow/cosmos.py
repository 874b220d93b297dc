"""Tasks that astronomer-cosmos makes of a dbt project: `DbtDag(...)` and `DbtTaskGroup(...)`.

Facts are cosmos 1.15.1's `converter.py` and `airflow/graph.py`, read in the package. The nodes come from the manifest that the code names,
else from the project's files: what only `dbt ls` knows is told.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from migrator.analyzers.interpreter.airflow.cosmos_select import Place, resource_name, select_nodes, yaml_selection
from migrator.analyzers.interpreter.airflow.dags import make_dag, make_group
from migrator.analyzers.interpreter.airflow.objects import DagObject, GroupObject, TaskObject
from migrator.analyzers.interpreter.airflow.relations import relate
from migrator.analyzers.interpreter.airflow.tasks import make_task
from migrator.analyzers.interpreter.libraries import files
from migrator.analyzers.interpreter.values import Call, External, Opaque
from migrator.model.values import show

if TYPE_CHECKING:
    from migrator.analyzers.interpreter.machine import Machine
    from migrator.analyzers.io.dbt_project import DbtNode, DbtProject

_OWN = frozenset(
    {"project_config", "profile_config", "execution_config", "render_config", "operator_args", "on_warning_callback"}
)
"""Arguments that are not the DAG's or the group's."""
_CLASSES = {"model": "DbtRun", "snapshot": "DbtSnapshot", "seed": "DbtSeed", "source": "DbtSource"}
_ENUMS = {
    "TestBehavior": "BUILD NONE AFTER_EACH AFTER_ALL",
    "LoadMode": "AUTOMATIC CUSTOM DBT_LS DBT_LS_FILE DBT_LS_CACHE DBT_MANIFEST",
    "ExecutionMode": "WATCHER LOCAL AIRFLOW_ASYNC DOCKER KUBERNETES AWS_EKS AWS_ECS VIRTUALENV AZURE_CONTAINER_INSTANCE "
    "GCP_CLOUD_RUN_JOB GCP_GKE WATCHER_GCP_GKE WATCHER_KUBERNETES",
    "InvocationMode": "SUBPROCESS DBT_RUNNER",
    "SourceRenderingBehavior": "NONE ALL WITH_TESTS_OR_FRESHNESS",
    "SeedRenderingBehavior": "ALWAYS WHEN_SEED_CHANGES RENDER_ONLY NONE",
    "TestIndirectSelection": "EAGER CAUTIOUS BUILDABLE EMPTY",
    "DbtResourceType": "MODEL SNAPSHOT SEED TEST SOURCE EXPOSURE",
}
"""The library's enums with their members, whose values are the names in lower case (`cosmos/constants.py`)."""
_MANIFEST = ("automatic", "dbt_manifest")
_WATCHERS = {"watcher": "local", "watcher_kubernetes": "kubernetes", "watcher_gcp_gke": "gcp_gke"}
"""Modes in which one task runs dbt and the others wait for what it tells, with the mode of a test after all."""
_EMPTY = "airflow.providers.standard.operators.empty.EmptyOperator"


class _NotKnown(Exception):
    """Why the tasks cannot be told."""


@dataclass
class _Settings:
    """What the configuration objects say, as far as it decides which tasks there are."""

    behavior: str = "after_each"
    mode: str = "local"
    sources: str = "none"
    seeds: str = "always"
    detach: bool = False
    by_folder: bool = False
    ephemeral_empty: bool = True
    arguments: dict[str, Any] = field(default_factory=dict)
    project_name: str = ""
    converters: dict[str, Any] = field(default_factory=dict)
    """Functions that make the tasks of a kind of node in cosmos' place."""
    task_id: Any = None
    """The function that gives the ids of tasks outside of groups (`normalize_task_id`)."""


def constant(path: str) -> str | External | None:
    """A member of one of the library's enums under one path, and its `value` and `name`; None for other names."""
    owner, _, last = path.rpartition(".")
    if owner.rpartition(".")[2] in _ENUMS and last.isupper():
        return External(f"cosmos.constants.{owner.rpartition('.')[2]}.{last}")
    kind, member = owner.split(".")[-2:] if owner.count(".") > 1 else ("", "")
    if kind not in _ENUMS or last not in ("value", "name"):
        return None
    return member.lower() if last == "value" else member


def members(value: External) -> list[External] | None:
    """The members of an enum of the library, in order; None for other names."""
    names = _ENUMS.get(value.name) if value.path.startswith("cosmos.") else None
    return None if names is None else [External(f"cosmos.constants.{value.name}.{name}") for name in names.split()]


def _member(kind: str) -> Callable[[Machine, Call], Any]:
    """`TestBehavior("none")`: the member of that value."""

    def call_it(machine: Machine, call: Call) -> Any:
        text = machine.settle(call.argument(0, "value"), call.node, call.env)
        if isinstance(text, External):
            return text
        if not isinstance(text, str):
            return machine.unknown(call.node, call.env, "the member is not known")
        return External(f"cosmos.constants.{kind}.{text.upper()}")

    return call_it


def dbt_dag(machine: Machine, call: Call) -> DagObject:
    """`DbtDag(dag_id=..., project_config=..., ...)`."""
    dag = make_dag(machine, _without_own(call))
    _render(machine, dag, None, call)
    return dag


def dbt_task_group(machine: Machine, call: Call) -> GroupObject:
    """`DbtTaskGroup(group_id="dbt_task_group", project_config=..., ...)`."""
    group = make_group(machine, _without_own(call), default_id="dbt_task_group")
    if group.dag is not None:
        _render(machine, group.dag, group, call)
    return group


def _without_own(call: Call) -> Call:
    kept = {name: value for name, value in call.kwargs.items() if name not in _OWN}
    return Call(call.args, kept, call.node, call.env, call.star)


def _render(machine: Machine, dag: DagObject, group: GroupObject | None, call: Call) -> None:
    try:
        settings = _settings(machine, call)
        project, chosen = _nodes(machine, call)
        _Tasks(machine, dag, group, call, settings, project, chosen).make()
    except _NotKnown as reason:
        where = f"group `{group.group_id}`" if group is not None else f"DAG `{dag.dag_id}`"
        machine.report("MIG105", call.node, call.env, f"the dbt tasks of {where} are not known: {reason}")


def _given(machine: Machine, call: Call, config: str, name: str, position: int = 99) -> Any:
    """A field of a configuration object as it was given, None where it was not."""
    value = call.kwargs.get(config)
    if value is None:
        return None
    if not isinstance(value, Opaque):
        raise _NotKnown(f"`{config}` is `{show(value)}`")
    given = value.args[position] if len(value.args) > position else value.kwargs.get(name)
    return machine.settle(given, call.node, call.env)


def _choice(machine: Machine, call: Call, config: str, name: str, default: str) -> str:
    """The value of an enum member of cosmos, such as `TestBehavior.NONE`."""
    value = _given(machine, call, config, name)
    if isinstance(value, External):
        return value.name.lower()
    if value is None:
        config_object = call.kwargs.get(config)
        is_none = isinstance(config_object, Opaque) and name in config_object.kwargs
        return "none" if is_none else default
    if isinstance(value, str):
        return value
    raise _NotKnown(f"`{name}` is `{show(value)}`")


def _settings(machine: Machine, call: Call) -> _Settings:
    converters = _given(machine, call, "render_config", "node_converters") or {}
    if not isinstance(converters, dict):
        raise _NotKnown("`node_converters` makes them")
    if converters and _given(machine, call, "render_config", "node_conversion_by_task_group"):
        raise _NotKnown("`node_conversion_by_task_group` makes them")
    arguments = machine.settle(call.kwargs.get("operator_args"), call.node, call.env)
    found = _Settings(
        behavior=_choice(machine, call, "render_config", "test_behavior", "after_each"),
        mode=_choice(machine, call, "execution_config", "execution_mode", "local"),
        sources=_choice(machine, call, "render_config", "source_rendering_behavior", "none"),
        seeds=_choice(machine, call, "render_config", "seed_rendering_behavior", "always"),
        detach=_given(machine, call, "render_config", "should_detach_multiple_parents_tests") is True,
        by_folder=_given(machine, call, "render_config", "group_nodes_by_folder") is True,
        ephemeral_empty=_given(machine, call, "render_config", "ephemeral_models_as_empty_operator") is not False,
        converters={key.name.lower(): value for key, value in converters.items() if isinstance(key, External)},
        task_id=_given(machine, call, "render_config", "normalize_task_id"),
        arguments={key: value for key, value in arguments.items() if isinstance(key, str)}
        if isinstance(arguments, dict)
        else {},
    )
    if found.mode in _WATCHERS and found.behavior == "build":
        raise _NotKnown("cosmos refuses the test behavior `build` where tasks watch another one")
    if found.mode == "airflow_async":
        text = f"cosmos' execution mode `{found.mode}` adds tasks of its own, which are missing"
        machine.report("MIG105", call.node, call.env, text)
    paths = (_given(machine, call, "render_config", "dbt_project_path"), *_project_paths(machine, call))
    name = _given(machine, call, "project_config", "project_name")
    folder = next((files.path_text(machine, path, call) for path in paths if path is not None), None)
    found.project_name = name if isinstance(name, str) else posixpath.basename((folder or "").rstrip("/"))
    return found


def _project_paths(machine: Machine, call: Call) -> Iterator[Any]:
    yield _given(machine, call, "project_config", "dbt_project_path", 0)
    yield _given(machine, call, "execution_config", "dbt_project_path")


def _nodes(machine: Machine, call: Call) -> tuple[DbtProject, set[str]]:
    """The project and the ids of its nodes that are selected, with the tests of these."""
    from migrator.analyzers.io.dbt_select import select

    project, manifest = _project(machine, call)
    selector = _given(machine, call, "render_config", "selector")
    words = [_given(machine, call, "render_config", name) or [] for name in ("select", "exclude")]
    if not all(isinstance(part, list) and all(isinstance(word, str) for word in part) for part in words):
        raise _NotKnown("which nodes are selected is not known")
    if manifest is not None:
        chosen: set[str] | None = _of_manifest(machine, project, manifest, selector, words)
    elif selector is not None:
        raise _NotKnown("a YAML selector chooses the nodes")
    elif any("fqn:" in word and "*" in word for part in words for word in part):
        raise _NotKnown("cosmos takes `fqn:` literally where dbt takes `*` for anything")
    else:
        chosen = select(project, words[0], words[1])
    if chosen is None:
        raise _NotKnown(f"the selection `{show(words)}` is not followed")
    tests = (node for node in project.nodes.values() if node.kind == "test")
    return project, chosen | {test.id for test in tests if chosen.intersection(test.parents)}


def _of_manifest(
    machine: Machine, project: DbtProject, manifest: str, selector: Any, words: list[list[str]]
) -> set[str]:
    """What cosmos itself selects of a manifest."""
    import json

    try:
        if selector is not None and not manifest:
            raise ValueError("cosmos takes no YAML selector for projects that it reads itself")
        if selector is not None:
            text = machine.folder.read_text(manifest)
            words = list(yaml_selection(json.loads(text or "{}").get("selectors") or {}, selector))
        place = Place(PurePosixPath(machine.path_of(project.folder)), machine.path_of)
        return select_nodes(project.nodes, place, *words)
    except (ValueError, TypeError, AttributeError) as error:
        raise _NotKnown(str(error)) from None


def _project(machine: Machine, call: Call) -> tuple[DbtProject, str | None]:
    """The project, and the manifest (none: an empty text) whose nodes cosmos selects itself; None where it asks dbt."""
    from migrator.analyzers.io.dbt_project import load_project, of_manifest

    method = _choice(machine, call, "render_config", "load_method", "automatic")
    manifest = _given(machine, call, "project_config", "manifest_path")
    directories = [
        found
        for path in (*_project_paths(machine, call), _given(machine, call, "render_config", "dbt_project_path"))
        if path is not None and (found := _inside(machine, path, call)) is not None
    ]
    if manifest is not None and method in _MANIFEST:
        path = _inside(machine, manifest, call)
        project = None if path is None else of_manifest(machine.folder, path, directories[0] if directories else "")
        if project is not None:
            return project, path
        raise _NotKnown(f"the manifest `{show(manifest)}` is not in the folder")
    for directory in directories:
        project = load_project(machine.folder, directory, compiled=method != "custom")
        if project is not None:
            text = f"the dbt project `{directory}` was read from its files; cosmos asks `dbt ls`, which may know more tests"
            if method != "custom":
                machine.report("MIG105", call.node, call.env, text)
            return project, "" if method == "custom" else None
    raise _NotKnown("the dbt project is not in the folder")


def _inside(machine: Machine, path: Any, call: Call) -> str | None:
    """A path relative to the analyzed folder; None where it is outside or not known."""
    text = files.locate(machine, path, call)
    return None if text is None else machine.folder.relative(text)


class _Tasks:
    """Makes the tasks of one project."""

    def __init__(
        self,
        machine: Machine,
        dag: DagObject,
        group: GroupObject | None,
        call: Call,
        settings: _Settings,
        project: DbtProject,
        chosen: set[str],
    ) -> None:
        self.machine, self.dag, self.group, self.call, self.settings = machine, dag, group, call, settings
        self.folder = project.folder
        self.nodes: Mapping[str, DbtNode] = {id: node for id, node in project.nodes.items() if id in chosen}
        tests = [node for node in self.nodes.values() if node.kind == "test"]
        self.detached = [
            node
            for node in tests
            if settings.detach and len(node.parents) > 1 and settings.behavior in ("build", "after_each")
        ]
        beside = [node for node in tests if node not in self.detached]
        self.tested = {parent for node in beside for parent in node.parents}
        self.folders: dict[str, GroupObject] = {}

    def make(self) -> None:
        made: dict[str, TaskObject | GroupObject] = {}
        place = self.group
        producer = self.producer() if self.settings.mode in _WATCHERS else None
        for id, node in self.nodes.items():
            self.machine.tick()
            place = self.place(node) if self.settings.by_folder else self.group
            item = self.item(node, place)
            if item is not None:
                made[id] = item
        if self.settings.behavior == "after_all" and self.nodes:
            mode = _WATCHERS.get(self.settings.mode, self.settings.mode)
            test = self.task(f"{self.settings.project_name}_test", "DbtTest", self.group, {}, mode)
            above = {parent for id in made for parent in self.nodes[id].parents}
            for id in made.keys() - above:
                relate(made[id], test)
        for node in self.detached:
            name = resource_name(node).split(".")[0]
            made[node.id] = self.task(f"{name}_test", "DbtTest", place, {"select": name})
        for id in made:
            for parent in self.nodes[id].parents:
                if parent in made:
                    relate(made[parent], made[id])
        if producer is not None and self.group is None:
            self.start_after(producer, made)

    def producer(self) -> TaskObject:
        """The task that runs dbt for those that watch it; in a group, with one after it that absorbs that it was skipped."""
        made = self.task("dbt_producer_watcher", "DbtProducer", self.group, {})
        if self.group is not None:
            done = self.task("dbt_producer_watcher_done", "", self.group, {})
            done.arguments["trigger_rule"] = "none_failed"
            relate(made, done)
        return made

    def start_after(self, producer: TaskObject, made: Mapping[str, TaskObject | GroupObject]) -> None:
        """In a `DbtDag`, what depends on no other node comes after the producer, whatever becomes of that."""
        rule = self.settings.arguments.get("trigger_rule", "always")
        for id, item in made.items():
            if not any(parent in self.nodes for parent in self.nodes[id].parents):
                relate(producer, item)
                for task in [item] if isinstance(item, TaskObject) else item.roots():
                    task.arguments["trigger_rule"] = rule

    def place(self, node: DbtNode) -> GroupObject | None:
        """The group of the folder that the node's file is in; folders of the same name are one group."""
        path = posixpath.relpath(node.path, self.folder) if self.folder not in ("", ".") else node.path
        parent = self.group
        for part in path.split("/")[:-1]:
            if part not in self.folders:
                self.folders[part] = self.sub_group(part, parent)
            parent = self.folders[part]
        return parent

    def item(self, node: DbtNode, place: GroupObject | None) -> TaskObject | GroupObject | None:
        """The node's task, in a group of its own with the task of its tests; None where there is no task of it."""
        dbt_class = _CLASSES.get(node.kind)
        if dbt_class is None or (node.kind == "seed" and self.settings.seeds == "none"):
            return None
        if node.kind == "source" and (
            self.settings.sources == "none" or (self.settings.sources != "all" and node.id not in self.tested)
        ):
            return None
        name = resource_name(node).replace(".", "_")
        arguments = {"select": resource_name(node)}
        suffix = "run" if node.kind == "model" else node.kind
        if node.kind == "seed" and self.settings.seeds == "render_only":
            dbt_class = ""
        elif node.kind == "source" and self.settings.sources == "all":
            dbt_class = "" if not node.config.get("freshness") else dbt_class
        elif node.config.get("materialized") == "ephemeral" and self.settings.ephemeral_empty:
            dbt_class = ""
        if self.settings.behavior == "build" and node.kind != "source":
            suffix, dbt_class = f"{node.kind}_build", dbt_class and "DbtBuild"
        if self.settings.behavior != "after_each" or node.id not in self.tested:
            return self.converted(node, node.kind, self.task_id(node, f"{name}_{suffix}"), dbt_class, place, arguments)
        group = self.sub_group(name, place)
        run = self.converted(node, node.kind, suffix, dbt_class, group, arguments)
        relate(run, self.converted(node, "test", "test", "DbtTest", group, arguments))
        return group

    def task_id(self, node: DbtNode, default: str) -> str:
        """What `normalize_task_id` gives for a node's task, else cosmos' own id."""
        if self.settings.task_id is None:
            return default
        call = self.call
        given = self.machine.call(self.settings.task_id, [self.described(node)], {}, call.node, call.env)
        if not isinstance(given, str):
            raise _NotKnown(f"`normalize_task_id` gives `{show(given)}`")
        return given

    def converted(
        self,
        node: DbtNode,
        kind: str,
        task_id: str,
        dbt_class: str,
        place: GroupObject | None,
        arguments: dict[str, Any],
    ) -> TaskObject:
        """The node's task, or what a converter of `node_converters` makes of it."""
        function = self.settings.converters.get(kind)
        if function is None:
            return self.task(task_id, dbt_class, place, arguments)
        given = {
            "dag": self.dag,
            "task_group": place,
            "dbt_project_name": self.settings.project_name,
            "execution_mode": External(f"cosmos.constants.ExecutionMode.{self.settings.mode.upper()}"),
            "test_behavior": External(f"cosmos.constants.TestBehavior.{self.settings.behavior.upper()}"),
            "task_args": {"project_dir": self.machine.path_of(self.folder), **self.settings.arguments},
            "node": self.described(node),
            "task_id": task_id,
        }
        made = self.machine.call(function, [], given, self.call.node, self.call.env)
        if not isinstance(made, TaskObject):
            raise _NotKnown(f"a converter of `node_converters` gives `{show(made)}`")
        return made

    def described(self, node: DbtNode) -> Opaque:
        """The node as cosmos gives it to functions of the team's own."""
        given = {
            "unique_id": node.id,
            "resource_type": External(f"cosmos.constants.DbtResourceType.{node.kind.upper()}"),
            "name": resource_name(node).replace(".", "_"),
            "resource_name": resource_name(node),
            "package_name": node.package,
            "tags": sorted(node.tags),
            "config": dict(node.config),
            "depends_on": list(node.parents),
            "fqn": list(node.fqn),
            "file_path": PurePosixPath(self.machine.path_of(node.path)),
            "has_test": node.id in self.tested,
        }
        return Opaque("cosmos.dbt.graph.DbtNode", [], given)

    def sub_group(self, name: str, parent: GroupObject | None) -> GroupObject:
        given = {"group_id": name, "dag": self.dag, **({} if parent is None else {"parent_group": parent})}
        return make_group(self.machine, Call([], given, self.call.node, self.call.env))

    def task(
        self,
        task_id: str,
        dbt_class: str,
        place: GroupObject | None,
        arguments: dict[str, Any],
        mode: str | None = None,
    ) -> TaskObject:
        """A task; without a class an EmptyOperator, which gets no arguments of dbt's. `mode`: another than the project's."""
        mode = mode or self.settings.mode
        path, given = _EMPTY, {"task_id": task_id, "dag": self.dag}
        if dbt_class:
            camel = "".join(word.capitalize() for word in mode.split("_"))
            path = f"cosmos.operators.{mode}.{dbt_class}{camel}Operator"
            given |= {"project_dir": self.machine.path_of(self.folder), **arguments, **self.settings.arguments}
            if (profile := self.call.kwargs.get("profile_config")) is not None:
                given.setdefault("profile_config", profile)
        if place is not None:
            given["task_group"] = place
        return make_task(self.machine, External(path), Call([], given, self.call.node, self.call.env))


CALLS: dict[str, Callable[[Machine, Call], Any]] = {
    **{f"{package}.{kind}": _member(kind) for kind in _ENUMS for package in ("cosmos", "cosmos.constants")},
    **dict.fromkeys(("cosmos.DbtDag", "cosmos.airflow.dag.DbtDag"), dbt_dag),
    **dict.fromkeys(("cosmos.DbtTaskGroup", "cosmos.airflow.task_group.DbtTaskGroup"), dbt_task_group),
}
"""The library's classes, by canonical path."""
