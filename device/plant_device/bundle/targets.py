"""The systems that a bundle can be made for, an entry each."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

from plant_device.contract.errors import UserError

Machine = Literal["aarch64", "x86_64"]
Pins = Literal["device.txt", "device-numpy1.txt"]

_OLDEST_GLIBC = 5  # of manylinux1, 2007


class Kept(NamedTuple):
    """A package of ours that a system has its own of, and the module that must import there."""

    package: str
    module: str


@dataclass(frozen=True)
class Target:
    """A system as it is on the board.

    Args:
        system: its name for people.
        python: the version of its own Python.
        glibc: the minor version of its C library, 2.N.
        pins: the constraints file that its wheels follow.
        sees_system: whether packages of the system can be imported beside ours.
        keeps: what is left to the system.
    """

    system: str
    python: str
    glibc: int
    pins: Pins
    sees_system: bool = False
    keeps: tuple[Kept, ...] = ()

    def platforms(self, machine: Machine) -> list[str]:
        """The platform tags of wheels that run there, the best first (PEP 600)."""
        tags = [f"manylinux_2_{minor}" for minor in range(self.glibc, _OLDEST_GLIBC - 1, -1)]
        older = ["manylinux2014", "manylinux2010", "manylinux1", "linux"]
        return [f"{tag}_{machine}" for tag in (*tags, *older)]


_OWN_OPENCV = (Kept("opencv-python-headless", "cv2"),)

TARGETS: Mapping[str, Target] = {
    # Its picamera2 was compiled for NumPy 1, and stays importable.
    "bookworm": Target(
        "Raspberry Pi OS 12, Debian 12", "3.11", 36, "device-numpy1.txt", sees_system=True
    ),
    "trixie": Target("Raspberry Pi OS 13, Debian 13", "3.13", 41, "device.txt"),
    # NVIDIA's OpenCV has GStreamer, PyPI's has not; it was compiled for NumPy 1.
    "jetpack6": Target("JetPack 6", "3.10", 35, "device-numpy1.txt", True, _OWN_OPENCV),
    "jetpack7": Target("JetPack 7", "3.12", 39, "device-numpy1.txt", True, _OWN_OPENCV),
    "jammy": Target("Ubuntu 22.04", "3.10", 35, "device.txt"),
    "noble": Target("Ubuntu 24.04", "3.12", 39, "device.txt"),
}


def find_target(name: str) -> Target:
    """The target of that name.

    Raises:
        UserError: there is none.
    """
    if name not in TARGETS:
        raise UserError(f"expected --target {', '.join(TARGETS)}, received: {name}")
    return TARGETS[name]
