"""Partitions of DAGs whose runs Airflow (3.2 and later) makes for partition keys: `CronPartitionTimetable`, `PartitionedAssetTimetable`.

Comes in: a DAG and its project. Goes out: the partitions whose keys are those that Airflow makes, and how keys of an asset's partitions lead to them.
A chain of partitioned assets starts at a DAG with a `CronPartitionTimetable`; for what is partitioned at run time or by segments see `key_partitions`.

Facts: `airflow.partition_mappers` and `airflow.timetables.trigger` of Airflow 3.3. Mappers read the text of a key, whatever its timezone.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping

from migrator.model.airflow import AirflowProject, Dag
from migrator.model.changed import replace
from migrator.model.frozen import dataclass
from migrator.model.plan import QUARTER, Partitions
from migrator.model.values import AssetValue, CallableValue, ObjectValue, Value
from migrator.planning.timing.timetable import next_tick, read_clock

BY_CLOCK, BY_ASSETS = "CronPartitionTimetable", "PartitionedAssetTimetable"
KEY_FORMAT = "%Y-%m-%dT%H:%M:%S"
"""Airflow's default for the keys of a `CronPartitionTimetable`."""
STARTS = {
    "StartOfHourMapper": ("0 * * * *", "%Y-%m-%dT%H"),
    "StartOfDayMapper": ("0 0 * * *", "%Y-%m-%d"),
    "StartOfWeekMapper": ("0 0 * * 1", "%Y-%m-%d (W%V)"),
    "StartOfMonthMapper": ("0 0 1 * *", "%Y-%m"),
    "StartOfQuarterMapper": ("0 0 1 1,4,7,10 *", f"%Y-Q{QUARTER}"),
    "StartOfYearMapper": ("0 0 1 1 *", "%Y"),
}
"""When the period starts to which a mapper brings a key, and how it prints it."""
_WINDOWS = {"DayWindow": "0 0 * * *", "WeekWindow": "0 0 * * 1", "MonthWindow": "0 0 1 * *", "YearWindow": "0 0 1 1 *"}
_WINDOWS |= {"QuarterWindow": "0 0 1 1,4,7,10 *"}
_MEMBERS = {"DayWindow": "StartOfHourMapper", "WeekWindow": "StartOfDayMapper", "MonthWindow": "StartOfDayMapper"}
_MEMBERS |= {"QuarterWindow": "StartOfMonthMapper", "YearWindow": "StartOfMonthMapper"}
"""How `FanOutMapper` prints the keys of a window's members."""
_MOST = {"DayWindow": 24, "WeekWindow": 7, "MonthWindow": 31, "QuarterWindow": 3, "YearWindow": 12}
_DAYS = {"DayWindow": 1, "WeekWindow": 7}
"""How many days a window goes back, of those that always do so by as many."""
_MOST_KEYS = 1000
"""To so many keys one may lead, where neither the mapper nor Airflow's configuration says another number."""
CHAIN_LIMIT = 20
"""DAGs of a chain that are followed."""


@dataclass(frozen=True, slots=True)
class Follows:
    """How the partitions of a DAG follow from those of the assets that start it.

    `whole`: a run waits for all partitions of an asset that begin within its own; else for any of them. `spread`: each partition of an asset leads to
    all that begin within it, or, if it is `trailing`, to those of the period before that ends where it begins. `enough`: so many of all suffice, or
    where that is negative, so many may be missing.
    """

    partitions: Partitions
    whole: bool = True
    spread: bool = False
    trailing: bool = False
    enough: int = 0

    @property
    def way(self) -> str:
        """The same as a sensor is told (`CreateSensor.follows`)."""
        if self.spread:
            return "trailing" if self.trailing else "spread"
        return "whole" if self.whole else "any"


def partitioned(dag: Dag) -> str:
    """The name of the timetable that makes a DAG's runs for partition keys; empty for all other DAGs."""
    name = (dag.schedule.timetable or "").rpartition(".")[2]
    return name if name in (BY_CLOCK, BY_ASSETS) else ""


def asset_partitions(
    dag: Dag, project: AirflowProject, depth: int = 0, known: dict[str, Follows | None] | None = None
) -> Follows | None:
    """The partitions of a DAG that runs for partition keys; None where it is none, or where they cannot be told. `known` are those of DAGs before it."""
    known = {} if known is None else known
    if dag.dag_id not in known:
        known[dag.dag_id] = None  # where its assets lead back to it
        known[dag.dag_id] = _asset_partitions(dag, project, depth, known)
    return known[dag.dag_id]


def _asset_partitions(
    dag: Dag, project: AirflowProject, depth: int, known: dict[str, Follows | None]
) -> Follows | None:
    kind = partitioned(dag)
    if kind == BY_CLOCK:
        return _by_clock(dag)
    if kind != BY_ASSETS or depth > CHAIN_LIMIT or dag.schedule.assets is None:
        return None
    found: list[Follows | None] = []
    for asset in members(dag.schedule.assets):
        mapper = mapper_of(dag, asset)
        upstream = [asset_partitions(maker, project, depth + 1, known) for maker in _makers(asset, project)]
        ways_up = {follows.partitions for follows in upstream if follows is not None}
        found.append(_mapped(mapper, ways_up.pop()) if len(ways_up) == 1 and None not in upstream else None)
    ways = {way for way in found if way is not None}
    kinds = {(way.partitions.cron, way.partitions.fmt, way.whole, way.spread, way.trailing, way.enough) for way in ways}
    if None in found or len(kinds) != 1:
        return None
    first = max(ways, key=lambda way: (way.partitions.end_offset, way.partitions.start))
    own = _date(dag.start_date)
    return replace(first, partitions=replace(first.partitions, start=own, start_known=True)) if own else first


def mapper_of(dag: Dag, asset: AssetValue) -> Value:
    """The mapper of the keys of an asset that starts a DAG; None where it has no other than the default one."""
    given = dag.schedule.arguments.get("partition_mapper_config") or {}
    default: Value = dag.schedule.arguments.get("default_partition_mapper")
    if not isinstance(given, Mapping):
        return default
    return next((value for key, value in given.items() if is_same(key, asset)), default)


def _by_clock(dag: Dag) -> Follows | None:
    clock, arguments = read_clock(dag), dag.schedule.arguments
    shift, pattern = arguments.get("run_offset") or 0, arguments.get("key_format", KEY_FORMAT)
    if len(clock.crons) != 1 or clock.code or not isinstance(shift, int) or not isinstance(pattern, str):
        return None
    if not _tells_apart(pattern, clock.crons[0]):
        return None
    start = _date(dag.start_date)
    return Follows(
        Partitions(
            clock.crons[0],
            start or "2024-01-01",
            clock.timezone,
            end_offset=1 + shift,
            start_known=bool(start),
            fmt=pattern,
        )
    )


def _mapped(mapper: Value, upstream: Partitions) -> Follows | None:
    """What a mapper makes of keys of these partitions; None where it is not understood."""
    if mapper is None:
        return Follows(upstream)
    if not isinstance(mapper, ObjectValue):
        return None
    name = mapper.type.rpartition(".")[2]
    if name == "IdentityMapper":
        return Follows(upstream)
    options = mapper.kwargs
    if name == "RollupMapper":
        enough = enough_of(options.get("wait_policy"))
        inner = _mapped(options.get("upstream_mapper"), upstream)
        window, trailing = _window(options.get("window"))
        fits = inner is not None and _WINDOWS.get(window) == inner.partitions.cron and not trailing
        return replace(inner, whole=True, enough=enough) if inner is not None and fits and enough is not None else None
    if name == "FanOutMapper":
        return _spread(mapper, upstream)
    if name not in STARTS or options.get("input_format", KEY_FORMAT) != upstream.fmt:
        # With another format Airflow cannot read the key, and makes no run.
        return None
    cron, pattern = STARTS[name]
    pattern = options.get("output_format") or pattern
    if not isinstance(pattern, str) or not _tells_apart(pattern, cron):
        return None
    own = replace(upstream, cron=cron, fmt=pattern, end_offset=1 if upstream.end_offset > 0 else 0)
    return Follows(own, whole=False)


def most_keys(mapper: ObjectValue) -> int:
    """How many keys one may lead to: for more of them, Airflow makes no run at all."""
    given = mapper.kwargs.get("max_downstream_keys")
    return given if isinstance(given, int) else 0 if given is not None else _MOST_KEYS


def _spread(mapper: ObjectValue, upstream: Partitions) -> Follows | None:
    options = mapper.kwargs
    window, trailing = _window(options.get("window"))
    coarse = _mapped(options.get("upstream_mapper"), upstream)
    # A period counts from its first day on, whenever on that day the asset is made.
    aligned = window in _WINDOWS and upstream.cron.split()[2:] == _WINDOWS[window].split()[2:]
    if coarse is None or window not in _MEMBERS or coarse.partitions.cron != _WINDOWS[window] or not aligned:
        return None
    downstream = options.get("downstream_mapper") or ObjectValue(f"airflow.sdk.{_MEMBERS[window]}", (), {})
    member = _mapped(downstream, replace(upstream, fmt=KEY_FORMAT))
    if member is None or (trailing and window not in _DAYS) or _MOST[window] > most_keys(mapper):
        return None
    most = 1 if trailing else _MOST[window]
    back = dt.timedelta(days=_DAYS[window] if trailing and upstream.start_known else 0)
    start = dt.date.fromisoformat(upstream.start) - back
    own = replace(member.partitions, start=start.isoformat(), end_offset=max(0, upstream.end_offset) * most)
    return Follows(own, whole=False, spread=True, trailing=trailing)


def _window(value: Value) -> tuple[str, bool]:
    """The class of a window, and whether it goes back; an empty one where its direction is not known."""
    if not isinstance(value, ObjectValue):
        return "", False
    direction = value.kwargs.get("direction")
    way = direction.name if isinstance(direction, CallableValue) else str(direction or "forward")
    known = way.lower() in ("forward", "backward")
    return value.type.rpartition(".")[2] if known else "", way.lower() == "backward"


def enough_of(policy: Value) -> int | None:
    """How many partitions suffice by a policy (0: all; less: so many may be missing); None where that is not known."""
    if policy is None:
        return 0
    name = policy.type.rpartition(".")[2] if isinstance(policy, ObjectValue) else ""
    if not isinstance(policy, ObjectValue) or name not in ("WaitForAll", "MinimumCount"):
        return None
    number = next(iter(policy.args), policy.kwargs.get("n")) if name == "MinimumCount" else 0
    return number if isinstance(number, int) else None


def members(asset: AssetValue | None) -> Iterator[AssetValue]:
    """The assets of a boolean expression of them."""
    if asset is not None and asset.members:
        for member in asset.members:
            yield from members(member)
    elif asset is not None:
        yield asset


def _makers(asset: AssetValue, project: AirflowProject) -> Iterable[Dag]:
    """The DAGs of which a task has the asset among its outlets."""
    for dag in project.dags:
        outlets = (outlet for task in dag.tasks for outlet in task.outlets)
        if any(isinstance(outlet, AssetValue) and is_same(outlet, asset) for outlet in outlets):
            yield dag


def is_same(one: object, other: AssetValue) -> bool:
    """Whether two values stand for one asset: an object of a DAG file, or a reference by name or URI."""
    if not isinstance(one, AssetValue):
        return False
    return one.name == other.name or (bool(one.uri) and one.uri == other.uri)


def _tells_apart(pattern: str, cron: str) -> bool:
    """Whether each time of a schedule has a key of its own; those of quarters have the number of the quarter."""
    if QUARTER in pattern:
        return "%Y" in pattern and cron == _WINDOWS["QuarterWindow"]
    first = next_tick(cron, dt.datetime(2024, 1, 1))
    second = next_tick(cron, first) if first is not None else None
    return first is not None and second is not None and first.strftime(pattern) != second.strftime(pattern)


def _date(value: object) -> str:
    return value.date().isoformat() if isinstance(value, dt.datetime) else ""
