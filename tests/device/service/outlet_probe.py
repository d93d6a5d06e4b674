"""What an outlet runs in a test: asks as its environment says, and ends as that says."""

import os
import signal
from pathlib import Path

from plant_device.contract.errors import UserError
from plant_device.live.link import Link
from plant_device.live.orders import Say
from plant_device.live.outlet_process import run_outlet


def _work(link: Link) -> None:
    link.ask(Say(words=f"here with {link.begun['settings']}"))
    match os.environ["PROBE"]:
        case "fails":
            raise UserError("the port is taken")
        case "killed" if not Path("killed").exists():
            Path("killed").touch()
            os.kill(os.getpid(), signal.SIGKILL)
        case "floods":
            os.write(0, b"\xff" * 64)
    link.wait_for_end()


if __name__ == "__main__":
    run_outlet(_work)
