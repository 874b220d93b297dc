import logging
import os
from pathlib import Path

log = logging.getLogger(__name__)
DATA_DIR = os.environ.get("DATA_DIR", "/tmp/data")


class MetricsMixin:
    """Counts."""

    def __init__(self, *args, prefix="m", **kwargs):
        super().__init__(*args, **kwargs)
        self.prefix = prefix
        self.counts = {}

    def count(self, name, value=1):
        self.counts[name] = self.counts.get(name, 0) + value

    def flush(self, name):
        Path(DATA_DIR, f"{self.prefix}_{name}.txt").write_text(f"{self.owner} {sorted(self.counts.items())}")
