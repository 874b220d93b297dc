"""The client of Airflow's API against a server that answers as Airflow 2 and 3 do, and against one that does not."""

from __future__ import annotations

import datetime as dt
import sys
import time
import types
from collections.abc import Iterator

import pytest
import requests

from migrator.bridge.auth import Settings, expiry, login_for
from migrator.bridge.client import AirflowClient
from migrator.diagnostics import MigratorError
from tests.bridge.fake_airflow import START, FakeAirflow, serving, token

JSON = {"Content-Type": "application/json"}


@pytest.fixture(params=[2, 3])
def airflow(request: pytest.FixtureRequest) -> Iterator[FakeAirflow]:
    with serving(FakeAirflow(request.param, dags={"a": False, "a_b": False})) as server:
        yield server


def client_of(airflow: FakeAirflow, **settings: str) -> AirflowClient:
    given = {"url": airflow.url, "username": "admin", "password": "admin", **settings}
    return AirflowClient(Settings(**given), sleep=lambda seconds: None)


def test_the_version_is_found(airflow: FakeAirflow) -> None:
    assert client_of(airflow).version == airflow.version


def test_only_the_dag_of_that_id_is_paused(airflow: FakeAirflow) -> None:
    client = client_of(airflow)
    client.set_paused("a", True)
    assert airflow.dags == {"a": True, "a_b": False}
    assert client.dag("a").paused is True
    assert client.dag("gone") is None


def test_lists_are_read_to_their_end_in_the_order_of_time(airflow: FakeAirflow) -> None:
    for number in reversed(range(250)):
        airflow.add_run("a", f"r{number}", START + dt.timedelta(seconds=number))
    runs = client_of(airflow).ended_runs(START)
    assert [run.run_id for run in runs] == [f"r{number}" for number in range(250)]
    assert runs.until is None


def test_a_long_list_is_read_up_to_a_moment(airflow: FakeAirflow) -> None:
    for number in range(500):
        airflow.add_run("a", f"r{number}", START + dt.timedelta(minutes=number))
    runs = client_of(airflow).ended_runs(START, until=START + dt.timedelta(minutes=600), limit=100)
    assert 0 < len(runs) <= 100
    assert runs.until is not None
    assert [run.run_id for run in runs] == [f"r{number}" for number in range(len(runs))]
    assert START + dt.timedelta(minutes=len(runs) - 1) <= runs.until < START + dt.timedelta(minutes=len(runs))


def test_more_at_one_moment_than_the_limit(airflow: FakeAirflow) -> None:
    for number in range(300):
        airflow.add_run("a", f"r{number:03}", START)
    assert len(client_of(airflow).ended_runs(START, limit=100)) == 300


@pytest.mark.parametrize(
    ("fault", "code", "told"),
    [
        ((401, JSON, "{}"), "MIG621", ""),
        ((403, JSON, '{"detail": "no role"}'), "MIG621", "HTTP 403: no role"),
        ((404, JSON, '{"detail": "no DAG"}'), "MIG620", "HTTP 404: no DAG"),
        ((500, JSON, '{"title": "broken"}'), "MIG620", "HTTP 500: broken"),
        ((200, {"Content-Type": "text/html"}, "<html>log in</html>"), "MIG620", "text/html, not JSON"),
        ((200, JSON, '{"dags": ['), "MIG620", "not complete"),
    ],
    ids=["401", "403", "404", "500", "html", "cut off"],
)
def test_errors_are_told(airflow: FakeAirflow, fault: tuple[int, dict[str, str], str], code: str, told: str) -> None:
    client = client_of(airflow)
    client.dags()
    airflow.faults = [fault] * 2
    with pytest.raises(MigratorError) as error:
        client.call("GET", "/dags/a/tasks")
    assert error.value.code == code
    assert told in error.value.message


def test_it_waits_as_long_as_airflow_asks(airflow: FakeAirflow) -> None:
    waits: list[float] = []
    client = AirflowClient(Settings(airflow.url, username="admin", password="admin"), sleep=waits.append)
    client.dags()
    airflow.faults = [(429, {"Retry-After": "7"}, ""), (503, {}, "")]
    assert [dag.dag_id for dag in client.dags()] == ["a", "a_b"]
    assert waits == [7.0, 2.0]


def test_what_changes_something_is_not_sent_again(airflow: FakeAirflow) -> None:
    client = client_of(airflow)
    client.dags()
    airflow.faults = [(503, JSON, "{}")]
    with pytest.raises(MigratorError):
        client.set_paused("a", True)
    assert airflow.dags["a"] is False


def test_no_server_and_no_airflow() -> None:
    with pytest.raises(MigratorError, match="cannot be reached"):
        AirflowClient(Settings("http://127.0.0.1:9"), sleep=lambda seconds: None).dags()
    with pytest.raises(MigratorError, match="cannot be reached"):
        AirflowClient(Settings("airflow:8080"), sleep=lambda seconds: None).dags()
    with serving(FakeAirflow(3)) as airflow, pytest.raises(MigratorError, match="is not an Airflow"):
        client_of(airflow, url=f"{airflow.url}/home").dags()


# --- logins ----------------------------------------------------------------------------------------------------------------


def logins(airflow: FakeAirflow) -> int:
    return airflow.asked.count("POST /auth/token")


def test_a_token_is_renewed_before_it_ends() -> None:
    with serving(FakeAirflow(3, lives=90)) as airflow:
        client = client_of(airflow)
        client.dags()
        client.dags()
        assert logins(airflow) == 1
        client._valid_until = 1.0
        client.dags()
        assert logins(airflow) == 2


def test_a_token_is_renewed_when_airflow_refuses_it() -> None:
    with serving(FakeAirflow(3)) as airflow:
        client = client_of(airflow)
        client.dags()
        airflow.valid = "another"  # the server was restarted with another secret
        assert len(client.dags()) == 0
        assert logins(airflow) == 2


def test_a_wrong_password() -> None:
    with serving(FakeAirflow(3)) as airflow, pytest.raises(MigratorError, match="name or password are wrong") as error:
        client_of(airflow, password="no").dags()
    assert error.value.code == "MIG621"


def test_a_given_token_is_used_as_it_is() -> None:
    with serving(FakeAirflow(3, valid="mine")) as airflow:
        client_of(airflow, token="mine").dags()
        assert logins(airflow) == 0


def test_a_login_of_ones_own(monkeypatch: pytest.MonkeyPatch) -> None:
    def log_in(session: requests.Session, url: str) -> float | None:
        session.headers["Authorization"] = "Bearer ours"
        return None

    module = types.ModuleType("our_login")
    module.log_in = log_in  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "our_login", module)
    with serving(FakeAirflow(3, valid="ours")) as airflow:
        assert client_of(airflow, auth="our_login:log_in").dags() == []


@pytest.mark.parametrize(
    ("auth", "told"),
    [
        ("kerberos", "AIRFLOW_AUTH is `kerberos`"),
        ("token", "AIRFLOW_TOKEN is not set"),
        ("no_such_module:log_in", "cannot be imported"),
        ("json:nothing", "cannot be imported"),
        ("json:__name__", "is not a function"),
    ],
)
def test_settings_that_cannot_be_followed(auth: str, told: str) -> None:
    with pytest.raises(MigratorError, match=told.replace("(", r"\(")):
        login_for(Settings("http://x", auth=auth), 3)


def test_mwaa_exchanges_its_token(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def create_web_login_token(Name: str) -> dict[str, str]:
        asked.append(Name)
        return {"WebServerHostname": "x.airflow.amazonaws.com", "WebToken": "w"}

    boto3 = types.ModuleType("boto3")
    boto3.client = lambda service, region_name: types.SimpleNamespace(create_web_login_token=create_web_login_token)  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "boto3", boto3)
    session = requests.Session()

    def post(url: str, data: dict[str, str], timeout: float) -> types.SimpleNamespace:
        asked.append(url)
        return types.SimpleNamespace(ok=True, cookies={"_token": "jwt"}, status_code=200)

    monkeypatch.setattr(session, "post", post)
    login_for(Settings("https://x", auth="mwaa:prod@eu-west-1"), 3)(session)
    assert asked == ["prod", "https://x.airflow.amazonaws.com/pluginsv2/aws_mwaa/login"]
    assert session.headers["Authorization"] == "Bearer jwt"


def test_mwaa_that_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    boto3 = types.ModuleType("boto3")
    given = {"WebServerHostname": "x.airflow.amazonaws.com", "WebToken": "w"}
    boto3.client = lambda service, region_name: types.SimpleNamespace(create_web_login_token=lambda Name: given)  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "boto3", boto3)
    session = requests.Session()
    answer = types.SimpleNamespace(ok=False, cookies={}, status_code=403)
    monkeypatch.setattr(session, "post", lambda url, data, timeout: answer)
    with pytest.raises(
        MigratorError, match=r"MWAA refused the login at `https://x.*/aws_mwaa/login`: HTTP 403"
    ) as error:
        login_for(Settings("https://x", auth="mwaa:prod"), 2)(session)
    assert error.value.code == "MIG621"


@pytest.mark.parametrize("version", [2, 3])
def test_composer_takes_the_token_of_the_default_credentials(monkeypatch: pytest.MonkeyPatch, version: int) -> None:
    class Credentials:
        token = ""

        def refresh(self, request: object) -> None:
            self.token = "from-google"

    google = {name: types.ModuleType(name) for name in ("google", "google.auth", "google.auth.transport")}
    google["google.auth"].default = lambda scopes: (Credentials(), "project")  # type: ignore[attr-defined]
    google["google.auth.transport.requests"] = types.ModuleType("google.auth.transport.requests")
    google["google.auth.transport.requests"].Request = object  # type: ignore[attr-defined]
    for name, module in google.items():
        monkeypatch.setitem(sys.modules, name, module)
    session = requests.Session()
    until = login_for(Settings("https://x", auth="composer"), version)(session)
    assert session.headers["Authorization"] == "Bearer from-google"
    assert until is not None
    assert until > time.time() + 600


def test_a_login_that_ends_is_renewed_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """An own one, as those of MWAA and Composer, is called again a minute before the time that it told."""
    given = iter(["first", "second"])

    def log_in(session: requests.Session, url: str) -> float | None:
        airflow.valid = next(given)
        session.headers["Authorization"] = f"Bearer {airflow.valid}"
        return time.time() + (30 if airflow.valid == "first" else 3600)

    module = types.ModuleType("our_login")
    module.log_in = log_in  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "our_login", module)
    with serving(FakeAirflow(3)) as airflow:
        client = AirflowClient(Settings(airflow.url, auth="our_login:log_in"), sleep=lambda seconds: None)
        client.dags()
        client.dags()
        client.dags()
        assert airflow.valid == "second"
        assert next(given, None) is None


def test_no_secret_is_shown() -> None:
    assert "s3cret" not in repr(Settings("http://x", password="s3cret", token="s3cret"))
    assert "s3cret" not in repr(AirflowClient(Settings("http://x", password="s3cret")))


def test_the_end_of_a_token() -> None:
    assert abs(expiry(token(100)) - expiry(token(0)) - 100) < 2
    assert expiry("opaque") > 0
