"""No secret's value that stands in a DAG folder reaches a report or the generated project; what is none stays as it is."""

from __future__ import annotations

import ast
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from migrator.cli import app
from migrator.secrets.code import covered_code, without_secrets
from migrator.secrets.literals import environment_name, secret_parts

FOLDER = Path(__file__).parent / "fixtures" / "secrets"
CANARY = "CANARY"
"""Part of each secret in the files of the folder, and of nothing else."""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    target = tmp_path_factory.mktemp("secrets") / "shop"
    result = CliRunner().invoke(app, ["generate", str(FOLDER), "-o", str(target), "--no-cache"])
    assert result.exit_code == 0 and CANARY not in result.output, result.output
    return {
        str(path.relative_to(target)): path.read_bytes().decode(errors="replace")
        for path in target.rglob("*")
        if path.is_file()
    }


def test_no_file_of_the_project_has_a_secret(project: dict[str, str]) -> None:
    assert [path for path, text in project.items() if CANARY in text] == []
    assert sum(text.count("os.environ") for text in project.values()) > 40


def test_each_secret_has_a_row_with_its_place(project: dict[str, str]) -> None:
    example = project[".env.example"]
    assert "# a secret that stands in common/ops.py: change it, it is in the code's history\nAPI_TOKEN=\n" in example
    assert "pipeline.py" in example and "\nORDERS_PASSWORD=\n" in example
    assert "no_secrets.py" not in example
    assert "`API_TOKEN` | a secret that stands in common/ops.py" in project["README.md"]


@pytest.mark.parametrize("style", ["rich", "json", "markdown", "html", "sarif"])
def test_no_report_has_a_secret(style: str) -> None:
    result = CliRunner().invoke(
        app, ["analyze", str(FOLDER), "--format", style, "--no-cache", "--fail-on", "never"], terminal_width=200
    )
    assert result.exit_code == 0, result.output
    assert CANARY not in result.output


def test_each_secret_is_a_finding_with_its_place() -> None:
    result = CliRunner().invoke(
        app, ["analyze", str(FOLDER), "--format", "json", "--no-cache", "--fail-on", "never"], terminal_width=200
    )
    found = [finding for finding in json.loads(result.stdout)["diagnostics"] if finding["code"] == "MIG016"]
    assert {finding["file"] for finding in found} == {"common/ops.py", "pipeline.py", "services.py", "taskflow.py"}
    assert (found[0]["file"], found[0]["line"], found[0]["message"]) == (
        "common/ops.py",
        4,
        "a secret stands in the code as text: `SERVICE_PASSWORD`",
    )
    assert CANARY not in result.stdout


def test_code_without_secrets_stays_as_it_is() -> None:
    text = (FOLDER / "no_secrets.py").read_text()
    assert without_secrets({"src/shop/a.py": text}) == ({"src/shop/a.py": text}, {}, {})


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("def f():\n    token = 'a1b2c3d4e5'\n", 'import os\ndef f():\n    token = os.environ["TOKEN"]\n'),
        ("token = 'a1b2c3d4e5'\n", 'import os\ntoken = os.environ.get("TOKEN", "")\n'),
        (
            '"""Doc."""\nfrom __future__ import annotations\nTOKEN = "a1b2c3d4e5"\n',
            '"""Doc."""\nfrom __future__ import annotations\nimport os\nTOKEN = os.environ.get("TOKEN", "")\n',
        ),
        (
            "def f():\n    return 'x://u:Pw1!@h'.upper()\n",
            "import os\ndef f():\n    return ('x://u:' + os.environ[\"X_PASSWORD\"] + '@h').upper()\n",
        ),
        (
            "import os\ndef f(h):\n    é = 1; g(f'x://u:Pw1!@{h}')\n",
            "import os\ndef f(h):\n    é = 1; g(f\"x://u:{os.environ['X_PASSWORD']}@{h}\")\n",
        ),
        (
            "import os\ndef f():\n    return os.getenv('DB_PASSWORD', 'Pw1!x')\n",
            "import os\ndef f():\n    return os.environ[\"DB_PASSWORD\"]\n",
        ),
        (
            "import os\nos.environ['DB_PASSWORD'] = 'Pw1!x'\nx = os.environ['DB_PASSWORD']\n",
            "import os\nos.environ.setdefault(\"DB_PASSWORD\", \"\")\nx = os.environ['DB_PASSWORD']\n",
        ),
        (
            "import os\nos.environ.setdefault('DB_PASSWORD', 'Pw1!x')\n",
            "import os\nos.environ.setdefault(\"DB_PASSWORD\", \"\")\n",
        ),
        ("# password = 'Pw1!x'\n", "# password = '*****'\n"),
    ],
)  # fmt: skip
def test_a_secret_is_read_from_the_environment(before: str, after: str) -> None:
    changed, _, _ = without_secrets({"src/shop/a.py": before})
    ast.parse(changed["src/shop/a.py"])
    assert changed["src/shop/a.py"] == after


def test_one_variable_for_each_value_and_none_of_another_meaning() -> None:
    code = {
        "src/a.py": "import os\ndef f():\n    os.environ['PASSWORD']\n    g(password='Pw1!x', h={'password': 'Pw2!x'})\n",
        "tests/test_a.py": "def test():\n    assert f(password='Pw1!x')\n",
    }
    changed, names, _ = without_secrets(code)
    assert names == {"Pw1!x": "PASSWORD_2", "Pw2!x": "PASSWORD_3"}
    assert 'password=os.environ["PASSWORD_2"]' in changed["tests/test_a.py"]


def test_a_secret_keeps_its_name_when_others_come_before_it() -> None:
    orders, mail = "TOKEN = 'Pw1!orders'\n", "TOKEN = 'Pw2!mail'\n"
    code, _, known = without_secrets({"src/mail.py": mail, "src/orders.py": orders})
    assert known == {"src/mail.py: TOKEN": "TOKEN", "src/orders.py: TOKEN": "TOKEN_2"}
    new = {"src/a.py": "TOKEN = 'Pw3!shop'\n", "src/b.py": orders, "src/mail.py": mail, "src/orders.py": orders}
    changed, names, places = without_secrets(new, known=known)
    assert names == {"Pw3!shop": "TOKEN_3", "Pw1!orders": "TOKEN_2", "Pw2!mail": "TOKEN"}
    assert {path: changed[path] for path in code} == code
    assert places == {**known, "src/a.py: TOKEN": "TOKEN_3", "src/b.py: TOKEN": "TOKEN_2"}
    assert without_secrets(new, known=places) == (changed, names, places)
    alone, _, _ = without_secrets({"src/orders.py": orders}, known=known)
    assert alone["src/orders.py"] == code["src/orders.py"]


def test_shown_code_keeps_its_lines() -> None:
    text = (FOLDER / "pipeline.py").read_text()
    shown = covered_code(text)
    assert CANARY not in shown
    assert list(map(len, shown.splitlines())) == list(map(len, text.splitlines()))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("token_url", "https://h/oauth2/Token1"),
        ("password_file", "/run/secrets/Pw1"),
        ("secret_name", "prod/Db1"),
        ("secret", "airflow-conn-1"),
        ("key", "orders-2024-A"),
        ("next_token", "AbCd1234EfGh"),
        ("password", "changeme"),
        ("password", "{{ conn.db.password }}"),
        ("api_key", "your_api_key_1A"),
        ("api_key", "xxxxxxxx"),
        ("db/schema/wallet_token", "Model1_a2b3c4"),
        ("", "postgresql://user:password@localhost/db"),
        ("", "curl -H 'Authorization: Bearer $TOKEN' -u $USER:$PASS https://h"),
        ("", "Invalid password: please try again"),
    ],
)
def test_no_secrets(name: str, text: str) -> None:
    assert secret_parts(text, name) == []


@pytest.mark.parametrize(
    ("name", "expected"),
    [("apiToken", "API_TOKEN"), ("X-Api-Key", "API_KEY"), ("self", "SELF"), ("PGPASSWORD", "PGPASSWORD")],
)
def test_names_of_variables(name: str, expected: str) -> None:
    assert environment_name(name) == expected
