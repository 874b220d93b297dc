"""Which trigger rules let a task run after a failure, and what the tasks before it do then."""

from __future__ import annotations

from pathlib import Path

import pytest

from migrator.config import Config
from migrator.diagnostics import Severity
from migrator.model.bodies import AnyCopy, FailRun, InVain
from migrator.model.plan import CreateOp, CreateRunSensor, CreateSchedule, MigrationPlan, Within
from migrator.pipeline import analyze

DAG = """
from datetime import datetime
from airflow.providers.standard.operators.bash import BashOperator
from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import DAG

with DAG("d", schedule=None, start_date=datetime(2024, 1, 1)):
    a = BashOperator(task_id="a", bash_command="a")
    b = BashOperator(task_id="b", bash_command="b")
    c = BashOperator(task_id="c", bash_command="c", trigger_rule="{rule}")
    last = BashOperator(task_id="last", bash_command="last")
    a >> b >> c >> last
    a >> c
"""


def planned(tmp_path: Path, text: str) -> MigrationPlan:
    (tmp_path / "d.py").write_text(text)
    return analyze(tmp_path, Config()).plan


def waits(plan: MigrationPlan, name: str) -> list[set[tuple[str, str]]]:
    (op,) = (op for op in plan.dags[0].operations if isinstance(op, CreateOp) and op.name == name)
    return [set(order.after) for order in op.orders]


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("all_done", [{("start", "result"), ("a", "result"), ("b", "result")}]),
        ("one_failed", [{("a", "failed"), ("b", "failed")}]),
        ("all_failed", [{("a", "failed")}, {("a", "failed"), ("b", "failed")}]),
        ("one_success", [{("a", "result"), ("b", "result")}]),
        ("one_done", [{("a", "failed"), ("a", "result"), ("b", "failed"), ("b", "result")}]),
        ("none_skipped", [{("a", "failed"), ("a", "result")}, {("a", "failed"), ("b", "failed"), ("b", "result")}]),
        (
            "all_done_min_one_success",
            [
                {("a", "failed"), ("a", "result")},
                {("a", "failed"), ("b", "failed"), ("b", "result")},
                {("a", "result"), ("b", "result")},
            ],
        ),
        ("always", [{("start", "result")}]),
    ],
)
def test_what_a_rule_waits_for(tmp_path: Path, rule: str, expected: list[set[tuple[str, str]]]) -> None:
    plan = planned(tmp_path, DAG.replace("{rule}", rule))
    assert {row.kind for row in plan.dispositions} == {"step"}
    found = waits(plan, "c")
    assert sorted(map(sorted, found)) == sorted(map(sorted, expected))
    assert waits(plan, "last") == [{("c", "result")}]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ("", []),
        ("\n    a >> BashOperator(task_id='publish', bash_command='p')", [[{("a", "failed")}]]),
        ("\n    [a, b] >> BashOperator(task_id='publish', bash_command='p')", [[{("a", "failed"), ("b", "failed")}]]),
        ("\n    c.as_teardown(setups=a)", [[{("a", "failed"), ("b", "failed")}]]),
        ("\n    c.as_teardown(setups=a, on_failure_fail_dagrun=True)", [[{("a", "failed")}]]),
        ("\n    a >> last.as_teardown(setups=a)\n    b >> last", [[{("c", "failed")}]]),
    ],
)
def test_the_run_fails_at_its_end_where_it_does_in_airflow(
    tmp_path: Path, change: str, expected: list[list[set[tuple[str, str]]]]
) -> None:
    plan = planned(tmp_path, DAG.replace("{rule}", "all_done") + change)
    ops = [op for op in plan.dags[0].operations if isinstance(op, CreateOp)]
    assert [[set(order.after) for order in op.orders] for op in ops if isinstance(op.body, FailRun)] == expected
    assert {op.name for op in ops if op.goes_on} >= {"a", "b"}
    (delta,) = (delta for delta in plan.deltas if "on with the output `failed`" in delta.dagster)
    assert ("the run as successful" in delta.dagster) is not bool(expected)


BRANCHED = """
from datetime import datetime
from airflow.providers.standard.operators.bash import BashOperator
from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.providers.standard.operators.python import BranchPythonOperator
from airflow.sdk import DAG

def choose(ds):
    return "a" if ds > "2026" else "b"

with DAG("d", schedule="@daily", start_date=datetime(2024, 1, 1)):
    branch = BranchPythonOperator(task_id="branch", python_callable=choose)
    a = BashOperator(task_id="a", bash_command="a")
    b = BashOperator(task_id="b", bash_command="b")
    join = EmptyOperator(task_id="join", trigger_rule="one_success")
    last = BashOperator(task_id="last", bash_command="last", trigger_rule="{rule}")
    branch >> [a, b] >> join >> last
"""
IN_VAIN = InVain(((("a", "result"), ("b", "result")),), ("branch", "a", "b"))


@pytest.mark.parametrize("rule", ["all_success", "none_failed"])
def test_the_run_fails_where_a_join_waits_for_a_success_in_vain(tmp_path: Path, rule: str) -> None:
    plan = planned(tmp_path, BRANCHED.replace("{rule}", rule))
    ops = {op.name: op for op in plan.dags[0].operations if isinstance(op, CreateOp)}
    assert ops["fail_run"].body == FailRun(in_vain=IN_VAIN)
    assert [set(order.after) for order in ops["fail_run"].orders] == [
        {("branch", "failed"), ("a", "failed"), ("b", "failed")}
    ]
    assert [(one.wanted, {*one.failed}) for one in ops["last"].unless_in_vain] == (
        [(IN_VAIN.wanted, {*IN_VAIN.failed})] if rule == "none_failed" else []
    )


def test_what_a_task_asks_whether_it_was_skipped_is_a_step(tmp_path: Path) -> None:
    plan = planned(tmp_path, BRANCHED.replace("{rule}", "all_skipped"))
    ops = {op.name: op for op in plan.dags[0].operations if isinstance(op, CreateOp)}
    assert (ops["last"].unless, ops["last"].unless_in_vain[0].wanted) == (("join",), IN_VAIN.wanted)


def test_copies_that_come_after_other_copies_wait_before_their_list(tmp_path: Path) -> None:
    plan = planned(
        tmp_path,
        "from datetime import datetime\n"
        "from airflow.providers.standard.operators.bash import BashOperator\n"
        "from airflow.sdk import DAG\n"
        "with DAG('d', schedule=None, start_date=datetime(2024, 1, 1)):\n"
        "    first = BashOperator.partial(task_id='first').expand(bash_command=['a', 'b'])\n"
        "    first >> BashOperator.partial(task_id='second').expand(bash_command=['c', 'd'])\n",
    )
    assert waits(plan, "second") == []
    assert waits(plan, "second_inputs") == [{("first", "result")}]


def test_an_empty_join_hands_its_rule_on(tmp_path: Path) -> None:
    text = DAG.replace('BashOperator(task_id="c", bash_command="c"', 'EmptyOperator(task_id="c"')
    plan = planned(tmp_path, text.replace("{rule}", "all_done"))
    assert waits(plan, "last") == [{("start", "result"), ("a", "result"), ("b", "result")}]


def test_a_task_that_takes_a_value_of_one_that_may_fail_gets_none_then(tmp_path: Path) -> None:
    text = DAG.replace('bash_command="c"', "bash_command=\"echo {{ ti.xcom_pull(task_ids='b') }}\"")
    plan = planned(tmp_path, text.replace("{rule}", "all_done"))
    assert not [row for row in plan.dispositions if row.kind == "airflow"]
    ops = {op.name: op for op in plan.dags[0].operations if isinstance(op, CreateOp)}
    assert [(given.node, given.behind) for given in ops["b_or_none"].inputs] == [("b", "no_value")]
    assert [given.node for given in ops["c"].inputs] == ["b_or_none"]


def test_a_command_that_ends_with_the_exit_code_for_skips_may_lack_its_output(tmp_path: Path) -> None:
    text = DAG.replace('bash_command="a"', 'bash_command="test -e x || exit 99"')
    plan = planned(tmp_path, text.replace("{rule}", "none_failed"))
    (op,) = (op for op in plan.dags[0].operations if isinstance(op, CreateOp) and op.name == "a")
    assert op.outputs == (("result", True),)


def test_tasks_of_a_loop_that_may_fail_are_rows_of_one_factory(tmp_path: Path) -> None:
    text = DAG[: DAG.index("    a = ")] + (
        '    last = BashOperator(task_id="last", bash_command="last", trigger_rule="all_done")\n'
        '    for table in ("a", "b"):\n'
        '        BashOperator(task_id=f"load_{table}", bash_command=f"load {table}") >> last\n'
    )
    plan = planned(tmp_path, text)
    ops = [op for op in plan.dags[0].operations if isinstance(op, CreateOp) and op.name.startswith("load")]
    assert [(op.goes_on, op.row and op.row.variables) for op in ops] == [(True, {"table": "a"}), (True, {"table": "b"})]


def test_starting_another_dag_reacts_to_failures_in_the_run(tmp_path: Path) -> None:
    other = """
with DAG("other", schedule=None, start_date=datetime(2024, 1, 1)):
    BashOperator(task_id="work", bash_command="work")
"""
    start = 'TriggerDagRunOperator(task_id="c", trigger_dag_id="other"'
    text = DAG.replace('BashOperator(task_id="c", bash_command="c"', start).replace(
        "a >> b >> c >> last", "a >> b >> c"
    )
    imported = "from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator\n"
    plan = planned(tmp_path, imported + text.replace("{rule}", "all_done") + other)
    assert {row.kind for row in plan.dispositions} == {"step"}
    assert waits(plan, "c") == [{("start", "result"), ("a", "result"), ("b", "result")}]
    beside = imported + text.replace("{rule}", "none_failed") + other
    plan = planned(tmp_path, beside)
    assert {row.task_id: row.kind for row in plan.dispositions}["c"] == "step"
    plan = planned(tmp_path, beside.replace("a >> b >> c", "a >> b >> c; last >> c"))
    assert {row.task_id: row.kind for row in plan.dispositions}["c"] == "sensor"


COPIES = """
from datetime import datetime
from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG, task, task_group

with DAG("d", schedule=None, start_date=datetime(2024, 1, 1)):
    @task
    def numbers():
        return [1, 2]

    @task
    def work(n):
        print(n)

    copies = work.expand(n=numbers())
    alarm = BashOperator(task_id="alarm", bash_command="alarm", trigger_rule="one_failed")
    always = BashOperator(task_id="always", bash_command="always", trigger_rule="all_done")
    last = BashOperator(task_id="last", bash_command="last")
    strict = BashOperator(task_id="strict", bash_command="strict")
    copies >> [alarm, always, strict]
    always >> last
    strict >> last
"""


def test_an_op_stands_for_copies_where_one_of_several_outputs_is_waited_for(tmp_path: Path) -> None:
    plan = planned(tmp_path, COPIES)
    ops = {op.name: op for op in plan.dags[0].operations if isinstance(op, CreateOp)}
    assert ops["work_failed"].body == AnyCopy("work", "failed")
    assert waits(plan, "always") == [{("start", "result"), ("any_work", "result")}]
    assert ops["strict"].wants_all_of == ("work",)
    assert ops["alarm"].outputs == ()


FAILING_GROUP = """
from datetime import datetime
from airflow.sdk import DAG, task, task_group

with DAG("d", schedule=None, start_date=datetime(2024, 1, 1)):
    @task_group
    def each(n):
        @task
        def first(n):
            return n

        @task
        def second(n):
            print(n)

        second(first(n))

    @task(trigger_rule="all_failed")
    def alarm():
        print("alarm")

    @task
    def last():
        print("last")

    each.expand(n=[1, 2]) >> alarm() >> last()
"""


@pytest.mark.parametrize(
    ("text", "asked"),
    [(COPIES.replace("one_failed", "all_failed"), ("work",)), (FAILING_GROUP, ("first", "second"))],
)
def test_a_task_that_wants_all_failed_asks_whether_each_copy_did(
    tmp_path: Path, text: str, asked: tuple[str, ...]
) -> None:
    plan = planned(tmp_path, text)
    (alarm,) = (op for op in plan.dags[0].operations if isinstance(op, CreateOp) and op.name == "alarm")
    assert (alarm.wants_failed, alarm.outputs) == ((asked,), (("result", True),))


EXPANDED_GROUP = """
from datetime import datetime
from airflow.exceptions import AirflowSkipException
from airflow.sdk import DAG, task, task_group

with DAG("d", schedule=None, start_date=datetime(2024, 1, 1)):
    @task_group
    def each(n):
        @task
        def work(n):
            raise AirflowSkipException

        @task(trigger_rule="all_done")
        def clean():
            print("clean")

        work(n) >> clean()

    each.expand(n=[1, 2])
"""


def test_tasks_of_a_copy_are_told_what_became_of_others(tmp_path: Path) -> None:
    plan = planned(tmp_path, EXPANDED_GROUP)
    within = {op.name: op.within for op in plan.dags[0].operations if isinstance(op, CreateOp)}
    assert within["clean"] == Within("all_done", (("after_work", None),))
    assert within["work"] == Within("all_success")
    assert within["each_inputs"] is None


def test_copies_do_not_react_to_what_fails_before_their_group(tmp_path: Path) -> None:
    text = EXPANDED_GROUP.replace("work(n) >>", "work(size) >>").replace("each(n)", "each(n, size)")
    text = text.replace("    @task_group", "    @task\n    def size():\n        return 1\n\n    @task_group")
    plan = planned(tmp_path, text.replace("each.exp", "each.partial(size=size()).exp"))
    assert plan.dags[0].form == "ops"
    (told,) = (delta for delta in plan.deltas if delta.dagster == "no copy is started then")
    assert told.severity is Severity.WARNING
    assert (
        told.airflow
        == "`each.clean` runs in each copy of its expanded group even if `size`, which comes before that, failed"
    )


def test_a_dag_that_stays_says_what_keeps_it(tmp_path: Path) -> None:
    plan = planned(tmp_path, EXPANDED_GROUP.replace("work(n) >>", "work(n).as_setup() >>"))
    assert plan.dags[0].form == "airflow"
    assert "`each.clean`: its trigger rule is `all_done`" in plan.dags[0].reason


LAST = """
from datetime import datetime, timedelta
from airflow.sdk import DAG, task

with DAG("d", schedule=None, start_date=datetime(2024, 1, 1)):
    @task(retries=1)
    def work():
        print("work")

    @task(trigger_rule="all_done", execution_timeout=timedelta(minutes=5))
    def last(ti, task):
        print({said})

    work() >> last()
"""


@pytest.mark.parametrize(("said", "watches"), [("ti.try_number", False), ("task.execution_timeout, task.pool", True)])
def test_a_sensor_does_what_asks_nothing_of_the_step(tmp_path: Path, said: str, watches: bool) -> None:
    plan = planned(tmp_path, LAST.replace("{said}", said))
    assert {row.task_id: row.kind for row in plan.dispositions}["last"] == ("hook" if watches else "step")
    assert ("last" in {op.name for op in plan.dags[0].operations if isinstance(op, CreateOp)}) is not watches


SKIPPING_COPIES = """
import datetime as dt
from airflow.exceptions import AirflowSkipException
from airflow.sdk import DAG, task

with DAG("shop", schedule=None, start_date=dt.datetime(2026, 1, 1)):

    @task
    def pick(n):
        if n:
            raise AirflowSkipException
        return n

    @task(trigger_rule="all_done")
    def count(picked):
        return len(list(picked))

    count(pick.expand(n=[0, 1]))
"""


def test_the_report_says_what_to_do_where_all_copies_may_be_skipped(tmp_path: Path) -> None:
    (tmp_path / "shop.py").write_text(SKIPPING_COPIES)
    deltas = analyze(tmp_path, Config()).plan.deltas
    (found,) = [delta for delta in deltas if "even if all copies of a mapped task before it" in delta.airflow]
    assert (found.severity, found.mitigation.split(",")[0]) == (Severity.WARNING, "where it has to run")
    assert "so may be what comes after it" in found.dagster


CALLED = DAG[: DAG.index("    a >> b")].replace("{rule}", "all_done").strip()


def test_steps_of_a_run_that_goes_on_after_failures_call_their_callbacks_before_that(tmp_path: Path) -> None:
    called = "lambda context: print(context['ti'].task_id)"
    given = f'1, 1), default_args={{"on_failure_callback": {called}, "on_success_callback": {called}}}):'
    plan = planned(tmp_path, f"{CALLED.replace('1, 1)):', given)}\n    a >> c\n")
    ops = [op for op in plan.dags[0].operations if isinstance(op, CreateOp) and op.task_id]
    assert [op.name for op in ops] == ["a", "b", "c", "last"]
    assert all([call.on for call in op.calls] == ["failure", "success"] for op in ops)
    assert not [op for op in plan.dags[0].operations if isinstance(op, CreateRunSensor)]


@pytest.mark.parametrize(("tasks", "on"), [("a >> c", "done"), ("a >> [b, c]", "failure")])
def test_what_only_the_end_of_the_run_tells_is_told_even_if_that_ends_well(tmp_path: Path, tasks: str, on: str) -> None:
    asked = 'bash_command="a", on_failure_callback=lambda context: print(context["ti"].duration)'
    made = CALLED.replace('bash_command="a"', asked)
    plan = planned(tmp_path, f"{made}\n    {tasks}\n")
    (sensor,) = (op for op in plan.dags[0].operations if isinstance(op, CreateRunSensor))
    assert (sensor.steps, sensor.on) == ("failure", on)


def test_a_sensor_that_stands_for_a_task_sees_the_run_fail(tmp_path: Path) -> None:
    alert = (
        "\n    a >> PythonOperator(task_id='alert', trigger_rule='one_failed', python_callable=lambda ds: print(ds))\n"
    )
    text = DAG.replace("{rule}", "all_done").replace(
        "from airflow.sdk", "from airflow.providers.standard.operators.python import PythonOperator\nfrom airflow.sdk"
    )
    plan = planned(tmp_path, text + alert)
    assert {row.task_id: row.kind for row in plan.dispositions}["alert"] == "hook"
    assert waits(plan, "fail_run") == [{("a", "failed")}]


@pytest.mark.parametrize("callback", ["on_execute_callback", "on_failure_callback", "on_success_callback"])
def test_a_last_task_that_calls_back_when_it_runs_well_is_an_op(tmp_path: Path, callback: str) -> None:
    text = f"""
from datetime import datetime
from airflow.providers.standard.operators.bash import BashOperator
from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import DAG

def told(context):
    print(context["ti"].task_id)

with DAG("d", schedule=None, start_date=datetime(2024, 1, 1), default_args={{"{callback}": told}}):
    work = BashOperator(task_id="work", bash_command="work")
    work >> PythonOperator(task_id="last", python_callable=print, trigger_rule="all_done")
"""
    kinds = {row.task_id: row.kind for row in planned(tmp_path, text).dispositions}
    assert kinds["last"] == ("hook" if callback == "on_failure_callback" else "step")


GATED = """
from datetime import datetime
from airflow.providers.standard.operators.bash import BashOperator
from airflow.providers.standard.operators.python import BranchPythonOperator, ShortCircuitOperator
from airflow.sdk import DAG

def decide():
    return datetime.now().day > 3 and {chosen}

with DAG("d", schedule=None, start_date=datetime(2024, 1, 1)):
    up = BashOperator(task_id="up", bash_command="up").as_setup()
    gate = {gate}(task_id="gate", python_callable=decide)
    work = BashOperator(task_id="work", bash_command="work")
    down = BashOperator(task_id="down", bash_command="down").as_teardown(setups=up)
    up >> gate >> {below}
"""


@pytest.mark.parametrize("below", ["work >> down", "[work, down]"])
def test_a_short_circuit_does_not_skip_what_tears_down(tmp_path: Path, below: str) -> None:
    """As Airflow says (2.11 and 3.3, `ShortCircuitOperator.execute`): whatever was set up is to be torn down."""
    plan = planned(tmp_path, GATED.format(gate="ShortCircuitOperator", chosen="True", below=below))
    groups = waits(plan, "down")
    assert all({source for source, _ in group} & {"up", "start"} for group in groups), groups


def test_a_branch_skips_what_tears_down_right_below_it(tmp_path: Path) -> None:
    plan = planned(tmp_path, GATED.format(gate="BranchPythonOperator", chosen="'work'", below="[work, down]"))
    assert {("gate", "down"), ("gate", "failed"), ("up", "failed")} in waits(plan, "down")


@pytest.mark.parametrize(
    ("rule", "kind"),
    [
        *(
            (rule, "step")
            for rule in ("all_done", "one_success", "one_done", "none_skipped", "all_done_min_one_success")
        ),
        *((rule, "airflow") for rule in ("one_failed", "all_failed")),
    ],
)
def test_of_a_split_dag_a_task_moves_that_runs_after_successes_too_and_airflow_says_when(
    tmp_path: Path, rule: str, kind: str
) -> None:
    text = DAG.replace("{rule}", rule).replace("schedule=None", 'schedule="@daily"')
    text += "    b >> PrivateOperator(task_id='own')\n"
    plan = planned(
        tmp_path, text.replace("from airflow.sdk", "from acme_private import PrivateOperator\nfrom airflow.sdk")
    )
    kinds = {row.task_id: row.kind for row in plan.dispositions}
    assert kinds == {"a": "step", "b": "step", "c": kind, "last": "step", "own": "airflow"}
    scheduled = any(isinstance(operation, CreateSchedule) for operation in plan.dags[0].operations)
    assert scheduled is (kind == "airflow")
    told = [
        delta.mitigation for delta in plan.deltas if f"would not run `c` (`{rule}`) after a failure" in delta.mitigation
    ]
    assert len(told) == (kind == "step")


def test_of_a_split_dag_a_task_stays_that_may_run_without_the_value_it_takes(tmp_path: Path) -> None:
    plan = planned(
        tmp_path,
        "from datetime import datetime\n"
        "from acme_private import PrivateOperator\n"
        "from airflow.providers.google.cloud.operators.vertex_ai.dataset import CreateDatasetOperator, DeleteDatasetOperator\n"
        "from airflow.sdk import DAG\n"
        "with DAG('d', schedule=None, start_date=datetime(2024, 1, 1)):\n"
        "    made = CreateDatasetOperator(task_id='made', project_id='p', region='eu', dataset={})\n"
        "    given = dict(project_id='p', region='eu', dataset_id=made.output['dataset_id'], trigger_rule='all_done')\n"
        "    PrivateOperator(task_id='own') >> DeleteDatasetOperator(task_id='end', **given)\n",
    )
    rows = {row.task_id: row for row in plan.dispositions}
    assert {name: row.kind for name, row in rows.items()} == {"made": "asset", "own": "airflow", "end": "airflow"}
    assert rows["end"].reason == "it takes the result of `made`, and may run where there is none"


@pytest.mark.parametrize(("rule", "told"), [("one_failed", True), ("one_success", True), ("all_done", False)])
def test_a_task_that_one_before_it_lets_run_starts_when_all_are_over_and_that_is_told(
    tmp_path: Path, rule: str, told: bool
) -> None:
    made = DAG[: DAG.index("    a >> b")].replace("{rule}", rule).strip()
    after_two = planned(tmp_path, f"{made}\n    [a, b] >> c >> last\n")
    rows = [delta for delta in after_two.deltas if "may still be running" in delta.airflow]
    assert [delta.severity.value for delta in rows] == ["info"] * told
    assert all(f"`c` starts while others before it may still be running (`{rule}`)" == row.airflow for row in rows)
    after_one = planned(tmp_path, f"{made}\n    a >> c\n")
    assert not [delta for delta in after_one.deltas if "may still be running" in delta.airflow]


PUSHED = """\
import datetime as dt
from airflow.sdk import DAG, task

with DAG("risk", schedule=None, start_date=dt.datetime(2026, 1, 1)):

    @task
    def value(ti=None):
        ti.xcom_push(key="worst", value=1)
        return 2

    @task(trigger_rule="RULE")
    def report(ti=None):
        return ti.xcom_pull(task_ids="value", key="worst")

    value() >> report()
"""


@pytest.mark.parametrize(("rule", "told"), [("all_done", True), ("all_success", False)])
def test_what_a_task_pushed_before_it_failed_is_told(tmp_path: Path, rule: str, told: bool) -> None:
    (tmp_path / "risk.py").write_text(PUSHED.replace("RULE", rule))
    deltas = analyze(tmp_path, Config()).plan.deltas
    assert any("is there even if the task fails afterwards" in delta.airflow for delta in deltas) is told
