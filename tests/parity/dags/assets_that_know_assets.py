"""Functions under `@asset` that are given their own asset and others."""

from __future__ import annotations

import os
from pathlib import Path

from airflow.sdk import asset

DATA_DIR = Path(os.environ.get("DATA_DIR", "/tmp/data"))


@asset(uri="file:///data/people", schedule="@daily")
def people(self, context):
    (DATA_DIR / f"people_{context['ds']}").write_text(f"{self.name} {self.uri}")


@asset(schedule="@daily")
def greetings(context, people):
    (DATA_DIR / f"greetings_{context['ds']}").write_text(f"of {people.name}, {people.uri}")
