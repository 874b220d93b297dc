"""Objects of frozen classes are made as `dataclasses` makes them, only faster."""

from __future__ import annotations

import dataclasses
import pickle
from dataclasses import field

import pytest

from migrator.model.changed import replace
from migrator.model.frozen import dataclass


@dataclass(frozen=True, slots=True)
class Thing:
    kind: str
    """A name that the constructor itself could have used."""
    size: int = 1
    parts: list[str] = field(default_factory=list)


def test_a_frozen_object_is_made_and_stays_as_it_was_made() -> None:
    thing = Thing("box", parts=["lid"])
    assert (thing.kind, thing.size, thing.parts) == ("box", 1, ["lid"])
    assert type(thing) is Thing
    assert Thing("a").parts == [] and Thing("a").parts is not Thing("a").parts
    assert thing == Thing("box", 1, ["lid"]) == replace(Thing("bag", 2, ["lid"]), kind="box", size=1)
    assert dataclasses.replace(thing, size=3) == Thing("box", 3, ["lid"])
    assert pickle.loads(pickle.dumps(thing)) == thing
    with pytest.raises(dataclasses.FrozenInstanceError):
        thing.size = 2  # type: ignore[misc]
    with pytest.raises(TypeError, match="missing 1 required positional argument: 'kind'"):
        Thing()  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="unexpected keyword argument 'colour'"):
        Thing("box", colour="red")  # type: ignore[call-arg]


def test_a_class_whose_constructor_does_more_is_refused() -> None:
    with pytest.raises(TypeError, match="needs `dataclasses"):

        @dataclass(frozen=True, slots=True)
        class Checked:
            size: int

            def __post_init__(self) -> None:
                raise NotImplementedError
