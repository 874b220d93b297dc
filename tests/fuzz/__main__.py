"""`python -m tests.fuzz [EXAMPLES]`: the fuzz tests with many examples for each property (2,000 unless told)."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

if __name__ == "__main__":
    os.environ["FUZZ_EXAMPLES"] = sys.argv[1] if len(sys.argv) > 1 else "2000"
    sys.exit(pytest.main([str(Path(__file__).parent), "-q", "-x", "-p", "no:cacheprovider"]))
