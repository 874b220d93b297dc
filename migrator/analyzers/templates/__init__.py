"""Airflow's Jinja, read without rendering it.

Comes in: the text of a templated argument. Goes out: a `ParsedTemplate`, its literal pieces and the expressions between them,
each classified by what it asks of Airflow (a date of the run, a Variable, a param, an XCom...). jinja2's own parser does the
reading; nothing of the template is evaluated, constants included. (`uses` does so for all arguments of a task, and is imported from there.)
"""

from migrator.analyzers.templates.model import ParsedTemplate, TemplateExpression, TemplateFilter, leaves
from migrator.analyzers.templates.reader import classified, is_template, parse_template, statements

__all__ = [
    "ParsedTemplate",
    "TemplateExpression",
    "TemplateFilter",
    "classified",
    "is_template",
    "leaves",
    "parse_template",
    "statements",
]
