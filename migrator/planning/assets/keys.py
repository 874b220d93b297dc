"""Which assets each task makes: keys, one owner per key, and through which asset a value is handed over."""

from __future__ import annotations

import re
from collections.abc import Mapping

from migrator.model.assets import AssetKey, AssetRef, DataAsset, Direction
from migrator.model.bodies import (
    CallFunction,
    Choose,
    DoNothing,
    ForEach,
    HttpRequest,
    Notify,
    PollUntil,
    RequestRun,
    RunOperator,
    RunShell,
    RunSql,
    SqlCheck,
    UseResource,
)
from migrator.model.changed import replace
from migrator.model.plan import AssetOut
from migrator.model.source import SourceFile
from migrator.planning.assets.sharing import Place, Sharing, share, standing_for, written
from migrator.planning.draft import DagDraft, Draft, TaskDraft
from migrator.planning.flow.skipping import skips_itself
from migrator.planning.flow.ways import with_ways
from migrator.planning.forms import ASSETS, OPS
from migrator.planning.naming.identifiers import key_part
from migrator.planning.xcom.handover import taken

_LANGUAGES: dict[type, str] = {
    CallFunction: "python",
    RunOperator: "airflow",
    RunSql: "sql",
    SqlCheck: "sql",
    HttpRequest: "python",
    Notify: "python",
}
_NOT_KINDS = frozenset({"", "xcom"})
_MAX_KINDS = 3
_ENDING = re.compile(r"\.(\w+)(?:\.(?:gz|gzip|bz2|zip|xz|zst|lz4|snappy))?$", re.IGNORECASE)
_FORMATS = {
    "csv": "csv",
    "tsv": "csv",
    "parquet": "parquet",
    "json": "json",
    "jsonl": "json",
    "ndjson": "json",
    "xls": "excel",
    "xlsx": "excel",
    "yaml": "yaml",
    "yml": "yaml",
}
"""By a file's ending."""


def assign_keys(draft: Draft) -> Draft:
    """Gives every node and every task that stays the assets that it makes."""
    sharing = share(draft)
    keys = _Keys(sharing, {asset.key: asset for asset in draft.project.assets}, draft.project.sources)
    dags = {dag_id: keys.of_dag(dag) for dag_id, dag in draft.dags.items()}
    made = {
        output.key: (dag_id, task_id)
        for dag_id, dag in dags.items()
        for task_id, task in dag.tasks.items()
        for output in task.outputs
    }
    return replace(draft, dags=dags, owners=made, shared=standing_for(sharing, keys.parts, dags))


def read(task: TaskDraft) -> tuple[AssetRef, ...]:
    """The data that a task reads outside Airflow, each once."""
    found = {
        ref.key: ref for ref in task.task.refs if ref.direction is Direction.INPUT and ref.kind != "xcom" and ref.key
    }
    return tuple(found.values())


class _Keys:
    def __init__(
        self,
        sharing: Sharing,
        assets: Mapping[AssetKey, DataAsset],
        sources: Mapping[str, SourceFile],
    ) -> None:
        self.sharing, self.assets, self.sources = sharing, assets, sources
        self.used = set(sharing.owners)
        self.parts: dict[tuple[Place, AssetKey], AssetKey] = {}
        """The keys of what each task of a loop makes of data that all of them write."""

    def of_dag(self, dag: DagDraft) -> DagDraft:
        givers = taken(dag)
        tasks = {
            task_id: self._of_task(dag, task, task.keeps or task_id in givers) for task_id, task in dag.tasks.items()
        }
        return replace(dag, tasks=tasks)

    def _of_task(self, dag: DagDraft, task: TaskDraft, is_taken: bool) -> TaskDraft:
        body = task.lowering.body
        if isinstance(body, Choose) and task.disposition == "step":
            task = with_ways(dag, task, body, self.sources)
        if task.disposition == "airflow":
            return replace(task, outputs=self._physical(task) or (self._own(dag, task),))
        if dag.form == OPS and task.disposition == "asset":
            return replace(task, outputs=self._physical(task))
        if dag.form == OPS and isinstance(body, RequestRun):
            return replace(task, outputs=(self._own(dag, task),))
        if dag.form != ASSETS or not task.is_node:
            return task
        if isinstance(body, Choose):
            return replace(task, outputs=self._choices(dag, task))
        optional = task.role == "gate" or skips_itself(task)
        outputs = self._physical(task) or (self._own(dag, task),)
        outputs = tuple(replace(output, optional=optional) for output in outputs)
        return self._with_value(dag, replace(task, outputs=outputs), is_taken)

    def _with_value(self, dag: DagDraft, task: TaskDraft, is_taken: bool) -> TaskDraft:
        """Lets the value go through the only output; a node with several outputs gets another one for it."""
        body, outputs = task.lowering.body, task.outputs
        if isinstance(body, CallFunction) and not is_taken and written(task):
            # Nobody needs the value: a body that stands in the asset's own function still returns it.
            body = replace(body, returns=body.returns and body.inline and len(outputs) == 1)
        if isinstance(body, CallFunction) and len(outputs) > 1:
            body = replace(body, inline=False)
        stores = is_taken or (isinstance(body, (CallFunction, PollUntil)) and body.returns)
        task = replace(task, lowering=replace(task.lowering, body=body))
        if not stores:
            return task
        if len(outputs) == 1:
            outputs = (replace(outputs[0], stores_value=True),)
        else:
            outputs = (*outputs, replace(self._own(dag, task), stores_value=True, optional=outputs[0].optional))
        return replace(task, outputs=outputs, value_key=outputs[-1].key)

    def _physical(self, task: TaskDraft) -> tuple[AssetOut, ...]:
        """What it writes outside, as far as no other task owns it: in one order for all tasks of a loop, some part of whose keys differs."""
        here = (task.task.dag_id, task.task.task_id)
        found = []
        for key, ref in sorted(written(task).items(), key=lambda item: (len(item[0]), item[0])):
            name = self.sharing.parts.get(key, {}).get(here)
            if name is not None:
                own = self.parts[here, key] = self._unused((*key, name))
                found.append(replace(self._out(task, key, ref), key=own))
            elif self.sharing.owners.get(key) == here:
                found.append(self._out(task, key, ref))
        return tuple(found)

    def _out(self, task: TaskDraft, key: AssetKey, ref: AssetRef) -> AssetOut:
        asset = self.assets.get(key)
        same = [one.copies for one in task.task.refs if one.key == key and one.direction is Direction.OUTPUT]
        copies = (
            tuple(sorted({number for numbers in same for number in numbers})) if task.task.mapped and all(same) else ()
        )
        if asset is None:
            return AssetOut(key, name=ref.name, kinds=_kinds(task, ref), system=ref.system, copies=copies)
        return AssetOut(
            key,
            name=ref.name,
            kinds=asset.kinds or _kinds(task, ref, asset),
            system=ref.system or asset.system,
            owners=asset.owners,
            copies=copies,
            columns=asset.columns,
            column_lineage=asset.column_lineage,
        )

    def _own(self, dag: DagDraft, task: TaskDraft) -> AssetOut:
        """An asset named by the task itself."""
        given = [
            ref.key for ref in task.task.refs if ref.direction is Direction.OUTPUT and ref.kind == "xcom" and ref.key
        ]
        key = given[0] if given else (key_part(dag.dag_id), *map(key_part, task.task.task_id.split(".")))
        return AssetOut(self._unused(key), kinds=_kinds(task, None))

    def _choices(self, dag: DagDraft, task: TaskDraft) -> tuple[AssetOut, ...]:
        base = (key_part(dag.dag_id), *map(key_part, task.task.task_id.split(".")))
        body = task.lowering.body
        names = body.choices.values() if isinstance(body, Choose) else ()
        return tuple(AssetOut(self._unused((*base, name)), kinds=_kinds(task, None), optional=True) for name in names)

    def _unused(self, key: AssetKey) -> AssetKey:
        last = key[-1]
        number = 2
        while key in self.used:
            key = (*key[:-1], f"{last}_{number}")
            number += 1
        self.used.add(key)
        return key


def _kinds(task: TaskDraft, ref: AssetRef | None, asset: DataAsset | None = None) -> tuple[str, ...]:
    """What the asset is made with and where and how it is kept, as Dagster shows it."""
    language = "" if task.lowering.body is None else _LANGUAGES.get(type(task.lowering.body), "")
    body = task.lowering.body
    if isinstance(body, CallFunction) and body.environment is not None and body.environment.container is not None:
        body = body.environment.container
    if isinstance(body, ForEach):
        body = body.items
    if isinstance(body, (RunShell, UseResource)):
        language = body.kind
    if ref is not None and ref.project is not None:
        language = "dbt"
    if task.disposition == "airflow":
        language = "airflow"
    if isinstance(task.lowering.body, DoNothing):
        language = ""
    kept = () if ref is None else kinds_of_storage(ref, asset)
    found = [language, *kept, "step" if task.disposition == "step" else ""]
    return tuple(dict.fromkeys(kind for kind in found if kind not in _NOT_KINDS))[:_MAX_KINDS]


def kinds_of_storage(ref: AssetRef, asset: DataAsset | None = None) -> tuple[str, ...]:
    """Where data is kept, and in which format, as far as Dagster has a picture of it; `asset` is what all references to it say."""
    kind, name = (ref.kind, ref.name) if asset is None else (asset.kind, asset.name)
    ending = _ENDING.search(name) if kind in ("file", "object") else None
    format = _FORMATS.get(ending[1].lower(), "") if ending is not None else ""
    system = ref.system or (asset.system if asset is not None else None)
    return tuple(filter(None, (system, "api" if kind == "api" else format)))
