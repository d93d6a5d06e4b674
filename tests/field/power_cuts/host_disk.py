"""A disk whose writes are logged and that this machine's own kernel mounts: no emulator needed.

Its ext4 is on a loop device, the loop device's file is QEMU's storage daemon's (FUSE).
"""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from virtual_pi.disk_files import copy_sparse

from power_cuts.replay import LoggedWork, watch

_PATIENCE = 600.0


def new_disk(disk: Path) -> Path:
    """Write an empty file system of half a gigabyte, which takes no room."""
    subprocess.run(
        ["mke2fs", "-qq", "-F", "-t", "ext4", "-b", "4096", str(disk), "512M"], check=True
    )
    return disk


def logged_work(disk: Path, command: Callable[[Path], list[str]], lines: int) -> LoggedWork:
    """Have a program work on a disk until it has acknowledged so much, and kill it.

    Args:
        disk: goes on to what the work makes of it.
        command: given where the disk is mounted; what it prints is what it acknowledges.
        lines: how many more than the first one.
    """
    before, log, acknowledged = (
        disk.with_name(name) for name in ("before.img", "writes.log", "acknowledged")
    )
    copy_sparse(disk, before)
    with mounted(disk, log) as folder, acknowledged.open("wb") as out:
        working = subprocess.Popen(command(folder), stdout=out, start_new_session=True)

        def goes_on_for(seconds: float) -> None:
            try:
                code = working.wait(seconds)
            except subprocess.TimeoutExpired:
                return
            raise AssertionError(f"the work ended by itself with exit code {code}")

        try:
            seen = watch(acknowledged, log, lines, goes_on_for)
        finally:
            os.killpg(working.pid, signal.SIGKILL)
            working.wait()
    return LoggedWork(before, log, acknowledged.read_bytes(), seen)


@contextmanager
def mounted(disk: Path, log: Path) -> Iterator[Path]:
    """Mount a disk, and log what it is told."""
    exported, folder, pid_file = (
        disk.with_name(name) for name in ("exported", "mounted", "exporter.pid")
    )
    exported.touch()
    folder.mkdir(exist_ok=True)
    pid_file.unlink(missing_ok=True)
    log.write_bytes(b"")
    with subprocess.Popen(
        [
            *("qemu-storage-daemon", f"--pidfile={pid_file}"),
            *("--blockdev", f"driver=file,node-name=disk,filename={disk}"),
            *("--blockdev", f"driver=file,node-name=log,filename={log}"),
            *("--blockdev", "driver=blklogwrites,node-name=logged,file=disk,log=log"),
            "--export",
            f"type=fuse,id=it,node-name=logged,mountpoint={exported},writable=on",
        ]
    ) as exporter:
        try:
            while not pid_file.exists():
                assert exporter.poll() is None, "qemu-storage-daemon ended"
            subprocess.run(["mount", "-o", "loop,noatime", exported, folder], check=True)
            try:
                yield folder
            finally:
                _unmount(folder)
        finally:
            exporter.terminate()


def _unmount(folder: Path) -> None:
    """As soon as those who were killed have let it go."""
    end = time.monotonic() + _PATIENCE
    while subprocess.run(["umount", folder], capture_output=True, check=False).returncode:
        assert time.monotonic() < end, f"{folder} is in use"
