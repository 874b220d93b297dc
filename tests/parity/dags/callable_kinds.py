import functools
import os
import sys
from datetime import datetime
from pathlib import Path

from airflow.providers.standard.operators.python import ExternalPythonOperator, PythonOperator
from airflow.sdk import DAG

OUT = Path(os.environ.get("DATA_DIR", "/tmp/data"))
PREFIX = "p"
SEEN = []
COUNTER = {"n": 0}


def save(name, text):
    (OUT / name).write_text(str(text))


class Writer:
    default = "w"

    def __init__(self, folder, suffix=".txt"):
        self.folder = folder
        self.suffix = suffix

    def write(self, ds, what="plain"):
        save(f"{self.folder}_{what}_{ds}{self.suffix}", f"{PREFIX} {self.default}")

    def __call__(self, ds):
        save(f"called_{self.folder}_{ds}", self.suffix)

    @classmethod
    def cls_write(cls, ds):
        save(f"cls_{ds}", cls.default)

    @staticmethod
    def static_write(ds, n=1):
        save(f"static_{ds}", n)


def make(multiplier, label):
    offset = multiplier + 1

    def inner(ds, **kwargs):
        save(f"closure_{label}_{ds}", multiplier * 10 + offset)
        return offset

    return inner


def mutates(ds):
    COUNTER["n"] += 1
    SEEN.append(ds)
    save(f"mutates_{ds}", COUNTER["n"])


def decorated(fn):
    @functools.wraps(fn)
    def wrapper(*args, **kwargs):
        value = fn(*args, **kwargs)
        save(f"decorated_{fn.__name__}", value)
        return value

    return wrapper


@decorated
def noisy(ds):
    return f"noisy {ds}"


def three(a, b, c=3, *, ds):
    save(f"three_{a}_{ds}", f"{a}{b}{c}")


def star(*args, **kwargs):
    save(f"star_{kwargs['ds']}", "-".join(map(str, args)) + kwargs["extra"])


def elsewhere(name, templates_dict=None):
    import os
    from pathlib import Path

    Path(os.environ["DATA_DIR"], f"elsewhere_{templates_dict['day']}").write_text(name)
    return [name, templates_dict["day"]]


writer = Writer("folder")

with DAG("callable_kinds", start_date=datetime(2024, 1, 1), schedule="@daily", catchup=False) as dag:
    PythonOperator(task_id="bound", python_callable=writer.write)
    PythonOperator(task_id="bound_args", python_callable=Writer("other", ".csv").write, op_kwargs={"what": "args"})
    PythonOperator(task_id="instance", python_callable=Writer("inst"))
    PythonOperator(task_id="klass", python_callable=Writer.cls_write)
    PythonOperator(task_id="static", python_callable=Writer.static_write, op_kwargs={"n": 5})
    PythonOperator(task_id="closure", python_callable=make(4, "x"))
    PythonOperator(task_id="closure2", python_callable=make(5, "y"))
    PythonOperator(task_id="lam", python_callable=lambda ds: save(f"lambda_{ds}", PREFIX))
    PythonOperator(task_id="part", python_callable=functools.partial(three, 1, b=2))
    PythonOperator(task_id="part2", python_callable=functools.partial(three, "q"), op_args=["r"])
    PythonOperator(task_id="mutates", python_callable=mutates)
    PythonOperator(task_id="noisy", python_callable=noisy)
    PythonOperator(task_id="star", python_callable=star, op_args=[1, 2], op_kwargs={"extra": "!"})
    ExternalPythonOperator(
        task_id="elsewhere",
        python=sys.executable,
        python_callable=elsewhere,
        op_args=["out there"],
        templates_dict={"day": "{{ ds }}"},
    )

if __name__ == "__main__":
    dag.test()
