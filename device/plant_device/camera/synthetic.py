"""A camera that needs no hardware: a green blade that turns and moves over soil, for ever."""

import itertools
import math
import os
import random
import re
import signal
import time
from collections.abc import Iterator, Sequence
from typing import Literal, get_args

import cv2
import numpy as np

from plant_device.camera.frame import Frame
from plant_device.camera.options import CameraOptions
from plant_device.contract.errors import UserError

_SIZE = (640, 480)
_RATE = 30.0
_SOIL_BGR = (62, 84, 110)
_LEAF_BGR = (58, 142, 74)
_VEIN_BGR = (96, 178, 120)


Fault = Literal["hang", "die", "fail", "end", "freeze", "resize"]
"""What a synthetic camera does wrong when it is told to: `hang`: gives no more frames, and does not
come back; `die`: ends its process; `fail`: says that it cannot go on; `end`: ends its stream;
`freeze`: gives one picture again and again; `resize`: gives frames of half the size."""
_FAULTS: tuple[Fault, ...] = get_args(Fault)
_ANY = "any"
"""One of these, by chance, each time that the camera is opened."""


class SyntheticSource:
    """640 x 480 frames without end, each a function of its index and its size alone.

    As fast as they are asked for; with `live` at 30 a second, whether asked for or not. With
    `FAULT@INDEX` a fault at that frame, and again each time that the camera is opened.
    """

    def __init__(self, behaviour: str = "", options: CameraOptions | None = None) -> None:
        """Take what follows `synthetic:`, such as `live,hang@100`, and another size and rate.

        Raises:
            UserError: it is something else.
        """
        words = [word for word in behaviour.split(",") if word]
        self.live = "live" in words
        self._faults = dict(_fault(word) for word in words if word != "live")
        self._size = (options and options.size) or _SIZE
        self._rate = (options and options.fps) or _RATE

    def frames(self) -> Iterator[Frame]:
        """Yield frames for ever, or until a fault.

        Raises:
            UserError: at the fault `fail`.
        """
        begun, frozen, scale = time.monotonic(), None, 1
        for index in itertools.count():
            match _chosen(self._faults.get(index)):
                case "hang":
                    signal.pause()
                case "die":
                    os._exit(1)
                case "fail":
                    raise UserError(f"the synthetic camera fails at frame {index}, as it was told")
                case "end":
                    return
                case "freeze":
                    frozen = index
                case "resize":
                    scale = 2
            if self.live:
                time.sleep(max(0.0, begun + index / self._rate - time.monotonic()))
            picture = _draw(index if frozen is None else frozen, self._size)[::scale, ::scale]
            yield Frame(index, "synthetic:", picture, duration=1 / self._rate)


def _fault(word: str) -> tuple[int, Sequence[Fault]]:
    """The frame of a fault, and the faults of which it is one."""
    name, _, index = word.partition("@")
    faults = _FAULTS if name == _ANY else tuple(each for each in _FAULTS if each == name)
    if not faults or not re.fullmatch("[0-9]{1,9}", index):
        raise UserError(
            f"expected after synthetic: live, or a fault and its frame such as hang@100 "
            f"({', '.join(_FAULTS)}, {_ANY}), with commas between them, received: {word}"
        )
    return int(index), faults


def _chosen(faults: Sequence[Fault] | None) -> Fault | None:
    return random.choice(faults) if faults else None


def _draw(index: int, size: tuple[int, int]) -> np.ndarray:
    width, height = size
    scale = min(width / _SIZE[0], height / _SIZE[1])
    grain = np.random.default_rng(index).normal(0, 9, (height, width, 1))
    picture = np.clip(np.array(_SOIL_BGR) + grain, 0, 255).astype(np.uint8)
    turn = math.radians(2 * index)
    centre = (
        round(width / 2 + 60 * scale * math.cos(turn)),
        round(height / 2 + 40 * scale * math.sin(turn)),
    )
    angle = 30 * math.sin(turn)
    axes = round(170 * scale), round(90 * scale)
    cv2.ellipse(picture, centre, axes, angle, 0, 360, _LEAF_BGR, -1, cv2.LINE_AA)
    along = (
        round(165 * scale * math.cos(math.radians(angle))),
        round(165 * scale * math.sin(math.radians(angle))),
    )
    tip, stem = (
        (centre[0] + along[0], centre[1] + along[1]),
        (centre[0] - along[0], centre[1] - along[1]),
    )
    cv2.line(picture, stem, tip, _VEIN_BGR, max(1, round(3 * scale)), cv2.LINE_AA)
    return picture
