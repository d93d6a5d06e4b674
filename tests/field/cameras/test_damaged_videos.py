"""Video files of several codecs, damaged at random: each run ends by itself, in order."""

import random
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.field

_CODECS = {
    "mp4": ["-c:v", "libx264", "-pix_fmt", "yuv420p"],
    "mkv": ["-c:v", "mpeg4"],
    "avi": ["-c:v", "mjpeg"],
    "webm": ["-c:v", "libvpx"],
}
_PATIENCE = 300


@pytest.mark.parametrize("kind", _CODECS)
def test_a_damaged_video_is_read_as_far_as_it_goes_or_refused_in_a_line(
    kind: str, tiny_model_path: Path, tmp_path: Path, faults: int, chance: random.Random
) -> None:
    whole = tmp_path / f"whole.{kind}"
    subprocess.run(
        [
            *("ffmpeg", "-loglevel", "error", "-f", "lavfi"),
            *("-i", "testsrc=size=160x120:rate=10:duration=3", *_CODECS[kind], str(whole)),
        ],
        check=True,
        stdin=subprocess.DEVNULL,
    )
    ends = {0: 0, 2: 0}
    frames = []
    for _ in range(faults):
        video = tmp_path / f"damaged.{kind}"
        video.write_bytes(_damaged(whole.read_bytes(), chance))
        ran = subprocess.run(
            [
                *(sys.executable, "-m", "plant_device", "run", "--model", str(tiny_model_path)),
                *("--source", str(video), "--json", "--threads", "1"),
            ],
            capture_output=True,
            text=True,
            check=False,
            timeout=_PATIENCE,
        )
        assert ran.returncode in ends, ran.stderr
        assert "Traceback" not in ran.stderr
        assert ran.stderr.count("error:") == (ran.returncode == 2)
        ends[ran.returncode] += 1
        frames.append(ran.stdout.count("\n"))
    print(f"{kind}: {ends[0]} read, {ends[2]} refused, frames {sorted(frames)}", file=sys.stderr)


def _damaged(content: bytes, chance: random.Random) -> bytes:
    damaged = bytearray(content)
    for _ in range(chance.choice([1, 10, 100, 1000])):
        damaged[chance.randrange(len(damaged))] = chance.randrange(256)
    if chance.random() < 0.3:
        del damaged[chance.randrange(len(damaged)) :]
    return bytes(damaged)
