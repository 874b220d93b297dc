import json
import os
from datetime import datetime

from airflow.providers.standard.operators.bash import BashOperator
from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import DAG, Param, get_current_context, task

OUT = os.environ.get("DATA_DIR", "/tmp/data")

PARAMS = {
    "env": Param("dev", enum=["dev", "stage", "prod"], description="where to"),
    "batch_size": Param(100, type="integer", minimum=1, maximum=1000, title="Batch size"),
    "ratio": Param(0.5, type="number"),
    "price": Param(3, type="number"),
    "tables": Param(["users", "orders"], type="array"),
    "options": Param({"dry": True, "level": 2, "since": None}, type="object"),
    "note": Param(None, type=["null", "string"]),
    "start": Param("2024-01-01", type="string", format="date"),
    "full_refresh": False,
    "plain": "text",
}


def show(params, ds):
    keys = ["env", "batch_size", "ratio", "price", "tables", "options", "note", "full_refresh", "plain"]
    with open(f"{OUT}/show_{ds}.json", "w") as f:
        json.dump({k: params[k] for k in keys}, f, sort_keys=True)


def by_names(env, batch_size, **kwargs):
    size = kwargs["params"]["batch_size"]
    assert str(size) == batch_size
    with open(os.path.join(OUT, f"names_{kwargs['ds']}"), "w") as f:
        f.write(f"{env} {int(batch_size) * 2} {kwargs['params'].get('missing', 'nothing')}")


def task_level(params):
    return f"{params['plain']}-{params['only_here']}"


def told(params):
    """What the run was told otherwise, by the params that the file describes."""
    described = {name: param for name, param in PARAMS.items() if isinstance(param, Param)}
    changed = {name: params[name] for name, param in described.items() if params[name] != param.value}
    hints = [param.description for param in described.values() if param.description]
    return [changed, hints, described["env"].schema["enum"], described["note"].has_value]


with DAG(
    "params_schema", start_date=datetime(2024, 1, 1), schedule=None, params=PARAMS, render_template_as_native_obj=False
):
    PythonOperator(task_id="show", python_callable=show)
    PythonOperator(
        task_id="by_names",
        python_callable=by_names,
        op_kwargs={"env": "{{ params.env }}", "batch_size": "{{ params['batch_size'] }}"},
    )
    PythonOperator(task_id="told", python_callable=told)
    PythonOperator(task_id="task_level", python_callable=task_level, params={"only_here": 7, "plain": "other"})
    BashOperator(
        task_id="bash",
        bash_command="""
        {% if params.full_refresh %}
        echo full > {{ params.where }}/bash_{{ ds }}
        {% else %}
        echo delta {{ params.options.level + 1 }} {{ params.tables[0] }} {{ params.ratio }} > {{ params.where }}/bash_{{ ds }}
        {% endif %}
        for t in {{ params.tables | join(" ") }}; do echo "$t {{ params.note or 'no note' }}" >> {{ params.where }}/bash_{{ ds }}; done
        """,
        params={"where": OUT},
    )

    @task
    def current():
        ctx = get_current_context()
        p = ctx["params"]
        if p["env"] == "prod" and not p["full_refresh"]:
            return "careful"
        return f"{p['env']}:{p['options']['dry']}"

    @task
    def conf_first(dag_run=None, params=None):
        conf = dag_run.conf or {}
        return [conf.get("env", "unset"), params["env"]]

    current() >> conf_first()
