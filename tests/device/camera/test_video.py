from itertools import islice
from pathlib import Path

import cv2
import numpy as np
import pytest

from plant_device.camera.video import VideoSource
from plant_device.contract.errors import WRONG_INPUT, UserError

COLOURS = [(255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255), (0, 0, 0), (90, 160, 220)]


def _video(path: Path, codec: str, repeats: int = 1) -> Path:
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*codec), 10, (64, 48))
    assert writer.isOpened()
    for colour in COLOURS * repeats:
        writer.write(np.full((48, 64, 3), colour, dtype=np.uint8))
    writer.release()
    return path


@pytest.mark.parametrize(("name", "codec"), [("walk.avi", "MJPG"), ("walk.mp4", "mp4v")])
def test_a_videos_frames_come_in_order_as_bgr(tmp_path: Path, name: str, codec: str) -> None:
    path = _video(tmp_path / name, codec)
    frames = list(VideoSource(path).frames())
    assert [frame.index for frame in frames] == list(range(len(COLOURS)))
    for frame, colour in zip(frames, COLOURS, strict=True):
        assert frame.origin == str(path)
        assert frame.picture.shape == (48, 64, 3)
        assert frame.picture.dtype == np.uint8
        assert np.abs(frame.picture.astype(int) - colour).mean() < 12


@pytest.mark.parametrize(("name", "codec"), [("walk.avi", "MJPG"), ("walk.mp4", "mp4v")])
def test_frames_last_as_long_as_the_video_shows_them(tmp_path: Path, name: str, codec: str) -> None:
    frames = list(VideoSource(_video(tmp_path / name, codec)).frames())
    # 10 frames a second; nothing was shown before the first.
    assert [frame.duration for frame in frames] == pytest.approx([0] + [0.1] * 5, abs=1e-3)


def test_earlier_frames_stay_as_they_were(tmp_path: Path) -> None:
    frames = VideoSource(_video(tmp_path / "walk.avi", "MJPG")).frames()
    first = next(frames)
    kept = first.picture.copy()
    next(frames)
    np.testing.assert_array_equal(first.picture, kept)


def test_a_video_can_be_left_early_and_walked_again(tmp_path: Path) -> None:
    source = VideoSource(_video(tmp_path / "walk.avi", "MJPG"))
    assert len(list(islice(source.frames(), 2))) == 2
    assert len(list(source.frames())) == len(COLOURS)


def test_a_truncated_video_ends_where_its_readable_part_ends(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = _video(tmp_path / "walk.avi", "MJPG", repeats=5)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    frames = list(VideoSource(path).frames())
    assert 0 < len(frames) < 5 * len(COLOURS)
    assert [frame.index for frame in frames] == list(range(len(frames)))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("walk.mp4", b"This is not a video.\n" * 20),
        ("notes.txt", b"This is not a video.\n"),
        ("frame01.txt", b"This is not a video.\n"),
        ("walk.avi", b""),
    ],
)
def test_a_file_that_is_no_video_is_refused_and_nothing_else_is_said(
    tmp_path: Path, name: str, content: bytes, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(
        UserError, match="expected a picture, a folder of pictures or a video file"
    ) as refused:
        list(VideoSource(path).frames())
    assert refused.value.exit_code == WRONG_INPUT
    assert str(path) in str(refused.value)
    assert capfd.readouterr() == ("", "")


def test_a_video_without_its_index_is_refused_and_nothing_else_is_said(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = _video(tmp_path / "walk.mp4", "mp4v")
    whole = path.read_bytes()
    path.write_bytes(whole[: whole.index(b"moov")])
    capfd.readouterr()
    with pytest.raises(UserError, match=r"is truncated, or without its index, .*walk\.mp4"):
        list(VideoSource(path).frames())
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("ending", ["mp4", "m3u8"])
@pytest.mark.parametrize(
    "text",
    [
        "#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\n{}\n#EXT-X-ENDLIST\n",
        "ffconcat version 1.0\nfile {}\n",
    ],
    ids=["hls", "concat"],
)
def test_a_playlist_has_no_other_file_read(tmp_path: Path, text: str, ending: str) -> None:
    """One that was called .m3u8, or lay beside them, gave the frames of other videos."""
    playlist = tmp_path / f"leaves.{ending}"
    playlist.write_text(text.format("private.mp4"))
    with pytest.raises(UserError, match="received a playlist"):
        VideoSource(playlist)
