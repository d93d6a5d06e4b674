"""What lies behind leaves in a field: rendered from a seed, no photograph needed.

Soil, gravel and foliage are those of the procedural data set; grass, litter, hands, sky, walls
and the dead-leaves model come in here. None of it needs to deceive a person: it has the
colours, edges and scales that a network meets there, so that it cannot learn the
laboratory's paper.
"""

from collections.abc import Callable

import cv2
import numpy as np

from plant_device.contract.geometry import Picture
from plant_train.data.sample.canvas import Canvas
from plant_train.data.sample.ground import foliage, gravel, soil
from plant_train.data.sample.noise import fractal_noise, smooth_noise

Scene = Callable[[np.random.Generator, int], np.ndarray]
"""From a generator and a side to RGB float32 [side, side, 3], 0 to 1."""

_GREENS = ((20, 45), (0.25, 0.8), (0.2, 0.85))
_STRAWS = ((8, 26), (0.15, 0.55), (0.35, 0.95))


def render_scene(rng: np.random.Generator, side: int) -> Picture:
    """One scene of any kind, RGB uint8 [side, side, 3]."""
    scene = _SCENES[int(rng.integers(len(_SCENES)))](rng, side)
    return np.asarray(np.clip(scene, 0, 1) * 255, np.uint8)


def _of_the_data_set(
    ground: Callable[[np.random.Generator, Canvas], np.ndarray],
) -> Scene:
    return lambda rng, side: ground(rng, Canvas(side, side, round(side * rng.uniform(0.5, 2))))


def _blades(
    hue: tuple[int, int], saturation: tuple[float, float], value: tuple[float, float]
) -> Scene:
    """Grass, straw, litter: long strokes over each other, the lower the darker."""

    def scene(rng: np.random.Generator, side: int) -> np.ndarray:
        picture = np.full((side, side, 3), 0.12, np.float32)
        strokes = int(rng.integers(60, 400))
        lean, spread = rng.uniform(0, 180), rng.uniform(8, 90)
        reach, width = rng.uniform(0.15, 0.9) * side, rng.uniform(0.004, 0.04) * side
        for stroke in range(strokes):
            colour = _colour(rng, hue, saturation, value) * (0.4 + 0.6 * stroke / strokes)
            angle = np.radians(rng.normal(lean, spread))
            half = reach * rng.uniform(0.3, 1) / 2 * np.array([np.cos(angle), np.sin(angle)])
            middle = rng.uniform(0, side, 2)
            thickness = max(1, round(width * rng.uniform(0.5, 1.5)))
            cv2.line(
                picture,
                _point(middle - half),
                _point(middle + half),
                colour.tolist(),
                thickness,
                cv2.LINE_AA,
            )
        return _softened(picture, rng, 0.01)

    return scene


def _leaves(rng: np.random.Generator, side: int) -> np.ndarray:
    """Leaves over each other, near enough to have an edge and a vein."""
    picture = np.full((side, side, 3), 0.1, np.float32)
    hue = (int(rng.integers(15, 35)), int(rng.integers(36, 60)))
    size, count = rng.uniform(0.1, 0.45) * side, int(rng.integers(20, 90))
    for leaf in range(count):
        colour = _colour(rng, hue, (0.3, 0.9), (0.25, 0.8)) * (0.35 + 0.65 * leaf / count)
        middle, angle = rng.uniform(0, side, 2), rng.uniform(0, 360)
        long = size * rng.uniform(0.6, 1.4)
        axes = (max(2, round(long)), max(1, round(long * rng.uniform(0.25, 0.7))))
        cv2.ellipse(picture, _point(middle), axes, angle, 0, 360, colour.tolist(), -1, cv2.LINE_AA)
        along = long * np.array([np.cos(np.radians(angle)), np.sin(np.radians(angle))])
        cv2.line(
            picture,
            _point(middle - along),
            _point(middle + along),
            (colour * rng.uniform(0.7, 1.35)).tolist(),
            max(1, round(0.03 * long)),
            cv2.LINE_AA,
        )
    tone = 1 + 0.12 * fractal_noise(rng, side, side, 0.05 * side)
    return _softened(picture * tone[..., np.newaxis], rng, 0.02)


def _dead_leaves(rng: np.random.Generator, side: int) -> np.ndarray:
    """Discs of all sizes over each other (Lee, Mumford, Huang 2001): natural statistics."""
    picture = np.full((side, side, 3), _colour(rng, (0, 180), (0, 0.7), (0.1, 1)), np.float32)
    for _ in range(int(rng.integers(80, 500))):
        # Radii by the inverse cube, between 3 and 40 % of the side.
        radius = 0.03 * side / np.sqrt(1 - rng.random() * (1 - (0.03 / 0.4) ** 2))
        colour = _colour(rng, (0, 180), (0, 0.7), (0.1, 1))
        cv2.circle(
            picture,
            _point(rng.uniform(0, side, 2)),
            max(1, round(radius)),
            colour.tolist(),
            -1,
            cv2.LINE_AA,
        )
    grain = 1 + rng.uniform(0.02, 0.15) * fractal_noise(
        rng, side, side, rng.uniform(0.01, 0.08) * side
    )
    return _softened(picture * grain[..., np.newaxis], rng, 0.015)


def _hand(rng: np.random.Generator, side: int) -> np.ndarray:
    """Fingers and a palm before something else."""
    behind = (_leaves, _dead_leaves)[int(rng.integers(2))](rng, side)
    skin = _colour(rng, (4, 12), (0.25, 0.6), (0.35, 0.95))
    cover = np.zeros((side, side), np.float32)
    start, direction = rng.uniform(0.1, 0.9, 2) * side, rng.uniform(0, 2 * np.pi)
    for finger in range(int(rng.integers(1, 5))):
        angle = direction + 0.25 * finger + rng.normal(0, 0.06)
        tip = start + rng.uniform(0.3, 0.8) * side * np.array([np.cos(angle), np.sin(angle)])
        cv2.line(
            cover,
            _point(start),
            _point(tip),
            1.0,
            max(2, round(rng.uniform(0.08, 0.16) * side)),
            cv2.LINE_AA,
        )
    cv2.circle(cover, _point(start), round(rng.uniform(0.12, 0.3) * side), 1.0, -1)
    round_off = cv2.GaussianBlur(cover, (0, 0), 0.03 * side) * (
        1 + 0.06 * smooth_noise(rng, side, side, 0.05 * side)
    )
    edge = cv2.GaussianBlur(cover, (0, 0), 0.006 * side)[..., np.newaxis]
    return np.asarray(
        behind * (1 - edge) + skin * (0.35 + 0.65 * round_off[..., np.newaxis]) * edge
    )


def _sky(rng: np.random.Generator, side: int) -> np.ndarray:
    """A bright sky, perhaps with clouds, above a dark or a bright bottom."""
    top, bottom = (
        _colour(rng, (95, 115), (0.1, 0.6), (0.6, 1)),
        _colour(rng, (0, 180), (0, 0.5), (0.2, 0.9)),
    )
    height = np.linspace(0, 1, side, dtype=np.float32)[:, np.newaxis, np.newaxis]
    horizon = np.clip((height - rng.uniform(0.4, 1.4)) / rng.uniform(0.02, 0.6), 0, 1)
    clouds = np.clip(fractal_noise(rng, side, side, 0.3 * side, octaves=4), 0, 1)[..., np.newaxis]
    sky = top + (1 - top) * clouds * rng.uniform(0, 1)
    return np.asarray(sky * (1 - horizon) + bottom * horizon, np.float32)


def _wall(rng: np.random.Generator, side: int) -> np.ndarray:
    """A smooth or stained surface, perhaps with stripes: wood, cloth, paper, plastic."""
    colour = _colour(rng, (0, 180), (0, 0.6), (0.2, 1))
    stains = (
        0.2
        * rng.random()
        * fractal_noise(rng, side, side, rng.uniform(0.05, 0.5) * side, octaves=4)
    )
    across = np.arange(side, dtype=np.float32)
    stripes = rng.uniform(0, 0.3) * np.sin(across / rng.uniform(0.005, 0.1) / side + 3 * stains)
    return np.asarray(colour * (1 + stains + stripes)[..., np.newaxis], np.float32)


def _blur(rng: np.random.Generator, side: int) -> np.ndarray:
    """Far behind the leaf: patches of colour out of focus."""
    small = _SHARP[int(rng.integers(len(_SHARP)))](rng, side)
    return np.asarray(cv2.GaussianBlur(small, (0, 0), rng.uniform(0.03, 0.12) * side))


def _softened(picture: np.ndarray, rng: np.random.Generator, most: float) -> np.ndarray:
    sigma = rng.uniform(0.001, most) * picture.shape[0]
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), sigma))


def _colour(
    rng: np.random.Generator,
    hue: tuple[int, int],
    saturation: tuple[float, float],
    value: tuple[float, float],
) -> np.ndarray:
    """RGB float32 [3]; hue in OpenCV's half degrees."""
    hsv = np.array(
        [[[2 * rng.uniform(*hue), rng.uniform(*saturation), rng.uniform(*value)]]], np.float32
    )
    return np.asarray(cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB)[0, 0])


def _point(position: np.ndarray) -> tuple[int, int]:
    return int(position[0]), int(position[1])


_SHARP: tuple[Scene, ...] = (
    _of_the_data_set(soil),
    _of_the_data_set(gravel),
    _of_the_data_set(foliage),
    _blades(*_GREENS),
    _blades(*_STRAWS),
    _leaves,
    _dead_leaves,
    _hand,
    _sky,
    _wall,
)
_SCENES: tuple[Scene, ...] = (*_SHARP, _leaves, _dead_leaves, _blur, _blur)
