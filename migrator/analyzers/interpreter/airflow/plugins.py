"""What plugins of the folder add to Airflow: functions in templates (`macros.its_name.function`), and names in Airflow 1's own packages.

In: an import (`from airflow.operators import StageOperator`, which Airflow 2 no longer knows), or names of plugins. Out: the class or functions of the
folder.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING, Any

from migrator.analyzers.import_paths import parents
from migrator.analyzers.interpreter.values import MISSING, Class, Env, Function, LoadedModule

if TYPE_CHECKING:
    from migrator.analyzers.interpreter.machine import Machine

_KINDS = {
    "airflow.operators": "operators",
    "airflow.sensors": "sensors",
    "airflow.hooks": "hooks",
    "airflow.macros": "macros",
}
_PLUGIN = "airflow.plugins_manager.AirflowPlugin"
_MAX_FILES = 200


def plugin_member(machine: Machine, package: str, name: str, env: Env) -> Any:
    """What a plugin adds to a package of Airflow's (`airflow.operators`, or `airflow.operators.its_name`) under this name."""
    above, _, last = package.rpartition(".")
    kind = _KINDS.get(package) or _KINDS.get(above)
    if kind is None:
        return MISSING
    for plugin in _plugins(machine, env.module.file):
        if package not in _KINDS and plugin.namespace.get("name") != last:
            continue
        for one in _listed(plugin, kind):
            if isinstance(one, (Class, Function)) and one.name == name:
                return one
    return MISSING


def plugin_macros(machine: Machine, file: str, names: Collection[str]) -> dict[str, dict[str, Function]]:
    """The functions that templates of a DAG in `file` find in `macros`, by the name of their plugin, for the plugins that are called so."""
    found: dict[str, dict[str, Function]] = {}
    for plugin in _plugins(machine, file) if names else ():
        name = plugin.namespace.get("name")
        functions = {one.name: one for one in _listed(plugin, "macros") if isinstance(one, Function)}
        if isinstance(name, str) and name in names and functions:
            found.setdefault(name, functions)
    return found


def _listed(plugin: Class, kind: str) -> list[Any]:
    listed = plugin.namespace.get(kind)
    return list(listed) if isinstance(listed, (list, tuple)) else []


def _plugins(machine: Machine, file: str) -> Iterator[Class]:
    """The classes of the plugins that a file finds."""
    for module in _plugin_modules(machine, file):
        for plugin in list(module.globals.values()):
            if isinstance(plugin, Class) and plugin.module is module and _PLUGIN in plugin.external_bases():
                yield plugin


def _plugin_modules(machine: Machine, file: str) -> list[LoadedModule]:
    """The modules of the folder's `plugins` that define plugins."""
    folder = machine.folder
    places = ["plugins", *(f"{above}/plugins" for above in parents(file) if above), *folder.extra_roots]
    found = []
    for place in dict.fromkeys(places):
        for found_file in folder.glob(place, "**/*.py")[:_MAX_FILES]:
            if "AirflowPlugin" in (folder.read_text(found_file) or ""):
                name = (
                    found_file.removeprefix(f"{place}/").removesuffix(".py").removesuffix("/__init__").replace("/", ".")
                )
                module = machine.modules.evaluate(machine, name, found_file)
                found += [module] if module is not None else []
    return found
