from __future__ import annotations

from pathlib import Path

from airflow.sdk import BaseOperator, Variable


class ExportTableOperator(BaseOperator):
    template_fields = ("filter", "limit")

    def __init__(
        self, *, table: str, columns: list[str], out_dir: str, filter: str = "", limit: str | int = 10, **kwargs
    ):
        super().__init__(**kwargs)
        self.table = table
        self.columns = columns
        self.filter = filter
        self.limit = limit
        self.out_dir = out_dir

    def execute(self, context):
        params = context["params"]
        limits = Variable.get("limits", deserialize_json=True)
        limit = min(int(self.limit), limits["max_rows"])
        suffix = Variable.get("export_suffix", default="none")
        text = f"SELECT {', '.join(self.columns)} FROM {self.table} WHERE {self.filter} LIMIT {limit}"
        path = Path(self.out_dir) / f"{self.table}_{context['ds_nodash']}_{suffix}.{params['format']}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{text}\n{params['note']} {params.get('tables')}")
        return str(path)


class NotifyOperator(BaseOperator):
    template_fields = ("message",)

    def __init__(self, *, message: str, out_dir: str, **kwargs):
        super().__init__(**kwargs)
        self.message = message
        self.out_dir = out_dir

    def execute(self, context):
        Path(self.out_dir, f"notified_{context['ds']}").write_text(self.message)
