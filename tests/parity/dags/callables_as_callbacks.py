import logging
import os
from datetime import datetime

from airflow.providers.standard.operators.bash import BashOperator
from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import DAG, Variable

OUT = os.environ.get("DATA_DIR", "/tmp/data")
log = logging.getLogger(__name__)


class Notifier:
    """Not Airflow's notifier."""

    def __init__(self, channel, template="{task} failed: {error}"):
        self.channel = channel
        self.template = template

    def __call__(self, context):
        ti = context["ti"]
        text = self.template.format(task=ti.task_id, error=context.get("exception"))
        with open(f"{OUT}/{self.channel}", "a") as f:
            f.write(f"{text} {ti.dag_id} {context['ds']}\n")


def make_callback(name, level="INFO"):
    def _callback(context):
        with open(f"{OUT}/cb_{name}", "a") as f:
            f.write(
                f"{level} {context['task_instance'].task_id} {context['dag_run'].conf.get('x', 'none')} {Variable.get('region')}\n"
            )

    return _callback


def boom(**_):
    raise ValueError("no luck")


args = {"on_failure_callback": Notifier("ops"), "retries": 0}
with DAG(
    "callables_as_callbacks",
    start_date=datetime(2024, 1, 1),
    schedule="@daily",
    catchup=False,
    default_args=args,
    params={"team": "data"},
):
    a = BashOperator(task_id="a", bash_command="true", on_success_callback=make_callback("ok"))
    b = PythonOperator(task_id="b", python_callable=boom)
    c = BashOperator(
        task_id="c",
        bash_command="exit 3",
        on_failure_callback=[Notifier("page", template="!{task}"), make_callback("bad", level="ERROR")],
    )
    d = BashOperator(task_id="d", bash_command="true", trigger_rule="all_success")
    a >> [b, c]
    b >> d
