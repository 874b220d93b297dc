"""`make demo-bridge`: Airflow 3 and Dagster side by side; one task moves over, and back.

Starts both in .demo/bridge on free ports, and stops what it started at the end, or on Ctrl-C. With KEEP=1 both go on until Ctrl-C, so that
one can follow the links.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import quote

from migrator.bridge.observe import RUN_TAG, TASK_TAG
from tests.integration.servers import USER, Airflow, Dagster, airflow, dagster, free_port, until
from tests.integration.worlds import find_airflow_python

ROOT = Path(__file__).parents[1]
WORK = ROOT / ".demo" / "bridge"
DAGS, DATA, PROJECT = WORK / "dags", WORK / "data", WORK / "project"
FILES = {"extract": "orders", "transform": "totals", "report": "report"}


def main() -> None:
    shutil.rmtree(WORK, ignore_errors=True)
    config = WORK / "airflow" / "home" / "config"
    for folder in (DAGS, DATA, config):
        folder.mkdir(parents=True)
    title("The DAG `sales` runs in Airflow: extract >> transform >> report. A Dagster project is generated from it")
    source = (ROOT / "demo" / "bridge_dags" / "sales.py").read_text(encoding="utf-8")
    (DAGS / "sales.py").write_text(source.replace("/srv/sales", str(DATA)), encoding="utf-8")
    migrate({}, "generate", str(DAGS), "--output", str(PROJECT), "--name", "sales_project", "--airflow-version", "3")
    for name in ("dagster_proxy.py", "airflow_local_settings.py"):
        shutil.copy(PROJECT / "for_airflow" / name, config / name)
    say("installed for Airflow's workers: dagster_proxy.py and airflow_local_settings.py in $AIRFLOW_HOME/config")
    port = free_port()
    both = {
        "DAGSTER_URL": f"http://127.0.0.1:{port}",
        "MIGRATION_STATE_DIR": str(PROJECT / "src" / "sales_project" / "migration" / "state"),
    }
    title("Both servers start (about a minute)")
    worker = {"WORKER": "airflow", "DAGSTER_PROXY_POLL_SECONDS": "1"}
    with airflow(3, find_airflow_python(3), WORK / "airflow", DAGS, both | worker) as left:
        say(f"Airflow: {left.url} ({USER} / {USER})")
        login = {"AIRFLOW_URL": left.url, "AIRFLOW_USERNAME": USER, "AIRFLOW_PASSWORD": USER}
        settings = both | login | {"WORKER": "dagster", "AIRFLOW_OBSERVE_SECONDS": "3"}
        with dagster(PROJECT, WORK / "dagster", settings, port) as right:
            right.start_daemon()
            say(f"Dagster: {right.url}/asset-groups")
            left.wait_for_dag("sales")
            steps(left, right, both | login)
            if os.environ.get("KEEP"):
                title("Both go on until Ctrl-C")
                signal.pause()
    title("Both are stopped. The project, the data and the logs are in .demo/bridge")


def steps(left: Airflow, right: Dagster, login: dict[str, str]) -> None:
    title("1. A run: Airflow does all of it, Dagster looks on")
    run(left, right, "2026-03-01")
    title("2. `transform` moves over")
    migrate(login, "promote", str(PROJECT), "sales.transform")
    title("3. The next run: Airflow runs it, Dagster does the work of `transform`; the values cross both ways")
    run(left, right, "2026-03-02")
    title("4. Back")
    migrate(login, "rollback", str(PROJECT), "sales.transform")
    title("5. The next run: Airflow does all of it again")
    run(left, right, "2026-03-03")


def run(left: Airflow, right: Dagster, day: str) -> None:
    """Runs the DAG for a day, and says who did which task, and what Dagster knows of it."""
    run_id, state = left.run("sales", f"{day}T00:00:00+00:00")
    say(f"run of {day}: {state}: {left.url}/dags/sales/runs/{quote(run_id, safe='')}")
    for task, name in FILES.items():
        made = json.loads((DATA / day / f"{name}.json").read_text(encoding="utf-8"))
        say(f"{task:9} done by {made.pop('done_by'):7} {json.dumps(made)[:100]}", "    ")
    for item in right.runs(**{RUN_TAG.replace("/", "__"): run_id, TASK_TAG.replace("/", "__"): "transform"}):
        say(f"Dagster's run of it: {item['status']}: {right.url}/runs/{item['runId']}", "    ")
    for task, name in FILES.items():
        key = asset_of(name)
        events = until(lambda key=key: [e for e in right.events(key) if e.partition == day], f"{task} in Dagster")
        whose = "observed in Airflow" if events[0].metadata.get("Airflow Run ID") else "materialized by Dagster"
        say(f"{whose}: {right.url}/assets/{key}?partition={day}", "    ")


def asset_of(name: str) -> str:
    """The key of the asset that holds the file of that name."""
    inventory = json.loads(
        (PROJECT / "src" / "sales_project" / "migration" / "inventory.json").read_text(encoding="utf-8")
    )
    task = {file: task for task, file in FILES.items()}[name]
    (found,) = (item["assets"] for item in inventory["dags"][0]["tasks"] if item["task_id"] == task)
    return "/".join(found[0])


def migrate(login: dict[str, str], *arguments: str) -> None:
    """Runs a command of the toolkit and shows what it says."""
    say(f"$ migrate {' '.join(arguments)}")
    done = subprocess.run(
        [sys.executable, "-m", "migrator", *arguments],
        cwd=ROOT,
        env={**os.environ, **login},
        capture_output=True,
        text=True,
    )
    for line in (done.stdout + done.stderr).strip().splitlines():
        say(line, "    ")
    if done.returncode:
        raise SystemExit(f"`migrate {arguments[0]}` ended with {done.returncode}")


START = time.monotonic()


def title(text: str) -> None:
    print(f"\n[{time.monotonic() - START:4.0f} s] {text}", flush=True)


def say(text: str, indent: str = "  ") -> None:
    print(f"{indent}{text}", flush=True)


def interrupt(*_: object) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, interrupt)
    try:
        main()
    except KeyboardInterrupt:
        print("\nInterrupted: both servers are stopped.", flush=True)
        raise SystemExit(130) from None
