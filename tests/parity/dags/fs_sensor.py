import os
from datetime import datetime

from airflow.providers.standard.operators.bash import BashOperator
from airflow.providers.standard.sensors.bash import BashSensor
from airflow.providers.standard.sensors.filesystem import FileSensor
from airflow.providers.standard.sensors.python import PythonSensor
from airflow.sdk import DAG

OUT = os.environ.get("DATA_DIR", "/tmp/data")

with DAG("fs_sensor", start_date=datetime(2024, 1, 1), schedule="@daily", catchup=False):
    make = BashOperator(
        task_id="make",
        bash_command=(
            f"touch {OUT}/in_{{{{ ds }}}}.csv; mkdir -p {OUT}/empty {OUT}/landed/{{{{ ds }}}}; touch {OUT}/landed/{{{{ ds }}}}/part"
        ),
    )
    wait = FileSensor(task_id="wait", filepath="in_{{ ds }}.csv", fs_conn_id="landing", poke_interval=1, timeout=10)
    absolute = FileSensor(task_id="absolute", filepath=OUT + "/in_{{ ds }}.csv", poke_interval=1, timeout=10)
    glob = FileSensor(task_id="glob", filepath="in_*.csv", fs_conn_id="landing", poke_interval=1, timeout=10)
    sh = BashSensor(task_id="sh", bash_command=f"test -f {OUT}/in_{{{{ ds }}}}.csv", poke_interval=1, timeout=10)
    py = PythonSensor(
        task_id="py",
        python_callable=lambda path: os.path.exists(path),
        op_args=[OUT + "/in_{{ ds }}.csv"],
        poke_interval=1,
        timeout=10,
    )
    folder = FileSensor(task_id="folder", filepath="landed/{{ ds }}", fs_conn_id="landing", poke_interval=1, timeout=10)
    below = FileSensor(
        task_id="below", filepath="**/part", fs_conn_id="landing", recursive=True, poke_interval=1, timeout=10
    )
    nothing = FileSensor(
        task_id="nothing", filepath="**/part", fs_conn_id="landing", poke_interval=1, timeout=2, soft_fail=True
    )
    done = BashOperator(task_id="done", bash_command=f"cp {OUT}/in_{{{{ ds }}}}.csv {OUT}/done_{{{{ ds }}}}.csv")
    make >> [wait, absolute, glob, sh, py, folder, below] >> done
    empty = FileSensor(
        task_id="empty", filepath="empty", fs_conn_id="landing", poke_interval=1, timeout=2, soft_fail=True
    )
    make >> [nothing, empty]
