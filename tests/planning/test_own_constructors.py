"""What the constructors of the team's own operators become; that they do what they did is shown in `tests/parity`."""

from __future__ import annotations

from pathlib import Path

import pytest

from migrator.codegen import render_project
from migrator.config import Config
from migrator.pipeline import analyze

TEXT = """\
import datetime as dt
from pathlib import Path
from airflow.sdk import DAG, BaseOperator, TaskGroup
from airflow.providers.standard.operators.bash import BashOperator

{classes}

with DAG("touch", schedule="@daily", start_date=dt.datetime(2026, 1, 1), params={{"kind": "x"}}):
    with TaskGroup("group"):
        TouchOperator(task_id="touch"{given})
"""


def generated(tmp_path: Path, classes: str, given: str) -> tuple[str, str, str]:
    """What became of the task, why, and the module of its DAG."""
    given = f", {given}" if given else ""
    (tmp_path / "touch.py").write_text(TEXT.format(classes=classes, given=given))
    analysis = analyze(tmp_path, Config())
    found = analysis.plan.dispositions[0]
    files = render_project(analysis.plan, analysis.project, "shop")
    return found.kind, found.reason, "".join(text for path, text in files.items() if "/defs/touch/" in path)


INIT = """\
class TouchOperator(BaseOperator):
    template_fields = ("path", "folder")

    def __init__(self{parameters}, **kwargs):
        super().__init__(**kwargs)
        {body}

    def execute(self, context):
        {execute}
"""
MOVED = {
    "an id that nothing else reads": (
        ", path=None",
        "self.path = path or self.task_id",
        "Path(self.path).touch()",
        "",
        "def __init__(self, path=None, *, task_id):\n        self.path = path or task_id\n",
        'TouchOperator(task_id="group.touch").execute()',
    ),
    "an id that others read": (
        "",
        'self.path = f"{self.dag_id}/{self.task_id}"',
        "Path(self.path, self.task_id).touch()",
        "",
        'def __init__(self, *, dag_id, task_id):\n        self.task_id = task_id\n        self.path = f"{dag_id}/{self.task_id}"\n',
        'TouchOperator(dag_id="touch", task_id="group.touch").execute()',
    ),
    "an argument by its name": (
        "",
        'self.path = kwargs["task_id"]',
        "Path(self.path).touch()",
        "",
        "def __init__(self, *, task_id):\n        self.path = task_id\n",
        'TouchOperator(task_id="touch").execute()',
    ),
    "params": (
        "",
        'self.path = self.params["kind"]',
        "Path(self.path).touch()",
        "",
        'def __init__(self, *, params):\n        self.path = params["kind"]\n',
        'TouchOperator(params={"kind": "x"}).execute()',
    ),
    "a template of its own": (
        ", name",
        'self.path = f"/data/{{ ds }}/{name}"',
        "Path(self.path).touch()",
        'name="a"',
        "def __init__(self, *, path):\n        self.path = path\n",
        'TouchOperator(path=f"/data/{context.partition_key}/a").execute()',
    ),
    "a template that is a part of a text": (
        ", folder, path",
        'self.folder = "/data/" + folder\n        self.path = path if path is not None else "x"',
        "Path(self.folder, self.path).touch()",
        'folder="{{ ds }}", path="{{ ts }}"',
        'self.folder = "/data/" + folder\n        self.path = path if path is not None else "x"\n',
        "TouchOperator(folder=context.partition_key, path=context.partition_time_window.start.isoformat()).execute()",
    ),
    "a template that is set twice": (
        ", path, folder=None",
        "self.path = path\n        self.folder = folder\n        self.folder = folder or []",
        "Path(*self.folder, self.path).touch()",
        'path="x", folder=["{{ ds }}"]',
        "self.path = path\n        self.folder = folder\n        self.folder = folder or []\n",
        'TouchOperator(path="x", folder=[context.partition_key]).execute()',
    ),
    "nothing": (
        "",
        "pass",
        "Path('x').touch()",
        "",
        "class TouchOperator:\n    def execute(self):",
        "TouchOperator().execute()",
    ),
}


@pytest.mark.parametrize("name", MOVED)
def test_a_constructor_gets_what_it_asked_airflow_for(tmp_path: Path, name: str) -> None:
    parameters, body, execute, given, init, call = MOVED[name]
    if name == "a template of its own":
        body = body.replace("{{ ds }}", "{{{{ ds }}}}")
    classes = INIT.format(parameters=parameters, body=body, execute=execute)
    kind, reason, code = generated(tmp_path, classes.replace("\n        pass\n", "\n"), given)
    assert kind in ("asset", "step"), reason
    assert init in code
    assert call in code.replace("(\n        ", "(").replace(",\n        ", ", ").replace("\n    )", ")")


REFUSED = {
    "a template that may come to nothing": (
        "self.path = path or self.task_id",
        "its `__init__` asks whether the template `path` is empty before it is rendered",
    ),
    "a template that is changed": (
        'self.path = path\n        self.path = self.path + "/{{ ds }}"\n        self.kind = self.path[-3:]',
        "its `__init__` puts the template `path` together",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_constructor_that_does_more_with_a_template_stays(tmp_path: Path, name: str) -> None:
    body, reason = REFUSED[name]
    classes = INIT.format(parameters=", path", body=body, execute="Path(self.path).touch()")
    kind, why, _ = generated(tmp_path, classes, 'path="{{ params.kind }}"')
    assert kind == "airflow"
    assert reason in why


def test_what_is_set_after_airflows_constructor_is_an_argument(tmp_path: Path) -> None:
    classes = """\
class TouchOperator(BashOperator):
    def __init__(self, table, **kwargs):
        self.env = {"EARLY": "1"}
        super().__init__(bash_command="exit 1", **kwargs)
        self.bash_command = f"touch {table}"
        self.retries = 4
"""
    _, _, code = generated(tmp_path, classes, 'table="orders"')
    assert 'subprocess.run(["bash", "-c", "touch orders"], check=True)' in code
    assert "max_retries=4" in code


def test_what_only_airflows_constructor_is_given_goes_with_its_call(tmp_path: Path) -> None:
    classes = """\
class TouchOperator(BaseOperator):
    def __init__(self, *, path, **kwargs):
        notes = {"about": kwargs["doc"]}
        kept = {"path": path}
        super().__init__(params=notes, **kwargs)
        self.kept = kept

    def execute(self, context):
        Path(self.kept["path"]).touch()
"""
    kind, reason, code = generated(tmp_path, classes, 'path="x", doc="a file"')
    assert kind in ("asset", "step"), reason
    init = '    def __init__(self, *, path):\n        kept = {"path": path}\n        self.kept = kept\n'
    assert init in code
    assert 'TouchOperator(path="x").execute()' in code


KEYWORDS = """\
DEFAULTS = {{"retries": 2}}

class BaseOf(BaseOperator):
    def __init__(self, path="x", **kwargs):
        super().__init__(**kwargs)
        self.path = path

    def execute(self, context):
        Path(self.path).touch()

class TouchOperator({base}):
    def __init__(self, **kwargs):
        {body}
"""
PUT_TOGETHER = {
    "in front of those that are given": ('kwargs = {"path": "y", **kwargs}', '*, path="y"'),
    "where it lacks": ('if "path" not in kwargs:\n            kwargs["path"] = "y"', '*, path="y"'),
    "as a default": ('kwargs.setdefault("path", "y")', '*, path="y"'),
    "beside others": ("kwargs = {**DEFAULTS, **kwargs}", None),
    "anyway": ('kwargs["path"] = "y"', None),
    "behind those that are given": ('kwargs = {**kwargs, "path": "y"}', None),
    "behind, in an update": ('kwargs.update(path="y")', None),
    "as a copy": ("kwargs = dict(kwargs)", "*, path"),
}


@pytest.mark.parametrize("name", PUT_TOGETHER)
def test_an_argument_that_is_set_and_then_taken_keeps_its_value(tmp_path: Path, name: str) -> None:
    body, parameters = PUT_TOGETHER[name]
    body += '\n        self.path = kwargs.pop("path")\n        super().__init__(**kwargs)'
    body += "\n    def execute(self, context):\n        Path(self.path).touch()"
    kind, why, code = generated(tmp_path, KEYWORDS.format(base="BaseOperator", body=body), 'path="z"')
    if parameters is None:
        assert kind in ("airflow", "wrapped")
        assert "its `__init__` reads `**kwargs`" in why
    else:
        assert kind in ("asset", "step"), why
        assert f"def __init__(self, {parameters}):\n        self.path = path\n" in code


HANDED_ON = {
    "all that its base takes": ('{"path": "y", **kwargs}', True),
    "nothing that its base takes": ('{"retries": 2, **kwargs}', True),
    "some that its base takes": ('{"path": "y", "retries": 2, **kwargs}', False),
    "what is written down elsewhere": ("DEFAULTS | kwargs", False),
}


@pytest.mark.parametrize("name", HANDED_ON)
def test_arguments_that_are_put_together_for_a_base_of_the_team(tmp_path: Path, name: str) -> None:
    made, moves = HANDED_ON[name]
    body = f"kwargs = {made}\n        super().__init__(**kwargs)"
    kind, why, code = generated(tmp_path, KEYWORDS.format(base="BaseOf", body=body), "")
    assert (kind in ("asset", "step")) == moves, why
    assert ('"retries": 2' in code) is False
