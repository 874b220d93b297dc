"""Files in shell commands."""

from dataclasses import replace
from pathlib import Path

import pytest

from migrator.model.assets import Confidence, Direction
from migrator.model.values import Symbolic, Text
from tests.analyzers.io.builders import bash_task, dag, inferred, io_of, refs_of


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
        (
            "mongodump --uri mongodb://u@mongo:27017/shop?tls=true --collection orders --archive=/backup/o.gz",
            ["shop.orders"],
            ["/backup/o.gz"],
        ),
        # Nothing is made up for what only the program knows, nor for files that go with the run's temporary folder.
        ("dbt run --select staging", [], []),
        ("python train.py > train.txt", [], []),
        ("ls /data > /dev/null 2> /data/errors", [], []),
        ("./job >> /var/log/job.log", [], []),
        ("cp /data/*.csv $(date +%F).csv; cp /data/a.csv /$(date +%F).csv", ["/data/*.csv", "/data/a.csv"], []),
        ("cp /data/*.csv /x/$(date +%F).csv", ["/data/*.csv"], ["/x/{?}.csv"]),
        ("gzip -c /in/a.csv > /out/$(basename /in/a.csv .csv).gz", ["/in/a.csv"], ["/out/a.gz"]),
        ("cat <<EOF > /x\nhello\nEOF", [], ["/x"]),
    ],
)
def test_commands(command: str, reads: list[str], writes: list[str]) -> None:
    assert io_of(bash_task(command)) == (reads, writes)


@pytest.mark.parametrize(
    ("command", "reads", "writes"),
    [
        ("psql -h h -c 'insert into mart.a select * from raw.b'", ["raw.b"], ["mart.a"]),
        ("psql <<EOF\ncreate table c as select 1 from d;\nEOF", ["d"], ["c"]),
        ("echo 'truncate t' | mysql -u me db", [], ["db.t"]),
        ('snowsql -q "insert into {{ params.t }} select 1 from x"', ["x"], ["orders"]),
        ("echo 'insert into :schema.a select 1::int from raw.b' | psql -v schema=mart", ["raw.b"], ["mart.a"]),
        ("beeline --hivevar db=mart -e 'insert into table ${hivevar:db}.a select * from raw.b'", ["raw.b"], ["mart.a"]),
        ("impala-shell --var=db=mart -q 'insert into ${var:db}.a select * from raw.b'", ["raw.b"], ["mart.a"]),
        ("duckdb w.duckdb \"copy (select * from e) to '/out/e.parquet'\"", ["e"], ["/out/e.parquet"]),
        ("bq load --autodetect p:d.t gs://b/x.csv", ["gs://b/x.csv"], ["p.d.t"]),
        ("bq query --destination_table d.t 'select * from d.s'", ["d.s"], ["d.t"]),
        ("bq extract d.t gs://b/x.csv", ["d.t"], ["gs://b/x.csv"]),
        ("pg_dump -t orders -f /out/dump.sql.gz db", ["orders"], ["/out/dump.sql.gz"]),
        ("hdfs dfs -put /in/a.csv /lake/a.csv", ["/in/a.csv"], ["hdfs:///lake/a.csv"]),
        ("tar czf /out/a.tgz -C /in data", ["/in/data"], ["/out/a.tgz"]),
        ("gunzip -c /in/a.gz > /out/a", ["/in/a.gz"], ["/out/a"]),
        ("scp me@host:/x/a.csv /in/", ["sftp://host/x/a.csv"], ["/in/a.csv"]),
        ("curl -X POST -d @x https://hooks.example/x", [], []),
        ("bash -c 'cp /a.csv /b.csv'", ["/a.csv"], ["/b.csv"]),
        ("docker run -v /a:/b image cp /x.csv s3://b/x.csv", [], ["s3://b/x.csv"]),
        ("docker run --rm -v /srv/ml:/b -v vol:/c image cp /b/x.csv /c/x.csv", ["/srv/ml/x.csv"], []),
        ("docker run -v /srv:/b image fit --input /b/x.csv --model-out /m.pkl", ["/srv/x.csv"], []),
        ("mysql -e 'select a from shop.t' | psql -c 'copy shop.t from stdin'", ["shop.t"], ["shop.t"]),
        ("ogr2ogr -f GeoJSON /out/x.geojson PG:'host=h' -sql 'select * from geo.x'", ["geo.x"], ["/out/x.geojson"]),
        ("psql -qAtc 'copy (select * from a.b) to stdout' > /out/b.csv", ["a.b"], ["/out/b.csv"]),
        ("cdo -O ymonmean /in/all.nc /out/mean.nc", ["/in/all.nc"], ["/out/mean.nc"]),
        ("gdal2tiles.py -z 0-6 /in/a.tif /out/tiles", ["/in/a.tif"], ["/out/tiles"]),
        ("huggingface-cli upload acme/m /out/m.pkl", ["/out/m.pkl"], ["acme/m"]),
        ("gcloud storage cp -r /out/day gs://b", ["/out/day"], ["gs://b/day"]),
        ("gsutil -m cp -r /out/day gs://b/days/x", ["/out/day"], ["gs://b/days/x"]),
        ("snowsql -d P -s R -q 'PUT file:///x.csv @%T; COPY INTO T FROM @%T'", ["/x.csv"], ["P.R.T"]),
        ("sqoop import --connect jdbc:mysql://h/app --table t --hive-table o.t", ["app.t"], ["o.t"]),
        ("zstd -q /in/a.csv -o /out/a.zst", ["/in/a.csv"], ["/out/a.zst"]),
        ("zstd /in/a.csv", ["/in/a.csv"], ["/in/a.csv.zst"]),
        ("tippecanoe -o /out/x.mbtiles -zg /in/x.geojson", ["/in/x.geojson"], ["/out/x.mbtiles"]),
        ("aws s3 cp - s3://bucket/", [], []),
        (
            "cat ids | xargs -I {} curl https://api.example/{}.json > /out/x",
            ["https://api.example/{?}.json"],
            ["/out/x"],
        ),
        ("az storage blob upload -c box -n a.csv -f /in/a.csv", ["/in/a.csv"], ["abfs://box/a.csv"]),
        ("echo hello; mkdir -p /x; chmod 600 /y; sleep 3", [], []),
    ],
)
def test_programs(command: str, reads: list[str], writes: list[str]) -> None:
    found = io_of(bash_task(command, params={"t": "orders"}))
    assert (sorted(found[0]), sorted(found[1])) == (sorted(reads), sorted(writes))


def test_scratch_files_between_a_command_and_its_script(tmp_path: Path) -> None:
    (tmp_path / "index.py").write_text(
        "import sys\nif __name__ == '__main__':\n    import pandas as pd\n    import faiss\n"
        "    faiss.write_index(pd.read_parquet(sys.argv[1]), sys.argv[2])\n",
        encoding="utf-8",
    )
    command = (
        "aws s3 cp s3://lake/x.parquet /tmp/x.parquet && python /opt/jobs/index.py /tmp/x.parquet /tmp/x.faiss"
        " && aws s3 cp /tmp/x.faiss s3://serving/x.faiss"
    )
    assert io_of(bash_task(command), tmp_path) == (["s3://lake/x.parquet"], ["s3://serving/x.faiss"])


def test_a_scratch_file_is_data_where_another_task_reads_it_or_nothing_else_is_made() -> None:
    both = "head /in/x > /tmp/x; cp /in/y /out/y"
    assert io_of(bash_task(both)) == (["/in/x", "/in/y"], ["/out/y"])
    assert io_of(bash_task("head /in/x > /tmp/x")) == (["/in/x"], ["/tmp/x"])
    other = replace(bash_task("cp /tmp/x /out/x"), task_id="other")
    first, _ = inferred(dag(bash_task(both), other)).dags[0].tasks
    assert [ref.name for ref in first.refs if ref.direction is Direction.OUTPUT] == ["/out/y", "/tmp/x"]


def test_what_a_command_unpacks_into_a_folder_is_its_own() -> None:
    command = "unzip -o /in/a.zip -d /data/a/ && mv /data/a/A.shp /data/a/a.shp"
    assert io_of(bash_task(command)) == (["/in/a.zip"], ["/data/a", "/data/a/a.shp"])


def test_a_python_script_that_a_command_runs(tmp_path: Path) -> None:
    (tmp_path / "etl").mkdir()
    (tmp_path / "etl" / "run.py").write_text(
        "import sys, argparse\nimport pandas as pd\n"
        "def main(args):\n    pd.read_csv(args.source).to_parquet(f's3://lake/{args.day}.parquet')\n"
        "if __name__ == '__main__':\n    parser = argparse.ArgumentParser()\n"
        "    parser.add_argument('source')\n    parser.add_argument('--day', '-d')\n    main(parser.parse_args())\n",
        encoding="utf-8",
    )
    command = "cd /opt/airflow && poetry run python etl/run.py /data/in.csv --day {{ ds }}"
    assert io_of(bash_task(command), tmp_path) == (["/data/in.csv"], ["s3://lake/{{ ds }}.parquet"])
    (ref, _) = refs_of(bash_task(command), tmp_path)
    assert ref.evidence.span.file == "etl/run.py"


CLICK = """
import click, pandas as pd
@click.group()
@click.option("--env", default="dev")
def cli(env): ...
@cli.command()
@click.option("--in", "-i", "source")
@click.option("--out", default="/def.csv")
def load_orders(source, out):
    pd.read_csv(source).to_csv(out)
@click.command("swap")
@click.argument("source")
@click.argument("target")
def swap_cmd(source, target):
    pd.read_csv(source).to_csv(target)
cli.add_command(swap_cmd)
if __name__ == "__main__":
    cli(obj={})
"""
TYPER = """
from pathlib import Path
from typing import Annotated
import typer, pandas as pd
app = typer.Typer()
@app.command()
def score(source: Path, out: Annotated[Path, typer.Option("--out", "-o")] = Path("/def")):
    pd.read_csv(source).to_csv(out / f"{source.stem}_scored.csv")
@app.command("fit")
def train(source: str, model: str = typer.Option("/def.csv")):
    pd.read_csv(source).to_csv(model)
if __name__ == "__main__":
    app()
"""
FIRE = """
import fire, shutil
def copy(source, target="/def.csv"):
    shutil.copy(source, target)
if __name__ == "__main__":
    fire.Fire({"copy": copy})
"""
RUN = FIRE.replace("import fire", "import typer").replace('fire.Fire({"copy": copy})', "typer.run(copy)")


@pytest.mark.parametrize(
    ("script", "words", "reads", "writes"),
    [
        (CLICK, "--env prod load-orders -i /a.csv", "/a.csv", "/def.csv"),
        (CLICK, "load-orders --in=/a.csv --out /b.csv", "/a.csv", "/b.csv"),
        (CLICK, "swap /a.csv /b.csv", "/a.csv", "/b.csv"),
        (TYPER, "score /in/a.csv", "/in/a.csv", "/def/a_scored.csv"),
        (TYPER, "score /in/a.csv -o /out", "/in/a.csv", "/out/a_scored.csv"),
        (TYPER, "fit /a.csv --model /b.csv", "/a.csv", "/b.csv"),
        (FIRE, "copy --source /a.csv --target=/b.csv", "/a.csv", "/b.csv"),
        (FIRE, "copy /a.csv", "/a.csv", "/def.csv"),
        (RUN, "/a.csv --target /b.csv", "/a.csv", "/b.csv"),
    ],
)
def test_command_lines_of_scripts(script: str, words: str, reads: str, writes: str, tmp_path: Path) -> None:
    (tmp_path / "etl").mkdir()
    (tmp_path / "etl" / "cli.py").write_text(script, encoding="utf-8")
    command = f"cd {{{{ var.value.home }}}} && python -m etl.cli {words}"
    assert io_of(bash_task(command), tmp_path) == ([reads], [writes])


def test_sql_files_and_scripts_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "load.sql").write_text("insert into mart.a select * from raw.b", encoding="utf-8")
    (tmp_path / "run.sh").write_text("psql -f /opt/jobs/load.sql\ncp $1 /done/\n", encoding="utf-8")
    assert io_of(bash_task("bash /opt/jobs/run.sh /in/x.csv"), tmp_path) == (
        ["/in/x.csv", "raw.b"],
        ["/done/x.csv", "mart.a"],
    )


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


def test_what_is_no_valid_shell_is_told_and_what_stands_before_it_is_read() -> None:
    done = inferred(dag(bash_task("cp /a /b\ncp '/c /d\n")))
    (finding,) = [one for one in done.diagnostics if one.code == "MIG413"]
    assert "line 2" in finding.message
    assert [ref.name for ref in done.tasks()[0].refs] == ["/a", "/b"]
    fine = "cat <<EOF > /x\nit's\nEOF\n{% if params.all %}cp /a /b{% endif %}"
    assert not [one for one in inferred(dag(bash_task(fine))).diagnostics if one.code == "MIG413"]
