"""What moves to Dagster together, and what needs a DAG to stay."""

from __future__ import annotations

from migrator.model.frozen import dataclass


@dataclass(frozen=True, slots=True)
class Unit:
    """Tasks of a DAG that can only be proxied together (Airflow runs them, Dagster does their work).

    `why` says what binds them (empty for one alone), `blocked` why they cannot be proxied (empty where they can), `conditions` what must hold
    outside the code for it to be safe. Each task is in exactly one unit.
    """

    tasks: tuple[str, ...]
    why: str = ""
    blocked: str = ""
    conditions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Dependent:
    """A DAG that needs another one to run in Airflow; `how` goes on after its name: "its task `x` waits for it"."""

    dag_id: str
    how: str
