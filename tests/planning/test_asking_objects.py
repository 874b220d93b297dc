"""Objects of the team's own whose methods ask for Airflow's context: these take what they use of it; that they do what they did is shown in `tests/parity`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.planning.test_own_classes import generated

DAG = """\
import datetime as dt
from airflow import DAG
from airflow.operators.python import PythonOperator
from desk import Book, Loud

BOOK = Book("main")

{code}
with DAG("shop", schedule="@daily", start_date=dt.datetime(2026, 1, 1)):
    PythonOperator(task_id="work", python_callable=work)
    PythonOperator(task_id="other", python_callable=work)
"""
PACKAGE = "from .book import Book, Loud\n"
BOOK = """\
import contextlib
import functools

from airflow.sdk import get_current_context


class Book:
    def __init__(self, name):
        self.name = name

    @property
    def folder(self):
        return f"{self.name}/{get_current_context()['ds']}"

    @contextlib.contextmanager
    def page(self):
        yield get_current_context()["ti"].task_id

    def __call__(self, text):
        return f"{self.folder}: {text} {get_current_context()['ds_nodash']}"

    @contextlib.contextmanager
    def lent(self):
        yield self

    def noted(self):
        print(get_current_context()["ds"])
        return self

    @classmethod
    def named(cls, name):
        return cls(name)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        return None


class Loud(Book):
    def shout(self):
        return self.folder.upper()
"""


def of(tmp_path: Path, code: str, book: str = BOOK) -> tuple[str, str]:
    files = {"shop.py": DAG.format(code=code), "desk/__init__.py": PACKAGE, "desk/book.py": book}
    kinds, made = generated(tmp_path, files)
    return kinds["work"][0], "".join(text for path, text in made.items() if "/src/" in f"/{path}")


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("def work():\n    return BOOK.folder", "return BOOK.folder(ds=ds)"),
        ("def work():\n    return f'{BOOK.folder}'", "{BOOK.folder(ds=ds)}"),
        ("def work():\n    with BOOK.page() as page:\n        return page", "with BOOK.page(task_id=task_id) as page:"),
        ("def work():\n    return BOOK('text')", 'return BOOK("text", ds=ds, ds_nodash=ds_nodash)'),
        ("LOUD = Loud('loud')\n\ndef work():\n    return LOUD.shout(), LOUD.folder", "LOUD.folder(ds=ds)"),
        ("def work():\n    book = Book('mine')\n    return book.folder", "return book.folder(ds=ds)"),
        ("def work():\n    with BOOK.lent() as book:\n        return book.folder", "return book.folder(ds=ds)"),
        ("def work():\n    return BOOK.noted().noted().folder", "BOOK.noted(ds=ds).noted(ds=ds).folder(ds=ds)"),
        ("def work():\n    return Book.named('x').folder", 'return Book.named("x").folder(ds=ds)'),
        ("def work():\n    BOOK.noted()\n    return 1", "BOOK.noted(ds=ds)"),
        ("def work():\n    with Book('mine') as book:\n        return book.folder", "return book.folder(ds=ds)"),
        (
            "class Desk:\n    def __init__(self):\n        self.book = Book('mine')\n"
            "    def say(self):\n        return self.book('text')\n"
            "DESK = Desk()\n\ndef work():\n    return DESK.say()",
            'self.book("text", ds=ds, ds_nodash=ds_nodash)',
        ),
        (
            "def one():\n    return two()\n\ndef two():\n    return BOOK.folder\n\ndef work():\n    return one()",
            "return two(ds=ds)",
        ),
    ],
)
def test_what_asks_for_the_context_takes_what_it_uses(tmp_path: Path, code: str, expected: str) -> None:
    kind, text = of(tmp_path, code)
    assert kind == "step"
    assert expected in text
    assert "@property" not in text
    assert "get_current_context" not in text


@pytest.mark.parametrize(
    "code",
    [
        "def told(book):\n    return book.folder\n\ndef work():\n    return told(BOOK)",
        "def work():\n    books = [BOOK]\n    return books[0].folder",
        "def work():\n    return [book.folder for book in (Book('a'), Book('b'))]",
        "def work():\n    return getattr(BOOK, 'folder')",
        "def work():\n    book = BOOK\n    return book.folder",
        "def work():\n    lent = BOOK.lent()\n    with lent as book:\n        return book.folder",
        "def made():\n    return BOOK.noted()\n\ndef work():\n    return made().folder",
        "def work():\n    return list(map(BOOK, ['text']))",
    ],
)
def test_an_object_that_goes_elsewhere_stays_as_it_is(tmp_path: Path, code: str) -> None:
    kind, _ = of(tmp_path, code)
    assert kind in ("airflow", "wrapped")


def test_what_is_computed_once_stays_as_it_is(tmp_path: Path) -> None:
    book = BOOK.replace("@property", "@functools.cached_property")
    kind, _ = of(tmp_path, "def work():\n    return BOOK.folder", book)
    assert kind in ("airflow", "wrapped")


def test_a_property_that_can_be_set_stays_as_it_is(tmp_path: Path) -> None:
    setter = "    @folder.setter\n    def folder(self, value):\n        self.name = value\n\n    @contextlib"
    kind, _ = of(tmp_path, "def work():\n    return BOOK.folder", BOOK.replace("    @contextlib", setter, 1))
    assert kind in ("airflow", "wrapped")
