"""Whether two spellings name the same thing.

Told apart as the same: letter case and quotes of tables; a project or database that only one side puts before a table; `s3a://` and `s3://`; `./`,
doubled and trailing slashes; the query of an address; and how an unknown part is written (`{?}`, `{var:X}`, `{{ ds }}`, `$x`). An unknown part stands for
something: it never equals a text that the other side knows, but one unknown part may cover several unknown parts and what joins them
(`{?}/{?}.csv` and `{?}.csv`).
"""

from __future__ import annotations

import re

UNKNOWN = "\0"
_PLACEHOLDER = re.compile(
    r"\{\{.*?\}\}|\{%.*?%\}|\{(?:\?|(?:var|env|conn|param|const|xcom|arg)[:.][^{}]*(?:\{\?\}[^{}]*)?)\}|\$\{\w+\}|\$[A-Za-z_]\w*",
    re.DOTALL,
)
_SCHEMES = {"s3a": "s3", "s3n": "s3", "minio": "s3", "gcs": "gs", "wasbs": "wasb", "abfss": "wasb", "abfs": "wasb"}
_URI = re.compile(r"^([A-Za-z][A-Za-z0-9+.-]*)://(.*)$", re.DOTALL)
_QUOTES = str.maketrans("", "", "\"'`[]")


def same(label: str, found: str, kind: str) -> bool:
    """Whether the analyzer's `found` is what `label`, a name of this kind, names."""
    if kind == "table":
        return _same_table(_parts(label), _parts(found))
    return _alike(_place(label), _place(found))


def _alike(label: str, found: str) -> bool:
    if label == found:
        return True
    return _says_something(label) and _says_something(found) and (_covers(found, label) or _covers(label, found))


def _marked(name: str) -> str:
    """The name with its unknown parts as one character each, neighbours as one."""
    return re.sub(f"{UNKNOWN}+", UNKNOWN, _PLACEHOLDER.sub(UNKNOWN, name.strip()))


def _parts(name: str) -> tuple[str, ...]:
    """Of a table: database, schema and table as far as told, without a partition decorator."""
    plain = re.sub(r"\$\0?\w*$", "", _marked(name)).translate(_QUOTES).casefold()
    plain = re.sub(r"^(?:[a-z0-9+]+://|source:|model:)", "", plain).replace(":", ".").replace("/", ".")
    return tuple(part for part in plain.split(".") if part)


def _same_table(label: tuple[str, ...], found: tuple[str, ...]) -> bool:
    """Equal part by part from the end; more parts before those of the label are a database that the connection or an argument tells."""
    if not label or len(found) < len(label):
        return False
    ending = found[len(found) - len(label) :]
    return all(_alike(ours, theirs) for ours, theirs in zip(label, ending, strict=True))


def _place(name: str) -> str:
    """A path or address in one form. A folder, and all that is in it, are the same place."""
    marked = _marked(name)
    scheme, rest = "", marked
    match = _URI.match(marked)
    if match:
        scheme, rest = match[1].lower(), match[2]
        scheme = _SCHEMES.get(scheme, scheme)
    if scheme in ("http", "https"):
        scheme, rest = "http", re.split(r"[?#]", rest, maxsplit=1)[0]
    if scheme == "file":
        scheme, rest = "", "/" + rest.lstrip("/")
    rest = re.sub(r"/{2,}", "/", rest)
    rest = re.sub(r"^(?:\./)+", "", rest)
    rest = re.sub(r"(?:/\*{0,2})+$", "", rest)
    return f"{scheme}://{rest.lstrip('/')}" if scheme else rest


def _says_something(name: str) -> bool:
    """Whether it names more than a scheme and unknown parts."""
    return bool(re.search(r"\w", re.sub(r"^\w+://", "", name).replace(UNKNOWN, "")))


def _covers(coarse: str, fine: str) -> bool:
    """Whether `coarse` is `fine` with one unknown part for a run that begins and ends with unknown parts."""
    if UNKNOWN not in coarse or UNKNOWN not in fine:
        return False
    pattern = re.escape(coarse).replace(re.escape(UNKNOWN), f"{UNKNOWN}(?:.*{UNKNOWN})?")
    return re.fullmatch(pattern, fine, re.DOTALL) is not None


_ONE_OF = re.compile(r"\(as one of `([^`]+)`\)$")


def asked_for(name: str, why: str) -> str:
    """The folder or pattern that the code names, where a reference is one of the things in it that others write."""
    found = _ONE_OF.search(why)
    return found[1] if found else name
