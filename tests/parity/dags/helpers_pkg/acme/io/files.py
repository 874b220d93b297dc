import json
from pathlib import Path

from .. import settings

_HERE = Path(__file__).resolve()
DATA = _HERE.parents[2] / "data"


def read_lookup(name):
    with open(DATA / name) as f:
        return json.load(f)


def write_report(name, rows, dropped=0):
    path = Path(settings.OUT_DIR) / name
    path.write_text("\n".join(f"{r['country']}={r['n']}" for r in rows) + f"\ndropped {dropped}")
    return path.name
