"""Templates that compute something: conditions, arithmetic, calls, statements."""

import os
from datetime import datetime
from pathlib import Path

from airflow import DAG
from airflow.operators.python import PythonOperator

OUT = Path(os.environ.get("DATA_DIR", "/tmp/data"), "computing")


def quarter(ds):
    return f"{ds[:4]}Q{(int(ds[5:7]) + 2) // 3}"


def give():
    return {"rows": 3, "names": ["a", "b"]}


def keep(name, value):
    OUT.mkdir(parents=True, exist_ok=True)
    (OUT / f"{name}.txt").write_text(repr(value))


TEMPLATES = {
    "last": "{{ (prev_start_date_success - macros.timedelta(days=900)).strftime('%Y') if prev_start_date_success and 0 else (logical_date - macros.timedelta(days=14)).strftime('%Y-%m-%d') }}",
    "either": "{{ (data_interval_end - macros.timedelta(days=1)).strftime('%d') if data_interval_end else (logical_date - macros.timedelta(days=1)).strftime('%d') }}",
    "digits": "{{ '{:02}'.format(logical_date.month) }}/{{ '{:02d}'.format(logical_date.hour) }}/{{ '%03d' % logical_date.day }}",
    "numbers": "{{ params.n * 2 + 1 }} {{ (params.n + 1) * 2 }} {{ -params.n }} {{ params.n / 2 }} {{ 7 // params.n }} {{ params.n ** 2 }} {{ params.n % 2 }}",
    "minus": "{{ params.n - (params.n - 1) }} {{ 2 * (params.n + 1) }} {{ not (params.n and 0) }}",
    "compared": "{{ params.n > 2 }} {{ params.n in [1, 3] }} {{ params.mode != 'full' }} {{ (params.n == 3) == true }} {{ 4 not in [params.n] }}",
    "chosen": "{{ 'all' if params.mode == 'full' else ds }}-{{ ds if params.n else none }}",
    "words": "{{ params.mode | upper }} {{ params.mode.replace('u', '_').title() }} {{ ds.split('-')[1] }} {{ ds ~ '/' ~ params.n ~ none }}",
    "slices": "{{ ds.split('-')[:2] }} {{ params.mode[1:3] }} {{ params.tables[-1] }} {{ params.tables | length }} {{ params.deep.x['y'] }}",
    "called": "{{ quarter(ds) }} {{ macros.ds_add(ds, params.n) }} {{ macros.ds_format(ds, '%Y-%m-%d', '%d.%m.%y') }}",
    "moments": "{{ macros.datetime.strptime(ds, '%Y-%m-%d') - macros.timedelta(hours=3) }} {{ (logical_date + macros.dateutil.relativedelta.relativedelta(months=1)).date() }}",
    "more_moments": "{{ logical_date.weekday() in [5, 6] }} {{ logical_date.date() - macros.timedelta(days=1) }} {{ logical_date.month - 1 if logical_date.month > 1 else 12 }}",
    "pendulums": "{{ logical_date.subtract(months=1).start_of('month').strftime('%Y-%m-%d') }} {{ logical_date.add(days=params.n).to_date_string() }}",
    "conf": "{{ dag_run.conf.get('day') or ds }} {{ dag_run.conf['day'] if dag_run and dag_run.conf and 'day' in dag_run.conf else 'no day' }}",
    "lacking": "{{ dag_run.conf.day | default('never') }} {{ dag_run.conf.day | default(ds, true) }} {{ dag_run.conf.day is defined }} {{ params.n is defined }}",
    "given": "{{ ti.xcom_pull(task_ids='give')['rows'] + 1 if ti.xcom_pull(task_ids='give') is not none else 0 }} {{ ti.xcom_pull(task_ids='give').get('x') }}",
    "blocks": "{% if params.mode == 'full' %}--full{% elif params.n > 5 %}--many {{ ds }}{% else %}--since {{ ds }}{% endif %}{% if params.n > 5 %}!{% endif %}",
    "names": "{% set day = macros.ds_add(ds, -3) %}{{ day }}/{{ day[:4] }}",
    "loops": "{% for table in ['a', 'b'] %}load {{ table }} {{ ds }}; {% endfor %}{% for n in [1, 2] -%} {{ n + 1 }} {%- endfor %}",
    "containers": "{{ [ds, params.n] }} {{ {'day': ds, 'n': 1} }} {{ (1, ds)[1] }} {{ {'a': ds}['a'] }}",
}

with DAG(
    "computing_templates",
    schedule="@daily",
    start_date=datetime(2024, 1, 1),
    catchup=False,
    params={"n": 3, "mode": "full", "tables": ["x", "y"], "deep": {"x": {"y": 1}}},
    user_defined_macros={"quarter": quarter},
):
    given = PythonOperator(task_id="give", python_callable=give)
    for name, template in TEMPLATES.items():
        given >> PythonOperator(task_id=name, python_callable=keep, op_args=[name, template])
