"""What the device does and sees now, at a real one."""

import io
import json
import re
from collections.abc import Iterator
from contextlib import ExitStack
from http import HTTPStatus
from typing import Any

import httpx
import pytest
from device_with_page import API, Device, until
from PIL import Image
from prometheus_client.parser import text_string_to_metric_families


@pytest.fixture(scope="module")
def client(device: Device) -> Iterator[httpx.Client]:
    with device.client() as client:
        yield client


def _states(client: httpx.Client, number: int) -> list[dict[str, Any]]:
    states: list[dict[str, Any]] = []
    with client.stream("GET", f"{API}/live") as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        for line in answer.iter_lines():
            if line.startswith("data: "):
                states.append(json.loads(line.removeprefix("data: ")))
            if len(states) == number:
                break
    return states


def _frames(client: httpx.Client, number: int, **query: Any) -> list[tuple[int, bytes]]:
    frames: list[tuple[int, bytes]] = []
    held = b""
    with client.stream("GET", f"{API}/live.mjpeg", params=query) as answer:
        assert answer.headers["content-type"] == "multipart/x-mixed-replace; boundary=frame"
        for piece in answer.iter_bytes():
            held += piece
            while found := re.match(
                rb"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: (\d+)\r\n"
                rb"X-Frame: (\d+)\r\n\r\n",
                held,
            ):
                end = found.end() + int(found[1])
                if len(held) < end + 2:
                    break
                frames.append((int(found[2]), held[found.end() : end]))
                assert held[end : end + 2] == b"\r\n"
                held = held[end + 2 :]
            if len(frames) >= number:
                break
    return frames[:number]


def test_the_status_says_how_the_device_is(client: httpx.Client, device: Device) -> None:
    _states(client, 1)
    told = client.get(f"{API}/status").json()
    assert told["camera"]["state"] == "running"
    assert told["size"] == {"width": 320, "height": 240}
    assert told["mode"] == "continuous"
    assert told["model"]["name"] == "tiny"
    assert told["model"]["classes"][1] == {
        "label": "Apple___scab",
        "text": "Apple: scab",
        "healthy": False,
    }
    assert 0 < told["disk"]["free_bytes"] < told["disk"]["total_bytes"]
    assert told["records"] == client.get(f"{API}/records").json()["total"]


def test_states_come_as_they_change_each_another_one(client: httpx.Client) -> None:
    states = _states(client, 4)
    versions = [state["version"] for state in states]
    assert versions == sorted(set(versions))
    assert states[-1]["camera"]["frames"] > states[0]["camera"]["frames"]
    assert states[-1]["seen"]["decision"] in ("disease", "healthy", "unsure", "not_leaf")


def test_frames_come_each_another_one_and_as_wide_as_asked(client: httpx.Client) -> None:
    frames = _frames(client, 3, width=320)
    numbers = [number for number, _ in frames]
    assert numbers == sorted(set(numbers))
    for _, jpeg in frames:
        with Image.open(io.BytesIO(jpeg)) as picture:
            assert picture.size == (320, 240)


def test_a_snapshot_is_a_frame(client: httpx.Client) -> None:
    answer = client.get(f"{API}/snapshot.jpg", params={"width": 320})
    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.headers["cache-control"] == "no-store"
    with Image.open(io.BytesIO(answer.content)) as picture:
        assert picture.size == (320, 240)


def test_eight_pages_look_at_once_and_the_ninth_is_told(device: Device) -> None:
    with ExitStack() as stack:
        *clients, late = [stack.enter_context(device.client()) for _ in range(17)]
        for number, client in enumerate(clients):
            path = f"{API}/live" if number % 2 else f"{API}/live.mjpeg"
            stack.enter_context(client.stream("GET", path))
        assert late.get(f"{API}/status").json()["web"]["viewers"] == 16
        answer = late.get(f"{API}/live")
        assert answer.status_code == HTTPStatus.SERVICE_UNAVAILABLE
        assert answer.headers["retry-after"] == "5"
        assert "16 streams are open" in answer.json()["detail"]
        # Orders do not wait behind those who look.
        assert late.post(f"{API}/photograph").status_code == HTTPStatus.CREATED
    with device.client() as client:
        until(lambda: client.get(f"{API}/status").json()["web"]["viewers"] == 0)


def test_health_and_metrics_are_for_programs(client: httpx.Client) -> None:
    assert client.get("/healthz").json() == {"ok": True}
    for path in ("/healthz", "/", "/login", "/style.css", f"{API}/openapi.json"):
        head = client.head(path)
        assert (head.status_code, head.content) == (HTTPStatus.OK, b"")
        assert head.headers["content-type"] == client.get(path).headers["content-type"]
    answer = client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    values = {
        (sample.name, sample.labels.get("state")): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }
    assert values["plant_camera_state", "running"] == 1
    assert values["plant_camera_state", "lost"] == 0
    assert values["plant_frames_total", None] > 0
    assert values["plant_disk_free_bytes", None] > 0


def test_a_mode_is_changed_while_it_runs_and_stays_so(client: httpx.Client, device: Device) -> None:
    told = client.get(f"{API}/settings").json()
    assert told["values"]["decision.mode"] == "continuous"
    assert set(told["values"]) == set(told["schema"]["properties"])
    assert told["schema"]["properties"]["decision.leaves"]["maximum"] == 100
    changed = client.patch(f"{API}/settings", json={"decision.mode": "button"})
    try:
        assert changed.json()["values"]["decision.mode"] == "button"
        until(lambda: client.get(f"{API}/status").json()["mode"] == "button")
        kept = json.loads((device.store / "web" / "settings.json").read_text())
        assert kept == {"decision.mode": "button"}
    finally:
        client.patch(f"{API}/settings", json={"decision.mode": "continuous"})
    for wrong, words in (
        ({"decision.mode": "fast"}, "decision.mode: input should be"),
        ({"model": "other.tflite"}, "model is no name that can be given here"),
        ({"decision.leaves": 1e9}, "decision.leaves"),
    ):
        answer = client.patch(f"{API}/settings", json=wrong)
        assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
        assert words in answer.json()["detail"]


@pytest.mark.parametrize("path", ["texts", "settings", "openapi.json"])
def test_answers_are_packed_where_the_client_takes_that(client: httpx.Client, path: str) -> None:
    plain = client.get(f"{API}/{path}", headers={"accept-encoding": "identity"})
    packed = client.get(f"{API}/{path}", headers={"accept-encoding": "gzip"})
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.headers["vary"].lower() == "accept-encoding"
    assert packed.num_bytes_downloaded < len(plain.content) / 2
    assert packed.json() == plain.json()


def test_streams_and_secrets_are_never_packed(client: httpx.Client) -> None:
    for path in ("live", "live.mjpeg", "session"):
        with client.stream("GET", f"{API}/{path}", headers={"accept-encoding": "gzip"}) as answer:
            assert "content-encoding" not in answer.headers


def test_texts_are_in_the_language_that_is_asked_for(client: httpx.Client) -> None:
    german = client.get(f"{API}/texts", params={"language": "de-AT"}).json()
    assert german["headings"]["what"] == "Was es ist"
    assert {"de", "en", "es"} <= set(german["languages"])
    assert client.get(f"{API}/texts", params={"language": "xx"}).status_code == 404
    assert client.get(f"{API}/texts", params={"language": "../en"}).status_code == 422


def test_a_single_models_file_is_no_shelf(client: httpx.Client) -> None:
    told = client.get(f"{API}/models").json()
    assert told["current"] == client.get(f"{API}/status").json()["model"]["sha256"]
    assert told["installed"] == []
    answer = client.post(f"{API}/models/rollback")
    assert answer.status_code == HTTPStatus.CONFLICT
    assert "received a single file" in answer.json()["detail"]


def test_the_docs_page_is_served_by_the_device_and_asks_nobody_else(client: httpx.Client) -> None:
    moved = client.get(f"{API}/docs")
    assert moved.headers["location"] == f"{API}/docs/"
    page = client.get(f"{API}/docs/").text
    asked = re.findall('(?:src|href)="([^"]+)"', page)
    assert len(asked) == 3
    for name in asked:
        assert client.get(f"{API}/docs/{name}").status_code == HTTPStatus.OK
    assert client.get(f"{API}/openapi.json").json()["openapi"].startswith("3.1")
