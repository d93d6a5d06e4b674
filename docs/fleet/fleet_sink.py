#!/usr/bin/env python3
"""Writes what all devices of a broker report into PostgreSQL, each row once, none left out.

    pip install 'paho-mqtt>=2.1,<3' 'psycopg[binary]>=3.2'
    python fleet_sink.py --broker mqtts://farm.local --ca ca.pem --user sink \
        --password-file sink.password --database dbname=fleet

A message is acknowledged when the database has it: while the database is away, the broker keeps
what comes. What the broker itself forgets, killed or full, is noticed (each message names the one
before it, and a device's health the last one) and asked for again. One of these runs, not two.
"""

import argparse
import json
import queue
import re
import sys
import threading
import time
import urllib.parse
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import paho.mqtt.client as mqtt
import psycopg
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

_STREAMS = ("record", "change", "verdict", "event")
_STATES = ("availability", "status", "health")
# Unacknowledged at once; mosquitto's max_inflight_messages has to allow it.
_WINDOW = 1000
_GATHER_SECONDS = 0.05
_ASK_SECONDS = 10.0
_RETRY_SECONDS = 2.0
_SESSION_SECONDS = 30 * 24 * 3600
# What comes of what is no message: no JSON or too deep, not its keys, no number, an endless one.
_NO_MESSAGE = (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError)

_ROWS = {
    "record": """
INSERT INTO records (device, series, record, taken_at, certainty, decision, label, probability,
  latitude, longitude, model, corrected, note, inspection, line)
SELECT m->>'device', m->>'series', (r->>'id')::bigint, (r->>'taken_at')::timestamptz,
  r->>'certainty', r->>'decision', r->>'label', (r->>'probability')::float8,
  (r->'place'->>'latitude')::float8, (r->'place'->>'longitude')::float8, r->>'model',
  r->>'corrected', coalesce(r->>'note', ''), (r->>'inspection')::bigint, r
FROM jsonb_array_elements(%s) AS m, LATERAL (SELECT m->'record' AS r) AS row
ON CONFLICT (device, series, record) DO UPDATE SET
  taken_at = excluded.taken_at, certainty = excluded.certainty, corrected = excluded.corrected,
  note = excluded.note, inspection = excluded.inspection, line = excluded.line
WHERE records.line <> excluded.line
""",
    "deleted": """
DELETE FROM records USING jsonb_array_elements(%s) AS m WHERE device = m->>'device'
  AND series = m->>'series' AND record = (m->>'deleted')::bigint
""",
    "verdict": """
INSERT INTO verdicts (device, series, verdict, decision, label, leaves, records, told)
SELECT m->>'device', m->>'series', (m->>'id')::bigint, v->>'decision', v->>'label',
  (v->>'leaves')::int,
  ARRAY(SELECT jsonb_array_elements_text(m->'verdict'->'records')::bigint), v
FROM jsonb_array_elements(%s) AS m, LATERAL (SELECT m->'verdict'->'verdict' AS v) AS row
ON CONFLICT DO NOTHING
""",
    "event": """
INSERT INTO events (device, series, event, at, certainty, kind, words)
SELECT m->>'device', m->>'series', (m->>'id')::bigint, (e->>'at')::timestamptz, e->>'certainty',
  e->>'kind', e->>'words'
FROM jsonb_array_elements(%s) AS m, LATERAL (SELECT m->'event' AS e) AS row
ON CONFLICT (device, series, event) DO UPDATE SET at = excluded.at, certainty = excluded.certainty
""",
}
_COMPLETE = """
INSERT INTO complete (device, series, stream, id) VALUES (%s, %s, %s, %s)
ON CONFLICT (device, series, stream) DO UPDATE SET id = excluded.id
"""
_STATE = {
    name: f"""
INSERT INTO devices (device, {name}) VALUES (%s, %s)
ON CONFLICT (device) DO UPDATE SET {name} = excluded.{name}, heard_at = now()
"""
    for name in _STATES
}

Key = tuple[str, str, str]
"""Device, series, stream."""
Row = tuple[str, str, int]
"""Device, series, number."""


@dataclass(frozen=True)
class Heard:
    """A message, and the connection on which it came; `topic` ends with device and name."""

    topic: str
    payload: bytes
    mid: int
    connection: int


class Complete:
    """Up to which row of each stream nothing is missing, and what is to be asked for again.

    What is known of it is the database's, at each write: where somebody makes its tables anew, all
    is missing.
    """

    def __init__(self) -> None:
        self._ids: dict[Key, int] = {}
        self._asked: dict[Key, float] = {}
        self.changed: dict[Key, int] = {}
        """Since the database was asked."""
        self.missing: dict[Key, int] = {}
        """The id after which a stream is to be sent again."""

    def read(self, known: Mapping[Key, int]) -> None:
        """Go by what the database has."""
        self._ids = dict(known)
        self.changed.clear()

    def heard(self, key: Key, number: int, after: int) -> None:
        """Hear of a row, and which one was before it."""
        last = self._ids.get(key, 0)
        if after > last:
            self._miss(key, last)
        elif number > last:
            self._ids[key] = self.changed[key] = number

    def told(self, key: Key, sent: int) -> None:
        """Hear which row a device has sent last."""
        last = self._ids.get(key, 0)
        if sent > last:
            self._miss(key, last)

    def doubt(self, known: Mapping[Key, int]) -> None:
        """Anything that came after what the database has may be lost."""
        self.missing |= known

    def _miss(self, key: Key, last: int) -> None:
        now = time.monotonic()
        if now - self._asked.get(key, float("-inf")) >= _ASK_SECONDS:
            self._asked[key] = now
            _say(f"{key[0]} is asked for each {key[2]} after {last} again")
            self.missing[key] = last


class Sink:
    """Between a broker and a database."""

    def __init__(self, given: argparse.Namespace) -> None:
        self._given = given
        self._heard: queue.Queue[Heard] = queue.Queue()
        self._connection = 0
        self._complete = Complete()
        self._session_is_new = False
        self._forgotten = threading.Event()
        """The broker has begun a new session for this sink: what it kept in the old one is lost."""
        self._client = self._connected()

    def run(self) -> None:
        """Write for ever; a database that goes is waited for."""
        batch: list[Heard] = []
        while True:
            try:
                with psycopg.connect(self._given.database) as database:
                    _say(f"writes into {database.info.dbname}")
                    while True:
                        batch = batch or self._gathered()
                        self._write(database, batch)
                        self._acknowledge(batch)
                        batch = []
                        self._ask()
            except psycopg.errors.UndefinedTable as error:
                _say(f"the tables are not there, fleet.sql makes them: {error}")
                time.sleep(_RETRY_SECONDS)
            except (psycopg.OperationalError, psycopg.InterfaceError) as error:
                _say(f"the database is away: {error}")
                time.sleep(_RETRY_SECONDS)

    def _gathered(self) -> list[Heard]:
        """What comes within a moment."""
        batch: list[Heard] = []
        try:
            batch.append(self._heard.get(timeout=1.0))
        except queue.Empty:
            return batch
        end = time.monotonic() + _GATHER_SECONDS
        while len(batch) < _WINDOW and (left := end - time.monotonic()) > 0:
            try:
                batch.append(self._heard.get(timeout=left))
            except queue.Empty:
                break
        return batch

    def _write(self, database: psycopg.Connection[Any], batch: Sequence[Heard]) -> None:
        with database.transaction():
            if self._forgotten.is_set():
                self._complete.doubt(_known(database, "true"))
                self._forgotten.clear()
            devices = list({heard.topic.split("/")[-2] for heard in batch})
            self._complete.read(_known(database, "device = ANY(%s)", devices))
            self._write_rows(database, batch)
            for key, number in self._complete.changed.items():
                _execute(database, _COMPLETE, [*key, number])

    def _write_rows(self, database: psycopg.Connection[Any], batch: Sequence[Heard]) -> None:
        complete = self._complete
        rows: dict[str, dict[Row, Any]] = {kind: {} for kind in _ROWS}
        states: dict[tuple[str, str], str] = {}
        for heard in batch:
            *_, device, name = heard.topic.split("/")
            # PostgreSQL takes every sign but this one.
            text = heard.payload.decode(errors="replace").replace("\\u0000", "")
            if name == "availability":
                states[device, name] = text
                continue
            try:
                told = json.loads(text)
                if name in _STREAMS:
                    # Of whom it is says the topic, which the broker's access list guards.
                    told["device"] = device
                    key = device, _series(told), name
                    complete.heard(key, int(told["id"]), int(told["after"]))
                    _add(rows, name, told)
                elif name in _STATES:
                    states[device, name] = text
                    if name == "health":
                        for stream, sent in told["sent"].items():
                            complete.told((device, _series(told), stream), int(sent))
            except _NO_MESSAGE as error:
                _say(f"{heard.topic}: expected what docs/mqtt.md says, received other: {error!r}")
        for kind, by_row in rows.items():
            _apply(database, kind, list(by_row.values()))
        for (device, name), text in states.items():
            _execute(database, _STATE[name], [device, text])

    def _acknowledge(self, batch: Iterable[Heard]) -> None:
        for heard in batch:
            # A number of a former connection may be another message's by now.
            if heard.connection == self._connection:
                self._client.ack(heard.mid, 1)

    def _ask(self) -> None:
        for (device, series, stream), after in self._complete.missing.items():
            asked = json.dumps({"series": series, "stream": stream, "after": after})
            self._client.publish(f"{self._given.topic}/{device}/again", asked, qos=1)
        self._complete.missing.clear()

    def _connected(self) -> mqtt.Client:
        given = self._given
        address = urllib.parse.urlsplit(given.broker)
        client = mqtt.Client(
            CallbackAPIVersion.VERSION2,
            client_id=given.name,
            protocol=mqtt.MQTTv5,
            manual_ack=True,
        )
        if given.user:
            client.username_pw_set(given.user, given.password_file.read_text().splitlines()[0])
        if address.scheme == "mqtts":
            client.tls_set(given.ca)
        client.reconnect_delay_set(1, 30)
        session = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        session.SessionExpiryInterval = _SESSION_SECONDS
        session.ReceiveMaximum = _WINDOW

        def connected(
            client: mqtt.Client,
            _: object,
            flags: mqtt.ConnectFlags,
            answer: ReasonCode,
            more: object,
        ) -> None:
            if answer.is_failure:
                _say(f"the broker refuses: {answer}")
                return
            _say(f"reads {given.topic}/# of {given.broker}")
            self._connection += 1
            self._session_is_new = not flags.session_present
            client.subscribe([(f"{given.topic}/+/{name}", 1) for name in _STREAMS + _STATES])

        def subscribed(*_: object) -> None:
            if self._session_is_new:
                self._forgotten.set()

        client.on_connect = connected
        client.on_subscribe = subscribed
        client.on_message = lambda _, __, message: self._heard.put(
            Heard(
                message.topic,
                bytes(message.payload),
                message.mid,
                self._connection,
            )
        )
        client.connect_async(
            address.hostname or "localhost",
            address.port or (8883 if address.scheme == "mqtts" else 1883),
            keepalive=30,
            clean_start=False,
            properties=session,
        )
        client.loop_start()
        return client


def _series(told: Mapping[str, Any]) -> str:
    series: str = told["series"]
    if not re.fullmatch("[A-Za-z0-9_-]{1,64}", series):
        raise ValueError(f"series {series!r:.80}")
    return series


def _known(database: psycopg.Connection[Any], where: str, *values: object) -> dict[Key, int]:
    """What the database says of itself: up to which row of each stream nothing is missing."""
    asked = f"SELECT device, series, stream, id FROM complete WHERE {where}"
    rows = database.execute(asked, values)
    return {(device, series, stream): number for device, series, stream, number in rows}


def _add(rows: dict[str, dict[Row, Any]], stream: str, told: dict[str, Any]) -> None:
    """Add what is told to the rows to write; of a record the last word counts, whoever has it."""
    device, series = told["device"], told["series"]
    if stream not in ("record", "change"):
        rows[stream][device, series, told["id"]] = told
        return
    kind = "deleted" if "deleted" in told else "record"
    row = device, series, told["deleted"] if kind == "deleted" else told["record"]["id"]
    for other in ("record", "deleted"):
        rows[other].pop(row, None)
    rows[kind][row] = told


def _apply(database: psycopg.Connection[Any], kind: str, told: Sequence[Any]) -> None:
    """Write rows of a kind; one that the tables do not take is left out."""
    if not told or _execute(database, _ROWS[kind], [json.dumps(told)], quiet=len(told) > 1):
        return
    for one in told if len(told) > 1 else ():
        _apply(database, kind, [one])


def _execute(
    database: psycopg.Connection[Any], statement: str, values: Sequence[Any], *, quiet: bool = False
) -> bool:
    """Whether the tables take it."""
    try:
        with database.transaction():
            database.execute(statement, values)
    except (psycopg.DataError, psycopg.IntegrityError) as error:
        if not quiet:
            _say(f"left out: {error}: {values!s:.500}")
        return False
    return True


def _say(words: str) -> None:
    print(" ".join(words.split()), file=sys.stderr, flush=True)


def main() -> None:
    """Read the command line and run."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--broker", default="mqtt://localhost", help="mqtt[s]://HOST[:PORT]")
    parser.add_argument("--ca", help="PEM file of who signed the broker's certificate")
    parser.add_argument("--user")
    parser.add_argument("--password-file", type=Path, help="its first line is the password")
    parser.add_argument("--topic", default="plant-edge", help="what all topics begin with")
    parser.add_argument("--name", default="fleet-sink", help="of the session at the broker")
    parser.add_argument("--database", default="dbname=fleet", help="as libpq takes it")
    Sink(parser.parse_args()).run()


if __name__ == "__main__":
    main()
