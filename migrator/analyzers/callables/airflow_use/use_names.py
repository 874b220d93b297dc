"""What a use of Airflow's context stands for: whether two are the same, and what a parameter for one is called."""

from __future__ import annotations

import re
from collections.abc import Mapping

from migrator.analyzers.callables.facts import ContextUse
from migrator.model.source import Span
from migrator.model.values import Value, is_known

RUN_BASE = "run_base"
"""The parameter that takes what the operator does from which a class of the team's own derives."""
_SAME: dict[tuple[str, tuple[str | int, ...]], tuple[str, tuple[str | int, ...]]] = {
    ("dag", ("dag_id",)): ("ti", ("dag_id",)),
    ("dag_run", ("dag_id",)): ("ti", ("dag_id",)),
    ("dag_run", ("run_id",)): ("run_id", ()),
    ("task", ("dag_id",)): ("ti", ("dag_id",)),
    ("task", ("task_id",)): ("ti", ("task_id",)),
    ("ti", ("run_id",)): ("run_id", ()),
}
"""Members that others say, too."""
_NAMES = {"base": RUN_BASE, "mapping": "values"}


def is_fixed(detail: Mapping[str, Value]) -> bool:
    """Whether what is pulled is the same, whichever code calls the function."""
    ids = detail.get("task_ids")
    known = ids is None or is_known(ids) or "pattern" in detail or detail.get("itself") is True
    known = known and is_known(detail.get("prior"))
    # A default stays where it stands: what is picked from tells whether it counts, which it does where the pull says of which copy.
    stays = isinstance(detail.get("default"), Span) and not detail.keys().isdisjoint(("index", "unmapped"))
    default = {"default"} if stays else set()
    more = {*(detail.get("other") or ())} - default
    return known and isinstance(detail.get("key"), str) and not more and is_known(detail.get("dag_id"))


def same(one: ContextUse, other: ContextUse) -> bool:
    """Whether two uses stand for one value."""
    if one.kind == other.kind == "xcom_push":
        return True
    if one.kind == other.kind == "ways":
        return bool(one.detail["calls"] == other.detail["calls"])
    detail = {**one.detail} == {**other.detail}
    return one.kind == other.kind and _member(one) == _member(other) and detail


def _member(use: ContextUse) -> tuple[str, tuple[str | int, ...]]:
    """The member of the context that a use asks for, whichever object of it is asked."""
    return _SAME.get((use.name, use.path), (use.name, use.path))


def wish_for(use: ContextUse) -> str:
    """A name that suits what a use stands for."""
    if use.assigned is not None and not use.assigned.removable:
        return _identifier(use.path[-1] if use.path else use.name)
    if use.kind == "member":
        return f"has_{_identifier(use.name)}"
    if "index" in use.detail:
        return "members" if use.kind == "members" else "pulled"
    if use.kind == "xcom_pull":
        key, ids = use.detail.get("key"), use.detail.get("task_ids")
        name = key if isinstance(key, str) and key != "return_value" else ids
        return _identifier(name.rpartition(".")[2]) if isinstance(name, str) else "pulled"
    if use.kind in _NAMES:
        return _NAMES[use.kind]
    return _identifier(use.path[-1] if use.path else use.name)


def _identifier(text: object) -> str:
    name = re.sub(r"\W", "_", str(text)).strip("_").lower() or "value"
    return f"value_{name}" if name[0].isdigit() else name
