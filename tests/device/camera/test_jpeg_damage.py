import io
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from plant_device.camera.frame import Damaged
from plant_device.camera.jpeg_damage import with_damage
from plant_device.camera.opencv_capture import captured
from plant_device.contract.errors import UserError


def _jpeg(**options: object) -> bytes:
    pixels = np.random.default_rng(1).integers(0, 256, (96, 128, 3), np.uint8)
    content = io.BytesIO()
    Image.fromarray(pixels).save(content, "JPEG", **options)
    return content.getvalue()


def _is_damaged(content: bytes) -> bool:
    picture, damaged = with_damage(
        lambda: cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)
    )
    return picture is None or damaged


FORMS: Sequence[dict[str, object]] = (
    {},
    {"progressive": True},
    {"restart_marker_blocks": 4},
    {"quality": 100},
)


@pytest.mark.parametrize("form", FORMS)
def test_a_whole_picture_is_sound_and_one_that_lacks_a_packet_is_not(
    form: dict[str, object],
) -> None:
    whole = _jpeg(**form)
    assert not _is_damaged(whole)
    for start in range(1000, len(whole) - 2500, 500):
        assert _is_damaged(whole[:start] + whole[start + 1400 :])


def test_what_a_camera_fills_a_picture_up_with_is_no_damage() -> None:
    whole = _jpeg()
    assert not _is_damaged(whole[:-2] + bytes(12) + whole[-2:])
    assert _is_damaged(whole[:-2] + bytes(400) + whole[-2:])


def test_damage_is_seen_where_opencv_captures_too(tmp_path: Path) -> None:
    whole = _jpeg()
    holed = whole[:2000] + whole[3400:]
    for number, content in enumerate((whole, holed, whole)):
        (tmp_path / f"{number}.jpg").write_bytes(content)
    capture = cv2.VideoCapture(str(tmp_path / "%d.jpg"), cv2.CAP_IMAGES)
    given = captured(capture, "camera", "gives no more frames")
    kinds = [isinstance(next(given), Damaged) for _ in range(3)]
    assert kinds == [False, True, False]
    with pytest.raises(UserError, match="camera gives no more frames"):
        next(given)
