"""Templates in the elements of lists that tasks are expanded over, each of which is rendered for its copy; lists that stand there, and rows."""

import json
import os
from datetime import datetime
from pathlib import Path

from airflow.providers.standard.operators.bash import BashOperator
from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import DAG, task, task_group

DATA_DIR = os.environ.get("DATA_DIR", "/tmp/data")


def keep(name, value=None, **_):
    Path(DATA_DIR, f"{name}.json").write_text(json.dumps(value))


def keep_more(name, more):
    keep(name, more)


with DAG(
    "templates_of_copies",
    schedule="@daily",
    start_date=datetime(2024, 1, 1),
    catchup=False,
    params={"size": 3},
    user_defined_macros={"twice": lambda value: 2 * value},
):

    @task
    def count(ds=None):
        return int(ds[-2:])

    counted = count()
    rows = PythonOperator.partial(task_id="rows", python_callable=keep).expand(
        op_kwargs=[
            {"name": "row_{{ ds }}", "value": "{{ ti.map_index }} {{ params.size }}"},
            {
                "name": "second_{{ ds_nodash }}",
                "value": ["{{ ti.xcom_pull(task_ids='count') }}", {"x": "{{ twice(4) }}"}],
            },
        ]
    )
    positions = PythonOperator.partial(task_id="positions", python_callable=keep).expand(
        op_args=[["position_{{ ds }}", "{{ ti.task_id }}"], ["other_{{ ds }}", 7]]
    )
    commands = BashOperator.partial(task_id="commands", env={"DAY": "{{ ds }}"}, append_env=True).expand(
        bash_command=[
            "echo {{ ds }} {{ ti.map_index }} > $DATA_DIR/command_a_$DAY.txt",
            "echo {{ ti.xcom_pull(task_ids='count') }} > $DATA_DIR/command_b_$DAY.txt",
        ]
    )
    mixed = BashOperator.partial(task_id="mixed", append_env=True).expand_kwargs(
        [
            {"bash_command": "echo $X > $DATA_DIR/mixed_{{ ds }}.txt", "env": {"X": "{{ params.size }}"}},
            {
                "bash_command": "echo $X {{ ti.map_index }} > $DATA_DIR/mixed_more_{{ ds }}.txt",
                "env": {"X": "{{ twice(ds) }}"},
            },
        ]
    )
    by_row = PythonOperator.partial(task_id="by_row", python_callable=keep_more).expand_kwargs(
        [
            {"op_kwargs": {"name": "by_row_{{ ds }}", "more": "{{ macros.ds_add(ds, 1) }}"}},
            {"op_args": ["by_place_{{ ds }}", "{{ data_interval_end.year }}"]},
        ]
    )

    @task
    def flow(name, more):
        keep(name, more)

    flowing = flow.expand(name=["flow_{{ ds }}", "stay"], more=["{{ params.size }}"])

    @task
    def flow_of_rows(name, more):
        keep(name, more)

    of_rows = flow_of_rows.expand_kwargs([{"name": "flow_row_{{ ds }}", "more": ["{{ ds_nodash }}"]}])
    counted >> [rows, positions, commands, mixed, by_row, flowing, of_rows]

    @task
    def texts():
        return ["{{ ds }} as it is", "{{ params.size }}"]

    @task
    def named(ds=None):
        return [{"op_kwargs": {"name": f"named_{ds}", "value": "{{ ds }}"}}]

    @task
    def raw(text, ti=None, ds=None):
        keep(f"raw_{ti.map_index}_{ds}", text)

    raw.expand(text=texts())
    PythonOperator.partial(task_id="of_named", python_callable=keep).expand_kwargs(named())
    BashOperator.partial(
        task_id="partly",
        bash_command="echo $TEXT {{ ds }} > $DATA_DIR/partly_{{ ti.map_index }}_{{ ds }}.txt",
        append_env=True,
    ).expand(env=[{"TEXT": "{{ ds }}"}, {"TEXT": "{{ ti.map_index }}"}])

    @task_group
    def each(name):
        flow.override(task_id="in_group")(name=name, more="{{ ds }}")
        BashOperator(
            task_id="command",
            bash_command="echo {{ ds }} {{ ti.map_index }} >> $DATA_DIR/group_{{ ds }}_{{ ti.map_index }}.txt",
            append_env=True,
        )

    each.expand(name=["group_a_{{ ds }}", "group_b_{{ ds }}"])

    @task
    def of_pair(pair, ds=None):
        keep(f"pair_{pair[0]}_{ds}", pair)

    of_pair.expand(pair={"a": "{{ ds }}", "b": "{{ params.size }}"})
