"""Pulls in templates whose task ids the template itself computes."""

from __future__ import annotations

from pathlib import Path

import pytest

from migrator.codegen import render_project
from migrator.config import Config
from migrator.pipeline import analyze
from migrator.planning.xcom.computed_ids import argument_of_pull, id_patterns, keys_of

PARAMS = {"last": "load_b", "tables": ["a", "b"], "number": 3}


@pytest.mark.parametrize(
    ("ids", "around", "expected"),
    [
        ("params.last", "", ("load_b",)),
        ("params['last']", "", ("load_b",)),
        ("'load_' ~ t", "{% for t in params.tables %}{% endfor %}", ("load_a", "load_b")),
        ("'load_' + t", "{% for t in ['a', 'c'] %}{% endfor %}", ("load_a", "load_c")),
        ("'g.' ~ name", "{% set name = 'load_' ~ params.last %}", (r"g\.load_load_b",)),
        ("'load_' ~ dag_run.conf['t']", "", ("load_.+",)),
        ("'load_%s' % t", "{% for t in params.tables %}{% endfor %}", ("load_a", "load_b")),
        ("'%s.load_%s' % (params.last, ds)", "", (r"load_b\.load_.+",)),
        ("'load_{}'.format(params.last)", "", ("load_load_b",)),
        ("'load_%s' | format(params.last)", "", ("load_load_b",)),
        ("'load_{:>3}'.format(params.last)", "", ()),
        ("t", "{% for t in params.tables %}{% endfor %}", ("a", "b")),
        # Of these, too little is known.
        ("t", "{% for t in params.number %}{% endfor %}", ()),
        ("params.number", "", ()),
        ("dag_run.conf['t']", "", ()),
    ],
)
def test_what_computed_ids_look_like(ids: str, around: str, expected: tuple[str, ...]) -> None:
    assert id_patterns(ids, around, PARAMS.get) == expected


def test_keys_are_those_that_are_known() -> None:
    assert keys_of("'rows.' ~ params.last", "", PARAMS.get) == ("rows.load_b",)
    assert keys_of("t", "{% for t in params.tables %}{% endfor %}", PARAMS.get) == ("a", "b")
    assert keys_of("'rows_' ~ dag_run.conf['t']", "", PARAMS.get) == ()


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("ti.xcom_pull(params.last)", "params.last"),
        ("ti.xcom_pull(task_ids='load_' ~ (t or 'a, b'), key='n')", "'load_' ~ (t or 'a, b')"),
        ("ti.xcom_pull(key='n', task_ids = ids[0])", "ids[0]"),
        ("ti.xcom_pull(key='n')", ""),
        ("ti.xcom_pull('a', key=params.k)", "'a'"),
    ],
)
def test_the_expression_of_the_ids(call: str, expected: str) -> None:
    assert argument_of_pull(call) == expected


DAG = """
from datetime import datetime
from airflow.providers.standard.operators.bash import BashOperator
from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import DAG

def load(table, ti):
    ti.xcom_push(key="rows", value=1)
    ti.xcom_push(key=table, value=2)
    return table

with DAG("d", schedule=None, start_date=datetime(2024, 1, 1)):
    loads = [PythonOperator(task_id=f"load_{t}", python_callable=load, op_args=[t]) for t in ("a", "b")]
    loads >> BashOperator(
        task_id="show",
        bash_command="{% for t in params.tables %}echo {{ ti.xcom_pull(task_ids='load_' ~ t, key='rows') }};{% endfor %}",
        params={"tables": ["a", "b"]},
    )
    loads >> BashOperator(
        task_id="last", bash_command="echo {{ ti.xcom_pull(task_ids=params.last) }}", params={"last": "load_b"}
    )
    loads >> BashOperator(
        task_id="all",
        bash_command="echo {{ ti.xcom_pull(task_ids=params.counted, key='rows') | sum }}",
        params={"counted": ["load_b", "load_a"]},
    )
    loads >> BashOperator(
        task_id="by_key",
        bash_command="echo {{ ti.xcom_pull(task_ids='load_' ~ params.t, key=params.k) }}",
        params={"t": "a", "k": "rows"},
    )
    loads >> BashOperator(
        task_id="keys",
        bash_command="echo {% for k in params.ks %}{{ ti.xcom_pull(task_ids='load_a', key=k) }}{% endfor %}",
        params={"ks": ["rows", "table"]},
    )
"""


def test_a_template_picks_from_the_values_that_it_may_mean(tmp_path: Path) -> None:
    (tmp_path / "d.py").write_text(DAG)
    analysis = analyze(tmp_path, Config())
    code = render_project(analysis.plan, analysis.project, "shop")["src/shop/defs/d/ops.py"]
    assert "{% for t in params.tables %}echo {{ pulled.get('load_' ~ t) }};{% endfor %}" in code
    assert 'pulled={"load_a": load_a["rows"], "load_b": load_b["rows"]}' in code
    assert '"echo {{ load_b }}", load_b=load_b["return_value"]' in code
    assert '"echo {{ pulled | sum }}", pulled=[load_b["rows"], load_a["rows"]]' in code
    assert '"echo {{ pulled }}", pulled=load_a["rows"]' in code
    assert "{% for k in params.ks %}{{ pulled.get(k) }}{% endfor %}" in code
    assert '{"rows": load_a["rows"], "table": load_a.get("table")}' in code


CHOSEN = """
from datetime import datetime
from airflow import DAG
from airflow.decorators import task
from airflow.models import Variable
from airflow.operators.bash import BashOperator
from airflow.operators.python import BranchPythonOperator, PythonOperator

def choose(): return "b"
def show(via, ti): return ti.xcom_pull(task_ids=via)
def ask(name): return Variable.get(name)

with DAG("d", schedule=None, start_date=datetime(2024, 1, 1)):
    route = BranchPythonOperator(task_id="route", python_callable=choose)
    ways = [BashOperator(task_id=way, bash_command=f"echo {way}") for way in ("a", "b")]
    classic = PythonOperator(
        task_id="classic",
        python_callable=show,
        op_kwargs={"via": "{{ ti.xcom_pull(task_ids='route') }}"},
        trigger_rule="none_failed_min_one_success",
    )

    @task(trigger_rule="none_failed_min_one_success")
    def flow(via, ti=None): return ti.xcom_pull(task_ids=via)

    route >> ways >> classic
    ways >> flow(route.output)
    PythonOperator(task_id="ask", python_callable=ask, op_args=["{{ ds }}"])
"""


def test_a_function_pulls_of_the_task_that_a_branch_has_chosen(tmp_path: Path) -> None:
    (tmp_path / "d.py").write_text(CHOSEN)
    analysis = analyze(tmp_path, Config())
    code = render_project(analysis.plan, analysis.project, "shop")["src/shop/defs/d/ops.py"]
    assert 'yield dg.Output(chosen, "value")' in code
    assert code.count('pulled = {"a": a, "b": b}') == 2
    assert code.count("pulled.get(via)") == 2
    assert "{{" not in code  # Nothing is called like a template.


GIVEN = """
from datetime import datetime
from airflow.sdk import DAG
from airflow.providers.standard.operators.python import PythonOperator

def load(): return 1

def publish(steps, ti):
    return {step: ti.xcom_pull(task_ids=step) for step in steps}

def note(steps, ti):
    for step in steps:
        print(ti.xcom_pull(task_ids=step))

def more(steps, ti):
    steps.append("b")
    for step in steps:
        print(ti.xcom_pull(task_ids=step))

with DAG("d", schedule=None, start_date=datetime(2024, 1, 1)):
    loads = {name: PythonOperator(task_id=name, python_callable=load) for name in ("a", "b")}
    given = {"steps": list(loads)}
    list(loads.values()) >> PythonOperator(task_id="publish", python_callable=publish, op_kwargs=given)
    list(loads.values()) >> PythonOperator(task_id="note", python_callable=note, op_kwargs={"steps": ["a"]})
    list(loads.values()) >> PythonOperator(task_id="other", python_callable=note, op_kwargs={"steps": ["{{ ds }}"]})
    list(loads.values()) >> PythonOperator(task_id="more", python_callable=more, op_kwargs={"steps": ["a"]})
"""


def test_a_loop_pulls_of_the_tasks_that_the_task_names(tmp_path: Path) -> None:
    (tmp_path / "d.py").write_text(GIVEN)
    analysis = analyze(tmp_path, Config())
    files = render_project(analysis.plan, analysis.project, "shop")
    code = "".join(text for name, text in files.items() if name.startswith("src/shop/defs/d/"))
    assert "return {step: pulled.get(step) for step in steps}" in code
    assert 'pulled = {"a": a, "b": b}' in code
    assert 'pulled = {"a": a}' in code
    assert "print(pulled.get(step))" in code
    # What a template gives is only known at run time, and what the function adds to it.
    assert [d.message for d in analysis.plan.diagnostics if d.code == "MIG203"] == [
        f"`{task_id}` stays in Airflow: it pulls an XCom that cannot be told from the code"
        for task_id in ("other", "more")
    ]


LISTED = """
from datetime import datetime
from airflow.sdk import DAG
from airflow.providers.standard.operators.python import PythonOperator

def load(): return 1

def show(**context):
    print(context["ti"].xcom_pull(task_ids=context["params"]["tables"]))

with DAG("d", schedule=None, start_date=datetime(2024, 1, 1), params={"tables": ["a", "b"]}):
    loads = [PythonOperator(task_id=name, python_callable=load) for name in ("a", "b", "c")]
    loads >> PythonOperator(task_id="show", python_callable=show)
"""


def test_a_function_pulls_of_the_tasks_that_a_param_lists(tmp_path: Path) -> None:
    (tmp_path / "d.py").write_text(LISTED)
    analysis = analyze(tmp_path, Config())
    files = render_project(analysis.plan, analysis.project, "shop")
    code = "".join(text for name, text in files.items() if name.startswith("src/shop/defs/d/"))
    assert "print([pulled.get(task_id) for task_id in tables])" in code
    assert 'pulled = {"a": a, "b": b}' in code
    assert "tables = config.tables" in code
    assert any("tasks that a param lists" in delta.airflow for delta in analysis.plan.deltas)


ITSELF = """
from datetime import datetime
from airflow.sdk import DAG, task

with DAG("d", schedule="@daily", start_date=datetime(2024, 1, 1)):

    @task
    def count(ti=None):
        return 1 + (ti.xcom_pull(task_ids=ti.task_id, include_prior_dates=True) or 0)

    @task
    def note(task=None, task_instance=None):
        return task_instance.xcom_pull(task_ids=task.task_id, key="return_value", include_prior_dates=True)

    count() >> note()
"""


def test_a_function_pulls_what_its_own_task_left_before(tmp_path: Path) -> None:
    (tmp_path / "d.py").write_text(ITSELF)
    analysis = analyze(tmp_path, Config())
    files = render_project(analysis.plan, analysis.project, "shop")
    code = "\n".join(text for path, text in files.items() if "/defs/d/" in path)
    assert [one.kind for one in analysis.plan.dispositions] == ["step"] * 2
    assert 'earlier_value(context, "d", "count", window_start)' in code
    assert 'earlier_value(context, "d", "note", window_start)' in code


DECIDED = """
from datetime import datetime
from airflow.sdk import DAG, task

with DAG("d", schedule="@daily", start_date=datetime(2024, 1, 1)):
    @task.branch
    def pick(ds=None):
        return ["odd"] if ds > "2024" else []

    @task.short_circuit
    def goes(ds=None):
        return ds > "2024"

    @task
    def odd(): ...

    @task(trigger_rule="all_done")
    def last(ti=None):
        return ti.xcom_pull(task_ids="pick", include_prior_dates=True), ti.xcom_pull(task_ids="goes", include_prior_dates=True)

    pick() >> odd() >> last()
    goes() >> EmptyOperator(task_id="more")
"""


def test_what_a_branch_or_gate_decided_is_kept_for_other_runs(tmp_path: Path) -> None:
    imported = "from airflow.providers.standard.operators.empty import EmptyOperator\n"
    (tmp_path / "d.py").write_text(imported + DECIDED)
    analysis = analyze(tmp_path, Config())
    code = render_project(analysis.plan, analysis.project, "shop")["src/shop/defs/d/ops.py"]
    assert 'keep_value(context, "d", "pick", context.partition_time_window.start, chosen)' in code
    assert 'keep_value(context, "d", "goes", context.partition_time_window.start, goes_on or None)' in code


DEFAULTS = """
from datetime import datetime
from airflow import DAG
from airflow.operators.python import PythonOperator

NONE = 0

def load(ti):
    ti.xcom_push(key="rows", value=1)

def of(ti, name):
    return ti.xcom_pull(task_ids=f"load_{name}", key="rows", default=5)

def show(names, ti):
    print([of(ti, n) for n in names])
    by_id = {n: ti.xcom_pull(task_ids="load_%s" % n, key="rows", default=NONE) for n in names}
    known = [ti.xcom_pull(f"load_{n}", key="rows", default=(-1)) for n in names]
    looped = [ti.xcom_pull("load_" + n, key="rows", default=-1) for n in "ab"]
    keys = [ti.xcom_pull("load_a", key=n, default="") for n in names]

with DAG("d", schedule=None, start_date=datetime(2024, 1, 1)):
    loads = [PythonOperator(task_id=f"load_{t}", python_callable=load) for t in "ab"]
    loads >> PythonOperator(task_id="show", python_callable=show, op_args=[["a", "b"]])
"""


def test_a_pull_by_a_computed_id_has_its_default(tmp_path: Path) -> None:
    (tmp_path / "d.py").write_text(DEFAULTS)
    analysis = analyze(tmp_path, Config())
    code = render_project(analysis.plan, analysis.project, "shop")["src/shop/defs/d/assets.py"]
    assert 'by_id = {n: pulled.get("load_%s" % n, NONE) for n in names}' in code
    assert 'known = [pulled.get(f"load_{n}", -1) for n in names]' in code
    assert 'looped = [pulled.get("load_" + n, -1) for n in "ab"]' in code
    assert 'return pulled.get(f"load_{name}", 5)\n' in code
    assert 'keys = [pulled_2.get(n, "") for n in names]' in code
    # What is not handed over is not there.
    assert "if value is not None" in code
    assert "NONE = 0" in code


def test_a_default_in_front_of_a_computed_id_cannot_be_moved(tmp_path: Path) -> None:
    front = DEFAULTS.replace('task_ids="load_%s" % n, key="rows", default=NONE', 'default=NONE, task_ids="load_%s" % n')
    (tmp_path / "d.py").write_text(front)
    kinds = {one.task_id: one.kind for one in analyze(tmp_path, Config()).plan.dispositions}
    assert kinds["show"] == "airflow"


OTHER_DAG = """
from datetime import datetime
from airflow.sdk import DAG
from airflow.providers.standard.operators.python import PythonOperator

def push(ti):
    for i in range(2):
        ti.xcom_push(key=f"part_{{i}}", value=i)

def read(ti):
    return [ti.xcom_pull(dag_id="giver", task_ids="push", key=f"part_{{i}}"{more}) for i in range(2)]

with DAG("giver", schedule="@daily", start_date=datetime(2024, 1, 1)):
    PythonOperator(task_id="push", python_callable=push)

with DAG("d", schedule="@daily", start_date=datetime(2024, 1, 1)):
    PythonOperator(task_id="read", python_callable=read)
"""


def test_a_function_pulls_several_keys_of_another_dag(tmp_path: Path) -> None:
    (tmp_path / "d.py").write_text(OTHER_DAG.format(more=""))
    analysis = analyze(tmp_path, Config())
    files = render_project(analysis.plan, analysis.project, "shop")
    code = "\n".join(text for path, text in files.items() if "/defs/d/" in path)
    assert '"part_1": last_value(context, "giver", "push", window_start, False, "part_1")' in code
    assert 'pulled.get(f"part_{i}") for i in range(2)' in code


def test_a_function_pulls_several_keys_of_the_runs_before(tmp_path: Path) -> None:
    (tmp_path / "d.py").write_text(OTHER_DAG.format(more=", include_prior_dates=True"))
    analysis = analyze(tmp_path, Config())
    files = render_project(analysis.plan, analysis.project, "shop")
    code = "\n".join(text for path, text in files.items() if "/defs/d/" in path)
    assert '"part_1": last_value(context, "giver", "push", window_start, True, "part_1")' in code


REGISTERED = """
from datetime import datetime
from airflow import DAG
from airflow.operators.python import PythonOperator

class Scheme:
    ALL = {empty}
    CODES = ["a", "b"]

    def __init__(self, code):
        self.code = code
        {adds}

Scheme("a")
Scheme("b")

def load():
    return 1

def show(ti):
    print({{s.code: ti.xcom_pull(task_ids=f"load_{{s.code}}") for s in Scheme.ALL{all}}})
    print([ti.xcom_pull(task_ids=f"load_{{code}}") for code in Scheme.CODES])

with DAG("d", schedule=None, start_date=datetime(2024, 1, 1)):
    loads = [PythonOperator(task_id=f"load_{{s.code}}", python_callable=load) for s in Scheme.ALL{all}]
    loads >> PythonOperator(task_id="show", python_callable=show)
"""


@pytest.mark.parametrize(
    ("empty", "adds", "all"),
    [
        ("[]", "Scheme.ALL.append(self)", ""),
        ("[]", "type(self).ALL.append(self)", ""),
        ("[]", "Scheme.ALL += [self]", ""),
        ("{}", "self.ALL[code] = self", ".values()"),
        ("{}", "Scheme.ALL.setdefault(code, self)", ".values()"),
    ],
)
def test_ids_are_made_of_what_a_class_collects(tmp_path: Path, empty: str, adds: str, all: str) -> None:
    (tmp_path / "d.py").write_text(REGISTERED.format(empty=empty, adds=adds, all=all))
    analysis = analyze(tmp_path, Config())
    assert [row.kind for row in analysis.plan.dispositions] == ["asset", "asset", "step"], analysis.plan.dispositions
    files = render_project(analysis.plan, analysis.project, "shop")
    code = "".join(text for path, text in files.items() if "/defs/d/" in path)
    assert f'{{s.code: pulled.get(f"load_{{s.code}}") for s in Scheme.ALL{all}}}' in code
    assert '.get(f"load_{code}") for code in Scheme.CODES]' in code


OF_UPSTREAM = """
from datetime import datetime
from airflow import DAG
from airflow.exceptions import AirflowSkipException
from airflow.operators.python import PythonOperator

def skip():
    raise AirflowSkipException()

def show(ti, **_):
    {code}

with DAG("d", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    first, left, right = (PythonOperator(task_id=name, python_callable=skip) for name in ("first", "left", "right"))
    first >> [left, right] >> PythonOperator(task_id="show", python_callable=show, trigger_rule="{rule}")
"""


@pytest.mark.parametrize(
    ("code", "rule", "expected"),
    [
        (
            "print([ti.xcom_pull(task_ids=one) for one in sorted(ti.task.upstream_task_ids) + ['first']])",
            "none_failed",
            '"left": left, "right": right, "first": first',
        ),
        (
            "ids = ['first'] if len(ti.run_id) > 9 else list(ti.task.upstream_task_ids)\n    print(ti.xcom_pull(task_ids=ids))",
            "none_failed",
            '"left": left, "right": right, "first": first',
        ),
        (
            "print([ti.xcom_pull(task_ids=one) for one in ti.task.upstream_task_ids if one != 'left'])",
            "none_failed",
            '"left": left, "right": right',
        ),
        (
            "for one in ti.task.upstream_task_ids:\n        print(ti.xcom_pull(task_ids=one, include_prior_dates=True))",
            "none_failed",
            '"right": last_value(context, "d", "right", window_start, True)',
        ),
        # Those that were skipped have handed over nothing, which Airflow 2 leaves out of a list.
        (
            "print(ti.xcom_pull(task_ids='left'), ti.xcom_pull(task_ids=['left', 'right']))",
            "all_skipped",
            "show(value=[value for value in [None, None] if value is not None])",
        ),
    ],
)
def test_a_function_pulls_of_the_tasks_right_before_its_own(
    tmp_path: Path, code: str, rule: str, expected: str
) -> None:
    (tmp_path / "d.py").write_text(OF_UPSTREAM.format(code=code, rule=rule))
    analysis = analyze(tmp_path, Config())
    assert "airflow" not in [row.kind for row in analysis.plan.dispositions], analysis.plan.dispositions
    files = render_project(analysis.plan, analysis.project, "shop")
    text = " ".join("".join(text for path, text in files.items() if "/defs/d/" in path).split())
    assert expected in text


def test_what_was_pushed_before_a_skip_is_there_where_all_were_skipped(tmp_path: Path) -> None:
    pushing = OF_UPSTREAM.replace("def skip():", "def skip(ti):\n    ti.xcom_push(key='rows', value=1)")
    code = "print(ti.xcom_pull(task_ids='left', key='rows'))"
    (tmp_path / "d.py").write_text(pushing.format(code=code, rule="all_skipped"))
    kinds = {one.task_id: one.kind for one in analyze(tmp_path, Config()).plan.dispositions}
    assert kinds["show"] == "airflow"


ELEMENTS = """
from datetime import datetime
from airflow.sdk import DAG
from airflow.providers.standard.operators.python import PythonOperator

def load():
    return 1

def show(ti, task, **context):
    {names}
    print(ti.xcom_pull(task_ids={ids}))

with DAG("d", schedule=None, start_date=datetime(2024, 1, 1)):
    loads = [PythonOperator(task_id=task_id, python_callable=load) for task_id in ("load_a", "load_b", "other")]
    loads >> PythonOperator(task_id="joined", python_callable=load) >> PythonOperator(task_id="show", python_callable=show)
"""


@pytest.mark.parametrize(
    ("names", "ids", "pulled", "taken"),
    [
        ("(before,) = task.upstream_task_ids", "before", "pulled.get(before)", {"joined"}),
        ("[before] = sorted(task.upstream_task_ids)", "before", "pulled.get(before)", {"joined"}),
        ("ids = list(task.upstream_task_ids)", "ids[0]", "pulled.get(ids[0])", {"joined"}),
        ("ids = task.upstream_task_ids", "max([*ids])", "pulled.get(max([*ids]))", {"joined"}),
        ("ids = task.upstream_task_ids", "next(iter(ids))", "pulled.get(next(iter(ids)))", {"joined"}),
        (
            "ids = context['dag'].task_ids",
            "sorted(one for one in ids if one.startswith('load_'))",
            '[pulled.get(task_id) for task_id in sorted(one for one in ids if one.startswith("load_"))]',
            {"load_a", "load_b"},
        ),
        (
            "pass",
            "[one for one in context['dag'].task_ids if one in ('other',)]",
            '[pulled.get(task_id) for task_id in [one for one in task_ids if one in ("other",)]]',
            {"other"},
        ),
    ],
)
def test_ids_are_chosen_from_those_that_airflow_knows(
    tmp_path: Path, names: str, ids: str, pulled: str, taken: set[str]
) -> None:
    (tmp_path / "d.py").write_text(ELEMENTS.format(names=names, ids=ids))
    analysis = analyze(tmp_path, Config())
    assert "airflow" not in {row.kind for row in analysis.plan.dispositions}
    files = render_project(analysis.plan, analysis.project, "shop")
    code = "".join(text for path, text in files.items() if "/defs/d/" in path)
    assert pulled in " ".join(code.split()).replace("( ", "(").replace("[ ", "[").replace(" ]", "]").replace(" )", ")")
    for task_id in ("load_a", "load_b", "other", "joined"):
        assert (f'"{task_id}": {task_id}' in code) is (task_id in taken)


@pytest.mark.parametrize(
    ("names", "ids"),
    [
        ("before, *_ = sorted(task.upstream_task_ids)", "before"),
        ("ids = [one for one in context['dag'].task_ids if one > context['ds']]", "ids"),
        ("before = task.upstream_task_ids.pop()", "before"),
        ("before = task.upstream_task_ids", "[before]"),
    ],
)
def test_ids_of_which_too_little_is_known_keep_the_task(tmp_path: Path, names: str, ids: str) -> None:
    (tmp_path / "d.py").write_text(ELEMENTS.format(names=names, ids=ids))
    kinds = {row.task_id: row.kind for row in analyze(tmp_path, Config()).plan.dispositions}
    assert kinds["show"] == "airflow"
