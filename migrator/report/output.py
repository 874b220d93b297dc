"""Rendering a report in a format, and writing it: completely or not at all."""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
import tempfile
from pathlib import Path
from typing import TextIO

from migrator.diagnostics import MigratorError
from migrator.report import Analysis


def render(analysis: Analysis, format: str, *, terminal: bool) -> str:
    """The report as text. `format` is `rich`, `json`, `markdown` or `sarif`; colours where it goes to a `terminal`."""
    if format == "json":
        from migrator.report.json import render as render_json

        return render_json(analysis)
    if format == "markdown":
        from migrator.report.markdown import render as render_markdown

        return render_markdown(analysis)
    if format == "sarif":
        from migrator.report.sarif import render as render_sarif

        return render_sarif(analysis)
    from migrator.report.terminal import render as render_terminal

    return render_terminal(analysis, terminal=terminal, width=columns(terminal))


def columns(terminal: bool) -> int:
    """How wide a report may be."""
    return min(max(shutil.get_terminal_size((80, 24)).columns, 40), 160) if terminal else 80


def write_text(text: str, target: TextIO | Path) -> None:
    """Writes to a stream, or to a file that is then there as a whole or as it was. MigratorError MIG503 where that is refused."""
    try:
        if isinstance(target, Path):
            _write_file(text.encode("utf-8", "backslashreplace"), target)
        else:
            target.write(text)
            target.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        place = f"`{target}`" if isinstance(target, Path) else "the output"
        raise MigratorError(
            "MIG503", f"{place} cannot be written: {error.strerror or error}", _advice(target)
        ) from None


def _advice(target: TextIO | Path) -> str:
    if isinstance(target, Path) and not target.parent.is_dir():
        return f"create the folder `{target.parent}` first"
    return "check the permissions and the free space"


def write_bytes(data: bytes, target: Path) -> None:
    """Writes a file that is then there as a whole or as it was, with its permissions. MigratorError MIG503 where that is refused."""
    try:
        _write_file(data, target)
    except OSError as error:
        raise MigratorError(
            "MIG503", f"`{target}` cannot be written: {error.strerror or error}", _advice(target)
        ) from None


def _write_file(data: bytes, target: Path) -> None:
    real = Path(os.path.realpath(target))
    try:
        mode = target.stat().st_mode
    except FileNotFoundError:
        umask = os.umask(0)
        os.umask(umask)
        mode = stat.S_IFREG | (0o666 & ~umask)
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(21, "Is a directory")
    if not stat.S_ISREG(mode):  # a device or pipe (`-o /dev/stderr`) is written to, not replaced
        target.write_bytes(data)
        return
    handle, name = tempfile.mkstemp(prefix=f".{real.name}-", dir=real.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        os.chmod(name, stat.S_IMODE(mode))  # noqa: PTH101
        os.replace(name, real)  # noqa: PTH105
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(name)  # noqa: PTH108
        raise
