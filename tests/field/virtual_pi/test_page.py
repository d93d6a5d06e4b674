"""The page of an emulated Raspberry Pi, through a port of the host that leads to it."""

import io
import socket
from http import HTTPStatus

import httpx
import pytest
from PIL import Image as Picture

from virtual_pi.board import RECORDS, Board, journal_tells

pytestmark = pytest.mark.field

# An emulated board's answer comes, or it has failed; how long that takes is no matter.
_PATIENCE = 600.0
_SETTINGS = "/etc/plant-edge/settings.toml"
_NETWORK = """\
modprobe virtio_net && udevadm settle && set -- /sys/class/net/e* && name=${1##*/} &&
busybox ip address add 10.0.2.15/24 dev $name && busybox ip link set $name up"""


def test_page_and_live_frame_reach_the_host_with_the_token_and_nothing_goes_out(
    board: Board,
) -> None:
    """The service gets its page by the settings file, as docs/device-install.md says."""
    machine = board.machine
    machine.done(_NETWORK)
    machine.done(f"sed -i 's/^# listen =.*/listen = \"0.0.0.0:8080\"/' {_SETTINGS}")
    machine.done("systemctl restart plant-edge")
    machine.done(journal_tells("page: http"))
    shown = machine.done(f"runuser -u plant-edge -- plant-device token --store {RECORDS}")
    (token,) = (
        line.removeprefix("token: ") for line in shown.splitlines() if line.startswith("token: ")
    )
    with httpx.Client(base_url=board.page, timeout=_PATIENCE, trust_env=False) as browser:
        assert browser.get("/healthz").json() == {"ok": True}
        assert "<!doctype html>" in browser.get("/login").text.lower()
        assert browser.get("/").headers["location"] == "/login"
        assert browser.get("/api/v1/status").status_code == HTTPStatus.UNAUTHORIZED
        browser.headers["authorization"] = f"Bearer {token}"
        assert "<!doctype html>" in browser.get("/").text.lower()
        with browser.stream("GET", "/api/v1/live") as live:
            assert any('"state":"running"' in line for line in live.iter_lines())
        with Picture.open(io.BytesIO(browser.get("/api/v1/snapshot.jpg").content)) as frame:
            frame.load()
            assert frame.size == (640, 480)
    assert machine.done("systemctl show --value -p NRestarts plant-edge").strip() == "0"
    with socket.create_server(("0.0.0.0", 0)) as listener:
        here = f"/dev/tcp/10.0.2.2/{listener.getsockname()[1]}"
        assert machine.run(f"timeout 20 bash -c ': < {here}'").code != 0
    assert "default" not in machine.done("busybox ip route")
