import json
import os
import pty
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timezone

import pytest

from plant_device.contract.errors import UserError
from plant_device.store.place.gpsd import Gpsd, gpsd_address
from plant_device.store.place.place import Place

FIX = {
    "class": "TPV",
    "mode": 3,
    "lat": 52.1315,
    "lon": 11.6399,
    "eph": 3.5,
    "time": "2026-06-01T10:20:30.000Z",
}


@pytest.fixture
def server() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(20)
        yield listening


def _until(holds: Callable[[], bool]) -> None:
    tries = threading.Event()
    deadline = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < deadline
        tries.wait(0.01)


def _send(connection: socket.socket, *reports: object) -> None:
    for report in reports:
        text = report if isinstance(report, str) else json.dumps(report)
        connection.sendall(text.encode() + b"\n")


def test_a_fix_is_the_place_and_the_time(server: socket.socket) -> None:
    heard: list[datetime] = []
    gpsd = Gpsd(server.getsockname(), heard.append)
    assert gpsd() is None
    connection, _ = server.accept()
    with connection:
        assert connection.recv(1000).startswith(b'?WATCH={"enable":true,"json":true}')
        _send(connection, {"class": "VERSION"}, FIX)
        _until(lambda: gpsd() is not None)
        assert gpsd() == Place(52.1315, 11.6399, "gpsd", 3.5)
        assert heard == [datetime(2026, 6, 1, 10, 20, 30, tzinfo=timezone.utc)]
        _send(connection, {"class": "TPV", "mode": 1, "time": "1999-01-01T00:00:00.000Z"})
        _until(lambda: gpsd() is None)
        assert len(heard) == 1


def test_what_is_no_report_is_passed_over(server: socket.socket) -> None:
    gpsd = Gpsd(server.getsockname())
    connection, _ = server.accept()
    with connection:
        _send(
            connection,
            "not json",
            "[" * 50_000,
            "[1]",
            {"class": "TPV", "mode": 3},
            {"class": "TPV", "mode": "3"},
            FIX | {"lat": 400},
            FIX | {"time": "yesterday"},
            "x" * 200_000,
            FIX,
        )
        _until(lambda: gpsd() is not None)


def test_a_gpsd_that_is_not_there_is_told_once() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = free.getsockname()
    said: list[str] = []
    gpsd = Gpsd(address, say=said.append)
    _until(lambda: bool(said))
    told = f"no place from gpsd at 127.0.0.1:{address[1]} (Connection refused); it is asked again"
    assert (gpsd(), said) == (None, [told])


def test_a_gpsd_that_goes_is_asked_again(server: socket.socket) -> None:
    gpsd = Gpsd(server.getsockname())
    server.accept()[0].close()
    connection, _ = server.accept()
    with connection:
        _send(connection, FIX)
        _until(lambda: gpsd() is not None)


@pytest.mark.skipif(not shutil.which("gpsd"), reason="needs gpsd")
def test_a_real_gpsd_with_a_receiver_on_a_serial_line() -> None:
    receiver, line = pty.openpty()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with subprocess.Popen(
        ["gpsd", "-N", "-n", "-b", "-S", str(port), os.ttyname(line)],
        stderr=subprocess.DEVNULL,
    ) as program:
        try:
            gpsd = Gpsd(("127.0.0.1", port))

            def there() -> bool:
                os.write(receiver, _NMEA)
                return gpsd() is not None

            _until(there)
            place = gpsd()
            assert place
            assert (place.latitude, place.longitude) == pytest.approx((48.1173, 11.5167), abs=1e-3)
        finally:
            program.kill()
            os.close(receiver)
            os.close(line)


def _sentence(body: str) -> bytes:
    checksum = 0
    for byte in body.encode():
        checksum ^= byte
    return f"${body}*{checksum:02X}\r\n".encode()


_NMEA = b"".join(
    map(
        _sentence,
        (
            "GPGGA,102030,4807.038,N,01131.000,E,1,08,0.9,545.4,M,46.9,M,,",
            "GPGSA,A,3,04,05,,09,12,,,24,,,,,2.5,1.3,2.1",
            "GPRMC,102030,A,4807.038,N,01131.000,E,000.0,000.0,010626,,,A",
        ),
    )
)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("gpsd", ("127.0.0.1", 2947)),
        ("gpsd:tractor", ("tractor", 2947)),
        ("gpsd:tractor:1", ("tractor", 1)),
    ],
)
def test_where_a_gpsd_is(text: str, address: tuple[str, int]) -> None:
    assert gpsd_address(text) == address


def test_a_port_that_is_none_is_one_line() -> None:
    with pytest.raises(UserError, match="expected gpsd:HOST:PORT"):
        gpsd_address("gpsd:tractor:99999")
