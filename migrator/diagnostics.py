"""Findings for a person: a stable code, a place, one fact, and what to do.

What a code means stands in `migrator.catalogue`. A finding is data; making text of it is `report`'s job. Exceptions are for bugs and wrong use only.
"""

from __future__ import annotations

from migrator.catalogue import CATALOGUE, CodeDoc, Severity
from migrator.model.frozen import dataclass
from migrator.model.source import Span
from migrator.secrets.masking import cover_found

__all__ = ["CATALOGUE", "CodeDoc", "Diagnostic", "MigratorError", "Severity", "diagnose"]


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding at one place. `message` is one fact without a full stop; `help` an imperative, what to type."""

    code: str
    severity: Severity
    span: Span
    message: str
    help: str = ""
    resolved_by: tuple[str, ...] = ()
    """What the user can tell so that the finding goes away: `variable:NAME`, `env:NAME`."""


class MigratorError(Exception):
    """Wrong use or an environment that makes the work impossible; shown without a traceback, exit code 2.

    `code` is a code of the catalogue; `message` what was found; `help` what to do next.
    """

    def __init__(self, code: str, message: str, help: str = "") -> None:
        super().__init__(message)
        self.code, self.message, self.help = code, message, help


def help_for_missing(*packages: str) -> str:
    """What to do where code imports packages that are not in the folder; empty without one."""
    names = " and ".join(f"`{package}`" for package in packages if package)
    either = f"give the folder above instead, if that holds {names}, or name the folder that does among the `roots` in `migrator.toml`"
    return either if names else ""


def diagnose(code: str, span: Span, message: str, help: str = "") -> Diagnostic:
    """A finding with the severity and, unless given, the help of its code; secrets in the message are
    covered. KeyError if the code is not in the catalogue."""
    doc = CATALOGUE[code]
    return Diagnostic(code, doc.severity, span, cover_found(message), help or doc.remedy)
