import numpy as np
import pytest

from plant_device.camera.adjusted import adjusted
from plant_device.camera.options import CameraOptions, read_options

# Each pixel is its row and its column.
PICTURE = np.stack([*np.mgrid[0:4, 0:6], np.zeros((4, 6))], axis=2).astype(np.uint8)


def _corner(options: str) -> tuple[tuple[int, ...], list[int]]:
    """The size, and which pixel is in the upper left corner."""
    picture = adjusted(PICTURE, read_options(options))
    return picture.shape[:2], picture[0, 0, :2].tolist()


@pytest.mark.parametrize(
    ("options", "size", "corner"),
    [
        ("", (4, 6), [0, 0]),
        ("rotate=90", (6, 4), [3, 0]),
        ("rotate=180", (4, 6), [3, 5]),
        ("rotate=270", (6, 4), [0, 5]),
        ("flip=h", (4, 6), [0, 5]),
        ("flip=v", (4, 6), [3, 0]),
        ("region=0.5,0.25,0.5,0.5", (2, 3), [1, 3]),
        # The region is one of the turned frame.
        ("rotate=90&region=0.5,0,0.5,0.5", (3, 2), [1, 0]),
        ("region=0.999,0.999,0.001,0.001", (1, 1), [3, 5]),
    ],
)
def test_frames_are_turned_then_mirrored_then_cut(
    options: str, size: tuple[int, int], corner: list[int]
) -> None:
    assert _corner(options) == (size, corner)


def test_without_options_the_frame_is_not_copied() -> None:
    assert np.shares_memory(adjusted(PICTURE, CameraOptions()), PICTURE)
