"""Files of Drive and models of Gemini: what operators become, and what the generated class asks."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import dagster as dg
import pytest
import requests

from migrator.codegen.resources.services import service_source
from migrator.model.bodies import UseResource
from migrator.model.values import ObjectValue
from migrator.operators.rule import Untranslatable
from tests.operators.fake import lower, make_task
from tests.operators.test_services import service, stand_in

GOOGLE = "airflow.providers.google."
TO_DRIVE = GOOGLE + "suite.transfers.gcs_to_gdrive.GCSToGoogleDriveOperator"
GEMINI = GOOGLE + "cloud.operators.gen_ai.GenAIGenerateContentOperator"
FILES = "https://www.googleapis.com/drive/v3/files"
UPLOAD = "https://www.googleapis.com/upload/drive/v3/files"


def asked(operator: str, **arguments: Any) -> tuple[str, dict[str, Any]]:
    body = lower(make_task(operator, arguments))[0].body
    assert isinstance(body, UseResource)
    return body.method, dict(body.arguments)


def test_what_goes_to_drive() -> None:
    place = {"source_bucket": "lake", "destination_folder_id": "1aB"}
    assert asked(TO_DRIVE, **place, source_object="a/*.csv", move_object=True) == (
        "gcs_to_drive",
        {"bucket": "lake", "folder": "1aB", "source": "a/*.csv", "move": True},
    )
    assert asked(TO_DRIVE, **place, source_object="a.csv", destination_object="b.csv")[1]["target"] == "b.csv"
    with pytest.raises(Untranslatable):
        asked(TO_DRIVE, **place, source_object="a.csv")


def test_what_gemini_is_asked() -> None:
    config = ObjectValue("google.genai.types.GenerateContentConfig", kwargs={"temperature": 0.5})
    given = {"project_id": "p", "location": "eu", "model": "m", "contents": ["say"]}
    wanted = {"model": "m", "location": "eu", "project": "p", "contents": ["say"], "config": {"temperature": 0.5}}
    assert asked(GEMINI, **given, generation_config=config) == ("generate_text", wanted)
    with pytest.raises(Untranslatable):
        asked(GEMINI, **given, generation_config=ObjectValue("team.Config"))


class Drive:
    """Files of Drive by their names, and what is asked of it."""

    def __init__(self, **files: list[str]) -> None:
        self.files, self.asked, self.sent = files, list[Any](), list[tuple[str, bytes]]()

    def send(self, method: str, url: str, **options: Any) -> dict[str, Any]:
        self.asked.append((method, options["params"], options.get("json")))
        if method == "POST":
            return {"id": f"new-{options['json']['name']}"}
        name = options["params"]["q"].partition("name")[2].split("'")[1]
        return {"files": [{"id": found} for found in self.files.get(name, [])]}

    def get(self, url: str, **options: Any) -> Any:
        return _Answer(parts=[b"a,", b"b"])

    def post(self, url: str, params: Any, headers: Any, json: Any) -> Any:
        assert url == UPLOAD and params["uploadType"] == "resumable"
        self.asked.append((headers["X-Upload-Content-Type"], json["name"], json["parents"]))
        return _Answer(headers={"Location": f"https://up/{json['name']}"})

    def put(self, url: str, data: Any) -> Any:
        self.sent.append((url, data.read()))
        return _Answer(body={"id": url.rpartition("/")[2]})


class _Answer:
    def __init__(self, parts: Any = (), headers: Any = None, body: Any = None) -> None:
        self.parts, self.headers, self.body = parts, headers, body

    def __enter__(self) -> _Answer:
        return self

    def __exit__(self, *given: object) -> None: ...

    def raise_for_status(self) -> None: ...

    def iter_content(self, size: int) -> Any:
        return self.parts

    def json(self) -> Any:
        return self.body


class Blob:
    def __init__(self, name: str, done: list[Any]) -> None:
        self.name, self.done = name, done

    def upload_from_filename(self, path: str) -> None:
        self.done.append((self.name, Path(path).read_bytes()))

    def download_to_filename(self, path: str) -> None:
        Path(path).write_text(self.name)

    def delete(self) -> None:
        self.done.append(("deleted", self.name))


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Any:
    names = ("drive_file_exists", "drive_to_gcs", "drive_to_file", "gcs_to_drive", "files_to_drive")
    found = service("google_cloud", *names)
    done: list[Any] = []
    drive = Drive(**{"it's": ["1", "0"], "out": ["7"]})
    bucket = SimpleNamespace(
        blob=lambda name: Blob(name, done),
        list_blobs=lambda prefix: [Blob(f"{prefix}{end}", done) for end in ("1.csv", "2.txt", "3.csv")],
    )
    stand_in(
        monkeypatch, google__cloud__storage={"Client": lambda project: SimpleNamespace(bucket=lambda name: bucket)}
    )
    monkeypatch.setattr(type(found), "_send", lambda self, *given, **options: drive.send(*given, **options))
    monkeypatch.setattr(type(found), "_session", lambda self, scope: drive)
    return SimpleNamespace(cloud=found, drive=drive, done=done)


def test_files_of_drive_are_found_and_fetched(cloud: Any, tmp_path: Path) -> None:
    cloud.drive.files["it\\"] = ["1"]  # how the stand-in cuts a name with a quote
    assert cloud.cloud.drive_file_exists("it's", "1aB") and not cloud.cloud.drive_file_exists("none", "1aB")
    assert cloud.drive.asked[0][1]["q"] == "name = 'it\\'s' and '1aB' in parents"
    assert cloud.cloud.drive_to_gcs("out", "", "lake", "a.csv", drive="d") == ["gs://lake/a.csv"]
    assert cloud.done == [("a.csv", b"a,b")]
    assert cloud.drive.asked[-1][1]["driveId"] == "d" and cloud.drive.asked[-1][1]["q"] == "name = 'out'"
    with pytest.raises(dg.Failure, match="there is no file none"):
        cloud.cloud.drive_to_file("none", "1aB", str(tmp_path / "file"))


def test_objects_and_files_go_to_drive(cloud: Any, tmp_path: Path) -> None:
    cloud.cloud.gcs_to_drive("lake", "in/*.csv", "out/new/", "1aB", move=True)
    assert cloud.drive.sent == [("https://up/1.csv", b"in/1.csv"), ("https://up/3.csv", b"in/3.csv")]
    assert cloud.done == [("deleted", "in/1.csv"), ("deleted", "in/3.csv")]
    kind, name, parents = cloud.drive.asked[3]
    assert (kind, name, parents) == ("application/octet-stream", "1.csv", ["new-new"])
    made = cloud.drive.asked[2]
    assert made[0] == "POST" and made[2]["parents"] == ["7"]
    cloud.cloud.gcs_to_drive("lake", "a.csv", "b.csv")
    assert cloud.drive.sent[-1] == ("https://up/b.csv", b"a.csv")
    (tmp_path / "c.csv").write_text("c")
    paths = [str(tmp_path / "c.csv"), str(tmp_path / "missing")]
    assert cloud.cloud.files_to_drive(paths, "out", missing_ok=True) == ["c.csv"]
    assert ("text/csv", "c.csv", ["7"]) in cloud.drive.asked
    with pytest.raises(dg.Failure, match="some files were not copied"):
        cloud.cloud.files_to_drive(paths, "out", move=True)
    assert not (tmp_path / "c.csv").exists()


def test_what_drive_refuses_is_no_missing_file(cloud: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: Any, *given: Any, **options: Any) -> None:
        raise requests.HTTPError("403")

    monkeypatch.setattr(type(cloud.cloud), "_send", refuse)
    with pytest.raises(requests.HTTPError):
        cloud.cloud.files_to_drive(["a"], "out", missing_ok=True)


def test_models_of_gemini(monkeypatch: pytest.MonkeyPatch) -> None:
    asked_for: list[Any] = []

    def client(**place: Any) -> Any:
        asked_for.append(place)
        models = SimpleNamespace(
            generate_content=lambda **given: asked_for.append(given) or SimpleNamespace(text="words"),
            count_tokens=lambda **given: SimpleNamespace(total_tokens=3),
        )
        return SimpleNamespace(models=models)

    stand_in(
        monkeypatch,
        google__genai={"Client": client},
        google__auth={"default": lambda **options: (None, "acme")},
    )
    cloud = service("google_cloud", "generate_text", "count_tokens")
    assert cloud.generate_text("m", ["say"], "eu", {"temperature": 0.5}) == "words"
    assert asked_for[0] == {"vertexai": True, "project": "acme", "location": "eu"}
    assert asked_for[1] == {"model": "m", "contents": ["say"], "config": {"temperature": 0.5}}
    assert cloud.count_tokens("m", ["say"], "eu", project="p") == 3
    assert "google-genai" in service_source("google_cloud", ("generate_text",)).packages
