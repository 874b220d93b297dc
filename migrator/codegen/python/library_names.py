"""Which part of a library's name is the module to import from."""

from __future__ import annotations

import sys
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import find_spec


def module_of_name(module: str, qualname: str) -> tuple[str, str]:
    """The module and what is to be taken from it, of a name whose `module` may be a class or another object (`datetime.datetime`, `pathlib.Path`).

    Only Python's own library is looked at for it; of others the class is known by its capital.
    """
    parts = module.split(".")
    known = len(parts)
    if parts[0] in sys.stdlib_module_names:
        while known > 1 and not _is_module(".".join(parts[:known])):
            known -= 1
    else:
        known = next((n for n, part in enumerate(parts) if n and part[:1].isupper()), known)
    return ".".join(parts[:known]), ".".join([*parts[known:], qualname])


def _is_module(name: str) -> bool:
    """Whether there is a module of that name. Nothing is imported for it: the analyzed code says the name, and a module may do anything then."""
    top, *parts = name.split(".")
    if name in sys.modules:  # `os.path` is another module's name
        return True
    spec: ModuleSpec | None = find_spec(top)
    for number in range(len(parts)):
        if spec is None or spec.submodule_search_locations is None:
            return False
        spec = PathFinder.find_spec(".".join([top, *parts[: number + 1]]), spec.submodule_search_locations)
    return spec is not None
