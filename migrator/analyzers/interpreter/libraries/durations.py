"""pendulum's durations of months or years, which are both: added to a date they are these, and as a length of time they have a fixed one."""

from __future__ import annotations

import datetime as dt
from typing import Any

from dateutil.relativedelta import relativedelta

from migrator.model.durations import pendulum_length


class Duration(relativedelta):
    """What `pendulum.duration(months=1)` is. It is a `timedelta` there, of which Airflow keeps the seconds where it says when runs are due."""

    def __init__(self, **amounts: Any) -> None:
        super().__init__(**amounts)
        self._amounts = {name: amount for name, amount in amounts.items() if amount}

    @property
    def amounts(self) -> dict[str, Any]:
        """What it is made with."""
        return self._amounts

    @property
    def length(self) -> dt.timedelta:
        """The length of time that it stands for where no date is at hand."""
        return pendulum_length(self._amounts)
