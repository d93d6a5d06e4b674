"""The process that reads a camera, so that a driver which hangs or crashes harms nobody else.

Its supervisor writes to it: a line with the source string (not in the arguments, where every user
of the machine could read a password), then one byte for each request: `OPEN` opens the source anew,
`NEXT` asks for the newest frame, which is answered by a packet. It ends when its supervisor does.
"""

import os
import sys
import threading

from plant_device.camera.frame import Source
from plant_device.camera.newest import NewestFrame
from plant_device.camera.packets import AtEnd, Failure, write_packet
from plant_device.camera.source import open_source
from plant_device.contract.end_with_parent import end_with_parent
from plant_device.contract.errors import UserError

OPEN = b"o"
NEXT = b"n"


def main() -> None:
    """Answer requests until there are no more."""
    requests = sys.stdin.buffer
    # What libraries print belongs to nobody, and must not come among the packets.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    parent, _, text = requests.readline().decode().rstrip("\n").partition(" ")
    end_with_parent(int(parent))
    source = open_source(text)
    newest = NewestFrame(live=source.live)
    while request := requests.read(1):
        if request == OPEN:
            newest = NewestFrame(live=source.live)
            threading.Thread(target=_read, args=(source, newest), daemon=True).start()
        else:
            write_packet(answers, newest.take())


def _read(source: Source, newest: NewestFrame) -> None:
    try:
        for frame in source.frames():
            newest.put(frame)
    except UserError as error:
        newest.end(Failure(str(error)))
    except Exception as error:  # a fault of a driver's binding; the supervisor tries again
        newest.end(Failure(f"{type(error).__name__}: {error}"))
    else:
        newest.end(AtEnd())


if __name__ == "__main__":
    main()
