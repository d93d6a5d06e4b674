"""What a camera in the field adds: motion and focus blur, noise, compression."""

import math

import cv2
import numpy as np

from plant_device.contract.geometry import Picture


def out_of_focus(picture: Picture, rng: np.random.Generator) -> Picture:
    """Blurred by a Gaussian of 0.5 to 2 % of the side."""
    sigma = rng.uniform(0.005, 0.02) * picture.shape[0]
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), sigma), np.uint8)


def shaken(picture: Picture, rng: np.random.Generator) -> Picture:
    """Blurred along a line of 2 to 6 % of the side: a moving hand or leaf."""
    length = max(3, round(rng.uniform(0.02, 0.06) * picture.shape[0]) | 1)
    angle = rng.uniform(0, math.pi)
    middle, reach = length // 2, length / 2
    ends = [
        (
            round(middle + sign * reach * math.cos(angle)),
            round(middle + sign * reach * math.sin(angle)),
        )
        for sign in (-1, 1)
    ]
    kernel = cv2.line(np.zeros((length, length), np.float32), ends[0], ends[1], 1.0, 1)
    return np.asarray(cv2.filter2D(picture, -1, kernel / kernel.sum()), np.uint8)


def noisy(picture: Picture, rng: np.random.Generator) -> Picture:
    """With the grain of a small sensor: Gaussian, 2 to 10 steps of 255."""
    grain = np.empty(picture.shape, np.int16)
    # OpenCV's generator is several times faster than NumPy's; its state is set for this call.
    cv2.setRNGSeed(int(rng.integers(2**31)))
    cv2.randn(grain, np.zeros(3), np.full(3, rng.uniform(2, 10)))
    return np.asarray(cv2.add(picture, grain, dtype=cv2.CV_8U), np.uint8)


def compressed(picture: Picture, rng: np.random.Generator) -> Picture:
    """Through a JPEG file of quality 30 to 80."""
    quality = int(rng.integers(30, 81))
    _, encoded = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.asarray(cv2.imdecode(encoded, cv2.IMREAD_COLOR), np.uint8)
