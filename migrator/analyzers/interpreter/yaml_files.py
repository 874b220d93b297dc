"""Reading YAML of the folder's own files, bounded in size, with the tags that the analyzed code gives a meaning."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from migrator.analyzers.interpreter.airflow_objects import AirflowObject
from migrator.analyzers.interpreter.builtin_functions import no
from migrator.analyzers.interpreter.data_files import loader
from migrator.analyzers.interpreter.operations import MAX_ITEMS
from migrator.analyzers.interpreter.values import MISSING, Call, Class, Env, External, Native, RaiseSignal

if TYPE_CHECKING:
    import libcst as cst

    from migrator.analyzers.interpreter.machine import Machine

Tags = dict[str, Callable[[Any], Any]]
"""What a node of each tag becomes."""


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
        for tag, construct in tags.items():
            kind.add_constructor(tag, lambda own, node, make=construct: make((own, node)))
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


class TagReader(AirflowObject):
    """The loader that a constructor of the analyzed code is given."""

    __slots__ = ("reader",)

    def __init__(self, reader: Any) -> None:
        self.reader = reader

    def attribute(self, machine: Machine, name: str, node: cst.CSTNode, env: Env) -> Any:
        if name not in ("construct_scalar", "construct_sequence", "construct_mapping", "construct_object"):
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


def add_constructor(machine: Machine, loader_class: Any, call: Call) -> None:
    """`Loader.add_constructor(tag, function)`."""
    tag, function = call.argument(0, "tag"), call.argument(1, "constructor")
    if isinstance(tag, str):
        machine.yaml_tags.setdefault(_key(loader_class), {})[tag] = function


def _key(loader_class: Any) -> Any:
    if isinstance(loader_class, Class):
        return id(loader_class)
    path = getattr(loader_class, "path", "yaml.SafeLoader")
    return path.replace("CSafe", "Safe").replace("CLoader", "Loader")


def _tags(machine: Machine, loader_class: Any, call: Call) -> Tags:
    """The tags that code gave a meaning for a loader class or one that it derives from."""
    classes = loader_class.mro() if isinstance(loader_class, Class) else [loader_class]
    found: dict[str, Any] = {}
    for one in reversed(classes):
        found.update(machine.yaml_tags.get(_key(one), {}))

    def maker(function: Any) -> Callable[[Any], Any]:
        return lambda pair: machine.call(function, [TagReader(pair[0]), TagNode(pair[1])], {}, call.node, call.env)

    return {tag: maker(function) for tag, function in found.items()}


def _load(parse: Callable[[str, Tags | None], Any], fixed: str | None = None) -> Callable[[Machine, Call], Any]:
    """`yaml.load(stream, Loader)` and its like."""

    def apply(machine: Machine, call: Call) -> Any:
        given = External(fixed) if fixed else call.argument(1, "Loader", External("yaml.SafeLoader"))
        tags = _tags(machine, given, call)
        stream = Call(call.args[:1], {k: v for k, v in call.kwargs.items() if k == "stream"}, call.node, call.env)
        return loader(lambda text: parse(text, tags))(machine, stream)

    return apply


def _add(machine: Machine, call: Call) -> None:
    """`yaml.add_constructor(tag, function, Loader=yaml.SafeLoader)`."""
    given = call.argument(2, "Loader")
    for one in (
        [given] if given is not None else [External(f"yaml.{k}") for k in ("Loader", "FullLoader", "UnsafeLoader")]
    ):
        add_constructor(machine, one, call)


def _method(name: str) -> Callable[[Machine, Call], Any]:
    return lambda machine, call: add_constructor(machine, External(f"yaml.{name}"), call)


CALLS: dict[str, Callable[[Machine, Call], Any]] = {
    "yaml.safe_load": _load(parse_yaml, "yaml.SafeLoader"),
    "yaml.load": _load(parse_yaml),
    "yaml.full_load": _load(parse_yaml, "yaml.FullLoader"),
    "yaml.safe_load_all": _load(parse_documents, "yaml.SafeLoader"),
    "yaml.load_all": _load(parse_documents),
    "yaml.add_constructor": _add,
    **{
        f"yaml.{name}.add_constructor": _method(name)
        for name in ("SafeLoader", "FullLoader", "Loader", "CSafeLoader", "UnsafeLoader", "BaseLoader")
    },
}
"""By canonical path."""
