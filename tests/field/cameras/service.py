"""A real `plant-device run`, watched from outside: its frames, its words, what it costs."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from types import TracebackType
from typing import IO

_TICK = 1 / os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Flow:
    """What frames that come steadily look like: so many, with no longer gap between two."""

    frames: int = 5
    gap: float = 1.5


class Service(AbstractContextManager["Service"]):
    """The service of a source; at the end of its context it is stopped as systemd would.

    Args:
        model: a file.
        source: as `--source` takes it.
        options: others of `run`.
        program: what Python runs.
    """

    def __init__(
        self,
        model: Path,
        source: str,
        *options: str,
        program: Sequence[str] = ("-m", "plant_device"),
    ) -> None:
        self._command = [
            *(sys.executable, *program, "run", "--model", str(model)),
            *("--source", source, "--threads", "1", "--json", *options),
        ]
        self._changed = threading.Condition()
        self._frames: list[float] = []
        self.told: list[str] = []
        """A JSON line for each frame."""
        self.said: list[tuple[float, str]] = []
        """For people, with its moment."""
        self._process: subprocess.Popen[str]

    def __enter__(self) -> "Service":
        self._process = subprocess.Popen(
            self._command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        assert self._process.stdout
        assert self._process.stderr
        self._readers = [
            threading.Thread(target=self._hear, args=(self._process.stdout, self._frame)),
            threading.Thread(target=self._hear, args=(self._process.stderr, self._word)),
        ]
        for reader in self._readers:
            reader.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._process.kill()
        self._process.wait()
        for reader in self._readers:
            reader.join()
        for stream in (self._process.stdout, self._process.stderr):
            assert stream
            stream.close()

    @property
    def pid(self) -> int:
        """Of the service itself."""
        return self._process.pid

    @property
    def frames(self) -> int:
        """How many it has told so far."""
        return len(self._frames)

    def stop(self) -> str:
        """Have it end as systemd does; all that it said."""
        self._process.send_signal(signal.SIGTERM)
        assert self._process.wait(60) == 128 + signal.SIGTERM
        for reader in self._readers:
            reader.join()
        return "\n".join(words for _, words in self.said)

    def goes_on_for(self, seconds: float) -> None:
        """Let it run so long."""
        try:
            code = self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return
        raise AssertionError(f"the service ended with exit code {code}: {self.said[-3:]}")

    def seconds_until_frames(self, since: float, flow: Flow = Flow(), within: float = 300) -> float:
        """Wait until frames come steadily after a moment; how long after it the first came."""
        end = time.monotonic() + within
        with self._changed:
            while (first := first_of_flow(self._frames, since, flow)) is None:
                assert self._process.poll() is None, f"the service ended: {self.said[-3:]}"
                assert time.monotonic() < end, f"no frames for {within:g} s: {self.said[-3:]}"
                self._changed.wait(0.2)
        return first - since

    def seconds_until_said(self, words: str, within: float = 300) -> float:
        """Wait until it has said so; how long that took."""
        begun = time.monotonic()
        with self._changed:
            while not any(words in sentence for _, sentence in self.said):
                assert self._process.poll() is None, f"the service ended: {self.said[-3:]}"
                assert time.monotonic() < begun + within, f"not said: {words}: {self.said[-3:]}"
                self._changed.wait(0.2)
        return time.monotonic() - begun

    def pauses(self, longest: float) -> list[float]:
        """The times between two frames that were longer than so many seconds."""
        with self._changed:
            gaps = [after - before for before, after in pairwise(self._frames)]
        return [gap for gap in gaps if gap > longest]

    def processor_seconds(self) -> float:
        """What it and all that it ever started took so far, as far as the kernel knows."""
        return sum(_times(pid) for pid in (self.pid, *descendants(self.pid)))

    def _hear(self, stream: IO[str], take: Callable[[str], None]) -> None:
        for line in stream:
            with self._changed:
                take(line.rstrip())
                self._changed.notify_all()

    def _frame(self, line: str) -> None:
        self._frames.append(time.monotonic())
        self.told.append(line)

    def _word(self, line: str) -> None:
        self.said.append((time.monotonic(), line))


def descendants(pid: int) -> list[int]:
    """The processes below one, those of processes that end meanwhile left out."""
    found = []
    for child in _children(pid):
        found += [child, *descendants(child)]
    return found


def command_of(pid: int) -> str:
    """What a process was started with; empty once it is gone."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return ""


def first_of_flow(frames: list[float], since: float, flow: Flow) -> float | None:
    """The moment of the first of the frames after one that come steadily; None where none do."""
    # Only the last ones can be new.
    later = [moment for moment in frames[-2000:] if moment >= since]
    for first in range(len(later) - flow.frames + 1):
        part = later[first : first + flow.frames]
        if all(after - before < flow.gap for before, after in pairwise(part)):
            return part[0]
    return None


def _children(pid: int) -> list[int]:
    try:
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        return [int(child) for task in tasks for child in (task / "children").read_text().split()]
    except OSError:
        return []


def _times(pid: int) -> float:
    """Of a process, and of those children whose end it has seen (proc(5), fields 14 to 17)."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return sum(map(int, fields[11:15])) * _TICK
