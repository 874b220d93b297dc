"""The connections that code names where it makes hooks of classes of its own."""

from __future__ import annotations

import pytest

from migrator.planning.callables.named_connections import connections_of_hooks

CLASSES = """
class Rates(SqliteHook):
    def rate(self): ...

class Cached(Rates): ...

class Other(Rates):
    default_conn_name = "other_db"

class Named(PostgresHook):
    def __init__(self, table, store="stores", **kwargs):
        super().__init__(postgres_conn_id=store, **kwargs)

class Fixed(MySqlHook):
    def __init__(self, table):
        super().__init__("fixed_db")

class Handing(SqliteHook):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
"""


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ('Rates("warehouse")', {"warehouse"}),
        ('hooks.Cached(sqlite_conn_id="lake").rate()', {"lake"}),
        ("Rates(DB)", {"of_a_constant"}),
        ("Rates(conn)", {"given"}),
        ("Rates(found())", set()),
        ("Rates()", {"sqlite_default"}),
        ('Named("orders")', {"stores"}),
        ("Other()", {"other_db"}),
        ('Named("orders", "shop")', {"shop"}),
        ('Named("orders", store="shop")', {"shop"}),
        ('Named("orders", postgres_conn_id="pg")', {"pg"}),
        ('Handing("warehouse")', {"warehouse"}),
        ('Plain("warehouse")', set()),
        ('        @task\n        def work():\n            return Rates("indented")', {"indented"}),
    ],
)
def test_hooks_of_own_classes_tell_their_connections(code: str, expected: set[str]) -> None:
    found = connections_of_hooks([CLASSES, 'DB = "of_a_constant"', code], {"conn": "given"})
    assert found == expected | {"fixed_db"}
