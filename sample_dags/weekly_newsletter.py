"""The newsletter of the week: picks plants to promote and asks the mail service to send it."""

from __future__ import annotations

from datetime import datetime, timedelta

import pendulum
from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator
from airflow.providers.slack.operators.slack_webhook import SlackWebhookOperator
from airflow.providers.smtp.operators.smtp import EmailOperator
from airflow.providers.standard.operators.python import PythonOperator, ShortCircuitOperator
from airflow.sdk import DAG, BaseHook, Variable

from fernwood_common.alerts import notify_failure


def newsletter_switched_on():
    """Marketing pauses the newsletter with the Variable ``newsletter_paused``."""
    return Variable.get("newsletter_paused", default="false").lower() != "true"


def hand_over_to_mail_service(ti, week):
    """Send the chosen plants to the mail service's API."""
    import requests

    service = BaseHook.get_connection("mail_service")
    plants = ti.xcom_pull(task_ids="pick_plants")
    response = requests.post(
        f"https://{service.host}/v2/campaigns",
        json={"name": f"week-{week}", "plants": [row[0] for row in plants]},
        headers={"Authorization": f"Bearer {service.password}"},
        timeout=30,
    )
    response.raise_for_status()
    return response.json()["id"]


with DAG(
    dag_id="weekly_newsletter",
    schedule=timedelta(days=7),
    start_date=datetime(2026, 1, 6, 9, 0, tzinfo=pendulum.timezone("Europe/Berlin")),
    catchup=False,
    default_args={
        "owner": "marketing",
        "email": "marketing@fernwood.example",
        "email_on_failure": False,
        "retries": 1,
        "on_failure_callback": [notify_failure],
    },
    user_defined_macros={"shop_url": "https://shop.fernwood.example"},
    user_defined_filters={"week": lambda moment: moment.strftime("%G-W%V")},
    tags=["marketing", "newsletter"],
) as dag:
    switched_on = ShortCircuitOperator(task_id="switched_on", python_callable=newsletter_switched_on)

    pick_plants = SQLExecuteQueryOperator(
        task_id="pick_plants",
        conn_id="warehouse",
        sql="""
            SELECT sku, name, margin_eur
            FROM mart_product_performance
            WHERE category <> %(excluded)s
            ORDER BY margin_eur DESC
            LIMIT {{ var.value.get('newsletter_plants', 3) }}
        """,
        parameters={"excluded": "accessory"},
    )

    hand_over = PythonOperator(
        task_id="hand_over_to_mail_service",
        python_callable=hand_over_to_mail_service,
        op_kwargs={"week": "{{ logical_date | week }}"},
        retries=3,
    )

    proof = EmailOperator(
        task_id="mail_proof",
        to="{{ var.json.newsletter.proof_readers | join(',') }}",
        from_email="{{ var.value.newsletter_sender }}",
        subject="Newsletter {{ logical_date | week }}",
        html_content="Campaign {{ ti.xcom_pull(task_ids='hand_over_to_mail_service') }} is out: {{ shop_url }}",
    )

    tell_failure = SlackWebhookOperator(
        task_id="tell_failure",
        slack_webhook_conn_id="slack_alerts",
        message="The newsletter of {{ logical_date | week }} was not sent",
        channel="{{ var.value.get('slack_channel_of_' ~ task.owner, '#marketing') }}",
        trigger_rule="one_failed",
    )

    switched_on >> pick_plants >> hand_over >> proof
    [pick_plants, hand_over] >> tell_failure
