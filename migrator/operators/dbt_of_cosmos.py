"""dbt as astronomer-cosmos and airflow-dbt-python run it: one command of dbt for each task, on the same project and selection."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from pathlib import PurePath

from migrator.model.airflow import Task
from migrator.model.bodies import RunShell
from migrator.model.expressions import Expr
from migrator.model.plan import Delta
from migrator.model.values import ObjectValue, Value
from migrator.operators.common import argument, delta, first_argument, flag
from migrator.operators.dbt import as_json
from migrator.operators.rule import Example, Lowering, LoweringContext, Rule, Untranslatable

_COSMOS = {
    "Build": ("build",),
    "Clone": ("clone",),
    "Compile": ("compile",),
    "Docs": ("docs", "generate"),
    "LS": ("ls",),
    "Run": ("run",),
    "RunOperation": ("run-operation",),
    "Seed": ("seed",),
    "Snapshot": ("snapshot",),
    "Source": ("source", "freshness"),
    "Test": ("test",),
}
"""The commands, by what stands between `Dbt` and the mode in a class's name."""
_MODES = ("local", "virtualenv")
_PYTHON = {
    "DbtBuildOperator": ("build",),
    "DbtCleanOperator": ("clean",),
    "DbtCompileOperator": ("compile",),
    "DbtDepsOperator": ("deps",),
    "DbtDocsGenerateOperator": ("docs", "generate"),
    "DbtLsOperator": ("ls",),
    "DbtRunOperator": ("run",),
    "DbtRunOperationOperator": ("run-operation",),
    "DbtSeedOperator": ("seed",),
    "DbtSnapshotOperator": ("snapshot",),
    "DbtSourceFreshnessOperator": ("source", "freshness"),
    "DbtTestOperator": ("test",),
}
_LISTS = {"select": "--select", "models": "--select", "exclude": "--exclude", "selector": "--selector"}
_FLAGS = {
    "full_refresh": "--full-refresh",
    "fail_fast": "--fail-fast",
    "warn_error": "--warn-error",
    "no_version_check": "--no-version-check",
    "quiet": "--quiet",
    "debug": "--debug",
}


def _words(task: Task, context: LoweringContext, command: Sequence[str]) -> list[Expr]:
    """The words of a command after those that say the project and the profile: selection, variables, flags."""
    words: list[Expr] = list(command)
    if command == ("run-operation",):
        words.append(context.template(first_argument(task, ("macro_name", "macro"))))
        if given := argument(task, "args"):
            words += ["--args", as_json(context.template(given), task)]
    for name, option in _LISTS.items():
        if value := argument(task, name):
            entries = (
                value if isinstance(value, (list, tuple)) else shlex.split(value) if isinstance(value, str) else [value]
            )
            words += [option, *(context.template(entry) for entry in entries)]
    if variables := argument(task, "vars"):
        words += [
            "--vars",
            context.template(variables) if isinstance(variables, str) else as_json(context.template(variables), task),
        ]
    if (threads := argument(task, "threads")) is not None:
        words += ["--threads", context.template(str(threads) if isinstance(threads, int) else threads)]
    words += [option for name, option in _FLAGS.items() if flag(task, name)]
    for name in ("dbt_cmd_global_flags", "dbt_cmd_flags"):
        given = argument(task, name) or []
        if not isinstance(given, (list, tuple)):
            raise Untranslatable(
                "MIG207", f"its argument `{name}` is only known at run time", task.argument_spans.get(name)
            )
        words += [context.template(word) for word in given]
    return words


def _body(task: Task, context: LoweringContext, words: list[Expr], folder: Value) -> RunShell:
    environment = context.template(argument(task, "env") or {})
    if not isinstance(environment, Mapping):
        raise Untranslatable("MIG207", "its environment is only known at run time", task.argument_spans.get("env"))
    append = flag(task, "append_env", True) or not environment
    cwd = None if folder is None else context.template(folder)
    return RunShell(words, environment, append_env=append, cwd=cwd, kind="dbt")


# -------------------------------------------------------------------------------------------------------------- cosmos


def _cosmos(task: Task, context: LoweringContext) -> Lowering:
    mode = task.operator_module.rpartition(".")[2]
    kind = task.operator.removeprefix("Dbt").removesuffix("Operator").removesuffix(mode.capitalize())
    if kind not in _COSMOS:
        raise Untranslatable("MIG201", f"`{task.operator}` does more than a command of dbt", task.span)
    words: list[Expr] = ["dbt", *_words(task, context, _COSMOS[kind])]
    profile, deltas = _profile(task, context)
    body = _body(task, context, [*words, *profile], argument(task, "project_dir"))
    return Lowering("work", body, deltas=deltas)


def _profile(task: Task, context: LoweringContext) -> tuple[list[Expr], tuple[Delta, ...]]:
    """The options that say the profile, and what is lost of one that cosmos makes of an Airflow connection. Raises Untranslatable."""
    config = argument(task, "profile_config")
    if not isinstance(config, ObjectValue):
        raise Untranslatable(
            "MIG207", "its profile is only known at run time", task.argument_spans.get("profile_config")
        )
    said = {**dict(zip(("profile_name", "target_name"), config.args, strict=False)), **config.kwargs}
    words: list[Expr] = []
    for name, option in (("profile_name", "--profile"), ("target_name", "--target")):
        if (value := said.get(name)) is not None:
            words += [option, context.template(value)]
    if (file := said.get("profiles_yml_filepath")) is not None:
        return [*words, "--profiles-dir", context.template(_folder_of(task, file))], ()
    mapping = said.get("profile_mapping")
    connection = mapping.kwargs.get("conn_id") if isinstance(mapping, ObjectValue) else None
    shown = f"the connection `{connection}`" if isinstance(connection, str) else "an Airflow connection"
    lost = delta(
        context,
        f"cosmos makes the profile of dbt of {shown}",
        "dbt reads it from its `profiles.yml`",
        "write the profile into `profiles.yml` beside the project, or where `DBT_PROFILES_DIR` says",
    )
    return words, (lost,)


def _folder_of(task: Task, file: Value) -> Value:
    if isinstance(file, (str, PurePath)):
        return str(PurePath(file).parent)
    if isinstance(file, ObjectValue) and len(file.args) == 1 and isinstance(file.args[0], str):
        return str(PurePath(file.args[0]).parent)
    raise Untranslatable("MIG207", "where its `profiles.yml` is is only known at run time", task.span)


# -------------------------------------------------------------------------------------------------- airflow-dbt-python


def _dbt_python(task: Task, context: LoweringContext) -> Lowering:
    words: list[Expr] = ["dbt", *_words(task, context, _PYTHON[task.operator])]
    for name in ("project_dir", "profiles_dir"):
        place = argument(task, name)
        if isinstance(place, str) and "://" in place:
            raise Untranslatable("MIG201", f"its `{name}` is in another store", task.argument_spans.get(name))
    for name, option in (("profiles_dir", "--profiles-dir"), ("profile", "--profile"), ("target", "--target")):
        if (value := argument(task, name)) is not None:
            words += [option, context.template(value)]
    return Lowering("work", _body(task, context, words, argument(task, "project_dir")))


_COSMOS_EXAMPLE = Example(
    title="One command of a project, by an operator of cosmos",
    dag="""
from datetime import datetime

from airflow import DAG
from cosmos import ProfileConfig
from cosmos.operators.local import DbtRunLocalOperator
from cosmos.profiles import PostgresUserPasswordProfileMapping

profile = ProfileConfig(
    profile_name="shop",
    target_name="prod",
    profile_mapping=PostgresUserPasswordProfileMapping(conn_id="warehouse", profile_args={"schema": "mart"}),
)

with DAG("models", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    DbtRunLocalOperator(
        task_id="run", project_dir="/opt/dbt/shop", profile_config=profile, select=["tag:daily"], vars={"day": "{{ ds }}"}
    )
""",
    expected=('"tag:daily"', '"--profile"', '"--target"', 'cwd="/opt/dbt/shop"'),
    disposition="step",
)
_PYTHON_EXAMPLE = Example(
    title="A build by airflow-dbt-python",
    dag="""
from datetime import datetime

from airflow import DAG
from airflow_dbt_python.operators.dbt import DbtBuildOperator

with DAG("models", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    DbtBuildOperator(task_id="build", project_dir="/opt/dbt/shop", profiles_dir="/opt/dbt", target="prod", threads=4)
""",
    expected=('"build"', '"--threads"', '"4"', '"--profiles-dir"', 'cwd="/opt/dbt/shop"'),
    disposition="step",
)
_SHARED = frozenset(
    {
        *_LISTS,
        *_FLAGS,
        *("vars", "threads", "env", "append_env", "project_dir", "macro_name", "macro", "args"),
        *("dbt_cmd_flags", "dbt_cmd_global_flags"),
    }
)
_RESULTS = "dbt's own artifacts stay in the project's `target`"

RULES = (
    Rule(
        name="dbt-cosmos",
        operators=(
            *(f"cosmos.operators.{mode}.Dbt{kind}{mode.capitalize()}Operator" for mode in _MODES for kind in _COSMOS),
            *(f"cosmos.operators.Dbt{kind}Operator" for kind in _COSMOS),
        ),
        summary="Runs the same command of dbt in the same project. Other modes of cosmos than `local` and `virtualenv` stay in Airflow.",
        lower=_cosmos,
        carried=_SHARED | {"profile_config"},
        ignored={
            "install_deps": "`dbt deps` installs the project's packages once",
            "install_dbt_deps": "`dbt deps` installs the project's packages once",
            "copy_dbt_packages": "`dbt deps` installs the project's packages once",
            "dbt_executable_path": "the `dbt` of the environment runs",
            "py_requirements": "the `dbt` of the environment runs",
            "py_system_site_packages": "the `dbt` of the environment runs",
            "pip_install_options": "the `dbt` of the environment runs",
            "virtualenv_dir": "the `dbt` of the environment runs",
            "invocation_mode": "a process of dbt runs",
            "emit_datasets": "Dagster knows the assets",
            "extra_context": "it only tells cosmos of the node",
            "callback": _RESULTS,
            "should_store_compiled_sql": _RESULTS,
            "should_upload_compiled_sql": _RESULTS,
            "manifest_filepath": "dbt reads its project",
            "partial_parse": "dbt decides what it reads again",
            "cache_dir": "dbt decides what it reads again",
            "skip_exit_code": "dbt ends with no other code than 0, 1 and 2",
            "cancel_query_on_kill": "a run that is ended ends dbt",
            "output_encoding": "output is read as UTF-8",
            "log_format": "the output of dbt is the step's log",
            "tests_behavior": "the tasks are those that cosmos made of it",
        },
        examples=(_COSMOS_EXAMPLE,),
    ),
    Rule(
        name="dbt-python",
        operators=tuple(f"airflow_dbt_python.operators.dbt.{name}" for name in _PYTHON),
        summary="Runs the same command of dbt in the same project. One whose project is in a store (S3, Git) stays in Airflow.",
        lower=_dbt_python,
        carried=_SHARED | {"profiles_dir", "profile", "target"},
        ignored={
            "dbt_conn_id": "the profile says how to log in",
            "do_xcom_push_artifacts": _RESULTS,
            "project_conn_id": "goes with a project in a store",
            "profiles_conn_id": "goes with a project in a store",
            "replace_on_push": "goes with a project in a store",
            "push_dbt_project": "goes with a project in a store",
            "delete_before_push": "goes with a project in a store",
            "singular": "the selection says which tests run",
            "generic": "the selection says which tests run",
            "log_cache_events": "the output of dbt is the step's log",
            "log_level": "the output of dbt is the step's log",
            "use_colors": "the output of dbt is the step's log",
        },
        examples=(_PYTHON_EXAMPLE,),
    ),
)
