"""What the code of `library_code/gusty_.py` cannot say itself: classes named by text, and which arguments they take.

Facts are gusty 0.23.1's `importing.py` and `building.py`, read in the package.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from migrator.analyzers.interpreter.airflow.objects import TaskObject
from migrator.analyzers.interpreter.libraries import inspection
from migrator.analyzers.interpreter.libraries.builtin_functions import no
from migrator.analyzers.interpreter.values import Call, Class, Function
from migrator.operators.common import COMMON_ARGUMENTS

if TYPE_CHECKING:
    from migrator.analyzers.interpreter.machine import Machine

_WORDS = re.compile(r"(?<=[a-z\d])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def operator_class(machine: Machine, call: Call) -> Any:
    """The class of a dotted name. `local.TheOperator` is in `operators/the_operator.py` of AIRFLOW_HOME or GUSTY_HOME: some `operators` folder."""
    name = call.argument(0, "operator_string")
    if not isinstance(name, str) or "." not in name:
        return no(machine, call, "the operator is not known")
    module, _, cls = name.rpartition(".")
    if name.partition(".")[0] == "local":
        module = f"operators.{_WORDS.sub('_', cls).lower()}"
    return machine.modules.member(machine, module, 0, cls, call.node, call.env)


def accepted_arguments(machine: Machine, call: Call) -> set[str] | None:
    """The names of a task file that go to an operator of the team's own; None for a library's, which is taken to accept all."""
    operator = call.argument(0, "operator")
    if not isinstance(operator, Class):
        return None
    init, fields = operator.find("__init__"), operator.find("template_fields")
    if not isinstance(init, Function):
        return None
    named = [entry.find("__init__") for entry in operator.mro()[:2] if isinstance(entry, Class)]
    found = {"task_id", "dag", "task_group", "trigger_rule", "default_args", *COMMON_ARGUMENTS}
    found.update(name for name in (fields if isinstance(fields, (list, tuple)) else ()) if isinstance(name, str))
    return found.union(*(inspection.parameters(machine, one, bound=True) for one in named if isinstance(one, Function)))


def own_dependencies(machine: Machine, call: Call) -> Any:
    """What an operator of the team's own found to depend on, in its attribute `dependencies`."""
    task = call.args[0]
    return task.attributes.get("dependencies") or [] if isinstance(task, TaskObject) else []


CALLS: dict[str, Callable[[Machine, Call], Any]] = {
    "gusty.building.accepted_arguments": accepted_arguments,
    "gusty.building.operator_class": operator_class,
    "gusty.building.own_dependencies": own_dependencies,
}
"""By canonical path."""
