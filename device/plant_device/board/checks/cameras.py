"""Which cameras there are, and whether this user may open them."""

import grp
import os
import re
import shutil
import subprocess
from pathlib import Path

from plant_device.board.finding import Asked, Finding

# Nodes of a Pi's codecs, image processors and bare sensors, which give no pictures by themselves.
_NO_CAMERAS = re.compile(r"bcm2835-(codec|isp)|pispbe|rpi-?(hevc|ivc)|rp1-cfe|unicam")
# `0 : imx708 [4608x2592 10-bit RGGB] (/base/…)`: rpicam-apps, core/rpicam_app.cpp
_CSI_CAMERA = re.compile(r"^(\d+) : (\S+)", re.MULTILINE)
_LIST_SECONDS = 15.0


def check(asked: Asked) -> list[Finding]:
    """USB cameras with the right to open them, and a Pi's CSI cameras."""
    nodes = usb_cameras(asked)
    csi = _csi_cameras()
    findings = [_permission(name, node) for node, name in nodes.items()]
    findings += [Finding("camera", "ok", f"picam:{number}: {name}") for number, name in csi]
    if findings:
        return findings
    if asked.source:
        return [Finding("camera", "ok", "none is connected to this machine itself")]
    return [
        Finding(
            "camera",
            "warning",
            "none found: no /dev/video*, and no CSI camera",
            "connect one and look with v4l2-ctl --list-devices or rpicam-hello --list-cameras; or "
            "name one in the network: --source rtsp://…",
        )
    ]


def usb_cameras(asked: Asked) -> dict[Path, str]:
    """Device files of cameras, and their names, in the order of their numbers."""
    nodes = sorted(asked.root.glob("dev/video*"), key=lambda node: (len(node.name), node.name))
    names = {
        node: asked.read(f"sys/class/video4linux/{node.name}/name") or "unnamed" for node in nodes
    }
    return {node: name for node, name in names.items() if not _NO_CAMERAS.search(name)}


def _permission(name: str, node: Path) -> Finding:
    told = f"/dev/{node.name}: {name}"
    if os.access(node, os.R_OK | os.W_OK):
        return Finding("camera", "ok", told)
    return Finding(
        "camera",
        "failure",
        f"{told}; this user may not open it",
        f"sudo usermod -aG {_group(node)} $USER, then log in again",
    )


def _group(node: Path) -> str:
    try:
        return grp.getgrgid(node.stat().st_gid).gr_name
    except (OSError, KeyError):
        return "video"


def _csi_cameras() -> list[tuple[str, str]]:
    program = shutil.which("rpicam-hello") or shutil.which("libcamera-hello")
    if program is None:
        return []
    told = subprocess.run(
        [program, "--list-cameras"],
        capture_output=True,
        text=True,
        errors="replace",
        timeout=_LIST_SECONDS,
        check=False,
    )
    return csi_cameras(told.stdout + told.stderr)


def csi_cameras(told: str) -> list[tuple[str, str]]:
    """Number and name of each camera in what `rpicam-hello --list-cameras` prints."""
    return _CSI_CAMERA.findall(told)
