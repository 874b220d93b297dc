"""What of a shell command dagster-dbt can run: `dbt` and nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from migrator.model.bodies import RunShell
from migrator.model.expressions import DagsFolder, Format, RunDate
from migrator.planning.dbt_projects.commands import DbtCommands, read_commands

DAY = RunDate("ds")


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("dbt run", DbtCommands((("run",),))),
        (
            "cd shop && dbt build -s staging tag:daily",
            DbtCommands((("build",),), directory="shop", select="staging tag:daily"),
        ),
        (
            "dbt --quiet run --project-dir=/dbt --profiles-dir /dbt/profiles -t prod --full-refresh --exclude big",
            DbtCommands((("run", "--quiet", "--full-refresh"),), "/dbt", "/dbt/profiles", target="prod", exclude="big"),
        ),
        ("dbt deps && dbt seed && dbt test", DbtCommands((("deps",), ("seed",), ("test",)))),
        ("dbt run \\\n  --threads 4\n", DbtCommands((("run", "--threads", "4"),))),
        (
            Format(('dbt run --vars \'{"day": "', DAY, '", "full": true}\'')),
            DbtCommands((("run", "--vars", {"day": DAY, "full": True}),)),
        ),
        (
            Format(("dbt run --vars '{day: ", DAY, "}'")),
            DbtCommands((("run", "--vars", Format(("{day: ", DAY, "}"))),)),
        ),
        (Format(("cd ", DagsFolder(), "/dbt && dbt run")), DbtCommands((("run",),), Format((DagsFolder(), "/dbt")))),
        (["dbt", "run", "--models", "marts"], DbtCommands((("run",),), select="marts")),
        # What a shell does besides, and what dagster-dbt has no word for.
        ("dbt run; dbt test", None),
        ("dbt run || true", None),
        ("dbt run --target $TARGET", None),
        ("dbt run > log.txt", None),
        ("source venv/bin/activate && dbt run", None),
        ("DBT_ENV=prod dbt run", None),
        ("dbt run &", None),
        ("dbt test", None),
        ("dbt test && dbt run", None),
        ("dbt run --select a && dbt test --select b", None),
        ("dbt run --project-dir a && dbt test --project-dir b", None),
        ("dbt run --state old --defer", None),
        ("dbt run --selector nightly", None),
        (Format(("dbt run --select ", DAY)), None),
        ("dbt run --select 'unclosed", None),
        ("echo dbt run", None),
        ("", None),
    ],
)
def test_commands(command: object, expected: DbtCommands | None) -> None:
    assert read_commands(RunShell(command)) == expected


@pytest.mark.parametrize(
    "options", [{"env": {"A": "1"}}, {"append_env": False}, {"skip_exit_codes": (99,)}, {"returns": True}]
)
def test_what_the_step_gives_or_takes_besides(options: dict[str, Any]) -> None:
    assert read_commands(RunShell("dbt run", **options)) is None


def test_where_it_runs() -> None:
    assert read_commands(RunShell("dbt run", cwd="/dbt")) == DbtCommands((("run",),), "/dbt")
