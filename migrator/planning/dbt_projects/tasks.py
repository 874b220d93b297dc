"""Tasks that run a dbt project of the DAG folder: dagster-dbt runs it in the new project, and what dbt makes are its assets.

Comes in: assets that a shell command with dbt in it makes. Goes out: those with `RunDbt` in its place, and the projects. Left as they are:
commands that do more than that, and projects that are not in the folder together with their `profiles.yml`, as dagster-dbt needs both to load.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping

from migrator.analyzers.io.dbt_project import DbtNode, load_project, profile_of
from migrator.analyzers.io.dbt_select import select
from migrator.analyzers.source import Folder
from migrator.model.assets import AssetKey
from migrator.model.bodies import RunDbt, RunShell
from migrator.model.changed import replace
from migrator.model.expressions import DagsFolder, EnvValue, Expr, Format
from migrator.model.plan import DAGS_FOLDER, CreateAsset, CreateDbtProject, CreateResource, EnvSetting, Operation
from migrator.planning.dbt_projects.commands import DbtCommands, read_commands
from migrator.planning.draft import DagDraft, Draft, TaskDraft
from migrator.planning.naming.identifiers import identifier, unique

_ENVIRONMENT = re.compile(r"""\benv_var\(\s*['"](\w+)['"]\s*\)""")
"""What a profile takes from the environment and cannot do without."""
_ONE_KIND = {"run": "model", "seed": "seed", "snapshot": "snapshot"}
"""What commands make that make one kind of things."""


def run_dbt_projects(draft: Draft) -> Draft:
    """Gives the tasks that run a dbt project of the folder to dagster-dbt."""
    if draft.folder is None:
        return draft
    families = {dag_id for family in draft.families for dag_id in family.dag_ids}
    projects = _Projects(draft, draft.folder)
    dags = {
        dag_id: dag if dag_id in families else replace(dag, nodes=tuple(projects.node(dag, node) for node in dag.nodes))
        for dag_id, dag in draft.dags.items()
    }
    if not projects.found:
        return draft
    return replace(
        draft,
        dags=dags,
        dbt_projects=tuple(projects.found),
        resources=tuple(sorted((*draft.resources, *projects.resources), key=lambda resource: resource.name)),
        settings=tuple(sorted(_settings(draft, projects), key=lambda setting: setting.name)),
    )


def _settings(draft: Draft, projects: _Projects) -> Iterator[EnvSetting]:
    """The environment that is still read, and what the profiles take from it."""
    read = {part.name for part in _parts((*projects.given.values(), *projects.found)) if isinstance(part, EnvValue)}
    needed = {name: project for project in projects.found for name in project.environment}
    names = set()
    for setting in draft.settings:
        if setting.name in {*read, *needed, "DAGS_FOLDER"} or not {*setting.used_by} <= projects.given.keys():
            names.add(setting.name)
            yield replace(setting, default=None) if setting.name in needed else setting
    if "DAGS_FOLDER" not in names:
        yield EnvSetting("DAGS_FOLDER", DAGS_FOLDER, "", tuple(sorted(projects.given)))
    for name in sorted(needed.keys() - names):
        project = needed[name]
        users = tuple(sorted(task for task, body in projects.given.items() if body.project == project.name))
        yield EnvSetting(name, f"the profile of dbt in {project.profiles or project.folder}", used_by=users)


def _parts(value: object) -> Iterator[object]:
    """A value and what is in it."""
    yield value
    if isinstance(value, Mapping):
        value = tuple(value.values())
    if isinstance(value, (RunDbt, CreateDbtProject, Format)):
        value = tuple(getattr(value, name) for name in ("commands", "target", "parts") if hasattr(value, name))
    for part in value if isinstance(value, (list, tuple)) else ():
        yield from _parts(part)


class _Projects:
    """The projects that tasks run, found task by task."""

    def __init__(self, draft: Draft, folder: Folder) -> None:
        self.draft, self.folder = draft, folder
        self.found: list[CreateDbtProject] = []
        self.resources: list[CreateResource] = []
        self.given: dict[str, RunDbt] = {}
        """The tasks that dagster-dbt runs, by id."""

    def node(self, dag: DagDraft, node: Operation) -> Operation:
        """An operation, given to dagster-dbt if it can be."""
        if not isinstance(node, CreateAsset) or not isinstance(node.body, RunShell) or node.row is not None:
            return node
        task = dag.tasks[node.task_id]
        keys = self._keys(task)
        commands = read_commands(node.body)
        if keys is None or commands is None or node.inputs or any(out.stores_value for out in node.outputs):
            return node
        directory, nodes = keys
        made = {output.key for output in node.outputs}
        if made != {ref.key for ref in task.task.refs if ref.project == directory and ref.direction.value == "output"}:
            return node  # of what several tasks make, only one can have the asset
        deps = {key for output in node.outputs for key in (node.deps if output.deps is None else output.deps)}
        if node.partitioned and not self._same_days(dag, deps):
            return node
        project = self._project(node, directory, commands, nodes)
        if project is None:
            return node
        after = tuple(sorted(deps - made - set(nodes.values())))
        body = RunDbt(
            project.name,
            self._resource(project),
            commands.commands,
            select=self._select(directory, commands),
            exclude=commands.exclude,
            after=after,
        )
        self.given[f"{dag.dag_id}.{node.task_id}"] = body
        return replace(node, body=body)

    def _keys(self, task: TaskDraft) -> tuple[str, dict[str, AssetKey]] | None:
        """The project that a task runs, and the asset keys of its nodes that the task makes or reads; None where not all that it touches is dbt's."""
        refs = [ref for ref in task.task.refs if ref.key and ref.kind != "xcom"]
        directories = {ref.project for ref in refs if ref.direction.value == "output"}
        if len(directories) != 1 or None in directories:
            return None
        directory = str(directories.pop())
        project = load_project(self.folder, directory)
        if project is None:
            return None
        named: dict[tuple[str, str], DbtNode] = {
            (node.path, node.relation): node for node in project.nodes.values() if node.stored
        }
        found = {}
        for ref in refs:
            node = named.get((ref.evidence.span.file, ref.name))
            if node is not None:
                found[".".join(node.id.split(".")[-2:]) if node.kind == "source" else node.name] = ref.key
            elif ref.direction.value == "output":
                return None
        return directory, found

    def _select(self, directory: str, commands: DbtCommands) -> str:
        """The selection, which names the kind of what the command makes where it means other things as well: `dbt run` leaves seeds alone, for dagster-dbt all are assets."""
        project = load_project(self.folder, directory)
        names = [words[0] for words in commands.commands]
        kind = next((_ONE_KIND[name] for name in names if name in _ONE_KIND), "")
        if project is None or not kind:
            return commands.select
        words = commands.select.split()
        chosen = select(project, words, commands.exclude.split()) or set()
        if {project.nodes[id].kind for id in chosen} & {*_ONE_KIND.values()} <= {kind}:
            return commands.select
        return " ".join(f"{word},resource_type:{kind}" for word in words) or f"resource_type:{kind}"

    def _same_days(self, dag: DagDraft, keys: Iterable[AssetKey]) -> bool:
        """Whether the partitions of what is read have the timezone of the DAG's own: dagster-dbt maps no others."""
        zones = {dag.partitions.timezone} if dag.partitions is not None else set()
        for key in keys:
            owner = self.draft.dags.get(self.draft.owners.get(key, ("", ""))[0])
            zones |= {owner.partitions.timezone} if owner is not None and owner.partitions is not None else set()
        return len(zones) <= 1

    def _project(
        self, node: CreateAsset, directory: str, commands: DbtCommands, keys: Mapping[str, AssetKey]
    ) -> CreateDbtProject | None:
        """The project with these settings, with what it is known to hold."""
        profiles = _inside(commands, directory)
        if profiles is None or not _is_constant(commands.target):
            return None
        profile = profile_of(self.folder, directory, profiles, commands.profile)
        project = load_project(self.folder, directory)
        if profile is None or project is None:
            return None
        adapter, text = profile
        wanted = CreateDbtProject(
            "",
            directory,
            adapter,
            profiles if profiles != directory else "",
            commands.profile,
            commands.target,
            environment=tuple(sorted(set(_ENVIRONMENT.findall(text)))),
        )
        for number, known in enumerate(self.found):
            if replace(known, name="", keys={}) == wanted:
                if any(known.keys.get(name, key) != key for name, key in keys.items()):
                    return None
                self.found[number] = replace(known, keys={**known.keys, **keys})
                return self.found[number]
        taken = {"dbt", *(known.name for known in self.found)}
        self.found.append(replace(wanted, name=unique(identifier(project.name), taken), keys=dict(keys)))
        return self.found[-1]

    def _resource(self, project: CreateDbtProject) -> str:
        known = next((one.name for one in self.resources if one.connection == project.name), None)
        if known is not None:
            return known
        taken = {resource.name for resource in (*self.draft.resources, *self.resources)}
        name = unique(f"dbt_{project.name}" if self.resources else "dbt", taken)
        self.resources.append(CreateResource(name, "dbt", project.name, ""))
        return name


def _inside(commands: DbtCommands, directory: str) -> str | None:
    """The folder of the profiles in the DAG folder; None where it is elsewhere."""
    place = commands.profiles
    if place is None or place in (".", commands.directory):
        return directory
    if isinstance(place, Format) and len(place.parts) == 2 and isinstance(place.parts[0], DagsFolder):
        rest = place.parts[1]
        return posixpath.normpath(rest.lstrip("/")) if isinstance(rest, str) else None
    return None


def _is_constant(target: Expr) -> bool:
    """Whether every run has the same target."""
    return target is None or isinstance(target, str) or (isinstance(target, EnvValue) and not target.json)
