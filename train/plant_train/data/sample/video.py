"""Writes a clip as from a hand-held camera that goes from leaf to leaf, and what it shows when."""

from __future__ import annotations

import json
import math
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from plant_train.data.sample.arrays import FloatPicture, RgbPicture
from plant_train.data.sample.camera import Exposure, taken
from plant_train.data.sample.canvas import Canvas
from plant_train.data.sample.ground import lay_ground
from plant_train.data.sample.light import Light, illuminated
from plant_train.data.sample.noise import smooth_noise
from plant_train.data.sample.picture import leaf_generator
from plant_train.data.sample.scene import lay_scene
from plant_train.data.sample.species import SAMPLE_CLASSES, SampleClass

FIRST_VIDEO_INDEX = 2_000_000
"""Leaves below are for training and test pictures."""
BED_WIDTH = 2.8
"""Frame heights from leaf to leaf: half-way only ground is in the centre square."""
SHAKE_ROOM = 0.12
"""Frame heights of ground around what a steady camera would see."""
LABELLED_WITHIN = 0.25
"""Frame heights that a leaf may be off the centre and still be what the frame shows."""
SHUTTER = 0.25
"""The part of a frame's time during which the shutter is open."""


@dataclass(frozen=True)
class _View:
    """Where the camera looks in one frame: `x` and `y` are pixels off the middle of a leaf's bed.

    `speed` is to the right in pixels a frame, `turn` in degrees, `zoom` 1 if not at all.
    """

    x: float
    y: float
    speed: float
    turn: float
    zoom: float


def write_video(
    path: Path,
    *,
    leaves: int,
    seed: int,
    size: tuple[int, int] = (640, 480),
    frames_per_leaf: int = 45,
    fps: float = 15.0,
) -> None:
    """Write an MPEG-4 clip to `path` (.mp4) and its truth beside it, to STEM.truth.jsonl.

    The clip shows `leaves` leaves, every class once before any comes again, and has
    `leaves` * `frames_per_leaf` frames of `size` (width, height; not upright). A leaf is as
    large in the frame's centre square as in the pictures of the data set. Each line of the truth is
    `{"frame": 0, "label": "Apple___scab"}`, with label null while no leaf is near the centre.

    Both files appear when they are complete, or not at all. Raises OSError if they cannot be
    written.
    """
    if leaves < 1:
        raise ValueError("a clip shows at least one leaf")
    if size[0] < size[1]:
        raise ValueError(f"a frame is at least as wide as high, not {size[0]} x {size[1]}")
    order = _leaf_order(leaves, seed)
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{path.name}.", dir=path.parent) as staging:
        video, truth = Path(staging) / "video.mp4", Path(staging) / "truth.jsonl"
        labels = _film(video, order, seed, size, frames_per_leaf, fps)
        if _frames_in(video) != len(labels):
            raise OSError(f"{path} could not be written: is the disk full?")
        lines = [json.dumps({"frame": i, "label": label}) for i, label in enumerate(labels)]
        truth.write_text("\n".join(lines) + "\n", encoding="utf-8")
        video.replace(path)
        truth.replace(path.with_name(f"{path.stem}.truth.jsonl"))


def _leaf_order(leaves: int, seed: int) -> list[SampleClass]:
    """Return the class of each leaf: every class in random order, then every class again."""
    rng = np.random.default_rng([seed, FIRST_VIDEO_INDEX])
    rounds = -(-leaves // len(SAMPLE_CLASSES))
    order = [int(n) for _ in range(rounds) for n in rng.permutation(len(SAMPLE_CLASSES))]
    return [SAMPLE_CLASSES[number] for number in order[:leaves]]


def _film(
    video: Path,
    order: list[SampleClass],
    seed: int,
    size: tuple[int, int],
    frames_per_leaf: int,
    fps: float,
) -> list[str | None]:
    """Write the clip and return each frame's label."""
    writer = cv2.VideoWriter(str(video), cv2.VideoWriter.fourcc(*"mp4v"), fps, size)
    if not writer.isOpened():
        raise OSError(f"OpenCV cannot write MPEG-4 video to {video}")
    side = size[1]
    rng = np.random.default_rng([seed, FIRST_VIDEO_INDEX, 1])
    frames = len(order) * frames_per_leaf
    views = _camera_path(rng, frames, frames_per_leaf, side)
    lights = _changing_light(rng, frames)
    focus = 0.0022 * side * (0.6 + np.abs(_wander(rng, frames, frames_per_leaf / 3)))
    labels: list[str | None] = []
    try:
        for leaf, stretch in enumerate(_stretches(order, seed, size)):
            for frame in range(leaf * frames_per_leaf, (leaf + 1) * frames_per_leaf):
                view = views[frame]
                exposure = Exposure(
                    defocus=float(focus[frame]),
                    motion_x=SHUTTER * view.speed,
                    motion_y=0,
                    noise=0.012,
                )
                scene = illuminated(_seen(stretch, view, size), lights[frame])
                picture = taken(scene, exposure, rng)
                writer.write(cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))
                near = math.hypot(view.x, view.y) < LABELLED_WITHIN * side
                labels.append(order[leaf].name if near else None)
    finally:
        writer.release()
    return labels


def _stretches(order: list[SampleClass], seed: int, size: tuple[int, int]) -> Iterator[RgbPicture]:
    """Yield for each leaf its bed in the middle, with what is seen of the beds left and right."""
    side = size[1]
    canvas = Canvas(
        height=round(side * (1 + 2 * SHAKE_ROOM)), width=round(side * BED_WIDTH), side=side
    )
    border = size[0] // 2 + round(SHAKE_ROOM * side)
    bare = [_as_rgb(lay_ground(np.random.default_rng([seed, end]), canvas)) for end in range(2)]
    before, here = bare[0], _bed(order[0], seed, 0, canvas)
    for leaf in range(len(order)):
        last = leaf + 1 == len(order)
        after = bare[1] if last else _bed(order[leaf + 1], seed, leaf + 1, canvas)
        yield np.hstack([before[:, -border:], here, after[:, :border]])
        before, here = here, after


def _bed(sample_class: SampleClass, seed: int, leaf: int, canvas: Canvas) -> RgbPicture:
    rng = leaf_generator(sample_class, seed, FIRST_VIDEO_INDEX + leaf)
    return _as_rgb(lay_scene(sample_class, rng, canvas))


def _as_rgb(scene: FloatPicture) -> RgbPicture:
    return np.asarray(scene * 255 + 0.5, np.uint8)


def _camera_path(
    rng: np.random.Generator, frames: int, frames_per_leaf: int, side: int
) -> list[_View]:
    """Return where the camera looks: slowly over each leaf, fast from leaf to leaf, never still."""
    shake_x, shake_y, turn, zoom = (
        _wander(rng, frames, frames_per_leaf / part) for part in (6, 6, 2, 2)
    )
    views = []
    for frame in range(frames):
        # -1 half-way from the leaf before, 0 over the leaf, 1 half-way to the next.
        way = 2 * (frame % frames_per_leaf + 0.5) / frames_per_leaf - 1
        views.append(
            _View(
                x=side * (BED_WIDTH / 2 * way**3 + 0.012 * float(shake_x[frame])),
                y=side * 0.02 * float(shake_y[frame]),
                speed=side * BED_WIDTH / 2 * 3 * way**2 * 2 / frames_per_leaf,
                turn=4 * float(turn[frame]),
                zoom=1 + 0.03 * float(zoom[frame]),
            )
        )
    return views


def _changing_light(rng: np.random.Generator, frames: int) -> list[Light]:
    """Return each frame's light: as clouds pass and the camera adjusts itself."""
    exposure, warmth, slant_x, slant_y = (_wander(rng, frames, 40) for _ in range(4))
    return [
        Light(
            exposure=math.exp(0.11 * exposure[frame]),
            red=1 + 0.03 * float(warmth[frame]),
            blue=1 - 0.03 * float(warmth[frame]),
            slant_x=0.13 * float(slant_x[frame]),
            slant_y=0.13 * float(slant_y[frame]),
        )
        for frame in range(frames)
    ]


def _wander(rng: np.random.Generator, frames: int, period: float) -> NDArray[np.float32]:
    """Return a value for each frame, -1 to 1, that wanders up and down in about `period` frames."""
    values: NDArray[np.float32] = smooth_noise(rng, 1, frames, max(1.0, period))[0].clip(-1, 1)
    return values


def _seen(stretch: RgbPicture, view: _View, size: tuple[int, int]) -> FloatPicture:
    """Return what the camera sees, float32 [height, width, 3] for `size` (width, height)."""
    height, width = stretch.shape[:2]
    middle = (width / 2 + view.x, height / 2 + view.y)
    to_frame = cv2.getRotationMatrix2D(middle, view.turn, view.zoom)
    to_frame[:, 2] += (size[0] / 2 - middle[0], size[1] / 2 - middle[1])
    seen = cv2.warpAffine(stretch, to_frame, size, borderMode=cv2.BORDER_REFLECT)
    return np.asarray(seen / np.float32(255), np.float32)


def _frames_in(video: Path) -> int:
    capture = cv2.VideoCapture(str(video))
    try:
        return int(capture.get(cv2.CAP_PROP_FRAME_COUNT))
    finally:
        capture.release()
