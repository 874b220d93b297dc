"""The generated project writes what Airflow wrote: the same files, from the same input, for the same day."""

from __future__ import annotations

import shutil
from pathlib import Path

import pandas as pd
import pytest

from tests.generated.projects import SAMPLE_DAGS, output_of, run_in
from tests.integration.conftest import airflow3_python, airflow3_world  # noqa: F401  (fixtures)
from tests.integration.worlds import DAY, DAY_BEFORE, AirflowWorld

pytestmark = pytest.mark.integration

RUNS = (
    f"orders_daily@{DAY_BEFORE}",
    f"orders_daily@{DAY}",
    f"web_events_daily@{DAY_BEFORE}",
    f"web_events_daily@{DAY}",
    "customers_curated",
    "product_margins",
    f"country_report_de@{DAY}",
    f"country_report_at@{DAY}",
    f"stock_replenishment@{DAY}",
)


@pytest.fixture(scope="module")
def dagster_data(sample_project: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder after the jobs ran in Dagster."""
    folder = tmp_path_factory.mktemp("parity")
    (folder / "home").mkdir()
    shutil.copytree(SAMPLE_DAGS / "data" / "raw", folder / "data" / "raw")
    script = Path(__file__).with_name("run_jobs.py")
    environment = {
        "DAGSTER_HOME": str(folder / "home"),
        "FERNWOOD_DATA": str(folder / "data"),
        "WAREHOUSE_URL": f"duckdb:///{folder}/warehouse.duckdb",
    }
    done = run_in(sample_project, "python", script, sample_project.name, *RUNS, environment=environment)
    assert done.returncode == 0, output_of(done)
    return folder / "data"


def written(data: Path) -> list[Path]:
    files = (path.relative_to(data) for path in data.rglob("*") if path.is_file())
    return sorted(path for path in files if path.parts[0] not in ("raw", "tmp"))


def test_the_files_are_those_that_airflow_wrote(dagster_data: Path, airflow3_world: AirflowWorld) -> None:  # noqa: F811
    files = written(dagster_data)
    assert len(files) >= 12
    for file in files:
        ours, theirs = dagster_data / file, airflow3_world.data / file
        assert theirs.is_file(), f"Airflow did not write {file}"
        if file.suffix == ".parquet":
            pd.testing.assert_frame_equal(pd.read_parquet(ours), pd.read_parquet(theirs))
        else:
            assert ours.read_text() == theirs.read_text(), file
