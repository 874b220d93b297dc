"""Small values for parameters that no upstream function gives a value."""

from __future__ import annotations

from typing import Any

_BY_ANNOTATION: dict[str, Any] = {
    "int": 3,
    "float": 2.5,
    "str": "text",
    "bool": True,
    "list[int]": [1, 2, 3],
    "list[float]": [1.5, 2.5],
    "list[str]": ["a", "b"],
    "list": [1, 2, 3],
    "dict": {},
    "dict[str, Any]": {},
    "dict[str, str]": {"a": "b"},
    "dict[str, int]": {"a": 1, "b": 2},
    "dict[str, float]": {"a": 1.5, "b": 2.5},
    "list[dict[str, Any]]": [{}, {}],
    "list[dict]": [{}, {}],
    "tuple": (1, 2),
    "set[str]": {"a"},
}
_NUMBER, _TEXT, _LIST, _MAPPING = 3, "text", ["a", "b"], dict[str, Any]()
_TEXTS = frozenset(
    "name path file filename key url title type status message text email region date day command sql query table id arg".split()
)
"""Words in names of what is text more often than not."""
_SETTINGS = frozenset("vars env headers params options kwargs settings conf".split())
"""Words in names of what has names and values."""


def candidates(name: str, annotation: str) -> tuple[Any, ...]:
    """Values to try for a parameter, in order."""
    plain = annotation.strip("\"'").replace("typing.", "").replace("List", "list").replace("Dict", "dict")
    plain = plain.removesuffix(" | None")
    if plain in _BY_ANNOTATION:
        return (_BY_ANNOTATION[plain],)
    if plain not in ("", "Any"):
        return ()
    words = name.lower().split("_")
    if words[-1] in _TEXTS:
        return (_TEXT, _LIST, _NUMBER, _MAPPING)
    if words[-1] in _SETTINGS:
        return ({"NAME": _TEXT}, _MAPPING, _LIST, _TEXT, _NUMBER)
    if words[-1].endswith("s"):
        return (_LIST, _NUMBER, _TEXT, _MAPPING)
    return (_NUMBER, _TEXT, _LIST, _MAPPING)


def with_member(value: Any, key: str, number: int = 2) -> Any:
    """The value, with the member that the code looked for and did not find; None where it is no mapping."""
    if isinstance(value, dict) and key not in value and len(value) < 8:
        return {**value, key: _TEXT if key.lower().split("_")[-1] in _TEXTS else number}
    if isinstance(value, list) and value and all(isinstance(item, dict) for item in value):
        grown = [with_member(item, key, number + place) for place, item in enumerate(value)]
        return None if any(item is None for item in grown) else grown
    return None
