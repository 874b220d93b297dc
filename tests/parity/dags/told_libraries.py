"""What the file tells libraries before its tasks run: a precision, a limit, a timeout, how a type of its own is stored."""

import csv
import decimal
import os
import socket
import sqlite3
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import DAG, task

DATA_DIR = os.environ.get("DATA_DIR", "/tmp/data")
DIGITS = 7


@dataclass
class Point:
    x: int
    y: int


def as_text(point):
    return f"{point.x};{point.y}"


decimal.getcontext().prec = DIGITS
csv.field_size_limit(20)
sqlite3.register_adapter(Point, as_text)

try:
    socket.setdefaulttimeout(11)
except OSError:
    pass


def divide(ds):
    from decimal import Decimal

    Path(DATA_DIR, f"divided_{ds}.txt").write_text(str(Decimal(1) / Decimal(3)))


with DAG("told_libraries", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    PythonOperator(task_id="divide", python_callable=divide)

    @task
    def read(ds=None):
        try:
            rows = list(csv.reader(["short", "x" * 30]))
        except csv.Error as error:
            rows = [str(error)]
        Path(DATA_DIR, f"read_{ds}.txt").write_text(str(rows))

    @task
    def store(ds=None):
        with sqlite3.connect(":memory:") as connection:
            (found,) = connection.execute("SELECT ?", (Point(1, 2),)).fetchone()
        Path(DATA_DIR, f"stored_{ds}.txt").write_text(found)

    @task
    def wait(ds=None):
        Path(DATA_DIR, f"waits_{ds}.txt").write_text(str(socket.getdefaulttimeout()))

    read()
    store()
    wait()

with DAG("told_libraries_again", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):

    @task
    def share(ds=None):
        from decimal import Decimal

        Path(DATA_DIR, f"shared_{ds}.txt").write_text(str(Decimal(2) / Decimal(3)))

    share()
