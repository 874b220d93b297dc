"""Variables, params, the conf of a run and Connections, in code and in templates."""

import json
import os
from datetime import datetime
from pathlib import Path

from airflow.models import Variable
from airflow.providers.standard.operators.bash import BashOperator
from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import DAG, Param

DATA_DIR = os.environ.get("DATA_DIR", "/tmp/data")
REGION = Variable.get("region", default_var="us")


def variables(ds, **_):
    found = [
        REGION,
        Variable.get("country_codes", deserialize_json=True),
        Variable.get("report_title"),
        Variable.get("not_there", default_var=None),
        Variable.get("not_there_either", default_var={"a": 1}, deserialize_json=True),
    ]
    Path(DATA_DIR, f"variables_{ds}.json").write_text(json.dumps(found))


def conf(**context):
    run = context["dag_run"]
    params = context["params"]
    mode = run.conf.get("mode", "full")
    day = (context["dag_run"].conf or {}).get("day") or context["ds"]
    found = [mode, day, params["tables"], params.get("limit"), params["since"]]
    Path(DATA_DIR, f"conf_{context['ds']}.json").write_text(json.dumps(found))


with DAG(
    "configuration",
    schedule="@daily",
    start_date=datetime(2024, 1, 1),
    catchup=False,
    params={
        "mode": "full",
        "tables": Param(["a", "b"], type="array", items={"type": "string"}),
        "limit": Param(5, type=["integer", "null"], minimum=0, maximum=10),
        "since": Param("2024-01-01", type="string", format="date"),
        "flag": Param(True, type="boolean"),
        "day": Param(None, type=["null", "string"]),
    },
):
    PythonOperator(task_id="variables", python_callable=variables)
    PythonOperator(task_id="conf", python_callable=conf)
    BashOperator(
        task_id="all_kinds",
        bash_command="echo {{ params.mode }} {{ params.tables | join(' ') }} {{ dag_run.conf.get('mode', 'none') }} "
        "{{ dag_run.conf['mode'] if dag_run.conf and 'mode' in dag_run.conf else 'x' }} {{ params.flag }} "
        "{{ params.limit * 2 }} {{ params.day or ds }} {{ var.value.region }} {{ var.json.limits.label }} "
        "{{ var.value.get('not_there', 'default') }} {{ conn.warehouse.conn_type }} > $DATA_DIR/all_kinds_{{ ds }}",
    )
    BashOperator(
        task_id="own_params",
        params={"own": 7},
        bash_command="echo {{ params.own }} {{ params.mode }} {% if params.flag %}on{% else %}off{% endif %} "
        "{% for table in params.tables %}[{{ loop.index }}:{{ table }}]{% endfor %} > $DATA_DIR/own_{{ ds }}",
    )
