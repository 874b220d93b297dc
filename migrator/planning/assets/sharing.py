"""Data that several tasks of a DAG write, none of which comes after all others: a table that a loop loads region by region.

Comes in: a draft with dispositions. Goes out: which task makes the asset of each key, and which tasks of a loop make one of their own each, as none of
them makes the data alone; and, once assets are given, which of them together stand for such data, so that who reads it waits for all.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence

from migrator.model.airflow import Task
from migrator.model.assets import AssetKey, AssetRef, Confidence, Direction
from migrator.model.expressions import Helper, MetadataOf, PartitionsOf
from migrator.model.frozen import dataclass
from migrator.model.values import Value
from migrator.model.walk import walk
from migrator.planning.draft import DagDraft, Draft, TaskDraft
from migrator.planning.naming.identifiers import key_part

Place = tuple[str, str]
"""DAG id and task id."""
_LONGEST = 40
"""Characters of a part's name."""


@dataclass(frozen=True, slots=True)
class Sharing:
    """`owners`: one task per key, of the first DAG that writes it the last one. `parts`: of tasks of a loop that write the data together, the name of
    each one's part. `last`: the tasks after which the data is complete."""

    owners: Mapping[AssetKey, Place]
    parts: Mapping[AssetKey, Mapping[Place, str]]
    last: Mapping[AssetKey, tuple[Place, ...]]


def written(task: TaskDraft) -> dict[AssetKey, AssetRef]:
    """The data that a task writes outside Airflow, by key."""
    return {
        ref.key: ref
        for ref in reversed(task.task.refs)
        if ref.direction is Direction.OUTPUT and ref.kind != "xcom" and ref.key
    }


def share(draft: Draft) -> Sharing:
    """Who makes what of the data that the selected DAGs write."""
    writers: dict[AssetKey, list[tuple[str, AssetRef]]] = {}
    dag_of: dict[AssetKey, DagDraft] = {}
    for dag_id, dag in draft.dags.items():
        for task_id in dag.graph.topological or tuple(dag.tasks):
            task = dag.tasks[task_id]
            if task.disposition not in ("asset", "airflow"):
                continue
            for key, ref in written(task).items():
                if dag_of.setdefault(key, dag).dag_id == dag_id:
                    writers.setdefault(key, []).append((task_id, ref))
    owners = {key: (dag_of[key].dag_id, found[-1][0]) for key, found in writers.items()}
    parts: dict[AssetKey, Mapping[Place, str]] = {}
    last: dict[AssetKey, tuple[Place, ...]] = {}
    several = [key for key, found in writers.items() if len(found) > 1]
    asked = _asked(draft) if several else frozenset()
    for key in several:
        dag, (_, owner) = dag_of[key], owners[key]
        sure = [one for one, ref in writers[key] if one == owner or ref.confidence is not Confidence.POSSIBLE]
        final = tuple(_last(dag, sure))
        together = _loop(dag, owner, [task_id for task_id, _ in writers[key]], final)
        last[key] = tuple((dag.dag_id, task_id) for task_id in final)
        # A model of dbt is one asset for whatever runs the project, and so is what code names.
        if len(together) > 1 and key not in asked and all(ref.project is None for _, ref in writers[key]):
            names = _names([dag.tasks[task_id].task for task_id in together])
            parts[key] = {(dag.dag_id, task_id): name for task_id, name in zip(together, names, strict=True)}
            last[key] = tuple(dict.fromkeys([*last[key], *parts[key]]))
    return Sharing(owners, parts, last)


def standing_for(
    sharing: Sharing, parts: Mapping[tuple[Place, AssetKey], AssetKey], dags: Mapping[str, DagDraft]
) -> dict[AssetKey, tuple[AssetKey, ...]]:
    """The assets that stand for data which no single one does. `dags` have their assets, among them the `parts` that tasks of loops make."""
    found: dict[AssetKey, tuple[AssetKey, ...]] = {}
    for key, places in sharing.last.items():
        keys: list[AssetKey] = []
        for place in places:
            task = dags[place[0]].tasks[place[1]]
            own = parts.get((place, key), key)
            made = [output.key for output in task.outputs]
            data = [one for one in made if one != task.value_key] or made
            keys += [own] if own in made else data
        if keys and keys != [key]:
            found[key] = tuple(dict.fromkeys(keys))
    return found


def _asked(draft: Draft) -> frozenset[AssetKey]:
    """What code asks for by its key, be it for its updates or to tell something of it: there it is to be one asset."""
    tasks = (task for dag in draft.dags.values() for task in dag.tasks.values())
    parts = [
        part for task in tasks for part in walk(task.lowering) if isinstance(part, (MetadataOf, PartitionsOf, Helper))
    ]
    told = {part.key for part in parts if isinstance(part, MetadataOf | PartitionsOf)}
    lists = (
        inside
        for part in parts
        if isinstance(part, Helper) and part.module == "asset_events"
        for inside in walk(part.arguments)
        if isinstance(inside, list)
    )
    return frozenset({*told, *(tuple(found) for found in lists if all(isinstance(part, str) for part in found))})


def _loop(dag: DagDraft, owner: str, writers: Sequence[str], last: Collection[str]) -> list[str]:
    """Those of the writers that a loop made together with the last one of them, be it one after the other."""
    final = dag.tasks[owner].task
    same = [task_id for task_id in writers if dag.tasks[task_id].task.span == final.span]
    return [task_id for task_id in same if task_id in last or _does_the_same(dag.tasks[task_id].task, final)]


def _does_the_same(task: Task, other: Task) -> bool:
    """Whether two tasks are given the same but for names: where a name differs, it is the same other one everywhere. One call in the file makes also
    what is not alike, where that stands in a function for tasks of all kinds."""
    words, others = _words(task), _words(other)
    if task.callable != other.callable or len(words) != len(others):
        return False
    names: dict[str, str] = {}
    return all(names.setdefault(word, name) == name for word, name in zip(words, others, strict=True))


def _words(task: Task) -> list[str]:
    given = walk((task.arguments, task.call_args, task.call_kwargs))
    return [word for text in given if isinstance(text, str) for word in re.findall(r"[^\W_]+|[^\w\s]", text)]


def _last(dag: DagDraft, writers: Sequence[str]) -> Iterator[str]:
    """Those of the writers that none of the others comes after."""
    found = set(writers)
    return (task_id for task_id in writers if not found.intersection(dag.graph.descendants(task_id)))


# ------------------------------------------------------------------------------------------------------- names of parts


def _names(tasks: Sequence[Task]) -> list[str]:
    """What tells tasks of one loop from each other, as parts of keys: a variable of the loop that stands in their ids, or the words of these that not
    all have; where those are mere numbers, another variable."""
    ids = [key_part(task.task_id) for task in tasks]
    columns = [[*map(key_part, column)] for column in _columns([task.bindings for task in tasks])]
    columns = [names for names in columns if _tells(names)]
    for names in columns:
        if all(name in shown for name, shown in zip(names, ids, strict=True)):
            return names
    words = _own_words(ids)
    if not _tells(words):
        words = ids
    return columns[0] if columns and all(map(str.isdigit, words)) else words


def _tells(names: Sequence[str]) -> bool:
    """Whether these are short names, each another one."""
    return len(set(names)) == len(names) and all(0 < len(name) <= _LONGEST for name in names)


def _own_words(ids: Sequence[str]) -> list[str]:
    """The ids without the words at their start and end that all have."""
    words = [shown.split("_") for shown in ids]
    start = _alike(words)
    end = min(_alike([found[::-1] for found in words]), min(map(len, words)) - start)
    return ["_".join(found[start : len(found) - end]) for found in words]


def _columns(rows: Sequence[Value]) -> Iterator[list[str]]:
    """The loop's variables, and members of them, that are texts in each round."""
    first = rows[0]
    if all(isinstance(value, str) for value in rows):
        yield [str(value) for value in rows]
    elif all(isinstance(value, Mapping) for value in rows):
        for name in first:
            if all(name in row for row in rows):
                yield from _columns([row[name] for row in rows])
    elif all(isinstance(value, (list, tuple)) and len(value) == len(first) for value in rows):
        for column in zip(*rows, strict=True):
            yield from _columns(column)


def _alike(words: Sequence[Sequence[str]]) -> int:
    """How many words all begin with."""
    count = 0
    for column in zip(*words, strict=False):
        if len(set(column)) > 1:
            break
        count += 1
    return count
