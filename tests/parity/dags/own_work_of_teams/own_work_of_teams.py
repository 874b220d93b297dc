"""Commands and functions that go through the operators of a platform team: mapped, skipped, from files, in a hierarchy."""

from datetime import datetime, timedelta

from airflow.exceptions import AirflowSkipException
from airflow.sdk import DAG
from platform_ops.operators import (
    DATA_DIR,
    PlatformBashOperator,
    PlatformPythonOperator,
    SparkSubmitOperator,
    TimedPythonOperator,
    write,
)


def even(number, logical_date=None):
    if number % 2:
        raise AirflowSkipException(f"{number} is odd")
    return {"number": number, "day": logical_date.strftime("%d.%m.%Y")}


def show(*values, ti, **context):
    write("shown.txt", *values, ti.xcom_pull(task_ids="two", key="kind"), sorted(context["params"].items()))


def square(number, **context):
    write(f"square_{number}.txt", number**2, context["ds"])
    return number**2


def total(ti=None):
    write("total.txt", sum(ti.xcom_pull(task_ids="squares")))


with DAG(
    dag_id="own_work_of_teams",
    schedule="@daily",
    start_date=datetime(2024, 1, 1),
    catchup=False,
    params={"region": "eu"},
    default_args={"owner": "data", "retries": 1, "retry_delay": timedelta(0)},
) as dag:
    script = PlatformBashOperator(
        task_id="script", bash_command="scripts/clean.sh", cwd=DATA_DIR, env={"DAY": "{{ ds }}"}, append_env=True
    )
    lines = PlatformBashOperator(
        task_id="lines",
        caption="several",
        bash_command="""
            set -e
            echo "{{ params.region }}" > region.txt
            cat region.txt
        """,
        cwd=DATA_DIR,
    )
    skipped = PlatformBashOperator(task_id="skipped", bash_command="exit 7", skip_on_exit_code=7)
    after = PlatformBashOperator(task_id="after", bash_command="echo never > $DATA_DIR/never.txt")
    spark = SparkSubmitOperator(task_id="spark", job="orders.py", options={"cores": 2, "region": "{{ params.region }}"})
    two = PlatformPythonOperator(task_id="two", python_callable=even, op_kwargs={"number": 2}, required=True)
    three = PlatformPythonOperator(task_id="three", python_callable=even, op_args=[3])
    shown = PlatformPythonOperator(
        task_id="shown",
        python_callable=show,
        op_args=["{{ ti.xcom_pull(task_ids='spark') }}", spark.output, "{{ ds_nodash }}"],
        trigger_rule="none_failed",
    )
    squares = TimedPythonOperator.partial(task_id="squares", python_callable=square).expand(op_args=[[1], [2], [3]])
    sums = TimedPythonOperator(task_id="sums", python_callable=total)

    script >> lines >> [skipped, spark]
    skipped >> after
    spark >> [two, three] >> shown >> squares >> sums
