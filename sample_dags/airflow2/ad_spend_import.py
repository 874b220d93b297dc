"""Imports what was spent on ads, one DAG per platform."""

import json
from datetime import datetime, timedelta

from airflow import DAG
from airflow.models import Variable
from airflow.operators.python import PythonOperator
from airflow.providers.http.operators.http import HttpOperator
from airflow.providers.http.sensors.http import HttpSensor
from airflow.providers.postgres.hooks.postgres import PostgresHook
from airflow.providers.slack.operators.slack_webhook import SlackWebhookOperator

# read at every parse; known to be slow, see the wiki
SETTINGS = Variable.get("ad_platforms", default_var={}, deserialize_json=True)

PLATFORMS = {
    "searchads": {"conn": "searchads_api", "hour": 5, "currency": "EUR"},
    "socialads": {"conn": "socialads_api", "hour": 6, "currency": "USD"},
}


def failed(context):
    print(f"ad spend import failed: {context['task_instance']}")


class AdSpendDag:
    """Builds the DAG of one platform."""

    def __init__(self, name, conn, hour, currency):
        self.name = name
        self.conn = conn
        self.hour = hour
        self.currency = currency

    def store(self, ds, **context):
        rows = context["ti"].xcom_pull(task_ids="fetch_spend")
        hook = PostgresHook(postgres_conn_id="warehouse_pg")
        hook.run("DELETE FROM marketing.ad_spend WHERE day = %s AND platform = %s", parameters=(ds, self.name))
        hook.insert_rows(
            table="marketing.ad_spend",
            rows=[(ds, self.name, row["campaign"], row["cost"], self.currency) for row in rows],
            target_fields=["day", "platform", "campaign", "cost", "currency"],
        )

    def build(self):
        dag = DAG(
            dag_id="ad_spend_{}".format(self.name),
            schedule_interval="{minute} {hour} * * *".format(minute=SETTINGS.get("minute", 15), hour=self.hour),
            start_date=datetime(2026, 1, 1),
            catchup=True,
            default_args={"owner": "marketing", "retries": 3, "retry_delay": timedelta(minutes=15)},
            on_failure_callback=failed,
            dagrun_timeout=timedelta(hours=4),
            tags=["marketing", self.name],
        )
        with dag:
            ready = HttpSensor(
                task_id="report_ready",
                http_conn_id=self.conn,
                endpoint="v1/reports/{{ yesterday_ds }}/status",
                response_check=lambda response: response.json()["status"] == "final",
                poke_interval=300,
                timeout=7200,
            )
            fetch = HttpOperator(
                task_id="fetch_spend",
                http_conn_id=self.conn,
                endpoint="v1/reports/{{ ds }}",
                method="GET",
                data={"level": "campaign", "until": "{{ next_ds }}"},
                response_filter=lambda response: json.loads(response.text)["rows"],
            )
            store = PythonOperator(task_id="store", python_callable=self.store)
            alert = SlackWebhookOperator(
                task_id="alert",
                slack_webhook_conn_id="slack_alerts",
                message=f"Ad spend of {self.name} is missing for {{{{ ds }}}}",
                trigger_rule="one_failed",
            )
            ready >> fetch >> store
            [ready, fetch, store] >> alert
        return dag


for platform, options in PLATFORMS.items():
    globals()["ad_spend_" + platform] = AdSpendDag(platform, **options).build()
