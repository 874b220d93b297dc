"""What can be written down as it is where a function reads it from the function around it."""

from __future__ import annotations

import datetime as dt

from migrator.analyzers.callables.folding.plain_values import is_plain
from migrator.model.values import NamedTuple, Symbolic


def test_plain_data_is_plain() -> None:
    assert is_plain({"a": [1, ("b", None)], "since": dt.date(2024, 1, 1)})


def test_a_named_tuple_is_no_tuple() -> None:
    """Code that reads `feed.url` needs the class."""
    feed = NamedTuple("conf.feeds.Feed", ("name", "url"), ("prices", "https://feeds.example.com/prices.csv"))
    assert not is_plain(feed)
    assert not is_plain([feed])
    assert not is_plain(Symbolic("os.environ['A']", "the environment is not known"))
