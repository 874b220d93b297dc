"""The platform team's operators: everybody's commands and functions go through them."""

import os
from pathlib import Path

from airflow.exceptions import AirflowFailException
from airflow.providers.standard.operators.bash import BashOperator
from airflow.providers.standard.operators.python import PythonOperator

DATA_DIR = os.environ.get("DATA_DIR", "/tmp/data")


def write(name, *lines):
    with Path(DATA_DIR, name).open("a") as file:
        file.writelines(f"{line}\n" for line in lines)


class PlatformMixin:
    team = "data"

    def announce(self, what):
        write(f"announced_{self.task_id}.txt", f"{self.team}: {what}")


class PlatformBashOperator(PlatformMixin, BashOperator):
    template_fields = BashOperator.template_fields + ("caption",)
    ui_color = "#222222"

    def __init__(self, caption="{{ task.task_id }} of {{ ds }}", **kwargs):
        super().__init__(**kwargs)
        self.caption = caption

    def execute(self, context):
        self.announce(f"{self.caption}: {self.bash_command} in {self.cwd}")
        try:
            output = super().execute(context)
        finally:
            self.announce("done")
        return output.upper()


class SparkSubmitOperator(PlatformBashOperator):
    """Its command is put together from its arguments."""

    def __init__(self, job, options=None, **kwargs):
        arguments = " ".join(f"--{name} {value}" for name, value in (options or {}).items())
        super().__init__(bash_command=f"echo submit {job} {arguments} --day {{{{ ds }}}}", **kwargs)


class PlatformPythonOperator(PlatformMixin, PythonOperator):
    def __init__(self, *args, required=False, **kwargs):
        super().__init__(*args, **kwargs)
        self.required = required

    def execute(self, context):
        ti = context["ti"]
        self.announce(f"run {ti.task_id} of {context['dag'].dag_id} for {context['data_interval_end'].isoformat()}")
        value = super().execute(context=context)
        if value is None and self.required:
            raise AirflowFailException("a value is required")
        ti.xcom_push(key="kind", value=type(value).__name__)
        return value


class TimedPythonOperator(PythonOperator):
    def execute(self, context):
        write(f"timed_{context['ds_nodash']}.txt", self.task_id)
        return super().execute(context)
