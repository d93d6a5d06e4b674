"""How much of the class a picture's border gives away, without any leaf.

Noyan 2022 (arXiv:2206.04374) took 8 pixels of PlantVillage's backgrounds and named 49.0 % of the
pictures rightly with a random forest of default settings, where guessing gives 2.6 %. What a plain
classifier finds there, a network finds too, and does not find in a field.
"""

import warnings
from dataclasses import dataclass

import numpy as np
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import accuracy_score, balanced_accuracy_score
from sklearn.model_selection import StratifiedGroupKFold, cross_val_predict

from plant_device.contract.geometry import Picture

PIXELS = 8
_FOLDS = 5
# Fewer leave the accuracy open by 14 points to either side, at 95 %.
_LEAST_PICTURES = 50
# A forest's time and memory grow with them.
MAX_PICTURES = 10_000


@dataclass(frozen=True)
class BackgroundProbe:
    """What the border pixels alone tell, as fractions of 1.

    Args:
        n: pictures that were judged.
        accuracy, balanced_accuracy: of the cross-validated forest; the second is the mean recall.
        majority: the accuracy of always naming the largest class.
        chance: the balanced accuracy of guessing, one in the number of classes.
    """

    n: int
    accuracy: float
    balanced_accuracy: float
    majority: float
    chance: float


def border_pixels(picture: Picture) -> Picture:
    """The 4 corners and the middles of the 4 sides of uint8 [H, W, 3]: uint8 [8, 3]."""
    bottom, right = picture.shape[0] - 1, picture.shape[1] - 1
    rows = [0, 0, 0, bottom // 2, bottom // 2, bottom, bottom, bottom]
    columns = [0, right // 2, right, 0, right, 0, right // 2, right]
    return np.asarray(picture[rows, columns], dtype=np.uint8)


def probe_background(
    pixels: np.ndarray, labels: np.ndarray, groups: np.ndarray, seed: int = 0
) -> BackgroundProbe | None:
    """Cross-validate a random forest by group.

    Args:
        pixels: uint8 [n, 8, 3] of `border_pixels`.
        labels: int [n].
        groups: int [n]; pictures of one group are never on both sides.

    Returns:
        None where there is nothing to cross-validate: one class, fewer groups than folds, or too
        few pictures to tell.
    """
    chosen = np.arange(len(labels))
    if len(chosen) > MAX_PICTURES:
        chosen = np.sort(np.random.default_rng(seed).choice(chosen, MAX_PICTURES, replace=False))
    features = pixels[chosen].reshape(len(chosen), PIXELS * 3)
    labels, groups = labels[chosen], groups[chosen]
    support = np.unique(labels, return_counts=True)[1]
    if len(labels) < _LEAST_PICTURES or len(support) < 2:
        return None
    if support.max() < _FOLDS or len(np.unique(groups)) < _FOLDS:
        return None
    with warnings.catch_warnings():
        # Of classes smaller than the folds; the audit tells of them in its own words.
        warnings.filterwarnings("ignore", message="The least populated class", category=UserWarning)
        predicted = cross_val_predict(
            RandomForestClassifier(random_state=seed, n_jobs=-1),
            features,
            labels,
            groups=groups,
            cv=StratifiedGroupKFold(_FOLDS, shuffle=True, random_state=seed),
        )
    return BackgroundProbe(
        n=len(labels),
        accuracy=float(accuracy_score(labels, predicted)),
        balanced_accuracy=float(balanced_accuracy_score(labels, predicted)),
        majority=float(support.max() / support.sum()),
        chance=1 / len(support),
    )
