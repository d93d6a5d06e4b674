"""A small ext4 disk of this machine that can be made slow, or to fail, while it is mounted.

nbdkit has the faults, nbdfuse makes a file of what it serves, and that is a loop device's: the file
system sees a block device that fails.
"""

import subprocess
import time
from collections.abc import Sequence
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from types import TracebackType

_MEGABYTES = 24
_UNHINDERED = "10G"
_SLOW = "400K"
"""Bits a second, as nbdkit's rate filter counts: 50 KB."""


class FaultyDisk(AbstractContextManager["FaultyDisk"]):
    """A disk, mounted at a folder. Needs root, nbdkit and nbdfuse.

    Args:
        scratch: a folder for what it is made of.
    """

    def __init__(self, scratch: Path) -> None:
        self.folder = scratch / "disk"
        self._file = scratch / "disk.img"
        self._socket = scratch / "socket"
        self._blocks = scratch / "blocks"
        self._errors = scratch / "errors"
        self._rate = scratch / "rate"
        self._filler = self.folder / "filler"
        self._servers: list[subprocess.Popen[bytes]] = []
        self._device = ""

    def __enter__(self) -> "FaultyDisk":
        for folder in (self.folder, self._blocks):
            folder.mkdir()
        with self._file.open("wb") as file:
            file.truncate(_MEGABYTES << 20)
        _done("mke2fs", "-q", "-F", "-t", "ext4", "-m", "0", str(self._file))
        self._begin(
            [
                *("nbdkit", "--foreground", f"--unix={self._socket}"),
                *("--filter=error", "--filter=rate", "file", str(self._file)),
                *("error-pwrite-rate=100%", f"error-pwrite-file={self._errors}"),
                *(f"rate-file={self._rate}", f"rate={_UNHINDERED}"),
            ],
            self._socket,
        )
        blocks = self._blocks / "nbd"
        self._begin(["nbdfuse", str(self._blocks), f"nbd+unix:///?socket={self._socket}"], blocks)
        self._device = _done("losetup", "--find", "--show", str(blocks)).strip()
        self._mount()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.be_sound()
        with suppress(subprocess.CalledProcessError):
            _done("umount", str(self.folder))
        _done("losetup", "--detach", self._device)
        # The loop device lets go of its file a moment later.
        _done("umount", "--lazy", str(self._blocks))
        for server in reversed(self._servers):
            server.terminate()
            server.wait()

    def fill(self) -> None:
        """Leave no room at all."""
        with suppress(OSError), self._filler.open("wb", buffering=0) as file:
            while True:
                file.write(bytes(1 << 12))

    def fail(self) -> None:
        """Answer every write by an error; ext4 soon lets nobody write any more."""
        self._errors.touch()

    def slow_down(self) -> None:
        """Take 50 KB a second."""
        self._rate.write_text(_SLOW)

    def be_sound(self) -> None:
        """Have room, and do as it is told; what was mounted before stays so."""
        for path in (self._filler, self._errors, self._rate):
            with suppress(OSError):
                path.unlink(missing_ok=True)

    def mount_anew(self) -> None:
        """Do what a person or a start of the board does about a disk that failed.

        Raises:
            subprocess.CalledProcessError: somebody still has it open.
        """
        _done("umount", str(self.folder))
        self._mount()

    def _mount(self) -> None:
        subprocess.run(["e2fsck", "-p", self._device], check=False, capture_output=True)
        _done("mount", "-o", "errors=remount-ro", self._device, str(self.folder))

    def _begin(self, command: Sequence[str], appears: Path) -> None:
        server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self._servers.append(server)
        while not appears.exists():
            assert server.poll() is None, f"{command[0]} ended"
            time.sleep(0.05)


def _done(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout
