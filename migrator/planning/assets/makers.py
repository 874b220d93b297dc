"""Which task made the event of an asset, as far as the DAGs tell it before it happens.

Comes in: what code asks an event for (`source_task_id`). Goes out: what the helper that reads events has to be told.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING

from migrator.model.airflow import AirflowProject, Task
from migrator.model.assets import AssetKey
from migrator.model.expressions import Expr
from migrator.model.tags import tag_text
from migrator.model.values import AssetValue, Value
from migrator.operators.rule import Untranslatable
from migrator.planning.assets.names import any_alias, key_of, keys_by_name

if TYPE_CHECKING:
    from migrator.planning.context import TaskContext

RUNS_OF_EVENTS = "runs of events"
"""The note of a task that asks which run an event is of."""
_OF_TASKS = frozenset({"source_map_index", "source_task_id"})


def sources_of(asset: Value, key: AssetKey, asked: Collection[str], context: TaskContext) -> dict[str, Expr]:
    """What `asset_events` has to be told of an asset, so that its events know what is `asked` of them. Raises Untranslatable where that is not known."""
    found: dict[str, Expr] = {}
    makers = _told_makers(key, asked, context)
    if makers:
        found["makers"] = dict(makers)
    if asks_for_asset(asked, context):
        keys = keys_by_name(context.project)
        named = [
            one for one in (asset, *context.task.inlets) if isinstance(one, AssetValue) and key_of(one, keys) == key
        ]
        if not named:
            reason = "asks an event of an asset for its name, and only knows it by an alias"
            raise Untranslatable("MIG203", reason, context.task.span)
        found["asset"] = (named[0].name, named[0].uri or named[0].name)
    return found


def sources_by_label(keys: Mapping[str, AssetKey], asked: Collection[str], context: TaskContext) -> dict[str, Expr]:
    """The same of several assets, for the helpers that give the events of each by a label."""
    makers = {label: _told_makers(key, asked, context) for label, key in keys.items()}
    known: dict[str, Expr] = {label: dict(found) for label, found in makers.items() if found}
    return {"makers": known} if known else {}


def asks_for_asset(asked: Collection[str], context: TaskContext) -> bool:
    """Whether events are asked for the name or URI of their asset, which they have themselves in Airflow 2."""
    return bool({"asset", "dataset"} & {*asked}) or ("uri" in asked and context.dag.airflow_version.startswith("2"))


def _told_makers(key: AssetKey, asked: Collection[str], context: TaskContext) -> dict[str, str]:
    """The tasks that make an asset, by DAG, where code asks for them; none where it does not, or only for the DAG, which the run knows as well."""
    if "source_run_id" in asked:
        context.note(RUNS_OF_EVENTS)
    if not (_OF_TASKS | {"source_dag_id"}) & {*asked}:
        return {}
    tasks = _makers(key, context.project)
    makers = {task.dag_id: task.airflow_id for task in tasks}
    wanted = sorted(_OF_TASKS & {*asked})
    alone = len({(task.dag_id, task.airflow_id) for task in tasks}) == len(makers)
    # The run of one of several DAGs is known by its tag, which does not hold any id.
    by_tag = len(makers) == 1 or all(tag_text(dag_id) == dag_id for dag_id in makers)
    written = not any(task.stands_for for task in tasks)
    known = bool(makers) and alone and by_tag and written and not any_alias(context.project)
    if wanted and not known:
        reason = f"asks an event of an asset for its `{wanted[0]}`, and it is not known which task makes it"
        raise Untranslatable("MIG203", reason, context.task.span)
    if "source_map_index" in asked and any(_is_mapped(task, context.project) for task in tasks):
        reason = "asks an event of an asset for its `source_map_index`, and a mapped task makes it"
        raise Untranslatable("MIG203", reason, context.task.span)
    return makers if known else {}


def _makers(key: AssetKey, project: AirflowProject) -> list[Task]:
    """The tasks that have an asset among their outlets, or make what it stands for."""
    keys = keys_by_name(project)
    producers = {name for asset in project.assets if asset.key == key for name in asset.producers}
    return [task for task in project.tasks() if task.id in producers or key in _outlets(task.outlets, keys)]


def _outlets(outlets: Iterable[object], keys: Mapping[str, AssetKey]) -> set[AssetKey | None]:
    return {key_of(one, keys) for one in outlets if isinstance(one, AssetValue) and one.kind == "asset"}


def _is_mapped(task: Task, project: AirflowProject) -> bool:
    """Whether Airflow runs copies of a task, each with a number."""
    groups = next(dag.groups for dag in project.dags if dag.dag_id == task.dag_id)
    inside = (group for group in groups if f"{task.group_id or ''}.".startswith(f"{group.group_id}."))
    return task.mapped or bool(task.copy_of) or any(group.mapped for group in inside)
