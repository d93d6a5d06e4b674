from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest

from plant_train.data.sample.species import SAMPLE_CLASSES
from plant_train.data.sample.video import write_video

FRAMES_PER_LEAF = 10


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("video") / "clip.mp4"
    _write(path)
    return path


def _write(path: Path, seed: int = 1) -> None:
    write_video(
        path,
        leaves=len(SAMPLE_CLASSES),
        seed=seed,
        size=(160, 120),
        frames_per_leaf=FRAMES_PER_LEAF,
    )


def _frames(path: Path) -> list[np.ndarray]:
    capture = cv2.VideoCapture(str(path))
    frames = []
    while (read := capture.read())[0]:
        frames.append(read[1])
    capture.release()
    return frames


def _labels(path: Path) -> list[str | None]:
    lines = path.with_name(f"{path.stem}.truth.jsonl").read_text(encoding="utf-8").splitlines()
    entries = [json.loads(line) for line in lines]
    assert [entry["frame"] for entry in entries] == list(range(len(entries)))
    return [entry["label"] for entry in entries]


def test_the_clip_has_as_many_frames_as_its_truth(clip: Path) -> None:
    frames = _frames(clip)
    assert len(frames) == len(_labels(clip)) == len(SAMPLE_CLASSES) * FRAMES_PER_LEAF
    assert {frame.shape for frame in frames} == {(120, 160, 3)}


def test_every_class_comes_up_with_bare_ground_between(clip: Path) -> None:
    labels = _labels(clip)
    assert {label for label in labels if label} == {each.name for each in SAMPLE_CLASSES}
    assert all(None in change or change[0] == change[1] for change in pairwise(labels))


def test_labelled_frames_are_green_in_their_centre_and_half_way_ones_are_not(clip: Path) -> None:
    squares = [frame[:, 20:140].astype(np.float32) for frame in _frames(clip)]
    green = [float((square[..., 1] - square[..., 0]).mean()) for square in squares]
    half_way = [green[i] for i in range(0, len(green), FRAMES_PER_LEAF)]
    labelled = [each for each, label in zip(green, _labels(clip), strict=True) if label]
    assert np.median(labelled) > 10 + np.median(half_way)


def test_same_seed_gives_the_same_clip_and_another_seed_another(clip: Path, tmp_path: Path) -> None:
    _write(tmp_path / "same.mp4")
    _write(tmp_path / "other.mp4", seed=2)
    assert _labels(tmp_path / "same.mp4") == _labels(clip)
    first, same, other = (
        np.stack(_frames(path)) for path in (clip, tmp_path / "same.mp4", tmp_path / "other.mp4")
    )
    assert np.array_equal(first, same)
    assert not np.array_equal(first, other)


def test_no_leaf_or_an_upright_frame_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="leaf"):
        write_video(tmp_path / "clip.mp4", leaves=0, seed=1)
    with pytest.raises(ValueError, match="wide"):
        write_video(tmp_path / "clip.mp4", leaves=1, seed=1, size=(120, 160))


def test_a_failed_clip_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def unplugged(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("plant_train.data.sample.video.taken", unplugged)
    with pytest.raises(KeyboardInterrupt):
        _write(tmp_path / "clip.mp4")
    assert list(tmp_path.iterdir()) == []
