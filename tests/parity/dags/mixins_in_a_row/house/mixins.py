import os
from pathlib import Path


def note(name, line):
    with (Path(os.environ["DATA_DIR"]) / name).open("a") as file:
        file.write(line + "\n")


class DryRunMixin:
    """Tells what would be done, where the run asks for that."""

    def execute(self, context):
        if context["params"]["dry_run"]:
            self.log.info("dry run of %s", self.task_id)
            return {"would": self.describe()}
        return super().execute(context)

    def describe(self):
        return f"{type(self).__name__} {self.task_id}"


class CountedMixin:
    def execute(self, context):
        result = super().execute(context)
        note("counted.txt", f"{context['ds']} {self.task_id} {result}")
        return result


class Loud:
    def pre_execute(self, context):
        note("audit.txt", f"{context['ds']} loud {self.task_id}")
        super().pre_execute(context)
