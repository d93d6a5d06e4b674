"""Sends the store's rows to a broker as they come, for ever, and says how the device is.

While no broker answers, nothing is done but to try again, after longer and longer waits. Then
everything that was kept meanwhile goes, in its order.
"""

import random
import sqlite3
import time
from collections import deque
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import NoReturn

from pydantic import ValidationError

from plant_device.camera.states import seconds_to_wait
from plant_device.contract.errors import UserError
from plant_device.live.state import LiveState
from plant_device.mqtt.backlog import PAGE, last_ids, next_page
from plant_device.mqtt.broker import Broker, BrokerAwayError, Message
from plant_device.mqtt.discovery import discovery
from plant_device.mqtt.health import health, own_version
from plant_device.mqtt.messages import Again, Stream
from plant_device.mqtt.outbox import STREAMS, Outbox
from plant_device.mqtt.settings import MqttSettings, broker_address
from plant_device.mqtt.status import status
from plant_device.mqtt.topics import Topics
from plant_device.store.database import NAME
from plant_device.store.record import Record
from plant_device.store.store import Store

_POLL_SECONDS = 1.0
_STATUS_SECONDS = 2.0
_HEALTH_SECONDS = 60.0
_RETRY_SECONDS = 1.0
_LONGEST_RETRY_SECONDS = 60.0
# A sink asks again for what it does not get.
_MOST_REQUESTS = 100
# Only a person can mend it.
_REFUSED_SECONDS = 60.0
# A connection that lived so long was a sound one.
_SOUND_SECONDS = 30.0


class Publisher:
    """Reports one device to one broker.

    Args:
        folder: the store's.
        live: what the device does now.
        say: told, once each, of what a person should know.
    """

    def __init__(
        self,
        settings: MqttSettings,
        folder: Path,
        live: Callable[[], LiveState],
        say: Callable[[str], None],
    ) -> None:
        assert settings.broker
        self._settings = settings
        self._folder = folder
        self._live = live
        self._say = say
        self._told = ""
        self._address = broker_address(settings.broker)
        self._topics = Topics(settings.topic, settings.device)
        self._outbox: Outbox | None = None
        self._last: dict[Stream, int] = dict.fromkeys(STREAMS, 0)
        self._newest: Record | None = None
        self._requests: deque[bytes] = deque(maxlen=_MOST_REQUESTS)
        self._status = b""
        self._status_at = self._health_at = float("-inf")

    def run(self) -> NoReturn:
        """Report for ever.

        Raises:
            EOFError: the service is gone.
        """
        failures = 0
        while True:
            begun = time.monotonic()
            wait = _REFUSED_SECONDS
            try:
                with closing(Broker(self._settings, self._topics, self._requests.append)) as broker:
                    self._tell(f"reports to {self._address} as {self._topics['…']}")
                    self._report(broker)
            except BrokerAwayError as error:
                if time.monotonic() - begun >= _SOUND_SECONDS:
                    failures = 0
                failures += 1
                wait = seconds_to_wait(failures, _RETRY_SECONDS, _LONGEST_RETRY_SECONDS)
                self._tell(f"{self._address} is out of reach ({error}): what is kept is sent later")
            except (UserError, OSError, sqlite3.Error) as error:
                self._tell(str(error))
            # A field full of devices should not come back in the same moment.
            time.sleep(wait * random.uniform(0.5, 1.0))

    def _report(self, broker: Broker) -> NoReturn:
        self._status = b""
        self._status_at = self._health_at = float("-inf")
        if self._settings.discovery:
            broker.publish(
                list(discovery(self._topics, self._settings.discovery, own_version())),
                lambda _: None,
            )
        while True:
            self._send_rows(broker)
            self._say_how_it_is(broker)
            broker.wait(_POLL_SECONDS)

    def _send_rows(self, broker: Broker) -> None:
        """Send all that the store has by now."""
        if not (self._folder / NAME).is_file():
            return
        if self._outbox is None:
            self._outbox = Outbox(self._folder, self._sink, self._say)
        # Opened anew each time: a damaged database is replaced by another file.
        with Store.existing(self._folder) as store:
            self._look_at(store)
            self._answer_requests(self._outbox)
            self._outbox.settle(self._last)
            far_behind = self._waiting(self._outbox) > PAGE
            # A verdict is kept after its records, so it is sent after them; changes go last: a
            # broker that does not take them yet gets all the rest.
            for stream in STREAMS:
                while self._outbox[stream].passed < self._last[stream]:
                    self._send_page(broker, store, self._outbox, stream)
                    self._say_how_it_is(broker)
                    self._answer_requests(self._outbox)
            if far_behind:
                # Somebody may wait for the end of it.
                self._health_at = float("-inf")

    def _look_at(self, store: Store) -> None:
        last = last_ids(store)
        seen = all(last[stream] == self._last[stream] for stream in ("record", "change"))
        if self._newest is None or not seen:
            self._newest = next(store.records(limit=1), None)
        self._last = last

    def _send_page(self, broker: Broker, store: Store, outbox: Outbox, stream: Stream) -> None:
        device, end = self._topics.device, self._last[stream]
        page = next_page(store, outbox, device, stream, end, self._tell)

        def taken(number: int) -> None:
            if number:
                outbox.advance(stream, page[number - 1].id)

        topic = self._topics[stream]
        broker.publish([Message(topic, message.json_bytes()) for message in page], taken)

    def _answer_requests(self, outbox: Outbox) -> None:
        while self._requests:
            try:
                asked = Again.model_validate_json(self._requests.popleft())
            except ValidationError:
                continue
            if asked.series == outbox.series:
                outbox.rewind(asked.stream, asked.after)

    def _say_how_it_is(self, broker: Broker) -> None:
        now = time.monotonic()
        messages = []
        if now - self._status_at >= _STATUS_SECONDS:
            self._status_at = now
            told = status(self._live(), self._newest).json_bytes()
            if told != self._status:
                self._status = told
                messages.append(Message(self._topics.status, told, retain=True))
        if now - self._health_at >= _HEALTH_SECONDS and self._outbox:
            self._health_at = now
            waiting = self._waiting(self._outbox)
            sent = {stream: self._outbox[stream].sent for stream in STREAMS}
            # Counted here alone, once a minute: of a season's rows that takes its time.
            with Store.existing(self._folder) as store:
                records = store.count()
            told = health(self._folder, self._outbox.series, sent, waiting, records).json_bytes()
            messages.append(Message(self._topics.health, told, retain=True))
        if messages:
            broker.publish(messages, lambda _: None)

    def _waiting(self, outbox: Outbox) -> int:
        return sum(self._last[stream] - outbox[stream].passed for stream in STREAMS)

    @property
    def _sink(self) -> str:
        # Not its port: the same broker may come to be asked for TLS.
        return f"{self._address.host}/{self._topics.root}/{self._topics.device}"

    def _tell(self, words: str) -> None:
        if words != self._told:
            self._told = words
            self._say(words)
