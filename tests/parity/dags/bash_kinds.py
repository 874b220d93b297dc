"""Bash: environment, working directory, exit code for a skip, values in and out, `@task.bash`."""

import os
from datetime import datetime

from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG, task

DATA_DIR = os.environ.get("DATA_DIR", "/tmp/data")


def words(line):
    return {"words": line.split(), "day": line[-10:]}


with DAG("bash_kinds", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    where = BashOperator(task_id="where", bash_command="echo here > where_{{ ds }}.txt", cwd=DATA_DIR)
    only = BashOperator(
        task_id="only_env",
        bash_command='echo "$DAY-$HOME_OF" > $OUT/env_$DAY.txt',
        env={"DAY": "{{ ds }}", "OUT": DATA_DIR, "HOME_OF": "nobody"},
    )
    skips = BashOperator(task_id="skips", bash_command="[ {{ ds }} = 2024-01-05 ] && exit 99; echo ran")
    after = BashOperator(task_id="after_skip", bash_command="touch $DATA_DIR/after_{{ ds }}.txt")

    @task.bash
    def command(ds=None):
        return f"echo made > {DATA_DIR}/made_{ds}.txt"

    parts = BashOperator(
        task_id="parts", bash_command="echo 'a|b|{{ ds }}'", output_processor=lambda line: line.split("|")
    )
    named = BashOperator(task_id="named", bash_command="echo so it is {{ ds }}", output_processor=words)
    BashOperator(
        task_id="told",
        bash_command="echo {{ ti.xcom_pull('parts')[1] }} {{ ti.xcom_pull('named')['words'][0] }} > $DATA_DIR/told_{{ ds }}",
    ).set_upstream([parts, named])
    skips_too = BashOperator(task_id="skips_too", bash_command="exit {{ 99 if ds == '2024-01-06' else 0 }}")
    skips_too >> BashOperator(task_id="after_too", bash_command="touch $DATA_DIR/too_{{ ds }}.txt")
    tells = BashOperator(
        task_id="tells_of_itself",
        bash_command="echo $AIRFLOW_CTX_DAG_ID.${AIRFLOW_CTX_TASK_ID} $AIRFLOW_CTX_TRY_NUMBER $AIRFLOW_CTX_LOGICAL_DATE",
    )
    tells >> where >> only >> skips >> after
    only >> command()
