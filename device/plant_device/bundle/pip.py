"""pip of this Python, by its command line: its modules are its own affair."""

import importlib.util
import subprocess
import sys

from plant_device.contract.errors import UserError


def run_pip(*arguments: str) -> None:
    """Run it; what it says goes to stderr, where progress belongs.

    Raises:
        UserError: there is none, or it fails.
    """
    if importlib.util.find_spec("pip") is None:
        raise UserError(f"{sys.executable} has no pip: {sys.executable} -m ensurepip")
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", *arguments]
    ended = subprocess.run(command, stdout=sys.stderr, check=False)
    if ended.returncode:
        raise UserError(
            f"pip {arguments[0]} ended with exit code {ended.returncode}; its own words are above"
        )
