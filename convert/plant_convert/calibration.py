"""The representative data set: what the quantiser sees to choose its ranges."""

import numpy as np

from plant_device.contract.command_line import say
from plant_device.contract.geometry import Picture, centre_crop
from plant_train.data.cache import CachedPictures


def balanced_indices(labels: np.ndarray, count: int, seed: int) -> list[int]:
    """At most `count` indices into labels int [n], as many of each class as can be, shuffled.

    Classes take turns, so that rare ones are there whole before common ones go on.
    """
    rng = np.random.default_rng(seed)
    queues = [rng.permutation(np.flatnonzero(labels == label)) for label in np.unique(labels)]
    turns = [
        int(queue[turn])
        for turn in range(max(map(len, queues)))
        for queue in queues
        if turn < len(queue)
    ]
    return [int(index) for index in rng.permutation(turns[:count])]


def representative_pictures(pictures: CachedPictures, count: int, seed: int = 0) -> list[Picture]:
    """Class-balanced network inputs, uint8 [S, S, 3]; says so if they are few.

    Two corner pixels of the first one are set to 0 and 255: the quantiser then gives the
    input a scale of exactly 1, and raw uint8 pixels enter without rounding.
    """
    chosen = balanced_indices(pictures.labels, count, seed)
    if len(chosen) < count:
        say(
            f"warning: the quantiser sees {len(chosen)} pictures, all that were not held out, "
            f"instead of {count} (--calibration): the fewer, the worse its ranges"
        )
    shown = {int(pictures.labels[index]) for index in chosen}
    unseen = [name for label, name in enumerate(pictures.classes) if label not in shown]
    if unseen:
        say(
            f"warning: of the quantiser's {len(chosen)} pictures none shows "
            f"{', '.join(unseen[:5])}{' …' if len(unseen) > 5 else ''}: ranges may not fit"
        )
    inputs = [centre_crop(pictures.leaf(index), pictures.geometry) for index in chosen]
    inputs[0][0, 0], inputs[0][-1, -1] = 0, 255
    return inputs
