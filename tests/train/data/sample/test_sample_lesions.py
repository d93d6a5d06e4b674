from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from plant_train.data.sample.blade import Blade
from plant_train.data.sample.canvas import Canvas
from plant_train.data.sample.lesions import (
    LesionKind,
    Ring,
    Site,
    lesion_centres,
    with_lesions,
)
from plant_train.data.sample.scene import grow_leaf, with_leaf
from plant_train.data.sample.species import SAMPLE_CLASSES

HEALTHY = [sample_class for sample_class in SAMPLE_CLASSES if sample_class.illness is None]
ILLNESSES = [sample_class.illness for sample_class in SAMPLE_CLASSES if sample_class.illness]


def _blade(number: int) -> Blade:
    rng = np.random.default_rng(number)
    return grow_leaf(HEALTHY[number], rng, Canvas(200, 200, 200), light_angle=0.5).blade


def _black_spots(site: Site) -> LesionKind:
    rings = (Ring(0, (0, 0, 0), 1.0), Ring(1, (0, 0, 0), 0.0))
    return LesionKind(site, count=(5, 60), radius=(0.01, 0.03), rings=rings)


@pytest.mark.parametrize("number", range(len(HEALTHY)))
@pytest.mark.parametrize("site", Site)
def test_lesions_begin_on_the_leaf(site: Site, number: int) -> None:
    blade = _blade(number)
    centres = lesion_centres(blade, _black_spots(site), 40, np.random.default_rng(1)).astype(int)
    assert centres.shape == (40, 2)
    assert (blade.flesh[centres[:, 1], centres[:, 0]] > 0.5).all()


def test_lesions_along_veins_are_nearer_to_veins_than_those_between() -> None:
    blade = _blade(0)

    def typical_distance(site: Site) -> float:
        centres = lesion_centres(blade, _black_spots(site), 200, np.random.default_rng(1))
        columns, rows = centres.astype(int).T
        return float(np.median(blade.vein_distance[rows, columns]))

    along, between = typical_distance(Site.ALONG_VEINS), typical_distance(Site.BETWEEN_VEINS)
    assert along < typical_distance(Site.ANYWHERE) <= between


@pytest.mark.parametrize("illness", ILLNESSES)
def test_a_severe_case_changes_more_of_the_leaf_than_a_mild_one(illness: LesionKind) -> None:
    blade = _blade(1)

    def changed_part(severity: float) -> float:
        ill = with_lesions(blade, illness, severity, np.random.default_rng(1))
        changed = np.abs(ill.colour - blade.colour).max(axis=2) > 0.1
        return float((changed * blade.flesh).sum() / blade.flesh.sum())

    assert 0 < changed_part(0.0) < changed_part(1.0) < 0.9


@pytest.mark.parametrize("illness", ILLNESSES)
def test_illness_changes_the_leaf_and_nothing_beside_it(illness: LesionKind) -> None:
    leaf = grow_leaf(HEALTHY[0], np.random.default_rng(0), Canvas(128, 128, 128), light_angle=0.5)
    ill_blade = with_lesions(leaf.blade, illness, 1.0, np.random.default_rng(1))
    ground = np.full((128, 128, 3), 0.5, np.float32)
    healthy, ill = (
        with_leaf(ground, replace(leaf, blade=blade), 0.5, height_above=2, shadow_depth=0.4)
        for blade in (leaf.blade, ill_blade)
    )
    changed = np.abs(healthy - ill).max(axis=2) > 0
    on_leaf = np.zeros((128, 128), np.bool_)
    on_leaf[leaf.rows, leaf.columns] = leaf.blade.cover > 0
    assert changed.any()
    assert not (changed & ~on_leaf).any()
