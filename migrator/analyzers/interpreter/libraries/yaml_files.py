"""Reading YAML of the folder's own files, bounded in size, with the tags that the analyzed code gives a meaning."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from migrator.analyzers.interpreter.airflow.objects import AirflowObject
from migrator.analyzers.interpreter.language.operations import MAX_ITEMS
from migrator.analyzers.interpreter.libraries.builtin_functions import no
from migrator.analyzers.interpreter.libraries.data_files import loader
from migrator.analyzers.interpreter.libraries.regular_expressions import is_bounded
from migrator.analyzers.interpreter.values import (
    MISSING,
    BoundMethod,
    Call,
    Class,
    Env,
    External,
    Function,
    Instance,
    Native,
    RaiseSignal,
)

if TYPE_CHECKING:
    import libcst as cst

    from migrator.analyzers.interpreter.machine import Machine


@dataclass(slots=True)
class Tags:
    """What the analyzed code gives a meaning: constructors by tag and by what tags begin with, and tags of plain texts by their form."""

    constructors: dict[str, Callable[[Any, Any], Any]] = field(default_factory=dict)
    prefixes: dict[str, Callable[[Any, str, Any], Any]] = field(default_factory=dict)
    forms: list[tuple[str, Form, Any]] = field(default_factory=list)


def parse_yaml(text: str, tags: Tags | None = None) -> Any:
    """YAML without tags that make objects, of bounded size. ValueError if it is a bomb of aliases, or not one document."""
    documents = parse_documents(text, tags)
    if len(documents) > 1:
        raise ValueError("expected a single document in the stream")
    return documents[0] if documents else None


def parse_documents(text: str, tags: Tags | None = None) -> list[Any]:
    """All documents of a YAML stream. ValueError where they are too large, shared parts counted each time."""
    import yaml

    if len(text) > 2_000_000:
        raise ValueError("the YAML is too large")
    kind: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    if tags:
        kind = type("TaggedLoader", (yaml.SafeLoader,), {})
        for tag, construct in tags.constructors.items():
            kind.add_constructor(tag, construct)
        for prefix, build in tags.prefixes.items():
            kind.add_multi_constructor(prefix, build)
        for tag, form, first in tags.forms:
            kind.add_implicit_resolver(tag, form, first)
    reader = kind(text)
    documents = []
    try:
        while reader.check_node():
            node = reader.get_node()
            if merged_size(node, {}, 0) > MAX_ITEMS:
                raise ValueError("the YAML is too large")
            documents.append(reader.construct_document(node))
    finally:
        reader.dispose()
    if sum(map(expanded_size, documents)) > MAX_ITEMS:
        raise ValueError("the YAML is too large")
    return documents


def merged_size(node: Any, seen: dict[int, int], depth: int) -> int:
    """An upper bound of the pairs that building a document copies for its merge keys (`<<`)."""
    if id(node) in seen or not isinstance(node.value, list):
        return seen.get(id(node), 1)
    if depth > 200:
        return MAX_ITEMS + 1
    seen[id(node)] = 1
    total = 1
    for part in node.value:
        for child in part if isinstance(part, tuple) else (part,):
            total += merged_size(child, seen, depth + 1)
            if total > MAX_ITEMS:
                break
    seen[id(node)] = total
    return total


def expanded_size(value: Any, seen: dict[int, int] | None = None, open_: set[int] | None = None) -> int:
    """How many values there are when shared ones are counted each time; beyond any limit for a cycle."""
    seen, open_ = {} if seen is None else seen, set() if open_ is None else open_
    if not isinstance(value, (dict, list)):
        return 1
    if id(value) in open_ or len(open_) > 200:
        return MAX_ITEMS + 1
    if id(value) not in seen:
        open_.add(id(value))
        items = list(value.values()) if isinstance(value, dict) else value
        seen[id(value)] = 1 + sum(expanded_size(item, seen, open_) for item in items)
        open_.discard(id(value))
    return seen[id(value)]


_CONSTRUCTING = ("construct_scalar", "construct_sequence", "construct_mapping", "construct_object")


class TagReader(AirflowObject):
    """The loader that a constructor of the analyzed code is given."""

    __slots__ = ("reader",)

    def __init__(self, reader: Any) -> None:
        self.reader = reader

    def attribute(self, machine: Machine, name: str, node: cst.CSTNode, env: Env) -> Any:
        if name not in _CONSTRUCTING:
            return MISSING

        def construct(m: Machine, call: Call) -> Any:
            given = call.args[0] if call.args else None
            if not isinstance(given, TagNode):
                return no(m, call)
            options = {} if name in ("construct_scalar",) else {"deep": True}
            try:
                return getattr(self.reader, name)(given.node, **options)
            except RaiseSignal:
                raise
            except Exception as error:
                raise RaiseSignal(type(error).__name__, str(error)[:200]) from None

        return Native(name, construct)


class TagNode(AirflowObject):
    """The node that a constructor of the analyzed code is given."""

    __slots__ = ("node",)

    def __init__(self, node: Any) -> None:
        self.node = node

    def attribute(self, machine: Machine, name: str, node: cst.CSTNode, env: Env) -> Any:
        if name == "value":
            plain = isinstance(self.node.value, str)
            return self.node.value if plain else [TagNode(one) for one in self.node.value if hasattr(one, "tag")]
        return getattr(self.node, name) if name in ("tag", "id") else MISSING


_ADDING = ("add_constructor", "add_multi_constructor", "add_implicit_resolver")


class Form:
    """A pattern that texts without a tag are compared with, as far as that has a bound."""

    def __init__(self, machine: Machine, pattern: re.Pattern[str]) -> None:
        self.machine, self.pattern = machine, pattern

    def match(self, text: str) -> re.Match[str] | None:
        """Raises ValueError where the comparison may take too long."""
        if not is_bounded(self.machine, self.pattern, 0, text):
            raise ValueError("the form of a text may take too long to compare")
        return self.pattern.match(text)


def adding_method(loader_class: Any, name: str) -> Native | None:
    """`Loader.add_constructor` and the like; None for other names."""
    return Native(name, lambda m, call: add(m, loader_class, name, call)) if name in _ADDING else None


def add(machine: Machine, loader_class: Any, name: str, call: Call) -> None:
    """`Loader.add_constructor(tag, function)`, `add_multi_constructor(prefix, function)`, `add_implicit_resolver(tag, regexp, first)`."""
    tag, what = call.args[0] if call.args else next(iter(call.kwargs.values()), None), call.argument(1, "constructor")
    given = machine.yaml_tags.setdefault(_key(loader_class), {})
    if isinstance(tag, str) and name == "add_implicit_resolver":
        pattern = call.argument(1, "regexp")
        if isinstance(pattern, re.Pattern):
            given[name, tag] = (pattern, call.argument(2, "first"))
    elif isinstance(tag, str):
        given[name, tag] = call.argument(1, "multi_constructor", what) if "multi" in name else what


def _key(loader_class: Any) -> Any:
    if isinstance(loader_class, Class):
        return id(loader_class)
    path = getattr(loader_class, "path", "yaml.SafeLoader")
    return path.replace("CSafe", "Safe").replace("CLoader", "Loader")


def _tags(machine: Machine, loader_class: Any, stream: Any, call: Call) -> Tags | None:
    """The meanings that code gave for a loader class or one that it derives from; None where it gave none."""
    classes = loader_class.mro() if isinstance(loader_class, Class) else [loader_class]
    given: dict[tuple[str, str], Any] = {}
    for one in reversed(classes):
        given.update(machine.yaml_tags.get(_key(one), {}))
    if not given:
        return None
    made: list[Any] = []

    def own(reader: Any) -> Any:
        if not made:
            made.append(_loader_object(machine, loader_class, stream, reader, call))
        return made[0]

    def run(function: Any, reader: Any, *rest: Any) -> Any:
        return machine.call(function, [own(reader), *rest], {}, call.node, call.env)

    def constructor(function: Any) -> Callable[[Any, Any], Any]:
        return lambda reader, node: run(function, reader, TagNode(node))

    def by_suffix(function: Any) -> Callable[[Any, str, Any], Any]:
        return lambda reader, suffix, node: run(function, reader, suffix, TagNode(node))

    tags = Tags()
    for (name, tag), what in given.items():
        if name == "add_implicit_resolver":
            tags.forms.append((tag, Form(machine, what[0]), what[1]))
        elif name == "add_constructor":
            tags.constructors[tag] = constructor(what)
        else:
            tags.prefixes[tag] = by_suffix(what)
    return tags


def _loader_object(machine: Machine, loader_class: Any, stream: Any, reader: Any, call: Call) -> Any:
    """What constructors get as their loader: an instance of the code's own class, where it has an `__init__`."""
    plain = TagReader(reader)
    if not isinstance(loader_class, Class) or not isinstance(loader_class.find("__init__"), Function):
        return plain
    methods = {name: plain.attribute(machine, name, call.node, call.env) for name in _CONSTRUCTING}
    made = Instance(loader_class, methods)
    init = BoundMethod(loader_class.find("__init__"), made)
    machine.call(init, [stream], {}, call.node, call.env)
    return made


def _load(parse: Callable[[str, Tags | None], Any], fixed: str | None = None) -> Callable[[Machine, Call], Any]:
    """`yaml.load(stream, Loader)` and its like."""

    def apply(machine: Machine, call: Call) -> Any:
        given = External(fixed) if fixed else call.argument(1, "Loader", External("yaml.SafeLoader"))
        tags = _tags(machine, given, call.argument(0, "stream"), call)
        stream = Call(call.args[:1], {k: v for k, v in call.kwargs.items() if k == "stream"}, call.node, call.env)
        return loader(lambda text: parse(text, tags))(machine, stream)

    return apply


def _add(name: str) -> Callable[[Machine, Call], Any]:
    """`yaml.add_constructor(tag, function, Loader=yaml.SafeLoader)` and its like."""

    def apply(machine: Machine, call: Call) -> None:
        given = call.argument(3 if name == "add_implicit_resolver" else 2, "Loader")
        common = [External(f"yaml.{kind}") for kind in ("Loader", "FullLoader", "UnsafeLoader")]
        for one in common if given is None else [given]:
            add(machine, one, name, call)

    return apply


def _method(kind: str, name: str) -> Callable[[Machine, Call], Any]:
    return lambda machine, call: add(machine, External(f"yaml.{kind}"), name, call)


CALLS: dict[str, Callable[[Machine, Call], Any]] = {
    "yaml.safe_load": _load(parse_yaml, "yaml.SafeLoader"),
    "yaml.load": _load(parse_yaml),
    "yaml.full_load": _load(parse_yaml, "yaml.FullLoader"),
    "yaml.safe_load_all": _load(parse_documents, "yaml.SafeLoader"),
    "yaml.load_all": _load(parse_documents),
    **{f"yaml.{name}": _add(name) for name in _ADDING},
    **{
        f"yaml.{kind}.{name}": _method(kind, name)
        for kind in ("SafeLoader", "FullLoader", "Loader", "CSafeLoader", "UnsafeLoader", "BaseLoader")
        for name in _ADDING
    },
}
"""By canonical path."""
