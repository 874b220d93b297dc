"""Decorators of a team: some make tasks, some ask for the context themselves; and functions that keep the settings of a DAG factory."""

from collections import namedtuple
from dataclasses import dataclass, field
from datetime import datetime

from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import DAG, dag
from bakery import logged, oven_task, quick_task, signed
from bakery.recipes import RecipeBuilder
from bakery.tasks import note

Loaf = namedtuple("Loaf", "name grams")


@dataclass(frozen=True)
class Shop:
    name: str
    loaf: Loaf
    prices: dict[str, float] = field(default_factory=dict)

    @property
    def label(self) -> str:
        return f"{self.name} ({self.loaf.name})"


@signed
def knead(grams):
    return grams * 2


@logged("shape")
def shape(dough, ds, **context):
    note(f"{dough} shaped on {ds} by {context['task'].task_id}")
    return dough // 2


@dag(start_date=datetime(2024, 1, 1), schedule="@daily", catchup=False)
def team_decorators():
    @oven_task
    @signed
    def bake(loaves, ds=None):
        return f"{loaves} baked on {ds}"

    @oven_task(retries=2, multiple_outputs=True)
    def weigh(loaves: int):
        return {"loaves": loaves, "grams": loaves * 500}

    @quick_task
    def sell(grams, text):
        note(f"{grams} of {text}")

    kneaded = PythonOperator(task_id="knead", python_callable=knead, op_args=[250])
    shaped = PythonOperator(task_id="shape", python_callable=shape, op_kwargs={"dough": kneaded.output, "flour": "rye"})
    sell(weigh(shaped.output)["grams"], bake(shaped.output))


def shop_dag(shop: Shop, twice: bool):
    with DAG(f"team_decorators_{shop.name}", start_date=datetime(2024, 1, 1), schedule="@daily", catchup=False) as made:

        @oven_task
        def price():
            return {name: value * (2 if twice else 1) for name, value in shop.prices.items()}

        @oven_task
        def announce(prices, ds=None):
            note(f"{ds}: {shop.label} sells {shop.loaf.grams} grams for {sorted(prices.items())}")

        announce(price())
    return made


recipe = RecipeBuilder().add("knead", minutes=10).add("rest").build()


@dag(start_date=datetime(2024, 1, 1), schedule="@daily", catchup=False)
def team_decorators_recipe():
    @quick_task
    def follow(text, rest):
        note(f"{text}, then {rest}")

    steps = recipe()
    follow(f"{steps['book']}: {steps['knead']}", steps["rest"])


team_decorators()
team_decorators_recipe()
for name, twice in (("north", True), ("south", False)):
    globals()[name] = shop_dag(Shop(name, Loaf("rye", 750), {"small": 1.5, "large": 2.5}), twice)
