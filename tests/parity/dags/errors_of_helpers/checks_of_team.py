"""What the team's tasks have in common."""

import functools
from contextlib import contextmanager

from airflow.exceptions import AirflowException, AirflowFailException, AirflowSkipException
from airflow.hooks.base import BaseHook


class NothingToDo(AirflowSkipException):
    """There is nothing to do."""


class Broken(AirflowFailException):
    """Trying again is of no use."""


class FileHook(BaseHook):
    """Looks at rows."""

    def __init__(self, limit):
        super().__init__()
        self.limit = limit

    def check(self, rows):
        if not rows:
            raise NothingToDo("no rows")
        if len(rows) > self.limit:
            raise Broken(f"{len(rows)} rows")
        return rows

    def read(self, rows):
        try:
            return self.check(rows)
        except AirflowException as error:
            self.log.info("given up: %s", error)
            raise


def need(number):
    def inner():
        if number < 0:
            raise AirflowFailException("negative")
        if number == 0:
            raise AirflowSkipException("nothing")

    inner()
    return number


def quietly(function):
    """Skips the task where the function finds no key."""

    @functools.wraps(function)
    def wrapped(*args, **kwargs):
        try:
            return function(*args, **kwargs)
        except KeyError as error:
            raise AirflowSkipException(str(error)) from error

    return wrapped


@contextmanager
def strictly():
    try:
        yield
    except ValueError as error:
        raise AirflowFailException("not a number") from error
