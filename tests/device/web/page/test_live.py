"""The live view, before a real device."""

import io
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from device_with_page import API, Device, running
from opened_page import DESKTOP, PHONE, OpenPage, Until
from PIL import Image

pytestmark = pytest.mark.browser

if TYPE_CHECKING:
    from playwright.sync_api import Page


def jpeg() -> bytes:
    """A picture as a phone takes it: upside down, which its EXIF says."""
    ramp = np.linspace(0, 255, 640, dtype=np.uint8)
    picture = np.ascontiguousarray(np.broadcast_to(ramp[np.newaxis, :, np.newaxis], (480, 640, 3)))
    exif = Image.Exif()
    exif[0x0112] = 3
    content = io.BytesIO()
    Image.fromarray(picture).save(content, "JPEG", exif=exif)
    return content.getvalue()


def records(device: Device) -> int:
    with device.client() as client:
        return int(client.get(f"{API}/records", params={"limit": 1}).json()["total"])


def photograph(page: "Page") -> None:
    page.get_by_role("button", name="Photograph").click()
    page.locator(".toast").wait_for()


@pytest.mark.parametrize("size", [PHONE, DESKTOP, (740, 360)])
def test_the_picture_moves_and_shows_what_is_looked_at(
    farm: Device, open_page: OpenPage, until: Until, size: tuple[int, int]
) -> None:
    page = open_page(farm.url, size)
    until(page, "Number(document.querySelector('canvas')?.dataset.frames) > 5")
    box = page.locator(".camera canvas").bounding_box()
    region = page.locator(".region").bounding_box()
    assert box
    assert region == box
    assert box["width"] >= 360


def test_a_photograph_is_told_kept_and_opened(farm: Device, open_page: OpenPage) -> None:
    before = records(farm)
    page = open_page(farm.url)
    photograph(page)
    assert records(farm) == before + 1
    page.locator(".live .decision").wait_for()
    page.locator(".toast").get_by_role("button", name="Open").click()
    page.locator(".record-picture img").wait_for()
    assert page.evaluate("document.querySelector('.record-picture img').decode().then(() => 1)")
    with farm.client() as client:
        newest = client.get(f"{API}/records", params={"limit": 1}).json()["records"][0]
    assert page.url.endswith(f"#/records/{newest['id']}")


def test_a_screen_reader_hears_of_a_decision_once(
    farm: Device, open_page: OpenPage, until: Until
) -> None:
    page = open_page(farm.url)
    photograph(page)
    page.locator(".live .decision").wait_for()
    page.evaluate(
        """() => {
          window.heard = 0;
          new MutationObserver((all) => { window.heard += all.length; })
            .observe(document.getElementById("announcement"),
                     { childList: true, characterData: true, subtree: true });
        }"""
    )
    told = page.locator("#announcement").inner_text()
    assert told.lower() == page.locator(".live .verdict span").inner_text().lower()
    frames = page.evaluate("Number(document.querySelector('canvas').dataset.frames)")
    until(page, f"Number(document.querySelector('canvas')?.dataset.frames) > {frames + 10}")
    assert page.evaluate("window.heard") == 0


def test_scores_and_advice_are_told(farm: Device, open_page: OpenPage) -> None:
    page = open_page(farm.url)
    photograph(page)
    page.get_by_text("All scores").click()
    assert page.locator(".live .scores li").count() == 4
    assert page.locator(".live .explanation dt").count() >= 2


def test_a_picture_of_the_phones_is_seen_sent_and_answered(
    farm: Device, open_page: OpenPage
) -> None:
    before = records(farm)
    page = open_page(farm.url)
    page.get_by_role("button", name="From phone").click()
    assert page.locator("input[capture=environment]").count() == 1
    page.locator("dialog input[type=file]").last.set_input_files(
        {"name": "leaf.jpg", "mimeType": "image/jpeg", "buffer": jpeg()}
    )
    page.locator(".preview").wait_for()
    assert records(farm) == before
    page.get_by_role("button", name="Send to the device").click()
    page.locator("dialog .decision").wait_for()
    assert records(farm) == before + 1
    page.locator("dialog").get_by_role("link", name="Open").click()
    page.locator(".record-picture img").wait_for()


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic" + bytes(1000), "HEIC"),
        (b"\x00\x00\x00\x18ftypavif\x00\x00\x00\x00mif1avif" + bytes(1000), "AVIF"),
        (b"%PDF-1.7 and more", "no picture that the device can read"),
        (b"", "This file is empty"),
    ],
)
def test_a_file_that_can_never_work_is_refused_before_it_is_sent(
    farm: Device, open_page: OpenPage, content: bytes, told: str
) -> None:
    page = open_page(farm.url)
    page.get_by_role("button", name="From phone").click()
    page.locator("dialog input[type=file]").last.set_input_files(
        {"name": "IMG_1.jpg", "mimeType": "image/jpeg", "buffer": content}
    )
    assert told in page.locator("dialog .fault").inner_text()
    assert page.get_by_role("button", name="Send to the device").count() == 0


def test_a_damaged_picture_is_told_in_the_readers_language_and_not_sent_again(
    farm: Device, open_page: OpenPage
) -> None:
    page = open_page(farm.url, language="de")
    page.get_by_role("button", name="Vom Telefon").click()
    page.locator("dialog input[type=file]").last.set_input_files(
        {"name": "leaf.jpg", "mimeType": "image/jpeg", "buffer": jpeg()[:300]}
    )
    page.get_by_role("button", name="An das Gerät schicken").click()
    page.locator("dialog .fault").get_by_text("Dieses Bild ist beschädigt").wait_for()
    # What the device said of it, for those who want to know.
    page.locator("dialog .fault summary").click()
    assert "leaf.jpg" in page.locator("dialog .fault details p").inner_text()
    assert page.get_by_role("button", name="An das Gerät schicken").count() == 0


def test_a_camera_that_is_away_is_told_large(
    model_path: Path, tmp_path: Path, open_page: OpenPage, shots: Path
) -> None:
    settings = tmp_path / "settings.toml"
    settings.write_text("[decision]\npatience = 0.5\n")
    options = ("--source", "usb:/dev/nothing", "--config", str(settings))
    with running(model_path, tmp_path / "store", "127.0.0.1:0", *options) as device:
        page = open_page(device.url)
        fault = page.get_by_role("alert").filter(has_text="The camera cannot be opened")
        fault.wait_for()
        assert "/dev/nothing" in fault.inner_text()
        page.screenshot(path=shots / "camera-away.png")
        page.get_by_role("button", name="Photograph").click()
        page.locator(".toast", has_text="The camera cannot be opened.").wait_for()
        page.get_by_role("link", name="Records").click()
        page.locator(".toast").wait_for(state="detached")


def test_the_mode_is_changed_and_leaves_are_counted(farm: Device, open_page: OpenPage) -> None:
    page = open_page(farm.url)
    page.get_by_label("When it looks").select_option("inspect")
    try:
        page.locator(".inspection .dots li").first.wait_for()
        assert page.locator(".inspection .dots li").count() == 6
        photograph(page)
        # The photograph is of a leaf too, or of what the tiny network takes for none.
        assert page.locator(".inspection .dots li").count() == 6
    finally:
        page.get_by_label("When it looks").select_option("button")
        page.locator(".inspection").wait_for(state="detached")


def test_the_phones_place_goes_to_the_device_when_it_is_shared(
    farm: Device, open_page: OpenPage
) -> None:
    page = open_page(farm.url)
    page.context.grant_permissions(["geolocation"])
    page.context.set_geolocation({"latitude": 52.5, "longitude": 11.25, "accuracy": 7})
    page.goto(f"{farm.url}/#/device")
    with page.expect_response("**/api/v1/place") as answer:
        page.get_by_role("button", name="Share this phone's place").click()
    assert answer.value.status == 204
    page.get_by_role("link", name="Live").click()
    photograph(page)
    with farm.client() as client:
        newest = client.get(f"{API}/records", params={"limit": 1}).json()["records"][0]
    place = newest["place"]
    assert (place["latitude"], place["longitude"], place["origin"]) == (52.5, 11.25, "phone")


def test_eight_streams_are_the_most_and_a_further_viewer_sees_all_the_same(
    farm: Device, open_page: OpenPage, until: Until
) -> None:
    pages = [open_page(farm.url) for _ in range(4)]
    for page in pages:
        page.wait_for_selector("canvas[data-frames]")
    late = open_page(farm.url)
    until(late, "Number(document.querySelector('canvas')?.dataset.frames) > 2")
    late.get_by_label("When it looks").wait_for()


def test_a_slow_network_gets_single_pictures(farm: Device, open_page: OpenPage) -> None:
    page = open_page(farm.url)
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    network = page.context.new_cdp_session(page)
    network.send("Network.enable")
    network.send(
        "Network.emulateNetworkConditions",
        {
            **{"offline": False, "latency": 0},
            **{"downloadThroughput": 8_000, "uploadThroughput": 8_000},
        },
    )
    with page.expect_request("**/snapshot.jpg*"):
        page.reload(wait_until="commit")


@pytest.mark.parametrize("key", ["Enter", "Space"])
def test_all_is_done_with_the_keyboard(farm: Device, open_page: OpenPage, key: str) -> None:
    page = open_page(farm.url)
    page.wait_for_selector("canvas[data-frames]")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.keyboard.press("Tab")
    assert "photograph" in page.evaluate("document.activeElement.className")
    page.keyboard.press(key)
    page.locator(".toast").wait_for()
