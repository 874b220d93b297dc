"""`argparse`: what a script's arguments mean, where it is known what the script is called with."""

from __future__ import annotations

from migrator.analyzers.io.python.values import UNKNOWN, ArgumentParser, Namespace, Step
from migrator.model.values import Value

_ADDING = frozenset({"add_argument_group", "add_mutually_exclusive_group"})


def parser_method(parser: ArgumentParser, step: Step, script: list[Value] | None) -> Value:
    """The result of a method of a parser; `script` is `sys.argv` where it is known."""
    if step.name == "add_argument":
        parser.arguments.append(step)
        return UNKNOWN
    if step.name in _ADDING:
        return parser
    if step.name in ("parse_args", "parse_known_args"):
        given = step.argument(0, "args")
        words = given if isinstance(given, list) else (script[1:] if given is None and script is not None else None)
        found = Namespace(parsed_arguments(parser.arguments, words))
        return found if step.name == "parse_args" else (found, UNKNOWN)
    return UNKNOWN


def parsed_arguments(arguments: list[Step], words: list[Value] | None) -> dict[str, Value]:
    """The values of a parser's arguments; unknown ones where the words are not known."""
    options: dict[str, Step] = {}
    positional: list[Step] = []
    values: dict[str, Value] = {}
    for step in arguments:
        flags = [name for name in step.args if isinstance(name, str)]
        if not flags:
            continue
        if flags[0].startswith("-"):
            options.update(dict.fromkeys(flags, step))
        else:
            positional.append(step)
        values[_name(step, flags)] = step.kwargs.get("default") if words is not None else UNKNOWN
    if words is None:
        return values
    pending = list(words)
    while pending:
        word = pending.pop(0)
        name, separator, value = word.partition("=") if isinstance(word, str) else ("", "", "")
        option = options.get(name)
        if option is not None:
            key = _name(option, [flag for flag in option.args if isinstance(flag, str)])
            if separator:
                values[key] = value
            elif option.kwargs.get("action") in ("store_true", "store_false", "count", "store_const"):
                values[key] = option.kwargs.get("action") == "store_true"
            elif option.kwargs.get("nargs") is not None:
                values[key] = UNKNOWN
            elif pending:
                values[key] = pending.pop(0)
        elif positional and not (isinstance(word, str) and word.startswith("-")):
            step = positional.pop(0)
            values[_name(step, [str(step.args[0])])] = UNKNOWN if "nargs" in step.kwargs else word
    return values


def _name(step: Step, flags: list[str]) -> str:
    """What the argument is called in the result."""
    given = step.kwargs.get("dest")
    if isinstance(given, str):
        return given
    long = next((flag for flag in flags if flag.startswith("--")), flags[0])
    return long.lstrip("-").replace("-", "_")
