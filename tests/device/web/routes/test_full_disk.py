"""What a device answers whose disk is full."""

from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus
from pathlib import Path

from device_with_page import API, running, until


def test_what_a_full_disk_does_not_take_is_507_without_a_path(
    model_path: Path, small_disk: Path, jpeg: Callable[..., bytes]
) -> None:
    # In this mode nothing of the device's own comes between: it would thin pictures.
    with (
        running(model_path, small_disk / "store", "127.0.0.1:0", "--mode", "button") as started,
        started.client() as client,
    ):
        with (small_disk / "filler").open("wb", buffering=0) as filler, suppress(OSError):
            while True:
                filler.write(bytes(4096))
        files = {"picture": ("leaf.jpg", jpeg(320, 240))}
        answers = [
            client.patch(f"{API}/settings", json={"language": "de"}),
            client.post(f"{API}/classify", files=files),
        ]
        for answer in answers:
            assert answer.status_code == HTTPStatus.INSUFFICIENT_STORAGE
            detail = answer.json()["detail"]
            assert detail.startswith("the device's disk takes nothing: ")
            assert "/" not in detail
        assert client.get(f"{API}/settings").json()["values"]["language"] is None
        unkept = client.post(f"{API}/classify", files=files, data={"keep": "false"})
        assert unkept.status_code == HTTPStatus.OK


def test_a_page_that_can_write_nothing_at_its_start_is_there(
    model_path: Path, tmp_path: Path
) -> None:
    store = tmp_path / "store"
    # As on a disk that is full or read-only, of whoever runs this: files and folders change places.
    (store / "web" / "addresses.json").mkdir(parents=True)
    (store / ".exports").touch()
    with running(model_path, store, "127.0.0.1:0") as started, started.client() as client:
        assert client.get(f"{API}/records").status_code == HTTPStatus.OK
        export = client.get(f"{API}/records/export")
        assert export.status_code == HTTPStatus.INSUFFICIENT_STORAGE
        assert export.json()["detail"] == "the device's disk takes nothing: File exists"
        words = "`plant-device token` does not show where the page is (Is a directory)"
        until(lambda: f"{words}\n" in started.said)
