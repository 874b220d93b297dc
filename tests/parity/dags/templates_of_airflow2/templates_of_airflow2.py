"""Templates that ask for all kinds of things."""

import os
from datetime import datetime, timedelta

from airflow import DAG
from airflow.operators.bash import BashOperator
from airflow.operators.python import PythonOperator
from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator


def facts(ti, **_):
    ti.xcom_push(key="region", value="north")
    return {"rows": 3, "region": "south"}


def numbers():
    return [3, 1, 2]


def show(text, many, **_):
    return [text, many]


with DAG(
    "templates_of_airflow2",
    schedule_interval="@daily",
    start_date=datetime(2024, 1, 1),
    catchup=False,
    description="templates",
    tags=["b", "a"],
    template_searchpath=[os.path.join(os.path.dirname(__file__), "tpl_sql")],
    params={"level": "info"},
    default_args={"owner": "ops", "retries": 2, "retry_delay": timedelta(seconds=0)},
) as dag:
    sources = [
        PythonOperator(task_id="facts", python_callable=facts),
        PythonOperator(task_id="numbers", python_callable=numbers),
    ]
    tasks = []
    tasks.append(
        BashOperator(
            task_id="conf_if",
            bash_command="echo \"{{ dag_run.conf.get('level', params.level) if dag_run else params.level }}\"",
        )
    )
    tasks.append(
        BashOperator(
            task_id="conf_and",
            bash_command="echo \"{{ dag_run.conf['level'] if dag_run and dag_run.conf and 'level' in dag_run.conf else 'none' }}\"",
        )
    )
    tasks.append(
        BashOperator(task_id="conf_or", bash_command="echo \"{{ (dag_run.conf or {}).get('level', 'default') }}\"")
    )
    tasks.append(BashOperator(task_id="conf_or_ds", bash_command="echo \"{{ dag_run.conf.get('day') or ds }}\""))
    tasks.append(BashOperator(task_id="conf_json", bash_command='echo "{{ dag_run.conf | tojson }}"'))
    tasks.append(
        BashOperator(
            task_id="conf_if_block",
            bash_command="echo \"{% if dag_run.conf.get('full') %}full{% else %}delta {{ ds }}{% endif %}\"",
        )
    )
    tasks.append(
        BashOperator(
            task_id="conf_block2",
            bash_command="echo \"{% if dag_run and dag_run.conf.get('full', False) %}full{% else %}part{% endif %}\"",
        )
    )
    tasks.append(
        BashOperator(
            task_id="conf_loop",
            bash_command='echo "{% for k, v in dag_run.conf.items() %}{{ k }}={{ v }} {% endfor %}."',
        )
    )
    tasks.append(BashOperator(task_id="run_type", bash_command='echo "{{ dag_run.run_type }}"'))
    tasks.append(
        BashOperator(
            task_id="run_dates",
            bash_command="echo \"{{ dag_run.logical_date | ds }} {{ dag_run.data_interval_start.strftime('%H') }} {{ dag_run.logical_date.year }}\"",
        )
    )
    tasks.append(
        BashOperator(
            task_id="run_block",
            bash_command='echo "{% if dag_run.logical_date.day == 5 %}five{% else %}other{% endif %}"',
        )
    )
    tasks.append(BashOperator(task_id="run_dag", bash_command='echo "{{ dag_run.dag_id }}"'))
    tasks.append(
        BashOperator(
            task_id="ti_ids",
            bash_command='echo "{{ ti.task_id }} {{ task_instance.dag_id }} {{ ti.try_number }} {{ ti.map_index }}"',
        )
    )
    tasks.append(
        BashOperator(
            task_id="ti_task",
            bash_command='echo "{{ ti.task.task_id }} {{ task.task_id }} {{ task.owner }} {{ task.retries }}"',
        )
    )
    tasks.append(
        BashOperator(
            task_id="ti_block",
            bash_command='echo "{% if ti.try_number > 1 %}again{% else %}first{% endif %} {{ ti.task_id | upper }}"',
        )
    )
    tasks.append(
        BashOperator(task_id="pull", bash_command="echo \"{{ ti.xcom_pull(task_ids='numbers') | join(',') }}\"")
    )
    tasks.append(
        BashOperator(
            task_id="pull_key",
            bash_command="echo \"{{ ti.xcom_pull(task_ids='facts', key='region') }} {{ task_instance.xcom_pull('facts')['rows'] }}\"",
        )
    )
    tasks.append(
        BashOperator(
            task_id="pull_get", bash_command="echo \"{{ ti.xcom_pull(task_ids='facts').get('nothing', 'default') }}\""
        )
    )
    tasks.append(
        BashOperator(
            task_id="pull_or", bash_command="echo \"{{ ti.xcom_pull(task_ids='facts', key='missing') or 'none' }}\""
        )
    )
    tasks.append(
        BashOperator(
            task_id="pull_many", bash_command="echo \"{{ ti.xcom_pull(task_ids=['numbers', 'facts']) | length }}\""
        )
    )
    tasks.append(
        BashOperator(
            task_id="pull_for",
            bash_command="echo \"{% for n in ti.xcom_pull(task_ids='numbers') %}{{ loop.index }}:{{ n }} {% endfor %}\"",
        )
    )
    tasks.append(
        BashOperator(
            task_id="pull_set",
            bash_command="echo \"{% set f = ti.xcom_pull(task_ids='facts') %}{{ f.rows }} {{ f['region'] }}\"",
        )
    )
    tasks.append(
        BashOperator(
            task_id="pull_math",
            bash_command="echo \"{{ ti.xcom_pull(task_ids='facts')['rows'] + 1 }} {{ ti.xcom_pull('numbers')[0] * 2 }} {{ ti.xcom_pull('numbers') | sum }}\"",
        )
    )
    tasks.append(
        BashOperator(
            task_id="pull_if",
            bash_command="echo \"{{ 'many' if ti.xcom_pull(task_ids='numbers') | length > 2 else 'few' }}\"",
        )
    )
    tasks.append(
        BashOperator(
            task_id="pull_cond",
            bash_command="echo \"{% if ti.xcom_pull(task_ids='facts')['rows'] > 2 %}big{% else %}small{% endif %}\"",
        )
    )
    tasks.append(
        BashOperator(
            task_id="dag_members",
            bash_command="echo \"{{ dag.dag_id }} {{ dag.description }} {{ dag.owner }} {{ dag.tags | sort | join('+') }}\"",
        )
    )
    tasks.append(BashOperator(task_id="key_str", bash_command='echo "{{ task_instance_key_str }}"'))
    tasks.append(
        BashOperator(
            task_id="dates_math",
            bash_command="echo \"{{ (data_interval_end - data_interval_start).total_seconds() | int }} {{ (logical_date + macros.timedelta(hours=3)).strftime('%H:%M') }}\"",
        )
    )
    tasks.append(
        BashOperator(
            task_id="dates_more",
            bash_command='echo "{{ logical_date.isoformat() }} {{ logical_date.timestamp() | int }} {{ logical_date.weekday() }} {{ data_interval_start.add(days=1).to_date_string() }}"',
        )
    )
    tasks.append(
        BashOperator(
            task_id="macros",
            bash_command="echo \"{{ macros.ds_add(ds, 7) }} {{ macros.ds_format(ds, '%Y-%m-%d', '%d.%m.%Y') }} {{ macros.datetime.strptime(ds, '%Y-%m-%d').strftime('%j') }} {{ macros.json.dumps({'a': ds}) }}\"",
        )
    )
    tasks.append(
        BashOperator(
            task_id="vars",
            bash_command="echo \"{{ var.value.region }} {{ var.value.get('nope', 'fallback') }} {{ var.json.country_codes | join('-') }} {{ var.json.country_codes[0] }}\"",
        )
    )
    tasks.append(
        BashOperator(
            task_id="params",
            bash_command="echo \"{{ params.level }} {{ params['level'] | upper }} {{ params.get('nope', 'x') }} {{ params.items() | list | length }}\"",
        )
    )
    tasks.append(
        BashOperator(
            task_id="legacy",
            bash_command="echo \"{{ execution_date.strftime('%d') }} {{ next_ds }} {{ prev_ds }} {{ yesterday_ds }} {{ tomorrow_ds_nodash }} {{ ti.execution_date.strftime('%m') }} {{ next_execution_date.strftime('%d') }}\"",
        )
    )
    tasks.append(
        BashOperator(
            task_id="legacy2",
            bash_command="echo \"{{ dag_run.execution_date.strftime('%Y') }} {{ dag_run.external_trigger }}\"",
        )
    )
    tasks.append(
        PythonOperator(
            task_id="show",
            python_callable=show,
            op_kwargs={
                "text": "{{ dag_run.conf.get('level', params.level) if dag_run else params.level }}",
                "many": ["{{ ti.xcom_pull('numbers') }}", "{{ ti.task_id }}", "{{ dag_run.run_type }}"],
            },
        )
    )
    tasks.append(
        SQLExecuteQueryOperator(task_id="sql_file", conn_id="warehouse", sql="fill.sql", split_statements=True)
    )
    tasks.append(
        SQLExecuteQueryOperator(
            task_id="sql_text",
            conn_id="warehouse",
            sql="CREATE TABLE IF NOT EXISTS texts (task TEXT, n INTEGER, kind TEXT);"
            "{% for n in ti.xcom_pull(task_ids='numbers') %}INSERT INTO texts VALUES ('{{ ti.task_id }}', {{ n }}, '{{ dag_run.run_type }}');{% endfor %}",
            split_statements=True,
        )
    )
    tasks.append(BashOperator(task_id="script", bash_command="report.sh"))
    sources >> tasks[0]
    for a, b in zip(tasks, tasks[1:]):
        a >> b
    sources[0] >> sources[1]
