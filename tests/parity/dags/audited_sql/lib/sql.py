from airflow.exceptions import AirflowException
from airflow.providers.common.sql.operators.sql import BaseSQLOperator, SQLExecuteQueryOperator


class AuditedSQLOperator(SQLExecuteQueryOperator):
    """Runs SQL and notes in a table that it did."""

    template_fields = (*SQLExecuteQueryOperator.template_fields, "audit_table")

    def __init__(self, *, audit_table: str, **kwargs):
        super().__init__(**kwargs)
        self.audit_table = audit_table

    def execute(self, context):
        self.log.info("Running audited statement for %s", context["ds"])
        result = super().execute(context)
        self.get_db_hook().run(
            f"INSERT INTO {self.audit_table} VALUES (?, ?, 'done')",
            parameters=(context["ds"], self.task_id),
        )
        return result


class RowCountCheckOperator(BaseSQLOperator):
    template_fields = ("table",)

    def __init__(self, *, table, minimum=1, **kwargs):
        super().__init__(**kwargs)
        self.table = table
        self.minimum = minimum

    def execute(self, context):
        hook = self.get_db_hook()
        count = hook.get_first(f"SELECT COUNT(*) FROM {self.table}")[0]
        if count < self.minimum:
            raise AirflowException(f"{self.table} has {count} rows, expected {self.minimum}")
        return count
