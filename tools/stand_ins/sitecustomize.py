"""Stands in for the libraries that MIGRATOR_STAND_INS names, in processes that have this folder on their path: they are imported, and nothing of
them does anything. Only so can code be loaded whose libraries are not installed."""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import os
import sys
import types
from typing import Any

_NAMES = frozenset(filter(None, os.environ.get("MIGRATOR_STAND_INS", "").split(",")))


class _AnyClass(type):
    """The class of classes that have every attribute."""

    def __getattr__(cls, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return _made(name)

    def __getitem__(cls, item: object) -> Any:
        return cls


class _Anything(metaclass=_AnyClass):
    """An object that has every attribute and takes every call; as a decorator it gives the function back. Those made alike are equal, as a
    library's records are."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        self._made = (type(self).__name__, args, kwargs)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Anything) and self._made == other._made

    __hash__ = object.__hash__

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return _Anything()

    def __call__(self, *args: Any, **kwargs: object) -> Any:
        return args[0] if len(args) == 1 and callable(args[0]) and not kwargs else _Anything()


def _made(name: str) -> type:
    if name.startswith("Pipes") and name.endswith("Client"):
        return _pipes_client(name)
    return type(name, (Exception,) if name.endswith(("Error", "Exception")) else (_Anything,), {})


def _pipes_client(name: str) -> type:
    """A class that Dagster takes for a resource, which it tells by their bases."""
    from dagster import PipesClient
    from dagster._core.definitions.resource_annotation import TreatAsResourceParam

    def nothing(self: object, *args: object, **kwargs: object) -> None:
        pass

    return type(name, (PipesClient, TreatAsResourceParam), {"__init__": nothing, "run": nothing})


class _Library(types.ModuleType):
    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return _made(name)


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def find_spec(self, name: str, path: object, target: object = None) -> importlib.machinery.ModuleSpec | None:
        found = any(name == known or name.startswith(f"{known}.") for known in _NAMES)
        return importlib.machinery.ModuleSpec(name, self, is_package=True) if found else None

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> types.ModuleType:
        return _Library(spec.name)

    def exec_module(self, module: types.ModuleType) -> None:
        pass


if _NAMES:
    sys.meta_path.append(_Finder())
