"""Templates that the constructor of an operator of the team's own puts into a list where they are none."""

from __future__ import annotations

from pathlib import Path

import pytest

from migrator.config import Config
from migrator.pipeline import analyze

DAG = """\
import datetime as dt
from airflow.sdk import DAG, BaseOperator

class Counting(BaseOperator):
    template_fields = ("places",)

    def __init__(self, places, **kwargs):
        super().__init__(**kwargs)
        {keep}

    def execute(self, context):
        return len(self.places)

with DAG("d", schedule="@daily", start_date=dt.datetime(2026, 1, 1), {more}):
    Counting(task_id="a", places={places})
"""
REBOUND = "if isinstance(places, str): places = [places]"


def _became(tmp_path: Path, keep: str, places: str = '"of {{ ds }}"', more: str = "") -> tuple[str, str]:
    text = DAG.format(keep=keep.replace("; ", "\n        "), places=places, more=more)
    (tmp_path / "d.py").write_text(text)
    (row,) = analyze(tmp_path, Config()).plan.dispositions
    return row.kind, row.reason


@pytest.mark.parametrize("places", ['"of {{ ds }}"', '["of {{ ds }}", "x"]', '("{{ ds }}",)', '"x"'])
@pytest.mark.parametrize(
    "keep",
    [
        f"{REBOUND}; self.places = places",
        "if not isinstance(places, (list, tuple)): places = (places,); self.places = places",
        "self.places = [places] if isinstance(places, str) else places",
        "self.places = places if isinstance(places, (list, tuple)) else [places]",
        "if isinstance(places, str): places = [places, places]; self.places = places",
        "if len(places) > 9: places = [places]; self.places = places",
        "self.places = [places] if isinstance(places, str) else sorted(places)",
    ],
)
def test_what_is_put_into_a_list_is_rendered_before(tmp_path: Path, keep: str, places: str) -> None:
    assert _became(tmp_path, keep, places)[0] == "step"


@pytest.mark.parametrize(
    "keep",
    [
        "if isinstance(places, str): places = places.split(); self.places = places",
        f"{REBOUND}; self.places = places; self.count = len(places[0])",
    ],
)
def test_what_looks_into_the_template_stays(tmp_path: Path, keep: str) -> None:
    assert _became(tmp_path, keep)[0] == "airflow"


def test_where_rendering_changes_types_it_stays(tmp_path: Path) -> None:
    native = "render_template_as_native_obj=True"
    assert _became(tmp_path, f"{REBOUND}; self.places = places", '"{{ [1, 2] }}"', native)[0] == "airflow"
