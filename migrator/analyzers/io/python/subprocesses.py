"""Commands that Python code runs: `subprocess.run`, `os.system` and their kin.

In: the value of the command, a text for the shell or a list of words. Out: what each command in it does.
"""

from __future__ import annotations

from collections.abc import Iterator

from migrator.analyzers.io.programs import Effects, effects_of
from migrator.analyzers.io.python.names import rendered
from migrator.analyzers.io.shell import Command, parse_script
from migrator.model.values import Value

FUNCTIONS = frozenset(
    [
        "os.popen",
        "os.system",
        "sh.bash",
        "subprocess.Popen",
        "subprocess.call",
        "subprocess.check_call",
        "subprocess.check_output",
        "subprocess.getoutput",
        "subprocess.run",
    ]
)
_MAX_DEPTH = 4


def command_effects(value: Value) -> Iterator[tuple[str, Effects]]:
    """The program and the effects of each command."""
    if isinstance(value, (list, tuple)):
        words = [rendered(item) for item in value]
        yield from _effects([Command(["{?}" if word is None else word for word in words])])
    else:
        text = rendered(value)
        if text is not None:
            yield from _effects(list(parse_script(text, {}).commands))


def _effects(commands: list[Command], depth: int = 0) -> Iterator[tuple[str, Effects]]:
    for command in commands:
        found = effects_of(command)
        yield command.words[0] if command.words else "", found
        for inner in found.inner if depth < _MAX_DEPTH else ():
            yield from _effects(list(parse_script(inner, {}).commands), depth + 1)
