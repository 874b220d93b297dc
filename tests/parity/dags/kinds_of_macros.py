"""Macros of all kinds: functions of libraries, modules, lambdas, partial functions, data, and a function that asks for a Variable."""

import json
import math
import os
import re
from datetime import datetime, timedelta
from functools import partial

from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG, Variable

OUT = os.environ.get("DATA_DIR", "/tmp/data")


def region_path(name):
    return f"{OUT}/{Variable.get('region')}_{name}"


def add(a, b):
    return a + b


MACROS = {
    "out": region_path,
    "floor": math.floor,
    "json": json,
    "td": timedelta,
    "inc": lambda x: x + 1,
    "limits": {"a": [1, 2]},
    "plus3": partial(add, 3),
}

with DAG(
    "kinds_of_macros",
    schedule="@daily",
    start_date=datetime(2024, 1, 1),
    catchup=False,
    user_defined_macros=MACROS,
    user_defined_filters={"slug": lambda s: re.sub(r"\W+", "_", s)},
):
    BashOperator(
        task_id="a",
        bash_command="""echo "{{ floor(2.7) }} {{ inc(4) }} {{ (data_interval_start - td(days=2)) | ds }} {{ limits.a[1] }} {{ 'a b' | slug }}" > {{ out('x') }}_{{ ds }}""",
    )
    BashOperator(task_id="b", bash_command="""echo '{{ json.dumps(limits) }}' > {{ out('y') }}""")
    BashOperator(task_id="c", bash_command="""echo '{{ plus3(4) }}' > {{ out('z') }}""")
