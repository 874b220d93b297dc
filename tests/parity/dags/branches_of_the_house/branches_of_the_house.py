"""Branches and gates of the house."""

from datetime import datetime

from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator
from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG
from house.branches import AtLeastBranch, CountBranch, SeasonBranch, WorkdayGate


def note(name, **kwargs):
    return BashOperator(
        task_id=name, bash_command=f"echo {name} {{{{ ds }}}} >> $DATA_DIR/{{{{ task.task_id }}}}.txt", **kwargs
    )


with DAG("branches_of_the_house", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False) as dag:
    fill = SQLExecuteQueryOperator(
        task_id="fill",
        conn_id="warehouse",
        sql=["CREATE TABLE IF NOT EXISTS seen (day TEXT)", "INSERT INTO seen VALUES ('{{ ds }}')"],
    )
    count = CountBranch(
        task_id="count", sql="SELECT count(*) FROM seen WHERE day <= '{{ ds }}'", many="many", few="few", limit=1
    )
    fill >> count >> [note("many"), note("few")]
    least = AtLeastBranch(
        task_id="least", sql="SELECT count(*) FROM seen", many="enough", few="missing", trigger_rule="all_done"
    )
    count >> least
    least >> [note("enough"), note("missing")] >> note("after", trigger_rule="none_failed_min_one_success")
    gate = WorkdayGate(task_id="gate", closed=["2024-01-05"])
    gate >> note("workday") >> note("more")
    season = SeasonBranch(task_id="season", winter="cold", summer="warm")
    season >> [note("cold"), note("warm")]
