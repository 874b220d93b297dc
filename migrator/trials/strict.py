"""An interpreter that gives up where something is not known, instead of going on with what might be."""

from __future__ import annotations

import re
from typing import Any

import libcst as cst

from migrator.analyzers.interpreter.machine import STEP_BUDGET, Machine
from migrator.analyzers.interpreter.values import Env, RaiseSignal
from migrator.model.source import Span
from migrator.model.values import Symbolic

STEPS = 30_000
"""Evaluation steps that one call may take."""

_LOGGING = re.compile(
    r"^(?:\w+\.)*(?:log|logger|logging|LOG|LOGGER)\w*\.(?:debug|info|warning|warn|error|exception|critical|log)(?:\(|$)"
)
_RUN = re.compile(r"^context\.|\bcontext, dg\.RunStatusSensorContext\b")
_MEMBER = re.compile(r"\[[\"']([\w ]+)[\"']\]$")
_NOT_EVALUATED = re.compile(r"^`([\w.]+)` is not evaluated$")


class Unsure(Exception):
    """What the code does is not known for certain; the text says why."""


class StrictMachine(Machine):
    """Evaluates modules as always, and calls (between `begin` and `end`) only where everything is known."""

    _strict = False
    _uncertain = 0

    def begin(self) -> None:
        self._strict = True
        self.steps = STEP_BUDGET - STEPS
        self.asked.clear()

    def end(self) -> None:
        self._strict = False
        self._uncertain = 0
        self.steps = 0
        self.active.clear()
        self.call_sites.clear()
        self.bindings.clear()
        self.handled.clear()
        self.handled_depth = 0

    @property
    def uncertain(self) -> int:
        return self._uncertain

    @uncertain.setter
    def uncertain(self, value: int) -> None:
        if value > self._uncertain and self._strict:
            raise Unsure("it depends on what is only known when it runs")
        self._uncertain = value

    def unknown(self, node: cst.CSTNode, env: Env, why: str) -> Symbolic:
        if self._strict:
            source = self.source(node, env)
            if isinstance(node, cst.Subscript):
                key = _MEMBER.search(source)
                if key is not None:
                    # What a small input may still get: see `run`.
                    raise RaiseSignal("KeyError", f"'{key[1]}'")
            if not _LOGGING.match(source):
                raise Unsure(_reason(source, why))
        return super().unknown(node, env, why)

    def settle(self, value: Any, node: cst.CSTNode, env: Env) -> Any:
        if self._strict and isinstance(value, Symbolic):
            raise Unsure(value.why or "it depends on what is only known when it runs")
        return super().settle(value, node, env)

    def asked_environment(self) -> list[str]:
        """The environment variables that a call asked for and that are not given."""
        found = [origin for places in self.asked.values() for _, origin in places]
        return sorted({origin.partition(":")[2] for origin in found if origin.startswith("env:")})

    def report_at(self, code: str, span: Span, message: str, help: str = "", resolved_by: tuple[str, ...] = ()) -> None:
        """Nobody reads findings about generated code."""


def _reason(source: str, why: str) -> str:
    found = _NOT_EVALUATED.match(why)
    if found:
        return f"it calls `{found[1]}`"
    if _RUN.search(source):
        return "it asks for more of its run than a direct call has"
    line = source.strip().splitlines()[0] if source.strip() else ""
    shown = line if len(line) <= 60 and line == source.strip() else f"{line[:57]}..."
    return f"what `{shown}` gives is only known when it runs"
