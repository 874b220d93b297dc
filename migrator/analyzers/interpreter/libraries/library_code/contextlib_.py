"""`contextlib`: what managers derive from."""

# ruff: noqa
# mypy: ignore-errors

import functools


class AbstractContextManager:
    def __enter__(self):
        return self

    def __exit__(self, exc_type, exc_value, traceback):
        return None


class ContextDecorator:
    def _recreate_cm(self):
        return self

    def __call__(self, func):
        @functools.wraps(func)
        def inner(*args, **kwds):
            with self._recreate_cm():
                return func(*args, **kwds)

        return inner


def under(manager, func):
    """The function that runs under a manager which is made anew for each of its calls."""

    @functools.wraps(func)
    def inner(*args, **kwds):
        with manager():
            return func(*args, **kwds)

    return inner
