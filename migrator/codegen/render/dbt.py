"""Projects of dbt that dagster-dbt runs: the module `dbt_projects`, and `@dbt_assets`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from migrator.codegen.python.module import Module
from migrator.codegen.python.naming import class_name
from migrator.codegen.python.serialize import Environment, literal, serialize, text_literal
from migrator.codegen.render.dag import DagCode
from migrator.codegen.render.function import Function, limit
from migrator.codegen.render.node import Node
from migrator.codegen.resources.resources import template
from migrator.model.assets import AssetKey
from migrator.model.bodies import RunDbt
from migrator.model.expressions import Expr
from migrator.model.plan import CreateAsset, CreateDbtProject

MODULE = "dbt_projects"
_TARGET = "target/dagster"
_CHECKED_BY = frozenset({"build", "test"})
"""Commands that run the tests of what they make, which are its asset checks then."""


def render_dbt_projects(projects: Sequence[CreateDbtProject], package: str) -> Module | None:
    """The module with the projects, and with the asset keys of what is in them; None where there are none."""
    if not projects:
        return None
    module = Module(
        f"src/{package}/{MODULE}.py",
        f"{package}.{MODULE}",
        "The dbt projects of the DAG folder, and the assets of what is in them.",
    )
    module.need(
        [
            "from collections.abc import Iterable",
            "from collections.abc import Mapping",
            "from collections.abc import Sequence",
            "from pathlib import Path",
            "from typing import Any",
            "import dagster as dg",
            "from dagster_dbt import DagsterDbtTranslator",
            "from dagster_dbt import DagsterDbtTranslatorSettings",
            "from dagster_dbt import DbtProject",
            f"from {package}.dags_folder import DAGS_FOLDER",
        ]
    )
    module.blocks.append(template(f"{MODULE}.py"))
    for project in projects:
        module.blocks.append(f"{project.name} = prepared({_project(project, module, package)})")
        module.blocks.append(_translator(project))
    return module


def _project(project: CreateDbtProject, module: Module, package: str) -> str:
    # Not where other runs of dbt leave theirs: what is read of the DAG folder should not depend on who ran dbt there last.
    arguments = [f"project_dir={_path(project.folder)}", f'target_path=Path("{_TARGET}")']
    if project.profiles:
        arguments.append(f"profiles_dir={_path(project.profiles)}")
    if project.profile:
        arguments.append(f"profile={text_literal(project.profile)}")
    if project.target is not None:
        arguments.append(f"target={module.use(serialize(project.target, Environment(package=package)))}")
    return f"DbtProject({', '.join(arguments)})"


def _path(folder: str) -> str:
    return f"Path(DAGS_FOLDER, {text_literal(folder)})" if folder not in ("", ".") else "Path(DAGS_FOLDER)"


def _translator(project: CreateDbtProject) -> str:
    """The class that gives what is in a project its asset keys: a few rules, and what they do not say by name."""
    sources: dict[str, Counter[AssetKey]] = {}
    models: Counter[AssetKey] = Counter()
    for name, key in project.keys.items():
        source, _, last = name.rpartition(".")
        if key[-1] == last:
            (sources.setdefault(source, Counter()) if source else models)[key[:-1]] += 1
    prefixes = {source: counts.most_common(1)[0][0] for source, counts in sources.items()}
    prefixes[""] = models.most_common(1)[0][0] if models else ()
    others = {
        name: list(key)
        for name, key in sorted(project.keys.items())
        if (*prefixes.get(name.rpartition(".")[0], ()), name.rpartition(".")[2]) != key
    }
    own = ", ".join(text_literal(part) for part in prefixes.pop(""))
    lines = [
        f"class {class_name(project.name)}Translator(TaskTranslator):",
        f'    """The asset keys of what is in `{project.folder}`, by which other jobs know it."""',
        "",
        "    def get_asset_key(self, dbt_resource_props: Mapping[str, Any]) -> dg.AssetKey:",
        '        name = dbt_resource_props["name"]',
    ]
    known = {source: list(prefix) for source, prefix in sorted(prefixes.items())}
    if known:
        lines += [
            '        if dbt_resource_props["resource_type"] == "source":',
            '            source = dbt_resource_props["source_name"]',
            f"            schemas = {literal(known)}",
            f"            return dg.AssetKey({_lookup(others, sources=True)}[*schemas.get(source, [source]), name])",
        ]
    lines.append(f"        return dg.AssetKey({_lookup(others, sources=False)}[{own}{', ' if own else ''}name])")
    return "\n".join(lines)


def _lookup(others: Mapping[str, list[str]], sources: bool) -> str:
    """The beginning of an expression that looks for what no rule says."""
    found = {name: key for name, key in others.items() if ("." in name) is sources}
    name = 'f"{source}.{name}"' if sources else "name"
    return f"{literal(found)}.get({name}) or " if found else ""


def dbt_node(dag: DagCode, operation: CreateAsset, body: RunDbt, function: Function) -> Node:
    """The `@dbt_assets` of a node; `function` has no lines yet."""
    module = function.module
    project = f"{dag.package}.{MODULE}"
    translator = f"{class_name(body.project)}Translator"
    module.need(
        [
            "from dagster_dbt import dbt_assets",
            f"from {project} import {body.project}",
            f"from {project} import {translator}",
        ]
    )
    resource, context = function.resource(body.resource), function.needs_context()
    for words in body.commands:
        command = f"[{', '.join(_word(function, word) for word in words)}]"
        if words[0] == "deps":
            function.line(f"{resource}.cli({command}).wait()")
        else:
            function.line(f"yield from {resource}.cli({command}, context={context}).stream()")
    about = [text_literal(operation.task_id), f"group_name={text_literal(operation.group)}"]
    if operation.owners:
        about.append(f"owners={dag.shared(literal(list(operation.owners)))}")
    if operation.tags:
        about.append(f"tags={dag.shared(literal(dict(operation.tags)))}")
    if body.after:
        about.append(f"after={dag.upstream(body.after, operation.partitioned)}")
    if _CHECKED_BY & {words[0] for words in body.commands}:
        about.append("checks=True")
    arguments = [("manifest", f"{body.project}.manifest_path"), ("project", body.project)]
    arguments += [
        (name, text_literal(value)) for name, value in (("select", body.select), ("exclude", body.exclude)) if value
    ]
    name = dag.node_name(operation.name)
    arguments += [("name", text_literal(name))] if name != function.name else []
    arguments.append(("dagster_dbt_translator", f"{translator}({', '.join(about)})"))
    if operation.partitioned and dag.partitions is not None:
        arguments.append(("partitions_def", dag.use_partitions(module)))
    if operation.retry is not None:
        arguments.append(("retry_policy", dag.retry(operation.retry, module)))
    if operation.pool:
        arguments.append(("pool", text_literal(operation.pool)))
    if operation.op_tags:
        arguments.append(("op_tags", literal(dict(operation.op_tags))))
    text = function.render(limit(function, operation), operation.description)
    return Node("dbt_assets", tuple(arguments), text, function.before, operation.name, function.name)


def _word(function: Function, word: Expr) -> str:
    if isinstance(word, Mapping):
        function.module.need(["import json"])
        return f"json.dumps({function.text(word)})"
    return function.text(word)
