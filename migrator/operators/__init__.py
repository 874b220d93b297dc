"""The rules, one file per family of operators; adding a rule is adding a file with a `RULES` tuple."""

from migrator.operators.names import (
    argument_name,
    canonical,
    canonical_module,
    decorated_class,
    display_name,
    is_operator,
    parameters,
)

__all__ = [
    "argument_name",
    "canonical",
    "canonical_module",
    "decorated_class",
    "display_name",
    "is_operator",
    "parameters",
]
