from airflow.providers.sqlite.hooks.sqlite import SqliteHook
from airflow.providers.standard.operators.branch import BaseBranchOperator
from airflow.providers.standard.operators.python import BranchPythonOperator, ShortCircuitOperator


class CountBranch(BaseBranchOperator):
    """Chooses by the number of rows of a query."""

    template_fields = ("sql",)

    def __init__(self, sql: str, many: str, few: str, limit: int = 2, conn_id: str = "warehouse", **kwargs):
        super().__init__(**kwargs)
        self.sql, self.many, self.few = sql, many, few
        self.limit = limit
        self.conn_id = conn_id

    def is_many(self, number: int) -> bool:
        return number > self.limit

    def choose_branch(self, context):
        number = SqliteHook(sqlite_conn_id=self.conn_id).get_first(self.sql)[0]
        self.log.info("%s rows on %s", number, context["ds"])
        return self.many if self.is_many(number) else [self.few]


class AtLeastBranch(CountBranch):
    def is_many(self, number):
        return number >= self.limit


def is_weekday(logical_date, closed=(), **_):
    return logical_date.isoweekday() < 6 and logical_date.strftime("%Y-%m-%d") not in closed


class WorkdayGate(ShortCircuitOperator):
    def __init__(self, *, closed=(), **kwargs):
        super().__init__(python_callable=is_weekday, op_kwargs={"closed": list(closed)}, **kwargs)


def by_month(logical_date, winter, summer, **_):
    return winter if logical_date.month in (12, 1, 2) else summer


class SeasonBranch(BranchPythonOperator):
    def __init__(self, winter, summer, **kwargs):
        kwargs.setdefault("python_callable", by_month)
        super().__init__(op_kwargs={"winter": winter, "summer": summer}, **kwargs)
