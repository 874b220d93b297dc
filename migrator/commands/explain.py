"""`migrate explain`: what a finding means."""

from __future__ import annotations

from typing import Annotated

import typer

from migrator.commands.common import guarded
from migrator.diagnostics import CATALOGUE


@guarded
def explain(
    code: Annotated[
        str | None,
        typer.Argument(metavar="CODE", help="Code of a finding, as MIG203. [default: list all]"),
    ] = None,
) -> int:
    """Say what a finding means and what to do."""
    import textwrap

    if code is None:
        print("\n".join(f"{name}  {doc.severity.value:<7}  {doc.title}" for name, doc in CATALOGUE.items()))
        return 0
    name = code.strip().upper()
    if name not in CATALOGUE:
        import difflib

        close = difflib.get_close_matches(name, CATALOGUE, n=1)
        advice = f"did you mean `{close[0]}`?" if close else "`migrate explain` lists all codes"
        raise typer.BadParameter(f"there is no code `{code}`; {advice}", param_hint="CODE")
    doc = CATALOGUE[name]
    print(f"{name}: {doc.title} ({doc.severity.value})\n")
    print(textwrap.fill(doc.meaning, 80))
    print(f"\n{textwrap.fill(f'What to do: {doc.remedy}', 80)}")
    return 0
