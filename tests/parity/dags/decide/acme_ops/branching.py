from pathlib import Path

from airflow.exceptions import AirflowSkipException
from airflow.providers.standard.operators.branch import BaseBranchOperator
from airflow.sdk import BaseOperator


class DayBranchOperator(BaseBranchOperator):
    def __init__(self, *, ways, **kwargs):
        super().__init__(**kwargs)
        self.ways = ways

    def choose_branch(self, context):
        day = int(context["ds"][-2:])
        chosen = "even" if day % 2 == 0 else "odd"
        self.log.info("day %s is %s", day, chosen)
        return self.ways[chosen]


class HasRowsOperator(BaseOperator):
    template_fields = ("path",)

    def __init__(self, path, **kwargs):
        super().__init__(**kwargs)
        self.path = path

    def execute(self, context):
        if not Path(self.path).exists():
            raise AirflowSkipException(f"no {self.path}")
        return Path(self.path).stat().st_size
