"""`rtsp://` from GStreamer's RTSP server, by the system's Python, which has its bindings."""

import os
import signal
import socket
import subprocess
import threading
from collections.abc import Callable, Sequence

import pytest
from rtsp_server import rtsp_server, rtsp_server_is_there

from plant_device.camera.source import open_source
from plant_device.camera.states import CameraStatus
from plant_device.camera.supervisor import Patience, SupervisedCamera
from plant_device.contract.errors import UserError

Start = Callable[[Sequence[str]], subprocess.Popen[bytes]]


@pytest.fixture
def serve(start: Start, port: int) -> Callable[[], subprocess.Popen[bytes]]:
    """Starts a server at the port."""
    if not rtsp_server_is_there():
        pytest.skip("GStreamer's RTSP server for Python is not installed")
    return lambda: start(rtsp_server(port))


def test_a_stream_is_stopped_killed_and_comes_back(
    serve: Callable[[], subprocess.Popen[bytes]], port: int
) -> None:
    told: list[CameraStatus] = []
    servers = [serve()]

    def listen(status: CameraStatus) -> None:
        told.append(status)
        if status.state in ("stalled", "lost"):
            os.kill(servers[-1].pid, signal.SIGKILL)
            servers[-1].wait()
            servers.append(serve())
        assert len(told) < 1000

    patience = Patience(opening=15, stalled=2.0, frozen=0, retry=0.05, longest_retry=0.3)
    source = f"rtsp://user:secret@127.0.0.1:{port}/leaf"
    frames = SupervisedCamera(source, patience, listen).frames()
    for number in (signal.SIGSTOP, signal.SIGKILL):
        pictures = [next(frames).picture for _ in range(5)]
        assert {picture.shape for picture in pictures} == {(240, 320, 3)}
        servers[-1].send_signal(number)
        told_before = len(told)
        while len(told) == told_before:
            next(frames)
    frames.close()
    states = [status.state for status in told if status.state not in ("reopening", "unavailable")]
    assert states == ["running", "stalled", "running", "lost", "running"]
    assert not any("secret" in status.cause for status in told)


def _refusal(address: str) -> str:
    with pytest.raises(UserError) as refused:
        next(iter(open_source(address).frames()))
    assert "secret" not in str(refused.value)
    return str(refused.value)


def test_a_port_without_a_server_is_told_as_such(port: int) -> None:
    told = _refusal(f"rtsp://user:secret@127.0.0.1:{port}/leaf")
    assert told.endswith("gives no stream that can be opened: Connection refused")


def test_a_host_without_an_address_is_told_as_such() -> None:
    told = _refusal("rtsp://user:secret@nowhere.invalid/leaf")
    # The second is what a machine without a network says.
    assert told.endswith((": Name or service not known", ": Temporary failure in name resolution"))


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ("404 Not Found", "404 (Not Found)"),
        ("503 Service Unavailable", "503 (Service Unavailable)"),
        (
            "401 Unauthorized",
            "401 (Unauthorized); expected the user and password that the camera has",
        ),
    ],
)
def test_what_a_server_answers_is_told(answer: str, words: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as camera:

        def refuse() -> None:
            connection, _ = camera.accept()
            with connection:
                while asked := connection.recv(4096).decode():
                    (count,) = (line for line in asked.split("\r\n") if line.startswith("CSeq"))
                    connection.sendall(f"RTSP/1.0 {answer}\r\n{count}\r\n\r\n".encode())

        refusing = threading.Thread(target=refuse)
        refusing.start()
        told = _refusal(f"rtsp://user:secret@127.0.0.1:{camera.getsockname()[1]}/leaf")
        refusing.join()
    assert f"gives no stream that can be opened: {words}" in told


@pytest.mark.parametrize("scheme", ["http", "file"])
def test_a_camera_leads_to_no_other_protocol(scheme: str) -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as camera,
        socket.create_server(("127.0.0.1", 0)) as beside,
    ):
        target = f"{scheme}://127.0.0.1:{beside.getsockname()[1]}/etc/passwd"

        def lead_away() -> None:
            connection, _ = camera.accept()
            with connection:
                asked = connection.recv(4096).decode()
                (count,) = (line for line in asked.split("\r\n") if line.startswith("CSeq"))
                answer = f"RTSP/1.0 302 Moved\r\n{count}\r\nLocation: {target}\r\n\r\n"
                connection.sendall(answer.encode())

        leading = threading.Thread(target=lead_away)
        leading.start()
        address = f"rtsp://127.0.0.1:{camera.getsockname()[1]}/leaf"
        with pytest.raises(UserError, match="gives no stream that can be opened"):
            next(iter(open_source(address).frames()))
        leading.join()
        beside.setblocking(False)
        with pytest.raises(BlockingIOError):
            beside.accept()
