import hashlib
import subprocess
import sys
from itertools import islice

import numpy as np

from plant_device.camera.options import CameraOptions
from plant_device.camera.synthetic import SyntheticSource


def _pictures(number: int) -> list[np.ndarray]:
    return [frame.picture for frame in islice(SyntheticSource().frames(), number)]


def test_frames_are_counted_and_have_one_size() -> None:
    for number, frame in enumerate(islice(SyntheticSource().frames(), 5)):
        assert frame.index == number
        assert frame.origin == "synthetic:"
        assert frame.picture.shape == (480, 640, 3)
        assert frame.picture.dtype == np.uint8


def test_it_has_the_size_and_the_rate_that_it_is_asked_for() -> None:
    source = SyntheticSource("", CameraOptions(size=(64, 36), fps=5))
    for frame in islice(source.frames(), 3):
        assert frame.picture.shape == (36, 64, 3)
        assert frame.duration == 0.2
        assert len(np.unique(frame.picture.reshape(-1, 3), axis=0)) > 20


def test_two_cameras_give_the_same_frames() -> None:
    for one, other in zip(_pictures(4), _pictures(4), strict=True):
        np.testing.assert_array_equal(one, other)


def test_another_process_gives_the_same_frames() -> None:
    program = (
        "import hashlib\n"
        "from itertools import islice\n"
        "from plant_device.camera.synthetic import SyntheticSource\n"
        "pictures = [frame.picture for frame in islice(SyntheticSource().frames(), 3)]\n"
        "print(hashlib.sha256(b''.join(picture.tobytes() for picture in pictures)).hexdigest())\n"
    )
    there = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    )
    here = hashlib.sha256(b"".join(picture.tobytes() for picture in _pictures(3))).hexdigest()
    assert there.stdout.strip() == here


def test_the_leaf_moves_and_is_green_in_bgr() -> None:
    pictures = _pictures(30)
    middle = pictures[0][240, 400].astype(int)
    assert middle[1] > middle[0] + 30
    assert middle[1] > middle[2] + 30
    corner = pictures[0][0, 0].astype(int)
    assert corner[2] > corner[1] > corner[0], "soil is brown"
    moved = np.abs(pictures[29].astype(int) - pictures[0]).max(axis=2) > 60
    assert moved.mean() > 0.01
