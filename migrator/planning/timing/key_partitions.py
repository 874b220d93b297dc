"""Partitions of DAGs whose runs Airflow (3.2 and later) makes for partition keys that are no dates: `PartitionedAtRuntime`, mappers of keys, segments.

Comes in: a DAG and its project. Goes out: the partitions that its runs are for, and how keys of an asset's partitions lead to them. Keys that code tells
while it runs (`outlet_events[asset].add_partitions(...)`) are those of dynamic partitions which are named after the asset; those that a person gives a run of
a `PartitionedAtRuntime` are its DAG's own.

Facts: `airflow.partition_mappers` and `airflow.assets.manager` of Airflow 3.3.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from migrator.model.airflow import AirflowProject, Dag, Task
from migrator.model.automation import KeyPart
from migrator.model.frozen import dataclass
from migrator.model.plan import KeyPartitions
from migrator.model.values import AssetValue, ObjectValue, Value
from migrator.planning.naming.identifiers import key_part
from migrator.planning.timing.asset_partitions import (
    BY_ASSETS,
    CHAIN_LIMIT,
    KEY_FORMAT,
    STARTS,
    asset_partitions,
    enough_of,
    is_same,
    mapper_of,
    members,
    most_keys,
    partitioned,
)

AT_RUN_TIME = "PartitionedAtRuntime"
_COARSER = {
    "StartOfHourMapper": set("YmdH"),
    "StartOfDayMapper": set("Ymd"),
    "StartOfMonthMapper": set("Ym"),
    "StartOfYearMapper": set("Y"),
}
"""The directives of strftime that say the same of a moment as of the beginning of its period."""
MOST_DIMENSIONS = 2
"""Dagster's partitions have two at most."""
_TELLS = "add_partitions"
"""The method by which code tells the keys of an asset's partitions."""


@dataclass(frozen=True, slots=True)
class FollowsKeys:
    """How the partitions of a DAG follow from those of the assets that start it.

    `parts`: what becomes of the parts of a key, none where it stays as it is. `among`: only these keys do; none if all do. `needs`: keys of which all have to come for a run, or `enough` of them (less than zero: so many may be missing). `adds`: they are the partitions of
    none of the assets.
    """

    partitions: KeyPartitions
    parts: tuple[KeyPart, ...] = ()
    among: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    enough: int = 0
    adds: bool = False


def at_run_time(dag: Dag) -> bool:
    """Whether a person gives each run of a DAG its partition key, or its tasks tell the keys of what they make."""
    return (dag.schedule.timetable or "").rpartition(".")[2] == AT_RUN_TIME


def kind_of_keys(dag: Dag, project: AirflowProject) -> str:
    """What the partition keys are that the runs of a DAG may be for: `texts`, or `moments` of which Airflow knows the date; empty where there are none, or
    they are those of time partitions."""
    if at_run_time(dag):
        return "texts"
    follows = followed_keys(dag, project)
    return "" if follows is None else "moments" if follows.partitions.dated else "texts"


def own_keys(dag: Dag, project: AirflowProject) -> KeyPartitions:
    """The partitions of a DAG whose runs a person gives their keys; they are called after the asset that it makes, if it is one."""
    outlets = {name_of(asset) for task in dag.tasks if not tells_keys(task, project) for asset in outlets_of(task)}
    return KeyPartitions(outlets.pop() if len(outlets) == 1 else key_part(dag.dag_id))


def is_followed(dag: Dag, project: AirflowProject) -> bool:
    """Whether runs of other DAGs follow from the keys of a DAG's runs."""
    made = [asset for task in dag.tasks if not tells_keys(task, project) for asset in outlets_of(task)]
    awaited = (
        one for other in project.dags if partitioned(other) == BY_ASSETS for one in members(other.schedule.assets)
    )
    return any(is_same(one, asset) for one in awaited for asset in made)


Known = dict[str, "FollowsKeys | None"]


def followed_keys(dag: Dag, project: AirflowProject, depth: int = 0, known: Known | None = None) -> FollowsKeys | None:
    """The partitions of a DAG that starts for those of assets; None where they are dates, or cannot be told. `known` are those of DAGs before it."""
    known = {} if known is None else known
    if dag.dag_id not in known:
        known[dag.dag_id] = None  # where its assets lead back to it
        known[dag.dag_id] = _followed_keys(dag, project, depth, known)
    return known[dag.dag_id]


def _followed_keys(dag: Dag, project: AirflowProject, depth: int, known: Known) -> FollowsKeys | None:
    if partitioned(dag) != BY_ASSETS or depth > CHAIN_LIMIT:
        return None
    found = [
        _mapped(mapper_of(dag, asset), asset, dag, project, depth, known) for asset in members(dag.schedule.assets)
    ]
    ways = {way for way in found if way is not None}
    if not ways or None in found:
        return None
    if len(ways) == 1:
        return ways.pop()
    if any(way.partitions.keys or way.partitions.dimensions or way.parts or way.among or way.needs for way in ways):
        return None
    # The same keys of several assets, each of which has partitions of its own.
    return FollowsKeys(KeyPartitions(key_part(dag.dag_id)), adds=True)


def keys_of(asset: AssetValue, project: AirflowProject, depth: int, known: Known) -> KeyPartitions | None:
    """The partitions of an asset, where they are no dates; None for all others."""
    found: set[KeyPartitions | None] = set()
    for dag in project.dags:
        for task in dag.tasks:
            made = next((one for one in outlets_of(task) if is_same(one, asset)), None)
            if made is None:
                continue
            follows = followed_keys(dag, project, depth + 1, known)
            if tells_keys(task, project):
                found.add(KeyPartitions(name_of(made)))
            elif at_run_time(dag):
                found.add(own_keys(dag, project))
            else:
                found.add(follows.partitions if follows is not None else None)
    return found.pop() if len(found) == 1 else None


def made_for_keys(project: AirflowProject) -> frozenset[AssetValue]:
    """The assets of which every update has a partition key."""
    found: dict[AssetValue, bool] = {}
    for dag in project.dags:
        for task in dag.tasks:
            for asset in outlets_of(task):
                has_key = bool(partitioned(dag)) or tells_keys(task, project)
                found[asset] = found.get(asset, True) and has_key
    return frozenset(asset for asset, always in found.items() if always)


def tells_keys(task: Task, project: AirflowProject) -> bool:
    """Whether the function of a task tells the keys of what it makes."""
    span = task.callable.span if task.callable is not None else None
    source = project.sources.get(span.file) if span is not None else None
    return span is not None and source is not None and _TELLS in source.text[span.start : span.end]


def part_names(asset: AssetValue, count: int, delimiter: str, project: AirflowProject) -> tuple[str, ...]:
    """Names for the parts of the keys of an asset: those of the variables that they are made of (`f"{region}|{day}"`), where all agree."""
    makers = (
        task for dag in project.dags for task in dag.tasks if any(is_same(one, asset) for one in outlets_of(task))
    )
    found = {names for task in makers for names in _written_parts(task, delimiter, project) if len(names) == count}
    return found.pop() if len(found) == 1 else tuple(f"part_{number}" for number in range(1, count + 1))


def _written_parts(task: Task, delimiter: str, project: AirflowProject) -> Iterator[tuple[str, ...]]:
    """The variables that keys are put together of which the function of a task tells."""
    span = task.callable.span if task.callable is not None else None
    source = project.sources.get(span.file) if span is not None else None
    tree = source.parse(span) if span is not None and source is not None and tells_keys(task, project) else None
    for node in ast.walk(tree) if tree is not None else ():
        if not isinstance(node, ast.JoinedStr):
            continue
        given = [part.value for part in node.values if isinstance(part, ast.FormattedValue)]
        between = [part.value for part in node.values if isinstance(part, ast.Constant)]
        names = tuple(part.id for part in given if isinstance(part, ast.Name))
        if len({*names}) == len(given) and between == [delimiter] * (len(given) - 1):
            yield names


def outlets_of(task: Task) -> Iterator[AssetValue]:
    """The assets among the outlets of a task."""
    return (one for one in task.outlets if isinstance(one, AssetValue) and one.kind == "asset")


def name_of(asset: AssetValue) -> str:
    """What the dynamic partitions of an asset are called."""
    text = asset.name.partition("://")[2] or asset.name
    return "_".join(key_part(part) for part in text.split("/") if part)


def _mapped(
    mapper: Value, asset: AssetValue, dag: Dag, project: AirflowProject, depth: int, known: Known
) -> FollowsKeys | None:
    """What a mapper makes of the keys of an asset's partitions; None where it is not understood, or makes dates of them."""
    name = mapper.type.rpartition(".")[2] if isinstance(mapper, ObjectValue) else ""
    own = keys_of(asset, project, depth, known)
    if mapper is None or name == "IdentityMapper":
        return FollowsKeys(own) if own is not None else None
    if not isinstance(mapper, ObjectValue):
        return None
    if name == "AllowedKeyMapper":
        keys = _texts(_given(mapper, "allowed_keys"))
        return FollowsKeys(own, among=keys) if keys and own is not None and not own.dimensions else None
    if name == "ProductMapper" or name in STARTS:
        read_dates = own is not None and not own.dimensions
        return _other_keys(mapper, asset, dag, project) if read_dates else None
    if own is None and not _has_dates(asset, project):
        return None
    if name == "FixedKeyMapper":
        key = _given(mapper, "downstream_key")
        return FollowsKeys(KeyPartitions(keys=(key,), each=True)) if isinstance(key, str) and key else None
    segments = _segments(mapper.kwargs.get("window"))
    inner = mapper.kwargs.get("upstream_mapper")
    if name == "RollupMapper" and segments:
        whole, enough = _mapped(inner, asset, dag, project, depth, known), enough_of(mapper.kwargs.get("wait_policy"))
        fixed = whole is not None and whole.partitions.each and len(whole.partitions.keys) == 1
        if whole is None or not fixed or enough is None or enough > len(segments):
            return None
        return FollowsKeys(whole.partitions, needs=segments, enough=enough)
    plain = all(_is_identity(mapper.kwargs.get(one)) for one in ("upstream_mapper", "downstream_mapper"))
    if name == "FanOutMapper" and segments and plain and len(segments) <= most_keys(mapper):
        return FollowsKeys(KeyPartitions(keys=segments, each=True))
    return None


def _other_keys(mapper: ObjectValue, asset: AssetValue, dag: Dag, project: AirflowProject) -> FollowsKeys | None:
    """What a mapper makes of keys that are no dates: of each of two parts, or of the moment that all of a key is."""
    several = mapper.type.rpartition(".")[2] == "ProductMapper"
    delimiter = mapper.kwargs.get("delimiter", "|")
    parts = [_part(one) for one in (mapper.args if several else (mapper,))]
    known = tuple(part for part in parts if part is not None)
    if len(known) < len(parts) or not _is_plain(delimiter) or len(parts) > MOST_DIMENSIONS:
        return None
    dimensions = part_names(asset, len(parts), delimiter, project) if several else ()
    dated = any(part.read for part in known)
    own = KeyPartitions(key_part(dag.dag_id), dimensions=dimensions, delimiter=delimiter, dated=dated)
    return FollowsKeys(own, known, adds=True)


def _is_plain(delimiter: Any) -> bool:
    return isinstance(delimiter, str) and bool(delimiter) and not set(delimiter) & set("{}\\\"'")


def _part(mapper: Value) -> KeyPart | None:
    """What a mapper makes of a part of a key; None for one that does more than to write it otherwise."""
    name = mapper.type.rpartition(".")[2] if isinstance(mapper, ObjectValue) else ""
    if not isinstance(mapper, ObjectValue) or name == "IdentityMapper":
        return KeyPart() if name == "IdentityMapper" else None
    if name == "FixedKeyMapper":
        key = _given(mapper, "downstream_key")
        return KeyPart(fixed=key) if isinstance(key, str) and key and "|" not in key else None
    if name not in STARTS:
        return None
    read, write = mapper.kwargs.get("input_format", KEY_FORMAT), mapper.kwargs.get("output_format") or STARTS[name][1]
    plain = isinstance(read, str) and isinstance(write, str) and "%z" not in read
    return KeyPart(read, write) if plain and set(re.findall("%(.)", write)) <= _COARSER.get(name, set()) else None


def _has_dates(asset: AssetValue, project: AirflowProject) -> bool:
    makers = [dag for dag in project.dags for task in dag.tasks if any(is_same(one, asset) for one in outlets_of(task))]
    return bool(makers) and all(asset_partitions(dag, project) is not None for dag in makers)


def _is_identity(mapper: Value) -> bool:
    return isinstance(mapper, ObjectValue) and mapper.type.rpartition(".")[2] == "IdentityMapper"


def _segments(window: Value) -> tuple[str, ...]:
    is_one = isinstance(window, ObjectValue) and window.type.rpartition(".")[2] == "SegmentWindow"
    return _texts(_given(window, "segments")) if isinstance(window, ObjectValue) and is_one else ()


def _given(value: ObjectValue, name: str) -> Any:
    """The one argument of an object, by its place or name."""
    kwargs: Mapping[str, Any] = value.kwargs
    return kwargs.get(name, next(iter(value.args), None))


def _texts(value: Any) -> tuple[str, ...]:
    """The keys of a list, each once; none where one of them is not known."""
    known = isinstance(value, Sequence) and not isinstance(value, str) and all(isinstance(one, str) for one in value)
    return tuple(dict.fromkeys(value)) if known else ()
