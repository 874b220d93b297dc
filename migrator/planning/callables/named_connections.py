"""The connections that code names: in arguments called like one, and where it makes hooks of classes of its own.

Comes in: the text of the code. Goes out: the ids of connections. What is only known when the code runs is left out.
"""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress

from migrator.model.frozen import dataclass
from migrator.operators.hook_classes import HOOK_CLASSES

_CONNECTION = re.compile(r"\b\w*(?:conn_id|CONN_ID|conn_name)\s*(?::\s*\w+\s*)?=\s*[\"']([\w.-]+)[\"']")


@functools.lru_cache(maxsize=256)
def connections_named(text: str) -> frozenset[str]:
    """The connections that code names; kept, because many tasks import the same."""
    return frozenset(_CONNECTION.findall(text))


def connections_of_hooks(texts: Iterable[str], given: Mapping[str, object]) -> frozenset[str]:
    """The connections of hooks of the code's own classes, which derive from Airflow's. `given` are the arguments of the function that is called."""
    texts = tuple(texts)
    if not any("Hook" in text for text in texts):
        return frozenset()
    parts = [_read(text) for text in texts]
    constants = {name: value for part in parts for name, value in part.constants.items()}
    known = constants | {name: value for name, value in given.items() if isinstance(value, str)}
    hooks: dict[str, _Hook] = {}
    classes = [cls for part in parts for cls in part.classes]
    for _ in classes:
        found = {cls.name: hook for cls in classes if (hook := _hook(cls, hooks))}
        if found == hooks:
            break
        hooks = found
    asked = [_value(argument, known) for hook in hooks.values() for argument in hook.always]
    for part in parts:
        for made in part.calls:
            hook = hooks.get(_last_name(made.func))
            if hook is not None:
                argument = _argument(made, hook)
                asked.append(_value(argument, known) if argument is not None else hook.default)
    return frozenset(filter(None, asked))


@dataclass(frozen=True, slots=True)
class _Hook:
    """How objects of a class are told their connection: the number of the argument, its names; the `default`; connections that it `always` has."""

    position: int | None
    names: frozenset[str]
    default: str
    always: tuple[ast.expr, ...] = ()


@dataclass(frozen=True, slots=True)
class _Part:
    classes: tuple[ast.ClassDef, ...]
    calls: tuple[ast.Call, ...]
    constants: Mapping[str, str]


@functools.lru_cache(maxsize=256)
def _read(text: str) -> _Part:
    # What stands in a function is cut out with its margin.
    for form in (text, f"if True:\n{text}"):
        with suppress(SyntaxError):
            nodes = list(ast.walk(ast.parse(form)))
            break
    else:
        return _Part((), (), {})
    return _Part(
        tuple(node for node in nodes if isinstance(node, ast.ClassDef)),
        tuple(node for node in nodes if isinstance(node, ast.Call)),
        dict(_constants(nodes)),
    )


def _constants(nodes: Iterable[ast.AST]) -> Iterator[tuple[str, str]]:
    for node in nodes:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            yield from ((target.id, node.value.value) for target in node.targets if isinstance(target, ast.Name))


def _hook(cls: ast.ClassDef, own: Mapping[str, _Hook]) -> _Hook | None:
    """How a class is told its connection; None where it derives from no hook."""
    base = next(filter(None, (_base(_last_name(base), own) for base in cls.bases)), None)
    if base is None:
        return None
    default = dict(_constants(cls.body)).get("default_conn_name", base.default)
    maker = next((node for node in cls.body if isinstance(node, ast.FunctionDef) and node.name == "__init__"), None)
    if maker is None:
        return _Hook(base.position, base.names, default, base.always)
    positional = [argument.arg for argument in (*maker.args.posonlyargs, *maker.args.args)][1:]
    names, always = base.names if maker.args.kwarg else frozenset[str](), list(base.always)
    position = None
    for made in ast.walk(maker):
        if not isinstance(made, ast.Call) or not ast.unparse(made.func).endswith(".__init__"):
            continue
        handed = _argument(made, base)
        if isinstance(handed, ast.Name):
            names |= {handed.id}
            default = _value(_defaults(maker.args).get(handed.id), {}) or default
            position = positional.index(handed.id) if handed.id in positional else None
        elif handed is not None:
            always.append(handed)
        elif any(isinstance(argument, ast.Starred) for argument in made.args):
            position = base.position if not positional else None
    for name in _asked_for(cls, maker):
        names |= {name}
        default = _value(_defaults(maker.args).get(name), {}) or default
        position = positional.index(name) if name in positional else position
    return _Hook(position, names, default, tuple(always))


def _asked_for(cls: ast.ClassDef, maker: ast.FunctionDef) -> Iterator[str]:
    """The parameters of `__init__` by which the methods of a class ask for connections (`self.get_connection(conn_id)`)."""
    kept = {
        ast.unparse(target): node.value.id
        for node in ast.walk(maker)
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Name)
        for target in node.targets
    }
    parameters = {node.arg for node in ast.walk(maker.args) if isinstance(node, ast.arg)}
    for node in ast.walk(cls):
        if isinstance(node, ast.Call) and _last_name(node.func) == "get_connection" and len(node.args) == 1:
            asked = ast.unparse(node.args[0])
            if (name := kept.get(asked, asked)) in parameters:
                yield name


def _defaults(arguments: ast.arguments) -> dict[str, ast.expr]:
    positional = [*arguments.posonlyargs, *arguments.args]
    with_default = positional[len(positional) - len(arguments.defaults) :]
    pairs = [
        *zip(with_default, arguments.defaults, strict=True),
        *zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True),
    ]
    return {argument.arg: default for argument, default in pairs if default is not None}


def _base(name: str, own: Mapping[str, _Hook]) -> _Hook | None:
    if name in own:
        return own[name]
    known = HOOK_CLASSES.get(name)
    if known is None:
        return _Hook(None, frozenset(), "") if name == "BaseHook" else None
    return _Hook(0 if known.by_position else None, frozenset({known.connection}), known.default_connection)


def _argument(made: ast.Call, hook: _Hook) -> ast.expr | None:
    """What a call gives as the connection."""
    by_name = next((keyword.value for keyword in made.keywords if keyword.arg in hook.names), None)
    if by_name is not None or hook.position is None or len(made.args) <= hook.position:
        return by_name
    given = made.args[hook.position]
    return None if isinstance(given, ast.Starred) else given


def _value(argument: ast.expr | None, known: Mapping[str, object]) -> str:
    if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
        return argument.value
    found = known.get(argument.id) if isinstance(argument, ast.Name) else None
    return found if isinstance(found, str) else ""


def _last_name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
