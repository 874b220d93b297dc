"""Understanding the team's own Python functions without running them.

`CallableAnalyzer(project).facts(callable)` says what of its file a `python_callable` or TaskFlow function needs to be moved
byte for byte (`Closure`), where it touches Airflow (`ContextUse`), and what forbids the move (`Blocker`).
"""

from migrator.analyzers.callables.airflow_use.handing import FORMED
from migrator.analyzers.callables.airflow_use.hooks import HookCall
from migrator.analyzers.callables.airflow_use.names import (
    CONTEXT_KEYS,
    DICT_KEYS,
    LIVE_KEYS,
    OF_EVENTS,
    OF_FAILURES,
    OF_OTHERS,
    ONLY_IN,
    PLAIN_KEYS,
    TRIGGERING,
)
from migrator.analyzers.callables.airflow_use.skip_calls import SKIP, SKIP_OTHERS
from migrator.analyzers.callables.airflow_use.starting import STARTS
from migrator.analyzers.callables.airflow_use.use_names import RUN_BASE
from migrator.analyzers.callables.analyzer import CallableAnalyzer, given_parameters, method_of_object
from migrator.analyzers.callables.classes.computed_fields import ComputedField
from migrator.analyzers.callables.classes.lifecycle import AFTER, BEFORE, CALLING_FUNCTION, ENTRY, RENDERING, WORK
from migrator.analyzers.callables.classes.own_objects import arranged
from migrator.analyzers.callables.classes.working_bases import HOLDING_HOOKS, WORKING_BASES
from migrator.analyzers.callables.facts import (
    Assigned,
    Blocker,
    CallableFacts,
    Closure,
    ContextUse,
    HandedForm,
    ImportedName,
    InstanceFacts,
    Piece,
    with_handed,
)
from migrator.analyzers.callables.source.effects import EFFECT, STATEMENT
from migrator.analyzers.callables.source.trim import CarriedModule

__all__ = [
    "AFTER",
    "BEFORE",
    "CALLING_FUNCTION",
    "CONTEXT_KEYS",
    "DICT_KEYS",
    "EFFECT",
    "ENTRY",
    "FORMED",
    "HOLDING_HOOKS",
    "LIVE_KEYS",
    "OF_EVENTS",
    "OF_FAILURES",
    "OF_OTHERS",
    "ONLY_IN",
    "PLAIN_KEYS",
    "RENDERING",
    "RUN_BASE",
    "SKIP",
    "SKIP_OTHERS",
    "STATEMENT",
    "STARTS",
    "TRIGGERING",
    "WORK",
    "WORKING_BASES",
    "Assigned",
    "Blocker",
    "CallableAnalyzer",
    "CallableFacts",
    "CarriedModule",
    "Closure",
    "ComputedField",
    "ContextUse",
    "HandedForm",
    "HookCall",
    "ImportedName",
    "InstanceFacts",
    "Piece",
    "arranged",
    "given_parameters",
    "method_of_object",
    "with_handed",
]
