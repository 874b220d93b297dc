from __future__ import annotations

from .io.files import write_report
from .settings import MIN_N as _MIN


class Cleaner:
    def __init__(self, min_n: int = _MIN):
        self.min_n = min_n
        self.dropped = 0

    def run(self, rows: list[dict]) -> list[dict]:
        kept = [r for r in rows if r["n"] >= self.min_n]
        self.dropped = len(rows) - len(kept)
        return kept


def totals(day, ti):
    rows = ti.xcom_pull(task_ids="clean", key="rows")
    write_report(f"totals_{day}.txt", [{"country": "all", "n": sum(r["n"] for r in rows)}])
