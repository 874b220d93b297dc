"""Readings of the clock, and random values, that a step uses more than once: Airflow read them once, while it parsed the DAG's file.

In: the function under construction and its body. The function gets a variable for each of them.
"""

from __future__ import annotations

from migrator.codegen.python.naming import unique
from migrator.codegen.render.function import Function
from migrator.model.bodies import PollUntil
from migrator.model.expressions import Operation
from migrator.model.walk import walk

_NAMES = {
    "now": "now",
    "time": "timestamp",
    "time_ns": "timestamp",
    "today": "today",
    "token_hex": "token",
    "tomorrow": "tomorrow",
    "uuid1": "unique_id",
    "uuid4": "unique_id",
    "yesterday": "yesterday",
}
"""What a variable is called that holds what a function gives."""


def repeated_readings(body: object) -> list[Operation]:
    """What the body reads several times, or asks about again and again."""
    found = [part for part in walk(body) if isinstance(part, Operation) and part.reading]
    asks = isinstance(body, PollUntil) and body.one_object
    return [
        reading
        for number, reading in enumerate(found)
        if reading not in found[:number] and (asks or reading in found[number + 1 :])
    ]


def hold_readings(function: Function, body: object) -> None:
    """Has a variable hold each of the body's repeated readings."""
    for reading in repeated_readings(body):
        if any(reading == held for held, _ in function.held):
            continue
        taken = {*function.inputs, *function.resources, *function.module.taken, *(name for _, name in function.held)}
        name = unique(_NAMES.get(reading.name.rpartition(".")[2], "drawn"), taken)
        function.line(f"{name} = {function.text(reading)}")
        function.held.append((reading, name))
