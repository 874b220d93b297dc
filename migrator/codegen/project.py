"""All files of the generated project."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import PurePosixPath

from migrator.bridge import render_bridge
from migrator.codegen.carried.carry import UserCode
from migrator.codegen.dags import RenderedDags, render_dags
from migrator.codegen.deployment import EXECUTORS, deployment_files, executor_files
from migrator.codegen.distributions import distribution, distributions, distributions_of_hooks
from migrator.codegen.format import find_style, format_python, lint
from migrator.codegen.helpers import helper_modules
from migrator.codegen.own_tests.functions import FunctionTests, function_tests
from migrator.codegen.own_tests.structure import dag_tests, factory_tests, shared_tests
from migrator.codegen.python.module import Module
from migrator.codegen.render.assets import render_external_assets
from migrator.codegen.render.dag import DagCode
from migrator.codegen.render.dbt import render_dbt_projects
from migrator.codegen.resources.resources import dependencies_of, render_classes, render_instances, template
from migrator.codegen.skeleton import (
    BRIDGE_SETTINGS,
    env_example,
    pyproject,
    readme,
    secret_settings,
    stays_in_airflow,
    tests_readme,
    with_read_settings,
)
from migrator.codegen.walk import constructed
from migrator.codegen.writing.known_names import NAMES, KnownNames, names_text
from migrator.dashboard import render_dashboard
from migrator.model.airflow import AirflowProject
from migrator.model.changed import replace
from migrator.model.plan import DAGS_FOLDER, EnvSetting, MigrationPlan
from migrator.secrets.code import without_secrets
from migrator.secrets.masking import cover_found
from migrator.state.build import build_inventory
from migrator.state.inventory import inventory_path, inventory_text


def render_project(
    plan: MigrationPlan,
    project: AirflowProject,
    name: str,
    efforts: Mapping[str, tuple[float, float]] | None = None,
    dags_folder: str = "dags",
    known: KnownNames | None = None,
) -> dict[str, str]:
    """The files of the Dagster project that `plan` describes: path (with `/`, relative to the project) to text.

    `project` gives the source text of the team's own code; `name` the project's name, from which the package's name is made;
    `efforts` the hours that each DAG takes (by id, from and to), for the inventory; `dags_folder` where the DAG files are, as seen from the
    project's folder; `known` what has a name already from the last time. The same plan and names give the same files. Raises MigratorError (MIG504) if a file would not be valid Python.
    """
    known = known or KnownNames()
    user = UserCode(plan, project, name)
    package = user.package
    rendered = render_dags(plan, user, package, known.nodes)
    modules = [*rendered.modules]
    modules += user.modules()
    modules += _project_modules(plan, package)
    user.beside.look(modules)
    python = {module.path: module.render() for module in modules}
    python |= executor_files(plan, package)
    python |= helper_modules([*python.values(), *user.carried_files().values()], package, dags_folder)
    beside = {**user.data_files(modules), **user.carried_files(), **rendered.files}
    tested = function_tests(rendered.dags, rendered.homes, {**beside, **python}, package)
    modules += _tests(rendered, tested)
    python |= {module.path: module.render() for module in modules}
    local = user.carried_files()
    taken = {setting.name for setting in (*plan.settings, *BRIDGE_SETTINGS)}
    code, secrets, places = without_secrets({**local, **python}, taken, known.secrets)
    local, python = {path: code[path] for path in local}, {path: code[path] for path in python}
    environment = {name for project in plan.dbt_projects for name in project.environment}
    python |= shared_tests(package, code, environment.union(secrets.values()))

    sources = [
        project.sources[path].text for path in sorted({dag.source for dag in plan.dags}) if path in project.sources
    ]
    style = find_style(sources)
    first_party = {package, *user.local.top_level}
    bridge = {**render_bridge(plan, package), **render_dashboard(package)}
    loaded = {path for path in bridge if path.startswith("src/") and path.endswith(".py")}
    python = format_python({**python, **{path: bridge[path] for path in loaded}}, style, first_party)
    bridge |= {path: python.pop(path) for path in loaded}
    beside = {**user.data_files(modules), **rendered.files}
    covered = {path: cover_found(text) for path, text in beside.items() if not path.endswith(".py")}
    files = {**beside, **covered, **local, **python, **bridge}
    files |= {
        path: "" for path in (f"src/{package}/__init__.py", f"src/{package}/defs/__init__.py") if path not in files
    }

    excluded = sorted(lint(local, style, first_party))
    broken = lint(python, style, first_party)
    dependencies = distributions(user.third_party, [*python.values(), *local.values()])
    dependencies |= {name for resource in plan.resources for name in dependencies_of(resource)}
    dependencies |= {
        distribution(module) for module in constructed(plan) if module.partition(".")[0] not in sys.stdlib_module_names
    }
    dependencies |= {f"dbt-{project.adapter}" for project in plan.dbt_projects}
    code = {**python, **local}
    dependencies |= distributions_of_hooks(code.pop(f"src/{package}/hooks.py", ""), code.values())
    if f"src/{package}/templating.py" in python:
        dependencies.add("Jinja2")
    if plan.deployment is not None and plan.deployment.executor in EXECUTORS:
        dependencies.add(distribution(EXECUTORS[plan.deployment.executor][0]))
    if f"src/{package}/dags_folder.py" in python and all(setting.name != "DAGS_FOLDER" for setting in plan.settings):
        plan = replace(plan, settings=(*plan.settings, EnvSetting("DAGS_FOLDER", DAGS_FOLDER, "")))
    plan = replace(plan, settings=(*plan.settings, *secret_settings(secrets, project.sources, taken)))
    plan = with_read_settings(plan, {**local, **python})
    files |= deployment_files(plan, name, package)
    files["pyproject.toml"] = pyproject(
        name, package, dependencies, plan.resources, style, broken, excluded, bool(bridge)
    )
    if tested.untested:
        files["tests/README.md"] = tests_readme(tested.untested)
    files["README.md"] = readme(
        plan,
        name,
        package,
        bool(bridge),
        rendered.homes,
        sorted(path for path in covered if covered[path] != beside[path]),
    )
    files[".gitignore"] = template("gitignore")
    files["stays_in_airflow.json"] = stays_in_airflow(plan)
    files[inventory_path(package)] = inventory_text(build_inventory(project, plan, package, rendered.homes, efforts))
    files |= {NAMES: text} if (text := names_text(rendered.nodes, places, project.names)) else {}
    if plan.settings or bridge:
        files[".env.example"] = env_example(plan, bool(bridge))
    return {path: files[path] for path in sorted(files)}


def _tests(rendered: RenderedDags, tested: FunctionTests) -> list[Module]:
    """The tests of all jobs: one module for each DAG, or for each factory of DAGs."""
    factories: dict[str, list[DagCode]] = {}
    for dag in rendered.dags:
        home = rendered.homes.get(dag.plan.dag_id)
        factories.setdefault(PurePosixPath(home).parent.name if home else "", []).append(dag)
    found = [dag_tests(dag, tested.blocks.get(dag.plan.dag_id, ())) for dag in factories.pop("", [])]
    found += [factory_tests(name, dags) for name, dags in factories.items()]
    return [module for module in found if module is not None]


def _project_modules(plan: MigrationPlan, package: str) -> list[Module]:
    modules = []
    if plan.resources:
        classes = render_classes(plan.resources, package)
        modules += [*([classes] if classes.blocks else []), render_instances(plan.resources, package)]
    dbt = render_dbt_projects(plan.dbt_projects, package)
    modules += [dbt] if dbt is not None else []
    if plan.external_assets:
        module = Module(f"src/{package}/defs/external_assets.py", f"{package}.defs.external_assets")
        render_external_assets(plan.external_assets, module)
        modules.append(module)
    return modules
