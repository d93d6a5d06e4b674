"""Every view at phone and desktop size, light and dark, in each language."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from device_with_page import API, Device
from opened_page import DESKTOP, PHONE, OpenPage, Until

pytestmark = pytest.mark.browser

if TYPE_CHECKING:
    from playwright.sync_api import Page

# A view, and what is on it once it has all that it shows.
VIEWS = {
    "live": "canvas[data-frames]",
    "records": ".record-row",
    "records/5": ".record-picture img",
    "map": ".scale-bar",
    "charts": ".day-chart canvas",
    "device": ".settings .field",
}
TARGET = 48
# What stands in a box of its own is wider than it, or one of its words is cut in two.
CUT = """() => [...document.querySelectorAll("button, .button, .tabs span")]
  .filter((one) => one.checkVisibility() && !one.matches(".unseen, .square"))
  .filter((one) => {
    if (one.scrollWidth > one.clientWidth + 1 && one.clientWidth) return true;
    const { left, right } = one.getBoundingClientRect();
    if (left < -1 || right > innerWidth + 1) return true;
    const letters = document.createTreeWalker(one, NodeFilter.SHOW_TEXT);
    const range = document.createRange();
    while (letters.nextNode()) {
      for (const { 0: word, index } of letters.currentNode.data.matchAll(/[^\\s-]+/g)) {
        range.setStart(letters.currentNode, index);
        range.setEnd(letters.currentNode, index + word.length);
        if (new Set([...range.getClientRects()].map(({ top }) => Math.round(top))).size > 1)
          return true;
      }
    }
    return false;
  })
  .map((one) => one.textContent)"""


def complete(page: "Page", url: str, view: str, until: Until) -> None:
    """Go to a view, and wait for what it shows."""
    page.goto("about:blank")
    page.goto(f"{url}/#/{view}")
    page.locator(VIEWS[view]).first.wait_for()
    until(
        page,
        "[...document.images].filter((one) => one.getBoundingClientRect().top < innerHeight)"
        ".every((one) => one.complete)",
    )


def small_targets(page: "Page") -> list[str]:
    """What is pressed and too small for a thumb."""
    return list(
        page.evaluate(
            """(least) => [...document.querySelectorAll(
                 "a[href], button, select, textarea, summary, input:not([type=file])")]
              .map((one) => one.closest("label") ?? one)
              .filter((one) => one.checkVisibility() && !one.matches(".skip"))
              .filter((one) => {
                const { width, height } = one.getBoundingClientRect();
                return Math.min(width, height) < least - 0.5;
              })
              .map((one) => one.outerHTML.slice(0, 120))""",
            TARGET,
        )
    )


@pytest.mark.parametrize(
    ("size", "theme"),
    [
        (PHONE, "light"),
        (DESKTOP, "dark"),
        pytest.param(PHONE, "dark", marks=pytest.mark.slow),
        pytest.param(DESKTOP, "light", marks=pytest.mark.slow),
    ],
)
def test_every_view_is_accessible_and_fits(
    farm: Device,
    open_page: OpenPage,
    until: Until,
    shots: Path,
    size: tuple[int, int],
    theme: str,
) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="needs axe").Axe()
    page = open_page(farm.url, size, theme)
    page.get_by_role("button", name="Photograph").click()
    page.locator(".live .decision").wait_for()
    for view in VIEWS:
        complete(page, farm.url, view, until)
        name = f"{view.replace('/', '-')}-{theme}-{size[0]}x{size[1]}"
        page.screenshot(path=shots / f"{name}.png")
        found = axe.run(page).response["violations"]
        assert not [(one["id"], one["impact"], one["nodes"][0]["html"]) for one in found], name
        assert page.evaluate("document.documentElement.scrollWidth") <= size[0], name
        assert not small_targets(page), name


@pytest.mark.parametrize("language", ["de", "es"])
def test_every_view_fits_in_every_language(
    farm: Device, open_page: OpenPage, until: Until, shots: Path, language: str
) -> None:
    page = open_page(farm.url, PHONE, "light", language)
    for view in VIEWS:
        complete(page, farm.url, view, until)
        page.screenshot(path=shots / f"{view.replace('/', '-')}-{language}.png")
        assert page.evaluate("document.documentElement.lang") == language
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE[0], view
        assert not page.evaluate(CUT), view


@pytest.mark.parametrize("language", ["en", "de", "es"])
def test_a_phone_shows_each_column_of_the_charts_table(
    farm: Device, open_page: OpenPage, until: Until, language: str
) -> None:
    page = open_page(farm.url, PHONE, "light", language)
    complete(page, farm.url, "charts", until)
    page.locator("summary").first.click()
    table = page.locator(".scroll")
    table.locator("td").first.wait_for()
    assert table.evaluate("one => one.scrollWidth <= one.clientWidth")


@pytest.mark.parametrize(("percent", "language"), [(200, "en"), (200, "de"), (130, "es")])
def test_every_view_fits_with_large_text(
    farm: Device,
    open_page: OpenPage,
    until: Until,
    shots: Path,
    percent: int,
    language: str,
) -> None:
    page = open_page(farm.url, PHONE, "light", language)

    def check(name: str) -> None:
        page.screenshot(path=shots / f"{name}-{language}-{percent}.png")
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE[0], name
        assert not page.evaluate(CUT), name

    for view in VIEWS:
        complete(page, farm.url, view, until)
        page.evaluate(f"document.documentElement.style.fontSize = '{percent}%'")
        check(view.replace("/", "-"))
    complete(page, farm.url, "live", until)
    page.evaluate(f"document.documentElement.style.fontSize = '{percent}%'")
    page.locator(".actions .upload").click()
    page.locator("dialog[open]").wait_for()
    check("upload")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_dialogs_and_what_is_folded_are_accessible_too(
    farm: Device, open_page: OpenPage, until: Until, shots: Path, theme: str
) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="needs axe").Axe()
    page = open_page(farm.url, PHONE, theme)

    def check(name: str) -> None:
        page.screenshot(path=shots / f"{name}-{theme}.png")
        found = axe.run(page).response["violations"]
        assert not [(one["id"], one["nodes"][0]["html"]) for one in found], name
        assert not small_targets(page), name

    page.get_by_role("button", name="From phone").click()
    page.locator("dialog[open]").wait_for()
    check("upload")
    page.keyboard.press("Escape")
    page.locator("dialog").wait_for(state="detached")
    complete(page, farm.url, "records", until)
    page.get_by_role("button", name="Filter", exact=True).click()
    check("filter")
    complete(page, farm.url, "records/5", until)
    for fold in page.locator("summary").all():
        fold.click()
    check("record-unfolded")
    page.get_by_role("button", name="Correct").click()
    page.locator("dialog[open]").wait_for()
    check("correct")


def test_the_login_is_accessible(farm: Device, open_page: OpenPage, shots: Path) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="needs axe").Axe()
    for size in (PHONE, DESKTOP):
        page = open_page(f"{farm.url}/login", size)
        page.get_by_label("Token").wait_for()
        page.screenshot(path=shots / f"login-{size[0]}x{size[1]}.png")
        assert not axe.run(page).response["violations"]
        assert not small_targets(page)


def test_theme_and_language_are_chosen_and_remembered(farm: Device, open_page: OpenPage) -> None:
    page = open_page(f"{farm.url}/#/device")
    page.get_by_label("Appearance").select_option("dark")
    page.get_by_label("Language", exact=True).select_option("es")
    page.get_by_role("link", name="Registros").wait_for()
    page.reload()
    page.get_by_role("link", name="Registros").wait_for()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"


def test_motion_is_left_out_where_it_is_not_wanted(farm: Device, open_page: OpenPage) -> None:
    page = open_page(farm.url)
    page.get_by_role("button", name="Photograph").click()
    page.locator(".live .decision").wait_for()
    moving = "getComputedStyle(document.querySelector('.bar')).transitionProperty"
    assert page.evaluate(moving) == "transform"
    page.emulate_media(reduced_motion="reduce")
    assert page.evaluate(moving) == "none"


def test_settings_are_changed_in_a_form(farm: Device, open_page: OpenPage) -> None:
    page = open_page(f"{farm.url}/#/device")
    page.get_by_label("Leaves of an inspection").fill("9")
    page.get_by_label("Leaves of an inspection").blur()
    page.get_by_role("button", name="Save").click()
    page.get_by_text("Settings saved").wait_for()
    with farm.client() as client:
        assert client.get(f"{API}/settings").json()["values"]["decision.leaves"] == 9
        client.patch(f"{API}/settings", json={"decision.leaves": 6})


def test_what_is_typed_stays_when_the_devices_status_comes(
    farm: Device, open_page: OpenPage
) -> None:
    page = open_page(f"{farm.url}/#/device")
    field = page.get_by_label("Longest look in seconds")
    field.focus()
    field.press("ControlOrMeta+a")
    field.press_sequentially("0.05")
    page.evaluate("import('/app/device.js').then((m) => m.loadStatus())")
    # Two turns of drawing: what the status changes has been drawn.
    page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    assert field.input_value() == "0.05"


def test_the_devices_language_is_one_that_it_has(farm: Device, open_page: OpenPage) -> None:
    page = open_page(f"{farm.url}/#/device")
    field = page.get_by_label("Language of the device's own messages")
    field.wait_for()
    assert field.locator("option").all_inner_texts() == [
        *("Not set", "Deutsch", "English", "español")
    ]


def test_who_may_lose_old_pictures_is_asked_and_a_refusal_is_told(
    farm: Device, open_page: OpenPage
) -> None:
    page = open_page(f"{farm.url}/#/device")
    field = page.get_by_label("Megabytes to keep free")
    page.get_by_text("MB are free now").wait_for()
    with farm.client() as client:
        free = client.get(f"{API}/status").json()["disk"]["free_bytes"]
        before = client.get(f"{API}/settings").json()["values"]
        field.fill(str(int(free / 2e6)))
        field.blur()
        page.get_by_role("button", name="Save").click()
        page.locator("dialog").get_by_text("Deleted pictures do not come back.").wait_for()
        page.locator("dialog").get_by_role("button", name="Cancel").click()
        assert client.get(f"{API}/settings").json()["values"] == before
        field.fill("-5")
        field.evaluate("one => { one.removeAttribute('min'); one.blur(); }")
        page.get_by_role("button", name="Save").click()
        page.locator(".settings .fault").get_by_text("does not take this value").wait_for()
        assert client.get(f"{API}/settings").json()["values"] == before


def test_a_refused_setting_and_why_are_seen_above_the_bar_that_saves(
    farm: Device, open_page: OpenPage, until: Until
) -> None:
    page = open_page(f"{farm.url}/#/device")
    field = page.get_by_label("The device's place")
    field.fill("the orchard")
    page.get_by_role("button", name="Save").click()
    page.locator(".settings .fault").wait_for()
    until(page, "document.activeElement.matches('[aria-invalid=\"true\"]')")
    for seen in ("document.activeElement", "document.querySelector('.settings .fault')"):
        assert page.evaluate(
            f"""(() => {{
              const one = {seen};
              const {{ left, top, width, height }} = one.getBoundingClientRect();
              const there = document.elementFromPoint(left + width / 2, top + height / 2);
              return one.contains(there) && top >= 0 && top + height <= innerHeight;
            }})()"""
        )
