"""How far a migration is, shown in Dagster's UI and in the terminal.

`facts` is the one truth, made from the inventory, the state files, Airflow and Dagster; `definitions` shows it as assets and checks,
`terminal` as text. Of these only `definitions` and the two pages need Dagster.
"""

from __future__ import annotations

from importlib import resources

FOLDER = "airflow_bridge"
"""The folder in a generated project that knows this package (see `migrator.bridge`)."""


def render_dashboard(package: str) -> dict[str, str]:
    """The file that adds the dashboard to a generated project, path to text. `package` is the project's import name."""
    text = resources.files(__package__).joinpath("templates/status.py.txt").read_text(encoding="utf-8")
    return {f"src/{package}/defs/{FOLDER}/status.py": text}
