"""Whether a table of which the code does not tell where it is may be the one of that name in a known place.

Many systems have a `crm.customers`. Comes in: all references, and the systems of tables. Goes out: for two identities whether anything but their
name speaks for one table.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Set

from migrator.analyzers.lineage.identity import Identity
from migrator.analyzers.lineage.uses import Use
from migrator.model.airflow import AirflowProject


def in_one_world(
    uses: Iterable[Use],
    things: Mapping[Identity, Identity],
    systems: Mapping[Identity, Set[str]],
    project: AirflowProject,
) -> Callable[[Identity, Identity], bool]:
    """A test for a table without a place and one with it: whether a file that uses the first works with the system or the connection of the second, or the project with no other system."""
    file_of = {task.id: dag.span.file for dag in project.dags for task in dag.tasks}
    files: dict[Identity, set[str]] = defaultdict(set)
    places: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for use in uses:
        thing = things[use.identity]
        if thing.family == "table":
            file = file_of.get(use.task_id, "")
            files[thing].add(file)
            places[file] |= _places(thing, systems)
    everywhere = {place for found in places.values() for place in found if place[0] == "system"}

    def test(unknown: Identity, known: Identity) -> bool:
        place = _places(known, systems)
        return everywhere <= place or any(place & places[file] for file in files[unknown])

    return test


def _places(thing: Identity, systems: Mapping[Identity, Set[str]]) -> set[tuple[str, str]]:
    """The systems that a table is in, and its connection."""
    found = {("system", name) for name in systems.get(thing, ())}
    return found | ({thing.scope} if thing.scope[0] in ("connection", "system") else set())
