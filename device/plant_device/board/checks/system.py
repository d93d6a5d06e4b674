"""Which board and system this is; whether wheels for it exist."""

import os
import platform
import sys

from plant_device.board.finding import Asked, Finding

# What pyproject.toml asks for, and the runtime's wheels: manylinux_2_27, aarch64 and x86-64.
OLDEST_PYTHON = (3, 10)
_MACHINES = ("aarch64", "x86_64")
_OLDEST_GLIBC = (2, 27)


def check(asked: Asked) -> list[Finding]:
    """Board, system, Python, libc, architecture."""
    return [
        board(asked),
        python(sys.version_info[:3], platform.python_implementation()),
        libc(_glibc()),
        architecture(platform.machine(), 64 if sys.maxsize > 2**32 else 32),
    ]


def board(asked: Asked) -> Finding:
    """The board's and the system's name."""
    release = dict(
        line.split("=", 1) for line in asked.read("etc/os-release").splitlines() if "=" in line
    )
    names = [
        board_name(asked),
        release.get("PRETTY_NAME", "").strip('"'),
        f"Linux {asked.read('proc/sys/kernel/osrelease') or 'of unknown version'}",
    ]
    return Finding("board", "ok", ", ".join(name for name in names if name))


def board_name(asked: Asked) -> str:
    """As the device tree has it, or else a PC's firmware; empty where neither tells."""
    return asked.read("proc/device-tree/model") or asked.read("sys/class/dmi/id/product_name")


def python(version: tuple[int, ...], implementation: str) -> Finding:
    """Whether the wheels are for this Python."""
    told = f"{implementation} {'.'.join(map(str, version))}"
    if version < OLDEST_PYTHON or implementation != "CPython":
        return Finding(
            "Python", "failure", told, "install CPython 3.10 to 3.13 and make the venv with it"
        )
    return Finding("Python", "ok", told)


def libc(glibc: tuple[int, ...] | None) -> Finding:
    """Whether the wheels are for this C library; None is another than glibc."""
    if glibc is None:
        return Finding(
            "libc",
            "failure",
            "no glibc (Alpine's musl?)",
            "use a Debian, Ubuntu, Raspberry Pi OS or JetPack: the runtime's wheels are for glibc",
        )
    told = f"glibc {'.'.join(map(str, glibc))}"
    if glibc < _OLDEST_GLIBC:
        return Finding(
            "libc",
            "failure",
            told,
            "upgrade the system to Debian 10, Ubuntu 18.04 or newer: the runtime's wheels ask for "
            "glibc 2.27",
        )
    return Finding("libc", "ok", told)


def architecture(machine: str, bits: int) -> Finding:
    """Whether the wheels are for this processor, and for this Python on it."""
    told = f"{machine}, {bits}-bit Python"
    if machine not in _MACHINES or bits != 64:
        return Finding(
            "architecture",
            "failure",
            told,
            "install the 64-bit system (Raspberry Pi OS 64-bit, arm64): there are no wheels of the "
            "runtime for 32 bits",
        )
    return Finding("architecture", "ok", told)


def _glibc() -> tuple[int, ...] | None:
    try:
        name, version = (os.confstr("CS_GNU_LIBC_VERSION") or "").split()
    except (ValueError, OSError):
        return None
    return tuple(map(int, version.split("."))) if name == "glibc" else None
