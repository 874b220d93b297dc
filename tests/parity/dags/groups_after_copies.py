"""Expanded task groups that react to failures within a copy, and take the results of all copies of a mapped task, of which some fail."""

import os
from datetime import datetime
from pathlib import Path

from airflow.sdk import DAG, task, task_group

DATA_DIR = os.environ.get("DATA_DIR", "/tmp/data")


def note(name, text=""):
    Path(DATA_DIR, name).write_text(f"{text}\n")


def rounds(dag_id, limit):
    """A DAG whose mapped task `fold` fails for numbers from `limit` on."""
    with DAG(dag_id, schedule=None, start_date=datetime(2024, 1, 1), catchup=False) as dag:

        @task
        def fold(number):
            if number >= limit:
                raise ValueError(f"no {number}")
            return number * 10

        @task
        def specs():
            return ["ridge", "tree", "boost"]

        @task_group
        def compete(spec, folds):
            @task
            def fit(spec):
                if spec == "tree":
                    raise ValueError("diverged")
                note(f"{dag_id}_fit_{spec}")
                return spec.upper()

            @task
            def score(model, folds):
                note(f"{dag_id}_score_{model}", sorted(folds))
                return f"{model}:{sum(folds)}"

            @task(trigger_rule="one_failed")
            def note_failure(spec):
                note(f"{dag_id}_failed_{spec}")

            @task(trigger_rule="one_failed")
            def without_score(spec):
                note(f"{dag_id}_without_score_{spec}")

            model = fit(spec)
            model >> note_failure(spec)
            scored = score(model, folds)
            scored >> without_score(spec)
            return scored

        @task(trigger_rule="all_done")
        def champion(scores):
            note(f"{dag_id}_champion", sorted(scores or []))

        champion(compete.partial(folds=fold.expand(number=[1, 2, 3])).expand(spec=specs()))
    return dag


all_folds = rounds("groups_after_copies", 9)
some_folds = rounds("groups_after_some_copies", 3)
no_folds = rounds("groups_after_no_copies", 0)
