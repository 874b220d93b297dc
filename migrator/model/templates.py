"""What a task's templates ask of Airflow."""

from __future__ import annotations

from migrator.model.frozen import dataclass

OWN_COPY = "own"
"""In the place of the number of a copy: the number of the copy that asks (`map_indexes=ti.map_index`)."""
NO_COPY = -1
"""The number of what is no copy (`map_indexes=-1`)."""
ANY_COPY = "any"
"""In the place of the number of a copy: `map_indexes=None`, which Airflow 3 takes for `NO_COPY`, and Airflow 2 for no number at all."""
EVERY_COPY = "every"
"""In the place of the number of a copy: all of them, with their numbers."""


@dataclass(frozen=True, slots=True)
class TemplateUse:
    """One thing that one expression of a template asks for.

    `kind` is `date` (the run's dates), `variable`, `connection`, `param`, `xcom`, `conf` (`dag_run.conf`), `run` (facts of the DAG, run or
    task), `macro` (Airflow's own), `user_macro`, `user_filter` (given to the DAG), `local` (a name that the template itself sets), `literal`
    or `unknown`. `name` says which: `ds`, the Variable, `conn_id.host`, the param, `task_id[key]`...
    """

    field: str
    """The operator's argument that it stands in."""
    kind: str
    name: str
    expression: str
    """The text between the braces."""
    file: str
    """Where it stands: the DAG file, or a file that the argument names."""
    line: int
