"""The start and the end of a process that shows the device, at the far end of an outlet."""

import socket
import sys
from collections.abc import Callable

from plant_device.contract.end_with_parent import end_with_parent
from plant_device.contract.errors import UserError
from plant_device.live.link import Link


def run_outlet(work: Callable[[Link], None]) -> None:
    """Do the work on the link that standard input is, until it returns; the main of such a process.

    What a user can mend is told to the service, and the process ends.
    """
    channel = socket.socket(fileno=sys.stdin.fileno())
    link = Link(channel)
    end_with_parent(int(link.begun["parent"]))
    try:
        work(link)
    except UserError as error:
        link.fail(str(error))
        sys.exit(error.exit_code)
    except EOFError:
        # The service is gone, and so is the reason to be.
        sys.exit()
