"""The cameras of this machine, each with the ways in which it can be made to fail."""

import os
import random
import signal
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from rtsp_server import rtsp_server

from cameras.programs import Server, ffmpeg_server, listened
from cameras.service import command_of, descendants
from cameras.wire import Wire

Pid = int
Mend = Callable[[], None]
Fault = Callable[[Pid], Mend]
"""Makes a camera fail, given the process of the service; what comes back makes it whole again."""


@dataclass(frozen=True)
class Camera:
    """What stands behind a source string."""

    source: str
    faults: Mapping[str, Fault]


@contextmanager
def http_camera(chance: random.Random) -> Iterator[Camera]:
    """FFmpeg that serves MJPEG, behind a wire."""
    with _served(ffmpeg_server, "http://127.0.0.1:{}/", chance) as camera:
        yield camera


@contextmanager
def rtsp_camera(chance: random.Random) -> Iterator[Camera]:
    """GStreamer's RTSP server, behind a wire."""
    with _served(rtsp_server, "rtsp://127.0.0.1:{}/leaf", chance) as camera:
        yield camera


@contextmanager
def gst_camera(chance: random.Random) -> Iterator[Camera]:
    """A pipeline of `gst-launch-1.0`, which writes to a pipe as `csi:` and `picam:` do."""
    program = "gst-launch-1.0"
    faults = {
        "its program is killed": lambda pid: _signal(pid, program, signal.SIGKILL),
        "its program is stopped": lambda pid: _signal(pid, program, signal.SIGSTOP),
        "its program dies at each start": lambda pid: _killed_again_and_again(pid, program),
        **_faults_of_the_reader(),
    }
    source = "gst:videotestsrc is-live=true pattern=ball#size=320x240"
    yield Camera(source, faults)


CAMERAS = {"http": http_camera, "rtsp": rtsp_camera, "gst": gst_camera}


@contextmanager
def _served(
    command: Callable[[int], list[str]], address: str, chance: random.Random
) -> Iterator[Camera]:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    with Server(command(port)) as server:
        listened(port)
        wire = Wire(port, chance)

        def failing(fault: Callable[[], None], mend: Mend = wire.mend) -> Fault:
            def fails(pid: Pid) -> Mend:
                fault()
                return mend

            return fails

        faults = {
            "its program is killed": failing(server.be_gone, server.be_there),
            "its program is stopped": failing(
                lambda: server.signal(signal.SIGSTOP), server.be_there
            ),
            "unplugged": failing(wire.be_gone),
            "silent": failing(wire.be_silent),
            "slow": failing(wire.be_slow),
            "wrong bytes": failing(wire.garble),
            "bytes are missing": failing(wire.lose),
            "cut off": failing(wire.cut),
            **_faults_of_the_reader(),
        }
        yield Camera(address.format(wire.port), faults)


def _faults_of_the_reader() -> Mapping[str, Fault]:
    """What a driver does that crashes, or hangs where not even a signal is heard."""
    reader = "plant_device.camera.reader_process"
    return {
        "its reader is killed": lambda pid: _signal(pid, reader, signal.SIGKILL),
        "its reader is stopped": lambda pid: _signal(pid, reader, signal.SIGSTOP),
    }


def _signal(pid: Pid, program: str, number: signal.Signals) -> Mend:
    for child in descendants(pid):
        if program in command_of(child):
            # It may be about to end by itself.
            with suppress(ProcessLookupError):
                os.kill(child, number)
    return it_comes_back_by_itself


def _killed_again_and_again(pid: Pid, program: str) -> Mend:
    over = threading.Event()

    def kill() -> None:
        while not over.wait(0.02):
            _signal(pid, program, signal.SIGKILL)

    killer = threading.Thread(target=kill, daemon=True)
    killer.start()

    def mend() -> None:
        over.set()
        killer.join()

    return mend


def it_comes_back_by_itself() -> None:
    """What mends a fault that is over as soon as it has come."""
