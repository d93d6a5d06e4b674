"""Records: listed, filtered, put right, deleted, taken home."""

import csv
import io
import zipfile
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from device_with_page import API, Device, line, running
from opened_page import OpenPage, Until

from plant_device.store.clock import Moment
from plant_device.store.store import Store

pytestmark = pytest.mark.browser

if TYPE_CHECKING:
    from playwright.sync_api import Page


def asked(device: Device, **query: str) -> dict[str, Any]:
    with device.client() as client:
        return dict(client.get(f"{API}/records", params={"limit": "1", **query}).json())


def record(device: Device, number: int) -> dict[str, Any]:
    with device.client() as client:
        return dict(client.get(f"{API}/records/{number}").json())


def number_of(page: "Page") -> int:
    return int(page.url.rpartition("/")[2])


def test_the_list_goes_on_without_an_end(farm: Device, open_page: OpenPage, until: Until) -> None:
    page = open_page(f"{farm.url}/#/records")
    page.locator(".record-row").first.wait_for()
    total = int(page.locator("h1 .count").inner_text())
    assert total >= 90
    until(
        page,
        f"""(() => {{
          scrollTo(0, document.body.scrollHeight);
          return document.querySelectorAll(".record-row").length >= {total};
        }})()""",
    )
    links = page.locator(".record-row a").evaluate_all("all => all.map(one => one.hash)")
    numbers = [int(link.rpartition("/")[2]) for link in links]
    assert numbers == sorted(set(numbers), reverse=True)
    assert page.locator(".more-records").count() == 0


@pytest.mark.parametrize(
    ("field", "choice", "query"),
    [
        ("Decision", "unsure", {"decision": "unsure"}),
        ("Crop", "Apple", {"crop": "Apple"}),
        ("Condition", "Apple___healthy", {"label": "Apple___healthy"}),
        ("Correction", "false", {"corrected": "false"}),
    ],
)
def test_a_filter_shows_what_the_device_has_of_it(
    farm: Device,
    open_page: OpenPage,
    until: Until,
    field: str,
    choice: str,
    query: dict[str, str],
) -> None:
    page = open_page(f"{farm.url}/#/records")
    page.get_by_role("button", name="Filter", exact=True).click()
    page.get_by_label(field, exact=True).select_option(choice)
    page.locator(".filters .chip").wait_for()
    there = asked(farm, **query)["total"]
    until(
        page, f"document.querySelector('h1 .count')?.textContent.replace(/\\D/g, '') === '{there}'"
    )
    # It is part of the address, so that "back" finds it again.
    page.reload()
    page.locator(".filters .chip").wait_for()
    page.locator(".filters .chip").click()
    page.locator(".filters .chip").wait_for(state="detached")


def test_a_day_without_records_says_so(farm: Device, open_page: OpenPage) -> None:
    page = open_page(f"{farm.url}/#/records?day=2024-02-29")
    page.get_by_text("No records.").wait_for()


def test_who_comes_back_from_a_record_finds_the_list_as_it_was(
    farm: Device, open_page: OpenPage, until: Until
) -> None:
    page = open_page(f"{farm.url}/#/records")
    page.locator(".record-row").nth(30).scroll_into_view_if_needed()
    until(page, "scrollY > 1000")
    scrolled = page.evaluate("scrollY")
    page.locator(".record-row a").nth(28).click()
    page.locator(".record-side").wait_for()
    assert page.evaluate("scrollY") == 0
    page.get_by_role("article").get_by_role("link", name="Records").click()
    until(page, f"Math.abs(scrollY - {scrolled}) < 200")


def test_a_record_is_corrected_and_that_undone(farm: Device, open_page: OpenPage) -> None:
    number = asked(farm, label="Apple___scab", corrected="false")["records"][0]["id"]
    page = open_page(f"{farm.url}/#/records/{number}")
    page.get_by_role("button", name="Correct").click()
    page.get_by_label("Search").fill("HEALTHY tom")
    page.locator(".classes button").first.click()
    page.locator(".corrected").wait_for()
    assert record(farm, number)["corrected"] == "Tomato___healthy"
    page.get_by_role("button", name="Undo").click()
    page.locator(".corrected").wait_for(state="detached")
    assert record(farm, number)["corrected"] is None
    page.get_by_role("button", name="Correct").click()
    page.locator(".classes button").first.click()
    page.get_by_text("Corrected:").wait_for()
    assert record(farm, number)["corrected"] == "not_leaf"


def test_a_note_is_kept_as_it_was_written(farm: Device, open_page: OpenPage) -> None:
    page = open_page(f"{farm.url}/#/records")
    page.locator(".record-row a").nth(3).click()
    page.get_by_label("Note").fill("<b>by the gate</b> & 3 m in")
    page.get_by_role("button", name="Save").click()
    page.get_by_text("Note saved").wait_for()
    assert record(farm, number_of(page))["note"] == "<b>by the gate</b> & 3 m in"


def test_a_note_is_kept_when_the_record_is_left(farm: Device, open_page: OpenPage) -> None:
    page = open_page(f"{farm.url}/#/records")
    page.locator(".record-row a").nth(4).click()
    page.get_by_label("Note").fill("in the third row")
    number = number_of(page)
    page.go_back()
    page.get_by_text("Note saved").wait_for()
    assert record(farm, number)["note"] == "in the third row"


def test_a_crop_is_called_as_its_classes_are(farm: Device, open_page: OpenPage) -> None:
    page = open_page(f"{farm.url}/#/records", language="de")
    page.get_by_role("button", name="Filter", exact=True).click()
    page.get_by_label("Kultur", exact=True).select_option(label="Paprika")
    page.locator(".filters .chip", has_text="Paprika").wait_for()
    assert "crop=Pepper" in page.url


def test_an_address_of_no_view_is_the_live_view(farm: Device, open_page: OpenPage) -> None:
    page = open_page(f"{farm.url}/#/nosuch")
    page.wait_for_selector("canvas[data-frames]")
    assert page.locator(".tabs [aria-current=page]").inner_text() == "Live"


def test_words_of_others_are_never_html(farm: Device, open_page: OpenPage) -> None:
    page = open_page(f"{farm.url}/#/records")
    note = page.locator(".record-note", has_text="<img src=x").first
    note.wait_for()
    note.click()
    page.locator("#note").wait_for()
    assert page.locator("#note").input_value().startswith("<img src=x")
    assert page.locator("img[src=x]").count() == 0
    assert page.evaluate("window.attacked") is None


def test_a_record_is_deleted_and_that_undone(farm: Device, open_page: OpenPage) -> None:
    page = open_page(f"{farm.url}/#/records")
    page.locator(".record-row a").nth(5).click()
    page.get_by_role("button", name="Delete").wait_for()
    number = number_of(page)
    before = asked(farm)["total"]
    page.get_by_role("button", name="Delete").click()
    page.locator(".toast").get_by_text("Deleted").wait_for()
    page.locator(".record-row").first.wait_for()
    assert page.locator(f".record-row a[href='#/records/{number}']").count() == 0
    assert record(farm, number)["status"] == 404
    page.get_by_role("button", name="Undo").click()
    page.locator(".record-side").wait_for()
    assert number_of(page) == number
    assert asked(farm)["total"] == before


def test_a_record_that_is_not_there_is_told(farm: Device, open_page: OpenPage) -> None:
    page = open_page(f"{farm.url}/#/records/999999")
    page.get_by_text("There is no such record.").wait_for()


def test_records_are_found_on_the_map(farm: Device, open_page: OpenPage, until: Until) -> None:
    page = open_page(f"{farm.url}/#/map")
    page.locator(".scale-bar").wait_for()
    bar = page.locator(".scale-bar").inner_text()
    page.locator(".scatter canvas").focus()
    for _ in range(6):
        page.keyboard.press("+")
    until(page, f"document.querySelector('.scale-bar')?.innerText !== '{bar}'")
    page.get_by_role("button", name="Show all").click()
    until(page, f"document.querySelector('.scale-bar')?.innerText === '{bar}'")
    page.get_by_role("button", name="As a list").click()
    page.locator("dialog .record-row a").first.click()
    page.locator(".record-side").wait_for()
    # And from a record to its place, which stands in the middle: a tap there opens it again.
    number = number_of(page)
    page.locator(".facts a").first.click()
    page.locator(".scale-bar").wait_for()
    until(page, "document.querySelector('.scale-bar')?.innerText.endsWith('20 m')")
    box = page.locator(".scatter canvas").bounding_box()
    assert box
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.locator(f".record-side, dialog .record-row a[href='#/records/{number}']").first.wait_for()


def test_counts_are_drawn_and_told(farm: Device, open_page: OpenPage) -> None:
    page = open_page(f"{farm.url}/#/charts")
    page.locator(".day-chart canvas").wait_for()
    page.get_by_text("As a table").click()
    told = page.locator(".scroll tbody td").all_inner_texts()
    with farm.client() as client:
        counted = client.get(f"{API}/records/counts", params={"by": "label"}).json()
    # All records are of the last weeks.
    assert sum(map(int, told)) == sum(row["count"] for row in counted)
    page.get_by_role("button", name="All", exact=True).click()
    page.locator(".by-class a").first.click()
    page.locator(".record-row").first.wait_for()


def test_a_single_day_of_records_stands_at_the_end_of_its_week(
    model_path: Path, tmp_path: Path, open_page: OpenPage, until: Until, shots: Path
) -> None:
    with Store(tmp_path / "store") as store:
        now = Moment(datetime.now(timezone.utc), 1000.0, "boot", certain=True)
        store.keep(None, line(), "ab" * 32, now, None)
    with running(model_path, tmp_path / "store", "127.0.0.1:0") as device:
        with device.client() as client:
            client.patch(f"{API}/settings", json={"decision.mode": "button"})
        page = open_page(f"{device.url}/#/charts")
        page.locator(".day-chart canvas").wait_for()
        page.screenshot(path=shots / "charts-one-day.png")
        # Where the canvas has colours, as shares of its width: the axes are grey.
        found = """(() => {
          const canvas = document.querySelector(".day-chart canvas");
          const { width, height } = canvas;
          const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
          let [first, last] = [width, -1];
          for (let at = 0; at < data.length; at += 4) {
            const shades = [data[at], data[at + 1], data[at + 2]];
            if (data[at + 3] < 250 || Math.max(...shades) - Math.min(...shades) < 40) continue;
            const x = (at / 4) % width;
            first = Math.min(first, x);
            last = Math.max(last, x);
          }
          return [first / width, last / width];
        })()"""
        until(page, f"{found}[1] > 0")
        left, right = page.evaluate(found)
        assert 0.75 < left < right < 1


@pytest.mark.parametrize(
    ("name", "ending"), [("Table CSV", "csv"), ("Map GeoJSON", "geojson"), ("Pictures ZIP", "zip")]
)
def test_records_are_taken_home(
    farm: Device, open_page: OpenPage, tmp_path: Path, name: str, ending: str
) -> None:
    page = open_page(f"{farm.url}/#/device")
    with page.expect_download() as download:
        page.locator(".exports").get_by_role("link", name=name).click()
    assert download.value.suggested_filename.endswith(f"records.{ending}")
    path = tmp_path / "taken"
    download.value.save_as(path)
    if ending == "csv":
        rows = list(csv.DictReader(io.StringIO(path.read_text("utf-8-sig"))))
        assert len(rows) == asked(farm)["total"]
    elif ending == "zip":
        with zipfile.ZipFile(path) as archive:
            assert archive.testzip() is None
    else:
        assert path.read_text().startswith('{"type": "FeatureCollection"')
