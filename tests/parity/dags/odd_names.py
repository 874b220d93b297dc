import os
from datetime import datetime

from airflow.providers.standard.operators.bash import BashOperator
from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import DAG, TaskGroup

OUT = os.environ.get("DATA_DIR", "/tmp/data")


def class_(ds):
    with open(f"{OUT}/class_{ds}", "w") as f:
        f.write("class")


def context(ds):
    with open(f"{OUT}/context_{ds}", "w") as f:
        f.write("context")
    return "context"


def dg(ds):
    return f"dg {ds}"


def list_files(list, type="x"):
    return [*list, type]


with DAG("odd.names-v2", start_date=datetime(2024, 1, 1), schedule="@daily", catchup=False) as dag:
    ids = ["class", "import", "2nd-load", "load.users", "load-users", "load_users", "None", "print", "UPPER", "upper"]
    previous = None
    for n, name in enumerate(ids):
        t = BashOperator(task_id=name, bash_command=f"echo {n} {{{{ task.task_id }}}} > {OUT}/t{n}_{{{{ ds }}}}")
        if previous:
            previous >> t
        previous = t
    c = PythonOperator(task_id="class_", python_callable=class_)
    x = PythonOperator(task_id="context", python_callable=context)
    d = PythonOperator(task_id="dg", python_callable=dg)
    li = PythonOperator(task_id="list", python_callable=list_files, op_kwargs={"list": [1, 2]})
    with TaskGroup("1st.group".replace(".", "_")) as g:
        BashOperator(task_id="class", bash_command="echo grouped")
        PythonOperator(task_id="dg", python_callable=dg)
    previous >> c >> x >> d >> li >> g
