"""Applies what the user corrects about data.

Comes in: the corrections of the settings, and references with the keys that were inferred for them. Goes out: references with the keys that
the user wants (none where data is dropped), what is told about whole assets, and findings about corrections that match nothing (MIG410).
All corrections that match apply in their order, so that a later one wins; which ones match is decided by what was inferred.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from migrator.analyzers.io.names import usable
from migrator.corrections import AssetCorrection
from migrator.diagnostics import Diagnostic, diagnose
from migrator.model.airflow import AirflowProject, Task
from migrator.model.assets import AssetKey, AssetRef, Confidence, DataAsset, Direction, Evidence
from migrator.model.changed import replace
from migrator.model.frozen import dataclass


@dataclass(frozen=True, slots=True)
class Told:
    """What is told about an asset as a whole."""

    owners: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()


class AssetCorrections:
    """The corrections of one run; remembers which of them had something to correct."""

    def __init__(self, corrections: Sequence[AssetCorrection]) -> None:
        self._corrections = [one for one in corrections if one.add is None]
        self._added = [one for one in corrections if one.add is not None]
        self._used: set[int] = set()
        self._told: dict[AssetKey, Told] = {}

    def with_added(self, project: AirflowProject) -> AirflowProject:
        """The project with the references that the user adds."""
        if not self._added:
            return project
        dags = tuple(
            replace(dag, tasks=tuple(self._with_added(dag.dag_id, task) for task in dag.tasks)) for dag in project.dags
        )
        return replace(project, dags=dags)

    def _with_added(self, dag_id: str, task: Task) -> Task:
        refs = list(task.refs)
        for correction in self._added:
            if not correction.is_about(dag_id, task.task_id):
                continue
            self._used.add(id(correction))
            name = usable(correction.add or "")
            if name is not None:
                refs.append(_added_ref(correction, name))
        return replace(task, refs=tuple(refs))

    def corrected(
        self, dag_id: str, task_id: str, ref: AssetRef, key: AssetKey, names: Collection[str]
    ) -> AssetRef | None:
        """The reference with its key; None where it is dropped. `key` and `names` are those of the thing that it means."""
        found = replace(ref, key=key)
        owners: tuple[str, ...] = ()
        kinds: tuple[str, ...] = ()
        shown = "/".join(key)
        for correction in self._corrections:
            if correction.direction is not None and correction.direction != ref.direction.value:
                continue
            if not (correction.is_about(dag_id, task_id) and correction.names(shown, names)):
                continue
            self._used.add(id(correction))
            if correction.drop:
                return None
            found = replace(
                found,
                key=correction.key_for(key) or found.key,
                kind=correction.kind or found.kind,
                system=correction.system or found.system,
            )
            owners, kinds = correction.owners or owners, correction.kinds or kinds
        for correction in self._added:
            if ref.evidence.span == correction.span and ref.name == usable(correction.add or ""):
                found = replace(found, key=correction.key or found.key)
                owners, kinds = correction.owners or owners, correction.kinds or kinds
        if owners or kinds:
            told = self._told.get(found.key, Told())
            self._told[found.key] = Told(
                tuple(dict.fromkeys((*told.owners, *owners))), tuple(dict.fromkeys((*told.kinds, *kinds)))
            )
        return found

    def with_told(self, assets: Iterable[DataAsset]) -> tuple[DataAsset, ...]:
        """The assets with what is told about them as a whole."""
        return tuple(
            replace(asset, owners=self._told[asset.key].owners, kinds=self._told[asset.key].kinds[:3])
            if asset.key in self._told
            else asset
            for asset in assets
        )

    def findings(self) -> list[Diagnostic]:
        """MIG410 for each correction that had nothing to correct."""
        return [
            diagnose("MIG410", one.span, f"no data fits the correction with {_described(one)}")
            for one in (*self._corrections, *self._added)
            if id(one) not in self._used
        ]


def _added_ref(correction: AssetCorrection, name: str) -> AssetRef:
    guessed = "object" if "://" in name else ("file" if "/" in name else "table")
    return AssetRef(
        Direction(correction.direction or "output"),
        correction.kind or guessed,
        name,
        Confidence.DECLARED,
        Evidence(correction.span, f"`{correction.file}` adds it"),
        system=correction.system,
    )


def _described(correction: AssetCorrection) -> str:
    given = [
        (name, getattr(correction, name))
        for name in ("asset", "match", "add", "dag", "task")
        if getattr(correction, name) not in (None, "*")
    ]
    return " and ".join(f'`{name} = "{value}"`' for name, value in given)
