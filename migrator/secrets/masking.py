"""What counts as a secret, by its name or its look; and Variables without theirs.

Comes in: names and values that the user tells. Goes out: the values that may be used, printed and cached. A secret is never kept: it
stays symbolic, as if it had not been told.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from migrator.secrets.literals import secret_parts

_SECRET_NAME = re.compile(
    r"passw(?:or)?d|passphrase|secret|token|api_?key|access_?key|private_?key|service_?key|authorization|auth_header|bearer|credential"
    r"|keyfile|service_account|connection_string|webhook_url|\bdsn\b|_dsn|prox(?:y|ies)$",
    re.IGNORECASE,
)
"""Airflow's own list (`DEFAULT_SENSITIVE_FIELDS` of its secrets masker, 2.11 and 3.3), and what people use besides."""

_SECRET_IN_URL = re.compile(r"://[^\s/@:]*:[^\s/@]+@")
_MARKER = re.compile(r"\{var:[^{}]*\}")
_MAX_DEPTH = 50


def is_secret(name: str) -> bool:
    """Whether a value of this name is taken for a secret."""
    return _SECRET_NAME.search(name) is not None


def holds_secret(text: str) -> bool:
    """Whether a text looks like a URL with a password, or a private key."""
    return _SECRET_IN_URL.search(text) is not None or "PRIVATE KEY-----" in text


def without_secrets(variables: Mapping[str, Any]) -> dict[str, Any]:
    """The Variables without those that are secret. Secret members of the others (JSON texts too, which then come as what they mean) are
    replaced by `{var:NAME.member}`."""
    kept: dict[str, Any] = {}
    for name, value in variables.items():
        if is_secret(name):
            continue
        meant = _parsed(value)
        covered = _covered(meant, name, 0)
        if meant != covered and not isinstance(covered, str):
            kept[name] = covered
        elif not (isinstance(value, str) and holds_secret(value)):
            kept[name] = value
    return kept


def is_withheld(value: object) -> bool:
    """Whether a value stands for a secret that `without_secrets` took out."""
    return isinstance(value, str) and _MARKER.fullmatch(value) is not None


def has_withheld(value: object) -> bool:
    """Whether a secret was taken out of a value at any depth."""
    if isinstance(value, Mapping):
        return any(map(has_withheld, value.values()))
    return any(map(has_withheld, value)) if isinstance(value, (list, tuple)) else is_withheld(value)


def _parsed(value: Any) -> Any:
    """What a JSON text means; other values as they are."""
    if isinstance(value, str) and value.lstrip()[:1] in ("{", "["):
        try:
            return json.loads(value)
        except (ValueError, RecursionError):
            return value
    return value


def _member(value: Any, key: str, path: str, depth: int) -> Any:
    """A member of a dict; flags and empty values under a secret's name tell nothing."""
    empty = value is None or value == "" or isinstance(value, bool)
    return _marker(path) if is_secret(key) and not empty else _covered(value, path, depth)


def _marker(path: str) -> str:
    return f"{{var:{re.sub(r'[{}]', '', path)}}}"


def _covered(value: Any, path: str, depth: int) -> Any:
    if depth > _MAX_DEPTH:
        return _marker(path)
    if isinstance(value, dict):
        return {key: _member(item, str(key), f"{path}.{key}", depth + 1) for key, item in value.items()}
    if isinstance(value, list):
        return [_covered(item, f"{path}.{number}", depth + 1) for number, item in enumerate(value)]
    return _marker(path) if isinstance(value, str) and holds_secret(value) else value


_LITERAL = re.compile(
    r"""\"\"\"[^\\"]*(?:(?:\\.|"(?!""))[^\\"]*)*\"\"\"|\'\'\'[^\\']*(?:(?:\\.|'(?!''))[^\\']*)*\'\'\'"""
    r"""|"[^"\\\n]*(?:\\.[^"\\\n]*)*"|'[^'\\\n]*(?:\\.[^'\\\n]*)*'""",
    re.DOTALL,
)
_GIVEN_BY_NAME = re.compile(
    r"""\b([\w.-]+)["'\])]{0,3}[ \t]*(?::[ \t]*[\w\[\], .|"']{1,40})?(?:(?<![=!<>])=(?!=)[\s(\[]*|:[ \t(\[]*)[rRbBuUfF]{0,2}$"""
)
_GIVEN_AS_DEFAULT = re.compile(r"""[(\[]\s*["']([\w.-]+)["']\s*,\s*(?:\w{1,30}\s*=\s*)?[rRbBuUfF]{0,2}$""")
_NAMES_ONE = re.compile(r"(?:_name|_env|_var|_path|_file|_id|secretName)$", re.IGNORECASE)
"""What ends so tells where a secret is, not the secret."""
_LOOSE_TOKENS = re.compile(r"hooks\.slack\.com/services/[\w/]+|(?i:\bbearer\s+)[\w.~+/-]{8,}=*")
"""What is covered where text is only shown, although it may be a placeholder."""
_KEY_BLOCK = re.compile(r"(-----BEGIN [A-Z ]*PRIVATE KEY-----)(.*?)(-----END|\Z)", re.DOTALL)
_LOOK_BACK = 120


def cover_source(text: str) -> str:
    """Python code with the values of secrets covered by `*`, lines and columns as they were.

    Covered are the literals that are given to a secret's name (an argument, a key, a variable, the default of a lookup), passwords in URLs, and
    what looks like a well-known token or a private key. The names stay.
    """
    covered: list[str] = []
    done = 0
    for match in _LITERAL.finditer(text):
        if _is_given_to_secret(text[max(0, match.start() - _LOOK_BACK) : match.start()]):
            quote = 3 if match[0].startswith(('"""', "'''")) else 1
            covered += [text[done : match.start() + quote], _stars(match[0][quote:-quote])]
            done = match.end() - quote
    covered.append(text[done:])
    return cover_text("".join(covered))


def cover_text(text: str) -> str:
    """Any text with passwords in URLs, well-known tokens, private keys and what else shows itself as a secret covered by `*`."""
    text = cover_found(text)
    text = _SECRET_IN_URL.sub(lambda match: _password_covered(match[0]), text)
    text = _LOOSE_TOKENS.sub(lambda match: _stars(match[0]), text)
    return _KEY_BLOCK.sub(lambda match: match[1] + _stars(match[2]) + match[3], text)


def cover_found(text: str) -> str:
    """Any text with nothing but what is certainly a secret covered by `*`: placeholders stay."""
    pieces, place = [], 0
    for part in secret_parts(text):
        pieces += [text[place : part.start], _stars(text[part.start : part.end])]
        place = part.end
    return "".join([*pieces, text[place:]])


def _is_given_to_secret(before: str) -> bool:
    if not before.rstrip(" \t\r\n([rRbBuUfF").endswith(("=", ":", ",")) or not is_secret(before):
        return False
    for pattern in (_GIVEN_BY_NAME, _GIVEN_AS_DEFAULT):
        match = pattern.search(before)
        if match is not None and is_secret(match[1]) and not _NAMES_ONE.search(match[1]):
            return True
    return False


def _password_covered(url: str) -> str:
    """`://user:password@` with the password covered."""
    user, _, password = url[3:-1].partition(":")
    return f"://{user}:{_stars(password)}@"


def _stars(text: str) -> str:
    return re.sub(r"[^\n\r]", "*", text)
