"""Which parts of a text that stands in code are secrets: by the name that the text is given to, or by their own look.

Comes in: a text and the name it stands under. Goes out: the places of secrets in it. A miss leaks and a false hit changes code that was right, so
placeholders, well-known defaults of local set-ups, paths, names of secrets and templates are none.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator

from migrator.model.frozen import dataclass


@dataclass(frozen=True, slots=True)
class SecretPart:
    """Where in a text a secret stands, and what it is called: `TOKEN`, `POSTGRESQL_PASSWORD`."""

    start: int
    end: int
    name: str


_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_PASSWORD = re.compile(r"(?:password|passwd|passphrase|passwort|pwd|_pass)$")
_TOKEN = re.compile(
    r"(?:token|(?:^|(?:access|api|auth|bot|bearer|refresh)_)tokens|api_?keys?|access_key|secret_key|access_key_id|private_key|encryption_key|account_key|signing_key|fernet_key|auth_key"
    r"|(?:client|app|api|consumer|shared|webhook|jwt|session)_secret|authorization|sas|^fs_azure_account_key_.*)$"
)
_NO_TOKEN = re.compile(r"(?:next|page|continuation|sync|partition|idempotency)_token$|(?:^|_)eos_token$")
_SECRET = re.compile(r"(?:^|_)secrets?$")
_HARMLESS = re.compile(
    r"(?:your|my|the|some|an?|test|fake|dummy|mock|sample|example|insert|put|enter|replace|change)[\W_]?(?:me\b|it\b|this\b|here\b|.*(?:pass|token|secret|key|pw))"
    r"|x{3,}|\*{2,}|\.{3}|-+$|todo|tbd|none$|null$|placeholder|redacted|changeit",
    re.IGNORECASE,
)
_DEFAULTS = frozenset(
    "pass passwd password passwort pw pwd secret token key apikey api_key user username test testing admin root guest default example demo dummy "
    "airflow postgres postgresql mysql mongo mongodb redis rabbitmq minio minioadmin minio123 sa docker local localhost localpass public anonymous "
    "string str text varchar int integer bool boolean object array bytes optional required hidden masked true false yes no on off "
    "basic bearer digest hash hashed encrypted plain body header query none null "
    "admin123 password123 password1 test123 airflow123 example123 123 1234 12345 123456 12345678 foo bar baz abc abc123 secret123 mysecret "
    "mypassword mytoken".split()
)
"""What stands for a password where there is none: types, defaults of local set-ups, examples."""
_TEMPLATE_STARTS = ("{", "<", "$", "%", ":", "?", "[", "@")
_BASE = r"[\w.~+/=-]"
_KNOWN = (
    ("AWS_ACCESS_KEY_ID", re.compile(r"(?<![A-Za-z0-9])(?:AKIA|ASIA)[0-9A-Z]{16}(?![A-Za-z0-9])")),
    ("GITHUB_TOKEN", re.compile(r"(?<!\w)(?:gh[pousr]_\w{30,}|github_pat_\w{30,})")),
    ("GITLAB_TOKEN", re.compile(r"(?<!\w)glpat-[\w-]{18,}")),
    ("SLACK_TOKEN", re.compile(r"(?<!\w)xox[abeoprs]-[\w-]{10,}")),
    ("SLACK_WEBHOOK", re.compile(r"(?<=hooks\.slack\.com/services/)[A-Za-z0-9]+/[A-Za-z0-9]+/\w+")),
    ("DISCORD_WEBHOOK", re.compile(r"(?<=/api/webhooks/)\d{5,}/[\w-]{20,}")),
    ("JWT", re.compile(r"(?<!\w)eyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]*")),
    (
        "API_KEY",
        re.compile(
            r"(?<!\w)sk-[\w-]{20,}|(?<!\w)AIza[\w-]{35}(?!\w)|(?<!\w)SG\.[\w-]{16,}\.[\w-]{16,}|(?<!\w)dapi[0-9a-f]{32}(?!\w)"
        ),
    ),
    ("AUTHORIZATION", re.compile(rf"(?i:(?<=\bbearer )|(?<=\bbasic )|(?<=\bauthorization: token )){_BASE}{{8,}}")),
    ("ACCOUNT_KEY", re.compile(r"(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{86}==(?!=)")),
    ("SAS_SIGNATURE", re.compile(r"(?<=[?&]sig=)[\w%+/=-]{20,}")),
    ("PRIVATE_KEY", re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----(?s:.{16,}?)-----END [A-Z ]*PRIVATE KEY-----")),
)
_IN_URL = re.compile(r"(?<![\w+.-])([A-Za-z][\w+.-]{0,30})://([^\s/@:'\"]{0,200}):([^\s/@'\"]{1,400})@")
_ASSIGNED = re.compile(
    r"(?<![\w-])([\w-]{0,40}?(?:password|passwd|pwd|passphrase|secret_access_key|secretaccesskey|secret_key|access_key|account_?key|sharedaccesskey|client_secret|api[-_]?key"
    r"|(?:access|auth|api|refresh|session|security|private)_?token|\btoken))"
    r"[\"']?\s*(?:=|:)\s*[\"']?([^\s\"',;&)}\]]+)",
    re.IGNORECASE,
)
_CURL_USER = re.compile(r"\bcurl\b[^|;\n]{0,500}?\s(?:-u|--user)[ =]?[\"']?([^\s:\"']+):([^\s\"']+)")
_MYSQL_PASSWORD = re.compile(r"\b(mysql(?:dump|admin)?)\b[^|;\n]{0,500}?\s-p[\"']?([^\s\"']+)")
_OPTION = re.compile(
    r"(?<!\S)(--[\w-]*(?:passw(?:or)?d|passphrase|pwd|token|api-?key|secret(?:-key)?|access-key))[ =]+[\"']?([^\s\"']+)"
)
_SIGNS = (
    *(
        "AKIA",
        "ASIA",
        "ghp_",
        "gho_",
        "ghu_",
        "ghs_",
        "ghr_",
        "github_pat_",
        "glpat-",
        "xox",
        "hooks.slack",
        "/webhooks/",
        "eyJ",
        "sk-",
        "AIza",
    ),
    *(
        "SG.",
        "dapi",
        "earer ",
        "asic ",
        "BEARER ",
        "BASIC ",
        "uthorization",
        "PRIVATE KEY",
        "://",
        "curl",
        "mysql",
        "sig=",
        "==",
    ),
)
_SIGNS_IN_ANY_CASE = ("passw", "pwd", "passphrase", "key", "secret", "token")
"""One of these is in every text with a secret: looking for them first is much faster."""


def _has_sign(text: str) -> bool:
    for sign in _SIGNS:
        if sign in text:
            return True
    folded = text.casefold()
    return any(sign in folded for sign in _SIGNS_IN_ANY_CASE)


def environment_name(name: str) -> str:
    """A name as environment variables are called: `apiToken` and `X-Api-Token` as `API_TOKEN`."""
    words = [word.upper() for word in _WORDS.findall(name)]
    return "_".join(words[1:] if len(words) > 1 and words[0] == "X" else words)


def is_secret_value(name: str, text: str) -> bool:
    """Whether a text is a secret because of the name it is given to."""
    kind = _kind_of_name(name)
    if kind is None:
        return False
    if kind is _PASSWORD:
        return _is_password(text)
    if kind is _TOKEN:
        return _is_random(text, 8)
    return _is_random(text, 16) and re.search(r"[A-Z]", text) is not None and re.search(r"[-_.]", text) is None


@functools.lru_cache(maxsize=20_000)
def _kind_of_name(name: str) -> re.Pattern[str] | None:
    """Which of `_PASSWORD`, `_TOKEN` and `_SECRET` a name is one of; None if it names no secret."""
    if re.fullmatch(r"-{0,2}[\w.-]{1,60}", name) is None:
        return None
    key = environment_name(name).lower()
    if _PASSWORD.search(key):
        return _PASSWORD
    if _TOKEN.search(key) and not _NO_TOKEN.search(key):
        return _TOKEN
    return _SECRET if _SECRET.search(key) else None


def secret_parts(text: str, name: str = "") -> list[SecretPart]:
    """The secrets in a text that is given to `name`, from left to right, none inside another."""
    if name and is_secret_value(name, text):
        return [SecretPart(0, len(text), environment_name(name))]
    if not _has_sign(text):
        return []
    kept: list[SecretPart] = []
    for part in sorted(_found(text, name), key=lambda item: (item.start, -item.end)):
        if not kept or part.start >= kept[-1].end:
            kept.append(part)
    return kept


def is_webhook(url: str) -> bool:
    """Whether a URL is that of a chat's webhook: who knows it may write there, and there is no data to read."""
    return ("/services/" in url or "/webhooks/" in url) and any(
        part.name.endswith("_WEBHOOK") for part in secret_parts(url)
    )


def _found(text: str, name: str) -> Iterator[SecretPart]:
    for kind, pattern in _KNOWN:
        for match in pattern.finditer(text):
            if kind != "AUTHORIZATION" or _is_random(match[0], 8):
                whole = match[0] == text
                yield SecretPart(match.start(), match.end(), (environment_name(name) if whole else "") or kind)
    for match in _IN_URL.finditer(text):
        if match[2] != match[3] and _is_password(match[3]):
            scheme = environment_name(match[1].partition("+")[0])
            yield SecretPart(
                match.start(3),
                match.end(3),
                f"{scheme}_PASSWORD" if scheme not in ("HTTP", "HTTPS") else "URL_PASSWORD",
            )
    for match in _ASSIGNED.finditer(text):
        if (
            is_secret_value(match[1], match[2])
            and re.search(r"[\d!#$%^&*]", match[2])
            and not match[2].startswith(("\\", "(", "os."))
        ):
            yield SecretPart(match.start(2), match.end(2), environment_name(match[1]))
    for match in _OPTION.finditer(text):
        if is_secret_value(match[1], match[2]):
            yield SecretPart(match.start(2), match.end(2), environment_name(match[1]))
    for pattern, kind in ((_CURL_USER, "CURL_PASSWORD"), (_MYSQL_PASSWORD, "MYSQL_PASSWORD")):
        for match in pattern.finditer(text):
            if match[1] != match[2] and _is_password(match[2]):
                yield SecretPart(match.start(2), match.end(2), kind)


def _is_placeholder(text: str) -> bool:
    return (
        text.startswith(_TEMPLATE_STARTS)
        or text.lower() in _DEFAULTS
        or _HARMLESS.match(text) is not None
        or "{{" in text
        or re.match(r"\w+\(", text) is not None
        or len(set(text)) < 3
    )


def _is_password(text: str) -> bool:
    """Identifiers (of columns, fields), paths, URLs and sentences are none."""
    if (
        len(text) < 4
        or len(text) > 200
        or _is_placeholder(text)
        or re.search(r"\s|://|^[/~.]|\.(?:txt|json|ya?ml|pem|key|env)$", text)
    ):
        return False
    return re.fullmatch(r"[a-z]+(?:[_.][a-z]+)+|[A-Z]+(?:_[A-Z]+)+", text) is None


def _is_random(text: str, size: int) -> bool:
    """Whether a text looks like made by a machine, not like a name, a path or a sentence."""
    bare = re.sub(r"^(?:bearer|basic|token|apikey|api-key|key)\s+", "", text, flags=re.IGNORECASE)
    if (
        len(bare) < size
        or len(bare) > 4096
        or _is_placeholder(bare)
        or re.search(r"\s|://|^(?:arn:|[/~.])|\.(?:txt|json|ya?ml|pem|key|env)$", bare)
    ):
        return False
    if re.fullmatch(
        r"\w+(?:\.\w+)+\(.*|[a-z]+(?:[_./:-][a-z]+)*\d?|[A-Z]+(?:_[A-Z]+)*\d?|[a-z]+(?:[A-Z][a-z]+)+|(?:[A-Z][a-z]+)+",
        bare,
    ):
        return re.fullmatch(r"[a-f]{32,}", bare) is not None
    return any(letter.isdigit() for letter in bare) or (any(map(str.isupper, bare)) and any(map(str.islower, bare)))
