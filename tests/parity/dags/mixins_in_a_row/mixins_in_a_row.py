"""Operators whose work is put together of mixins: what `super()` means in a mixin, the classes say that use it."""

import pendulum
from airflow.sdk import DAG, BaseOperator, Param
from house.mixins import CountedMixin, DryRunMixin, Loud, note


class Booked(BaseOperator):
    template_fields = ("amount",)

    def __init__(self, *, amount, **kwargs):
        super().__init__(**kwargs)
        self.amount = amount

    def execute(self, context):
        note("booked.txt", f"{context['ds']} {self.amount}")
        return float(self.amount)


class Book(DryRunMixin, CountedMixin, Booked):
    pass


class Audited(BaseOperator):
    """Has a line before and after whatever its subclasses do."""

    def pre_execute(self, context):
        note("audit.txt", f"{context['ds']} start {self.task_id}")
        super().pre_execute(context)

    def post_execute(self, context, result=None):
        super().post_execute(context, result)
        note("audit.txt", f"{context['ds']} end {self.task_id}")


class Careful(Audited):
    def pre_execute(self, context):
        note("audit.txt", f"{context['ds']} careful {self.task_id}")
        super().pre_execute(context)


class Report(Loud, Careful):
    def execute(self, context):
        note("reports.txt", context["ds"])
        return "reported"


with DAG(
    "mixins_in_a_row",
    schedule="@daily",
    start_date=pendulum.datetime(2024, 1, 1),
    catchup=False,
    params={"dry_run": Param(False, type="boolean")},
):
    Book(task_id="book", amount="{{ logical_date.day * 2 }}") >> Report(task_id="report")
