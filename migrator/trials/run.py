"""Tries the functions of generated modules."""

from __future__ import annotations

import itertools
import math
import re
import sys
import tempfile
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

import libcst as cst

from migrator.analyzers.interpreter.airflow.objects import AirflowState
from migrator.analyzers.interpreter.language.iterators import LazyItems
from migrator.analyzers.interpreter.language.suspended import close_all
from migrator.analyzers.interpreter.modules import Modules
from migrator.analyzers.interpreter.values import (
    BudgetExceeded,
    ControlFlow,
    Env,
    External,
    Function,
    LoadedModule,
    Native,
    RaiseSignal,
)
from migrator.analyzers.nodes import children
from migrator.analyzers.source import Folder
from migrator.analyzers.trees import Trees
from migrator.config import Config
from migrator.diagnostics import Diagnostic
from migrator.model.values import walk
from migrator.trials.inputs import candidates, with_member
from migrator.trials.model import Outcome, Trial
from migrator.trials.stand_ins import Recorder, event, known
from migrator.trials.strict import StrictMachine, Unsure

_ATTEMPTS = 24
"""Combinations of small inputs that are tried for a function."""
_ENVIRONMENT = ("text", "1", "{}")
"""What environment variables hold, tried in this order."""
_DEEP = 12_000
_KEPT = 8
"""So many modules are kept evaluated: those of a DAG and some more. All modules of 5,000 DAGs would take 2 GB."""
_KEPT_CHARACTERS = 400_000
"""Of so much code the trees are kept: helper modules that many DAGs share, and what is asked for now."""
_WITHOUT_TIME = "def time_limit(seconds):\n    return lambda function: function\n"
"""The project's module that ends steps which take too long, as a trial needs it."""
_CHANGES_OUTER = re.compile(r"\b(?:global|nonlocal)\b")
_KEY = re.compile(r"^'?([\w ]+?)'?$")


class TrialRun:
    """The modules of one project and the files beside them (path below the folder of the sources to text), ready to have functions tried.

    Use as a context manager: the modules are put into a temporary folder, as the interpreter reads folders.
    """

    def __init__(self, modules: Mapping[str, str], package: str) -> None:
        self._modules, self._package = modules, package
        self._paths = {
            "/".join(parts[: number + 1])
            for parts in (path.split("/") for path in modules)
            for number in range(len(parts))
        }
        self._scratch = tempfile.TemporaryDirectory(prefix="trials-")
        self._loaded: OrderedDict[str, tuple[StrictMachine, LoadedModule] | None] = OrderedDict()
        self._origins: dict[int, dict[str, str]] = {}
        """Of each module: the names that stand-ins are put in the place of, and what they were."""

    def __enter__(self) -> TrialRun:
        root = Path(self._scratch.name)
        as_tried = {
            f"{self._package}/time_limits.py": _WITHOUT_TIME,
            f"{self._package}/dags_folder.py": f"DAGS_FOLDER = {str(root / 'dags')!r}\n",
        }
        for path, text in self._modules.items():
            target = root / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(as_tried.get(path, text), encoding="utf-8", newline="")
        self._folder = Folder.open(root, ())
        self._trees = Trees(_KEPT_CHARACTERS)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        while self._loaded:
            self._forget_first()
        self._scratch.cleanup()

    def run(self, trial: Trial) -> Outcome:
        """What the function does with the first small inputs under which all of that is known."""
        limit = sys.getrecursionlimit()
        sys.setrecursionlimit(max(limit, _DEEP))
        try:
            loaded = self._load(trial.module)
            if loaded is None:
                return Outcome("its module cannot be evaluated")
            return self._try(trial, *loaded)
        except RecursionError:
            return Outcome("it is nested too deeply")
        except Exception as error:  # a bug here must not take the project down with it
            return Outcome(f"the trial failed: {type(error).__name__}")
        finally:
            sys.setrecursionlimit(limit)

    def _load(self, path: str) -> tuple[StrictMachine, LoadedModule] | None:
        if path not in self._loaded:
            self._loaded[path] = self._evaluate(path)
            if len(self._loaded) > _KEPT:
                self._forget_first()
        self._loaded.move_to_end(path)
        return self._loaded[path]

    def _forget_first(self) -> None:
        """Lets go of the module that was asked for the longest ago."""
        _, loaded = self._loaded.popitem(last=False)
        if loaded is not None:
            machine = loaded[0]
            close_all(machine)
            for module in machine.modules.loaded():
                self._origins.pop(id(module), None)  # another module may have that number later
                module.globals.clear()  # its functions know it: the collector of cycles need not come for them

    def _evaluate(self, path: str) -> tuple[StrictMachine, LoadedModule] | None:
        source = self._folder.source(path)
        tree = None if source is None or isinstance(source, Diagnostic) else self._trees.tree(source)
        if source is None or isinstance(source, Diagnostic) or tree is None or isinstance(tree, Diagnostic):
            return None
        modules = Modules(self._folder, self._trees)
        machine = StrictMachine(self._folder, Config(), modules, AirflowState("3"), path)
        name = path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        module = LoadedModule(name, path, tree.module, source.text)
        modules.add(module)
        try:
            machine.run(tree.module, Env(module, module.globals))
        except (BudgetExceeded, ControlFlow):
            return None
        return machine, module

    def _try(self, trial: Trial, machine: StrictMachine, module: LoadedModule) -> Outcome:
        try:
            function = machine.eval(cst.parse_expression(trial.reference), Env(module, module.globals))
        except (BudgetExceeded, ControlFlow):
            function = None
        if not isinstance(function, Function):
            return Outcome("its function is only known when it runs")
        if _CHANGES_OUTER.search(function.module.text) and any(
            isinstance(node, cst.Global | cst.Nonlocal) for node in _nodes(function.node)
        ):
            return Outcome("it changes a global variable")
        reason = "no small value is known for what it takes"
        for values in _combinations(trial):
            outcome = self._grow(trial, machine, module, function, values)
            if not outcome.reason and _is_unstable(outcome, function):
                outcome = Outcome("what it makes is not the same each time")
            if self._scratch.name in repr(outcome):
                outcome = Outcome("it depends on the folder that the project is in")
            if not outcome.reason:
                return outcome
            reason = outcome.reason
        return Outcome(reason)

    def _grow(
        self, trial: Trial, machine: StrictMachine, module: LoadedModule, function: Function, values: dict[str, Any]
    ) -> Outcome:
        """Calls it; members that it looks for in a small input and does not find are added to that."""
        reason = "it looks for too much in its inputs"
        environment: dict[str, str] = {}
        kinds = iter(_ENVIRONMENT)
        content = next(kinds)
        for _ in range(12):
            machine.config = machine.config.model_copy(update={"env": dict(environment)})
            try:
                outcome = self._call(trial, machine, module, function, values)
                if environment.keys() >= set(machine.asked_environment()):
                    return outcome
                reason = "it reads environment variables that have no value it can use"
            except Unsure as error:
                reason = str(error)
            except RaiseSignal as signal:
                key = _KEY.match(signal.message) if signal.name == "KeyError" else None
                grown = _grown(values, key[1], trial) if key else None
                if grown is not None:
                    values = grown
                    continue
                reason = _raised(signal)
            except (BudgetExceeded, ControlFlow):
                return Outcome("it takes too long to be tried")
            finally:
                asked = machine.asked_environment()
                machine.end()
            if asked and not environment.keys() >= set(asked):
                environment |= dict.fromkeys(asked, content)
            elif environment and (content := next(kinds, "")):
                environment = dict.fromkeys(environment, content)
            else:
                break
        return Outcome(reason)

    def _call(
        self, trial: Trial, machine: StrictMachine, module: LoadedModule, function: Function, values: dict[str, Any]
    ) -> Outcome:
        recorder = Recorder()
        self._place_stand_ins(machine, recorder, trial)
        arguments: dict[str, Any] = {}
        for name, parameter in trial.parameters.items():
            if parameter.kind == "context":
                arguments[name] = recorder.context(trial)
            elif parameter.kind == "config":
                arguments[name] = recorder.config(parameter)
            elif parameter.kind == "resource":
                arguments[name] = recorder.resource(name, parameter)
            else:
                arguments[name] = _copied(values[name])
        machine.begin()
        with self._folder.watch() as reads:
            result = machine.call(function, [], arguments, function.node, Env(module, module.globals))
            yields = isinstance(result, LazyItems)
            if yields:
                result = [event(item) for item in result.take()]
        if any(kind == "text" or not path.endswith(".py") for kind, path in reads if not self._is_given(path)):
            raise Unsure("it works on files")
        return Outcome(
            "",
            dict(values),
            result if yields else known(result),
            yields,
            "".join(recorder.printed),
            tuple(recorder.calls),
            tuple(recorder.logged),
            dict(machine.config.env),
            dict(recorder.asked),
        )

    def _is_given(self, path: str) -> bool:
        """Whether a path is that of a file or folder of the project."""
        inside = self._folder.relative(path)
        return inside is not None and inside in self._paths

    def _place_stand_ins(self, machine: StrictMachine, recorder: Recorder, trial: Trial) -> None:
        """Puts stand-ins where modules that are loaded refer to what they stand in for."""
        names = recorder.names(trial, self._package)
        shown = Native("print", recorder.print)
        for module in machine.modules.loaded():
            origins = self._origins.setdefault(id(module), {})
            for name, value in list(module.globals.items()):
                path = value.path if isinstance(value, External) else ""
                if isinstance(value, Function) and value.module is not module:
                    path = f"{value.module.name}.{value.qualname}"
                if path in names:
                    origins[name] = path
            for name, path in origins.items():
                module.globals[name] = names[path]
            if "print" not in module.globals or isinstance(module.globals["print"], Native):
                module.globals["print"] = shown


def _combinations(trial: Trial) -> Iterator[dict[str, Any]]:
    taken = {name: parameter for name, parameter in trial.parameters.items() if parameter.kind == "value"}
    choices = [parameter.values or candidates(name, parameter.annotation) for name, parameter in taken.items()]
    for values in itertools.islice(itertools.product(*choices), _ATTEMPTS):
        yield dict(zip(taken, values, strict=True))


def _grown(values: Mapping[str, Any], key: str, trial: Trial) -> dict[str, Any] | None:
    """The inputs, with a member of that name in the first that can have it; what another function returned is left as it is."""
    for name, value in values.items():
        grown = None if trial.parameters[name].values else with_member(value, key)
        if grown is not None:
            return {**values, name: grown}
    return None


def _is_unstable(outcome: Outcome, function: Function) -> bool:
    """Whether the outcome holds a number that is not equal to itself, or may hold the order of a set, which Python shuffles."""
    if any(isinstance(part, float) and math.isnan(part) for part in walk([outcome.result, outcome.arguments])):
        return True
    nodes = list(_nodes(function.node.body))
    called = {node.func.value for node in nodes if isinstance(node, cst.Call) and isinstance(node.func, cst.Name)}
    has_set = bool(called & {"set", "frozenset"}) or any(isinstance(node, cst.Set | cst.SetComp) for node in nodes)
    ordered = isinstance(outcome.result, (list, tuple, str, dict)) or bool(outcome.printed or outcome.calls)
    return has_set and ordered and "sorted" not in called


def _raised(signal: RaiseSignal) -> str:
    if signal.name == "FileNotFoundError":
        return "it works on files"
    if signal.name in ("KeyError", "TypeError", "AttributeError", "IndexError"):
        return "what it takes is not known"
    return f"it raises {signal.name} with small inputs"


def _copied(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _copied(item) for key, item in value.items()}
    return [_copied(item) for item in value] if isinstance(value, list) else value


def _nodes(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """The node and all below it."""
    todo = [node]
    while todo:
        node = todo.pop()
        yield node
        todo += children(node)
