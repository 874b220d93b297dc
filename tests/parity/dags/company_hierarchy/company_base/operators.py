from __future__ import annotations

import time
from abc import abstractmethod
from typing import Any

from airflow.sdk import BaseOperator

from .mixins import MetricsMixin, log


class CompanyOperator(MetricsMixin, BaseOperator):
    """All operators of the company."""

    template_fields = ("target",)

    def __init__(self, *, target: str, team: str = "core", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.target = target
        self.team = team

    @property
    def label(self) -> str:
        return f"{self.team}/{self.target}"

    def pre_execute(self, context):
        self.started = time.monotonic()
        self.count("runs")
        log.info("start %s", self.label)

    def execute(self, context):
        self.validate()
        rows = self.extract(context)
        self.count("rows", len(rows))
        return self.load(rows, context)

    def validate(self):
        if not self.target:
            raise ValueError(f"{self.task_id} has no target")

    @abstractmethod
    def extract(self, context) -> list: ...

    @abstractmethod
    def load(self, rows, context): ...

    def post_execute(self, context, result=None):
        self.flush(f"{self.target}_{context['ds_nodash']}")
