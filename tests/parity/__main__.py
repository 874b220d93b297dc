"""Parity of Airflow and Dagster over all cases.

python -m tests.parity record [CASE...]   # run the DAGs in real Airflow and keep what they left behind
python -m tests.parity run [CASE...]      # generate, run in Dagster, compare with what is kept
python -m tests.parity launch [CASE...]   # the same, with each step in a process of its own
python -m tests.parity table              # the same for all cases, written to docs/parity.md
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

from tests.integration.worlds import find_airflow_python
from tests.parity.cases import Case, load_cases
from tests.parity.page import write_page
from tests.parity.results import compare_cases
from tests.parity.worlds import run_in_airflow


def main() -> int:
    command, *names = sys.argv[1:] or ["run"]
    cases = load_cases(names)
    scratch = Path(tempfile.mkdtemp(prefix="parity-"))
    print(f"in {scratch}")
    if command == "record":
        record(cases, scratch)
        return 0
    results = compare_cases(cases, scratch, in_processes=command == "launch")
    for result in results:
        print(result)
    if command == "table":
        write_page(results)
    return int(any(result.undeclared or result.unseen for result in results))


def record(cases: list[Case], scratch: Path) -> None:
    """Keeps what real Airflow does with the cases."""
    for version in sorted({case.airflow for case in cases}):
        chosen = [case for case in cases if case.airflow == version]
        folder = scratch / f"airflow{version}"
        folder.mkdir()
        outcomes = run_in_airflow(chosen, find_airflow_python(version), folder)
        for case in chosen:
            outcome = outcomes[case.name]
            if outcome.error or any(run.get("error") for run in outcome.runs):
                print(f"{case.name}: {outcome.error}", *(run.get("error", "") for run in outcome.runs), sep="\n")
                continue
            case.recorded.parent.mkdir(exist_ok=True)
            case.recorded.write_text(json.dumps(outcome.as_json(), indent=1, ensure_ascii=False) + "\n")
            states = [f"{run['dag_id']} {run['state']} {run['tasks']}" for run in outcome.runs]
            print(f"{case.name}: recorded", *states, sep="\n  ")


if __name__ == "__main__":
    raise SystemExit(main())
