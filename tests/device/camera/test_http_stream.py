"""Pictures over HTTP from real servers: FFmpeg's, and Python's own for what FFmpeg does not do."""

import io
import re
import signal
import subprocess
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import islice

import numpy as np
import pytest
from PIL import Image

from plant_device.camera.frame import Damaged, Frame
from plant_device.camera.source import open_source
from plant_device.camera.states import CameraStatus
from plant_device.camera.supervisor import Patience, SupervisedCamera
from plant_device.contract.errors import UserError

Start = Callable[[Sequence[str]], subprocess.Popen[bytes]]
QUICK = Patience(stalled=2.0, retry=0.02, longest_retry=0.1)
_MOST_TOLD = 1000


def _jpeg(level: int) -> bytes:
    content = io.BytesIO()
    Image.fromarray(np.full((48, 64, 3), level, np.uint8)).save(content, "JPEG")
    return content.getvalue()


def _noise() -> bytes:
    content = io.BytesIO()
    pixels = np.random.default_rng(1).integers(0, 256, (96, 128, 3), np.uint8)
    Image.fromarray(pixels).save(content, "JPEG")
    return content.getvalue()


def _levels(given: Iterable[Frame | Damaged]) -> list[float]:
    return [float(each.picture.mean()) for each in given if isinstance(each, Frame)]


Answer = Callable[[BaseHTTPRequestHandler], None]


@pytest.fixture
def serve() -> Iterator[Callable[[Answer], str]]:
    """Serves every GET by a function, and gives the address."""
    servers: list[ThreadingHTTPServer] = []

    def serve_by(answer: Answer) -> str:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                answer(self)

            def log_message(self, *args: object) -> None:
                """Tests are silent."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        servers.append(server)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return f"127.0.0.1:{server.server_address[1]}"

    yield serve_by
    for server in servers:
        server.shutdown()
        server.server_close()


def _lead_to(request: BaseHTTPRequestHandler, address: str) -> None:
    request.send_response(302)
    request.send_header("Location", address)
    request.end_headers()


def _head(request: BaseHTTPRequestHandler, kind: str, code: int = 200) -> None:
    request.send_response(code)
    request.send_header("Content-Type", kind)
    request.end_headers()


def _ffmpeg(port: int) -> list[str]:
    return [
        "ffmpeg", "-loglevel", "error", "-re", "-f", "lavfi", "-i", "testsrc=size=320x240:rate=25",
        "-f", "mpjpeg", "-listen", "1", f"http://127.0.0.1:{port}/",
    ]  # fmt: skip


def test_ffmpeg_is_stopped_and_killed_and_comes_back(start: Start, port: int) -> None:
    told: list[CameraStatus] = []
    servers = [start(_ffmpeg(port))]

    def listen(status: CameraStatus) -> None:
        told.append(status)
        if status.state in ("stalled", "lost"):
            # FFmpeg serves one viewer and ends with it; a stopped one must be helped.
            servers[-1].kill()
            servers[-1].wait()
            servers.append(start(_ffmpeg(port)))
        assert len(told) < _MOST_TOLD

    frames = SupervisedCamera(f"http://127.0.0.1:{port}/", QUICK, listen).frames()
    for number in (signal.SIGSTOP, signal.SIGKILL):
        pictures = [next(frames).picture for _ in range(5)]
        assert {picture.shape for picture in pictures} == {(240, 320, 3)}
        servers[-1].send_signal(number)
        told_before = len(told)
        while len(told) == told_before:
            next(frames)
    frames.close()
    states = [status.state for status in told]
    # While FFmpeg starts, nobody answers.
    assert [state for state in states if state not in ("reopening", "unavailable")] == [
        "running", "stalled", "running", "lost", "running"
    ]  # fmt: skip


def test_damaged_pictures_of_a_stream_are_left_out(serve: Callable[[Answer], str]) -> None:
    half = _jpeg(60)[: len(_jpeg(60)) // 2]
    garbled = bytearray(_jpeg(90))
    garbled[4:40] = bytes(36)
    # With its end, and without a packet's worth of what is inside.
    holed = _noise()[:2000] + _noise()[3400:]
    sent = [_jpeg(30), half, _jpeg(120), bytes(garbled), holed, b"no picture", _jpeg(210)]

    def answer(request: BaseHTTPRequestHandler) -> None:
        _head(request, "multipart/x-mixed-replace; boundary=b")
        for content in sent:
            request.wfile.write(b"--b\r\nContent-Type: image/jpeg\r\n\r\n" + content + b"\r\n")

    address = f"http://{serve(answer)}/stream"
    damaged = Damaged(f"{address} sent a damaged picture: such ones are left out, and counted")
    frames = open_source(address).frames()
    given = [next(frames) for _ in range(4)]
    assert [each for each in given if not isinstance(each, Frame)] == [damaged]
    assert _levels(given) == pytest.approx([30, 120, 210], abs=3)
    with pytest.raises(UserError, match="ended its stream"):
        next(frames)


def test_snapshots_are_fetched_again_and_again_with_user_and_password(
    serve: Callable[[Answer], str],
) -> None:
    asked: list[str] = []

    def answer(request: BaseHTTPRequestHandler) -> None:
        asked.append(request.headers.get("Authorization", ""))
        _head(request, "image/jpeg")
        request.wfile.write(_jpeg(40 * len(asked)))

    where = serve(answer)
    source = f"http://user:p%40ss@{where}/now.jpg?pwd=secret#fps=100"
    frames = list(islice(open_source(source).frames(), 4))
    assert _levels(frames) == pytest.approx([40, 80, 120, 160], abs=3)
    assert set(asked) == {"Basic dXNlcjpwQHNz"}
    assert {frame.origin for frame in frames if isinstance(frame, Frame)} == {
        f"http://{where}/now.jpg"
    }


def test_a_camera_leads_to_its_own_other_address_without_the_password(
    serve: Callable[[Answer], str],
) -> None:
    asked: list[str | None] = []

    def answer(request: BaseHTTPRequestHandler) -> None:
        asked.append(request.headers.get("Authorization"))
        _head(request, "image/jpeg")
        request.wfile.write(_jpeg(40))

    beside = serve(answer)
    where = serve(lambda request: _lead_to(request, f"http://{beside}/now.jpg"))
    frames = list(islice(open_source(f"http://user:pass@{where}/").frames(), 1))
    assert _levels(frames) == pytest.approx([40], abs=3)
    assert asked == [None]


@pytest.mark.parametrize("scheme", ["http", "ftp", "file"])
def test_a_camera_leads_to_no_other_machine(serve: Callable[[Answer], str], scheme: str) -> None:
    """It had the device ask its own services, and FTP servers."""
    asked: list[str] = []
    _, _, port = serve(lambda request: asked.append(request.path)).partition(":")
    target = f"{scheme}://localhost:{port}/etc/passwd"
    where = serve(lambda request: _lead_to(request, target))
    with pytest.raises(UserError, match="answers 302 "):
        next(iter(open_source(f"http://{where}/").frames()))
    assert not asked


def test_a_half_snapshot_is_left_out_and_the_next_one_is_fetched(
    serve: Callable[[Answer], str],
) -> None:
    sent = iter([_jpeg(40), _jpeg(9)[:300], _noise()[:2000] + _noise()[3400:], _jpeg(80)])

    def answer(request: BaseHTTPRequestHandler) -> None:
        _head(request, "image/jpeg")
        request.wfile.write(next(sent))

    given = list(islice(open_source(f"http://{serve(answer)}/#fps=100").frames(), 4))
    assert [isinstance(each, Damaged) for each in given] == [False, True, True, False]
    assert _levels(given) == pytest.approx([40, 80], abs=3)


@pytest.mark.parametrize(
    ("kind", "code", "content", "sentence"),
    [
        ("text/html", 200, b"<html>", "expected a picture or a stream of JPEGs from"),
        ("image/jpeg", 404, b"", "answers 404"),
        ("image/jpeg", 401, b"", "answers 401"),
        ("image/jpeg", 200, b"no picture", "expected a JPEG, PNG"),
    ],
)
def test_an_address_that_gives_no_picture_says_what_it_gave(
    serve: Callable[[Answer], str], kind: str, code: int, content: bytes, sentence: str
) -> None:
    def answer(request: BaseHTTPRequestHandler) -> None:
        _head(request, kind, code)
        request.wfile.write(content)

    with pytest.raises(UserError, match=sentence):
        next(open_source(f"http://{serve(answer)}/").frames())


@pytest.mark.parametrize(
    ("endless", "most"),
    [
        (_jpeg(9)[:-2] + bytes(1 << 20), 17),
        (bytes(1 << 20), 17),
        # Each of these costs a look.
        (b"\xff\xd8\xff\xe0\xff\xff" * 200_000, 1),
    ],
)
def test_a_stream_without_a_picture_is_given_up_and_fills_no_memory(
    serve: Callable[[Answer], str], endless: bytes, most: float
) -> None:
    def answer(request: BaseHTTPRequestHandler) -> None:
        _head(request, "multipart/x-mixed-replace; boundary=b")
        request.wfile.write(_jpeg(200))
        with suppress(OSError):
            while True:
                request.wfile.write(endless)

    frames = open_source(f"http://{serve(answer)}/").frames()
    assert _levels([next(frames)]) == pytest.approx([200], abs=3)
    with pytest.raises(UserError, match="MB without a whole one") as refused:
        next(frames)
    (received,) = re.findall(r"([0-9.]+) MB", str(refused.value))
    assert float(received) < most


def test_a_server_that_goes_silent_is_a_stalled_camera(serve: Callable[[Answer], str]) -> None:
    silent = threading.Event()
    told: list[CameraStatus] = []

    def answer(request: BaseHTTPRequestHandler) -> None:
        _head(request, "multipart/x-mixed-replace; boundary=b")
        for level in (10, 20, 30):
            request.wfile.write(_jpeg(level))
        silent.wait()

    frames = SupervisedCamera(f"http://{serve(answer)}/", QUICK, told.append).frames()
    pictures = [next(frames) for _ in range(2)]
    while not any(status.state == "stalled" for status in told):
        pictures.append(next(frames))
    frames.close()
    silent.set()
    assert told[0].state == "running"
    assert len(pictures) >= 2


def test_a_host_that_is_not_there_is_told_without_its_password() -> None:
    source = open_source("http://user:secret@no.such.host.invalid:1/one?pwd=secret")
    with pytest.raises(UserError, match=r"no\.such\.host\.invalid:1/one does not") as refused:
        next(source.frames())
    assert "secret" not in str(refused.value)


def test_damaged_pictures_are_counted_and_a_camera_that_sends_no_others_is_stalled(
    serve: Callable[[Answer], str],
) -> None:
    holed = _noise()[:2000] + _noise()[3400:]
    told: list[CameraStatus] = []
    reasons: set[str] = set()

    def answer(request: BaseHTTPRequestHandler) -> None:
        _head(request, "multipart/x-mixed-replace; boundary=b")
        for content in (holed, _jpeg(50), holed):
            request.wfile.write(content)
        with suppress(OSError):
            while True:
                request.wfile.write(holed)

    camera = SupervisedCamera(f"http://{serve(answer)}/", QUICK, told.append, damaged=reasons.add)
    frames = camera.frames()
    assert _levels([next(frames), next(frames)]) == pytest.approx([50, 50], abs=3)
    frames.close()
    assert [status.state for status in told] == ["running", "stalled", "reopening", "running"]
    assert camera.status.damaged > 2
    (reason,) = reasons
    assert reason.startswith("http://127.0.0.1")


def test_a_picture_that_is_too_large_is_told_by_its_size_and_not_decoded(
    serve: Callable[[Answer], str],
) -> None:
    large = bytearray(_jpeg(9))
    # The frame header's height and width (ITU-T T.81, B.2.2).
    sizes = large.index(b"\xff\xc0") + 5
    large[sizes : sizes + 4] = (9000).to_bytes(2, "big") * 2

    def answer(request: BaseHTTPRequestHandler) -> None:
        _head(request, "multipart/x-mixed-replace; boundary=b")
        request.wfile.write(bytes(large) + _jpeg(70))

    damaged, frame = islice(open_source(f"http://{serve(answer)}/").frames(), 2)
    assert isinstance(damaged, Damaged)
    assert "received 9000 x 9000" in damaged.reason
    assert _levels([frame]) == pytest.approx([70], abs=3)


def test_a_camera_whose_pictures_have_each_another_size_is_opened_anew_twice_and_no_more(
    serve: Callable[[Answer], str],
) -> None:
    sizes = iter(range(40, 1000))
    told: list[CameraStatus] = []

    def answer(request: BaseHTTPRequestHandler) -> None:
        content = io.BytesIO()
        side = next(sizes)
        Image.fromarray(np.full((side, side, 3), side, np.uint8)).save(content, "JPEG")
        _head(request, "image/jpeg")
        request.wfile.write(content.getvalue())

    camera = SupervisedCamera(f"http://{serve(answer)}/#fps=100", QUICK, told.append)
    frames = camera.frames()
    taken = [frame.picture.shape[0] for frame in islice(frames, 30)]
    frames.close()
    assert len(set(taken)) == 30
    assert [status.state for status in told] == [
        "running", "resized", "reopening", "running", "resized", "reopening", "running",
    ]  # fmt: skip
    assert told[4].cause.endswith("again: from now on frames of any size are taken")
