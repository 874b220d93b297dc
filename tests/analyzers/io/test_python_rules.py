"""What the code of tasks reads and writes, rule by rule: each case is a small file with a function `f`."""

from __future__ import annotations

from migrator.analyzers.callables import CallableAnalyzer
from migrator.analyzers.io.python_calls import python_io, task_code
from migrator.analyzers.source import Folder
from migrator.config import Config
from tests.analyzers.callables.describe import project_from
from tests.analyzers.io.test_python_calls import refs_in, shown, task_of, with_dag

SETTINGS = """
import json, os
import pandas as pd
from dataclasses import dataclass
from airflow.models import Variable

@dataclass
class Place:
    bucket: str

PLACES = {"prod": Place("lake"), "dev": Place("lake-dev")}
ENV = os.getenv("STAGE", "prod")
FOLDER = "live" if ENV == "prod" else "trial"
TABLES = json.loads(Variable.get("tables", default_var='["orders", "items"]'))

def f():
    for table in TABLES:
        pd.read_csv(f"s3://{PLACES[ENV].bucket}/{FOLDER}/{table}.csv")
"""


def test_a_setting_that_decides_is_what_the_code_takes_where_nobody_sets_it() -> None:
    assert refs_in(SETTINGS) == [f"input object s3://lake/live/{name}.csv likely s3" for name in ("orders", "items")]


def test_a_setting_that_decides_is_what_the_user_says() -> None:
    analyzer = CallableAnalyzer(project_from({"dag.py": SETTINGS}))
    task = task_of(analyzer, "dag.py", "f")
    config = Config(env={"STAGE": "dev"}, variables={"tables": '["users"]'})
    (dag,) = with_dag(analyzer.project, task).dags
    found = python_io(task, task_code(dag, analyzer, Folder("/nowhere"), config))
    assert [shown(ref) for ref in found.refs] == ["input object s3://lake-dev/trial/users.csv likely s3"]


def test_one_setting_may_be_the_default_of_another() -> None:
    code = """
import os
import pandas as pd
from airflow.models import Variable
STAGE = os.environ.get("STAGE") or Variable.get("stage", default_var="prod")
FOLDER = "live" if STAGE == "prod" else "trial"
def f():
    pd.read_csv(f"s3://lake-{STAGE}/{FOLDER}/x.csv")
"""
    assert refs_in(code) == ["input object s3://lake-{var:stage}/live/x.csv likely s3"]


def test_paths_in_the_sql_of_hive_are_in_its_store_unless_they_are_local() -> None:
    code = """
from airflow.providers.apache.hive.hooks.hive import HiveCliHook
def f():
    HiveCliHook("hive").run_cli("LOAD DATA INPATH '/raw/x' INTO TABLE a.x")
    HiveCliHook("hive").run_cli("LOAD DATA LOCAL INPATH '/srv/y' INTO TABLE a.y")
"""
    assert refs_in(code)[:2] == ["input object hdfs:///raw/x likely hdfs", "output table a.x likely hive hive"]
    assert refs_in(code)[2] == "input file /srv/y likely"


def test_a_default_for_peoples_own_machines_decides_nothing() -> None:
    code = """
import os
import pandas as pd
PATH = "/tmp/x.csv" if os.getenv("STAGE", "local") == "local" else "s3://lake/x.csv"
def f():
    pd.read_csv(PATH)
"""
    assert refs_in(code) == ["input file /tmp/x.csv likely", "input object s3://lake/x.csv likely s3"]


def test_what_a_command_lists_on_another_machine_is_read_there() -> None:
    code = """
import os
from airflow.providers.ssh.hooks.ssh import SSHHook
def f(ds):
    with SSHHook(ssh_conn_id="mediation").get_conn() as client:
        _, out, _ = client.exec_command(f"ls -1 /export/{ds}/*.gz")
        for path in [line.strip() for line in out.readlines()]:
            client.open_sftp().get(path, os.path.join("/srv/in", os.path.basename(path)))
"""
    assert refs_in(code)[0] == "input object sftp://{conn:mediation}/export/{{ ds }}/*.gz likely sftp"


def test_pairs_of_the_keys_of_a_table_of_settings() -> None:
    code = """
import itertools
import pandas as pd
GRID = {"depth": [1, 2], "kind": ["a", "b"]}
def f():
    for one in [dict(zip(GRID, values)) for values in itertools.product(*GRID.values())]:
        pd.read_csv(f"/in/{one['kind']}_{one['depth']}.csv")
"""
    assert refs_in(code) == [f"input file /in/{kind}_{depth}.csv likely" for depth in (1, 2) for kind in "ab"]


def test_parts_of_the_runs_date_are_dates() -> None:
    code = """
import pandas as pd
def f(ds, data_interval_start=None):
    pd.read_csv("/in/%s.csv" % ds[:7])
    pd.read_csv(f"/in/FY{int(ds[2:4]) + 1}.csv")
    pd.read_csv(f"/in/{data_interval_start.subtract(months=1).format('YYYY-MM')}/{data_interval_start:%Y/%m}.csv")
"""
    month, year, before = refs_in(code)
    assert month == "input file /in/{{ ds[:7] }}.csv likely"
    assert year == "input file /in/FY{{ ds[2:4] | int + 1 }}.csv likely"
    dates = "{{ data_interval_start.subtract(months=1).format('YYYY-MM') }}/{{ data_interval_start.strftime('%Y/%m') }}"
    assert before == f"input file /in/{dates}.csv likely"
