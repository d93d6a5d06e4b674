from __future__ import annotations

import numpy as np
import pytest

from plant_train.judge.background_probe import border_pixels, probe_background


def _coloured(colours: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Border pixels uint8 [n, 8, 3] near the given colours [n, 3]."""
    noise = rng.integers(-6, 7, (len(colours), 8, 3))
    return np.clip(colours[:, np.newaxis] + noise, 0, 255).astype(np.uint8)


def test_the_border_is_four_corners_and_the_middles_of_four_sides() -> None:
    picture = np.zeros((5, 7, 3), np.uint8)
    picture[..., 0], picture[..., 1] = np.mgrid[:5, :7]
    expected = [(0, 0), (0, 3), (0, 6), (2, 0), (2, 6), (4, 0), (4, 3), (4, 6)]
    assert [tuple(pixel) for pixel in border_pixels(picture)[:, :2].tolist()] == expected


def test_backgrounds_that_tell_the_class_are_found() -> None:
    rng = np.random.default_rng(0)
    labels = np.repeat(np.arange(4), 40)
    pixels = _coloured(np.repeat([[30], [90], [150], [220]], 3, axis=1)[labels], rng)
    probe = probe_background(pixels, labels, np.arange(160) // 4)
    assert probe is not None
    assert (probe.n, probe.chance, probe.majority) == (160, 0.25, 0.25)
    assert probe.accuracy > 0.99
    assert probe.balanced_accuracy > 0.99


def test_backgrounds_without_the_class_give_what_guessing_gives() -> None:
    rng = np.random.default_rng(0)
    labels = np.repeat(np.arange(4), 60)
    pixels = rng.integers(0, 256, (240, 8, 3)).astype(np.uint8)
    probe = probe_background(pixels, labels, np.arange(240))
    assert probe is not None
    # Four standard deviations of 240 guesses.
    assert probe.accuracy == pytest.approx(0.25, abs=4 * np.sqrt(0.25 * 0.75 / 240))


def test_a_ground_that_one_group_shares_proves_nothing() -> None:
    # Each leaf lies on a ground of its own: by picture a forest would know all of them.
    rng = np.random.default_rng(0)
    groups = np.repeat(np.arange(60), 8)
    labels = rng.integers(0, 4, 60)[groups]
    pixels = _coloured(rng.integers(0, 256, (60, 3))[groups], rng)
    by_group = probe_background(pixels, labels, groups)
    by_picture = probe_background(pixels, labels, np.arange(480))
    assert by_group is not None
    assert by_picture is not None
    assert by_group.accuracy < 0.45
    assert by_picture.accuracy > 0.9


def test_accuracy_and_balanced_accuracy_differ_where_classes_do() -> None:
    rng = np.random.default_rng(0)
    labels = np.repeat([0, 1], [180, 20])
    pixels = rng.integers(0, 256, (200, 8, 3)).astype(np.uint8)
    probe = probe_background(pixels, labels, np.arange(200))
    assert probe is not None
    assert probe.majority == pytest.approx(0.9)
    assert probe.accuracy == pytest.approx(0.9, abs=0.02)
    assert probe.balanced_accuracy == pytest.approx(0.5, abs=0.05)


@pytest.mark.parametrize(
    ("labels", "groups"),
    [
        ([], []),
        ([0] * 60, range(60)),
        ([0, 1] * 30, [0, 1] * 30),
        (range(60), range(60)),
        ([0, 1] * 20, range(40)),
    ],
    ids=["nothing", "one class", "two groups", "a class a picture", "forty pictures"],
)
def test_too_little_is_not_judged(labels: list[int], groups: list[int]) -> None:
    pixels = np.zeros((len(labels), 8, 3), np.uint8)
    assert probe_background(pixels, np.array(labels, int), np.array(groups, int)) is None
