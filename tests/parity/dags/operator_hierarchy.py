"""A small hierarchy of operators, with an abstract base and template method."""

from __future__ import annotations

import abc
import json
import os
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from airflow.exceptions import AirflowException, AirflowSkipException
from airflow.sdk import DAG, BaseOperator, Context

OUT = Path(os.environ.get("DATA_DIR", "/tmp/data"))


class StepOperator(BaseOperator, abc.ABC):
    template_fields: Sequence[str] = ("source", "options")

    def __init__(self, *, source: str, options: dict | None = None, strict: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.source = source
        self.options = options or {}
        self.strict = strict

    @abc.abstractmethod
    def process(self, rows: list[int]) -> list[int]: ...

    def rows(self) -> list[int]:
        return list(range(int(self.options.get("n", 3))))

    def execute(self, context: Context) -> dict[str, Any]:
        self.log.info("Processing %s in %s", self.source, self.task_id)
        rows = self.process(self.rows())
        if not rows:
            if self.strict:
                raise AirflowException(f"{self.task_id}: nothing from {self.source}")
            raise AirflowSkipException("nothing")
        target = OUT / f"{self.task_id}_{context['ds_nodash']}.json"
        target.write_text(
            json.dumps(
                {
                    "source": self.source,
                    "rows": rows,
                    "options": self.options,
                    "retries": self.retries,
                    "label": self._label(),
                }
            )
        )
        return {"path": target.name, "count": len(rows)}

    def _label(self):
        return f"{self.dag_id}/{self.task_id}"


class DoubleOperator(StepOperator):
    factor = 2

    def process(self, rows):
        return [r * self.factor for r in rows]


class FilterOperator(StepOperator):
    def __init__(self, *, minimum: int = 1, **kwargs):
        super().__init__(**kwargs)
        self.minimum = minimum

    def process(self, rows):
        return [r for r in rows if r >= self.minimum]


class TripleOperator(DoubleOperator):
    factor = 3

    def __init__(self, task_id, extra="none", **kwargs):
        super().__init__(task_id=task_id, source=f"triple_{extra}", strict=True, **kwargs)
        self.extra = extra


with DAG(
    "operator_hierarchy",
    start_date=datetime(2024, 1, 1),
    schedule="@daily",
    catchup=False,
    default_args={"retries": 1, "retry_delay": timedelta(0)},
):
    d = DoubleOperator(task_id="double", source="src_{{ ds }}", options={"n": "{{ 2 + 2 }}", "day": "{{ ds }}"})
    f = FilterOperator(task_id="filter", source="s", minimum=2)
    n = FilterOperator(task_id="nothing", source="s", minimum=99)
    t = TripleOperator(task_id="triple", extra="x", retries=0)
    d >> f >> n
    d >> t
