"""A program of the board's system, if it is there."""

import shutil
import subprocess

from plant_device.contract.errors import UserError


def output_of(names: tuple[str, ...], *arguments: str, seconds: float) -> str | None:
    """What the first of the programs that is installed prints; None where none is.

    Raises:
        UserError: it hangs, and was ended.
    """
    program = next(filter(None, map(shutil.which, names)), None)
    if program is None:
        return None
    command = [program, *arguments]
    try:
        told = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise UserError(f"{' '.join(command)} gives no answer within {seconds:g} s") from None
    return told.stdout.strip()
