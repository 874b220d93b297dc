"""A module's nodes of libcst's classes, made from the tree of Python's own parser: several times as fast as by libcst's parser.

In: a text and its `ast` tree. Out: a `LightModule`, which is read like a module that libcst parsed; None where something stands in the text that
only libcst reads. The nodes have the fields that mean something, and no others: to ask for white space or punctuation is an AttributeError. Where
text is carried over, it is carried by `places`, which come with the tree. F-strings are read by `formatted`, as Python's parser keeps neither
their text nor (before 3.12) the places of what is in them; the rarer ones are parsed by libcst.
"""

from __future__ import annotations

import ast

import libcst as cst

from migrator.analyzers.light.maker import Maker, UnknownSyntax
from migrator.analyzers.light.places import LightPlaces

__all__ = ["LightModule", "LightPlaces", "light_module"]


class LightModule(cst.Module):
    """A module of such nodes. `places` are their positions, `python` is the tree that they were made from, until that is let go (see `trees`)."""

    places: LightPlaces
    python: ast.Module | None

    @property
    def code(self) -> str:
        """The text that it was made from."""
        return self.places.text


def light_module(text: str, tree: ast.Module) -> LightModule | None:
    """The module of a text and the tree that Python's parser made of it. RecursionError if it is nested too deeply."""
    places = LightPlaces(text)
    try:
        body = Maker(places).lines(tree.body)
    except UnknownSyntax:
        return None
    module = object.__new__(LightModule)
    fields = {"body": body, "has_trailing_newline": text.endswith("\n"), "places": places, "python": tree}
    for name, value in fields.items():
        object.__setattr__(module, name, value)
    return module
