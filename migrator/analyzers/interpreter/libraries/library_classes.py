"""Classes and functions of libraries that are read as code: for each file of `library_code`, what library name each of them has.

They are made of code that the interpreter evaluates, and so behave in derived classes, in `with` and in loops as the team's own.
"""

from __future__ import annotations

import functools
import importlib
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import libcst as cst

from migrator.analyzers.interpreter.values import METACLASSES, Call, Class, Env, External, LoadedModule

if TYPE_CHECKING:
    from migrator.analyzers.interpreter.machine import Machine

_FOLDER = Path(__file__).with_name("library_code")
_ABSTRACT = (
    "Sized Hashable Callable Container Iterable Iterator Collection Sequence MutableSequence Set MutableSet Mapping "
    "MutableMapping"
).split()
_BASES = {
    **{f"{module}.{name}": ("collections_", name) for module in ("collections.abc", "typing") for name in _ABSTRACT},
    **{f"contextlib.{name}": ("contextlib_", name) for name in ("AbstractContextManager", "ContextDecorator")},
    "string.Template": ("other_", "Template"),
}
"""Classes that are read as code where a class derives from them."""
_MADE = {
    **{f"collections.{name}": ("collections_", name) for name in ("UserDict", "UserList", "UserString")},
    **{f"contextvars.{name}": ("contextvars_", name) for name in ("ContextVar", "Token")},
    **{f"queue.{name}": ("queue_", name) for name in ("Queue", "LifoQueue", "PriorityQueue")},
    "queue.SimpleQueue": ("queue_", "Queue"),
    "threading.local": ("queue_", "local"),
    **{f"threading.{name}": ("queue_", "Lock") for name in ("Lock", "RLock", "Semaphore", "BoundedSemaphore")},
    **{
        f"concurrent.futures.{package}{name}": ("queue_", "Executor")
        for package, name in (
            ("", "ThreadPoolExecutor"),
            ("", "ProcessPoolExecutor"),
            ("thread.", "ThreadPoolExecutor"),
            ("process.", "ProcessPoolExecutor"),
        )
    },
    **{
        f"weakref.{name}": ("weakref_", name) for name in ("ref", "WeakValueDictionary", "WeakKeyDictionary", "WeakSet")
    },
    "types.ModuleType": ("other_", "ModuleType"),
    "argparse.Namespace": ("other_", "Namespace"),
    "airflow.providers.google.cloud.operators.dataproc.ClusterGenerator": ("dataproc_", "ClusterGenerator"),
    "string.Formatter": ("other_", "Formatter"),
    "box.Box": ("settings_", "Box"),
    "munch.Munch": ("settings_", "Munch"),
    "addict.Dict": ("settings_", "Dict"),
    "easydict.EasyDict": ("settings_", "EasyDict"),
    "attrdict.AttrDict": ("settings_", "EasyDict"),
    "omegaconf.DictConfig": ("settings_", "DictConfig"),
    "decouple.Csv": ("settings_", "Csv"),
    "environs.Env": ("settings_", "Env"),
    "ruamel.yaml.YAML": ("settings_", "YAML"),
}
"""Classes that are read as code wherever they stand."""
_FUNCTIONS = {
    "functools.cmp_to_key": ("other_", "cmp_to_key"),
    "concurrent.futures.as_completed": ("queue_", "as_completed"),
    "munch.munchify": ("settings_", "munchify"),
    "munch.unmunchify": ("settings_", "unmunchify"),
    "deepmerge.always_merger.merge": ("settings_", "always_merger_merge"),
    "mergedeep.merge": ("settings_", "mergedeep_merge"),
    "decouple.config": ("settings_", "config"),
    "dotenv.load_dotenv": ("settings_", "load_dotenv"),
    **{
        f"astro.sql.{path}{name}": ("astro_", name)
        for module, name in (
            ("append", "append"),
            ("cleanup", "cleanup"),
            ("data_validations.check_column", "check_column"),
            ("data_validations.check_table", "check_table"),
            ("dataframe", "dataframe"),
            ("drop", "drop_table"),
            ("export_to_file", "export_to_file"),
            ("load_file", "load_file"),
            ("merge", "merge"),
            ("raw_sql", "run_raw_sql"),
            ("transform", "transform"),
            ("transform", "transform_file"),
            ("", "get_value_list"),
        )
        for path in ("", f"operators.{module}.")
    },
    **{f"astro.sql.{name}": ("astro_", "export_to_file") for name in ("export_file", "export_table_to_file")},
    **{
        f"gusty.{path}": ("gusty_", path.rpartition(".")[2])
        for path in ("create_dag", "create_dags", "multi.create_dags")
    },
    **{
        f"{package}{name}": ("toolz_", name)
        for package in ("toolz.", "cytoolz.", "toolz.dicttoolz.", "toolz.itertoolz.", "toolz.functoolz.")
        for name in (
            "merge merge_with get_in valmap keymap itemmap valfilter keyfilter itemfilter assoc dissoc groupby concat concatv "
            "unique partition_all partition sliding_window compose pipe identity first second last take"
        ).split()
    },
    **{
        f"more_itertools.{name}": ("toolz_", name)
        for name in ("flatten", "collapse", "first", "last", "one", "always_iterable")
    },
    "more_itertools.unique_everseen": ("toolz_", "unique"),
    **{f"inflection.{name}": ("toolz_", name) for name in ("underscore", "camelize", "dasherize", "humanize")},
}
_STATIC = {
    f"{owner}.{name}": ("settings_", kind, name)
    for owner, kind, names in (
        ("omegaconf.OmegaConf", "OmegaConf", "create load merge to_container select"),
        ("box.Box", "Box", "from_yaml from_json"),
        ("munch.Munch", "Munch", "fromDict"),
    )
    for name in names.split()
}
"""Methods that are called on the class."""
PLAIN_BASES = METACLASSES | {
    *_BASES,
    *_MADE,
    "abc.ABC",
    "builtins.object",
    "typing.NamedTuple",
    "builtins.dict",
    "builtins.list",
    "builtins.str",
}
"""Library classes of which is known what they have: an attribute that a class which derives from them lacks is not there."""


def may_have(path: str, name: str) -> bool:
    """Whether a class that is read as code has the attribute in its library, though not in what is read here."""
    if path not in _BASES and path not in _MADE:
        return False
    module, _, kind = path.rpartition(".")
    if module.partition(".")[0] in sys.stdlib_module_names:
        return hasattr(getattr(importlib.import_module(module), kind, None), name)
    return not name.startswith("_")


@functools.cache
def _text(file: str) -> str:
    return (_FOLDER / f"{file}.py").read_text("utf-8")


@functools.cache
def _tree(file: str) -> cst.Module:
    """The file's syntax tree; evaluation changes no tree, and so all evaluations share it."""
    return cst.parse_module(_text(file))


def _module(machine: Machine, file: str) -> LoadedModule:
    """A file of `library_code`, evaluated once for each analyzed file that needs it."""
    found = machine.modules.standard.get(file)
    if found is None:
        name = file.rstrip("_")
        found = LoadedModule(name, f"<{name}>", _tree(file), _text(file), is_library=True)
        machine.modules.standard[file] = found
        machine.run(found.tree, Env(found, found.globals))
        for path, (home, member) in (*_BASES.items(), *_MADE.items()):
            if home == file:
                found.globals[member].bases.append(External(path))  # what `isinstance` and the like compare
        for cls in found.globals.values():
            if isinstance(cls, Class):
                cls.order = []
    return found


def base_class(machine: Machine, base: Any) -> Any:
    """What a class derives from, where its base is a class of the standard library that is read as code: that class."""
    if not isinstance(base, External):
        return base
    found = _BASES.get(base.path) or _MADE.get(base.path)
    return base if found is None else _module(machine, found[0]).globals[found[1]]


def member(machine: Machine, file: str, name: str) -> Any:
    """A class or function of `library_code`."""
    return _module(machine, file).globals[name]


def _calling(file: str, name: str) -> Callable[[Machine, Call], Any]:
    def call_it(machine: Machine, call: Call) -> Any:
        return machine.call(member(machine, file, name), call.args, call.kwargs, call.node, call.env)

    return call_it


def _of_class(file: str, kind: str, name: str) -> Callable[[Machine, Call], Any]:
    def call_it(machine: Machine, call: Call) -> Any:
        from migrator.analyzers.interpreter.language.attributes import get_attribute

        method = get_attribute(machine, member(machine, file, kind), name, call.node, call.env)
        return machine.call(method, call.args, call.kwargs, call.node, call.env)

    return call_it


CALLS: dict[str, Callable[[Machine, Call], Any]] = {
    **{path: _calling(*place) for path, place in (*_MADE.items(), *_FUNCTIONS.items())},
    **{path: _of_class(*place) for path, place in _STATIC.items()},
}
