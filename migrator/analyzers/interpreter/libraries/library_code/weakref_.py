"""`weakref`, with nothing ever collected."""

# ruff: noqa
# mypy: ignore-errors

from collections import UserDict
from collections.abc import MutableSet


class ref:
    def __init__(self, target, callback=None):
        self._target = target

    def __call__(self):
        return self._target


class WeakValueDictionary(UserDict):
    pass


class WeakKeyDictionary(UserDict):
    pass


class WeakSet(MutableSet):
    def __init__(self, data=()):
        self.data = list(data)

    def __contains__(self, item):
        return item in self.data

    def __iter__(self):
        return iter(list(self.data))

    def __len__(self):
        return len(self.data)

    def add(self, item):
        if item not in self.data:
            self.data.append(item)

    def discard(self, item):
        if item in self.data:
            self.data.remove(item)
