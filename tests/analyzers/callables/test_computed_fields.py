"""Classes of operators whose function computes an argument of Airflow's operator."""

from __future__ import annotations

import pytest

from migrator.analyzers.callables.classes.computed_fields import ComputedField, computed_field

CALL = "self.sql = self.python_callable(*self.op_args, **self.op_kwargs)"
WORK = "return super().execute(context)"


def method(*lines: str) -> str:
    body = "\n".join(f"        {line}" for line in lines)
    return f"def execute(self, context):\n{body}\n"


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        ((CALL, WORK), ComputedField("sql", False, False)),
        ((CALL, "self.render_template_fields(context)", WORK), ComputedField("sql", True, False)),
        ((CALL, 'context["ti"].render_templates()', WORK), ComputedField("sql", True, False)),
        ((CALL, "self.log.info(self.sql)", WORK), ComputedField("sql", False, False, logs=True)),
        (
            (
                '"""Says what it does."""',
                "context_merge(context, self.op_kwargs)",
                "kwargs = determine_kwargs(self.python_callable, self.op_args, context)",
                "made = self.python_callable(*(self.op_args or []), **kwargs)",
                "if not isinstance(made, str): raise TypeError(made)",
                "self.sql = made",
                "return super(Own, self).execute(context)",
            ),
            ComputedField("sql", False, True),
        ),
    ],
)
def test_what_the_function_computes(lines: tuple[str, ...], found: ComputedField) -> None:
    assert computed_field(method(*lines)) == found


@pytest.mark.parametrize(
    "lines",
    [
        (WORK,),
        (CALL,),
        ("self.render_template_fields(context)", CALL, WORK),
        (CALL, "self.conn_id = 'other'", WORK),
        (CALL, CALL.replace("sql", "handler"), WORK),
        (CALL, "super().execute(context)"),
        (CALL, "return super().execute({**context})"),
        (CALL, "if self.check(): raise ValueError", WORK),
        ("if self.op_args: raise ValueError", CALL, WORK),
        ("self.sql = self.python_callable(*self.op_args, **context)", WORK),
        # The function does not get its own arguments where they are not in the context.
        (
            "kwargs = determine_kwargs(self.python_callable, self.op_args, context)",
            CALL.replace("self.op_kwargs", "kwargs"),
            WORK,
        ),
    ],
)
def test_a_method_that_does_anything_else(lines: tuple[str, ...]) -> None:
    assert computed_field(method(*lines)) is None
