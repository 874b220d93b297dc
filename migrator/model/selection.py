"""Which DAGs of a folder are meant."""

from __future__ import annotations

from collections.abc import Collection

from migrator.model.frozen import dataclass


@dataclass(frozen=True, slots=True)
class Selection:
    """DAGs by id: those `asked` for must be there; of those that the project has, `kept` ones, the folder may have lost some."""

    asked: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()

    def among(self, dag_ids: Collection[str]) -> tuple[str, ...]:
        """The DAGs to plan: each once, and none that was kept and is not among `dag_ids`."""
        return tuple(dict.fromkeys((*self.asked, *(kept for kept in self.kept if kept in dag_ids))))
