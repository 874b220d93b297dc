"""What names of arguments and classes tell of operators that nobody listed, and what they do not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from migrator.config import Config
from migrator.model.assets import Confidence, Direction
from migrator.model.values import ObjectValue
from migrator.pipeline import analyze
from tests.analyzers.io.builders import io_of, refs_of, task

OWN = "plugins.operators"
SPARK = "SparkSubmitOperator", "airflow.providers.apache.spark.operators.spark_submit"
GLUE = "GlueJobOperator", "airflow.providers.amazon.aws.operators.glue"


@pytest.mark.parametrize(
    ("operator", "arguments", "reads", "writes"),
    [
        (
            "StageToRedshiftOperator",
            {"table": "songs", "s3_bucket": "lake", "s3_key": "song_data"},
            ["s3://lake/song_data"],
            ["songs"],
        ),
        (
            "PostgresToS3Operator",
            {"schema": "shop", "table": "orders", "bucket": "lake", "key": "orders.csv"},
            ["shop.orders"],
            ["s3://lake/orders.csv"],
        ),
        ("LoadFactOperator", {"table": "songplays"}, [], ["songplays"]),
        ("Anything", {"source_table": "a.b", "destination_table": "c.d"}, ["a.b"], ["c.d"]),
        ("Anything", {"destination_dataset_table": "p:d.t", "output_path": "out/x.csv"}, [], ["out/x.csv", "p.d.t"]),
        ("Anything", {"input_uri": "s3://lake/a"}, ["s3://lake/a"], []),
        # No direction, no data, or too little to tell.
        ("Anything", {"table": "orders", "bucket": "lake", "key": "a", "path": "/a/b"}, [], []),
        ("Anything", {"source": "crm", "output": "json", "target": "prod", "output_file": "report"}, [], []),
        ("Anything", {"source_code_path": "/a/b.py", "output_table": "select 1 from x"}, [], []),
        ("Anything", {"output_path": "{{ dag_run.conf['x'] }}/a.csv"}, [], []),
        ("S3ToS3Operator", {"bucket": "lake", "key": "a"}, [], []),
    ],
)
def test_operators_that_nobody_listed(
    operator: str, arguments: dict[str, Any], reads: list[str], writes: list[str]
) -> None:
    one = task("t", (operator, OWN), arguments=arguments)
    assert io_of(one) == (reads, writes)
    assert all(ref.confidence is Confidence.LIKELY for ref in refs_of(one))


@pytest.mark.parametrize(
    ("words", "reads", "writes"),
    [
        (["--input", "s3://lake/in", "--output=s3://lake/out"], ["s3://lake/in"], ["s3://lake/out"]),
        (["--input-path", "/in/{{ ds }}", "--outputTable", "mart.orders"], ["/in/{{ ds }}"], ["mart.orders"]),
        (["--date", "2024-01-01", "--mode", "s3://lake/x", "s3://lake/y"], [], []),
        (["--input", "--output"], [], []),
        (["--in", "/data/a.csv", "--out", "/data/b.csv"], ["/data/a.csv"], ["/data/b.csv"]),
        (["--in", "a.csv", "--out", "yes/no maybe"], [], []),
        (
            ["--train", "s3://lake/t.parquet", "--valid=/v.csv", "--eval", "weekly"],
            ["/v.csv", "s3://lake/t.parquet"],
            [],
        ),
        (["--train", "fast/slow", "--test", "s3://lake/t.parquet"], [], []),
        (
            ["--features-in", "s3://lake/f", "--model-out", "/m.pkl", "--log-output", "/l.txt"],
            ["s3://lake/f"],
            ["/m.pkl"],
        ),
    ],
)
def test_words_of_a_command_line(words: list[str], reads: list[str], writes: list[str]) -> None:
    assert io_of(task("t", SPARK, arguments={"application_args": words})) == (reads, writes)


def test_folders_of_the_host_in_a_container() -> None:
    docker = "DockerOperator", "airflow.providers.docker.operators.docker"
    mount = ObjectValue("docker.types.Mount", (), {"source": "/srv/ml", "target": "/data", "type": "bind"})
    volume = ObjectValue("docker.types.Mount", (), {"source": "cache", "target": "/cache", "type": "volume"})
    command = ["fit", "--input", "/data/x.csv", "--output-path", "/mine.pkl", "--report-output", "/data/r.html"]
    one = task("t", docker, arguments={"command": command, "mounts": [mount, volume]})
    assert [(ref.name, ref.stands_for) for ref in refs_of(one)] == [
        ("/data/x.csv", "/srv/ml/x.csv"),
        ("/data/r.html", "/srv/ml/r.html"),
        ("/mine.pkl", None),
    ]
    copies = {"command": "cp /data/x.csv /cache/y.csv", "volumes": ["/srv/ml:/data:ro", "vol:/cache"]}
    assert [(ref.name, ref.stands_for) for ref in refs_of(task("t", docker, arguments=copies))] == [
        ("/data/x.csv", "/srv/ml/x.csv")
    ]


def test_a_folder_that_a_containers_command_names_is_one_thing() -> None:
    docker = "DockerOperator", "airflow.providers.docker.operators.docker"
    one = task("t", docker, arguments={"command": "scrape --zone nl --out /data/prices/nl/"})
    assert io_of(one) == ([], ["/data/prices/nl"])


def test_parameters_in_a_dict() -> None:
    arguments = {"script_args": {"--source_path": "s3://lake/in", "--TempDir": "s3://tmp/x", "--target_table": "a.b"}}
    assert io_of(task("t", GLUE, arguments=arguments)) == (["s3://lake/in"], ["a.b"])


def test_words_of_each_element_of_a_mapped_task() -> None:
    pod = "KubernetesPodOperator", "airflow.providers.cncf.kubernetes.operators.pod"
    rows = [["--in", "s3://lake/x.csv", "--out", f"s3://lake/{number}.csv"] for number in (1, 2)]
    one = task("t", pod, expand={"arguments": rows}, mapped=True)
    assert io_of(one) == (["s3://lake/x.csv"], ["s3://lake/1.csv", "s3://lake/2.csv"])


COPYING = """\
import subprocess
from datetime import datetime
from airflow import DAG
from airflow.models import BaseOperator

class FileToHiveOperator(BaseOperator):
    def __init__(self, path, hive_table, hive_cli_conn_id, **kwargs):
        super().__init__(**kwargs)
        self.path, self.hive_table, self.hive_cli_conn_id = path, hive_table, hive_cli_conn_id

    def execute(self, context):
        subprocess.run(["hdfs", "dfs", "-put", self.path, f"/user/etl/{FOLDER}"], check=True)
        load(self.hive_table)

with DAG("loads", start_date=datetime(2026, 1, 1)):
    FileToHiveOperator(task_id="load", path="/in/orders.csv", hive_table="orders", hive_cli_conn_id="staging")
"""


@pytest.mark.parametrize(
    ("folder", "written"),
    [("{self.hive_table}", ["orders"]), ("incoming", ["hdfs:///user/etl/incoming", "orders"])],
)
def test_a_table_that_the_class_names_is_written_beside_what_its_code_tells(
    tmp_path: Path, folder: str, written: list[str]
) -> None:
    (tmp_path / "loads.py").write_text(COPYING.replace("{FOLDER}", folder))
    (task,) = analyze(tmp_path, Config()).project.tasks()
    assert sorted(ref.name for ref in task.refs if ref.direction is Direction.OUTPUT) == written
