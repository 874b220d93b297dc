"""The bridge as a component: its settings are in a `defs.yaml` instead of the environment.

# src/<package>/defs/airflow_bridge/defs.yaml, in place of observe.py
type: migrator.bridge.component.AirflowBridge
attributes:
  url: https://airflow.example.com
  username: dagster
  password: '{{ env.AIRFLOW_PASSWORD }}'
"""

import os
from pathlib import Path

import dagster as dg
from pydantic import Field

from migrator.bridge.observe import INTERVAL, airflow_definitions


class AirflowBridge(dg.Component, dg.Model, dg.Resolvable):
    """Shows an Airflow, 2 or 3, in Dagster while DAGs still run there."""

    url: str = Field(description="The address of Airflow's UI. Nothing is observed where it is empty.")
    auth: str = Field(
        default="", description="basic, jwt, token, mwaa:ENVIRONMENT[@REGION], composer or package.module:function."
    )
    username: str = Field(default="", description="For basic and jwt.")
    password: str = Field(default="", description="For basic and jwt: '{{ env.AIRFLOW_PASSWORD }}'.")
    token: str = Field(default="", description="For token: '{{ env.AIRFLOW_TOKEN }}'.")
    observe_seconds: int = Field(default=INTERVAL, ge=1, description="Between two looks at Airflow.")
    state_folder: str = Field(
        default="", description="Where the state files are, if not in the project's `migration/state`."
    )
    io_manager: bool = Field(default=True, description="Whether to define the IO manager that hands values over.")

    def build_defs(self, context: dg.ComponentLoadContext) -> dg.Definitions:
        """The asset of each DAG and the sensor. MigratorError MIG612 where the inventory cannot be read."""
        settings = {
            "AIRFLOW_URL": self.url,
            "AIRFLOW_AUTH": self.auth,
            "AIRFLOW_USERNAME": self.username,
            "AIRFLOW_PASSWORD": self.password,
            "AIRFLOW_TOKEN": self.token,
            "AIRFLOW_OBSERVE_SECONDS": str(self.observe_seconds),
            "MIGRATION_STATE_DIR": self.state_folder or os.environ.get("MIGRATION_STATE_DIR", ""),
        }
        package: Path = context.component_tree.defs_module_path.parent
        return airflow_definitions(package / "migration", settings, self.io_manager)
