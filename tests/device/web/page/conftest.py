"""A real device with records in its store, and a real browser before it."""

import os
import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest
from device_with_page import Device, running
from opened_page import PHONE, OpenPage, Until

from plant_device.classify.line import ClassifiedLine
from plant_device.store.clock import Moment
from plant_device.store.place.place import Place
from plant_device.store.store import Store

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

NAMES = ("chromium", "chromium-browser", "google-chrome")
SCRIPT = "<img src=x onerror='window.attacked = true'>"
# What is waited for either comes or the test has failed; how long it takes is no matter.
PATIENCE_MS = 60_000


@pytest.fixture(scope="session")
def farm(model_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Device]:
    """A device with three weeks of records, whose page only this machine reaches.

    It looks when it is asked to: what it keeps is what tests have it keep.
    """
    store = tmp_path_factory.mktemp("farm") / "store"
    fill(store)
    with running(model_path, store, "127.0.0.1:0") as device:
        look_when_asked(device)
        yield device


def look_when_asked(device: Device) -> None:
    """Set the mode in which only a button makes records."""
    # The tiny network's frames disagree: a look ends with its patience.
    values = {"decision.mode": "button", "decision.patience": 0.5}
    with device.client() as client:
        answer = client.patch("/api/v1/settings", json=values)
        assert answer.status_code == 200, answer.text


def fill(folder: Path, records: int = 90) -> None:
    """Keep records as a device would that has stood in a field for three weeks."""
    random = np.random.default_rng(7)
    now = datetime.now(timezone.utc)
    kinds = (
        ("Apple___scab", "disease", "clear", 0.91),
        ("Apple___healthy", "healthy", "clear", 0.97),
        ("Tomato___healthy", "healthy", "clear", 0.88),
        ("Apple___scab", "unsure", "blurred", 0.41),
        ("Pepper,_bell___Bacterial_spot", "disease", "clear", 0.78),
        ("Tomato___healthy", "not_leaf", "unlike_training", 0.33),
    )
    with Store(folder) as store:
        for index in range(records):
            label, decision, cause, probability = kinds[index % len(kinds)]
            line = ClassifiedLine.model_validate(
                {
                    **{"path": "synthetic:", "decision": decision, "cause": cause, "reason": "…"},
                    **{"label": label, "probability": probability, "energy": 8.1, "ms": 4.2},
                    "top": [{"label": label, "probability": probability}],
                    "quality": {
                        **{"bright_end": 0.7, "clipped": 0.01},
                        **{"sharpness": 0.06, "leaf_share": 0.4},
                    },
                }
            )
            taken = now - timedelta(hours=5 * (records - index))
            moment = Moment(taken, 1000.0 + index, "boot", certain=index % 7 != 0)
            east, north = random.normal(0, (0.0012, 0.0008))
            place = Place(52.1315 + north, 11.6399 + east, "gpsd", 4.0) if index % 4 else None
            number = store.keep(leaf(random), line, "ab" * 32, moment, place)
            if index % 30 == 29:
                store.note(number, SCRIPT)


def leaf(random: np.random.Generator) -> np.ndarray:
    """A drawn leaf: RGB uint8 [240, 320, 3]."""
    picture = np.full((240, 320, 3), (110, 90, 70), np.uint8)
    angle = float(random.uniform(0, 180))
    cv2.ellipse(picture, (160, 120), (105, 55), angle, 0, 360, (70, 140, 60), -1)
    for x, y in random.normal((160, 120), 22, (6, 2)).astype(int):
        cv2.circle(picture, (int(x), int(y)), 6, (110, 60, 30), -1)
    return picture


@pytest.fixture(scope="session")
def browser() -> Iterator["Browser"]:
    """Chromium, which the system installs."""
    reason = "needs Chromium and Playwright: apt install chromium; pip install playwright"
    playwright = pytest.importorskip("playwright.sync_api", reason=reason)
    program = next(filter(None, map(shutil.which, NAMES)), None)
    if program is None:
        pytest.skip(reason)
    with playwright.sync_playwright() as started:
        chromium = started.chromium.launch(
            executable_path=program,
            args=[
                *("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-sync"),
                *("--disable-background-networking", "--disable-component-update"),
                # A name that is not this machine's own, to which a browser grants less.
                "--host-resolver-rules=MAP field.test 127.0.0.1",
            ],
        )
        yield chromium
        chromium.close()


@pytest.fixture
def open_page(browser: "Browser") -> Iterator[OpenPage]:
    """Opens the page in a browser of its own; what it complains of fails the test."""
    contexts: list[BrowserContext] = []
    faults: list[str] = []

    def opened(
        url: str, size: tuple[int, int] = PHONE, theme: str = "light", language: str = "en"
    ) -> "Page":
        context = browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            locale=language,
            color_scheme="dark" if theme == "dark" else "light",
            has_touch=size[0] < 600,
            # As a person does who goes on past the warning.
            ignore_https_errors=True,
        )
        contexts.append(context)
        context.set_default_timeout(PATIENCE_MS)
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on(
            "console",
            lambda said: (
                faults.append(said.text) if "Content Security Policy" in said.text else None
            ),
        )
        page.goto(url)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert not faults


@pytest.fixture(scope="session")
def until() -> Until:
    """Waits for what a page shows."""

    def wait(page: "Page", condition: str) -> None:
        page.evaluate(
            f"""new Promise((resolve, reject) => {{
              const late = setTimeout(() => reject(new Error("never came")), {PATIENCE_MS});
              const look = () => {{
                if (!({condition})) requestAnimationFrame(look);
                else {{ clearTimeout(late); resolve(); }}
              }};
              look();
            }})"""
        )

    return wait


@pytest.fixture(scope="session")
def shots(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where screenshots go: PLANT_SCREENSHOTS, or a folder that pytest names."""
    named = os.environ.get("PLANT_SCREENSHOTS")
    folder = Path(named) if named else tmp_path_factory.mktemp("screenshots")
    folder.mkdir(parents=True, exist_ok=True)
    return folder
