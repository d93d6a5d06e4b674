"""Whether the source gives a frame."""

import time

from plant_device.board.finding import Asked, Finding
from plant_device.contract.errors import UserError
from plant_device.contract.own_process import NoAnswerError, ask_apart

_SECONDS = 15.0


def check(asked: Asked) -> list[Finding]:
    """Open the source as `run` does, and expect a frame."""
    if asked.source is None:
        return []
    try:
        told = ask_apart(first_frame, asked.source, _SECONDS, seconds=2 * _SECONDS)
    except NoAnswerError as error:
        to_do = "plug the camera in again; restart the machine if it stays: its driver hangs"
        return [Finding("source", "failure", str(error), to_do)]
    except UserError as error:
        to_do = "look at the camera's plug, name and address: docs/cameras.md has each kind"
        return [Finding("source", "failure", str(error), to_do)]
    return [Finding("source", "ok", told)]


def first_frame(source: str, seconds: float) -> str:
    """Size of a source's first frame, and after how long it came.

    Raises:
        UserError: none comes.
    """
    from plant_device.camera.states import FAULTS, CameraStatus
    from plant_device.camera.supervisor import Patience, SupervisedCamera

    def stop_at_fault(status: CameraStatus) -> None:
        if status.state in FAULTS:
            raise UserError(f"{status.state}: {status.cause}")

    def stop_at_damage(reason: str) -> None:
        raise UserError(reason)

    start = time.monotonic()
    camera = SupervisedCamera(
        source, Patience(opening=seconds), stop_at_fault, damaged=stop_at_damage
    )
    frames = camera.frames()
    try:
        for frame in frames:
            height, width = frame.picture.shape[:2]
            return f"{width} x {height} pixels, the first after {time.monotonic() - start:.1f} s"
    finally:
        frames.close()
    raise UserError("it ended before its first frame")
