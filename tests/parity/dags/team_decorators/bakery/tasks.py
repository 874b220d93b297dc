import functools
import os
from pathlib import Path

from airflow.sdk import get_current_context, task

quick_task = functools.partial(task, retries=0)


def note(text):
    with Path(os.environ["DATA_DIR"], "notes.txt").open("a") as file:
        file.write(text + "\n")


def oven_task(function=None, **settings):
    """`@task` as the bakery wants it: `@oven_task` or `@oven_task(retries=2)`."""
    if function is None:
        return functools.partial(oven_task, **settings)
    return task(**{"retries": 1, **settings})(function)


def signed(function):
    """Notes which task came to what."""

    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        result = function(*args, **kwargs)
        context = get_current_context()
        note(f"{context['ti'].task_id} of {context['ds']}: {result}")
        return result

    return wrapper


def logged(step):
    """Notes when a step begins; its function takes the context."""

    def decorate(function):
        @functools.wraps(function)
        def wrapper(*args, **context):
            note(f"{step} on {context['ds']} with {context['flour']} and {len(args)}")
            return function(*args, **context)

        return wrapper

    return decorate
