"""Which DAGs one function, loop or configuration file made, so that they can be one factory.

Comes in: DAGs with their operations. Goes out: the same, and the families. A DAG whose job another DAG's sensor names stays apart, as that sensor
imports it, and so does one whose partitions have two dimensions.
"""

from __future__ import annotations

import keyword
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import reduce
from pathlib import PurePosixPath
from typing import Any

from migrator.model.plan import CreateJob, CreateRunSensor, DagFamily, Operation, Row
from migrator.model.source import Span
from migrator.planning.draft import DagDraft, Draft
from migrator.planning.factories.rows import Node, common_words, plain_variables
from migrator.planning.forms import AIRFLOW
from migrator.planning.naming.identifiers import identifier, unique


def find_families(draft: Draft) -> Draft:
    """Notes the DAGs that were made in one place of a DAG file and become something of one form."""
    named_elsewhere = _named_elsewhere(draft)
    groups: dict[tuple[object, ...], list[DagDraft]] = defaultdict(list)
    for dag in draft.dags.values():
        if dag.form != AIRFLOW and dag.job not in named_elsewhere and dag.dag.dimension is None:
            groups[dag.dag.span, dag.form, dag.partitions is None].append(dag)
    taken = {dag.folder for dag in draft.dags.values()}
    families = []
    for members in groups.values():
        if len(members) > 1:
            wish = _name(members)
            name = unique(f"{wish}_dags" if keyword.iskeyword(wish) else wish, taken)
            taken.add(name)
            variables = tuple(_variables(dag) for dag in members)
            families.append(DagFamily(name, tuple(dag.dag_id for dag in members), variables, _common_names(members)))
    dags = dict(draft.dags)
    for family in families:
        dags |= _with_loops_of_one([dags[dag_id] for dag_id in family.dag_ids], family)
    return replace(draft, dags=dags, families=tuple(families))


def _with_loops_of_one(dags: Sequence[DagDraft], family: DagFamily) -> dict[str, DagDraft]:
    """The DAGs, with a row also for what is made in a loop that runs once in this DAG and more often in others of the family."""
    loops: dict[tuple[Span, ...], list[Row]] = {}
    for dag in dags:
        rows = [(node.row, _span(dag, node)) for node in dag.nodes if isinstance(node, Node) and node.row is not None]
        for name in dict.fromkeys(row.family for row, _ in rows):
            first = sorted(
                ((row, span) for row, span in rows if row.family == name and row.number == 0),
                key=lambda item: item[0].place,
            )
            loops.setdefault(tuple(span for _, span in first), [row for row, _ in first])
    changed = {}
    for dag, variables in zip(dags, family.variables, strict=True):
        nodes = list(dag.nodes)
        for number, (spans, models) in enumerate(loops.items()):
            found = [[i for i, node in enumerate(nodes) if _is_alone(dag, node, span)] for span in spans]
            if all(len(places) == 1 for places in found):
                for place, (index,) in enumerate(found):
                    node = nodes[index]
                    assert isinstance(node, Node)
                    inner = plain_variables(dag.tasks[node.task_id].task.bindings)
                    inner = {name: value for name, value in inner.items() if variables.get(name) != value}
                    row = replace(models[place], family=f"once_{number}", number=0, variables=inner, parameters={})
                    nodes[index] = replace(node, row=row) if inner else node
        changed[dag.dag_id] = replace(dag, nodes=tuple(nodes))
    return changed


def _common_names(dags: Sequence[DagDraft]) -> tuple[Mapping[str, str], ...]:
    """For each DAG: the words that the names of one call's operations share, by its own name for it, where that is another one in each DAG."""
    found: dict[Span, list[tuple[int, str]]] = defaultdict(list)
    for number, dag in enumerate(dags):
        for node in dag.nodes:
            if isinstance(node, Node) and node.row is None and node.task_id in dag.tasks:
                found[_span(dag, node)].append((number, node.name))
    names: list[dict[str, str]] = [{} for _ in dags]
    for places in found.values():
        name = common_words([name for _, name in places])
        if name and len({number for number, _ in places}) == len(places) and len({name for _, name in places}) > 1:
            for number, own in places:
                names[number][own] = name
    taken = [
        {node.name for node in dag.nodes if isinstance(node, Node)} - names[n].keys() for n, dag in enumerate(dags)
    ]
    clear = all(
        len(set(row.values())) == len(row) and others.isdisjoint(row.values())
        for row, others in zip(names, taken, strict=True)
    )
    return tuple(names) if clear else tuple({} for _ in dags)


def _span(dag: DagDraft, node: Node) -> Span:
    return dag.tasks[node.task_id].task.span


def _is_alone(dag: DagDraft, node: Operation, span: Span) -> bool:
    return isinstance(node, Node) and node.row is None and node.task_id in dag.tasks and _span(dag, node) == span


def _named_elsewhere(draft: Draft) -> set[str]:
    """Jobs that a sensor of another DAG watches or starts."""
    named: set[str] = set()
    for dag in draft.dags.values():
        own = {operation.name for operation in dag.automation if isinstance(operation, CreateJob)}
        for operation in dag.automation:
            if isinstance(operation, CreateRunSensor):
                named |= {job for job in (operation.job, operation.triggers) if job is not None and job not in own}
    return named


def _name(dags: Sequence[DagDraft]) -> str:
    """The words that all folders have, else the name of the DAG file."""
    words = [dag.folder.split("_") for dag in dags]
    common = [word for word in words[0] if word and all(word in other for other in words)]
    return (
        identifier("_".join(dict.fromkeys(common))) if common else identifier(PurePosixPath(dags[0].dag.span.file).stem)
    )


def _variables(dag: DagDraft) -> Mapping[str, Any]:
    """What was in force when each task of the DAG was made: the variables of the loop or function that made the DAG."""
    bindings = [plain_variables(task.task.bindings) for task in dag.tasks.values()]
    if not bindings:
        return {}
    return reduce(lambda one, other: {k: v for k, v in one.items() if k in other and other[k] == v}, bindings)
