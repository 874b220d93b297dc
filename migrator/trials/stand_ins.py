"""What a function under trial gets in the place of Dagster's context, resources, processes and the screen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from migrator.analyzers.interpreter.language.iterators import LazyItems
from migrator.analyzers.interpreter.values import Call, Instance, Native, Opaque
from migrator.model.expressions import Construct
from migrator.model.values import Symbolic, is_known, walk
from migrator.trials.model import Called, Event, Parameter, TheContext, Trial
from migrator.trials.strict import Unsure

if TYPE_CHECKING:
    from migrator.analyzers.interpreter.machine import Machine

_EQUAL_BY_VALUE = ("docker.types.", "kubernetes.client.")
"""Libraries whose objects only hold what they are made with, and are equal where that is."""

SAMPLES: Mapping[str, Any] = {
    "None": None,
    "str": "text",
    "int": 1,
    "float": 1.0,
    "bool": True,
    "list[str]": ["text"],
    "list[int]": [1],
    "list[tuple]": [(1,)],
    "list[tuple[Any, ...]]": [(1,)],
    "tuple | None": (1,),
    "tuple[Any, ...] | None": (1,),
    "dict[str, Any]": {},
    "list[dict[str, Any]]": [],
}
"""A small value of each annotation that a method's result may have."""

_ABOUT_RUN = (
    "logical_date",
    "run_conf",
    *(f"last_success_{moment}" for moment in ("start", "end", "interval_start", "interval_end")),
)
"""Helpers of the project that ask for the run, or for earlier ones."""
_LEVELS = ("debug", "info", "warning", "warn", "error", "exception", "critical", "log")
_PLAIN = (str, int, float, bool, type(None), bytes)


class Recorder:
    """What a call does that can be seen from outside."""

    def __init__(self) -> None:
        self.calls: list[Called] = []
        self.printed: list[str] = []
        self.logged: list[Event] = []
        self.asked: dict[str, Any] = {}
        self.given_context: Instance | None = None

    # --------------------------------------------------------------------------------------------------- parameters

    def context(self, trial: Trial) -> Instance:
        """Dagster's context, as far as a direct call has it."""
        attributes: dict[str, Any] = {
            "log": Instance(None, {level: Native(level, _nothing) for level in _LEVELS}),
            "add_output_metadata": Native("add_output_metadata", _nothing),
            "log_event": Native("log_event", self._log_event),
            "get_mapping_key": Native("get_mapping_key", _nothing),
        }
        if trial.key and trial.has_key:
            in_dimensions = Instance(None, {"keys_by_dimension": dict(trial.keys)})
            attributes["partition_key"] = in_dimensions if trial.keys else trial.key
            attributes["has_partition_key"] = True
        if trial.has_window:
            attributes["partition_time_window"] = Instance(None, {"start": trial.date, "end": trial.end})
        self.given_context = Instance(None, attributes)
        return self.given_context

    def resource(self, name: str, parameter: Parameter) -> Instance:
        """A resource: each of its methods notes the call and gives a small value."""
        return Instance(
            None,
            {method: Native(method, self._method(name, method, kind)) for method, kind in parameter.returns.items()},
        )

    def config(self, parameter: Parameter) -> Instance:
        fields = dict(parameter.fields)
        return Instance(None, {**fields, "model_dump": Native("model_dump", lambda machine, call: dict(fields))})

    # ------------------------------------------------------------------------------------------------------ globals

    def names(self, trial: Trial, package: str) -> Mapping[str, Any]:
        """Stand-ins by what a module's name for them means: the library's path, or that of a helper of the project."""
        process = Instance(None, {"returncode": 0, "stdout": "", "stderr": ""})
        shell = Instance(None, {"exit_code": 0, "last_line": "text"})
        return {
            "subprocess": Instance(None, {"run": Native("run", self._method("subprocess", "run", "", process))}),
            f"{package}.shell.run_bash": Native("run_bash", self._method("shell", "run_bash", "", shell)),
            **{f"{package}.run_context.{name}": Native(name, self._about_run(name, trial)) for name in _ABOUT_RUN},
        }

    def print(self, machine: Machine, call: Call) -> None:
        """`print`."""
        if set(call.kwargs) - {"flush", "end", "sep"}:
            raise Unsure("it prints to a file")
        shown = [known(value) for value in call.args]
        if not all(isinstance(value, (*_PLAIN, list, dict, tuple)) for value in shown):
            raise Unsure("it prints an object")
        self.printed.append(str(call.kwargs.get("sep", " ")).join(map(str, shown)) + str(call.kwargs.get("end", "\n")))

    def _about_run(self, name: str, trial: Trial) -> Any:
        def answer(machine: Machine, call: Call) -> Any:
            self.asked[name] = {} if name == "run_conf" else trial.date
            return _copy(self.asked[name])

        return answer

    def _method(self, target: str, method: str, annotation: str, answer: Any = None) -> Any:
        def called(machine: Machine, call: Call) -> Any:
            returned = answer if answer is not None else _sample(annotation, method)
            args = tuple(self._shown(value) for value in call.args)
            kwargs = {name: self._shown(value) for name, value in call.kwargs.items()}
            if call.star:
                raise Unsure("it unpacks what is only known when it runs")
            self.calls.append(Called(target, method, args, kwargs, annotation or None))
            return returned

        return called

    def _shown(self, value: Any) -> Any:
        return TheContext() if value is self.given_context and value is not None else known(value)

    def _log_event(self, machine: Machine, call: Call) -> None:
        self.logged += [event(value) for value in call.args]


def _nothing(machine: Machine, call: Call) -> None:
    return None


def _sample(annotation: str, method: str) -> Any:
    if annotation == "requests.Response":
        return Instance(None, {"text": "text", "status_code": 200, "ok": True})
    if annotation not in SAMPLES:
        raise Unsure(f"it needs what `{method}` really returns")
    found = SAMPLES[annotation]
    return _copy(found)


def _copy(value: Any) -> Any:
    return value.copy() if isinstance(value, (list, dict)) else value


def known(value: Any) -> Any:
    """A value as plain data. Raises Unsure where it is none."""
    if isinstance(value, LazyItems):
        value = value.take()
    if isinstance(value, Opaque) and value.path.startswith("dagster."):
        return event(value)
    if isinstance(value, Opaque) and value.path.startswith(_EQUAL_BY_VALUE):
        return Construct(
            value.path, tuple(map(known, value.args)), {name: known(item) for name, item in value.kwargs.items()}
        )
    if isinstance(value, (list, tuple)):
        items = [known(item) for item in value]
        return items if isinstance(value, list) else tuple(items)
    if isinstance(value, dict):
        return {known(key): known(item) for key, item in value.items()}
    if isinstance(value, (set, frozenset)):
        return {known(item) for item in value}
    if not is_known(value) or type(value).__module__.startswith(("migrator.", "libcst.")):
        reasons = (part.why for part in walk(value) if isinstance(part, Symbolic) and part.why)
        raise Unsure(next(reasons, "it makes an object that is only known when it runs"))
    return value


def event(value: Any) -> Event:
    """Something of Dagster's that the code made."""
    if not isinstance(value, Opaque) or not value.path.startswith("dagster."):
        raise Unsure("it yields an object that is only known when it runs")
    arguments = {str(number): known(item) for number, item in enumerate(value.args)}
    return Event(value.path.rpartition(".")[2], arguments | {name: known(item) for name, item in value.kwargs.items()})
