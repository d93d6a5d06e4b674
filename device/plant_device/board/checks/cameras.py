"""Which cameras there are, and whether this user may open them."""

import grp
import os
import re
from pathlib import Path

from plant_device.board.finding import Asked, Finding
from plant_device.board.program import output_of
from plant_device.contract.errors import UserError

# Nodes of a Pi's codecs, image processors and bare sensors, which give no pictures by themselves.
_NO_CAMERAS = re.compile(r"bcm2835-(codec|isp)|pispbe|rpi-?(hevc|ivc)|rp1-cfe|unicam")
# `0 : imx708 [4608x2592 10-bit RGGB] (/base/…)`: rpicam-apps, core/rpicam_app.cpp
_CSI_CAMERA = re.compile(r"^(\d+) : (\S+)", re.MULTILINE)
_LIST_SECONDS = 15.0


def check(asked: Asked) -> list[Finding]:
    """USB cameras with the right to open them, and a Pi's CSI cameras."""
    findings = [_permission(name, node) for node, name in _usb_cameras(asked).items()]
    findings += _csi_cameras()
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


def _usb_cameras(asked: Asked) -> dict[Path, str]:
    nodes = sorted(asked.root.glob("dev/video*"), key=lambda node: (len(node.name), node.name))
    about = {node: f"sys/class/video4linux/{node.name}" for node in nodes}
    names = {
        node: asked.read(f"{folder}/name") or "unnamed"
        for node, folder in about.items()
        # A webcam's second node gives data about its pictures (uvcvideo).
        if asked.read(f"{folder}/index") in ("", "0")
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


def _csi_cameras() -> list[Finding]:
    programs = ("rpicam-hello", "libcamera-hello")
    try:
        told = output_of(programs, "--list-cameras", seconds=_LIST_SECONDS)
    except UserError as error:
        to_do = "shut down, plug the camera's ribbon in again at both ends, and start"
        return [Finding("camera", "failure", str(error), to_do)]
    return [
        Finding("camera", "ok", f"picam:{number}: {name}")
        for number, name in _CSI_CAMERA.findall(told or "")
    ]
