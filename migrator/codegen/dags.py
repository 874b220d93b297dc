"""The modules of all DAGs: one folder for each, or one for all that are rows of a factory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from types import MappingProxyType

from migrator.codegen.carried.carry import UserCode
from migrator.codegen.carried.shared_settings import settings_module, shared_settings
from migrator.codegen.factories.callbacks import share_callbacks
from migrator.codegen.factories.dags import Member, alike, dag_factory
from migrator.codegen.python.module import Module
from migrator.codegen.python.naming import unique
from migrator.codegen.render.assets import render_airflow_tasks, render_assets
from migrator.codegen.render.automation import render_automation
from migrator.codegen.render.checks import render_checks
from migrator.codegen.render.dag import DagCode
from migrator.codegen.render.node_names import ambiguous_names, names_of_nodes, plain_names
from migrator.codegen.render.ops import render_ops
from migrator.codegen.render.run_sensors import render_run_sensors
from migrator.codegen.render.selections import Selections
from migrator.codegen.walk import calls, template_files
from migrator.model.plan import CreateAsset, CreateOp, DagFamily, MigrationPlan


@dataclass
class RenderedDags:
    """`dags` are all that become something, `modules` their code, `files` the template files that they read (path to text), and
    `homes` the module of the factory for each DAG (by id) that is a row of one. `nodes` are the names to know the next time, each with its DAG."""

    dags: list[DagCode] = field(default_factory=list)
    modules: list[Module] = field(default_factory=list)
    files: dict[str, str] = field(default_factory=dict)
    homes: dict[str, str] = field(default_factory=dict)
    nodes: list[tuple[str, str]] = field(default_factory=list)


def render_dags(
    plan: MigrationPlan, user: UserCode, package: str, known: Mapping[str, str] = MappingProxyType({})
) -> RenderedDags:
    """The code of all DAGs of a plan. `user` holds the team's own code, `known` the DAG that each name of a node belonged to when the project was
    generated last."""
    found = RenderedDags()
    renderer = _Renderer(plan, user, package, known)
    found.nodes = sorted(plain_names(plan, renderer.ambiguous))
    found.dags = [renderer.code(dag.dag_id) for dag in sorted(plan.dags, key=lambda item: item.folder)]
    codes = {code.plan.dag_id: code for code in found.dags}
    for code in found.dags:
        renderer.place_files([code])
        renderer.define(code)
    renderer.know(found.dags)
    for family in plan.families:
        renderer.factories(family, codes, found)
    for code in found.dags:
        if code.plan.dag_id not in found.homes:
            found.files |= renderer.files([code], code.folder)
            renderer.render(code)
    alone = [code for code in found.dags if code.plan.dag_id not in found.homes]
    alerts = share_callbacks(alone, package)
    for code in alone:
        render_run_sensors(code, codes, alerts.names)
        found.modules += [module for module in code.modules.values() if not module.empty]
    found.modules += [alerts.module] if not alerts.module.empty else []
    settings = settings_module(package, renderer.shared_settings, found.modules)
    found.modules += [settings] if settings is not None else []
    return found


@dataclass
class _Renderer:
    plan: MigrationPlan
    user: UserCode
    package: str
    known: Mapping[str, str]

    def __post_init__(self) -> None:
        self.resources = {resource.name: resource for resource in self.plan.resources}
        self.plans = {dag.dag_id: dag for dag in self.plan.dags}
        self.selections = Selections(self.plan)
        self.texts = {dag.dag_id: template_files(dag) for dag in self.plan.dags}
        self.readers = Counter(text.file for texts in self.texts.values() for text in texts)
        timezones = {dag.partitions.timezone for dag in self.plan.dags if dag.partitions is not None}
        self.days_in_utc = len(timezones) > 1
        self.ambiguous = ambiguous_names(self.plan, self.known)
        self.node_names = names_of_nodes(self.plan)
        self.folders = {dag.folder for dag in self.plan.dags}
        self.shared_settings = shared_settings(self.plan, self.user.project)

    def code(
        self,
        dag_id: str,
        factory: str = "",
        general: bool = False,
        spelled: bool = False,
        common_names: Mapping[str, str] = MappingProxyType({}),
    ) -> DagCode:
        return DagCode(
            self.plans[dag_id],
            self.package,
            self.user,
            self.resources,
            days_in_utc=self.days_in_utc,
            factory=factory,
            general=general,
            shared_settings=self.shared_settings,
            spelled=spelled,
            common_names=common_names,
        )

    def define(self, code: DagCode) -> None:
        """What a DAG's modules share."""
        for operation in code.plan.operations:
            if not isinstance(operation, (CreateAsset, CreateOp)):
                for call in calls(operation):  # before names are given away, as these functions keep theirs
                    if call.callable.kind != "lambda":  # of which the expression may do
                        self.user.reference(call, code.plan, code.main, code.main)
        code.define_partitions()
        code.define_config()

    def know(self, codes: Iterable[DagCode], of: Sequence[DagCode] = ()) -> None:
        """Tells DAGs what they need to know of all others."""
        codes = list(codes)
        partitions = {
            key: code.partitions for code in codes if code.partitions is not None for key in code.partitioned_keys()
        }
        keyed = {key: own for code in codes for key, own in code.keyed_assets()}
        others = {code.plan.dag_id: code for code in codes}
        for code in of or codes:
            code.keyed = keyed
            code.partitions_of, code.ambiguous = partitions, self.ambiguous[code.plan.dag_id]
            code.node_names = self.node_names
            code.others = others

    def render(self, code: DagCode) -> None:
        main = code.main
        main.docstring = code.plan.description if not any(isinstance(o, CreateOp) for o in code.plan.operations) else ""
        render_assets(code)
        render_ops(code)
        render_checks(code)
        render_airflow_tasks(code)
        render_automation(code, self.plan, self.selections)
        self.user.carry_environment(code.plan, code.main)

    # ------------------------------------------------------------------------------------------------------- factories

    def factories(self, family: DagFamily, codes: dict[str, DagCode], found: RenderedDags) -> None:
        """Adds the factories of those DAGs of a family whose code has one form."""
        members = self._members(family, codes)
        made = [Member(code.main, variables) for code, variables in zip(members, family.variables, strict=True)]
        groups = alike(made)
        is_general = _one_way_to_dates([codes[dag_id] for dag_id in family.dag_ids])
        for general, spelled in ((True, False), (False, True), (True, True)):
            if len(groups) == 1 or (general and not is_general):
                continue
            tried = self._members(family, codes, general, spelled)
            others = [Member(code.main, variables) for code, variables in zip(tried, family.variables, strict=True)]
            if len(alike(others)) < len(groups):
                members, made, groups = tried, others, alike(others)
        for group in sorted(groups, key=len, reverse=True):  # the largest has the plain name
            name = unique(family.name, self.folders)
            path = f"src/{self.package}/defs/{name}/definitions.py"
            descriptions = {members[number].plan.description for number in group}
            about = descriptions.pop() if len(descriptions) == 1 else ""
            dotted = f"{self.package}.defs.{name}.definitions"
            own = [made[number] for number in group]
            module = dag_factory(own, name, path, dotted, about) if len(group) > 1 else None
            if module is None:
                continue
            self.folders.add(name)
            found.modules.append(module)
            chosen = [members[number] for number in group]
            found.files |= self.files(chosen, name)
            found.homes |= {code.plan.dag_id: path for code in chosen}

    def _members(
        self, family: DagFamily, codes: dict[str, DagCode], general: bool = False, spelled: bool = False
    ) -> list[DagCode]:
        """The DAGs of a family, each with all of its code in one module."""
        members = [
            self.code(dag_id, family.name, general, spelled, names)
            for dag_id, names in zip(family.dag_ids, family.common_names, strict=True)
        ]
        self.place_files(members)
        for code in members:
            self.define(code)
        self.know(codes.values(), members)
        for code in members:
            self.render(code)
            render_run_sensors(code, {**codes, code.plan.dag_id: code})
        return members

    # --------------------------------------------------------------------------------------------------- template files

    def place_files(self, codes: Sequence[DagCode]) -> None:
        """Tells DAGs of one folder where their template files are: beside them those that nobody else reads."""
        base = _common_folder(
            text.file or "" for code in codes for text in self.texts[code.plan.dag_id] if self.readers[text.file] == 1
        )
        for code in codes:
            places: dict[str, tuple[str, str]] = {}
            for text in self.texts[code.plan.dag_id]:
                path = text.file or ""
                kind = _kind(path)
                if self.readers[path] == 1:
                    places[path] = (kind.upper(), str(PurePosixPath(path).relative_to(base)))
                    folder = f'Path(__file__).parent / "{kind}"'
                else:
                    places[path] = (f"SHARED_{kind.upper()}", path)
                    folder = f'Path(__file__).parents[2] / "{kind}"'
                code.folders = {**code.folders, places[path][0]: folder}
            code.files = places

    def files(self, codes: Sequence[DagCode], folder: str) -> dict[str, str]:
        """The template files of the DAGs in a folder, by their path in the project."""
        found = {}
        for code in codes:
            for text in self.texts[code.plan.dag_id]:
                constant, rest = code.files[text.file or ""]
                shared = constant.startswith("SHARED_")
                place = f"src/{self.package}" if shared else f"src/{self.package}/defs/{folder}"
                found[f"{place}/{_kind(rest)}/{rest}"] = text.text
        return found


def _one_way_to_dates(codes: Iterable[DagCode]) -> bool:
    """Whether the start of a window, in UTC, tells the date of each of the DAGs' runs."""
    partitions = [code.partitions for code in codes if code.partitions is not None]
    return len({part.end_offset for part in partitions}) <= 1 and all(
        part.timezone == "UTC" for part in partitions if part.key_is_date
    )


def _kind(path: str) -> str:
    return "sql" if path.endswith(".sql") else "scripts" if path.endswith((".sh", ".bash")) else "templates"


def _common_folder(paths: Iterable[str]) -> PurePosixPath:
    """The deepest folder that holds all of these files."""
    parents = [PurePosixPath(path).parent.parts for path in paths]
    common: list[str] = []
    for parts in zip(*parents, strict=False):
        if len(set(parts)) > 1:
            break
        common.append(parts[0])
    return PurePosixPath(*common)
