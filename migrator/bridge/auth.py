"""How to log in to Airflow's API.

A login is a function that gives a session what its requests need (a header, a cookie), and returns when it must be called again: seconds
since the epoch, or None where what it gave does not expire by itself. The client calls it before the first request, a minute before that
time, and once after an answer that says that the login is not valid (any more).

AIRFLOW_AUTH says which: `basic`, `jwt`, `token`, `mwaa:ENVIRONMENT[@REGION]`, `composer`, or `package.module:function`, a function of one's
own that takes a `requests.Session` and the URL of Airflow. Without it: `token` where AIRFLOW_TOKEN is set, else `basic` for Airflow 2 and
`jwt` for Airflow 3.
"""

from __future__ import annotations

import base64
import binascii
import importlib
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import requests

from migrator.diagnostics import MigratorError

Login = Callable[[requests.Session], float | None]

TIMEOUT = 20.0
"""Seconds to wait for an answer."""
_UNKNOWN_LIFE = 300.0
"""Seconds after which a token is renewed that does not tell its end."""


@dataclass(frozen=True)
class Settings:
    """Where Airflow is and how to log in. The secrets are never shown."""

    url: str
    auth: str = ""
    username: str = ""
    password: str = field(default="", repr=False)
    token: str = field(default="", repr=False)

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> Settings | None:
        """The settings that environment variables tell; None where AIRFLOW_URL is not set."""
        url = environment.get("AIRFLOW_URL", "").strip().rstrip("/")
        if not url:
            return None
        names = {
            name: environment.get(f"AIRFLOW_{name.upper()}", "") for name in ("auth", "username", "password", "token")
        }
        return cls(url=url, **names)


def login_for(settings: Settings, version: int) -> Login:
    """The login that the settings ask for. MigratorError MIG621 where they cannot be followed."""
    name, _, rest = settings.auth.partition(":")
    kind = name or ("token" if settings.token else "jwt" if version == 3 else "basic")
    if kind == "basic":
        return lambda session: _basic(session, settings)
    if kind == "jwt":
        return lambda session: _jwt(session, settings)
    if kind == "token":
        if not settings.token:
            raise MigratorError("MIG621", "AIRFLOW_AUTH is `token`, but AIRFLOW_TOKEN is not set")
        return lambda session: _bearer(session, settings.token)
    if kind == "mwaa" and rest:
        return lambda session: _mwaa(session, rest, version)
    if kind == "composer":
        return _composer
    if rest:
        own = _own(settings.auth)
        return lambda session: own(session, settings.url)
    raise MigratorError(
        "MIG621",
        f"AIRFLOW_AUTH is `{settings.auth}`",
        "set it to basic, jwt, token, mwaa:ENVIRONMENT, composer or package.module:function",
    )


def _basic(session: requests.Session, settings: Settings) -> float | None:
    session.auth = (settings.username, settings.password)
    return None


def _bearer(session: requests.Session, token: str) -> float | None:
    session.headers["Authorization"] = f"Bearer {token}"
    return None


def _jwt(session: requests.Session, settings: Settings) -> float | None:
    """Airflow 3 gives a token for a name and a password; where all are admins it gives one to anybody."""
    session.headers.pop("Authorization", None)
    url = f"{settings.url}/auth/token"
    if settings.username:
        body = {"username": settings.username, "password": settings.password}
        answer = session.post(url, json=body, timeout=TIMEOUT)
    else:
        answer = session.get(url, timeout=TIMEOUT)
    try:
        token = answer.json()["access_token"]
    except (ValueError, KeyError, TypeError):
        told = "name or password are wrong" if answer.status_code == 401 else f"HTTP {answer.status_code}"
        raise MigratorError(
            "MIG621", f"Airflow gave no token at `{url}`: {told}", "check AIRFLOW_USERNAME and AIRFLOW_PASSWORD"
        ) from None
    _bearer(session, token)
    return expiry(token)


def expiry(token: str) -> float:
    """When a JSON web token ends (its claim `exp`, seconds since the epoch); soon where it does not tell."""
    try:
        claims = token.split(".")[1]
        return float(json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))["exp"])
    except (IndexError, KeyError, TypeError, ValueError, binascii.Error):
        return time.time() + _UNKNOWN_LIFE


def _mwaa(session: requests.Session, environment: str, version: int) -> float | None:
    """Amazon MWAA: a login token of AWS is exchanged for a session (Airflow 2) or a token (Airflow 3); both last twelve hours."""
    try:
        boto3 = importlib.import_module("boto3")
    except ImportError:
        raise MigratorError(
            "MIG621", "AIRFLOW_AUTH is `mwaa`, and boto3 is not installed", "pip install boto3"
        ) from None
    name, _, region = environment.partition("@")
    try:
        given = boto3.client("mwaa", region_name=region or None).create_web_login_token(Name=name)
    except Exception as error:
        raise MigratorError("MIG621", f"AWS gave no login token for the MWAA environment `{name}`: {error}") from error
    prefix = "/pluginsv2" if version == 3 else ""
    url = f"https://{given['WebServerHostname']}{prefix}/aws_mwaa/login"
    answer = session.post(url, data={"token": given["WebToken"]}, timeout=TIMEOUT)
    if not answer.ok:
        raise MigratorError("MIG621", f"MWAA refused the login at `{url}`: HTTP {answer.status_code}")
    token = answer.cookies.get("_token")
    if token:
        _bearer(session, token)
    return time.time() + 11 * 3600


def _composer(session: requests.Session) -> float | None:
    """Google Cloud Composer: an access token of the application default credentials."""
    try:
        auth = importlib.import_module("google.auth")
        transport = importlib.import_module("google.auth.transport.requests")
    except ImportError:
        raise MigratorError(
            "MIG621", "AIRFLOW_AUTH is `composer`, and google-auth is not installed", "pip install google-auth"
        ) from None
    try:
        credentials, _ = auth.default(scopes=["https://www.googleapis.com/auth/cloud-platform"])
        credentials.refresh(transport.Request())
    except Exception as error:
        raise MigratorError("MIG621", f"Google gave no access token: {error}") from error
    _bearer(session, credentials.token)
    return time.time() + 1800


def _own(path: str) -> Callable[[requests.Session, str], float | None]:
    module, _, name = path.partition(":")
    try:
        found = getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError) as error:
        raise MigratorError("MIG621", f"AIRFLOW_AUTH names `{path}`, which cannot be imported: {error}") from None
    if not callable(found):
        raise MigratorError("MIG621", f"AIRFLOW_AUTH names `{path}`, which is not a function")
    own: Callable[[requests.Session, str], float | None] = found
    return own
