import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from plant_device.board.checks import cameras, first_frame
from plant_device.board.finding import Asked

Board = Callable[[str], Asked]
Program = Callable[[str, str], None]

# rpicam-hello of a Pi 5 with two cameras.
LISTED = """Available cameras
-----------------
0 : imx708 [4608x2592 10-bit RGGB] (/base/axi/pcie@120000/rp1/i2c@88000/imx708@1a)
    Modes: 'SRGGB10_CSI2P' : 1536x864 [120.13 fps - (768, 432)/3072x1728 crop]
                             4608x2592 [14.35 fps - (0, 0)/4608x2592 crop]

1 : ov5647 [2592x1944 10-bit GBRG] (/base/axi/pcie@120000/rp1/i2c@80000/ov5647@36)
    Modes: 'SGBRG10_CSI2P' : 640x480 [58.92 fps - (16, 0)/2560x1920 crop]
"""


def test_cameras_are_found_among_a_pis_codecs(board: Board, program: Program) -> None:
    # video1 is the webcam's second node, without pictures.
    (finding,) = cameras.check(board("pi4"))
    assert (finding.level, finding.what) == ("ok", "/dev/video0: HD Pro Webcam C920")


def test_csi_cameras_are_listed_by_their_own_program(board: Board, program: Program) -> None:
    program("rpicam-hello", f"cat >&2 <<'END'\n{LISTED}END")
    findings = cameras.check(board("pi5"))
    assert [finding.what for finding in findings] == ["picam:0: imx708", "picam:1: ov5647"]


@pytest.mark.parametrize(("source", "level"), [(None, "warning"), ("rtsp://camera/1", "ok")])
def test_no_camera_matters_unless_the_source_is_elsewhere(
    board: Board, program: Program, source: str | None, level: str
) -> None:
    program("rpicam-hello", "echo 'No cameras available!'")
    (finding,) = cameras.check(replace(board("pi5"), source=source))
    assert finding.level == level


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_a_camera_of_another_group_names_it(tmp_path: Path, program: Program) -> None:
    # Root may open anything: asked as nobody, who may not look into pytest's folders.
    for folder in (tmp_path, *tmp_path.parents):
        if folder.stat().st_mode & 0o777 == 0o700:
            folder.chmod(0o755)
    (tmp_path / "dev").mkdir()
    node = tmp_path / "dev/video0"
    node.touch(mode=0o660)
    os.chown(node, 0, 44)
    real = os.getresuid()
    os.setresuid(65534, 65534, 0)
    try:
        (finding,) = cameras.check(Asked(tmp_path))
    finally:
        os.setresuid(*real)
    assert finding.level == "failure"
    assert "usermod -aG video $USER" in finding.to_do


# The first frame


def test_without_a_source_nothing_is_opened() -> None:
    assert first_frame.check(Asked()) == []


def test_a_source_that_gives_a_frame_is_ok() -> None:
    (finding,) = first_frame.check(Asked(source="synthetic:live"))
    assert finding.level == "ok"
    assert finding.what.startswith("640 x 480 pixels")


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("synthetic:live,die@0", "the process that reads it ended"),
        ("synthetic:end@0", "ended before its first frame"),
        ("nothing.mp4", "nothing is on the disk by this name"),
        ("http://name:secret@127.0.0.1:9/", "does not answer"),
    ],
)
def test_a_source_that_gives_none_is_a_failure_with_the_reason(source: str, reason: str) -> None:
    (finding,) = first_frame.check(Asked(source=source))
    assert finding.level == "failure"
    assert reason in finding.what
    assert finding.to_do
    assert "secret" not in finding.what
