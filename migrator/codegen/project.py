"""All files of the generated project."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath

from migrator.bridge import render_bridge
from migrator.codegen.carry import UserCode
from migrator.codegen.distributions import distribution, distributions
from migrator.codegen.format import find_style, format_python, lint
from migrator.codegen.module import Module
from migrator.codegen.render.assets import render_airflow_tasks, render_assets, render_external_assets
from migrator.codegen.render.automation import render_automation
from migrator.codegen.render.checks import render_checks
from migrator.codegen.render.dag import DagCode
from migrator.codegen.render.node_names import ambiguous_names
from migrator.codegen.render.ops import render_ops
from migrator.codegen.render.run_sensors import render_run_sensors
from migrator.codegen.resources import DEPENDENCIES, render_classes, render_instances, template
from migrator.codegen.skeleton import env_example, pyproject, readme, stays_in_airflow
from migrator.codegen.tests_of_project import dag_tests, shared_tests
from migrator.codegen.walk import calls, constructed, template_files
from migrator.dashboard import render_dashboard
from migrator.model.airflow import AirflowProject
from migrator.model.plan import CreateAsset, CreateOp, MigrationPlan
from migrator.state.build import build_inventory
from migrator.state.inventory import inventory_path, inventory_text

_HELPERS = (
    "airflow_operators",
    "asset_updates",
    "exceptions",
    "failures",
    "macros",
    "run_context",
    "shell",
    "templating",
)
"""Modules of helper functions, each written only where something imports it."""


def render_project(plan: MigrationPlan, project: AirflowProject, name: str) -> dict[str, str]:
    """The files of the Dagster project that `plan` describes: path (with `/`, relative to the project) to text.

    `project` gives the source text of the team's own code; `name` the project's name, from which the package's name is made. The same plan
    gives the same files. Raises MigratorError (MIG504) if a file would not be valid Python.
    """
    user = UserCode(plan, project, name)
    package = user.package
    dags, carried_files = _dags(plan, user, package)
    for dag in dags:
        _define(dag)
    timezones = {
        key: dag.partitions.timezone for dag in dags if dag.partitions is not None for key in dag.partitioned_keys()
    }
    ambiguous = ambiguous_names(plan)
    for dag in dags:
        dag.timezones = timezones
        dag.ambiguous = ambiguous
        _render_dag(dag, plan)
    for dag in dags:
        render_run_sensors(dag, {other.plan.dag_id: other for other in dags})
    modules = [module for dag in dags for module in dag.modules.values() if not module.empty]
    modules += user.modules()
    modules += _project_modules(plan, package)
    modules += [module for dag in dags if (module := dag_tests(dag)) is not None]
    python = {module.path: module.render() for module in modules}
    python |= {f"src/{package}/definitions.py": template("definitions.py"), **shared_tests(package)}
    python |= _helpers(python.values(), package)

    sources = [
        project.sources[path].text for path in sorted({dag.source for dag in plan.dags}) if path in project.sources
    ]
    style = find_style(sources)
    first_party = {package, *user.local.top_level}
    bridge = {**render_bridge(plan, package), **render_dashboard(package)}
    loaded = {path for path in bridge if path.startswith("src/") and path.endswith(".py")}
    python = format_python({**python, **{path: bridge[path] for path in loaded}}, style, first_party)
    bridge |= {path: python.pop(path) for path in loaded}
    local = user.carried_files()
    files = {**user.data_files(modules), **local, **python, **carried_files, **bridge}
    files |= {
        path: "" for path in (f"src/{package}/__init__.py", f"src/{package}/defs/__init__.py") if path not in files
    }

    excluded = sorted(lint(local, style, first_party))
    broken = lint(python, style, first_party)
    dependencies = distributions(user.third_party, [*python.values(), *local.values()])
    dependencies |= {name for resource in plan.resources for name in DEPENDENCIES[resource.kind]}
    dependencies |= {
        distribution(module) for module in constructed(plan) if module.partition(".")[0] not in sys.stdlib_module_names
    }
    if f"src/{package}/templating.py" in python:
        dependencies.add("Jinja2")
    files["pyproject.toml"] = pyproject(
        name, package, dependencies, plan.resources, style, broken, excluded, bool(bridge)
    )
    files["README.md"] = readme(plan, name, package, bool(bridge))
    files[".gitignore"] = template("gitignore")
    files["stays_in_airflow.json"] = stays_in_airflow(plan)
    files[inventory_path(package)] = inventory_text(build_inventory(project, plan, package))
    if plan.settings or bridge:
        files[".env.example"] = env_example(plan, bool(bridge))
    return {path: files[path] for path in sorted(files)}


def _dags(plan: MigrationPlan, user: UserCode, package: str) -> tuple[list[DagCode], dict[str, str]]:
    """The DAGs that become something, and the template files that they read (path in the project to text)."""
    resources = {resource.name: resource for resource in plan.resources}
    readers = Counter(text.file for dag in plan.dags for text in template_files(dag))
    in_utc = len({dag.partitions.timezone for dag in plan.dags if dag.partitions is not None}) > 1
    dags: list[DagCode] = []
    files: dict[str, str] = {}
    for dag in sorted(plan.dags, key=lambda item: item.folder):
        code = DagCode(dag, package, user, resources, days_in_utc=in_utc)
        own = [text.file or "" for text in template_files(dag) if readers[text.file] == 1]
        base = _common_folder(own)
        places: dict[str, tuple[str, str]] = {}
        for text in template_files(dag):
            path = text.file or ""
            kind = "sql" if path.endswith(".sql") else "scripts" if path.endswith((".sh", ".bash")) else "templates"
            if path in own:
                rest = str(PurePosixPath(path).relative_to(base))
                constant, folder = kind.upper(), f'Path(__file__).parent / "{kind}"'
                target = f"src/{package}/defs/{dag.folder}/{kind}/{rest}"
            else:
                rest = path
                constant, folder = f"SHARED_{kind.upper()}", f'Path(__file__).parents[2] / "{kind}"'
                target = f"src/{package}/{kind}/{rest}"
            places[path] = (constant, rest)
            code.folders = {**code.folders, constant: folder}
            files[target] = text.text
        code.files = places
        dags.append(code)
    return dags, files


def _common_folder(paths: Iterable[str]) -> PurePosixPath:
    """The deepest folder that holds all of these files."""
    parents = [PurePosixPath(path).parent.parts for path in paths]
    common: list[str] = []
    for parts in zip(*parents, strict=False):
        if len(set(parts)) > 1:
            break
        common.append(parts[0])
    return PurePosixPath(*common)


def _define(dag: DagCode) -> None:
    """What a DAG's modules share."""
    main = dag.main
    for operation in dag.plan.operations:
        if not isinstance(operation, (CreateAsset, CreateOp)):
            for call in calls(operation):  # before names are given away, as these functions keep theirs
                dag.user.reference(call, dag.plan, main, main)
    dag.define_partitions()
    dag.define_config()


def _render_dag(dag: DagCode, plan: MigrationPlan) -> None:
    main = dag.main
    main.docstring = dag.plan.description if not any(isinstance(o, CreateOp) for o in dag.plan.operations) else ""
    render_assets(dag)
    render_ops(dag)
    render_checks(dag)
    render_airflow_tasks(dag)
    render_automation(dag, plan)


def _project_modules(plan: MigrationPlan, package: str) -> list[Module]:
    modules = []
    if plan.resources:
        classes = render_classes(plan.resources, package)
        modules += [*([classes] if classes.blocks else []), render_instances(plan.resources, package)]
    if plan.external_assets:
        module = Module(f"src/{package}/defs/external_assets.py", f"{package}.defs.external_assets")
        render_external_assets(plan.external_assets, module)
        modules.append(module)
    return modules


def _helpers(texts: Iterable[str], package: str) -> Mapping[str, str]:
    """The helper modules that the rest, or one of them, imports."""
    known = {name: template(f"{name}.py").replace("{{ package }}", package) for name in _HELPERS}
    found: dict[str, str] = {}
    code = "\n".join(texts)
    while new := {
        name: text
        for name, text in known.items()
        if name not in found and (f"from {package}.{name} import" in code or f"from {package} import {name}\n" in code)
    }:
        found |= new
        code = "\n".join(new.values())
    return {f"src/{package}/{name}.py": text for name, text in found.items()}
