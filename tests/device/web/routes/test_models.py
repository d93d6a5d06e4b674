"""Models on a real device: rolled back from the page, taken over by the service."""

import json
from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path

from device_with_page import API, running, until

from plant_device.models.history import History


def test_the_model_before_is_current_again_and_answers(
    model_path: Path,
    altered_model: Callable[..., Path],
    plant_device: Callable[..., object],
    tmp_path: Path,
) -> None:
    shelf = tmp_path / "models"
    plant_device("model", "install", model_path, "--models", shelf)
    plant_device("model", "install", altered_model(version="2"), "--models", shelf)
    second, first = History.model_validate(json.loads((shelf / "shelf.json").read_text())).models
    with running(shelf, tmp_path / "store", "127.0.0.1:0") as device, device.client() as client:
        told = client.get(f"{API}/models").json()
        assert told["current"] == second.sha256
        assert [one["place"] for one in told["installed"]] == ["current", "former"]
        assert client.get(f"{API}/status").json()["model"]["version"] == "2"
        told = client.post(f"{API}/models/rollback").json()
        assert [one["place"] for one in told["installed"]] == ["set_aside", "current"]
        until(lambda: client.get(f"{API}/status").json()["model"]["sha256"] == first.sha256)
        assert client.get(f"{API}/status").json()["model"]["version"] == "1"
        again = client.post(f"{API}/models/rollback")
        assert again.status_code == HTTPStatus.CONFLICT
        assert "there is no model to go back to" in again.json()["detail"]
        until(lambda: "is current again, not tiny 2" in client.get(f"{API}/events").text)
