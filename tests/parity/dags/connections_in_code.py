import json
import os
from datetime import datetime

from airflow.providers.standard.operators.bash import BashOperator
from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import DAG, BaseHook, Connection, task

OUT = os.environ.get("DATA_DIR", "/tmp/data")


def api_url(path):
    conn = BaseHook.get_connection("reports_api")
    extra = conn.extra_dejson
    return f"{conn.schema}://{conn.host}:{conn.port}/{extra.get('version', 'v1')}/{path}"


def call(ds):
    conn = BaseHook.get_connection("reports_api")
    headers = {"Authorization": f"Basic {conn.login}:{conn.password}", "X-Team": conn.extra_dejson["team"]}
    with open(f"{OUT}/call_{ds}.json", "w") as f:
        json.dump({"url": api_url(f"daily/{ds}"), "headers": headers, "id": conn.conn_id}, f, sort_keys=True)


class Client:
    def __init__(self, conn_id):
        self.conn = BaseHook.get_connection(conn_id)

    def describe(self):
        return f"{self.conn.conn_type}:{self.conn.host}"


def use_client():
    return Client("reports_api").describe()


with DAG("connections_in_code", start_date=datetime(2024, 1, 1), schedule="@daily", catchup=False):
    PythonOperator(task_id="call", python_callable=call)
    PythonOperator(task_id="use_client", python_callable=use_client)
    BashOperator(
        task_id="tpl",
        bash_command="echo '{{ conn.reports_api.host }}:{{ conn.reports_api.port }} {{ conn.reports_api.login }} {{ conn.reports_api.extra_dejson.version }} {{ conn.get(\"reports_api\").schema }}' > "
        + OUT
        + "/tpl_{{ ds }}",
        env={"PW": "{{ conn.reports_api.password }}"},
        append_env=True,
    )

    BashOperator(
        task_id="defaults",
        bash_command='echo \'{{ conn.reports_api.extra_dejson.get("region", "eu") }} {{ conn.get("lacking", none) or "nothing" }} '
        '{{ conn.get("reports_api", none).port }}{% if conn.get("lacking") %} there{% endif %}\' > '
        + OUT
        + "/defaults_{{ ds }}",
    )

    @task
    def sdk():
        conn = Connection.get("reports_api")
        return [conn.host, conn.port, conn.get_password() if hasattr(conn, "get_password") else conn.password]

    sdk()
