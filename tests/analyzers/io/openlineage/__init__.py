"""A comparison with the lineage that Airflow's own providers report: `cases` run by `record` in an environment that has them."""
