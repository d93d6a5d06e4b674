import os
import resource
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from plant_device.contract.atomic import atomic_path, write_atomically, write_privately


def _fail_midway(target: Path) -> None:
    with atomic_path(target) as temporary:
        temporary.write_text("ne")
        raise RuntimeError("half")


def _names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize(
    ("content", "expected"),
    [("Blätter\n", "Blätter\n".encode()), (b"\0\xff", b"\0\xff"), ("", b"")],
)
def test_text_and_bytes_are_written_whole(
    tmp_path: Path, content: str | bytes, expected: bytes
) -> None:
    path = tmp_path / "file.txt"
    write_atomically(path, content)
    assert path.read_bytes() == expected
    assert _names(tmp_path) == ["file.txt"]


def test_an_older_file_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("a much longer old text")
    write_atomically(path, "new")
    assert path.read_text() == "new"


def test_missing_folders_are_made(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "file"
    write_atomically(path, "new")
    assert path.read_text() == "new"


def test_the_target_is_untouched_until_the_end(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("old")
    with atomic_path(path) as temporary:
        temporary.write_text("new")
        assert path.read_text() == "old"
    assert path.read_text() == "new"


def test_an_exception_leaves_the_old_content_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("old")
    with pytest.raises(RuntimeError, match="half"):
        _fail_midway(path)
    assert path.read_text() == "old"
    assert _names(tmp_path) == ["file"]


def test_an_exception_leaves_no_file_where_there_was_none(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="half"):
        _fail_midway(tmp_path / "file")
    assert _names(tmp_path) == []


def test_a_full_disk_leaves_the_old_content_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("old")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    # Python ignores SIGXFSZ, so that a write beyond the limit is an OSError.
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))
    try:
        with pytest.raises(OSError, match="File too large"):
            write_atomically(path, bytes(5000))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert path.read_text() == "old"
    assert _names(tmp_path) == ["file"]


def test_a_writer_that_writes_nothing_leaves_the_old_content(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("old")
    with pytest.raises(FileNotFoundError), atomic_path(path):
        pass
    assert path.read_text() == "old"


@pytest.mark.parametrize("name", ["sheet.jpg", "model.keras", "a-b.tar.gz", "plain"])
def test_the_temporary_file_lies_hidden_beside_the_target_with_the_same_ending(
    tmp_path: Path, name: str
) -> None:
    with atomic_path(tmp_path / name) as temporary:
        assert temporary.parent == tmp_path
        assert temporary.name.startswith(".")
        assert temporary.suffixes == (tmp_path / name).suffixes
        temporary.touch()


def _killed_writer(target: Path) -> Path:
    """Kill a process in the midst of its write; what it leaves."""
    program = (
        "import sys\n"
        "from pathlib import Path\n"
        "from plant_device.contract.atomic import atomic_path\n"
        "with atomic_path(Path(sys.argv[1])) as temporary:\n"
        "    temporary.write_text('half')\n"
        "    print(temporary, flush=True)\n"
        "    sys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(target)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as writer:
        assert writer.stdout is not None
        leftover = Path(writer.stdout.readline().decode().strip())
        writer.send_signal(signal.SIGKILL)
        writer.wait(60)
    return leftover


@pytest.mark.parametrize("name", ["file.txt", "a-b-1-2.txt", "-.txt"])
def test_a_killed_writer_leaves_the_old_file_and_the_next_write_sweeps_up(
    tmp_path: Path, name: str
) -> None:
    path = tmp_path / name
    path.write_text("old")
    leftover = _killed_writer(path)
    assert leftover.read_text() == "half"
    assert path.read_text() == "old"
    write_atomically(path, "new")
    assert path.read_text() == "new"
    assert _names(tmp_path) == [name]


def test_sweeping_up_spares_other_targets_and_living_writers(tmp_path: Path) -> None:
    other = _killed_writer(tmp_path / "other")
    living = tmp_path / f".partial-{os.getppid()}-file"
    living.write_text("half")
    foreign = tmp_path / ".partial-notes"
    foreign.write_text("mine")
    write_atomically(tmp_path / "file", "new")
    assert _names(tmp_path) == sorted(["file", other.name, living.name, foreign.name])


def test_a_secret_is_never_readable_by_others(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_text("old")
    path.chmod(0o644)
    former = os.umask(0)
    try:
        write_privately(path, "new")
    finally:
        os.umask(former)
    assert path.read_text() == "new"
    assert path.stat().st_mode & 0o777 == 0o600
    assert _names(tmp_path) == ["secret"]
