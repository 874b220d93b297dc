"""The data that the stages hand to each other: frozen, picklable, without logic beyond itself.

`source` (files and places in them), `values` (what an argument was found to be), `airflow` (what the DAG files define),
`assets` (data that tasks read and write), `plan` (what the Dagster project will be made of), whose functions do what `bodies`
say with the values of `expressions`.
"""
