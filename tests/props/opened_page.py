"""What the page's tests are given to open it, and to wait for what it shows."""

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from playwright.sync_api import Page

PHONE, DESKTOP = (360, 740), (1280, 800)


class OpenPage(Protocol):
    """Opens an address in a browser of its own; what the page complains of fails the test."""

    def __call__(
        self, url: str, size: tuple[int, int] = PHONE, theme: str = "light", language: str = "en"
    ) -> "Page": ...


class Until(Protocol):
    """Waits until an expression of JavaScript is true on a page.

    Playwright's own way has the page evaluate a string, which this page's policy forbids.
    """

    def __call__(self, page: "Page", condition: str) -> None: ...
