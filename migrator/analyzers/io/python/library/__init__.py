"""Which calls of which libraries read and write what: data, one module for each family of libraries.

A `Package` lists the functions of a library and the methods of the objects that it makes. Each call has accesses in a small
language, parsed when first asked for:

    read file {path|filepath:0}              reads the file that the argument `path`, `filepath` or the first one names
    write table [{schema}.]{name:0}          a part in brackets falls away where its argument is not given
    write object s3://{Bucket}/{Key}         literal text around arguments
    read object gs://{bucket@bucket_name:0}/{blob@blob_name:0}
                                             `step@`: an argument of the call of that name on the way to the object
    sql {sql:0}                              the argument is SQL
    open {file:0} {mode:1}                   a file, in the direction that the mode says
    api {url:1} {method:0}                   a web address, read where the method is GET
    http {endpoint:0} {HttpHook@method:0}    the same below an Airflow connection
    ask {url:0} {json|data}                  a web address, read where what is sent is a query
    read object sftp://{@}/{path:0}          `{@}`: the Airflow connection of the object
    read object sftp://{#}/{path:0}          `{#}`: the host that the object is connected with
    read object {options.path}               what the dict `options` has under `path`
    describe table {table:0}                 what a table is like: a read where the code fails because of it
    make table {table:0}                     a table that is made empty: a write that is possible at most
    remove file {path:0}                     a file that is gone afterwards
    read dataset {features!::1}              `!:`: the text in front of the first `:` only
    read object ftp://{#}/{cmd! :0}          `! `: the text behind the first blank only
    read table {identifier!.:0}              `!.`: a tuple of parts is one name, too
    write table {Solr@url!/:0}               `!/`: what is behind the last slash only
    copy {filename:1} {sql:0}                a file that the SQL copies from or to
    job {configuration:0}                    what the configuration of a job names, its SQL too (BigQuery)
    check                                    fails where data are not as they should be

Kinds: `file` (an object where the name is a URL), `object`, `table`, `api`, `model`, `stream`, `dataset`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import field
from functools import cache, lru_cache

from migrator.analyzers.io.python.library.any import METHODS, SYSTEMS
from migrator.analyzers.io.python.values import Made
from migrator.model.assets import Direction
from migrator.model.frozen import dataclass

Accesses = tuple[str, ...]
Table = Mapping[str, str | Accesses]

_ARGUMENT = re.compile(r"\{(?:([\w|\[\]]+)@)?([\w|.]*)(?:!(.))?(?::(\d+))?\}")
_PIECE = re.compile(r"\[[^\[\]]*\{[^{}]*\}[^\[\]]*\]|\{[^{}]*\}|[^\[{]+")


@dataclass(frozen=True, slots=True)
class Package:
    """Calls of one library. `roots` are the paths under which its functions and the classes of its objects are imported."""

    roots: tuple[str, ...]
    functions: Table = field(default_factory=dict)
    """By name below a root (`read_csv`, `s3.to_parquet`)."""
    methods: Table = field(default_factory=dict)
    """Of objects that come from a root, however many steps away."""
    system: str | None = None
    """What stores what they name, as a Dagster kind."""
    service: str | None = None
    """For boto3: the first argument of the call that made the client."""
    through: tuple[str, ...] = ()
    """Steps that lead to the object, all of them."""


@dataclass(frozen=True, slots=True)
class Argument:
    """Where a part of a name stands: argument `names` or `position` of the call, or of the step `steps` before it."""

    names: tuple[str, ...]
    position: int | None
    steps: tuple[str, ...] = ()
    until: str | None = None
    """`:` for the text in front of the first colon only, a blank for that behind the first blank, `/` for that behind the last slash; `.` where
    a tuple is one name."""


@dataclass(frozen=True, slots=True)
class Access:
    """One thing that a call touches. `direction` is None for `sql`, `open`, `api`, `http`, `ask`, `copy`, `check`, `job` and `remove`. `template`: literal texts, arguments, and optional groups."""

    kind: str
    direction: Direction | None
    template: tuple[str | Argument | tuple[str | Argument, ...], ...]
    empty: bool = False
    """Whether what is written holds no data yet."""


@lru_cache(maxsize=4096)
def parsed(text: str) -> Access:
    """An access from its text."""
    verb, _, rest = text.partition(" ")
    if verb in ("sql", "open", "api", "http", "ask", "copy", "check", "job"):
        return Access(verb, None, tuple(_template(rest.replace("} {", "}{"))))
    kind, _, rest = rest.partition(" ")
    if verb == "describe":
        return Access(verb, Direction.INPUT, tuple(_template(rest)))
    if verb == "remove":
        return Access(verb, None, tuple(_template(rest)))
    direction = Direction.INPUT if verb == "read" else Direction.OUTPUT
    return Access(kind, direction, tuple(_template(rest)), verb == "make")


def _template(text: str) -> Iterator[str | Argument | tuple[str | Argument, ...]]:
    for match in _PIECE.finditer(text):
        piece = match[0]
        if piece.startswith("["):
            yield tuple(part for part in _template(piece[1:-1]) if not isinstance(part, tuple))
        elif (argument := _ARGUMENT.fullmatch(piece)) is not None:
            steps = tuple(argument[1].split("|")) if argument[1] else ()
            position = int(argument[4]) if argument[4] else None
            yield Argument(tuple(filter(None, argument[2].split("|"))), position, steps, argument[3])
        else:
            yield piece


@cache
def packages() -> tuple[Package, ...]:
    """All libraries, the more special ones first."""
    from migrator.analyzers.io.python.library import (
        aws,
        azure,
        cloud,
        databases,
        files,
        frames,
        google,
        hooks,
        models,
        quality,
        web,
    )

    modules = (hooks, aws, google, azure, cloud, models, quality, web, databases, frames, files)
    return tuple(package for module in modules for package in module.PACKAGES)


@cache
def _functions() -> Mapping[str, tuple[Package, Accesses]]:
    found: dict[str, tuple[Package, Accesses]] = {}
    for package in packages():
        for root in package.roots:
            for name, accesses in package.functions.items():
                found.setdefault(f"{root}.{name}", (package, _several(accesses)))
    return found


@cache
def _by_root() -> Mapping[str, tuple[Package, ...]]:
    found: dict[str, list[Package]] = {}
    for package in packages():
        for root in package.roots:
            found.setdefault(root, []).append(package)
    return {root: tuple(several) for root, several in found.items()}


def function_accesses(path: str) -> tuple[Package, Accesses] | None:
    """What a function of a library, or a method of one of its classes, touches."""
    found = _functions().get(path)
    owner, _, name = path.rpartition(".")
    if found is not None or not owner.rpartition(".")[2][:1].isupper():
        return found
    for package in packages_of(Made(owner)):
        if name in package.methods:
            return package, _several(package.methods[name])
    return None


def packages_of(made: Made) -> Iterator[Package]:
    """The libraries that an object may belong to, the longest path first."""
    for package in _below(made.root):
        if package.service is not None and _service(made) != package.service:
            continue
        if all(made.step(name) is not None for name in package.through):
            yield package


@lru_cache(maxsize=4096)
def _below(root: str) -> tuple[Package, ...]:
    """The libraries of a path and of the paths that it begins with, the longest first."""
    found: list[Package] = []
    path = hook_path(root)
    while path:
        found += _by_root().get(path, ())
        path = path.rpartition(".")[0]
    return tuple(found)


def method_accesses(made: Made | None, name: str) -> tuple[Package | None, Accesses] | None:
    """What a method of an object touches; by its name alone where that leaves no doubt."""
    if made is not None:
        for package in packages_of(made):
            found = package.methods.get(name)
            if found is not None:
                return package, _several(found)
    found = METHODS.get(name)
    if found is None:
        return None
    return Package((), system=SYSTEMS[name]) if name in SYSTEMS else None, _several(found)


def hook_path(path: str) -> str:
    """Airflow's hooks by their class alone: their modules moved many times."""
    top, name = path.partition(".")[0], path.rpartition(".")[2]
    return f"airflow.hook.{name}" if top == "airflow" and name.endswith("Hook") else path


def _service(made: Made) -> str | None:
    step = next((one for one in made.steps if one.name in ("client", "resource") and one.args), None)
    step = step or made.step("client", "resource")
    value = step.argument(0, "service_name") if step is not None else None
    return value if isinstance(value, str) else None


def _several(accesses: str | Accesses) -> Accesses:
    return (accesses,) if isinstance(accesses, str) else accesses
