"""Operators of the team's own whose `__init__` computes template fields of its arguments: dictionaries, lists and paths."""

import copy
import os
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path

from airflow.sdk import DAG, BaseOperator

OUT = os.environ.get("DATA_DIR", "/tmp/data")


@dataclass
class Order:
    shop: str
    lines: dict = field(default_factory=dict)


class Place(BaseOperator):
    """Keeps an order as a dictionary."""

    template_fields = ("order",)

    def __init__(self, *, order: Order, **kwargs):
        super().__init__(**kwargs)
        self.order = asdict(order)

    def execute(self, context):
        return self.order


class Export(BaseOperator):
    """Writes rows to a path that it puts together."""

    template_fields = ("path", "settings", "names")

    def __init__(self, *, base, day, settings=None, names=(), suffix="csv", **kwargs):
        super().__init__(**kwargs)
        folder = Path(base) / f"day={day}"
        self.path = str(folder / ("data." + suffix))
        self.settings = {"day": day, **(settings or {})}
        self.names = [f"{name.strip()}_{day}" for name in names]

    def execute(self, context):
        Path(self.path).parent.mkdir(parents=True, exist_ok=True)
        Path(self.path).write_text("\n".join([*self.names, str(sorted(self.settings.items()))]))
        return self.names


class Report(Export):
    """The same with a title, and a copy of what it is given."""

    template_fields = (*Export.template_fields, "title", "marks")

    def __init__(self, *, title, marks, **kwargs):
        super().__init__(**kwargs)
        self.title = "{}: {}".format(title, "{{ ds }}")
        self.marks = copy.deepcopy(marks)

    def execute(self, context):
        super().execute(context)
        return [self.title, self.marks]


class Collect(BaseOperator):
    """Fills its settings in steps."""

    template_fields = ("settings", "target", "days")

    def __init__(self, *, settings, day, extra=None, prefix="", **kwargs):
        super().__init__(**kwargs)
        self.settings = {"x": 1}
        self.settings.update(settings)
        if extra:
            self.settings["extra"] = extra
        for name, value in settings.items():
            self.settings[f"{name}_2"] = f"{value}/{day}"
        if prefix:
            self.target = f"{prefix}/{day}"
        else:
            self.target = day
        self.days = []
        self.days += [day]
        self.prefix = prefix or "none"

    def execute(self, context):
        return [self.settings, self.target, self.days, self.prefix]


with DAG("computed_fields", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    Place(task_id="place", order=Order("{{ dag.dag_id }}", {"tea": "{{ ds }}", "milk": "{{ 1 + 1 }}"}))
    Place(task_id="plain", order=Order("north", {"tea": 1}))
    Export(
        task_id="export", base=OUT, day="{{ ds_nodash }}", settings={"who": "{{ task.task_id }}"}, names=[" a", "b "]
    )
    Export(task_id="fixed", base=f"{OUT}/fixed", day="monday", names=["c"], suffix="txt")
    Report(task_id="report", base=f"{OUT}/report", day="{{ ds }}", title="Day", marks=["{{ ds }}", {"a": "{{ ts }}"}])
    Collect(task_id="collect", settings={"d": "{{ ds }}"}, day="{{ ds }}", prefix="p")
    Collect(task_id="other", settings={}, day="{{ ds_nodash }}", extra="{{ ts }}")
