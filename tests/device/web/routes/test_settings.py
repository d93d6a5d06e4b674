"""Settings on a real device: what the page may set, and what a damaged file of them does."""

import json
from http import HTTPStatus
from pathlib import Path

import pytest
from device_with_page import API, Device, running, until

from plant_device.store.store import Store


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"decision.every": True}, "decision.every: input should be a valid number"),
        ({"decision.leaves": True}, "decision.leaves: input should be a valid integer"),
        # What would run programs, read files or let others in.
        ({"source": "gst:filesrc location=/etc/passwd"}, "source is no name that can be given"),
        ({"delegate": "/tmp/library.so"}, "delegate is no name that can be given"),
        ({"texts": "/etc"}, "texts is no name that can be given"),
        ({"web.listen": "0.0.0.0:80"}, "web.listen is no name that can be given"),
    ],
)
def test_what_is_no_setting_is_refused_in_words(
    device: Device, wrong: dict[str, object], words: str
) -> None:
    with device.client() as client:
        answer = client.patch(f"{API}/settings", json=wrong)
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert words in answer.json()["detail"]


def test_how_much_may_stay_free_is_told_and_what_does_is_in_the_status(device: Device) -> None:
    with device.client() as client:
        told = client.get(f"{API}/settings").json()["schema"]["properties"]["store.keep_free_mb"]
        most = told["anyOf"][0]["maximum"]
        assert 0 < most < client.get(f"{API}/status").json()["disk"]["total_bytes"] / 1e6
        answer = client.patch(f"{API}/settings", json={"store.keep_free_mb": 10 * most})
        assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
        assert "old pictures would be deleted at once" in answer.json()["detail"]
        client.patch(f"{API}/settings", json={"store.keep_free_mb": 7})
        try:
            assert client.get(f"{API}/status").json()["disk"]["floor_bytes"] == 7 * 10**6
        finally:
            client.patch(f"{API}/settings", json={"store.keep_free_mb": None})


def test_a_device_starts_whatever_its_page_has_kept(model_path: Path, tmp_path: Path) -> None:
    kept = tmp_path / "store" / "web" / "settings.json"
    kept.parent.mkdir(parents=True)
    kept.write_text(json.dumps({"decision.mode": "evil", "decision.leaves": 3}))
    with (
        running(model_path, tmp_path / "store", "127.0.0.1:0") as started,
        started.client() as client,
    ):
        values = client.get(f"{API}/settings").json()["values"]
        assert (values["decision.mode"], values["decision.leaves"]) == ("continuous", 3)
        until(lambda: client.get("/healthz").json()["ok"])
        assert sum("left out of what the page had set" in line for line in started.said) == 1
    with Store.existing(tmp_path / "store") as store:
        (event,) = [event for event in store.events() if event.kind == "page"]
    assert "decision.mode" in event.words
