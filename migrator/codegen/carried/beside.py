"""What carried code reads from beside its file: it moves along with the code, or the code looks for it where the DAG files are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import Path, PurePosixPath

from migrator.codegen.carried.dag_files import IMPORT, at_dags_folder
from migrator.codegen.carried.data_files import data_files
from migrator.codegen.carried.local_modules import with_imports
from migrator.codegen.python.module import Module, str_place
from migrator.model.airflow import AirflowProject
from migrator.model.plan import MigrationPlan

_Place = tuple[str, int, int | str]


class Beside:
    """Of the project of a plan; its Python package is `package`."""

    def __init__(self, plan: MigrationPlan, project: AirflowProject, package: str) -> None:
        self.plan, self.project, self.package = plan, project, package

    def files(
        self, modules: Iterable[Module], whole: Mapping[str, str], places: Iterable[tuple[str, str]]
    ) -> dict[str, str]:
        """The files that move, by their new place: that of `modules`, and that of modules which are carried whole (text by path in the
        project; `places` are the path in the DAG folder and in the project)."""
        found: dict[str, str] = {}
        for module in modules:
            for source, (parts, blocks) in self._parts(module).items():
                texts = [*(module.carried[part] for part in parts), *blocks]
                found |= data_files("\n".join(texts), source, module.path, self.folders)
        for source, path in places:
            found |= data_files(whole[path], source, path, self.folders)
        return found

    def look(self, modules: Iterable[Module]) -> None:
        """Has the code of modules look for what does not move along where the DAG files are."""
        for module in modules:
            for source, (parts, blocks) in self._parts(module).items():
                texts = [*(module.carried[part] for part in parts), *blocks]
                moved = at_dags_folder(texts, source, module.path, self.folders)
                if moved is None:
                    continue
                module.carried |= dict(zip(parts, moved, strict=False))
                if blocks:
                    module.blocks[:] = moved[len(parts) :]
                module.need([IMPORT.format(package=self.package)])

    def looking(self, whole: Mapping[str, str], places: Iterable[tuple[str, str]]) -> dict[str, str]:
        """The same for modules that are carried whole: those that change."""
        found: dict[str, str] = {}
        for source, path in places:
            moved = at_dags_folder([whole[path]], source, path, self.folders)
            if moved is not None:
                found[path] = with_imports(moved[0], [IMPORT.format(package=self.package)])
        return found

    def _parts(self, module: Module) -> dict[str, tuple[list[_Place], list[str]]]:
        """What a module has of each file of the team's: places of what is carried, and what Dagster loads, if it is the DAG's own."""
        parts: dict[str, tuple[list[_Place], list[str]]] = {}
        for place in sorted(module.carried, key=str_place):
            parts.setdefault(place[0], ([], []))[0].append(place)
        if source := self._source_of(module):
            parts.setdefault(source, ([], []))[1].extend(module.blocks)
        return parts

    def _source_of(self, module: Module) -> str:
        """The DAG file whose functions stand in a DAG's module."""
        return self._sources.get(PurePosixPath(module.path).parent.name, "")

    @cached_property
    def _sources(self) -> dict[str, str]:
        """The DAG file of each folder of the project's definitions."""
        sources = {dag.dag_id: dag.source for dag in self.plan.dags}
        folders = {dag.folder: dag.source for dag in self.plan.dags}
        return folders | {family.name: sources[family.dag_ids[0]] for family in self.plan.families}

    @cached_property
    def folders(self) -> dict[str, Path]:
        """The analyzed folder (by the name "") and the further roots."""
        return {name: Path(folder) for name, folder in {**self.project.root_folders, "": self.project.root}.items()}
