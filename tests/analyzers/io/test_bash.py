"""Files in shell commands."""

from pathlib import Path

import pytest

from migrator.model.assets import Confidence
from migrator.model.values import Symbolic, Text
from tests.analyzers.io.builders import bash_task, io_of, refs_of


@pytest.mark.parametrize(
    ("command", "reads", "writes"),
    [
        ("sort < /in/a.csv > /out/b.csv", ["/in/a.csv"], ["/out/b.csv"]),
        ("cp -f /a/x.csv /b/", ["/a/x.csv"], ["/b/x.csv"]),
        ("mv /a/x.csv /a/y.csv /b", ["/a/x.csv", "/a/y.csv"], ["/b/x.csv", "/b/y.csv"]),
        ("aws s3 cp /a/x.csv s3://b/{{ ds }}/ --acl private", ["/a/x.csv"], ["s3://b/{{ ds }}/x.csv"]),
        ("aws s3 sync s3://b/raw /data/raw", ["s3://b/raw"], ["/data/raw"]),
        ("gsutil -m cp gs://b/x /data/x", ["gs://b/x"], ["/data/x"]),
        ("gcloud storage cp /data/x gs://b/x", ["/data/x"], ["gs://b/x"]),
        ("curl -s -o /data/x.json https://api.example/x?key=1", ["https://api.example/x"], ["/data/x.json"]),
        ("wget -O - https://api.example/x | gzip > /data/x.gz", ["https://api.example/x"], ["/data/x.gz"]),
        ("cd /data && cat a.csv b.csv > c.csv", ["/data/a.csv", "/data/b.csv"], ["/data/c.csv"]),
        ("make > /tmp/x && cp /tmp/x /data/x && rm /tmp/x", [], ["/data/x"]),
        # Nothing is made up for what only the program knows, nor for files that go with the run's temporary folder.
        ("dbt run --select staging", [], []),
        ("python train.py > train.txt", [], []),
        ("ls /data > /dev/null 2> /data/errors", [], []),
        ("./job >> /var/log/job.log", [], []),
        ("cp /data/*.csv /x/$(date +%F).csv", [], []),
        ("cat <<EOF > /x\nhello\nEOF", [], ["/x"]),
    ],
)
def test_commands(command: str, reads: list[str], writes: list[str]) -> None:
    assert io_of(bash_task(command)) == (reads, writes)


def test_environment_and_folder() -> None:
    root = Symbolic("env", "os.environ['DATA']", name="DATA")
    command = "cp $RAW/x_{{ ds }}.csv {{ params.out }}/ && cp y.csv $OTHER"
    one = bash_task(command, env={"RAW": Text((root, "/raw"))}, params={"out": "/out"}, cwd="/work")
    assert io_of(one) == (["/work/y.csv", "{env:DATA}/raw/x_{{ ds }}.csv"], ["/out/x_{{ ds }}.csv", "{env:OTHER}"])
    assert {ref.confidence for ref in refs_of(one)} == {Confidence.LIKELY}


def test_a_script_file(tmp_path: Path) -> None:
    (tmp_path / "load.sh").write_text("cp /a /b\n", encoding="utf-8")
    (ref,) = [ref for ref in refs_of(bash_task("load.sh"), tmp_path) if ref.name == "/b"]
    assert ref.evidence.span.file == "load.sh"
