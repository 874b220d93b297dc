"""Long lists said in short: dependencies on all that a factory makes, on many assets beside each other, and the specs of many assets that one node makes.

Comes in and goes out: the source of a list, or what its members are. What is short already stays as it is.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Mapping, Sequence

from migrator.codegen.python.serialize import literal, text_literal
from migrator.codegen.render.node import Node
from migrator.model.assets import AssetKey
from migrator.model.changed import replace
from migrator.model.frozen import dataclass

_MANY_KEYS = 6
"""So many keys that differ in their last part are said by a list of these parts."""
MANY_SPECS = 10
"""So many specs that differ in names and dependencies are said by a table of these."""
_LISTS = ("deps", "additional_deps")


# ------------------------------------------------------------------------------------------------------ dependencies


def with_short_lists(node: Node, factories: Mapping[str, Sequence[str]]) -> Node:
    """The node with its lists of dependencies in short; `factories` gives the keys (as source) of all that each list of assets holds, by its name."""
    arguments = tuple(
        (name, short_keys(_with_factories(value, factories)) if name in _LISTS else value)
        for name, value in node.arguments
    )
    return node if arguments == node.arguments else replace(node, arguments=arguments)


def short_keys(text: str) -> str:
    """The source of a list of assets, those of many that stand beside each other by their names."""
    if text.count("dg.AssetKey(") < _MANY_KEYS:
        return text
    items = _items(text)
    beside: dict[AssetKey, list[str]] = {}
    homes = []
    for item in items:
        key = _key(item)
        homes.append(key[:-1] if len(key) > 1 else ())
        if homes[-1]:
            beside.setdefault(homes[-1], []).append(key[-1])
    many = {home: names for home, names in beside.items() if len(names) >= _MANY_KEYS}
    if not many:
        return text
    shown: list[str] = []
    for item, home in zip(items, homes, strict=True):
        names = beside.get(home, [])
        if home not in many:
            shown.append(item)
        elif item == items[homes.index(home)]:  # the first of them
            prefix = "".join(f"{text_literal(part)}, " for part in home)
            each = f"dg.AssetKey([{prefix}name]) for name in {literal(names)}"
            shown.append(each if len(names) == len(items) else f"*({each})")
    return f"[{', '.join(shown)}]"


def _with_factories(text: str, factories: Mapping[str, Sequence[str]]) -> str:
    """The list with `*name` in the place of all that one factory makes."""
    found = [name for name, keys in factories.items() if all(key in text for key in keys)]
    if not found:
        return text
    items = _items(text)
    for name in found:
        keys = set(factories[name])
        if keys <= set(items):
            place = min(items.index(key) for key in keys)
            items = [item for item in items[:place] if item not in keys] + [
                f"*{name}",
                *(item for item in items[place:] if item not in keys),
            ]
    if len(items) == 1 and items[0].startswith("*"):
        return items[0].removeprefix("*")
    return f"[{', '.join(items)}]" if items != _items(text) else text


def _items(text: str) -> list[str]:
    """The members of a list, as source."""
    node = ast.parse(text, mode="eval").body
    return [ast.get_source_segment(text, item) or "" for item in node.elts] if isinstance(node, ast.List) else []


def _key(text: str) -> AssetKey:
    """The key that `dg.AssetKey([...])` says in plain text; no part where it is something else."""
    if text.startswith("*"):  # all that one factory makes
        return ()
    node = ast.parse(text, mode="eval").body
    if isinstance(node, ast.Call) and ast.unparse(node.func) == "dg.AssetKey" and len(node.args) == 1:
        try:
            parts = ast.literal_eval(node.args[0])
        except ValueError:
            return ()
        return tuple(parts) if isinstance(parts, list) else ()
    return ()


# ------------------------------------------------------------------------------------------------------------- specs


def short_specs(specs: Sequence[tuple[AssetKey, str]]) -> str:
    """The source of a list of specs (each the key and its source), those of many that differ in their last name alone by these names."""
    forms = [_with_name(text, key[-1]) for key, text in specs]
    alike: dict[str, list[str]] = {}
    for form, (key, _) in zip(forms, specs, strict=True):
        alike.setdefault(form, []).append(key[-1])
    shown: dict[str, None] = {}
    for form, (_, text) in zip(forms, specs, strict=True):
        names = alike[form]
        if len(names) < _MANY_KEYS:
            shown[text] = None
        else:
            each = f"{form} for name in {literal(names)}"
            shown[each if len(names) == len(specs) else f"*({each})"] = None
    return f"[{', '.join(shown)}]"


def _with_name(text: str, name: str) -> str:
    """The source with a variable `name` where a literal is this name, or ends with it as that of a table does."""
    told = re.escape(name)
    return re.sub(rf'"((?:[\w-]+\.)*){told}"', lambda match: f'f"{match[1]}{{name}}"' if match[1] else "name", text)


@dataclass(frozen=True, slots=True)
class Spec:
    """One asset of a node: its key, what it depends on, and the other arguments of its spec."""

    key: AssetKey
    deps: tuple[AssetKey, ...]
    arguments: tuple[tuple[str, str], ...]
    table: str = ""
    """What its metadata call its table."""

    @property
    def form(self) -> tuple[tuple[str, str], ...]:
        """The arguments, without what only the key says."""
        if self.table != self.key[-1]:
            return self.arguments
        told = f'"dagster/table_name": {text_literal(self.table)}'
        return tuple(
            (name, value.replace(told, '"dagster/table_name": path[-1]') if name == "metadata" else value)
            for name, value in self.arguments
        )


def spec_table(specs: Sequence[Spec], name: str) -> tuple[list[str], str] | None:
    """The statements above a node that define a table of its assets and the function that makes a spec of a row, and the source of all specs; None where
    the specs are few, or differ in more than names and dependencies."""
    homes = {spec.key[:-1] for spec in specs}
    read = {key for spec in specs for key in spec.deps}
    parts = [part for key in {*read, *(spec.key for spec in specs)} for part in key]
    if len(specs) < MANY_SPECS or len({spec.form for spec in specs}) > 1 or any("/" in part for part in parts):
        return None
    home = homes.pop() if len(homes) == 1 and not any(len(key) == 1 for key in read) else ()
    table = f"{name.upper()}_ASSETS"
    common = [key for key in specs[0].deps if all(key in spec.deps for spec in specs)]
    own = {spec.key: [key for key in spec.deps if key not in common] for spec in specs}
    arguments = "".join(f", {argument}={value}" for argument, value in specs[0].form)
    listed = ", ".join(keys_as_source(common))
    above = [f"{name}_deps = {short_keys(f'[{listed}]')}"] if common else []
    if not any(own.values()):
        rows = [_short(key, home) for key in own]
        deps = f", deps={name}_deps" if common else ""
        return [
            *above,
            f"{table} = {literal(rows)}",
            f"def {name}_spec(name: str) -> dg.AssetSpec:\n    path = {_path(home)}\n    return dg.AssetSpec(path{arguments}{deps})",
        ], f"[{name}_spec(name) for name in {table}]"
    lines = {_short(key, home): [_short(dep, home) for dep in deps] for key, deps in own.items()}
    names = f"names in `{'/'.join(home)}`, or whole keys with `/`" if home else "whole keys"
    deps = f"dg.AssetKey({name}_key(dep)) for dep in deps"
    return [
        *above,
        f"{table}: dict[str, list[str]] = {literal(lines)}",
        f"def {name}_key(name: str) -> list[str]:\n    return {_path(home)}",
        f'def {name}_spec(name: str, deps: list[str]) -> dg.AssetSpec:\n    """`name` and `deps` are {names}."""\n    path = {name}_key(name)\n'
        f"    return dg.AssetSpec(path{arguments}, deps=[{f'*{name}_deps, *({deps})' if common else deps}])",
    ], f"[{name}_spec(name, deps) for name, deps in {table}.items()]"


def _path(home: AssetKey) -> str:
    if not home:
        return 'name.split("/")'
    return f'name.split("/") if "/" in name else [{"".join(f"{text_literal(part)}, " for part in home)}name]'


def _short(key: AssetKey, home: AssetKey) -> str:
    return key[-1] if home and key[:-1] == home else "/".join(key)


def keys_as_source(keys: Iterable[AssetKey]) -> list[str]:
    """What a list of dependencies says of these assets."""
    return [text_literal(key[0]) if len(key) == 1 else f"dg.AssetKey({literal(list(key))})" for key in keys]
