"""Airflow 2 as written in 2022: dummy operators, provide_context style, xcom in templates, groups, trigger rules, datasets."""

import os
from datetime import timedelta

import pendulum
from airflow.decorators import task
from airflow.exceptions import AirflowSkipException
from airflow.models import DAG
from airflow.operators.bash import BashOperator
from airflow.operators.empty import EmptyOperator
from airflow.operators.python import PythonOperator, ShortCircuitOperator, get_current_context
from airflow.utils.edgemodifier import Label
from airflow.utils.task_group import TaskGroup

DATA_DIR = os.environ.get("DATA_DIR", "/tmp/data")
default_args = {
    "owner": "marketing",
    "depends_on_past": False,
    "email_on_failure": False,
    "retries": 0,
    "retry_delay": timedelta(minutes=5),
}


def _touch(name):
    open(os.path.join(DATA_DIR, name), "w").close()


def extract(channel, **context):
    day = context["ds_nodash"]
    if channel == "tv" and context["execution_date"].day_of_week == 0:
        raise AirflowSkipException("no tv on sundays")
    _touch(f"{channel}_{day}")
    context["ti"].xcom_push(key="file", value=f"{channel}_{day}")


def has_budget(**context):
    return context["execution_date"].day != 9


def summary(**kwargs):
    ti = kwargs["ti"]
    files = ti.xcom_pull(task_ids=["extract.tv", "extract.web"], key="file")
    with open(os.path.join(DATA_DIR, f"summary_{kwargs['ds']}"), "w") as out:
        out.write(",".join(sorted(name for name in files if name)))


with DAG(
    dag_id="legacy_marketing",
    default_args=default_args,
    start_date=pendulum.datetime(2024, 1, 1),
    schedule_interval="0 6 * * *",
    catchup=False,
    tags=["marketing"],
    doc_md=__doc__,
) as dag:
    start = EmptyOperator(task_id="start")
    budget = ShortCircuitOperator(task_id="has_budget", python_callable=has_budget)
    with TaskGroup("extract") as group:
        for channel in ["tv", "web"]:
            PythonOperator(task_id=channel, python_callable=extract, op_kwargs={"channel": channel})
    summarize = PythonOperator(task_id="summary", python_callable=summary, trigger_rule="none_failed_min_one_success")
    mail = BashOperator(
        task_id="mail",
        bash_command="echo '{{ ti.xcom_pull(task_ids='extract.web', key='file') }}' > " + DATA_DIR + "/mail_{{ ds }}",
    )

    @task(trigger_rule="all_done")
    def cleanup():
        context = get_current_context()
        _touch("cleanup_" + context["ds"])

    start >> budget >> Label("enough money") >> group >> summarize >> mail >> cleanup()
