"""Who is let in, and what a browser allows a page that it does not trust."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from device_with_page import API, Device, running
from opened_page import OpenPage, Until

pytestmark = pytest.mark.browser

if TYPE_CHECKING:
    from playwright.sync_api import Page


@pytest.fixture(scope="module")
def gated(model_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Device]:
    """A device that the network reaches: it wants a token."""
    with running(model_path, tmp_path_factory.mktemp("gated") / "store", "0.0.0.0:0") as device:
        yield device


def enter(page: "Page", token: str) -> None:
    page.get_by_label("Token").fill(token)
    page.get_by_role("button", name="Log in").click()


def test_a_wrong_token_is_told_and_the_right_one_lets_in(
    gated: Device, open_page: OpenPage
) -> None:
    page = open_page(gated.url)
    page.wait_for_url("**/login")
    enter(page, "wrong")
    page.get_by_text("That is not the token.").wait_for()
    enter(page, f" {gated.token()} ")
    page.wait_for_selector("canvas[data-frames]")
    # By cookie, so that what changes something needs more than that.
    with page.expect_response("**/api/v1/photograph") as answer:
        page.get_by_role("button", name="Photograph").click()
    assert answer.value.status == 201
    assert "x-csrf-token" in answer.value.request.headers


def test_the_qr_codes_address_logs_in_and_leaves_no_token_behind(
    gated: Device, open_page: OpenPage
) -> None:
    page = open_page(f"{gated.url}/login#token={gated.token()}")
    page.wait_for_selector("canvas[data-frames]")
    assert gated.token() not in page.url
    page.go_back()
    assert gated.token() not in page.url


def test_the_login_leads_to_the_view_that_was_asked_for(gated: Device, open_page: OpenPage) -> None:
    page = open_page(f"{gated.url}/#/records")
    page.wait_for_url("**/login")
    enter(page, gated.token())
    page.get_by_role("heading", name="Records").wait_for()
    assert page.url == f"{gated.url}/#/records"


def test_who_logs_out_is_out(gated: Device, open_page: OpenPage, until: Until) -> None:
    page = open_page(f"{gated.url}/login#token={gated.token()}")
    page.wait_for_selector("canvas[data-frames]")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.get_by_role("link", name="Records").click()
    page.locator(".record-row img").first.wait_for()
    until(page, "localStorage.getItem('records')")
    page.get_by_role("link", name="Device").click()
    page.get_by_role("button", name="Log out").click()
    page.wait_for_url("**/login")
    assert page.evaluate(f"fetch('{API}/status').then((answer) => answer.status)") == 401
    assert page.evaluate("localStorage.getItem('records')") is None
    assert "thumbnails" not in page.evaluate("caches.keys()")


def test_a_session_that_ended_leads_to_the_login(gated: Device, open_page: OpenPage) -> None:
    page = open_page(f"{gated.url}/login#token={gated.token()}")
    page.wait_for_selector("canvas[data-frames]")
    page.get_by_role("link", name="Device").click()
    page.get_by_role("button", name="Log out").wait_for()
    # Nothing is pressed after this: a stream that asks anew may lead away before the press.
    page.context.clear_cookies()
    page.wait_for_url("**/login")


def test_a_page_that_is_not_trusted_works_and_says_what_it_lacks(
    gated: Device, open_page: OpenPage
) -> None:
    page = open_page(f"http://field.test:{gated.port}/login#token={gated.token()}")
    page.wait_for_selector("canvas[data-frames]")
    assert page.evaluate("isSecureContext") is False
    page.get_by_role("link", name="Device").click()
    page.get_by_text("came without a trusted certificate").wait_for()
    page.get_by_text("A browser tells its place only to pages").wait_for()


def test_a_certificate_that_is_not_trusted_is_offered_to_be(
    model_path: Path, tmp_path: Path, open_page: OpenPage
) -> None:
    settings = tmp_path / "settings.toml"
    settings.write_text("[web]\nself_signed = true\n")
    options = ("--config", str(settings))
    with running(model_path, tmp_path / "store", "0.0.0.0:0", *options) as device:
        page = open_page(f"{device.url}/login#token={device.token()}")
        page.wait_for_selector("canvas[data-frames]")
        page.get_by_role("link", name="Device").click()
        page.get_by_text("it does not trust the device's certificate").wait_for()
        link = page.get_by_role("link", name="The device's certificate").get_attribute("href")
        assert page.evaluate(f"fetch('{link}').then((answer) => answer.text())").startswith(
            "-----BEGIN CERTIFICATE-----"
        )


def test_too_many_wrong_tokens_have_to_wait(
    model_path: Path, tmp_path: Path, open_page: OpenPage
) -> None:
    with running(model_path, tmp_path / "store", "0.0.0.0:0") as device:
        page = open_page(f"{device.url}/login")
        for _ in range(30):
            with page.expect_response(f"**{API}/session") as answer:
                enter(page, "wrong")
            if answer.value.status == 429:
                break
        page.get_by_text("Too many tries.").wait_for()
