"""Classes of the analyzed code that derive from Airflow's: making their instances."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from migrator.analyzers.interpreter.airflow.dags import make_dag, make_group
from migrator.analyzers.interpreter.airflow.objects import DagObject, GroupObject, OperatorPartial, TaskObject
from migrator.analyzers.interpreter.values import MISSING, Call, Class, External, Function, Instance, Native, unknown

if TYPE_CHECKING:
    from migrator.analyzers.interpreter.machine import Machine


UNKNOWN_OPERATOR = "{?}"
"""Stands for the name of an operator class that is not known."""


def operator_partial(machine: Machine, target: Class | External, call: Call) -> OperatorPartial:
    """`Operator.partial(**kwargs)`."""
    return OperatorPartial(target, dict(call.kwargs), call.node, call.env)


def instantiate_operator(machine: Machine, cls: Class, call: Call) -> Any:
    """An operator class of the analyzed code is instantiated."""
    from migrator.analyzers.interpreter.airflow.tasks import make_task

    return make_task(machine, cls, call)


def unknown_operator(machine: Machine, call: Call) -> Any:
    """A task of a class that is not known: its id and its edges are."""
    from migrator.analyzers.interpreter.airflow.tasks import make_task

    machine.report("MIG105", call.node, call.env, "the class of the operator is not known")
    return make_task(machine, External(UNKNOWN_OPERATOR), call)


def instantiate_subclass(machine: Machine, cls: Class, call: Call) -> Any:
    """Analyzed classes that derive from DAG or TaskGroup; MISSING for others."""
    bases = cls.external_bases()
    if "airflow.sdk.DAG" not in bases and "airflow.sdk.TaskGroup" not in bases:
        return MISSING
    if "airflow.sdk.DAG" in bases:
        place = machine.place_in_file(call.node, call.env)
        made: DagObject | GroupObject = DagObject("", {}, place, call.env.module.name, cls=cls)
    else:
        made = GroupObject("", None, None, cls=cls)
    init = cls.find("__init__")
    if not isinstance(init, Function):
        initialize_base(machine, made, call)
        return made
    from migrator.analyzers.interpreter.language.calls import call_function

    call_function(machine, init, Call([made, *call.args], call.kwargs, call.node, call.env, call.star))
    is_made = made.dag_id if isinstance(made, DagObject) else made.group_id
    return made if is_made else unknown(cls.name, "its base class was not initialized")


def base_initializer(receiver: Any) -> Native:
    """The `__init__` that `super()` finds in a library class."""
    return Native("__init__", lambda machine, call: initialize_base(machine, receiver, call))


def initialize_base(machine: Machine, receiver: Any, call: Call) -> None:
    """`super().__init__(...)` that reaches a library class."""
    from migrator.analyzers.interpreter.airflow.tasks import initialize

    if isinstance(receiver, TaskObject):
        initialize(machine, receiver, call)
    elif isinstance(receiver, DagObject):
        make_dag(machine, call, made=receiver)
    elif isinstance(receiver, GroupObject):
        make_group(machine, call, made=receiver)
    elif isinstance(receiver, Instance):
        receiver.of_library = (list(call.args), dict(call.kwargs))
        for name, value in call.kwargs.items():
            receiver.attributes.setdefault(name, value)
        if (
            call.args
            and receiver.cls is not None
            and any(b.endswith("Exception") for b in receiver.cls.external_bases())
        ):
            receiver.attributes["args"] = tuple(call.args)
