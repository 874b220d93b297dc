"""What the work of a migration is reckoned with: the table `[plan]` of `migrator.toml` (docs/plan.md).

[plan]
batch_hours = 40          # work that one batch of DAGs holds at most
quick_win_hours = 3       # a DAG that takes at most this long, and needs no decision, is a quick win
dead_after_days = 90      # a DAG without a run since then is dead

[plan.hours]              # from and to, for one of each; a single number is both
dag = [0.5, 1.5]
"""

from __future__ import annotations

import math

from pydantic import BaseModel, ConfigDict, Field, field_validator

Hours = tuple[float, float]
"""From and to."""

DEFAULT_HOURS: dict[str, Hours] = {
    "dag": (0.5, 1.5),
    "asset": (0.05, 0.25),
    "check": (0.05, 0.2),
    "sensor": (0.1, 0.3),
    "step": (0.05, 0.25),
    "folded": (0.0, 0.0),
    "hook": (0.05, 0.2),
    "wrapped": (0.1, 0.5),
    "copy": (0.0, 0.05),
    "setting": (0.1, 0.5),
    "blocker": (0.5, 3.0),
    "repeat": (0.1, 0.5),
    "follower": (0.0, 0.1),
    "warning": (0.1, 0.5),
    "info": (0.0, 0.05),
    "rule": (2.0, 8.0),
    "decision": (0.5, 2.0),
}
"""Hours for one of each; docs/plan.md says what they stand for."""


DAY = 8.0
"""Hours of a person's day."""


def hours(low: float, high: float) -> str:
    """A range of hours for people: `2-6 h`; from three days on `3-9 days`."""
    if high < 3 * DAY:
        return f"{_number(low)}-{_number(high)} h"
    return f"{_number(math.floor(low / DAY * 2) / 2)}-{_number(math.ceil(high / DAY * 2) / 2)} days"


def _number(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0") if value < 10 else f"{math.floor(value + 0.5):,}"


class PlanSettings(BaseModel):
    """How effort is reckoned and batches are cut. `hours` holds every key of `DEFAULT_HOURS`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    batch_hours: float = Field(default=40.0, gt=0)
    quick_win_hours: float = Field(default=3.0, gt=0)
    dead_after_days: int = Field(default=90, ge=1)
    hours: dict[str, Hours] = Field(default_factory=lambda: dict(DEFAULT_HOURS))

    @field_validator("hours", mode="before")
    @classmethod
    def _complete(cls, value: object) -> object:
        """A single number is both ends of its range; what is not given has its default."""
        if not isinstance(value, dict):
            return value
        unknown = sorted(set(value) - set(DEFAULT_HOURS))
        if unknown:
            known = ", ".join(f"`{name}`" for name in DEFAULT_HOURS)
            raise ValueError(f"`{unknown[0]}` is not known; the keys are {known}")
        given = {name: (item, item) if isinstance(item, int | float) else item for name, item in value.items()}
        return {**DEFAULT_HOURS, **given}

    @field_validator("hours", mode="after")
    @classmethod
    def _ranges(cls, value: dict[str, Hours]) -> dict[str, Hours]:
        for name, (low, high) in value.items():
            if not 0 <= low <= high < 10_000:
                raise ValueError(f"`{name}` is a range of hours, from and to")
        return value
