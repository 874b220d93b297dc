"""Where Fernwood's files live.

``FERNWOOD_DATA`` points to the data volume; without it, files are read from and written to ``data`` below the
working directory, which is what the tests and laptops use.
"""

from __future__ import annotations

import os
from pathlib import Path

DATA_ROOT = Path(os.environ.get("FERNWOOD_DATA", "data"))

RAW = DATA_ROOT / "raw"
STAGED = DATA_ROOT / "staged"
CURATED = DATA_ROOT / "curated"
FEATURES = DATA_ROOT / "features"
MODELS = DATA_ROOT / "models"
EXPORTS = DATA_ROOT / "exports"
REPORTS = DATA_ROOT / "reports"

PRODUCTS_CSV = RAW / "products.csv"
CUSTOMERS_JSON = RAW / "customers.json"
CLUB_MEMBERS_CSV = RAW / "club_members.csv"
FX_RATES_CSV = RAW / "fx_rates.csv"


def raw_orders(ds: str) -> Path:
    """The shop export of one day."""
    return RAW / "orders" / f"orders_{ds}.csv"


def raw_events(ds: str) -> Path:
    """The web tracker's events of one day, one JSON object a line."""
    return RAW / "events" / f"events_{ds}.jsonl"


def raw_stock(ds: str) -> Path:
    """The stock count that the two warehouses send every night."""
    return RAW / "stock" / f"stock_{ds}.csv"


def raw_returns(ds: str) -> Path:
    """Parcels that came back, as registered by the returns desk."""
    return RAW / "returns" / f"returns_{ds}.csv"


def staged_orders(ds: str) -> Path:
    """Cleaned orders of one day."""
    return STAGED / "orders" / f"{ds}.parquet"


def staged_sessions(ds: str) -> Path:
    """Web sessions of one day."""
    return STAGED / "sessions" / f"{ds}.parquet"


def ensure_parent(path: Path) -> Path:
    """Create the folder of a file that is about to be written and return the file's path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    return path
