"""Names that Airflow 1 put into its own packages: `from airflow.operators import StageOperator`, where a plugin of the folder lists that class.

In: the import. Out: the class or function of the folder, else MISSING. Airflow 2 no longer does so; DAGs written for 1.10 still read that way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from migrator.analyzers.interpreter.values import MISSING, Class, Env, Function, LoadedModule
from migrator.analyzers.source import parents

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
    for module in _plugin_modules(machine, env):
        for plugin in list(module.globals.values()):
            if not isinstance(plugin, Class) or plugin.module is not module or _PLUGIN not in plugin.external_bases():
                continue
            if package not in _KINDS and plugin.namespace.get("name") != last:
                continue
            listed = plugin.namespace.get(kind)
            for one in listed if isinstance(listed, (list, tuple)) else ():
                if isinstance(one, (Class, Function)) and one.name == name:
                    return one
    return MISSING


def _plugin_modules(machine: Machine, env: Env) -> list[LoadedModule]:
    """The modules of the folder's `plugins` that define plugins."""
    folder = machine.folder
    places = ["plugins", *(f"{above}/plugins" for above in parents(env.module.file) if above), *folder.extra_roots]
    found = []
    for place in dict.fromkeys(places):
        for file in folder.glob(place, "**/*.py")[:_MAX_FILES]:
            if "AirflowPlugin" in (folder.read_text(file) or ""):
                name = file.removeprefix(f"{place}/").removesuffix(".py").removesuffix("/__init__").replace("/", ".")
                module = machine.modules.evaluate(machine, name, file)
                found += [module] if module is not None else []
    return found
