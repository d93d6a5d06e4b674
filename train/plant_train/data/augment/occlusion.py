"""Something in front of the leaf."""

import cv2
import numpy as np

from plant_device.contract.geometry import Picture


def occluded(picture: Picture, scene: Picture, rng: np.random.Generator) -> Picture:
    """With a piece of a scene in front: a stalk, a finger, another leaf, out of focus.

    Random erasing (Zhong et al. 2017, arXiv:1708.04896) with a picture's texture in place of
    noise, in the shape of an ellipse that covers 2 to 12 % of the frame.

    Args:
        picture, scene: RGB uint8 of the same size.
    """
    side = picture.shape[0]
    share, slimness = rng.uniform(0.02, 0.12), rng.uniform(1, 5)
    long = side * np.sqrt(share * slimness / np.pi)
    axes = (round(long), max(1, round(long / slimness)))
    middle = (int(rng.integers(side)), int(rng.integers(side)))
    cover = cv2.ellipse(
        np.zeros((side, side), np.float32), middle, axes, rng.uniform(0, 180), 0, 360, 1.0, -1
    )
    cover = cv2.GaussianBlur(cover, (0, 0), rng.uniform(0.005, 0.03) * side)
    return np.asarray(cv2.blendLinear(scene, picture, cover, 1 - cover), np.uint8)
