"""What a phone has to fetch before it sees the camera."""

import gzip
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from device_with_page import Device
from opened_page import OpenPage

if TYPE_CHECKING:
    from playwright.sync_api import Response

MOST_BYTES = 150 * 1024


def test_the_live_view_needs_at_most_150_kb(farm: Device, open_page: OpenPage) -> None:
    page = open_page("about:blank")
    fetched: dict[str, bytes] = {}

    def keep(response: "Response") -> None:
        path = urlsplit(response.url).path
        if not path.startswith("/api/"):
            fetched[path] = response.body()

    page.context.route("**/worker.js", lambda route: route.abort())
    page.on("response", keep)
    page.goto(farm.url)
    page.wait_for_selector("canvas[data-frames]")
    assert {"/", "/app/main.js", "/app/views/live.js", "/style.css"} <= fetched.keys()
    assert not [path for path in fetched if "uPlot" in path or "records" in path]
    small = (".png",)
    size = sum(
        len(body) if path.endswith(small) else len(gzip.compress(body, 9))
        for path, body in fetched.items()
    )
    assert size <= MOST_BYTES
