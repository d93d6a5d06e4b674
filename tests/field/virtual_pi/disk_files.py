"""Files of a disk that no machine has in use, read and written from outside (ext4)."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory


def read_file(disk: Path, path: str) -> bytes:
    """The content of a file of the guest's; nothing where there is none."""
    return _debugfs(disk, f"cat {path}")


def put_file(disk: Path, path: str, content: bytes) -> None:
    """Write or replace a file, root's and readable by all; its folder is made if it is missing."""
    folder, name = str(Path(path).parent), Path(path).name
    with TemporaryDirectory() as scratch:
        source, requests = Path(scratch, "content"), Path(scratch, "requests")
        source.write_bytes(content)
        source.chmod(0o644)
        # `write` takes no path. What cannot be done, such as a folder that is there, is no error.
        lines = [f"mkdir {folder}", f"cd {folder}", f"rm {name}", f"write {source} {name}"]
        requests.write_text("".join(f"{line}\n" for line in lines))
        subprocess.run(["debugfs", "-w", "-f", requests, disk], capture_output=True, check=True)
    assert read_file(disk, path) == content


def real_path(disk: Path, folder: str, pattern: str) -> str:
    """The one path below a folder of the guest's that the pattern fits."""
    with TemporaryDirectory() as scratch:
        copy_tree(disk, folder, Path(scratch))
        (found,) = Path(scratch).rglob(pattern)
        return f"{folder}/{found.relative_to(Path(scratch, Path(folder).name))}"


def copy_sparse(source: Path, target: Path) -> None:
    """Copy a disk without the room that nothing uses."""
    subprocess.run(["cp", "--sparse=always", "--reflink=auto", source, target], check=True)


@contextmanager
def copied(disk: Path) -> Iterator[Path]:
    """A copy beside a disk, to be looked at: by that its file system recovers."""
    with TemporaryDirectory(dir=disk.parent) as scratch:
        copy = Path(scratch, disk.name)
        copy_sparse(disk, copy)
        yield copy


def copy_tree(disk: Path, folder: str, out: Path) -> None:
    """Copy a folder of the guest's into `out`."""
    _debugfs(disk, f"rdump {folder} {out}")


def is_sound_after_recovery(disk: Path) -> bool:
    """Replay the file system's journal, as a mount does, and see whether all is well then."""
    replayed = subprocess.run(
        ["e2fsck", "-E", "journal_only", "-y", disk], capture_output=True, check=False
    )
    looked = subprocess.run(["e2fsck", "-f", "-n", disk], capture_output=True, check=False)
    return replayed.returncode in (0, 1) and looked.returncode == 0


def _debugfs(disk: Path, request: str) -> bytes:
    return subprocess.run(["debugfs", "-R", request, disk], capture_output=True, check=True).stdout
