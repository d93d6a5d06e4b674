"""What the classes of the sample data set look like: each is a leaf form, a surface and an illness.

The leaves follow what the PlantVillage pictures of the same names show; the folder names have its
form `Crop___Condition`.
"""

from __future__ import annotations

from dataclasses import dataclass

from plant_train.data.sample.arrays import Interval
from plant_train.data.sample.blade import BladeLook
from plant_train.data.sample.leaf_shape import (
    Form,
    lobed_leaf,
    pinnate_leaf,
    serrate_leaf,
    strap_leaf,
)
from plant_train.data.sample.lesions import LesionKind, Ring, Site


@dataclass(frozen=True)
class Crop:
    """A kind of plant; `span` is the leaf's length in picture sides."""

    name: str
    form: Form
    span: Interval
    look: BladeLook


@dataclass(frozen=True)
class SampleClass:
    """One class of the data set; `illness` is None for healthy leaves."""

    crop: Crop
    condition: str
    illness: LesionKind | None

    @property
    def name(self) -> str:
        """The class name, which is also its folder: `Crop___Condition`."""
        return f"{self.crop.name}___{self.condition}"


APPLE = Crop(
    "Apple",
    serrate_leaf,
    (0.72, 1.0),
    BladeLook((84, 108, 66), (156, 164, 126), quilting=0.30, fold=0.10, gloss=0.30),
)
GRAPE = Crop(
    "Grape",
    lobed_leaf,
    (0.72, 0.98),
    BladeLook((112, 142, 60), (178, 190, 112), quilting=0.34, fold=0.08, gloss=0.12),
)
CORN = Crop(
    "Corn",
    strap_leaf,
    (1.25, 1.7),
    BladeLook((88, 138, 74), (176, 194, 142), quilting=0.14, fold=0.20, gloss=0.18),
)
TOMATO = Crop(
    "Tomato",
    pinnate_leaf,
    (0.80, 1.05),
    BladeLook((52, 88, 58), (112, 132, 92), quilting=0.38, fold=0.14, gloss=0.10),
)

SCAB = LesionKind(
    Site.ALONG_VEINS,
    count=(4, 22),
    radius=(0.026, 0.048),
    rings=(
        Ring(0.0, (46, 44, 26), 0.88),
        Ring(0.7, (64, 60, 32), 0.78),
        Ring(1.1, (96, 96, 44), 0.40),
        Ring(1.9, (160, 150, 60), 0.0),
    ),
    raggedness=0.42,
)
BLACK_ROT = LesionKind(
    Site.ANYWHERE,
    count=(4, 24),
    radius=(0.018, 0.036),
    rings=(
        Ring(0.0, (168, 122, 76), 0.95),
        Ring(0.6, (146, 94, 54), 0.95),
        Ring(0.85, (52, 28, 20), 0.95),
        Ring(1.05, (66, 38, 24), 0.85),
        Ring(1.3, (150, 140, 60), 0.25),
        Ring(1.8, (150, 150, 60), 0.0),
    ),
    raggedness=0.14,
)
COMMON_RUST = LesionKind(
    Site.BETWEEN_VEINS,
    count=(40, 220),
    radius=(0.0048, 0.0066),
    rings=(
        Ring(0.0, (146, 74, 32), 0.95),
        Ring(0.8, (112, 56, 28), 0.90),
        Ring(1.2, (180, 160, 70), 0.50),
        Ring(2.4, (190, 180, 80), 0.0),
    ),
    elongation=2.2,
    raggedness=0.15,
    clustering=2.0,
)
EARLY_BLIGHT = LesionKind(
    Site.ANYWHERE,
    count=(3, 13),
    radius=(0.026, 0.050),
    rings=(
        Ring(0.00, (52, 34, 22), 0.95),
        Ring(0.18, (70, 46, 28), 0.95),
        Ring(0.32, (140, 104, 64), 0.92),
        Ring(0.46, (66, 42, 26), 0.95),
        Ring(0.62, (136, 100, 60), 0.92),
        Ring(0.80, (70, 46, 26), 0.95),
        Ring(1.00, (96, 70, 34), 0.85),
        Ring(1.15, (196, 180, 60), 0.70),
        Ring(1.90, (190, 184, 70), 0.0),
    ),
    raggedness=0.12,
)

SAMPLE_CLASSES: tuple[SampleClass, ...] = (
    SampleClass(APPLE, "healthy", None),
    SampleClass(APPLE, "scab", SCAB),
    SampleClass(CORN, "common_rust", COMMON_RUST),
    SampleClass(CORN, "healthy", None),
    SampleClass(GRAPE, "black_rot", BLACK_ROT),
    SampleClass(GRAPE, "healthy", None),
    SampleClass(TOMATO, "early_blight", EARLY_BLIGHT),
    SampleClass(TOMATO, "healthy", None),
)
"""Sorted by name, as the folders of a data set are."""

WEAR: tuple[LesionKind, ...] = (
    LesionKind(
        Site.ANYWHERE,
        count=(1, 9),
        radius=(0.004, 0.012),
        rings=(
            Ring(0.0, (120, 92, 50), 0.85),
            Ring(1.0, (110, 88, 44), 0.60),
            Ring(1.6, (140, 130, 60), 0.0),
        ),
        raggedness=0.3,
    ),
    LesionKind(
        Site.MARGIN,
        count=(1, 4),
        radius=(0.015, 0.04),
        rings=(
            Ring(0.0, (126, 96, 54), 0.90),
            Ring(0.8, (112, 84, 44), 0.70),
            Ring(1.5, (160, 150, 70), 0.0),
        ),
        raggedness=0.35,
    ),
)
"""Marks that every leaf may have, healthy or not: specks and scorched bits of the margin."""
