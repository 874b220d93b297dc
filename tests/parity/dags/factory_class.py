import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator
from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import DAG, TaskGroup

OUT = os.environ.get("DATA_DIR", "/tmp/data")


@dataclass(frozen=True)
class Table:
    name: str
    key: str
    partitioned: bool = False


TABLES = [Table("users", "user_id"), Table("orders", "order_id", True), Table("items", "item_id", True)]


class Pipeline:
    def __init__(self, dag_id, tables, schedule="@daily"):
        self.dag_id = dag_id
        self.tables = tables
        self.dag = DAG(dag_id, start_date=datetime(2024, 1, 1), schedule=schedule, catchup=False)

    def _extract(self, table, ds, **_):
        path = Path(OUT) / self.dag_id / f"{table.name}_{ds}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{table.key} {table.partitioned}")
        return str(path)

    def _group(self, table):
        with TaskGroup(group_id=table.name) as group:
            extract = PythonOperator(task_id="extract", python_callable=self._extract, op_kwargs={"table": table})
            create = SQLExecuteQueryOperator(
                task_id="create",
                conn_id="warehouse",
                sql=f"CREATE TABLE IF NOT EXISTS {table.name} ({table.key} INT, day TEXT)",
            )
            load = SQLExecuteQueryOperator(
                task_id="load",
                conn_id="warehouse",
                sql=f"INSERT INTO {table.name} VALUES (1, '{{{{ ds }}}}')",
            )
            extract >> create >> load
            if table.partitioned:
                verify = SQLExecuteQueryOperator(
                    task_id="verify",
                    conn_id="warehouse",
                    sql=f"SELECT COUNT(*) FROM {table.name} WHERE day = '{{{{ ds }}}}'",
                )
                load >> verify
        return group

    def build(self):
        with self.dag as dag:
            start, end = EmptyOperator(task_id="start"), EmptyOperator(task_id="end")
            for table in self.tables:
                start >> self._group(table) >> end
        return dag


dag = Pipeline("factory_class", TABLES).build()
