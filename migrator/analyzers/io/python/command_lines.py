"""Command lines of click, typer and fire: which function of a script its words call, and with what.

In: the function, group or app that a script calls at its end, while `sys.argv` is known. Out: the function that the words name, and its arguments;
what they leave out has the default that the code gives it. Defaults: click 8 and typer name an option after its first long flag, a command after its
function with dashes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import libcst as cst

from migrator.analyzers.io.python.arguments import parsed_arguments
from migrator.analyzers.io.python.values import UNKNOWN, Library, Made, OwnFunction, Scope, Step
from migrator.model.frozen import dataclass
from migrator.model.values import Value

if TYPE_CHECKING:
    from migrator.analyzers.io.python.evaluator import Evaluator

_COMMANDS = ("command", "group")
_SUFFIXES = ("_command", "_cmd", "_group", "_grp")


@dataclass(frozen=True, slots=True)
class CommandCall:
    """A function and the arguments that a command line gives it."""

    function: OwnFunction
    kwargs: Mapping[str, Value]


def click_calls(evaluator: Evaluator, function: OwnFunction) -> list[CommandCall]:
    """What the script's words call of a click command or group that the code calls; empty if it is none."""
    if evaluator.script is None or not _library_decorator(evaluator, function, *_COMMANDS):
        return []
    return _click(evaluator, function, evaluator.script[1:])


def typer_calls(evaluator: Evaluator, app: Made, node: cst.Call, scope: Scope) -> list[CommandCall]:
    """What the script's words call of a `typer.Typer()` that the code calls under a name."""
    if evaluator.script is None or app.root != "typer.Typer" or len(app.steps) != 1 or type(node.func) is not cst.Name:
        return []
    words = evaluator.script[1:]
    commands = list(_subcommands(evaluator, scope, node.func.value))
    if len(commands) == 1:
        return [_of_parameters(evaluator, commands[0][1], words)]
    named = _named(commands, words)
    return [] if named is None else [_of_parameters(evaluator, named[0], named[1])]


def library_calls(evaluator: Evaluator, path: str, step: Step) -> list[CommandCall]:
    """What `typer.run(function)` and `fire.Fire(function)` call; `Fire` of a dict takes the function that the first word names."""
    if evaluator.script is None or path not in ("typer.run", "fire.Fire") or not step.args:
        return []
    found, words = step.args[0], evaluator.script[1:]
    if isinstance(found, dict) and words and isinstance(words[0], str):
        found, words = found.get(words[0]), words[1:]
    if not isinstance(found, OwnFunction) or not isinstance(found.node, cst.FunctionDef):
        return []
    return [_of_parameters(evaluator, found, words, positional_too=path == "fire.Fire")]


def _click(evaluator: Evaluator, function: OwnFunction, words: list[Value]) -> list[CommandCall]:
    assert isinstance(function.node, cst.FunctionDef)
    steps = list(_click_parameters(evaluator, function))
    own = CommandCall(function, parsed_arguments(steps, words))
    if not _library_decorator(evaluator, function, "group"):
        return [own]
    commands = list(_subcommands(evaluator, Scope(function.module, {}), function.node.name.value))
    named = _named(commands, words)
    return [own] if named is None else [own, *_click(evaluator, named[0], named[1])]


def _click_parameters(evaluator: Evaluator, function: OwnFunction) -> Iterator[Step]:
    """The parameters of a click command in the form of `add_argument`."""
    assert isinstance(function.node, cst.FunctionDef)
    for decorator in function.node.decorators:
        made = _decorator(evaluator, function, decorator)
        if made is None or made.name not in ("option", "argument"):
            continue
        given = [one for name in made.args if isinstance(name, str) for one in name.split("/")]
        flags = [name for name in given if name.startswith("-")]
        plain = [name for name in given if not name.startswith("-")]
        kwargs: dict[str, Value] = {"default": made.kwargs.get("default")}
        if plain:
            kwargs["dest"] = plain[0].lower()
        if made.kwargs.get("is_flag") is True or any("/" in name for name in made.args if isinstance(name, str)):
            kwargs["action"] = "store_true"
        nargs = made.kwargs.get("nargs")
        if made.kwargs.get("multiple") is True or nargs not in (None, 1):
            kwargs["nargs"] = "*"
        yield Step("add_argument", tuple(flags or plain[:1]), kwargs)


def _of_parameters(
    evaluator: Evaluator, function: OwnFunction, words: list[Value], *, positional_too: bool = False
) -> CommandCall:
    """A function whose own parameters are the command line's, as typer and fire read them; fire takes each also by its place."""
    steps, names = [], []
    for param in function.node.params.params:
        name = param.name.value
        made = _typer_parameter(evaluator, function, param)
        default: Value = UNKNOWN
        if made is not None:
            default = made.argument(0, "default") if made.name == "Option" else UNKNOWN
        elif param.default is not None:
            default = evaluator.eval(param.default, Scope(function.module, {}, function.outer))
        flags = [one for one in (made.args if made is not None else ()) if isinstance(one, str) and one.startswith("-")]
        is_option = param.default is not None if made is None else made.name == "Option"
        if positional_too or is_option:
            kwargs: dict[str, Value] = {"dest": name, "default": None if default is ... else default}
            steps.append(Step("add_argument", tuple(flags) or (f"--{name.replace('_', '-')}", f"--{name}"), kwargs))
        else:
            steps.append(Step("add_argument", (name,), {"default": default}))
        names.append(name)
    found = parsed_arguments(steps, words)
    if positional_too:
        plain = iter(_plain(words))
        found |= dict(zip(names, plain, strict=False))
    return CommandCall(function, {name: value for name, value in found.items() if value is not UNKNOWN})


def _plain(words: list[Value]) -> Iterator[Value]:
    """Words in front of the first option."""
    for word in words:
        if isinstance(word, str) and word.startswith("-"):
            return
        yield word


def _typer_parameter(evaluator: Evaluator, function: OwnFunction, param: cst.Param) -> Step | None:
    """`typer.Option(...)` or `typer.Argument(...)` of a parameter: its default, or in its `Annotated`."""
    scope = Scope(function.module, {}, function.outer)
    nodes: list[cst.BaseExpression] = [param.default] if param.default is not None else []
    annotation = param.annotation.annotation if param.annotation is not None else None
    if isinstance(annotation, cst.Subscript):
        nodes += [one.slice.value for one in annotation.slice[1:] if isinstance(one.slice, cst.Index)]
    for node in nodes:
        made = evaluator.eval(node, scope) if isinstance(node, cst.Call) else None
        if isinstance(made, Made) and made.root in ("typer.Option", "typer.Argument"):
            step = made.steps[-1]
            if node is param.default:
                return step
            default = evaluator.eval(param.default, scope) if param.default is not None else None
            return Step(step.name, step.args, {**step.kwargs, "default": default})
    return None


def _named(commands: list[tuple[str, OwnFunction]], words: list[Value]) -> tuple[OwnFunction, list[Value]] | None:
    """The command that a word names, and the words behind it."""
    known = dict(commands)
    for index, word in enumerate(words):
        if isinstance(word, str) and word in known:
            return known[word], words[index + 1 :]
    return None


def _subcommands(evaluator: Evaluator, scope: Scope, group: str) -> Iterator[tuple[str, OwnFunction]]:
    """Names and functions that a module puts into a group or app: by decorator, or by `group.add_command(function)`."""
    for line in scope.module.tree.body:
        if isinstance(line, cst.FunctionDef):
            for decorator in line.decorators:
                words = _of_group(decorator.decorator, group, *_COMMANDS)
                if words is not None:
                    yield from _names(evaluator, words, OwnFunction(scope.module, line), scope)
        elif isinstance(line, cst.SimpleStatementLine) and isinstance(line.body[0], cst.Expr):
            words = _of_group(line.body[0].value, group, "add_command")
            function = evaluator.eval(words[0].value, scope) if words else None
            if isinstance(function, OwnFunction):
                yield from _names(evaluator, (words or ())[1:], function, scope)


def _of_group(node: cst.BaseExpression, group: str, *methods: str) -> tuple[cst.Arg, ...] | None:
    """The arguments of a call of one of these methods of the group."""
    call = node if isinstance(node, cst.Call) else None
    function = call.func if call is not None else node
    if not isinstance(function, cst.Attribute) or function.attr.value not in methods:
        return None
    is_group = isinstance(function.value, cst.Name) and function.value.value == group
    return tuple(call.args if call is not None else ()) if is_group else None


def _names(
    evaluator: Evaluator, args: tuple[cst.Arg, ...], function: OwnFunction, scope: Scope
) -> Iterator[tuple[str, OwnFunction]]:
    """What a command is called: as it is told, else by its function."""
    for arg in args:
        if arg.keyword is None or arg.keyword.value == "name":
            told = evaluator.eval(arg.value, scope)
            if isinstance(told, str):
                yield told, function
                return
    if isinstance(function.node, cst.FunctionDef):
        name = function.node.name.value.lower()
        short = next((name.removesuffix(end) for end in _SUFFIXES if name.endswith(end)), name)
        for one in dict.fromkeys((name, short)):
            yield one.replace("_", "-"), function
            if "_" in one:
                yield one, function


def _library_decorator(evaluator: Evaluator, function: OwnFunction, *names: str) -> bool:
    """Whether a decorator of one of these names is click's, or a method of a group."""
    if not isinstance(function.node, cst.FunctionDef):
        return False
    found = (_decorator(evaluator, function, one) for one in function.node.decorators)
    return any(made is not None and made.name in names for made in found)


def _decorator(evaluator: Evaluator, function: OwnFunction, decorator: cst.Decorator) -> Step | None:
    """A decorator of click (`click.option(...)`, `group.command`), as a step; None for others."""
    node = decorator.decorator
    callee = node.func if isinstance(node, cst.Call) else node
    scope = Scope(function.module, {}, function.outer)
    if isinstance(callee, cst.Attribute) and isinstance(callee.value, cst.Name) and callee.attr.value in _COMMANDS:
        owner = evaluator.eval(callee.value, scope)
        if isinstance(owner, OwnFunction) and _library_decorator(evaluator, owner, "group"):
            return Step(callee.attr.value)
    found = evaluator.eval(node, scope)
    if isinstance(found, Library) and found.path.startswith(("click.", "rich_click.", "asyncclick.")):
        return Step(found.path.rpartition(".")[2])
    if isinstance(found, Made) and found.root.startswith(("click.", "rich_click.", "asyncclick.")):
        return found.steps[0]
    return None
