"""An emulated board's service and its camera: the kernel's `vivid`, which fails when it is told to.

What `v4l2-ctl` sets is vivid's own error injection
(https://docs.kernel.org/admin-guide/media/vivid.html, "Error Injection").
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from virtual_pi.drives import Throwaway
from virtual_pi.image import Image
from virtual_pi.machine import Machine, line_count

from cameras.service import Flow, first_of_flow
from cameras.unkind import Camera, Fault, Mend, Pid, it_comes_back_by_itself

_DRIVER = "/sys/bus/platform/drivers/vivid"
# Whichever number it has by now.
_SET = "v4l2-ctl --device=$(echo /dev/video*)"
# An emulated board keeps three records a second, and fewer where the host has other things to do.
_STEADY = Flow(frames=3, gap=8.0)
_PATIENCE = 900.0


class BoardService:
    """The service of a board whose image was told to `record_at_full_rate`."""

    pid: Pid = 0
    """Nothing that this machine could signal."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._frames: list[float] = []

    def goes_on_for(self, seconds: float) -> None:
        """Let it run so long."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self._machine.goes_on_for(min(left, 0.1))
            self._look()

    def seconds_until_frames(self, since: float) -> float:
        """Wait until records come steadily after a moment; how long after it the first came."""
        end = time.monotonic() + _PATIENCE
        while (first := first_of_flow(self._frames, since, _STEADY)) is None:
            assert time.monotonic() < end, f"no records for {_PATIENCE:g} s: {self.said()[-1000:]}"
            self.goes_on_for(0.1)
        return first - since

    def processor_seconds(self) -> float:
        """What it and all that it ever started took so far, as systemd counts it."""
        told = self._machine.done("systemctl show plant-edge --value -p CPUUsageNSec")
        return int(told) / 1e9

    def restarts(self) -> int:
        """How often systemd had to start it again."""
        return int(self._machine.done("systemctl show plant-edge --value -p NRestarts"))

    def said(self) -> str:
        """Its journal."""
        return self._machine.done("journalctl --unit plant-edge --output cat")

    def stop(self) -> str:
        """Have systemd end it; all that it said."""
        self._machine.done("systemctl stop plant-edge")
        return self.said()

    def _look(self) -> None:
        lines = line_count(self._machine.acknowledged)
        self._frames += [time.monotonic()] * (lines - len(self._frames))


@contextmanager
def board_with_camera(image: Image, folder: Path) -> Iterator[tuple[BoardService, Camera]]:
    """Start a board; what it wrote is forgotten."""
    with Machine(image, Throwaway(image.disk), folder) as machine:
        machine.acknowledges(1)
        yield BoardService(machine), vivid(machine)


def vivid(machine: Machine) -> Camera:
    """The camera of a board, at work."""
    run = machine.done
    stream_dies = f"{_SET} --set-ctrl=inject_fatal_streaming_error=1"

    def fails(fault: str, mend: str = "") -> Fault:
        def mended() -> None:
            run(mend)

        def failing(_: Pid) -> Mend:
            run(fault)
            return mended if mend else it_comes_back_by_itself

        return failing

    def at_next_opening(control: str) -> Fault:
        return fails(f"{_SET} --set-ctrl={control}=1; {stream_dies}")

    return Camera(
        "usb:0",
        {
            "unplugged": fails(
                f"echo vivid.0 > {_DRIVER}/unbind", f"echo vivid.0 > {_DRIVER}/bind"
            ),
            "disconnected": fails(
                f"{_SET} --set-ctrl=disconnect=1", f"{_SET} --set-ctrl=disconnect=0"
            ),
            "silent": fails(
                f"{_SET} --set-ctrl=percentage_of_dropped_buffers=100",
                f"{_SET} --set-ctrl=percentage_of_dropped_buffers=0",
            ),
            "half of the frames are lost": fails(
                f"{_SET} --set-ctrl=percentage_of_dropped_buffers=50",
                f"{_SET} --set-ctrl=percentage_of_dropped_buffers=0",
            ),
            "a damaged frame": fails(f"{_SET} --set-ctrl=inject_v4l2_buf_flag_error=1"),
            "its stream dies": fails(stream_dies),
            "its queue cannot be set up": at_next_opening("inject_vidioc_reqbufs_error"),
            "a buffer is not taken": fails(f"{_SET} --set-ctrl=inject_vidioc_qbuf_error=1"),
            "it does not start": at_next_opening("inject_vidioc_streamon_error"),
            "another program changed its size": fails(
                f"{stream_dies}; for _ in $(seq 100); do "
                f"{_SET} --set-fmt-video=width=640,height=360 && break; done; true"
            ),
        },
    )
