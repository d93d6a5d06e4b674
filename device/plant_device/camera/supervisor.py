"""A camera in a process of its own, which is watched, killed and started again, for ever.

Drivers and stream decoders block without end, crash, or hand out one old picture again and again
(OpenCV's `VideoCapture` does each). Here none of that reaches who asks for frames.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace

import numpy as np

from plant_device.camera.frame import Damaged, Frame
from plant_device.camera.packets import PIPE_BYTES, AtEnd, Failure, Packet, read_packet
from plant_device.camera.reader_process import NEXT, OPEN
from plant_device.camera.source import open_source, without_password
from plant_device.camera.states import (
    FAULTS,
    CameraState,
    CameraStatus,
    moved,
    passed_over,
    seconds_to_wait,
    sound,
    taken,
)
from plant_device.contract.errors import UserError
from plant_device.contract.geometry import Picture


@dataclass(frozen=True)
class Patience:
    """How long a camera may take, in seconds.

    Args:
        opening: for its first frame, its process's start included; twice as long after each time
            that it was too short, for a busy board may need that.
        longest_opening: but no longer than this, or `opening`.
        stalled: between frames.
        frozen: for frames to differ. Sensors have noise: no two pictures of one are equal.
        retry: after a first fault, before it is opened again; twice as long after each more.
        longest_retry: but no longer than this, where its process could stay.
        longest_restart: and this, where it was killed: to start another costs a third of a second
            of processor time, and a camera that hangs at each opening may stay away for weeks.
        sound: that it must run until its faults are over: one that gives a few frames and fails
            again is still at fault.
    """

    opening: float = 10.0
    longest_opening: float = 60.0
    stalled: float = 2.0
    frozen: float = 2.0
    retry: float = 0.25
    longest_retry: float = 5.0
    longest_restart: float = 30.0
    sound: float = 10.0


Listener = Callable[[CameraStatus], None]

_SLICE_SECONDS = 0.5


class SupervisedCamera:
    """The frames of a source string; of a live one without end, whatever happens to it."""

    def __init__(
        self,
        text: str,
        patience: Patience = Patience(),
        listener: Listener = lambda status: None,
        waiting: Callable[[], None] = lambda: None,
        damaged: Callable[[str], None] = lambda reason: None,
    ) -> None:
        """Understand the source string; nothing is opened yet.

        Args:
            listener: told of each change of state, once.
            waiting: called when a frame is asked for, and twice a second until it comes, however
                long the camera is away. Who asks for no more frames is not waiting.
            damaged: told of pictures that cannot be used; they are counted in the status.

        Raises:
            UserError: it names no kind of source, or no file.
        """
        self._text = text
        self._live = open_source(text).live
        self._patience = patience
        self._listener = listener
        self._waiting = waiting
        self._damaged = damaged
        self._process: subprocess.Popen[bytes] | None = None
        self._opening = patience.opening
        self._resized = False
        self._any_size = False
        self.status = CameraStatus()

    @property
    def live(self) -> bool:
        """Whether its frames come at their own pace."""
        return self._live

    def start(self) -> None:
        """Start its process already, which loads its libraries while others load theirs."""
        if self._process is None:
            self._started()

    def frames(self) -> Generator[Frame, None, None]:
        """Yield the newest frame each time, or of a source that is not live each.

        Raises:
            UserError: a source that is not live cannot be read.
        """
        index = 0
        try:
            while True:
                for frame in self._until_fault():
                    yield replace(frame, index=index)
                    index += 1
                if self.status.state == "ended":
                    return
                self._pause(self._seconds_to_wait())
                self._move("reopening")
        finally:
            self._kill()

    def _seconds_to_wait(self) -> float:
        patience = self._patience
        longest = patience.longest_retry if self._process else patience.longest_restart
        return seconds_to_wait(self.status.failures, patience.retry, longest)

    def _pause(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self._waiting()
            time.sleep(min(left, _SLICE_SECONDS))

    def _until_fault(self) -> Iterator[Frame]:
        """Open the source and yield its frames until it ends or has a fault."""
        watch = _Watch(self._patience.frozen, any_size=self._any_size)
        begun = 0.0
        self._request(OPEN)
        deadline = time.monotonic() + self._opening
        while True:
            self._waiting()
            self._request(NEXT)
            packet = self._answer(deadline)
            if isinstance(packet, Damaged):
                self.status = passed_over(self.status, packet.number)
                self._damaged(without_password(packet.reason))
                # A camera of which nothing can be used is none; a file's next picture may be whole.
                if not self._live:
                    deadline = time.monotonic() + self._opening
                if time.monotonic() < deadline:
                    continue
                packet = TimeoutError()
            fault = self._fault_of(packet, watch)
            if fault:
                state, cause = fault
                running = self.status.state == "running"
                if state in FAULTS and not self._live:
                    raise UserError(without_password(cause))
                self._move(state, cause + self._from_now_on(state))
                if state == "stalled" and not running:
                    longest = max(self._patience.opening, self._patience.longest_opening)
                    self._opening = min(2 * self._opening, longest)
                # Only who said itself what is wrong is sound enough to be asked again.
                if not isinstance(packet, Failure):
                    self._kill()
                return
            assert isinstance(packet, Frame)
            before = self.status
            self.status = taken(before, packet.dropped)
            if before.state != "running":
                self._listener(self.status)
                begun = time.monotonic()
            elif before.failures and time.monotonic() - begun >= self._patience.sound:
                self.status = sound(self.status)
                self._resized, self._opening = False, self._patience.opening
                self._listener(self.status)
            yield packet
            allowed = self._patience.stalled if self._live else self._opening
            deadline = time.monotonic() + allowed

    def _fault_of(
        self, packet: Frame | AtEnd | Failure | TimeoutError | EOFError, watch: "_Watch"
    ) -> tuple[CameraState, str] | None:
        running = self.status.state == "running"
        broken: CameraState = "lost" if running else "unavailable"
        match packet:
            case Frame():
                return watch.fault_of(packet) if self._live else None
            case AtEnd() if not self._live:
                return "ended", ""
            case AtEnd():
                return broken, "its stream ended"
            case Failure():
                return broken, packet.reason
            case TimeoutError():
                allowed = self._patience.stalled if running else self._opening
                return "stalled", f"no frame for {allowed:g} s"
            case EOFError():
                return broken, f"the process that reads it ended{self._how_it_ended()}"

    def _from_now_on(self, state: CameraState) -> str:
        """What a camera that was opened anew for its size, and again has another, is told."""
        if state == "resized" and self._resized:
            self._any_size = True
            return ", again: from now on frames of any size are taken"
        self._resized = state == "resized"
        return ""

    def _move(self, state: CameraState, cause: str = "") -> None:
        self.status = moved(self.status, state, without_password(cause))
        self._listener(self.status)

    def _request(self, request: bytes) -> None:
        process = self._process or self._started()
        assert process.stdin
        # If it has ended, its answer tells.
        with suppress(BrokenPipeError):
            process.stdin.write(request)

    def _answer(self, deadline: float) -> Packet | TimeoutError | EOFError:
        assert self._process
        assert self._process.stdout
        try:
            return read_packet(self._process.stdout.fileno(), deadline, self._waiting)
        except (TimeoutError, EOFError) as error:
            return error

    def _started(self) -> subprocess.Popen[bytes]:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "plant_device.camera.reader_process"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
            pipesize=PIPE_BYTES,
            # Ctrl-C is for this process; and with it its children can be killed.
            start_new_session=True,
        )
        assert self._process.stdin
        self._process.stdin.write(f"{os.getpid()} {self._text}\n".encode())
        return self._process

    def _how_it_ended(self) -> str:
        assert self._process
        code = self._process.wait()
        return f" ({signal.Signals(-code).name})" if code < 0 else f" with exit code {code}"

    def _kill(self) -> None:
        if self._process is None:
            return
        process, self._process = self._process, None
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        for pipe in (process.stdin, process.stdout):
            assert pipe
            pipe.close()


class _Watch:
    """Whether a camera's frames are those of a sound one, since it was opened."""

    def __init__(self, frozen: float, *, any_size: bool) -> None:
        self._frozen = frozen
        self._any_size = any_size
        self._before: Picture | None = None
        self._changed = 0.0

    def fault_of(self, frame: Frame) -> tuple[CameraState, str] | None:
        picture, before = frame.picture, self._before
        self._before = picture
        now = time.monotonic()
        if before is None:
            self._changed = now
        elif picture.shape != before.shape and not self._any_size:
            return "resized", f"{_size(picture.shape)} pixels instead of {_size(before.shape)}"
        elif not _equal(before, picture):
            self._changed = now
        elif now - self._changed >= self._frozen > 0:
            return "frozen", f"the same picture for {self._frozen:g} s"
        return None


def _equal(one: Picture, other: Picture) -> bool:
    # Nearly all that differ do so in a few rows already.
    few = slice(None, None, 64)
    return np.array_equal(one[few], other[few]) and np.array_equal(one, other)


def _size(shape: tuple[int, ...]) -> str:
    return f"{shape[1]} x {shape[0]}"
