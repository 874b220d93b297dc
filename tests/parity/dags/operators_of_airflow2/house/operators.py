import json
import os

from airflow.models.baseoperator import BaseOperator


class SummaryOperator(BaseOperator):
    """Writes a line; options come by keyword."""

    template_fields = ("line",)

    def __init__(self, line, **kwargs):
        self.folder = kwargs.pop("folder", "summary")
        self.prefix = kwargs.pop("prefix")
        kwargs.setdefault("retries", 1)
        kwargs["doc_md"] = "writes a line"
        super().__init__(**kwargs)
        self.line = line

    def execute(self, context):
        folder = os.path.join(os.environ["DATA_DIR"], self.folder)
        os.makedirs(folder, exist_ok=True)
        with open(os.path.join(folder, f"{self.task_id}.txt"), "a") as fh:
            fh.write(self.prefix + self.line + "\n")
        self.xcom_push(context, "length", len(self.line))
        self.xcom_push(context, key="line", value=self.line)


class CollectOperator(BaseOperator):
    def __init__(self, source, key="length", **kwargs):
        super().__init__(**kwargs)
        self.source = source
        self.key = key

    def execute(self, context):
        found = {"length": self.xcom_pull(context, task_ids=self.source, key="length")}
        line = self.xcom_pull(context, task_ids="first", key="line")
        path = os.path.join(os.environ["DATA_DIR"], f"collected_{context['ds']}.json")
        with open(path, "w") as fh:
            json.dump([found, line], fh, sort_keys=True)
        return sum(found.values())
