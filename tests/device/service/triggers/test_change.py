import numpy as np
import pytest

from plant_device.service.triggers.change import changed_share, thumbnail


def _scene(seed: int) -> np.ndarray:
    random = np.random.default_rng(seed)
    coarse = random.integers(20, 200, (8, 8, 3), dtype=np.uint8)
    return np.kron(coarse, np.ones((30, 40, 1), np.uint8)).astype(np.uint8)


def test_a_thumbnail_is_small_whatever_the_picture_is() -> None:
    for shape in ((1, 1, 3), (33, 500, 3), (720, 1280, 3)):
        small = thumbnail(np.full(shape, 90, np.uint8))
        assert small.shape == (32, 32, 3)
        assert small.dtype == np.float32
        assert small == pytest.approx(1.0)


def test_a_black_picture_has_a_thumbnail() -> None:
    assert thumbnail(np.zeros((50, 50, 3), np.uint8)).max() == 0


@pytest.mark.parametrize("light", [0.6, 0.8, 1.2])
def test_more_or_less_light_and_noise_change_nothing(light: float) -> None:
    scene = _scene(1)
    noise = np.random.default_rng(2).normal(0, 6, scene.shape)
    again = np.clip(scene * light + noise, 0, 255).astype(np.uint8)
    assert changed_share(thumbnail(scene), thumbnail(again)) == 0


def test_another_scene_changes_most_of_the_picture() -> None:
    assert changed_share(thumbnail(_scene(1)), thumbnail(_scene(3))) > 0.6


def test_what_enters_a_corner_changes_as_much_as_it_covers() -> None:
    scene = np.full((240, 320, 3), 120, np.uint8)
    entered = scene.copy()
    entered[:60, :80] = (40, 200, 40)
    assert changed_share(thumbnail(scene), thumbnail(entered)) == pytest.approx(1 / 16)
