"""How the machine sees its disk: for one start, lasting, behind a cache that forgets, or logged."""

import subprocess
from contextlib import ExitStack
from pathlib import Path
from typing import Protocol


class Drive(Protocol):
    """A disk that can be put into a machine, and lose its power with it."""

    def attach(self) -> str:
        """Make it ready; what follows `-drive` of the emulator."""

    def cut(self) -> None:
        """Its power goes."""


class Throwaway:
    """What is written is forgotten when the machine ends; many may share the file."""

    def __init__(self, disk: Path) -> None:
        self._disk = disk

    def attach(self) -> str:
        """A snapshot of the file."""
        return f"file={self._disk},format=raw,snapshot=on"

    def cut(self) -> None:
        """Nothing is left anyway."""


class Lasting:
    """What the guest writes is in the file, past the host's own cache (O_DIRECT)."""

    def __init__(self, disk: Path) -> None:
        self._disk = disk

    def attach(self) -> str:
        """The file itself."""
        return f"file={self._disk},format=raw,cache=none"

    def cut(self) -> None:
        """What it was given it has."""


class Logged:
    """What the guest tells the disk, flushes too, is kept in order in a log (dm-log-writes)."""

    def __init__(self, disk: Path, log: Path) -> None:
        self._disk = disk
        self._log = log

    def attach(self) -> str:
        """The file, with an empty log."""
        self._log.write_bytes(b"")
        files = f"file.driver=file,file.filename={self._disk}"
        return f"driver=blklogwrites,{files},log.driver=file,log.filename={self._log}"

    def cut(self) -> None:
        """The host's caches do not die with it."""


class Forgetful:
    """A disk with a cache of its own: what the guest has not flushed is gone with the power.

    nbdkit keeps writes in a file without a name until a flush, and is killed with the machine.
    """

    def __init__(self, disk: Path, folder: Path) -> None:
        self._disk = disk
        self._socket = folder / "disk.socket"
        self._server: subprocess.Popen[bytes] | None = None

    def attach(self) -> str:
        """Start the server of the file."""
        self._socket.unlink(missing_ok=True)
        pid_file = self._socket.with_suffix(".pid")
        pid_file.unlink(missing_ok=True)
        self._server = subprocess.Popen(
            [
                *("nbdkit", "--foreground", "--exit-with-parent", f"--unix={self._socket}"),
                *(f"--pidfile={pid_file}", "--filter=cache", "file", str(self._disk)),
                "cache=writeback",
            ]
        )
        while not pid_file.exists():
            assert self._server.poll() is None, "nbdkit ended"
        return f"file=nbd+unix:///?socket={self._socket},format=raw,cache=none"

    def cut(self) -> None:
        """Its server is killed, and what it had not written is forgotten."""
        assert self._server
        with ExitStack() as stack:
            stack.callback(self._server.wait)
            self._server.kill()
