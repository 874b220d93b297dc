"""Operators of Airflow whose `execute` the team's own subclasses may call, around which they do something of their own.

In: the name of such an operator. Out: its attributes and methods, which a subclass must leave alone (Airflow 2.11 and 3.3, with the providers of late 2026).
"""

from __future__ import annotations

from collections.abc import Mapping

PLAIN_BASES = frozenset(
    {
        "BaseBranchOperator",
        "BaseHook",
        "BaseNotifier",
        "BaseOperator",
        "BaseSensorOperator",
        "DecoratedOperator",
        "LoggingMixin",
        "SkipMixin",
    }
)
"""Classes of Airflow that only tie their subclasses to it: what one of these does, it says itself."""
_COMMAND = (
    "append_env bash_command cwd env output_encoding output_processor skip_on_exit_code get_env refresh_bash_command run_command "
    "subprocess_hook"
)
_FUNCTION = "determine_kwargs execute_callable op_args op_kwargs python_callable show_return_value_in_logs templates_dict templates_exts"
_OF_SQL = "check_results conn_id database get_db_hook get_hook hook_params retry_on_failure _hook"
_QUERY = (
    f"{_OF_SQL} autocommit handler parameters prepare_template requires_result_fetch return_last show_return_value_in_logs "
    "split_statements sql _output_processor _process_output _should_run_output_processing"
)
_REQUEST = (
    "auth_type data deferrable endpoint execute_async execute_complete execute_sync extra_options headers hook http_conn_id log_response method "
    "paginate_sync pagination_function process_response request_kwargs response_check response_filter retry_args"
)
_CONTAINER = (
    "api_version auto_remove cap_add cli command container container_name cpus device_requests dns dns_search docker_conn_id docker_url "
    "entrypoint env_file environment extra_hosts force_pull format_command hook host_tmp_dir hostname image ipc_mode labels "
    "log_opts_max_file log_opts_max_size mem_limit mount_tmp_dir mounts network_mode port_bindings private_environment privileged "
    "retrieve_output retrieve_output_path shm_size skip_on_exit_code timeout tls_ca_cert tls_client_cert tls_client_key tls_hostname "
    "tls_verify tmp_dir tty ulimits unpack_environment_variables user volumes working_dir xcom_all _run_image"
)
_QUERIES = (
    "SQLExecuteQueryOperator",
    "MsSqlOperator",
    "MySqlOperator",
    "PostgresOperator",
    "SnowflakeOperator",
    "SqliteOperator",
)

WORKING_BASES: Mapping[str, frozenset[str]] = {
    "BaseSQLOperator": frozenset(_OF_SQL.split()),
    "BashOperator": frozenset(_COMMAND.split()),
    "BranchPythonOperator": frozenset({*_FUNCTION.split(), "choose_branch", "do_branch"}),
    "DecoratedOperator": frozenset({"op_args", "op_kwargs", "python_callable"}),
    "DockerOperator": frozenset(_CONTAINER.split()),
    "HttpOperator": frozenset(_REQUEST.split()),
    "PythonOperator": frozenset(_FUNCTION.split()),
    "PythonSensor": frozenset("op_args op_kwargs poke python_callable templates_dict".split()),
    "ShortCircuitOperator": frozenset({*_FUNCTION.split(), "ignore_downstream_trigger_rules"}),
    "SimpleHttpOperator": frozenset(_REQUEST.split()),
    **dict.fromkeys(_QUERIES, frozenset(_QUERY.split())),
}
DECORATED: Mapping[str, str] = {
    "DecoratedSensorOperator": "PythonSensor",
    "_BranchPythonDecoratedOperator": "BranchPythonOperator",
    "_PythonDecoratedOperator": "PythonOperator",
    "_ShortCircuitDecoratedOperator": "ShortCircuitOperator",
}
"""Operators of decorators that only hand the function on, and those that do the work."""
HOLDING = frozenset({"DecoratedOperator"})
"""Those that do nothing themselves: they only keep what they are given."""
HOLDING_HOOKS = frozenset({"BaseSQLOperator", *_QUERIES})
"""Those that give their subclasses a hook of their connection (`get_db_hook`)."""

CHANGEABLE: Mapping[str, frozenset[str]] = {
    "BashOperator": frozenset({"bash_command", "cwd", "env"}),
    "PythonOperator": frozenset({"op_kwargs"}),
    **dict.fromkeys(_QUERIES, frozenset({"parameters", "sql"})),
}
"""Attributes that a subclass may change before the work is done, which then takes them of the object."""
SETTABLE: Mapping[str, frozenset[str]] = {
    "BashOperator": frozenset({"append_env", "bash_command", "cwd", "env", "skip_on_exit_code"}),
    "DockerOperator": frozenset({"command", "entrypoint", "environment", "image", "working_dir"}),
    "HttpOperator": frozenset({"data", "endpoint", "headers", "method", "response_check", "response_filter"}),
    **dict.fromkeys(
        ("BranchPythonOperator", "PythonOperator", "PythonSensor", "ShortCircuitOperator"),
        frozenset({"op_args", "op_kwargs", "python_callable"}),
    ),
    "SimpleHttpOperator": frozenset({"data", "endpoint", "headers", "method", "response_check", "response_filter"}),
    **dict.fromkeys(_QUERIES, frozenset({"autocommit", "conn_id", "handler", "parameters", "split_statements", "sql"})),
}
"""Attributes that `__init__` of a subclass may set once that of the operator was called: they are arguments of it like any others."""
CONTAINERS = frozenset({"env", "op_kwargs", "parameters"})
"""Those that can be changed in place."""
CALLING: Mapping[str, frozenset[str]] = {
    "PythonOperator": frozenset({"determine_kwargs", "execute_callable"}),
    "PythonSensor": frozenset({"poke"}),
}
"""Methods by which an operator does the inner part of its work, which a subclass may do in its place; before and after `execute_callable` it may do
something, too."""
