"""gusty's `create_dag` and `create_dags`: a DAG of a folder whose files are tasks and whose subfolders are task groups.

Facts are gusty 0.23.1's `building.py` and `parsing/`, and absql's `files/parsers.py`, read in the packages.
"""

# ruff: noqa
# mypy: ignore-errors

import importlib.util
import json
import os
import re
from datetime import datetime, timedelta
from functools import partial

import pendulum
import yaml
from airflow import DAG
from airflow.operators.latest_only import LatestOnlyOperator
from airflow.sensors.external_task import ExternalTaskSensor
from airflow.utils.task_group import TaskGroup
from jinja2 import Template

from gusty.building import accepted_arguments, operator_class, own_dependencies

_FENCE = re.compile(r"^-{3,}\s*$", re.MULTILINE)
_COMMENT = re.compile(r"^/\*([\S\s]*?)\*/$", re.MULTILINE)
_OWN = (
    "operator dependencies external_dependencies file_path multi_task_spec python_callable_partials extra_callables "
    "absql_runner"
).split()
_DAG = (
    "description schedule schedule_interval timetable start_date end_date template_searchpath template_undefined "
    "user_defined_macros user_defined_filters default_args concurrency max_active_tasks max_active_runs "
    "max_consecutive_failed_dag_runs dagrun_timeout sla_miss_callback default_view orientation catchup "
    "on_success_callback on_failure_callback doc_md params access_control is_paused_upon_creation jinja_environment_kwargs "
    "render_template_as_native_obj tags owner_links auto_register fail_stop fail_fast dag_display_name deadline"
).split()
_GROUP = (
    "group_id prefix_group_id tooltip default_args ui_color ui_fgcolor add_suffix_on_collision group_display_name"
).split()


def _days_ago(n):
    return pendulum.today("UTC").add(days=-n)


def _named(functions):
    if isinstance(functions, list):
        functions = {function.__name__: function for function in functions}
    return {name.strip("!"): function for name, function in (functions or {}).items()}


def _constructor(function):
    def construct(loader, node):
        if node.id == "sequence":
            value = loader.construct_sequence(node, deep=True)
        elif node.id == "mapping":
            value = loader.construct_mapping(node, deep=True)
        else:
            value = yaml.safe_load(node.value)
        if isinstance(value, list):
            return function(*value)
        if isinstance(value, dict):
            return function(**value)
        return function() if value is None else function(value)

    return construct


def _frontmatter(path, loader):
    with open(path) as file:
        text = file.read()
    if text.startswith("---") and not path.endswith((".yml", ".yaml")):
        _, metadata, content = _FENCE.split(text, maxsplit=2)
        return yaml.load(metadata, Loader=loader), content.strip("\n")
    if text.startswith("/*") and path.endswith(".sql"):
        metadata = yaml.load(_COMMENT.match(text).group(1), Loader=loader)
        return metadata, text.partition("*/")[2].strip("\n")
    return yaml.load(text, Loader=loader), None


def _spec(path, loader):
    return _frontmatter(path, loader)[0]


def _spec_of_sql(path, loader):
    spec, text = _frontmatter(path, loader)
    spec["sql"] = text
    return spec


def _spec_of_python(path, loader):
    spec = {"operator": "airflow.operators.python.PythonOperator"}
    with open(path) as file:
        lines = [line.strip() for line in file if not line.startswith("#!") and "coding" not in line]
    if not lines or lines[0] != "# ---" or "# ---" not in lines[1:]:
        return spec
    header = [line[1:].removeprefix(" ") for line in lines[1 : lines.index("# ---", 1)]]
    spec.update(yaml.load("\n".join(header), Loader=loader) or {})
    named = {"python_callable": spec.get("python_callable"), **spec.get("extra_callables", {})}
    for argument, name in named.items():
        if name is not None:
            place = importlib.util.spec_from_file_location("".join(c for c in path if c.isalnum()), path)
            module = importlib.util.module_from_spec(place)
            place.loader.exec_module(module)
            spec[argument] = getattr(module, name)
    return spec


def _spec_of_notebook(path, loader):
    with open(path) as file:
        cells = json.load(file)["cells"]
    for cell in cells:
        source = cell["source"] if isinstance(cell["source"], str) else "".join(cell["source"])
        if cell["cell_type"] == "markdown" and source.startswith(("```yaml", "```yml")):
            return yaml.load(source.replace("```yaml", "").replace("```yml", "").replace("```", ""), Loader=loader)
    raise AssertionError("Please add a yaml block to " + path)


_PARSERS = {
    ".yml": _spec,
    ".yaml": _spec,
    ".Rmd": _spec,
    ".py": _spec_of_python,
    ".ipynb": _spec_of_notebook,
    ".sql": _spec_of_sql,
}


def _rendered(value, context):
    if isinstance(value, str) and "{{" in value:
        return Template(value).render(**context)
    if isinstance(value, dict):
        return {key: _rendered(item, context) for key, item in value.items()}
    if isinstance(value, list):
        return [_rendered(item, context) for item in value]
    return value


def _updated(spec, changes):
    spec = dict(spec)
    for key, value in changes.items():
        spec[key] = _updated(spec.get(key, {}), value) if isinstance(value, dict) else value
    return spec


def _external(dependencies):
    """Pairs of DAG and task that are waited for, and options of the sensors by DAG."""
    if isinstance(dependencies, dict):
        pairs = [(dag, task) for dag, details in dependencies.items() for task in details["tasks"]]
        return pairs, {
            dag: {key: value for key, value in details.items() if key != "tasks"}
            for dag, details in dependencies.items()
        }
    return [pair for one in dependencies for pair in one.items()], {}


class _Level:
    """A folder: the DAG, or one of its groups."""

    def __init__(self, folder, parent, files, parsers):
        self.folder, self.parent, self.name = folder, parent, os.path.basename(folder)
        self.metadata_path = os.path.join(folder, "METADATA.yml") if "METADATA.yml" in files else None
        self.paths = [
            os.path.join(folder, file)
            for file in files
            if file.endswith(tuple(parsers)) and file != "METADATA.yml" and not file.startswith(("_", "."))
        ]
        self.metadata = {}
        self.dependencies = []
        self.external_dependencies = []
        self.structure = None
        self.specs = []
        self.tasks = {}


class _Builder:
    def __init__(self, dag_dir, options, parse_hooks, dag_constructors, extra_tags, render_on_create):
        macros = options.get("user_defined_macros") or {}
        functions = {"days_ago": _days_ago, "timedelta": timedelta, "datetime": datetime}
        functions.update(_named(dag_constructors))
        functions.update(macros)
        options["user_defined_macros"] = {**_named(dag_constructors), **macros}

        class Loader(yaml.SafeLoader):
            pass

        for name, function in functions.items():
            Loader.add_constructor("!" + name, _constructor(function))
        self.loader, self.context = Loader, functions
        self.parsers = {**_PARSERS, **parse_hooks}
        self.extra_tags, self.render_on_create = extra_tags, render_on_create
        self.options = options
        self.group_options = options.pop("task_group_defaults")
        self.waiting = {"poke_interval": 10, "timeout": 3600, "retries": 60, **options.pop("wait_for_defaults")}
        self.sensor = options.pop("wait_for_class", ExternalTaskSensor)
        self.leaves_given = options.pop("leaf_tasks_from_dict", {})
        self.waits = {}
        self.all_tasks = {}
        self.levels = self.folders(dag_dir)
        self.root = self.levels[0]

    def folders(self, dag_dir):
        above = os.path.basename(os.path.dirname(dag_dir))
        found = {}
        for folder, _, files in os.walk(dag_dir):
            if os.path.basename(folder).startswith(("_", ".")) or os.path.exists(folder + "/.gustyignore"):
                continue
            parent = os.path.dirname(folder)
            parent = None if os.path.basename(parent) == above else found[os.path.abspath(parent)]
            folder = os.path.abspath(folder)
            found[folder] = _Level(folder, parent, files, self.parsers)
        return list(found.values())

    def parsed(self, path):
        parse = self.parsers[os.path.splitext(path)[1]]
        spec = parse(path, self.loader) if parse in _PARSERS.values() else parse(path)
        if self.render_on_create:
            spec = {key: value if key == "sql" else _rendered(value, self.context) for key, value in spec.items()}
        spec["task_id"] = os.path.splitext(os.path.basename(path))[0].lower().strip()
        spec["file_path"] = path
        many = dict(spec.get("multi_task_spec") or {})
        for task_id, given in (spec.get("python_callable_partials") or {}).items():
            called = {"python_callable": partial(spec["python_callable"], **given)}
            many[task_id] = {**many.get(task_id, {}), **called}
        return [_updated({**spec, "task_id": task_id}, changes or {}) for task_id, changes in many.items()] or [spec]

    def read_metadata(self, level):
        is_root = level.parent is None
        metadata = dict(self.options if is_root else self.group_options)
        own = {}
        if level.metadata_path:
            own = _rendered(_spec(level.metadata_path, self.loader) or {}, self.context)
            if is_root and "default_args" in metadata and "default_args" in own:
                own["default_args"] = {**metadata["default_args"], **own["default_args"]}
            if is_root and "wait_for_defaults" in own:
                self.waiting.update(own["wait_for_defaults"])
        metadata.update(own)
        if is_root and self.extra_tags:
            metadata["tags"] = [*metadata.get("tags", []), *self.extra_tags]
        level.metadata = metadata
        if "dependencies" in own or "external_dependencies" in own:
            level.dependencies = own.get("dependencies", level.dependencies)
            level.external_dependencies = own.get("external_dependencies", level.external_dependencies)
        elif is_root and "external_dependencies" in metadata:
            level.external_dependencies = metadata["external_dependencies"]

    def make_structure(self, level):
        if level.parent is None:
            level.structure = DAG(level.name, **{key: level.metadata[key] for key in _DAG if key in level.metadata})
            return
        given = {"group_id": level.name, "prefix_group_id": False, "dag": self.root.structure}
        if level.parent.parent is not None:
            given["parent_group"] = level.parent.structure
        given.update({key: level.metadata[key] for key in _GROUP if key in level.metadata})
        level.prefixed = given["prefix_group_id"]
        level.structure = TaskGroup(**given)

    def read_specs(self, level):
        level.specs = [spec for path in level.paths for spec in self.parsed(path)]
        if level.parent is None:
            there = [spec["task_id"] for spec in level.specs]
            for task_id, spec in self.leaves_given.items():
                if task_id.lower().strip() not in there:
                    level.specs.append({**spec, "task_id": task_id.lower().strip()})
            return
        for spec in level.specs:
            spec["task_id"] = self.renamed(level, spec["task_id"])

    def renamed(self, level, task_id):
        if level.metadata.get("suffix_group_id", False):
            return task_id + "_" + level.name
        return level.name + "_" + task_id if level.prefixed else task_id

    def make_task(self, level, spec):
        operator = operator_class(spec["operator"])
        accepted = accepted_arguments(operator)
        given = {
            key: value for key, value in spec.items() if (key not in _OWN if accepted is None else key in accepted)
        }
        given.update(task_id=spec["task_id"], dag=self.root.structure)
        if level.parent is not None:
            given["task_group"] = level.structure
        return operator(**given)

    def make_tasks(self, level):
        level.tasks = {spec["task_id"]: self.make_task(level, spec) for spec in level.specs}
        self.all_tasks.update(level.tasks)

    def children(self, level):
        return {one.name: one.structure for one in self.levels if one.parent is level}

    def wait_for(self, dependencies):
        """The sensors of these tasks of other DAGs, each made once."""
        pairs, options = _external(dependencies)
        found = {}
        for dag_id, task_id in pairs:
            whole = task_id == "all"
            name = "wait_for_DAG_" + dag_id if whole else "wait_for_" + dag_id + "_" + task_id
            if name not in self.waits:
                given = {}
                if self.sensor.__name__ not in ("EmptyOperator", "DummyOperator"):
                    given = {**self.waiting, **options.get(dag_id, {})}
                    given.update(external_dag_id=dag_id, external_task_id=None if whole else task_id)
                self.waits[name] = self.sensor(dag=self.root.structure, task_id=name, **given)
            found[name] = self.waits[name]
        return found

    def relate_level(self, level):
        if level.parent is not None:
            siblings = {**level.parent.tasks, **self.children(level.parent)}
            for name in level.dependencies or []:
                if name in siblings and siblings[name] is not level.structure:
                    level.structure.set_upstream(siblings[name])

    def relate_tasks(self, level):
        known = {**self.all_tasks, **self.children(level)}
        for spec in level.specs:
            task = level.tasks[spec["task_id"]]
            names = list(own_dependencies(task))
            own = spec.get("dependencies", [])
            names += own
            if level.parent is not None:
                names += [name for name in (self.renamed(level, one) for one in own) if name in known]
            for name in dict.fromkeys(names):
                if name in known:
                    task.set_upstream(known[name])

    def wait_in_tasks(self, level):
        for spec in level.specs:
            for sensor in self.wait_for(spec.get("external_dependencies", [])).values():
                level.tasks[spec["task_id"]].set_upstream(sensor)

    def wait_in_level(self, level):
        if level.parent is not None:
            for sensor in self.wait_for(level.external_dependencies or []).values():
                level.structure.set_upstream(sensor)

    def add_leaves(self):
        root = self.root
        named = [*root.metadata.get("leaf_tasks", []), *self.leaves_given]
        leaves = {name: task for name, task in root.tasks.items() if name in named}
        known = {**root.tasks, **self.children(root)}
        ends = [
            one
            for name, one in known.items()
            if name not in leaves and name not in root.metadata.get("root_tasks", []) and not one.downstream_task_ids
        ]
        for one in ends:
            for leaf in leaves.values():
                leaf.set_upstream(one)

    def add_roots(self):
        root = self.root
        starts = {
            name: one
            for name, one in {**root.tasks, **self.children(root)}.items()
            if not isinstance(one, TaskGroup) or not one.upstream_group_ids
        }
        known = {**starts, **self.waits}
        first = {name: task for name, task in root.tasks.items() if name in root.metadata.get("root_tasks", [])}
        for name, one in known.items():
            if name not in first and all(above.startswith("wait_for_") for above in one.upstream_task_ids):
                for task in first.values():
                    one.set_upstream(task)
        sensors = self.wait_for(root.external_dependencies or [])
        for name, one in known.items():
            if not one.upstream_task_ids:
                for other, sensor in sensors.items():
                    if other != name:
                        one.set_upstream(sensor)
        known.update(sensors)
        if root.metadata.get("latest_only", True):
            latest = LatestOnlyOperator(task_id="latest_only", dag=root.structure)
            for one in known.values():
                if not one.upstream_task_ids:
                    one.set_upstream(latest)

    def build(self):
        for level in self.levels:
            self.read_metadata(level)
        if self.root.metadata.get("ignore_subfolders", False):
            self.levels = [self.root]
        for step in (
            self.make_structure,
            self.read_specs,
            self.make_tasks,
            self.relate_level,
            self.relate_tasks,
            self.wait_in_tasks,
            self.wait_in_level,
        ):
            for level in self.levels:
                step(level)
        self.add_leaves()
        self.add_roots()
        return self.root.structure


def create_dag(
    dag_dir,
    task_group_defaults=None,
    wait_for_defaults=None,
    latest_only=True,
    parse_hooks=None,
    dag_constructors=None,
    extra_tags=None,
    render_on_create=False,
    **kwargs,
):
    options = {
        **kwargs,
        "latest_only": latest_only,
        "task_group_defaults": task_group_defaults or {},
        "wait_for_defaults": wait_for_defaults or {},
    }
    dag_dir = str(dag_dir)
    return _Builder(dag_dir, options, parse_hooks or {}, dag_constructors, extra_tags or [], render_on_create).build()


def create_dags(
    dags_dir,
    caller_env,
    concurrent=False,
    concurrent_timeout=None,
    max_concurrency=8,
    current_dag_id=None,
    **kwargs,
):
    for name in os.listdir(dags_dir):
        folder = os.path.join(dags_dir, name)
        if os.path.isdir(folder) and not name.endswith("__") and current_dag_id in (None, name):
            caller_env[name] = create_dag(folder, **kwargs)
