"""The page while the device is out of reach."""

from pathlib import Path

import pytest
from device_with_page import API, running
from opened_page import OpenPage

pytestmark = pytest.mark.browser


def test_the_page_opens_without_the_device_and_finds_it_again(
    model_path: Path, tmp_path: Path, open_page: OpenPage, shots: Path
) -> None:
    store = tmp_path / "store"
    with running(model_path, store, "127.0.0.1:0") as device:
        with device.client() as client:
            client.patch(f"{API}/settings", json={"decision.mode": "button"})
            client.post(f"{API}/photograph")
        page = open_page(device.url)
        page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        page.get_by_role("link", name="Records").click()
        page.locator(".record-row").first.wait_for()
        known = page.locator(".record-row").count()
        page.get_by_role("link", name="Device").click()
        page.get_by_text("This page also opens when").wait_for()
    page.locator(".away").wait_for()

    page.reload()
    page.locator(".away").wait_for()
    page.get_by_role("link", name="Records").click()
    page.get_by_text("The newest that this phone remembers.").wait_for()
    assert page.locator(".record-row").count() == known
    page.locator(".record-row a").first.click()
    page.locator(".record-side").wait_for()
    page.get_by_role("link", name="Charts").click()
    page.locator(".charts").get_by_text("The newest that this phone remembers.").wait_for()
    page.locator(".by-class a").first.wait_for()
    page.get_by_role("link", name="Map").click()
    page.locator(".map").get_by_text("The newest that this phone remembers.").wait_for()
    page.locator(".map").get_by_text("No record has a place yet.").wait_for()
    page.get_by_role("link", name="Live").click()
    page.get_by_text("From before: the device is out of reach").wait_for()
    page.locator(".live .decision").wait_for()
    # No picture ever came: there is no black one.
    assert not page.locator(".camera").is_visible()
    assert page.get_by_role("button", name="Photograph").is_disabled()
    page.screenshot(path=shots / "live-offline.png")

    with running(model_path, store, f"127.0.0.1:{device.port}"):
        page.locator(".away").wait_for(state="detached")
        page.wait_for_selector("canvas[data-frames]")
        page.locator(".photograph:enabled").wait_for()
