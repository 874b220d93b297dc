"""Operators of the team's own that write what they did into the ledger."""

from airflow.models import BaseOperator
from airflow.operators.python import PythonOperator

from .hooks import LedgerHook


class AuditMixin:
    """Writes a row for each execution, with what the subclass says of it."""

    audit_prefix = "op"

    def audit_text(self, result):
        return f"{self.audit_prefix}={result}"

    def post_execute(self, context, result=None):
        super().post_execute(context, result)
        with LedgerHook().transaction() as hook:
            hook.execute("CREATE TABLE IF NOT EXISTS audit (day TEXT, task TEXT, text TEXT)")
            hook.execute("INSERT INTO audit VALUES (?, ?, ?)", context["ds"], self.task_id, self.audit_text(result))


class CountOperator(AuditMixin, BaseOperator):
    template_fields = ("places", "labels")
    audit_prefix = "count"

    def __init__(self, places, labels=(), **kwargs):
        if isinstance(places, str):
            places = [places]
        super().__init__(**kwargs)
        self.places = places
        self.labels = labels if isinstance(labels, (list, tuple)) else (labels,)

    def execute(self, context):
        with LedgerHook().transaction() as hook:
            hook.execute("CREATE TABLE IF NOT EXISTS stock (day TEXT, place TEXT, n INT)")
            for place in self.places:
                label = f"{place} {'/'.join(self.labels)}"
                hook.execute("INSERT INTO stock VALUES (?, ?, ?)", context["ds"], label, len(place))
        return hook.statements


class LoudPython(AuditMixin, PythonOperator):
    """Says more than its function, before what it did is written down."""

    template_fields = (*PythonOperator.template_fields, "greeting")
    audit_prefix = "py"

    def __init__(self, *, greeting, **kwargs):
        self.greeting = greeting
        super().__init__(**kwargs)

    def execute_callable(self):
        return f"{self.greeting} {super().execute_callable()}".upper()


class PatientPython(AuditMixin, PythonOperator):
    """Calls its function anew for as long as that fails."""

    def pre_execute(self, context):
        self.tries = 3 if context["ds"] else 0

    def execute_callable(self):
        while True:
            self.tries -= 1
            try:
                return super().execute_callable()
            except LookupError:
                if not self.tries:
                    raise

    def audit_text(self, result):
        return f"{super().audit_text(result)} ({self.tries} left)"
