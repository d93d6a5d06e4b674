"""The checks of `plant-device doctor`, in the order in which they are told: one a file."""

from collections.abc import Callable, Mapping

from plant_device.board.checks import (
    cameras,
    clock,
    disk,
    first_frame,
    listeners,
    memory,
    model,
    opencv,
    power,
    processor,
    runtime_wheel,
    store_folder,
    system,
    temperature,
)
from plant_device.board.finding import Asked, Finding

Check = Callable[[Asked], list[Finding]]

CHECKS: Mapping[str, Check] = {
    "system": system.check,
    "processor": processor.check,
    "memory": memory.check,
    "temperature": temperature.check,
    "power": power.check,
    "clock": clock.check,
    "network": listeners.check,
    "disk": disk.check,
    "store": store_folder.check,
    "runtime": runtime_wheel.check,
    "OpenCV": opencv.check,
    "camera": cameras.check,
    "source": first_frame.check,
    "model": model.check,
}
