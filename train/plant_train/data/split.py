"""Validation is split off the training pictures; a test set is never looked at."""

from dataclasses import dataclass

import numpy as np

from plant_device.contract.errors import UserError
from plant_train.data.layouts import LabelledPictures


@dataclass(frozen=True)
class Split:
    """Training and validation pictures of one data set; no picture is in both."""

    training: LabelledPictures
    validation: LabelledPictures


def split(pictures: LabelledPictures, validation_fraction: float, seed: int) -> Split:
    """Split by class (stratified) and seed: every class is on both sides.

    Raises:
        UserError: a class has fewer than two pictures.
    """
    labels = np.array(pictures.labels)
    training: list[int] = []
    validation: list[int] = []
    for label, name in enumerate(pictures.classes):
        indices = np.flatnonzero(labels == label)
        if len(indices) < 2:
            raise UserError(
                f"expected at least two pictures of every class in {pictures.root}, one to train "
                f"and one to validate; {name} has {len(indices)}"
            )
        held_out = min(max(1, round(len(indices) * validation_fraction)), len(indices) - 1)
        order = np.random.default_rng((seed, label)).permutation(indices)
        validation += sorted(order[:held_out].tolist())
        training += sorted(order[held_out:].tolist())
    return Split(pictures.subset(training), pictures.subset(validation))
