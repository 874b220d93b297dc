"""The rules, one file per family of operators; adding a rule is adding a file with a `RULES` tuple.

`rule` is the form of a rule, `registry` finds the rule of a task, `common` knows the arguments that every operator has, and
`names` today's name of whatever Airflow renamed.
"""

from migrator.operators.names import (
    argument_name,
    canonical,
    canonical_module,
    decorated_class,
    display_name,
    is_operator,
    parameters,
)
from migrator.operators.registry import Registry, builtin_rules, load_user_rules, registry_with, rule_for

__all__ = [
    "Registry",
    "argument_name",
    "builtin_rules",
    "canonical",
    "canonical_module",
    "decorated_class",
    "display_name",
    "is_operator",
    "load_user_rules",
    "parameters",
    "registry_with",
    "rule_for",
]
