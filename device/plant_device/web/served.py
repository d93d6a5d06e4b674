"""What the routes have to work with."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from http import HTTPStatus
from pathlib import Path
from typing import Annotated

from fastapi import Depends, Request

from plant_device.live.link import Link
from plant_device.live.orders import ShowSettings
from plant_device.live.state import LiveState
from plant_device.service.settings import Settings
from plant_device.store.clock import BoardClock
from plant_device.store.disk import usual_floor
from plant_device.store.store import Store
from plant_device.web.access.entrance import Entrance
from plant_device.web.current_model import ModelInForce
from plant_device.web.problems import Problem
from plant_device.web.streams import Views

_RECENT_SECONDS = 1.0


@dataclass
class Served:
    """One device, as its page and API show it.

    Args:
        link: to the service.
        settings: as the service began with.
        entrance: None where no token is needed.
        authority: the file of a self-made certificate authority, if there is one.
    """

    link: Link
    settings: Settings
    entrance: Entrance | None = None
    authority: Path | None = None
    uploading: threading.Lock = field(default_factory=threading.Lock)
    exporting: threading.Lock = field(default_factory=threading.Lock)
    _asking: threading.Lock = field(default_factory=threading.Lock)
    _recent: tuple[float, LiveState] | None = None

    @cached_property
    def views(self) -> Views:
        """What all viewers share."""
        return Views(self.link)

    @cached_property
    def clock(self) -> BoardClock:
        """Says when."""
        return BoardClock(trusted=self.settings.store.trust_clock)

    @cached_property
    def model(self) -> ModelInForce:
        """The model that classifies."""
        return ModelInForce(self.settings.model)

    def recent_state(self) -> LiveState:
        """What the device did a second ago at most: strangers may ask, and cost the service little.

        Raises:
            TimeoutError, EOFError: the service does not answer.
        """
        with self._asking:
            told = self._recent
            if not told or time.monotonic() - told[0] > _RECENT_SECONDS:
                told = time.monotonic(), self.link.state(seconds=0)
                self._recent = told
            return told[1]

    def floor(self) -> int:
        """Bytes that the device leaves free on the store's disk, as that holds now.

        Raises:
            Problem: nothing is kept here.
            TimeoutError, EOFError: the service does not answer.
        """
        megabytes = self.link.ask(ShowSettings())[0]["values"]["store.keep_free_mb"]
        return usual_floor(self.folder) if megabytes is None else int(megabytes) * 10**6

    @property
    def folder(self) -> Path:
        """The store's.

        Raises:
            Problem: nothing is kept here.
        """
        if self.settings.store.folder is None:
            raise Problem(
                HTTPStatus.CONFLICT,
                "expected a device that keeps records: start plant-device run with --store DIR",
            )
        return self.settings.store.folder

    @contextmanager
    def store(self) -> Iterator[Store]:
        """The store, for one request: SQLite's connections are of one thread.

        Raises:
            Problem: nothing is kept here.
            UserError: it cannot be opened.
        """
        with Store.existing(self.folder) as store:
            yield store


def _served(request: Request) -> Served:
    served: Served = request.app.state.served
    return served


ServedDevice = Annotated[Served, Depends(_served)]
