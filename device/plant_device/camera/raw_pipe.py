"""A program that writes raw frames to its standard output, as a source.

Works with any Python: the boards' own camera programs need their system's libraries, and a program
that hangs can be killed.
"""

import os
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from typing import IO

import numpy as np

from plant_device.camera.packets import PIPE_BYTES
from plant_device.contract.end_with_parent import end_with_parent
from plant_device.contract.errors import UserError

_LONGEST_WORD = 300


def raw_frames(command: Sequence[str], bytes_a_frame: int, package: str) -> Iterator[np.ndarray]:
    """Run a program and yield what it writes, cut into frames: uint8 [bytes_a_frame].

    Args:
        package: Debian's, that has the program.

    Raises:
        UserError: there is no such program, or it ended; its last line tells why.
    """
    here = os.getpid()
    with tempfile.TemporaryFile() as said:
        try:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=said,
                pipesize=PIPE_BYTES,
                preexec_fn=lambda: end_with_parent(here),
            )
        except FileNotFoundError:
            raise UserError(
                f"expected the program {command[0]}: install the package {package}"
            ) from None
        try:
            assert process.stdout
            yield from _frames(process.stdout, bytes_a_frame)
        finally:
            process.kill()
            process.wait()
        said.seek(max(0, said.tell() - 2000))
        lines = said.read().decode(errors="replace").split("\n")
        last = next((line for line in reversed(lines) if line.strip()), _ending(process.returncode))
        raise UserError(f"{command[0]} ended: {last.strip()[:_LONGEST_WORD]}")


def _frames(stream: IO[bytes], length: int) -> Iterator[np.ndarray]:
    while True:
        frame = np.empty(length, np.uint8)
        view, filled = frame.data, 0
        while filled < length:
            got = stream.readinto(view[filled:])  # type: ignore[attr-defined]
            if not got:
                # A half picture is none.
                return
            filled += got
        yield frame


def _ending(code: int) -> str:
    return signal.Signals(-code).name if code < 0 else f"exit code {code}"
