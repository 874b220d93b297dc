"""Servers that offices have: tickets of Jira, and commands on servers of Windows."""

from __future__ import annotations

from migrator.model.airflow import Task
from migrator.model.expressions import Expr
from migrator.model.values import ObjectValue, Value
from migrator.operators.calls import RUN_LIMIT, Call, Client, call_rule, known, passed, use
from migrator.operators.common import argument, required
from migrator.operators.rule import Example, Lowering, LoweringContext, Rule, Untranslatable

_PROVIDERS = "airflow.providers."
_JIRA = Client("jira", ("jira_conn_id",), "jira_default")
_HEAD = """
from datetime import datetime

from airflow import DAG
"""

# ----------------------------------------------------------------------------------------------------------------- Jira


def _ask(task: Task, context: LoweringContext) -> dict[str, Expr]:
    return {"method": str(known(task, "jira_method")), **passed(task, context, {"jira_method_args": "arguments"})}


def _look(task: Task, context: LoweringContext) -> dict[str, Expr]:
    # Airflow renders nothing of it.
    asked = argument(task, "method_params")
    arguments = {"arguments": context.expression(asked)} if asked else {}
    return {"method": str(known(task, "method_name")), **arguments}


def _field(task: Task, context: LoweringContext) -> dict[str, Expr]:
    # Airflow renders the ticket's name alone.
    names = {"field": "field", "expected_value": "value"}
    return {parameter: context.expression(required(task, name)) for name, parameter in names.items()}


_JIRA_EXAMPLE = Example(
    title="A ticket that is made, and the wait for another",
    dag=f"""{_HEAD}from airflow.providers.atlassian.jira.operators.jira import JiraOperator
from airflow.providers.atlassian.jira.sensors.jira import JiraTicketSensor

with DAG("releases", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    approved = JiraTicketSensor(task_id="approved", ticket_id="OPS-1", field="status", expected_value="Done")
    approved >> JiraOperator(
        task_id="ticket",
        jira_method="issue_create",
        jira_method_args={{"fields": {{"project": {{"key": "OPS"}}, "summary": "Load of {{{{ ds }}}}"}}}},
    )
""",
    expected=(
        "jira_default.call(",
        'method="issue_create"',
        '"summary": f"Load of {context.partition_key}"',
        'jira_default.ticket_has(ticket="OPS-1", field="status", value="Done")',
    ),
    disposition="step",
)
_JIRA_CALLS = (
    Call(
        "jira",
        (_PROVIDERS + "atlassian.jira.operators.jira.JiraOperator",),
        "call",
        summary="Calls the same method of the client of atlassian-python-api. What a function makes of the answer stays in Airflow.",
        built=_ask,
        reads=("jira_method", "jira_method_args"),
        gives="Any",
        refused=("result_processor", "get_jira_resource_method"),
        kind="jira",
        examples=(_JIRA_EXAMPLE,),
    ),
    Call(
        "jira-sensor",
        (_PROVIDERS + "atlassian.jira.sensors.jira.JiraSensor",),
        "call",
        built=_look,
        reads=("method_name", "method_params"),
        refused=("result_processor",),
        kind="jira",
        waits=True,
    ),
    Call(
        "jira-ticket",
        (_PROVIDERS + "atlassian.jira.sensors.jira.JiraTicketSensor",),
        "ticket_has",
        {"ticket_id": "ticket"},
        built=_field,
        reads=("field", "expected_value"),
        refused=("field_checker_func",),
        kind="jira",
        waits=True,
    ),
)

# -------------------------------------------------------------------------------------------------------------- Windows


def _command(task: Task, context: LoweringContext) -> Lowering:
    found: dict[str, Expr] = {"command": context.template(required(task, "command"))}
    found |= passed(task, context, {"ps_path": "powershell", "working_directory": "folder", "remote_host": "host"})
    codes = argument(task, "expected_return_code", 0)
    if isinstance(codes, int):
        codes = [codes]
    if not isinstance(codes, (list, tuple, range)) or not all(isinstance(code, int) for code in codes):
        span = task.argument_spans.get("expected_return_code")
        raise Untranslatable("MIG207", "its argument `expected_return_code` is only known at run time", span)
    if [*codes] != [0]:
        found["codes"] = [*codes]
    if (encoding := known(task, "output_encoding", "utf-8")) != "utf-8":
        found["encoding"] = encoding
    return Lowering("work", use(task, context, _windows(task), "run", found, "str", "windows"))


def _windows(task: Task) -> Client:
    """The connection of the hook that is handed over, or that the task names."""
    hook: Value = argument(task, "winrm_hook")
    if hook is None:
        return Client("windows", ("ssh_conn_id",), "ssh_default")
    said = (
        {**dict(zip(("ssh_conn_id",), hook.args, strict=False)), **hook.kwargs} if isinstance(hook, ObjectValue) else {}
    )
    name = said.get("ssh_conn_id")
    if said.keys() != {"ssh_conn_id"} or not isinstance(name, str):
        span = task.argument_spans.get("winrm_hook")
        raise Untranslatable("MIG207", "the server of its `winrm_hook` is only known at run time", span)
    return Client("windows", (), name)


_WINDOWS_EXAMPLE = Example(
    title="A script of PowerShell on a server of Windows",
    dag=f"""{_HEAD}from airflow.providers.microsoft.winrm.hooks.winrm import WinRMHook
from airflow.providers.microsoft.winrm.operators.winrm import WinRMOperator

with DAG("reports", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    WinRMOperator(
        task_id="export",
        winrm_hook=WinRMHook(ssh_conn_id="reports"),
        ps_path="powershell",
        command="Export-Report -Day {{{{ ds }}}}",
        expected_return_code=[0, 3],
    )
""",
    expected=(
        "reports.run(",
        'command=f"Export-Report -Day {context.partition_key}"',
        "codes=[0, 3]",
        "reports: WindowsServer",
    ),
    disposition="step",
)
RULES = (
    *(call_rule(_JIRA, call) for call in _JIRA_CALLS),
    Rule(
        name="winrm",
        operators=(_PROVIDERS + "microsoft.winrm.operators.winrm.WinRMOperator",),
        summary="Runs the same command, or script of PowerShell; what it writes is the step's log, and another code than expected fails the step.",
        lower=_command,
        carried=frozenset(
            {
                *("winrm_hook", "ssh_conn_id", "remote_host", "command", "ps_path", "output_encoding"),
                *("expected_return_code", "working_directory"),
            }
        ),
        ignored={
            "deferrable": "there is no triggerer",
            "poll_interval": "there is no triggerer",
            "max_output_chunks": "there is no triggerer",
            "timeout": RUN_LIMIT,
        },
        connection=("ssh_conn_id",),
        default_connection="ssh_default",
        examples=(_WINDOWS_EXAMPLE,),
    ),
)
