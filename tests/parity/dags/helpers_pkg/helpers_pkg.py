from datetime import datetime

from acme import settings
from acme.io.files import read_lookup, write_report
from acme.transform import Cleaner
from acme.transform import totals as compute_totals
from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import dag, task


@dag(dag_id="helpers_pkg", start_date=datetime(2024, 1, 1), schedule="@daily", catchup=False, tags=settings.TAGS)
def pipeline():
    @task
    def load() -> list[dict]:
        lookup = read_lookup("countries.json")
        return [{"country": lookup[c], "n": i} for i, c in enumerate(sorted(lookup))]

    @task(multiple_outputs=True)
    def clean(rows):
        cleaner = Cleaner(min_n=settings.MIN_N)
        kept = cleaner.run(rows)
        return {"rows": kept, "dropped": cleaner.dropped}

    @task
    def report(rows, dropped, ds=None):
        return write_report(f"report_{ds}.txt", rows, dropped=dropped)

    totals = PythonOperator(task_id="totals", python_callable=compute_totals, op_kwargs={"day": "{{ ds }}"})
    cleaned = clean(load())
    report(cleaned["rows"], cleaned["dropped"]) >> totals


pipeline()
