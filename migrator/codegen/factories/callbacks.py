"""Sensors for the callbacks that many DAGs have alike (`default_args` of a team): one function makes them, each DAG calls it with its job.

Comes in: DAGs whose other modules are rendered. Goes out: the module of these functions, and a line in each DAG's module `automation`. Each DAG keeps a
sensor of its own, since DAGs move one at a time: the sensor is switched on with the job's schedule.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from migrator.codegen.factories.cells import Column, InColumn, value_text
from migrator.codegen.factories.columns import Columns
from migrator.codegen.factories.nodes import all_names, hole_values, moved_in
from migrator.codegen.factories.unify import Different, Hole, Source, filled, unify
from migrator.codegen.python.module import Module, docstring, imported_name
from migrator.codegen.python.serialize import Environment, Verbatim, serialize
from migrator.codegen.render.automation import job_variable
from migrator.codegen.render.dag import DagCode
from migrator.codegen.render.node import Node
from migrator.codegen.render.run_sensors import run_sensor_nodes
from migrator.model.expressions import Expr, Format
from migrator.model.plan import CreateJob, CreateRunSensor

_FEW = 3
"""So many DAGs have to have a callback alike: two sensors are read faster than a function that makes them."""
_PARAMETERS = 2
"""Callbacks that differ in more values than these are not alike."""
_SENSOR = "sensor"
_TAG = "airflow/dag_id"
_NAMES = frozenset({"job", "dag_id"})
"""What the function calls the job, and the id of its DAG."""
_TASK_IDS = "task_ids"
"""The parameter that tells the tasks of steps which are not called after them."""


@dataclass
class SharedCallbacks:
    """`names` are the sensors that the functions of `module` make."""

    module: Module
    names: set[str] = field(default_factory=set)


@dataclass
class _Member:
    """The sensor of one DAG: its code, as it stands alone and in the form that says of each job which steps are not called after their tasks, and what
    that imports besides the job."""

    dag: DagCode
    job: CreateJob
    node: Node
    general: Node
    imports: frozenset[str]

    @property
    def about(self) -> str:
        """The sensor's name without the job's."""
        return self.node.operation.removeprefix(f"{self.job.name}_")

    @property
    def form(self) -> tuple[Any, ...]:
        """What cannot differ between sensors that are alike."""
        status = dict(self.node.arguments).get("run_status")
        return self.about, self.node.decorator, status, self.imports


@dataclass
class _Group:
    """Sensors that are alike, with the places at which they differ."""

    members: list[_Member]
    nodes: list[Node]
    columns: Columns
    places: list[tuple[Hole, Expr]]

    @property
    def parameters(self) -> list[Column]:
        """The values that differ and that the job does not tell."""
        return [column for column in self.columns.in_order() if column.name not in _NAMES]

    @property
    def same_ids(self) -> bool:
        """Whether all jobs are called as the DAGs were."""
        return all(member.dag.plan.dag_id == member.job.name for member in self.members)


def share_callbacks(dags: Sequence[DagCode], package: str) -> SharedCallbacks:
    """Writes a function for each callback that several of the DAGs have alike, and the calls of it into their modules."""
    shared = SharedCallbacks(Module(f"src/{package}/run_sensors.py", f"{package}.run_sensors", taken={"dg"}))
    forms: dict[tuple[Any, ...], list[_Member]] = {}
    for dag in dags:
        for member in _members(dag, package):
            forms.setdefault(member.form, []).append(member)
    for members in forms.values():
        for alike in _alike(members):
            group = _group(alike) if len(alike) >= _FEW else None
            if group is not None:
                _write(group, shared)
    return shared


def _members(dag: DagCode, package: str) -> Iterator[_Member]:
    """The sensors for callbacks of the DAG that need nothing else of its modules."""
    jobs = {operation.name: operation for operation in dag.plan.operations if isinstance(operation, CreateJob)}
    for operation in dag.plan.operations:
        if (
            not isinstance(operation, CreateRunSensor)
            or operation.task_id is not None
            or operation.triggers is not None
            or operation.job not in jobs
            or not operation.name.startswith(f"{operation.job}_")
        ):
            continue
        module = Module("", f"{package}.run_sensors", taken={"dg"})
        owners = {operation.job: dag}
        general = run_sensor_nodes(dag, operation, owners, module, general=True)
        # The module of the job's partitions is known to it, whether or not it asks for their dates.
        read = {*all_names(general[0].function)} - {job_variable(dag, operation.job)}
        imports = frozenset(statement for statement in module.imports if imported_name(statement) in read)
        if len(general) > 1 or module.setup or any(".defs." in statement for statement in imports):
            continue
        own = Module("", module.name, taken={"dg"})
        (node,) = run_sensor_nodes(dag, operation, owners, own)
        if own.setup:  # What it looks up there is of this DAG alone.
            (node,) = general
        member = _Member(dag, jobs[operation.job], node.renamed(_SENSOR), general[0].renamed(_SENSOR), imports)
        if _NAMES.isdisjoint(all_names(member.general.function)) and _tells_dag_id(member):
            yield member


def _tells_dag_id(member: _Member) -> bool:
    """Whether the job says the DAG's id as it is; a tag cannot have all its characters."""
    return member.dag.plan.dag_id in (member.job.name, member.job.tags.get(_TAG))


def _alike(members: Sequence[_Member]) -> list[list[_Member]]:
    groups: list[list[_Member]] = []
    for member in members:
        for group in groups:
            if _group([group[0], member]) is not None:
                group.append(member)
                break
        else:
            groups.append([member])
    return groups


def _group(members: list[_Member]) -> _Group | None:
    """The members with what differs in their functions; None where they differ in form, or in more than a few values."""
    return _group_of(members, [member.node for member in members]) or _group_of(
        members, [member.general for member in members]
    )


def _group_of(members: list[_Member], nodes: list[Node]) -> _Group | None:
    try:
        holes = unify([node.function for node in nodes])
    except (Different, SyntaxError, ValueError):
        return None
    holes = [replace(hole, hint=_TASK_IDS, inside=None) if _is_task_ids(hole) else hole for hole in holes]
    ids = [{"job": member.job.name, "dag_id": member.dag.plan.dag_id} for member in members]
    columns = Columns([{"job": row["job"]} for row in ids] if all(row["job"] == row["dag_id"] for row in ids) else ids)
    group = _Group(members, nodes, columns, hole_values(holes, columns))
    values = [value for column in group.parameters for value in column.values]
    told = sum(column.name != _TASK_IDS for column in group.parameters)
    if told > _PARAMETERS or any(isinstance(value, Source) for value in values):
        return None
    return group


def _write(group: _Group, shared: SharedCallbacks) -> None:
    """The function that makes the sensors of a group, and its calls."""
    module, first = shared.module, group.members[0]
    module.need({"import dagster as dg", *first.imports})
    name = module.claim(f"build_{first.about}_sensor")
    dag_id = "job.name" if group.same_ids else "dag_id"
    arguments = {
        "name": f'f"{{job.name}}_{first.about}"',
        **{key: text for key, text in first.node.arguments if key == "run_status"},
        "monitored_jobs": "[job]",
        "metadata": f'{{"airflow/dag_id": {dag_id}}}',
    }
    holes = [(hole, serialize(_of_job(value), Environment()).text) for hole, value in group.places]
    node = Node(first.node.decorator, tuple(arguments.items()), filled(group.nodes[0].function, holes))
    taken = [f"job: {_job_type(group, module)}", *(_parameter(part, module) for part in group.parameters)]
    what = "fails" if first.node.decorator == "dg.run_failure_sensor" else "succeeds"
    module.blocks.append(
        f"def {name}({', '.join(taken)}) -> dg.SensorDefinition:\n"
        f"{_about(group, what)}\n"
        + ("" if group.same_ids else f'    dag_id = job.tags["{_TAG}"]\n')
        + f"\n{moved_in(node.render())}\n\n    return {_SENSOR}"
    )
    for number, member in enumerate(group.members):
        automation = member.dag.module("automation")
        automation.need([f"from {module.name} import {name}"])
        values = [
            f"{part.name}={value_text(part.values[number])}"
            for part in group.parameters
            if part.name != _TASK_IDS or part.values[number]
        ]
        variable = automation.claim(member.node.operation, "_sensor")
        call = ", ".join([job_variable(member.dag, member.job.name), *values])
        automation.blocks.append(f"{variable} = {name}({call})")
        shared.names.add(member.node.operation)


def _job_type(group: _Group, module: Module) -> str:
    """The annotation of the jobs: what `dg.define_asset_job` makes is of a class that Dagster exports from no public module."""
    if all(member.job.form == "ops" for member in group.members):
        return "dg.JobDefinition"
    module.need(["from typing import Any"])
    return "Any"


def _about(group: _Group, what: str) -> str:
    """The docstring."""
    text = f"A sensor that acts when a run of the job {what}."
    if any(column.name == _TASK_IDS for column in group.parameters):
        text += f"\n\n`{_TASK_IDS}` are the ids of the tasks whose steps are called otherwise."
    return docstring(text, "    ")


def _parameter(column: Column, module: Module) -> str:
    """The parameter for a value that differs."""
    if column.name != _TASK_IDS:
        return f"{column.name}: {column.annotation}"
    module.need(["from collections.abc import Mapping"])
    return f"{column.name}: Mapping[str, str] | None = None"


def _is_task_ids(hole: Hole) -> bool:
    return bool(hole.values) and all(isinstance(value, dict) for value in hole.values)


def _of_job(value: Expr) -> Expr:
    """The value in terms of the function's parameters."""
    if isinstance(value, Format):
        return Format(tuple(_of_job(part) for part in value.parts))
    if not isinstance(value, InColumn):
        return value
    if value.column == _TASK_IDS:
        return Verbatim(f"({_TASK_IDS} or {{}})")
    text = "job.name" if value.column == "job" else value.column
    if value.method:
        text += f".{value.method}" if value.method.endswith(")") else f".{value.method}()"
    return Verbatim(text)
