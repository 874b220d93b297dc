"""What was found, for people and for scripts: terminal, Markdown, JSON.

Comes in: an `Analysis` (what `migrator.pipeline` returns). Goes out: text. Pure functions; names from the analyzed files are hostile and
escaped for each format; values that look secret are masked.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from migrator.diagnostics import Diagnostic
from migrator.model.airflow import AirflowProject
from migrator.model.plan import MigrationPlan
from migrator.model.source import SourceFile


class Analysis(Protocol):
    """What a report is made of; `diagnostics` are those of all stages, in order."""

    @property
    def project(self) -> AirflowProject: ...
    @property
    def plan(self) -> MigrationPlan: ...
    @property
    def files(self) -> Sequence[SourceFile]: ...
    @property
    def diagnostics(self) -> Sequence[Diagnostic]: ...


def worst_rank(diagnostics: Iterable[Diagnostic]) -> int | None:
    """The rank of the most severe finding (0 for an error); None without findings."""
    return min((finding.severity.rank for finding in diagnostics), default=None)
