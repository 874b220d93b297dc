"""The formatter's and linter's part in generated code: ruff, once for the whole project, with a configuration of our own."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import tempfile
from collections.abc import Iterable, Mapping
from itertools import product
from pathlib import Path

from migrator.diagnostics import CATALOGUE, MigratorError
from migrator.model.frozen import dataclass
from migrator.model.source import lines_of

_LENGTHS = (100, 120, 110, 88, 80)
"""Line lengths that teams use, ours first."""
_SAMPLE_FILES, _SAMPLE_SIZE = 60, 200_000
"""So many files, none longer than this, say how a team formats its code."""


@dataclass(frozen=True, slots=True)
class Style:
    """How the team formats its own code, and so the project that this code moves to."""

    line_length: int = 100
    quotes: str = "double"

    def settings(self) -> str:
        """The configuration that both the formatter here and the project's own pyproject.toml hold."""
        lines = [f"line-length = {self.line_length}"]
        if self.quotes != "double":
            lines += ["", "[format]", f'quote-style = "{self.quotes}"']
        return "\n".join(lines)


def find_style(sources: Iterable[str]) -> Style:
    """The style under which most of these files are formatted already; the default where they are under none."""
    texts = [text for text in sources if text.strip() and len(text) <= _SAMPLE_SIZE][:_SAMPLE_FILES]
    best, most = Style(), 0
    with tempfile.TemporaryDirectory(prefix="style-") as folder:
        _write(folder, {f"file_{number}.py": text for number, text in enumerate(texts)})
        for quotes, length in product(("double", "preserve"), _LENGTHS):
            if most == len(texts):
                break
            style = Style(length, quotes)
            formatted = len(texts) - len(_not_formatted(folder, style))
            if formatted > most:
                best, most = style, formatted
    return best


def format_python(files: Mapping[str, str], style: Style, first_party: Iterable[str]) -> dict[str, str]:
    """The files with unused imports removed, imports sorted and all formatted.

    Raises MigratorError (MIG504) if one of them is no valid Python.
    """
    for path in sorted(files):
        try:
            ast.parse(files[path])
        except (SyntaxError, ValueError) as error:
            number = getattr(error, "lineno", None) or 1
            line = lines_of(files[path])[number - 1 : number] or [""]
            message = f"`{path}` is not valid: {error}: `{line[0].strip()}`"
            raise MigratorError("MIG504", message, CATALOGUE["MIG504"].remedy) from error
    if not files:
        return {}
    with tempfile.TemporaryDirectory(prefix="project-") as folder:
        _write(folder, files)
        _ruff(folder, style, "check", "--fix-only", "--select", "I,F401", ".", extra=_isort(first_party))
        _ruff(folder, style, "format", ".")
        return {path: Path(folder, path).read_bytes().decode("utf-8") for path in sorted(files)}


def lint(files: Mapping[str, str], style: Style, first_party: Iterable[str]) -> dict[str, list[str]]:
    """Codes of ruff's default rules that each file breaks; `format` where it is not formatted."""
    found: dict[str, set[str]] = {}
    if not files:
        return {}
    with tempfile.TemporaryDirectory(prefix="lint-") as folder:
        _write(folder, files)
        root = Path(folder).resolve()
        for finding in json.loads(
            _ruff(folder, style, "check", "--output-format", "json", ".", extra=_isort(first_party)) or "[]"
        ):
            path = Path(finding["filename"]).resolve().relative_to(root).as_posix()
            found.setdefault(path, set()).add(finding["code"] or "syntax")
        for path in _not_formatted(folder, style):
            found.setdefault(path, set()).add("format")
    return {path: sorted(codes) for path, codes in sorted(found.items())}


def undefined_names(files: Mapping[str, str]) -> dict[str, set[str]]:
    """The names that each file uses and nothing in it binds, of those that do so."""
    found: dict[str, set[str]] = {}
    if not files:
        return found
    with tempfile.TemporaryDirectory(prefix="names-") as folder:
        _write(folder, files)
        root = Path(folder).resolve()
        output = _ruff(folder, Style(), "check", "--select", "F821", "--output-format", "json", ".")
        for finding in json.loads(output or "[]"):
            path = Path(finding["filename"]).resolve().relative_to(root).as_posix()
            name = re.search(r"`(.+)`", finding["message"])
            if finding["code"] == "F821" and name:
                found.setdefault(path, set()).add(name[1])
    return found


def _isort(first_party: Iterable[str]) -> str:
    """The configuration that tells the project's own packages from libraries."""
    names = ", ".join(f'"{name}"' for name in sorted(set(first_party)))
    return f"\n[lint.isort]\nknown-first-party = [{names}]\n"


def _not_formatted(folder: str, style: Style) -> set[str]:
    """The files in the folder that the formatter would change, or cannot read."""
    said = _ruff(folder, style, "format", "--check", "--output-format", "concise", ".")
    return {path.replace("\\", "/") for path in re.findall(r"^(.+?):\d+:\d+: [\w-]+: ", said, re.MULTILINE)}


def _write(folder: str, files: Mapping[str, str]) -> None:
    for path, text in files.items():
        target = Path(folder, path)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(text.encode("utf-8"))


def _ruff(folder: str, style: Style, *arguments: str, extra: str = "") -> str:
    """What ruff says about a folder, under our configuration alone."""
    from ruff import find_ruff_bin  # type: ignore[import-untyped]

    config = Path(folder, ".ruff-settings.toml")
    config.write_text(f'target-version = "py310"\n{style.settings()}\n{extra}', encoding="utf-8")
    command = [find_ruff_bin(), arguments[0], "--config", str(config), "--no-cache", *arguments[1:]]
    done = subprocess.run(
        command, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, encoding="utf-8", check=False
    )
    return done.stdout + done.stderr if arguments[0] == "format" else done.stdout
