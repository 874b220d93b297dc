"""The system tests in the sdists of Airflow's providers, as one folder.

`requirements-providers.txt` pins the providers (and, for the environment in which Airflow loads the files, all that they need).
The tests import a few helpers that are only in Airflow's own repository: `stand_ins/` has what is needed of them.
"""

from __future__ import annotations

import hashlib
import importlib.util
import re
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

REQUIREMENTS = Path(__file__).with_name("requirements-providers.txt")
STAND_INS = Path(__file__).with_name("stand_ins")
_PROVIDER = re.compile(r"^apache-airflow-providers-\S+==\S+$", re.MULTILINE)


def system_tests(kept: Path) -> Path:
    """The folder below `kept` with all providers' `tests/system`; made when it is not there yet or of other versions."""
    stand_ins = sorted(STAND_INS.rglob("*.py"))
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in (REQUIREMENTS, *stand_ins))).hexdigest()[:12]
    folder = kept / f"providers-{digest}"
    if not folder.exists():
        sdists = kept / "sdists"
        sdists.mkdir(parents=True, exist_ok=True)
        providers = _PROVIDER.findall(REQUIREMENTS.read_text())
        download(providers, sdists)
        part = Path(f"{folder}.part")
        shutil.rmtree(part, ignore_errors=True)
        for provider in providers:
            unpack(sdists / sdist_name(provider), part)
        shutil.copytree(STAND_INS, part, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
        part.rename(folder)
    return folder


def sdist_name(requirement: str) -> str:
    """`apache-airflow-providers-http==6.3.0` -> `apache_airflow_providers_http-6.3.0.tar.gz`."""
    name, _, version = requirement.partition("==")
    return f"{name.replace('-', '_')}-{version}.tar.gz"


def download(requirements: list[str], folder: Path) -> None:
    """Those sdists that are not there yet, through pip.

    pip asks what built each for its name and version. Where that is installed (all have the same), it need not be put in an environment anew each
    time, which takes minutes.
    """
    missing = [requirement for requirement in requirements if not (folder / sdist_name(requirement)).exists()]
    if missing:
        here = importlib.util.find_spec("pip") is not None
        pip = [sys.executable, "-m", "pip"] if here else ["pip"]
        options = ["--quiet", "--no-deps", "--no-binary", ":all:", "--dest", str(folder)]
        options += ["--no-build-isolation"] if here and importlib.util.find_spec("flit_core") else []
        subprocess.run([*pip, "download", *options, *missing], check=True, stdin=subprocess.DEVNULL)


def unpack(sdist: Path, target: Path) -> None:
    """What stands below `tests/` under `tests/system/`: a plain file each, nothing outside the target."""
    with tarfile.open(sdist) as archive:
        for member in archive:
            parts = Path(member.name).parts[1:]
            content = archive.extractfile(member) if member.isfile() else None
            if parts[:2] == ("tests", "system") and ".." not in parts and content is not None:
                file = target.joinpath(*parts[1:])
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(content.read())
