"""`migrate shadow`: run what a task became beside Airflow, and compare."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from migrator.commands.common import guarded
from migrator.diagnostics import MigratorError


@guarded
def shadow(
    project: Annotated[Path, typer.Argument(metavar="PROJECT", help="Folder of a generated project.")],
    target: Annotated[str, typer.Argument(metavar="DAG.TASK", help="The task.")],
    partition: Annotated[
        str, typer.Option("--partition", metavar="KEY", help="The partition: what `ds` was. [default: none]")
    ] = "",
    redirect: Annotated[
        list[str] | None,
        typer.Option(
            "--redirect",
            metavar="NAME",
            help="An environment variable that names a folder which the task writes to; may be given several times."
            " [default: the project's settings that name a folder]",
        ),
    ] = None,
    allow_commands: Annotated[
        bool, typer.Option("--allow-commands", help="The task may start programs, whose writes cannot be watched.")
    ] = False,
    allow_network: Annotated[
        bool, typer.Option("--allow-network", help="The task may connect to other machines.")
    ] = False,
    copy_limit: Annotated[
        int, typer.Option("--copy-limit", metavar="MB", min=1, help="Do not copy folders that hold more.")
    ] = 1000,
) -> int:
    """Run what a task became in Dagster for one partition, into a shadow of the data, and compare it with what Airflow made.

    Tables go to a schema of their own, files to a copy of their folder, values nowhere; what cannot be redirected is refused. The result is
    kept in the project: the dashboard shows it, and `migrate promote` can ask for it. The exit code is 1 where it differs.
    """
    from migrator.bridge.client import AirflowClient
    from migrator.bridge.shadow import Options, shadow_run
    from migrator.report.words import clean
    from migrator.state.inventory import find_migration_folder, read_inventory
    from migrator.state.moves import find_target

    migration = find_migration_folder(project)
    inventory = read_inventory(migration)
    entry, task = find_target(inventory, target)
    if task is None:
        raise MigratorError("MIG631", f"`{target}` is a DAG: give one of its tasks, as `{entry.dag_id}.TASK`")
    if task.partitioned and not partition:
        raise MigratorError("MIG650", f"what `{task.task_id}` makes has partitions", "give `--partition KEY`")
    options = Options(tuple(redirect) if redirect else None, allow_commands, allow_network, copy_limit * 1_000_000)
    result = shadow_run(
        project, migration, inventory, entry, task, partition, options, AirflowClient.from_environment()
    )
    rows = (
        ""
        if result.rows_airflow is None
        else f" ({result.rows_airflow} rows in Airflow, {result.rows_dagster} in Dagster)"
    )
    verdict = "equal" if result.equal else "different"
    print(clean(f"{entry.dag_id}.{task.task_id} {partition}: {verdict}{rows}"))
    print(clean(f"  {result.what}"))
    print(clean(f"kept in migration/shadow/{entry.dag_id}.json"))
    return int(not result.equal)
