import io
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from plant_device.camera import jpeg_stream
from plant_device.camera.jpeg_stream import JpegStream


def _jpeg(seed: int, **options: object) -> bytes:
    pixels = np.random.default_rng(seed).integers(0, 256, (40, 56, 3), np.uint8)
    content = io.BytesIO()
    Image.fromarray(pixels).save(content, "JPEG", **options)
    return content.getvalue()


def _with_thumbnail(jpeg: bytes) -> bytes:
    """A picture whose EXIF holds another, as phones write it."""
    inner = b"Exif\0\0" + _jpeg(9)
    return jpeg[:2] + b"\xff\xe1" + (len(inner) + 2).to_bytes(2, "big") + inner + jpeg[2:]


PICTURES = [
    _jpeg(0),
    _jpeg(1, progressive=True),
    _jpeg(2, restart_marker_blocks=2),
    _with_thumbnail(_jpeg(3)),
    _jpeg(4, quality=100),
]


def _in_chunks(content: bytes, cuts: list[int]) -> list[bytes]:
    stream = JpegStream()
    edges = [0, *sorted(cut % len(content) for cut in cuts), len(content)]
    return [one for a, b in pairwise(edges) for one in stream.pictures(content[a:b])]


@given(st.lists(st.integers(0, 10**6), max_size=40))
def test_pictures_come_out_whole_wherever_the_chunks_end(cuts: list[int]) -> None:
    between = b"\r\n--frame\r\nContent-Length: wrong\r\n\r\n"
    content = between + b"".join(picture + between for picture in PICTURES)
    assert _in_chunks(content, cuts) == PICTURES


@given(st.integers(2, len(PICTURES[0]) - 1), st.lists(st.integers(0, 10**6), max_size=10))
def test_half_a_picture_is_left_out_and_the_next_is_whole(length: int, cuts: list[int]) -> None:
    content = PICTURES[0][:length] + PICTURES[1] + PICTURES[2]
    found = _in_chunks(content, cuts)
    assert PICTURES[2] in found
    assert PICTURES[0] not in found
    # A picture that breaks off within the length of a part hides the next, and no more.
    assert set(found) <= {PICTURES[1], PICTURES[2]}


@given(st.binary(max_size=400))
def test_any_bytes_are_read_to_their_end(content: bytes) -> None:
    assert all(one[:2] == b"\xff\xd8" for one in JpegStream().pictures(content))


def test_a_picture_without_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jpeg_stream, "LARGEST_JPEG", 1000)
    stream = JpegStream()
    assert list(stream.pictures(PICTURES[0][:-2] + b"\x11" * 5000)) == []
    assert len(stream._pending) <= 1
    assert list(stream.pictures(PICTURES[4][:900])) == []
    small = _jpeg(5, quality=1)
    assert len(small) < 1000
    assert list(stream.pictures(small)) == [small]
