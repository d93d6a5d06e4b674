"""The real `plant-train download`: one line for an error, killed and taken up again."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from faulty_site import Answer, Site
from small_plantvillage import (
    PICTURES,
    TEST,
    TRAIN,
    lists,
    published_files,
    tree,
    write_files,
    zipped,
)

Command = Callable[..., "subprocess.CompletedProcess[str]"]

PATIENCE_SECONDS = 60


def _only_line(said: str) -> str:
    lines = said.splitlines()
    assert len(lines) == 1, said
    return lines[0]


def _large_archive() -> bytes:
    """Slow to come, because of what is not a picture, and slow to write: many pictures."""
    more = {f"raw/color/Tomato___healthy/{number:04d}.jpg": b"leaf" for number in range(2000)}
    listed = "".join(f"{path}\n" for path in more).encode()
    official = lists()
    official["splits/color_train.txt"] += listed
    ballast = {"logs/ballast": np.random.default_rng(0).bytes(1_000_000)}
    return zipped(published_files() | ballast | more | official)


def test_plantvillage_is_told_in_one_line_on_stdout(plant_train: Command, tmp_path: Path) -> None:
    source = write_files(tmp_path / "brought", published_files() | lists())
    out = tmp_path / "leaves"
    process = plant_train("download", "plantvillage", out, "--from", source)
    assert process.returncode == 0, process.stderr
    assert process.stdout == (
        f"{out}: {len(TRAIN)} pictures to train, {len(TEST)} of other leaves to test, 3 classes, "
        "split: official\n"
    )
    assert "licence: stated differently" in process.stderr
    again = plant_train("download", "plantvillage", out)
    assert (again.returncode, again.stdout) == (0, process.stdout)


def test_the_hub_that_gives_other_bytes_is_refused_with_both_sums(
    plant_train: Command, site: Site, tmp_path: Path
) -> None:
    revision = "9e97599868962bd0079b8db4b7f1efa9185fa1e7"
    path = f"/datasets/mohanty/PlantVillage/resolve/{revision}/splits/color_train.txt"
    site.add(path, b"other lists")
    process = plant_train(
        "download", "plantvillage", tmp_path / "leaves", env={"HF_ENDPOINT": site.url}
    )
    assert process.returncode == 2
    assert process.stdout == ""
    line = _only_line(process.stderr)
    assert "expected sha256 c43e0205b321" in line
    assert "received " in line
    assert not (tmp_path / "leaves").exists()


def test_weights_without_network_name_the_way_to_bring_them(
    plant_train: Command, site: Site, tmp_path: Path
) -> None:
    process = plant_train(
        "download", "weights", "alexnet", tmp_path / "here.onnx", env={"HF_ENDPOINT": site.url}
    )
    assert process.returncode == 2
    line = _only_line(process.stderr)
    assert line.startswith("error: cannot download here.onnx: 127.0.0.1 ")
    assert "answers 404 Not Found; without network, bring it and say --from" in line


@pytest.mark.parametrize(
    ("arguments", "about"),
    [
        (["download", "weights", "lenet"], "received: lenet"),
        (["download"], "command"),
        (["download", "plantvillage", "OUT", "--from", "nowhere"], "there is nothing"),
    ],
)
def test_a_wrong_call_is_told_in_one_line_and_exits_with_2(
    plant_train: Command, tmp_path: Path, arguments: list[str], about: str
) -> None:
    arguments = [str(tmp_path / word) if word == "OUT" else word for word in arguments]
    process = plant_train(*arguments)
    assert process.returncode == 2
    assert about in process.stderr.splitlines()[-1]
    assert "Traceback" not in process.stderr
    assert process.stdout == ""


def _interrupted(
    arguments: list[object], enough: Callable[[], bool], how: signal.Signals
) -> tuple[int, str]:
    """Start the command, send a signal once `enough` is there; the exit code and stderr."""
    process = subprocess.Popen(
        [sys.executable, "-m", "plant_train", *map(str, arguments)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        # A shell that runs the tests in the background makes its children ignore SIGINT.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    try:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while process.poll() is None and not enough():
            assert time.monotonic() < deadline, "it came to nothing"
            time.sleep(0.002)
        process.send_signal(how)
        _, stderr = process.communicate(timeout=PATIENCE_SECONDS)
    finally:
        process.kill()
    return process.returncode, stderr


def _arrived(staging: Path) -> int:
    """Bytes of the archive that are on the disk, until it is whole."""
    try:
        return sum(path.stat().st_size for path in staging.glob("fetched-*/data.zip.partial"))
    except FileNotFoundError:
        return 0


def _contents(out: Path) -> dict[str, bytes]:
    """All but the record, in which the time is."""
    return {path: content for path, content in tree(out).items() if path != "download.json"}


def test_a_killed_download_ends_like_one_that_was_not(
    plant_train: Command, site: Site, tmp_path: Path
) -> None:
    archive = _large_archive()
    url = site.add("/data.zip", archive)
    straight = tmp_path / "straight"
    assert plant_train("download", "plantvillage", straight, "--from", url).returncode == 0
    site.otherwise = Answer(seconds_a_block=0.005)
    out, staging = tmp_path / "leaves", tmp_path / ".leaves.partial"
    call: list[object] = ["download", "plantvillage", out, "--from", url]

    def arrived(size: int) -> Callable[[], bool]:
        return lambda: _arrived(staging) > size

    def written(count: int) -> Callable[[], bool]:
        folder = staging / "data" / "train" / "Tomato___healthy"
        return lambda: folder.is_dir() and sum(1 for _ in folder.iterdir()) > count

    for enough in (arrived(100_000), arrived(500_000), written(100), written(1000)):
        code, said = _interrupted(call, enough, signal.SIGKILL)
        # The last one may have come too late.
        assert code == -signal.SIGKILL or out.exists(), said
    process = plant_train(*call)
    assert process.returncode == 0, process.stderr
    assert _contents(out) == _contents(straight)
    assert len(list(out.rglob("*.*"))) > 2000 + len(PICTURES)
    assert not staging.exists()
    # Each call asked for what was missing.
    starts = [int(asked[6:-1]) for asked in site.ranges if asked]
    assert len(starts) == 2
    assert starts[0] > 100_000
    assert starts[1] > 500_000


def test_ctrl_c_is_one_line_that_says_how_to_go_on(site: Site, tmp_path: Path) -> None:
    site.otherwise = Answer(seconds_a_block=0.05)
    url = site.add("/data.zip", _large_archive())
    out = tmp_path / "leaves"
    staging = tmp_path / ".leaves.partial"
    code, said = _interrupted(
        ["download", "plantvillage", out, "--from", url],
        lambda: _arrived(staging) > 50_000,
        signal.SIGINT,
    )
    assert code == 130
    assert _only_line(said) == "error: stopped; the same command goes on"
    assert _arrived(staging) > 50_000
