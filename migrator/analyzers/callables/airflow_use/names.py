"""Airflow's own names that user code meets at run time, of Airflow 2 and 3."""

from __future__ import annotations

FROM_AIRFLOW = ("airflow.", "airflow_clickhouse_plugin.")
"""How the qualified names of what Airflow and plugins of it give begin."""
CONTEXT_KEYS = frozenset(
    [
        "asset_state_store",
        "conf",
        "conn",
        "dag",
        "dag_run",
        "data_interval_end",
        "data_interval_start",
        "ds",
        "ds_nodash",
        "exception",
        "execution_date",
        "expanded_ti_count",
        "inlet_events",
        "inlets",
        "logical_date",
        "macros",
        "map_index_template",
        "next_ds",
        "next_ds_nodash",
        "next_execution_date",
        "outlet_events",
        "outlets",
        "params",
        "partition_date",
        "partition_key",
        "prev_data_interval_end_success",
        "prev_data_interval_start_success",
        "prev_ds",
        "prev_ds_nodash",
        "prev_end_date_success",
        "prev_execution_date",
        "prev_execution_date_success",
        "prev_start_date_success",
        "reason",
        "run_id",
        "task",
        "task_instance",
        "task_instance_key_str",
        "task_reschedule_count",
        "task_state_store",
        "templates_dict",
        "test_mode",
        "ti",
        "tomorrow_ds",
        "tomorrow_ds_nodash",
        "triggering_asset_events",
        "triggering_dataset_events",
        "try_number",
        "ts",
        "ts_nodash",
        "ts_nodash_with_tz",
        "var",
        "yesterday_ds",
        "yesterday_ds_nodash",
    ]
)
"""Members of the context: `KNOWN_CONTEXT_KEYS` of Airflow 2.11 and 3.3."""

ONLY_IN = {
    "2": frozenset(
        [
            "conf",
            "execution_date",
            "expanded_ti_count",
            "next_ds",
            "next_ds_nodash",
            "next_execution_date",
            "prev_ds",
            "prev_ds_nodash",
            "prev_execution_date",
            "prev_execution_date_success",
            "test_mode",
            "tomorrow_ds",
            "tomorrow_ds_nodash",
            "triggering_dataset_events",
            "yesterday_ds",
            "yesterday_ds_nodash",
        ]
    ),
    "3": frozenset(
        [
            "asset_state_store",
            "partition_date",
            "partition_key",
            "task_reschedule_count",
            "task_state_store",
            "triggering_asset_events",
        ]
    ),
}
"""Members that the context of a running task has in one version alone, as `sorted(context)` shows in 2.11 and 3.3."""

OF_FAILURES = frozenset({"exception", "reason"})
"""Members that only callbacks find, once something failed."""

LIVE_KEYS = frozenset(
    [
        "asset_state_store",
        "conf",
        "conn",
        "dag",
        "dag_run",
        "inlet_events",
        "macros",
        "outlet_events",
        "task",
        "task_instance",
        "task_state_store",
        "ti",
        "triggering_asset_events",
        "triggering_dataset_events",
        "var",
    ]
)
"""Members that are objects of a running Airflow: only their attributes can be replaced, never they themselves."""

TRIGGERING = frozenset({"triggering_asset_events", "triggering_dataset_events"})
"""Members that are the events which started the run, by asset."""

OF_OTHERS = frozenset({"created_dagruns", "source_aliases", "source_dag_run", "source_task_instance"})
"""Members of an asset's event that are objects of Airflow."""
OF_EVENTS = frozenset(
    {"asset", "dataset", "source_dag_id", "source_map_index", "source_run_id", "source_task_id", "uri"}
)
"""Members of an asset's event that say which task made it in which run, and of what."""

DICT_KEYS = frozenset({"params", "templates_dict"})
"""Members that are plain dictionaries."""

PLAIN_KEYS = CONTEXT_KEYS - LIVE_KEYS - DICT_KEYS
"""Members that are values: text, dates, numbers, lists."""

EXCEPTIONS = frozenset(
    {
        "AirflowBadRequest",
        "AirflowConfigException",
        "AirflowException",
        "AirflowFailException",
        "AirflowNotFoundException",
        "AirflowSensorTimeout",
        "AirflowSkipException",
        "AirflowTaskTimeout",
    }
)
"""Exceptions with a meaning that Dagster has, too."""

DROPPED_DECORATORS = frozenset({"task", "task_group", "dag", "setup", "teardown", "asset", "result"})
"""Decorators that make a task of a function, or mark it; without them it is the function again."""

DYNAMIC = frozenset({"exec", "eval", "globals"})
"""Built-in functions that run or look up what is only known at run time."""

INSTANCE_MEMBERS: dict[str, tuple[str, ...]] = {
    "dag_id": ("dag", "dag_id"),
    "params": ("params",),
    **{
        name: ("task", name)
        for name in (
            "depends_on_past",
            "do_xcom_push",
            "doc_md",
            "downstream_task_ids",
            "execution_timeout",
            "max_active_tis_per_dag",
            "max_active_tis_per_dagrun",
            "owner",
            "pool",
            "pool_slots",
            "priority_weight",
            "queue",
            "retries",
            "retry_delay",
            "run_as_user",
            "task_id",
            "task_type",
            "trigger_rule",
            "upstream_task_ids",
            "wait_for_downstream",
        )
    },
}
"""Attributes that Airflow's operator class gives its instances, and the members of the context that say the same."""
