"""GStreamer's RTSP server, by the system's Python, which has its bindings."""

import subprocess
from pathlib import Path

_SYSTEM_PYTHON = "/usr/bin/python3"
_PROGRAM = """
import sys, gi
gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtspServer
Gst.init(None)
server = GstRtspServer.RTSPServer(address="127.0.0.1", service=sys.argv[1])
factory = GstRtspServer.RTSPMediaFactory()
factory.set_launch(
    "( videotestsrc is-live=true pattern=ball "
    "! video/x-raw,format=I420,width=320,height=240,framerate=25/1 "
    "! jpegenc ! rtpjpegpay name=pay0 pt=26 )"
)
factory.set_shared(True)
server.get_mount_points().add_factory("/leaf", factory)
server.attach(None)
GLib.MainLoop().run()
"""


def rtsp_server_is_there() -> bool:
    """Whether its bindings are installed."""
    if not Path(_SYSTEM_PYTHON).exists():
        return False
    probe = "import gi; gi.require_version('GstRtspServer', '1.0')"
    return not subprocess.run(
        [_SYSTEM_PYTHON, "-c", probe], capture_output=True, check=False
    ).returncode


def rtsp_server(port: int) -> list[str]:
    """The command of a camera at rtsp://127.0.0.1:PORT/leaf: 320 x 240, 25 a second."""
    return [_SYSTEM_PYTHON, "-c", _PROGRAM, str(port)]
