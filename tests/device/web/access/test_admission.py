"""Who gets in, at real devices: one that the network reaches, one that only this machine does."""

import http.client
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus

import httpx
import pytest
from device_with_page import API, Device

# Needs neither token nor login.
OPEN = {("GET", "/healthz"), *((method, f"{API}/session") for method in ("GET", "POST", "DELETE"))}


@pytest.fixture(scope="module")
def token(guarded: Device) -> str:
    return guarded.token()


@contextmanager
def _logged_in(guarded: Device, token: str) -> Iterator[httpx.Client]:
    with guarded.client() as client:
        answer = client.post(f"{API}/session", json={"token": token})
        assert answer.status_code == HTTPStatus.NO_CONTENT, answer.text
        yield client


def test_every_path_but_a_few_needs_the_token(guarded: Device, token: str) -> None:
    with guarded.client() as client:
        bearer = {"authorization": f"Bearer {token}"}
        described = client.get(f"{API}/openapi.json", headers=bearer).json()
        asked = [
            (method.upper(), path.replace("{number}", "1"))
            for path, operations in described["paths"].items()
            for method in operations
        ]
        assert len(asked) > 20
        asked += [("GET", f"{API}/openapi.json"), ("GET", f"{API}/docs/"), ("GET", "/nope")]
        for method, path in asked:
            if (method, path) not in OPEN:
                answer = client.request(method, path)
                assert answer.status_code == HTTPStatus.UNAUTHORIZED, (method, path)
                assert answer.headers["www-authenticate"] == "Bearer"
        for path in ("/healthz", f"{API}/session", "/login", "/worker.js"):
            assert client.get(path).status_code == HTTPStatus.OK, path
        for path in ("/", "/index.html"):
            answer = client.get(path)
            assert (answer.status_code, answer.headers["location"]) == (303, "/login")


def test_a_program_says_the_token_with_each_request(guarded: Device, token: str) -> None:
    with guarded.client() as client:
        for said, status in (
            (f"Bearer {token}", 200),
            (f"bearer {token.upper()}", 200),
            (f"Basic {token}", 401),
            ("Bearer", 401),
        ):
            answer = client.get(f"{API}/events", headers={"authorization": said})
            assert answer.status_code == status, said
        changed = client.post(
            f"{API}/place",
            headers={"authorization": f"Bearer {token}"},
            json={"latitude": 1, "longitude": 2},
        )
        assert changed.status_code == HTTPStatus.NO_CONTENT


def test_a_login_sets_cookies_that_scripts_and_other_sites_do_not_get(
    guarded: Device, token: str
) -> None:
    with guarded.client() as client:
        assert client.get(f"{API}/session").json() == {"authenticated": False, "needed": True}
        answer = client.post(f"{API}/session", json={"token": f" {token.upper()} "})
        session, csrf = answer.headers.get_list("set-cookie")
        assert session.startswith("plant_session=")
        assert "HttpOnly" in session
        assert csrf.startswith("plant_csrf=")
        assert "HttpOnly" not in csrf
        assert all("SameSite=strict" in cookie for cookie in (session, csrf))
        assert client.get(f"{API}/session").json() == {"authenticated": True, "needed": True}
        assert client.get("/").status_code == HTTPStatus.OK


def test_a_session_that_somebody_else_chose_is_never_one(guarded: Device, token: str) -> None:
    with guarded.client() as client, guarded.client() as other:
        for one in (client, other):
            one.cookies.set("plant_session", "chosen")
        answer = client.post(f"{API}/session", json={"token": token})
        assert "chosen" not in "".join(answer.headers.get_list("set-cookie"))
        assert other.get(f"{API}/events").status_code == HTTPStatus.UNAUTHORIZED


def test_a_change_by_cookie_needs_the_csrf_token_and_this_devices_page(
    guarded: Device, token: str
) -> None:
    place = {"latitude": 1, "longitude": 2}
    with _logged_in(guarded, token) as client:
        csrf = {"x-csrf-token": client.cookies["plant_csrf"]}
        assert client.post(f"{API}/place", json=place).status_code == 403
        wrong = {"x-csrf-token": "0" * 64}
        assert client.post(f"{API}/place", json=place, headers=wrong).status_code == 403
        assert client.post(f"{API}/place", json=place, headers=csrf).status_code == 204
        for elsewhere in ({"origin": "http://evil.example"}, {"sec-fetch-site": "cross-site"}):
            answer = client.post(f"{API}/place", json=place, headers=csrf | elsewhere)
            assert answer.status_code == 403
        own = csrf | {"origin": guarded.url}
        assert client.post(f"{API}/place", json=place, headers=own).status_code == 204


def test_another_clients_csrf_token_is_none_of_this_one(guarded: Device, token: str) -> None:
    with _logged_in(guarded, token) as one, _logged_in(guarded, token) as other:
        answer = one.delete(
            f"{API}/records/1", headers={"x-csrf-token": other.cookies["plant_csrf"]}
        )
        assert answer.status_code == HTTPStatus.FORBIDDEN


def test_who_logs_out_is_out_though_the_cookie_was_copied(guarded: Device, token: str) -> None:
    with _logged_in(guarded, token) as client, guarded.client() as thief:
        thief.cookies.update(client.cookies)
        assert thief.get(f"{API}/events").status_code == HTTPStatus.OK
        assert client.delete(f"{API}/session").status_code == HTTPStatus.FORBIDDEN
        csrf = {"x-csrf-token": client.cookies["plant_csrf"]}
        assert client.delete(f"{API}/session", headers=csrf).status_code == 204
        assert thief.get(f"{API}/events").status_code == HTTPStatus.UNAUTHORIZED


def test_a_flood_of_wrong_tokens_is_slowed_down_and_keeps_nobody_else_out(
    guarded: Device, token: str
) -> None:
    with guarded.client() as owner, guarded.client("127.0.0.9") as guesser:
        owner.headers["authorization"] = f"Bearer {token}"
        assert owner.get(f"{API}/events").status_code == HTTPStatus.OK
        statuses = [
            guesser.post(f"{API}/session", json={"token": f"guess-{number}"}).status_code
            for number in range(30)
        ]
        assert statuses[:5] == [401] * 5
        assert statuses[-10:] == [429] * 10
        right = guesser.post(f"{API}/session", json={"token": token})
        assert right.status_code == HTTPStatus.TOO_MANY_REQUESTS
        assert 1 <= int(right.headers["retry-after"]) <= 12
        assert "try again in" in right.json()["detail"]
        header = {"authorization": f"Bearer {token}"}
        assert guesser.get(f"{API}/events", headers=header).status_code == 429
        assert owner.get(f"{API}/events").status_code == HTTPStatus.OK


def test_what_a_proxy_would_say_of_the_address_counts_for_nothing(guarded: Device) -> None:
    with guarded.client("127.0.0.10") as guesser:
        statuses = [
            guesser.post(
                f"{API}/session",
                json={"token": "wrong"},
                headers={
                    "x-forwarded-for": f"10.0.0.{number}",
                    "forwarded": f"for=10.0.1.{number}",
                },
            ).status_code
            for number in range(10)
        ]
        assert HTTPStatus.TOO_MANY_REQUESTS in statuses


def test_a_new_token_ends_all_sessions_at_once(guarded: Device, token: str) -> None:
    with _logged_in(guarded, token) as client:
        assert client.get(f"{API}/events").status_code == HTTPStatus.OK
        kept = guarded.store / "web" / "token"
        former = kept.read_text()
        made = subprocess.run(
            [sys.executable, "-m", "plant_device", "token", "--store", guarded.store, "--new"],
            check=True,
            capture_output=True,
            text=True,
        )
        assert client.get(f"{API}/events").status_code == HTTPStatus.UNAUTHORIZED
        assert former.strip() not in made.stdout
        # The other tests' token again.
        kept.write_text(former)


def test_the_token_is_in_no_log(guarded: Device, token: str) -> None:
    assert token not in "".join(guarded.said)
    assert "`plant-device token` shows the token" in "".join(guarded.said)


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8080", "127.0.0.1.evil.example"])
def test_without_a_token_only_this_machines_own_names_are_answered(
    device: Device, host: str
) -> None:
    with device.client() as client:
        assert client.get(f"{API}/events").status_code == HTTPStatus.OK
        answer = client.get(f"{API}/events", headers={"host": host})
        assert answer.status_code == HTTPStatus.MISDIRECTED_REQUEST
        assert client.get("/", headers={"host": host}).status_code == 421
        own = {"host": f"localhost:{device.port}"}
        assert client.get(f"{API}/events", headers=own).status_code == HTTPStatus.OK


def test_without_a_token_too_another_site_changes_nothing(device: Device) -> None:
    with device.client() as client:
        for elsewhere in (
            {"origin": "http://evil.example"},
            {"origin": "null"},
            {"sec-fetch-site": "cross-site"},
        ):
            answer = client.post(f"{API}/photograph", headers=elsewhere)
            assert answer.status_code == HTTPStatus.FORBIDDEN
        assert client.get(f"{API}/session").json() == {"authenticated": True, "needed": False}


@pytest.mark.parametrize("path", ["live", "live.mjpeg", "records/export?format=zip", "status"])
def test_without_a_token_too_another_site_takes_up_nothing(device: Device, path: str) -> None:
    """A page of any site had all eight streams, by as many pictures of this address in it."""
    with device.client() as client:
        for elsewhere in (
            {"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors"},
            {"sec-fetch-site": "same-site"},
            {"origin": "http://evil.example"},
        ):
            answer = client.get(f"{API}/{path}", headers=elsewhere)
            assert answer.status_code == HTTPStatus.FORBIDDEN
        # A link on another site still leads to the page.
        link = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}
        assert client.get("/", headers=link).status_code == HTTPStatus.OK


@pytest.mark.parametrize(
    "path",
    [
        "/../server_process.py",
        "/%2e%2e/server_process.py",
        "/app/..%2f..%2fserver_process.py",
        "/app/../../server_process.py",
        "//etc/passwd",
        "/app//../../../../../../etc/passwd",
        "/..%5c..%5cserver_process.py",
        "/app/main.js%00.png",
        f"{API}/docs/..%2f..%2fserver_process.py",
        f"{API}/docs/../../../server_process.py",
        f"{API}/records/..%2f1/picture",
    ],
)
def test_no_path_leads_out_of_the_page(device: Device, path: str) -> None:
    # httpx would set such a path right before it is sent.
    connection = http.client.HTTPConnection("127.0.0.1", device.port)
    connection.request("GET", path)
    answer = connection.getresponse()
    assert answer.status == HTTPStatus.NOT_FOUND
    assert b"uvicorn" not in answer.read()
    connection.close()


def test_every_answer_forbids_what_no_page_of_this_device_needs(device: Device) -> None:
    with device.client() as client:
        for path in ("/", f"{API}/status", f"{API}/nope", f"{API}/docs/", "/app/main.js"):
            headers = client.get(path).headers
            policy = headers["content-security-policy"]
            assert "default-src 'none'" in policy
            assert "unsafe" not in policy
            assert "frame-ancestors 'none'" in policy
            assert headers["x-content-type-options"] == "nosniff"
            assert headers["cross-origin-resource-policy"] == "same-origin"
            assert "server" not in headers


def test_the_description_says_who_may_ask(guarded: Device) -> None:
    with guarded.client() as client:
        headers = {"authorization": f"Bearer {guarded.token()}"}
        told = client.get(f"{API}/openapi.json", headers=headers).json()
    assert set(told["components"]["securitySchemes"]) == {"token", "session", "csrf"}
    paths = told["paths"]
    assert told["security"] == [{"token": []}, {"session": []}]
    assert paths["/healthz"]["get"]["security"] == []
    assert paths[f"{API}/session"]["post"]["security"] == []
    changing = paths[f"{API}/records/{{number}}"]["patch"]["security"]
    assert changing == [{"token": []}, {"session": [], "csrf": []}]
