"""Records what Airflow loads from the providers' system tests: `python -m tests.conformance.record AIRFLOW_PYTHON`."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.conformance.corpora import PROVIDERS, record

if __name__ == "__main__":
    record(PROVIDERS, Path(sys.argv[1]))
