import json
import os
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from airflow.sdk import DAG, BaseOperator, BaseOperatorLink

OUT = Path(os.environ.get("DATA_DIR", "/tmp/data"))


class ReportLink(BaseOperatorLink):
    name = "Report"

    def get_link(self, operator, *, ti_key):
        return f"https://reports.example.com/{ti_key.task_id}"


@dataclass
class Target:
    name: str
    columns: list = field(default_factory=list)
    ttl: timedelta = timedelta(days=1)


class JsonMixin:
    indent = 1

    def dump(self, path: Path, data) -> int:
        text = json.dumps(data, indent=self.indent, sort_keys=True)
        path.write_text(text)
        return len(text)


class AuditMixin:
    @property
    def audit_name(self):
        return f"audit_{self.task_id}.txt"

    def audit(self, context):
        (OUT / self.audit_name).write_text(f"{context['dag'].dag_id} {context['ds']}")


class ExportOperator(JsonMixin, AuditMixin, BaseOperator):
    ui_color = "#abcdef"
    ui_fgcolor = "#000"
    template_fields = ("prefix",)
    operator_extra_links = (ReportLink(),)
    FORMATS = ("json",)

    def __init__(self, target: Target, prefix: str, fmt: str = "json", **kwargs):
        super().__init__(**kwargs)
        if fmt not in self.FORMATS:
            raise ValueError(f"unknown format {fmt}")
        self.target = target
        self.prefix = prefix
        self.fmt = fmt

    @staticmethod
    def _clean(name):
        return name.strip().lower()

    @classmethod
    def _rows(cls, n):
        return [{"i": i, "format": cls.FORMATS[0]} for i in range(n)]

    def execute(self, context):
        name = self._clean(self.target.name)
        size = self.dump(
            OUT / f"{self.prefix}_{name}.{self.fmt}",
            {"rows": self._rows(2), "cols": self.target.columns, "ttl": self.target.ttl.days},
        )
        self.audit(context)
        return {"size": size, "name": name}


with DAG("mixins_links", start_date=datetime(2024, 1, 1), schedule="@daily", catchup=False):
    users = ExportOperator(task_id="users", target=Target(" Users ", ["id"]), prefix="x_{{ ds }}")
    orders = ExportOperator(task_id="orders", target=Target("orders", ttl=timedelta(days=3)), prefix="{{ ds_nodash }}")
    users >> orders
