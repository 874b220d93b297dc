"""A run that a task asks for in the middle of its DAG is started once per time that it was asked for, with the conf of that run."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from migrator.codegen import render_project, write_project
from migrator.config import Config
from migrator.pipeline import analyze

FIXTURE = Path(__file__).parent.parent / "fixtures" / "planning" / "requests.py"

pytestmark = pytest.mark.integration


@pytest.mark.parametrize(
    ("job", "sensor", "partition", "conf"),
    [
        ("asks_in_the_middle", "go", "2024-03-05", '{"day": "2024-03-05", "rows": "3"}'),
        ("asks_sometimes", "go", None, '{"by": "make"}'),
        ("asks_sometimes", "again", None, None),
        ("ops_ask", "go", "2024-03-05", '{"day": "2024-03-05"}'),
    ],
)
def test_each_request_starts_one_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, job: str, sensor: str, partition: str | None, conf: str | None
) -> None:
    import importlib

    import dagster as dg

    package = f"requests_{job}_{sensor}"
    analysis = analyze(FIXTURE, Config())
    write_project(render_project(analysis.plan, analysis.project, package), tmp_path / package)
    monkeypatch.syspath_prepend(str(tmp_path / package / "src"))
    definitions = importlib.import_module(f"{package}.definitions").defs()
    found = getattr(importlib.import_module(f"{package}.defs.{job}.run_sensors"), f"{job}_{sensor}_requests")
    with dg.DagsterInstance.ephemeral() as instance:

        def tick(cursor: str | None) -> tuple[list[dg.RunRequest], str | None]:
            context = dg.build_sensor_context(instance, cursor=cursor, definitions=definitions)
            result = found.evaluate_tick(context)
            return list(result.run_requests), result.cursor

        resolved = definitions.resolve_job_def(job)
        assert resolved.execute_in_process(instance=instance, partition_key=partition).success
        requested, cursor = tick(None)
        assert requested == [], "what was asked for before the sensor was started"
        for _ in range(2):
            assert resolved.execute_in_process(instance=instance, partition_key=partition).success
        requested, cursor = tick(cursor)
        assert [request.tags.get("airflow/conf") for request in requested] == [conf, conf]
        assert len({request.run_key for request in requested}) == 2
        assert tick(cursor)[0] == []
    for name in [name for name in sys.modules if name.partition(".")[0] == package]:
        del sys.modules[name]
