"""What environment variables tell the dashboard."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

OFF = {"0", "no", "off", "false"}


@dataclass(frozen=True)
class Settings:
    """`dags_folder` is the DAG folder on this machine. `dags_url` and `code_url` are where the DAG folder and the generated project can be
    read in a browser (a path is added), `ui_url` what stands before the paths of Dagster's UI, `airflow_url` where Airflow's UI is."""

    dags_folder: Path | None = None
    dags_url: str = ""
    code_url: str = ""
    ui_url: str = ""
    airflow_url: str = ""
    enabled: bool = True

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> Settings:
        def text(name: str) -> str:
            return environment.get(name, "").strip()

        def address(name: str) -> str:
            return text(name).rstrip("/") if text(name).startswith(("http://", "https://", "/")) else ""

        folder = text("MIGRATION_DAGS_FOLDER")
        return cls(
            dags_folder=Path(folder) if folder else None,
            dags_url=address("MIGRATION_DAGS_URL"),
            code_url=address("MIGRATION_CODE_URL"),
            ui_url=address("MIGRATION_UI_URL"),
            airflow_url=address("AIRFLOW_URL"),
            enabled=text("MIGRATION_DASHBOARD").lower() not in OFF,
        )
