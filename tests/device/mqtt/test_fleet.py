"""The files of docs/fleet: devices, their broker, the sink and its database, all of them real."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from device_service import Service
from kept import LINE, MOMENT
from mosquitto import PROGRAM, SECONDS, Mosquitto, Subscriber, free_port

from plant_device.store.store import Store

psycopg = pytest.importorskip("psycopg")
from postgres import FOLDER, Postgres  # noqa: E402

FILES = Path(__file__).parents[3] / "docs" / "fleet"
DEVICES = ("barn", "field")
# Whoever waits is woken by the database.
_NOTICE = """
CREATE FUNCTION notice() RETURNS trigger LANGUAGE plpgsql AS
  $$ BEGIN PERFORM pg_notify('complete', NEW.device || ' ' || NEW.stream || ' ' || NEW.id);
  RETURN NEW; END $$;
CREATE TRIGGER notice AFTER INSERT OR UPDATE ON complete FOR EACH ROW EXECUTE FUNCTION notice();
"""


class Sink:
    """The sink's process."""

    def __init__(self, *arguments: str) -> None:
        self._arguments = arguments
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it."""
        self._process = subprocess.Popen(
            [sys.executable, FILES / "fleet_sink.py", *self._arguments]
        )

    def kill(self) -> None:
        """End it as a power cut would, if it runs."""
        if self._process:
            self._process.kill()
            self._process.wait()
            self._process = None


@pytest.fixture(scope="session")
def server() -> Iterator[Postgres]:
    """Skips where there is no PostgreSQL."""
    if not (FOLDER / "initdb").is_file():
        pytest.skip("needs PostgreSQL's server")
    server = Postgres()
    yield server.start()
    server.remove()


@pytest.fixture
def database(server: Postgres) -> Postgres:
    """The server with the fleet's tables, empty."""
    with psycopg.connect(server.database) as connection:
        connection.execute("DROP SCHEMA public CASCADE")
    _make_tables(server)
    return server


def _make_tables(server: Postgres) -> None:
    with psycopg.connect(server.database) as connection:
        connection.execute("CREATE SCHEMA public")
        connection.execute((FILES / "fleet.sql").read_text())
        connection.execute(_NOTICE)


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    """A folder in which what docs/fleet.md says of certificates and passwords was done."""
    if PROGRAM is None or not (shutil.which("openssl") and shutil.which("mosquitto_passwd")):
        pytest.skip("needs mosquitto, its mosquitto_passwd, and openssl")
    folder = tmp_path / "keys"
    folder.mkdir()
    text = (FILES.parent / "fleet.md").read_text().partition("## On the server")[2]
    install, _, commands = text.split("```")[1].strip().partition("\n")
    assert install.startswith("apt install ")
    for told, own in (("DNS:farm.local", "IP:127.0.0.1"), ("in sink barn;", "in sink barn field;")):
        assert told in commands
        commands = commands.replace(told, own)
    subprocess.run(["sh", "-ec", commands], cwd=folder, check=True, capture_output=True)
    return folder


@pytest.fixture
def fleet_broker(tmp_path: Path, keys: Path, at_end: ExitStack) -> Mosquitto:
    """A broker of Debian's package with the settings of docs/fleet, its paths and port aside."""
    port = free_port()
    own = {
        "listener": f"{port} 127.0.0.1",
        "certfile": keys / "broker.pem",
        "keyfile": keys / "broker.key",
        "password_file": keys / "passwords",
        "acl_file": FILES / "plant-edge.acl",
    }
    lines = []
    for line in (FILES / "mosquitto.conf").read_text().splitlines():
        name = line.partition(" ")[0]
        lines.append(f"{name} {own.pop(name)}" if name in own else line)
    assert not own
    (tmp_path / "broker").mkdir()
    broker = Mosquitto.packaged(tmp_path / "broker", "\n".join(lines), port)
    at_end.callback(broker.stop)
    return broker.start()


@pytest.fixture
def devices(
    tmp_path: Path, fleet_broker: Mosquitto, keys: Path, publish: Callable[..., Service]
) -> Callable[[int], dict[str, Service]]:
    """Starts each device with so many records, a verdict and an event."""

    def start(records: int) -> dict[str, Service]:
        services = {}
        for name in DEVICES:
            with Store(tmp_path / name) as store:
                for _ in range(records):
                    store.keep(None, LINE, "a" * 64, MOMENT)
                store.keep_verdict('{"verdict": {"decision": "disease", "leaves": 2}}', [1, 2])
                store.keep_event("camera", "gone\0", MOMENT)
            services[name] = publish(
                tmp_path / name,
                fleet_broker.port,
                broker=f"mqtts://127.0.0.1:{fleet_broker.port}",
                ca=str(keys / "ca.pem"),
                name=name,
                user=name,
                password_file=str(keys / f"{name}.password"),
            )
        return services

    return start


@pytest.fixture
def sink(fleet_broker: Mosquitto, keys: Path, database: Postgres, at_end: ExitStack) -> Sink:
    """The sink, started."""
    sink = Sink(
        "--broker", f"mqtts://127.0.0.1:{fleet_broker.port}",
        "--ca", str(keys / "ca.pem"),
        "--user", "sink",
        "--password-file", str(keys / "sink.password"),
        "--database", database.database,
    )  # fmt: skip
    at_end.callback(sink.kill)
    sink.start()
    return sink


def _until(database: Postgres, told: str, number: int) -> None:
    """Wait until so many devices' streams have come so far: `record 10`."""
    stream, last = told.split()

    def come() -> bool:
        asked = f"SELECT count(*) FROM complete WHERE stream = '{stream}' AND id >= {last}"
        return bool(_rows(database, asked)[0][0] >= number)

    with psycopg.connect(database.database, autocommit=True) as connection:
        connection.execute("LISTEN complete")
        if come():
            return
        for _ in connection.notifies(timeout=SECONDS):
            if come():
                return
    raise AssertionError(f"{told} did not come")


def _rows(database: Postgres, query: str) -> list[Any]:
    with psycopg.connect(database.database) as connection:
        return list(connection.execute(query).fetchall())


def test_the_broker_takes_the_settings_beside_those_of_its_package(
    fleet_broker: Mosquitto, keys: Path
) -> None:
    told = [line for line in fleet_broker.said if re.search("Error|Warning|Note", line)]
    assert [line for line in told if "should not be run as root" not in line] == []
    for secret in ("passwords", "sink.password", "barn.password", "broker.key", "ca.key"):
        assert (keys / secret).stat().st_mode & 0o077 == 0
    assert "$" in (keys / "passwords").read_text()


def test_each_row_of_each_device_is_in_the_database_once(
    devices: Callable[[int], dict[str, Service]], sink: Sink, database: Postgres
) -> None:
    devices(5)
    _until(database, "event 1", 2)
    assert _rows(database, "SELECT device, record FROM records ORDER BY 1, 2") == [
        (device, record) for device in DEVICES for record in range(1, 6)
    ]
    told = _rows(database, "SELECT label, probability, taken_at, line->>'path' FROM records")
    assert set(told) == {(LINE.label, LINE.probability, MOMENT.utc, LINE.path)}
    assert _rows(database, "SELECT decision, records FROM verdicts") == [("disease", [1, 2])] * 2
    assert _rows(database, "SELECT kind, words FROM events") == [("camera", "gone")] * 2


def test_what_changes_on_a_device_changes_in_the_database(
    devices: Callable[[int], dict[str, Service]], sink: Sink, database: Postgres, tmp_path: Path
) -> None:
    devices(5)
    _until(database, "event 1", 2)
    with Store(tmp_path / "barn") as store:
        # The verdict has named these two.
        changes = store.last_ids()["changes"]
        store.correct(3, "Apple___scab")
        store.note(3, "look again")
        store.delete(4, MOMENT.utc)
        store.purge(MOMENT.utc + timedelta(days=1))
        store.delete(5, MOMENT.utc)
        store.restore(5)
    _until(database, f"change {changes + 5}", 1)
    told = "SELECT record, corrected, note FROM records WHERE device = 'barn' ORDER BY 1"
    assert _rows(database, told) == [
        (1, None, ""),
        (2, None, ""),
        (3, "Apple___scab", "look again"),
        (5, None, ""),
    ]
    assert _rows(database, "SELECT count(*) FROM records WHERE device = 'field'") == [(5,)]


def test_the_queries_for_grafana_find_what_they_say(
    devices: Callable[[int], dict[str, Service]], sink: Sink, database: Postgres
) -> None:
    devices(5)
    _until(database, "event 1", 2)
    text = (FILES.parent / "fleet.md").read_text().partition("## Grafana")[2]
    queries = text.split("```")[1].replace("$__timeFilter(taken_at)", "true").strip()
    per_day, places, states = (_rows(database, query) for query in queries.split("\n\n"))
    assert [row[1:] for row in per_day] == [(LINE.label, 10)]
    assert places == []
    assert [row[:3] for row in states] == [(name, "online", "running") for name in DEVICES]


@pytest.fixture
def all_of_it(
    devices: Callable[[int], dict[str, Service]], sink: Sink, database: Postgres, tmp_path: Path
) -> Iterator[None]:
    """Two devices have reported records; then the test; then nothing of them is missing."""
    devices(10)
    _until(database, "record 10", 2)
    yield
    for name in DEVICES:
        with Store(tmp_path / name) as store:
            for _ in range(10):
                store.keep(None, LINE, "a" * 64, MOMENT)
    _until(database, "record 20", 2)
    counted = "SELECT device, count(*), max(record) FROM records GROUP BY 1 ORDER BY 1"
    assert _rows(database, counted) == [(device, 20, 20) for device in DEVICES]


def test_a_broker_that_is_killed_costs_nothing(all_of_it: None, fleet_broker: Mosquitto) -> None:
    fleet_broker.kill()
    fleet_broker.start()


def test_a_database_that_crashes_costs_nothing(all_of_it: None, database: Postgres) -> None:
    database.kill()
    database.start()


def test_a_sink_that_is_killed_costs_nothing(all_of_it: None, sink: Sink) -> None:
    sink.kill()
    sink.start()


def test_a_database_that_lost_rows_gets_them_again(all_of_it: None, database: Postgres) -> None:
    _rows(database, "DELETE FROM records WHERE record > 3 RETURNING 1")
    _rows(database, "UPDATE complete SET id = 3 WHERE stream = 'record' RETURNING 1")
    database.kill()
    database.start()


def test_tables_that_are_made_anew_are_filled_again(all_of_it: None, database: Postgres) -> None:
    with psycopg.connect(database.database) as connection:
        # First what the sink takes first, or the two wait for each other.
        connection.execute("LOCK TABLE complete")
        connection.execute("DROP SCHEMA public CASCADE")
    _make_tables(database)


def test_what_is_no_message_is_left_out_and_the_rest_goes_on(
    devices: Callable[[int], dict[str, Service]],
    sink: Sink,
    database: Postgres,
    fleet_broker: Mosquitto,
    keys: Path,
    at_end: ExitStack,
) -> None:
    def as_barn(client: Any) -> None:
        client.tls_set(str(keys / "ca.pem"))
        client.username_pw_set("barn", (keys / "barn.password").read_text().strip())

    stranger = Subscriber(fleet_broker.port, "none", prepare=as_barn)
    at_end.callback(stranger.close)
    row = {"message": "", "device": "field", "series": "x", "id": 1, "after": 0}
    others: list[dict[str, object]] = [
        {"record": {}},
        {"series": 7},
        {"series": "\ud800"},
        {"id": 10**30, "record": {"id": 10**30}},
        {"id": float("inf")},
    ]
    none = [b"{", b"[]", b"NaN", b"[" * 60_000]
    for payload in (*none, *(json.dumps({**row, **other}).encode() for other in others)):
        stranger.publish("plant-edge/barn/record", payload)
        stranger.publish("plant-edge/barn/change", payload)
        stranger.publish("plant-edge/barn/health", payload)
    stranger.publish("plant-edge/barn/status", b"NaN")
    # Another device's topics are not its to write to.
    stranger.publish("plant-edge/field/availability", b"broken")
    devices(3)
    _until(database, "record 3", 2)
    assert _rows(database, "SELECT device, count(*) FROM records GROUP BY 1 ORDER BY 1") == [
        (device, 3) for device in DEVICES
    ]
    assert _rows(database, "SELECT count(*) FROM devices WHERE availability = 'broken'") == [(0,)]
