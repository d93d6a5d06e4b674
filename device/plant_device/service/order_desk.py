"""What the processes that show the device may have it do: each order, and its answer."""

import threading
from collections.abc import Callable, Mapping
from typing import Any

import cv2

from plant_device.camera.frame import Frame
from plant_device.contract.errors import UserError
from plant_device.live.orders import (
    ChangeSettings,
    NextFrame,
    NextState,
    Order,
    PhonePlace,
    Photograph,
    Say,
    ShowSettings,
)
from plant_device.service.adjustments import Adjustments
from plant_device.service.now import Now
from plant_device.service.photographs import Photographs
from plant_device.service.settings import Settings
from plant_device.store.place.place import Place

# Cheap phones show no more, and half the bytes of the usual 95 are enough to see by.
_JPEG_QUALITY = 75
# Beyond the patience that a look itself has.
_CAMERA_SECONDS = 3.0


class OrderDesk:
    """Carries out orders; from any thread.

    Args:
        now: what the device does.
        photographs: takes one; None where nothing is kept.
        adjustments: the settings that may be changed.
        apply: puts changed settings in force.
        tell_place: told where a phone is.
        say: prints words at the console, and keeps them as an event where that is asked for.
    """

    def __init__(
        self,
        now: Now,
        photographs: Photographs | None,
        adjustments: Adjustments,
        apply: Callable[[Settings], None],
        tell_place: Callable[[Place], None],
        say: Callable[[str, bool], None],
    ) -> None:
        self._now = now
        self._photographs = photographs
        self._adjustments = adjustments
        self._apply = apply
        self._tell_place = tell_place
        self._say = say
        self._changing = threading.Lock()

    def carry_out(self, order: Order) -> tuple[object, bytes]:
        """What came of an order, as JSON has it, and bytes that belong to it.

        Raises:
            UserError: why nothing came of it.
            OSError: the disk is full, or cannot be written.
        """
        match order:
            case NextState():
                state = self._now.state(order.version, order.seconds)
                return state.model_dump(mode="json", exclude_none=True), b""
            case NextFrame():
                return self._frame(order)
            case Photograph():
                return self._photograph(), b""
            case ChangeSettings():
                # Two phones may change two settings: neither must undo the other's.
                with self._changing:
                    self._apply(self._adjustments.change(order.values))
                return self._settings(), b""
            case ShowSettings():
                return self._settings(), b""
            case PhonePlace():
                place = Place(order.latitude, order.longitude, "phone", order.accuracy)
                self._tell_place(place)
                return None, b""
            case Say():
                self._say(order.words, order.event)
                return None, b""

    def _photograph(self) -> int:
        if self._photographs is None:
            raise UserError("nothing is kept: start the device with --store")
        patience = self._adjustments.settings.decision.patience
        return self._photographs.take(patience + _CAMERA_SECONDS)

    def _settings(self) -> Mapping[str, Any]:
        return {
            "values": self._adjustments.values(),
            "fixed": self._adjustments.fixed,
            "most_free_mb": self._adjustments.most_free_mb(),
        }

    def _frame(self, order: NextFrame) -> tuple[int, bytes]:
        frame = self._now.frame(order.after, order.seconds)
        if frame is None:
            raise UserError(f"no new frame came within {order.seconds:g} s")
        return frame.index, _jpeg(frame, order.width)


def _jpeg(frame: Frame, width: int) -> bytes:
    height, whole = frame.picture.shape[:2]
    size = min(width, whole), max(1, round(height * min(width, whole) / whole))
    small = cv2.resize(frame.picture, size, interpolation=cv2.INTER_AREA)
    _, jpeg = cv2.imencode(".jpg", small, (cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY))
    return jpeg.tobytes()
