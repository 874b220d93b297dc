import json
from pathlib import Path

from company_base.mixins import DATA_DIR
from company_base.operators import CompanyOperator


class FileOperator(CompanyOperator):
    def __init__(self, *, rows: int = 2, **kwargs):
        kwargs.setdefault("team", "files")
        super().__init__(**kwargs)
        self.rows = rows

    @classmethod
    def daily(cls, name, **kwargs):
        return cls(task_id=f"daily_{name}", target=f"{name}_{{{{ ds }}}}", **kwargs)

    def extract(self, context):
        return [{"day": context["ds"], "n": n} for n in range(self.rows)]

    def load(self, rows, context):
        path = Path(DATA_DIR, f"{self.target}.json")
        path.write_text(json.dumps([self.label, *rows]))
        context["ti"].xcom_push(key="path", value=path.name)
        return len(rows)
