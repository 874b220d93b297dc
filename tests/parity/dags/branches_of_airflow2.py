"""City services: street cleaning and waste plan, with many branches."""

import os
from datetime import datetime

from airflow import DAG
from airflow.operators.bash import BashOperator
from airflow.operators.branch import BaseBranchOperator
from airflow.operators.empty import EmptyOperator
from airflow.operators.latest_only import LatestOnlyOperator
from airflow.operators.python import PythonOperator
from airflow.operators.weekday import BranchDayOfWeekOperator
from airflow.providers.common.sql.operators.sql import BranchSQLOperator, SQLExecuteQueryOperator
from airflow.utils.edgemodifier import Label
from airflow.utils.task_group import TaskGroup
from airflow.utils.weekday import WeekDay


class WinterBranch(BaseBranchOperator):
    """Chooses the winter or the summer plan by the month."""

    def __init__(self, winter, summer, **kwargs):
        super().__init__(**kwargs)
        self.winter = winter
        self.summer = summer

    def choose_branch(self, context):
        month = context["execution_date"].month
        return self.winter if month in (11, 12, 1, 2, 3) else self.summer


def note(line, ds, task, **_):
    folder = os.path.join(os.environ["DATA_DIR"], "city", ds)
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, task.task_id + ".txt"), "w") as fh:
        fh.write(line + "\n")
    return line


def noter(task_id, line, **kwargs):
    return PythonOperator(task_id=task_id, python_callable=note, op_args=[line], **kwargs)


with DAG(
    "branches_of_airflow2",
    schedule_interval="0 6 * * *",
    start_date=datetime(2024, 1, 1),
    catchup=False,
    default_args={"owner": "city-services"},
    tags=["legacy", "authority"],
) as dag:
    ddl = SQLExecuteQueryOperator(
        task_id="ddl",
        conn_id="warehouse",
        sql=[
            "CREATE TABLE IF NOT EXISTS tours (day TEXT, kind TEXT)",
            "INSERT INTO tours SELECT '{{ ds }}', 'bin' WHERE strftime('%w', '{{ ds }}') <> '6'",
        ],
    )
    weekday = BranchDayOfWeekOperator(
        task_id="weekday",
        week_day=[WeekDay.MONDAY, "Friday"],
        use_task_logical_date=True,
        follow_task_ids_if_true="cleaning.season",
        follow_task_ids_if_false="no_cleaning",
    )
    with TaskGroup("cleaning") as cleaning:
        season = WinterBranch(
            task_id="season", winter=["cleaning.winter.salt", "cleaning.winter.report"], summer="cleaning.sweep"
        )
        with TaskGroup("winter") as winter:
            salt = noter("salt", "salt on {{ execution_date.strftime('%a') }}")
            report = noter("report", "winter report {{ prev_ds }}")
        sweep = noter("sweep", "sweep")
        season >> [salt, report, sweep]
    no_cleaning = noter("no_cleaning", "no cleaning {{ next_ds }}")
    join = noter("join", "joined", trigger_rule="none_failed_min_one_success")

    waste = BranchSQLOperator(
        task_id="waste",
        conn_id="warehouse",
        sql="SELECT count(*) FROM tours WHERE day = '{{ ds }}'",
        follow_task_ids_if_true="collect",
        follow_task_ids_if_false=["rest"],
    )
    collect = BashOperator(
        task_id="collect", bash_command="mkdir -p $DATA_DIR/city && echo 'collect {{ ds }}' >> $DATA_DIR/city/waste.txt"
    )
    rest = BashOperator(
        task_id="rest", bash_command="mkdir -p $DATA_DIR/city && echo 'rest {{ ds }}' >> $DATA_DIR/city/waste.txt"
    )
    latest = LatestOnlyOperator(task_id="latest_only")
    web = EmptyOperator(task_id="web_page")
    end = noter("end", "end", trigger_rule="none_failed")

    weekday >> Label("Mon/Fri") >> cleaning >> join
    weekday >> Label("other") >> no_cleaning >> join
    ddl >> waste >> [collect, rest] >> end
    join >> end
    ddl >> latest >> web
