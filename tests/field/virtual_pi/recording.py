"""A service that keeps records as fast as the machine can, and acknowledges each of them."""

import json
from pathlib import Path
from typing import NamedTuple

from virtual_pi.disk_files import put_file
from virtual_pi.guest_files import ACKNOWLEDGED_CONSOLE

STATE = "/var/lib/plant-edge"
_DROP_IN = "/etc/systemd/system/plant-edge.service.d/local.conf"
# A look without end of looks: each ends as soon as two frames say the same. A line whose answer
# counts is printed after its record was kept.
_AT_FULL_RATE = f"""\
[Service]
ExecStart=
ExecStart=/opt/plant-edge/current/bin/plant-device run --config /etc/plant-edge/settings.toml \
--mode interval --every 0.001 --steady 0.05 --source usb:0#size=320x180 --json
StandardOutput=file:{ACKNOWLEDGED_CONSOLE}
StandardError=journal
DeviceAllow={ACKNOWLEDGED_CONSOLE} rw
"""


class Acknowledged(NamedTuple):
    """What tells a record from every other, in its line and in the store."""

    frame: int
    ms: float
    energy: float


def record_at_full_rate(disk: Path) -> None:
    """Have the service of a disk do so from its next start on."""
    put_file(disk, _DROP_IN, _AT_FULL_RATE.encode())


def acknowledged_records(lines: bytes) -> list[Acknowledged]:
    """Those whose lines arrived before the cut, the last of which may be half."""
    complete, _, _ = lines.rpartition(b"\n")
    told = [json.loads(line) for line in complete.splitlines() if line.strip()]
    return [
        Acknowledged(line["frame"], line["ms"], line["energy"])
        for line in told
        if line["shown"]["concluded"]
    ]
