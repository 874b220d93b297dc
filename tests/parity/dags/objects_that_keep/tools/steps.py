"""Steps that know what runs them."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from datetime import datetime

from airflow.sdk.types import RuntimeTaskInstanceProtocol


@dataclass
class Step:
    ti: RuntimeTaskInstanceProtocol
    name: str
    day: str = ""
    notes: list[str] = field(default_factory=list)

    def note(self, text: str) -> Step:
        self.notes.append(f"{self.ti.task_id} {self.day} {text}")
        return self

    def done(self):
        """Hands the notes on."""
        self.ti.xcom_push(key=self.name, value=self.notes)
        return len(self.notes)


@dataclass(frozen=True)
class Run:
    kind: str
    context: dict

    @property
    def label(self) -> str:
        return f"{self.kind}-{self.context['dag'].dag_id}-{self.context['ds_nodash']}"

    def age(self, until: datetime) -> int:
        return (until.date() - self.context["logical_date"].date()).days


class Report:
    """Keeps a step that keeps the task."""

    def __init__(self, name, context):
        self.run = Run("report", context)
        self.step = Step(context["ti"], name, day=context["ds"])

    def write(self, *lines):
        for line in lines:
            self.step.note(line)
        with open(os.path.join(os.environ["DATA_DIR"], f"{self.run.label}.txt"), "w") as file:
            file.write("\n".join(self.step.notes) + "\n")
        return self.step.done()
