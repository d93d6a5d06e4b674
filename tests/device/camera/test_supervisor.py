"""A supervised camera with real processes; the synthetic one misbehaves as it is told."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from itertools import islice, pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest

from plant_device.camera.states import FAULTS, CameraStatus
from plant_device.camera.supervisor import Patience, SupervisedCamera
from plant_device.contract.errors import UserError


class EnoughError(Exception):
    """Ends a camera that would be tried for ever."""


QUICK = Patience(stalled=2.0, frozen=0.5, retry=0.01, longest_retry=0.05)


def _told(source: str, frames: int) -> tuple[list[CameraStatus], list[int]]:
    """What a camera says while so many frames are taken, and their numbers."""
    told: list[CameraStatus] = []
    camera = SupervisedCamera(source, QUICK, told.append)
    indices = [frame.index for frame in islice(camera.frames(), frames)]
    return told, indices


@pytest.mark.parametrize(
    ("fault", "state", "cause"),
    [
        ("hang", "stalled", "no frame for 2 s"),
        ("die", "lost", "the process that reads it ended with exit code 1"),
        ("fail", "lost", "the synthetic camera fails at frame 5"),
        ("end", "lost", "its stream ended"),
        ("resize", "resized", "320 x 240 pixels instead of 640 x 480"),
        ("freeze", "frozen", "the same picture for 0.5 s"),
    ],
)
def test_each_fault_is_noticed_and_the_camera_opened_again(
    fault: str, state: str, cause: str
) -> None:
    # Frozen frames are frames: it takes more of them until the fault is known.
    frames = 45 if fault == "freeze" else 12
    told, indices = _told(f"synthetic:live,{fault}@5", frames)
    assert indices == list(range(frames))
    states = [status.state for status in told]
    assert states[:4] == ["running", state, "reopening", "running"]
    assert told[1].cause.startswith(cause)
    assert told[1].failures == 1
    # It is not known to be sound yet.
    assert told[3].failures == 1


def test_that_it_is_sound_again_is_told() -> None:
    told: list[CameraStatus] = []
    patience = Patience(retry=0.01, sound=0.1)
    camera = SupervisedCamera("synthetic:live,fail@200#fps=200", patience, told.append)
    with closing(camera.frames()) as frames:
        for _ in islice(frames, 399):
            pass
    states = [(status.state, status.failures) for status in told]
    assert states[:5] == [
        ("running", 0), ("lost", 1), ("reopening", 1), ("running", 1), ("running", 0)
    ]  # fmt: skip


def test_one_fault_after_another_by_chance_is_overcome_and_each_is_told() -> None:
    told: list[CameraStatus] = []
    while len({status.cause for status in told if status.state in FAULTS}) < 4:
        camera = SupervisedCamera("synthetic:live,any@3#size=64x48&fps=200", QUICK, told.append)
        # Once its frames are taken in any size, nothing more befalls it.
        with closing(camera.frames()) as frames:
            for _ in islice(frames, 40):
                pass
    assert all(
        after.state == "reopening" for before, after in pairwise(told) if before.state in FAULTS
    )


def test_a_camera_that_takes_long_to_open_is_given_twice_as_long_each_time() -> None:
    told: list[CameraStatus] = []

    def listen(status: CameraStatus) -> None:
        told.append(status)
        if len(told) == 5:
            raise EnoughError

    hurried = Patience(opening=0.001, longest_opening=0.003, retry=0.01, longest_restart=0.01)
    with pytest.raises(EnoughError):
        next(SupervisedCamera("synthetic:live,hang@0", hurried, listen).frames())
    assert [status.cause for status in told[::2]] == [
        "no frame for 0.001 s", "no frame for 0.002 s", "no frame for 0.003 s"
    ]  # fmt: skip


def test_a_camera_that_is_not_there_is_tried_again_and_again_by_one_process() -> None:
    told: list[CameraStatus] = []
    processes: set[str] = set()

    def listen(status: CameraStatus) -> None:
        told.append(status)
        processes.update(_children())
        if len(told) == 7:
            raise EnoughError

    with pytest.raises(EnoughError):
        next(SupervisedCamera("/dev/video987", QUICK, listen).frames())
    assert [status.state for status in told] == [
        "unavailable", "reopening", "unavailable", "reopening", "unavailable", "reopening",
        "unavailable",
    ]  # fmt: skip
    assert "nothing is there; is it plugged in?" in told[0].cause
    assert told[-1].failures == 4
    assert len(processes) == 1
    assert not _children()


def test_frames_that_nobody_took_are_counted_and_their_time_is_not_lost() -> None:
    camera = SupervisedCamera("synthetic:live", QUICK)
    frames = camera.frames()
    first = next(frames)
    # The camera goes on; while many of its size are drawn here nobody takes its frames.
    for index in range(40):
        _ = np.random.default_rng(index).normal(size=(480, 640, 3))
    second = next(frames)
    frames.close()
    assert first.dropped == 0
    assert second.dropped > 0
    assert second.duration == pytest.approx((second.dropped + 1) / 30)
    assert camera.status.dropped == second.dropped


def test_of_a_file_every_frame_comes_and_then_its_end(tmp_path: Path) -> None:
    path = tmp_path / "walk.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 10, (64, 48))
    for level in range(0, 250, 10):
        writer.write(np.full((48, 64, 3), level, np.uint8))
    writer.release()
    told: list[CameraStatus] = []
    camera = SupervisedCamera(str(path), QUICK, told.append)
    frames = list(camera.frames())
    assert [frame.index for frame in frames] == list(range(25))
    assert [frame.picture.mean() for frame in frames] == pytest.approx(range(0, 250, 10), abs=3)
    assert [status.state for status in told] == ["running", "ended"]


@pytest.mark.parametrize("fault", ["die", "fail"])
def test_a_source_that_is_not_live_and_fails_is_an_error(fault: str) -> None:
    frames = SupervisedCamera(f"synthetic:{fault}@3", QUICK).frames()
    with pytest.raises(UserError, match=r"ended with exit code 1|fails at frame 3"):
        list(frames)
    assert not _children()


def test_a_reader_that_is_stopped_or_killed_from_outside_is_replaced() -> None:
    told: list[CameraStatus] = []
    camera = SupervisedCamera("synthetic:live", QUICK, told.append)
    frames = camera.frames()
    for number in (signal.SIGSTOP, signal.SIGKILL, signal.SIGSTOP):
        list(islice(frames, 3))
        (reader,) = _children()
        os.kill(int(reader), number)
        # One frame may have been on its way.
        list(islice(frames, 3))
        assert _children() != [reader]
    frames.close()
    assert [status.state for status in told] == [
        "running", "stalled", "reopening", "running", "lost", "reopening", "running", "stalled",
        "reopening", "running",
    ]  # fmt: skip
    assert told[4].cause.endswith("(SIGKILL)")


def test_nothing_stays_when_the_supervisor_is_killed() -> None:
    program = (
        "from plant_device.camera.supervisor import SupervisedCamera\n"
        "frames = SupervisedCamera('synthetic:live').frames()\n"
        "next(frames)\n"
        "print('running', flush=True)\n"
        "for frame in frames: pass\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, text=True
    ) as supervisor:
        assert supervisor.stdout
        assert supervisor.stdout.readline() == "running\n"
        (reader,) = _children(supervisor.pid)
        supervisor.kill()
    _until(lambda: not Path(f"/proc/{reader}").exists())


def test_a_password_is_neither_in_the_arguments_nor_in_what_is_told() -> None:
    told: list[CameraStatus] = []
    arguments: list[bytes] = []

    def listen(status: CameraStatus) -> None:
        told.append(status)
        arguments.extend(Path(f"/proc/{pid}/cmdline").read_bytes() for pid in _children())
        raise EnoughError

    # Port 9 (discard) of this machine: nobody answers there.
    with pytest.raises(EnoughError):
        next(SupervisedCamera("http://user:secret@127.0.0.1:9/", QUICK, listen).frames())
    assert told[0].state == "unavailable"
    assert "http://127.0.0.1:9/ does not answer" in told[0].cause
    assert len(arguments) == 1
    assert b"secret" not in arguments[0]
    assert "secret" not in told[0].cause


def _children(pid: int | None = None) -> list[str]:
    """Process numbers of those that read a camera for this process, or another."""
    pid = pid or os.getpid()
    found: list[str] = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            if b"reader_process" in Path(f"/proc/{child}/cmdline").read_bytes():
                found.append(child)
    return found


def _until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        os.sched_yield()
