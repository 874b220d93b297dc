"""Dynamic mapping: literal lists, results, zip, map, partial, two lists, reduce."""

import json
import os
from datetime import datetime
from pathlib import Path

from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG, task

DATA_DIR = os.environ.get("DATA_DIR", "/tmp/data")

with DAG("mapping", schedule=None, start_date=datetime(2024, 1, 1), catchup=False) as dag:

    @task
    def numbers():
        return [1, 2, 3]

    @task
    def square(value):
        return value * value

    @task
    def total(values):
        result = sum(values)
        Path(DATA_DIR, "total.txt").write_text(str(result))
        return result

    @task
    def write_pair(letter, number):
        Path(DATA_DIR, f"pair_{letter}{number}.txt").touch()

    @task
    def power(base, exponent):
        return base**exponent

    @task
    def show(pairs, name):
        Path(DATA_DIR, f"{name}.json").write_text(json.dumps(list(pairs)))

    @task
    def words():
        return ["x", "y", "z"]

    @task
    def glue(pair):
        return f"{pair[0]}{pair[1]}"

    found = numbers()
    squares = square.expand(value=found)
    total(squares)
    write_pair.expand(letter=["a", "b"], number=[1, 2])
    powers = power.partial(exponent=3).expand(base=found)
    show.override(task_id="show_powers")(powers, "powers")
    glued = glue.expand(pair=words().zip(found))
    show.override(task_id="show_glued")(glued, "glued")
    plus = square.override(task_id="square_plus").expand(value=found.map(lambda n: n + 10))
    show.override(task_id="show_plus")(plus, "plus")
    BashOperator.partial(task_id="touch", env={"OUT": DATA_DIR}, append_env=True).expand(
        bash_command=["touch $OUT/one", "touch $OUT/two"]
    )
