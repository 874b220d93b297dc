"""Thresholds that the comparison has to keep. They may only be tightened."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

FILE = Path(__file__).with_name("budget.json")

Figures = Mapping[str, float]


@dataclass(frozen=True)
class Budget:
    limits: Mapping[str, Figures]

    def shortfalls(self, corpus: str, figures: Figures) -> Iterator[str]:
        """A line for each figure that is worse than its threshold."""
        for name, limit in self.limits.get(corpus, {}).items():
            if worse(name, figures[name], limit):
                yield f"{corpus}: {name} is {figures[name]:g}, the budget is {limit:g}"


def read_budget() -> Budget:
    return Budget(json.loads(FILE.read_text()) if FILE.exists() else {})


def tighten(measured: Mapping[str, Figures]) -> None:
    """Makes each threshold that was exceeded what was measured; the others stay."""
    limits = {corpus: dict(figures) for corpus, figures in read_budget().limits.items()}
    for corpus, figures in measured.items():
        kept = limits.setdefault(corpus, {})
        for name, figure in figures.items():
            if name not in kept or worse(name, kept[name], figure):
                kept[name] = figure
    FILE.write_text(json.dumps(limits, indent=2) + "\n")


def worse(name: str, figure: float, than: float) -> bool:
    """Counts of what went wrong are better when low, shares of what is right when high."""
    return figure > than if name.startswith("silent_") else figure < than
