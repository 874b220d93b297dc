"""Schedules, partitions and deadlines: what a DAG's clock means."""
