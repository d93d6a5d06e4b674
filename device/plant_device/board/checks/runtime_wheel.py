"""Whether the TFLite runtime's native code runs on this processor at all."""

import importlib
import importlib.metadata

from plant_device.board.finding import Asked, Finding
from plant_device.classify.installed_runtime import RUNTIMES
from plant_device.contract.errors import UserError
from plant_device.contract.own_process import NoAnswerError, ask_apart

# A cold SD card reads slowly.
_SECONDS = 60.0


def check(asked: Asked) -> list[Finding]:
    """Import it, in a process that it may end."""
    try:
        return [Finding("runtime", "ok", ask_apart(import_runtime, seconds=_SECONDS))]
    except NoAnswerError as error:
        to_do = (
            "pip install --force-reinstall ai-edge-litert; if it stays, the wheel uses "
            "instructions that this processor does not have: try another version, or another board"
        )
        return [Finding("runtime", "failure", f"its import crashes: {error}", to_do)]
    except UserError as error:
        return [Finding("runtime", "failure", str(error), "pip install ai-edge-litert")]


def import_runtime() -> str:
    """The first runtime that imports, and its version.

    Raises:
        UserError: none does; why.
    """
    reasons = []
    for name in RUNTIMES:
        package = name.partition(".")[0]
        try:
            importlib.import_module(name)
        except ImportError as error:
            reasons.append(str(error))
            continue
        return f"{package} {version_of(package)}"
    raise UserError("; ".join(reasons))


def version_of(package: str) -> str:
    """Of an installed package."""
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "of unknown version"
