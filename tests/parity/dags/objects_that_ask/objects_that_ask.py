"""Objects that ask Airflow for the context themselves: by methods, properties, context managers and calls, through helpers of helpers."""

import os

import pendulum
from airflow.sdk import dag, get_current_context, task
from desk import Book, Journal, LoudJournal, stamped

BOOK = Book("book")
journal = Journal("journal")
LOUD = LoudJournal("loud")


class Ledger:
    """One of the DAG file itself, which keeps another object."""

    def __init__(self, book):
        self.log = Journal(f"ledger_{book}")

    @property
    def key(self):
        return f"{get_current_context()['run_id'].partition('__')[0]}"

    def enter(self, amount):
        context = get_current_context()
        entry = {"day": context["ds"], "amount": amount, "of": context["task"].task_id}
        self.log("entered", str(amount))
        return entry

    def unused(self):
        return get_current_context()["ti"].try_number


ledger = Ledger("main")


def note(text):
    """Two helpers deep."""
    return _note(text.strip())


def _note(text):
    return journal(stamped(text))


@dag(dag_id="objects_that_ask", schedule="@daily", start_date=pendulum.datetime(2024, 1, 1, tz="UTC"), catchup=False)
def objects_that_ask():
    @task
    def open_book():
        return BOOK.open()

    @task
    def write(number):
        with BOOK.page() as page:
            page.write(f"{number} of {BOOK.folder.parent.name}\n")
        return note(f" wrote {number} ")

    @task
    def numbers():
        LOUD("numbers")
        return [1, 2]

    @task
    def enter(lines):
        entries = [ledger.enter(len(line)) for line in lines]
        return {"entries": entries, "loud": LOUD("entered", str(len(entries)))}

    @task
    def local():
        book = Book("local")
        book.open()
        with book.page("md") as page:
            page.write(stamped("local"))
        return sorted(path.name for path in book.folder.iterdir())

    @task
    def close():
        with BOOK.lent() as book:
            book.noted("once").noted("twice").open()
        Book.named("named").noted("named")
        count = BOOK.count("pages")
        with open(os.path.join(os.environ["DATA_DIR"], "closed"), "a") as file:
            file.write(f"{stamped(str(count))} {BOOK.title()}\n")
        return note("closed")

    @task
    def tell(ti=None):
        return ti.xcom_pull(task_ids="close", key="pages")

    written = write.expand(number=numbers())
    open_book() >> written
    entered = enter(written)
    entered >> local()
    entered >> close() >> tell()


objects_that_ask()
