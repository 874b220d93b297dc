"""Tells whether DAG files are still the ones that a project was generated from."""

from __future__ import annotations

import hashlib
import io
import tokenize
from collections.abc import Iterable, Mapping
from pathlib import Path

_BOM = b"\xef\xbb\xbf"


def fingerprint(texts: Mapping[str, str]) -> str:
    """Over files, path to text: another one means that one of them has changed."""
    digest = hashlib.sha256()
    for path, text in sorted(texts.items()):
        digest.update(f"{path}\0{text}\0".encode("utf-8", "surrogatepass"))
    return digest.hexdigest()[:16]


def fingerprint_in(folder: Path, paths: Iterable[str]) -> str | None:
    """The same over files below `folder` (the DAG folder that was given to `migrate generate`), as they are now.

    None where one of them is not below the folder, cannot be read, or is not text: then nothing can be said.
    """
    root = folder.resolve()
    texts = {}
    for path in paths:
        try:
            place = (root / path).resolve()
            if not place.is_relative_to(root):
                return None
            texts[path] = _text(place.read_bytes())
        except (OSError, UnicodeError, LookupError, SyntaxError, ValueError):
            return None
    return fingerprint(texts)


def _text(data: bytes) -> str:
    """As Python reads a file, with its newlines as they are."""
    encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
    return data.removeprefix(_BOM).decode("utf-8" if encoding == "utf-8-sig" else encoding)
