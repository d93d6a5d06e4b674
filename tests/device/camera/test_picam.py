"""`picam:` by a stand-in for rpicam-vid that writes the same raw frames."""

import sys
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from plant_device.camera.frame import Frame
from plant_device.camera.source import open_source
from plant_device.contract.errors import UserError


def _program(folder: Path, body: str) -> None:
    path = folder / "rpicam-vid"
    path.write_text(f"#!{sys.executable}\n{body}")
    path.chmod(0o755)


def test_yuv_frames_become_bgr(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # BT.601's green: Y 145, U 54, V 34.
    _program(
        tmp_path,
        "import sys\n"
        "said = dict(zip(sys.argv[1:], sys.argv[2:]))\n"
        "width, height = int(said['--width']), int(said['--height'])\n"
        "assert said['--codec'] == 'yuv420' and said['--output'] == '-'\n"
        "assert said['--camera'] == '1' and said['--framerate'] == '15'\n"
        "frame = bytes([145]) * (width * height)\n"
        "frame += bytes([54]) * (width * height // 4) + bytes([34]) * (width * height // 4)\n"
        "for number in range(3):\n"
        "    sys.stdout.buffer.write(frame)\n"
        "sys.stdout.buffer.write(frame[:1000])\n"
        "print('ERROR: camera timed out', file=sys.stderr)\n",
    )
    monkeypatch.setenv("PATH", str(tmp_path))
    frames = open_source("picam:1#size=640x480&fps=15").frames()
    pictures = [frame.picture for frame in islice(frames, 3) if isinstance(frame, Frame)]
    assert len(pictures) == 3
    assert {picture.shape for picture in pictures} == {(480, 640, 3)}
    np.testing.assert_allclose(pictures[0].reshape(-1, 3).mean(axis=0), [0, 255, 0], atol=6)
    # The half frame is none, and its program's last words are told.
    with pytest.raises(UserError, match="rpicam-vid ended: ERROR: camera timed out"):
        next(frames)
