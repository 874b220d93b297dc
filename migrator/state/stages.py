"""Who runs a DAG and its tasks now: one small JSON file per DAG in `src/<package>/migration/state/`.

    {"schema_version": 1, "dag_id": "orders_daily", "stage": "proxied", "proxied_tasks": ["load", "transform"],
     "history": [{"at": "2026-11-22T08:00:00+00:00", "by": "ada", "what": "promote orders_daily.load", "from": "proxied",
                  "to": "proxied", "proxied_before": ["transform"], "why": "two weeks of equal shadow runs", "forced": false}]}

A DAG without a file is `observed`. Stages, in order:

    observed        Airflow runs all of it, Dagster looks on
    proxied         Airflow's schedule runs it; the work of `proxied_tasks` is done by Dagster
    migrated        Dagster's schedule runs it; it is paused in Airflow
    decommissioned  Dagster runs it; it may be deleted in Airflow

Airflow's workers read the same files, without this package: keep the format plain.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import os
import re
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from migrator.diagnostics import MigratorError
from migrator.model.stages import Stage
from migrator.state.locks import locked

__all__ = ["DagState", "Move", "Stage", "change_state", "read_state", "read_states", "stage_of"]

SUFFIX = ".json"
PATIENCE = 5.0
"""Seconds to wait for someone else who changes the same DAG's state."""
_DAG_ID = re.compile(r"[\w.-]{1,250}")
"""What Airflow accepts as the id of a DAG (`airflow.utils.helpers.validate_key`); it is a file name as it stands."""


class Move(BaseModel):
    """One change of stage. `at` is ISO 8601 with a zone, `by` a user's name, `what` the command as typed, `why` what the user said of it;
    `proxied_before` the tasks that were proxied until then. `overridden` are the reasons against it where it was `forced`."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    at: dt.datetime
    by: str = ""
    what: str = ""
    before: Stage | None = Field(default=None, alias="from")
    after: Stage | None = Field(default=None, alias="to")
    proxied_before: tuple[str, ...] = ()
    why: str = ""
    forced: bool = False
    overridden: tuple[str, ...] = ()


class DagState(BaseModel):
    """The stage of one DAG. `proxied_tasks` is not empty exactly where the stage is `proxied`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    schema_version: Literal[1] = 1
    dag_id: str
    stage: Stage = Stage.OBSERVED
    proxied_tasks: tuple[str, ...] = ()
    history: tuple[Move, ...] = Field(default=())

    @model_validator(mode="after")
    def _consistent(self) -> DagState:
        if (self.stage is Stage.PROXIED) != bool(self.proxied_tasks):
            raise ValueError(
                "`proxied_tasks` names the proxied tasks where `stage` is `proxied`, and is empty elsewhere"
            )
        return self


def read_state(folder: Path, dag_id: str) -> DagState:
    """The state of a DAG; `observed` where there is no file.

    MigratorError MIG610 where the file cannot be read, is not what this module wrote, or is another DAG's.
    """
    path = _path(folder, dag_id)
    try:
        text = path.read_bytes().decode("utf-8")
    except FileNotFoundError:
        return DagState(dag_id=dag_id)
    except OSError as error:
        raise MigratorError("MIG610", f"`{path}` cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise MigratorError("MIG610", f"`{path}` is not text in UTF-8") from None
    try:
        state = DagState.model_validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise MigratorError("MIG610", f"`{path}`: {f'`{place}`: ' if place else ''}{first['msg']}") from None
    if state.dag_id != dag_id:
        raise MigratorError("MIG610", f"`{path}` is the state of `{state.dag_id}`")
    return state


def stage_of(folder: Path, dag_id: str) -> Stage:
    """The stage of a DAG; MigratorError as `read_state`."""
    return read_state(folder, dag_id).stage


def read_states(folder: Path) -> tuple[dict[str, DagState], list[MigratorError]]:
    """The states of all DAGs that have a file, by their ids, and what is wrong with the files that could not be read."""
    states: dict[str, DagState] = {}
    problems: list[MigratorError] = []
    for path in sorted(folder.glob(f"*{SUFFIX}")):
        try:
            states[path.name.removesuffix(SUFFIX)] = read_state(folder, path.name.removesuffix(SUFFIX))
        except MigratorError as error:
            problems.append(error)
    return states, problems


def change_state(
    folder: Path,
    dag_id: str,
    change: Callable[[DagState], DagState],
    *,
    what: str,
    why: str = "",
    forced: bool = False,
    overridden: Callable[[], tuple[str, ...]] = tuple,
) -> DagState:
    """The state after `change`, written as a whole or not at all, with a line in its history; as it is where `change` changed nothing.

    Whoever changes the same DAG at the same time waits for at most a moment: MigratorError MIG611 where the other does not finish. Whatever
    `change` raises leaves the file as it is. `overridden` is asked after `change`.
    """
    with _locked(folder, dag_id):
        before = read_state(folder, dag_id)
        after = change(before)
        if after == before:
            return before
        move = Move.model_validate(
            {
                "at": dt.datetime.now(dt.timezone.utc).replace(microsecond=0),
                "by": _user(),
                "what": what,
                "from": before.stage,
                "to": after.stage,
                "proxied_before": before.proxied_tasks,
                "why": why,
                "forced": forced,
                "overridden": overridden(),
            }
        )
        after = DagState.model_validate({**after.model_dump(), "history": (*before.history, move)})
        _write(_path(folder, dag_id), after)
        return after


def _path(folder: Path, dag_id: str) -> Path:
    if not _DAG_ID.fullmatch(dag_id) or dag_id in (".", ".."):
        raise MigratorError("MIG610", f"`{dag_id}` cannot be the id of a DAG")
    return folder / f"{dag_id}{SUFFIX}"


def _user() -> str:
    import getpass

    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return ""


@contextlib.contextmanager
def _locked(folder: Path, dag_id: str) -> Iterator[None]:
    """Holds the lock of a DAG's state: a file beside it."""
    path = _path(folder, dag_id)
    folder.mkdir(parents=True, exist_ok=True)
    lock = path.with_name(f".{path.name}.lock")
    try:
        handle = os.open(lock, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise MigratorError("MIG610", f"`{folder}` cannot be written: {error.strerror}") from None
    with contextlib.ExitStack() as stack:
        try:
            stack.enter_context(locked(handle, PATIENCE))
        except TimeoutError:
            raise MigratorError("MIG611", f"someone else is changing the state of `{dag_id}`") from None
        yield


def _write(path: Path, state: DagState) -> None:
    document = json.loads(state.model_dump_json(by_alias=True))
    text = json.dumps(document, indent=2, ensure_ascii=False) + "\n"
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException as error:
        Path(name).unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise MigratorError("MIG610", f"`{path}` cannot be written: {error.strerror}") from None
        raise
