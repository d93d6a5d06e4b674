import io
import resource
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from plant_device.contract.errors import UserError
from plant_device.contract.jpeg_scans import has_more_scans
from plant_device.contract.picture_file import decode_picture, require_picture_size

_SCAN = b"\xff\xda"
_END = b"\xff\xd9"
_ORDINARY, _PROGRESSIVE = 1, 10
_FURTHER: dict[str, dict[str, Any]] = {
    "JPEG": {},
    "MPO": {"save_all": True, "append_images": [Image.new("RGB", (64, 64))]},
}


def _jpeg(side: int = 64, kind: str = "JPEG", **options: object) -> bytes:
    noise = np.random.default_rng(0).integers(0, 256, (side, side, 3), dtype=np.uint8)
    picture, content = Image.fromarray(noise), io.BytesIO()
    picture.save(content, kind, **options)
    return content.getvalue()


def _with_last_scan_again(content: bytes, times: int) -> bytes:
    begin = content.rindex(_SCAN)
    return content[:begin] + content[begin : -len(_END)] * (1 + times) + _END


def _exactly(count: int, content: bytes) -> bool:
    return has_more_scans(content, count - 1) and not has_more_scans(content, count)


def test_scans_are_counted_as_they_are() -> None:
    progressive = _jpeg(progressive=True)
    assert _exactly(_ORDINARY, _jpeg())
    assert _exactly(_PROGRESSIVE, progressive)
    assert _exactly(_PROGRESSIVE + 7, _with_last_scan_again(progressive, 7))


@pytest.mark.parametrize(
    "before",
    [b"\xff\xff", b"\xff\x01", b"\xff\xd3", b"\xff\xfe\0\x05no!", b"\xff\xfe\0\x04\xff\xd9"],
    ids=["fill", "TEM", "RST3", "comment", "comment with an end"],
)
def test_nothing_that_a_decoder_passes_over_hides_a_scan(before: bytes) -> None:
    # Not before the first one: so far Pillow reads the markers itself, and takes fewer.
    head, first, *others = _jpeg(progressive=True).split(_SCAN)
    content = _SCAN.join([head, (before + _SCAN).join([first, *others])])
    Image.open(io.BytesIO(content)).load()
    assert _exactly(_PROGRESSIVE, content)


def test_what_only_looks_like_a_scan_is_none() -> None:
    behind = _jpeg() + _SCAN * 1000
    in_a_comment = _jpeg(comment=_SCAN * 1000)
    for content in (behind, in_a_comment):
        assert content.count(_SCAN) > 1000
        assert _exactly(_ORDINARY, content)
        assert decode_picture(content, "leaf").shape == (64, 64, 3)


@pytest.mark.parametrize("content", [b"", b"\xff", _SCAN * 3, b"\xff\xd8" + _SCAN * 3], ids=repr)
def test_what_is_no_jpeg_is_gone_over_once(content: bytes) -> None:
    assert not has_more_scans(content, 3)


@pytest.mark.parametrize("kind", _FURTHER)
def test_a_picture_of_many_scans_is_refused(kind: str) -> None:
    sound = _jpeg(kind=kind, progressive=True, **_FURTHER[kind])
    assert decode_picture(sound, "leaf").shape == (64, 64, 3)
    first_end = sound.index(_END)
    many = _with_last_scan_again(sound[: first_end + len(_END)], 100) + sound[first_end + 2 :]
    for refuse in (decode_picture, require_picture_size):
        with pytest.raises(UserError, match="at most 100 scans, received one of more: leaf"):
            refuse(many, "leaf")


def test_a_small_file_that_asks_for_an_hour_is_refused_within_seconds(tmp_path: Path) -> None:
    """8000 x 8000 pixels, gone over 20,000 times: 55 ms each on a desktop computer."""
    content = io.BytesIO()
    Image.new("L", (8000, 8000)).save(content, "JPEG", progressive=True)
    path = tmp_path / "leaf.jpg"
    path.write_bytes(_with_last_scan_again(content.getvalue(), 20_000))
    program = (
        "import pathlib, sys\n"
        "from plant_device.contract.picture_file import read_picture\n"
        "read_picture(pathlib.Path(sys.argv[1]))\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program, path],
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CPU, (20, 20)),
        capture_output=True,
        check=False,
    )
    assert ended.returncode == 1
    assert b"at most 100 scans" in ended.stderr
