import inspect
from pathlib import Path

from airflow.sdk import task

from bakery.tasks import note


class Step:
    def __init__(self, name, minutes=5):
        self.name = name
        self.minutes = minutes

    def text(self):
        return f"{self.name} for {self.minutes} minutes"


class RecipeBuilder:
    """Collects steps, and makes the task that hands over what each comes to."""

    def __init__(self):
        self.steps = set()
        self.book = next(Path(one.filename).stem for one in inspect.stack() if "team_" in Path(one.filename).stem)

    def add(self, name, **settings):
        self.steps.add(Step(name, **settings))
        return self

    def build(self):
        @task
        def recipe(ti=None):
            ti.xcom_push("book", self.book.upper())
            for step in self.steps:
                ti.xcom_push(step.name, step.text())
            note(f"{len(self.steps)} steps of {self.book}")

        return recipe
