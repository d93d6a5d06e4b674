"""Whether the TFLite runtime's native code runs on this processor, and with this NumPy."""

import base64
import importlib
import importlib.metadata

from plant_device.board.finding import Asked, Finding
from plant_device.classify.installed_runtime import RUNTIMES
from plant_device.contract.errors import REFUSED, UserError
from plant_device.contract.native_stderr import native_stderr_aside
from plant_device.contract.own_process import NoAnswerError, ask_apart

# A cold SD card reads slowly.
_SECONDS = 60.0
# A whole TFLite model of version 3: one graph without an operator. tflite-runtime 2.14 imports with
# NumPy 2 and fails only at a sound model.
_EMPTY_NETWORK = base64.b64decode(
    "GAAAAFRGTDMAAA4AFAAQAAwACAAAAAQADgAAABAAAAAcAAAAUAAAAAMAAAABAAAACAAAAAQABAAEAAAAAQAAABAAAA"
    "AMABQAEAAMAAgABAAMAAAAEAAAABAAAAAQAAAAEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
)


def check(asked: Asked) -> list[Finding]:
    """Start it, in a process that it may end."""
    try:
        return [Finding("runtime", "ok", ask_apart(start_runtime, seconds=_SECONDS))]
    except NoAnswerError as error:
        to_do = (
            "pip install --force-reinstall ai-edge-litert; if it stays, the wheel uses "
            "instructions that this processor does not have: try another version, or another board"
        )
        return [Finding("runtime", "failure", f"it crashes: {error}", to_do)]
    except UserError as error:
        mending = "pip install ai-edge-litert"
        if error.exit_code == REFUSED:
            mending = f"pip install 'numpy<2', which old runtimes need, or {mending}"
        return [Finding("runtime", "failure", str(error), mending)]


def start_runtime() -> str:
    """Run an empty network on the first runtime that imports.

    Returns:
        Its name and version.

    Raises:
        UserError: none imports, each with its reason; with `REFUSED`: it imports, but does not run.
    """
    reasons = []
    for name in RUNTIMES:
        package = name.partition(".")[0]
        try:
            module = importlib.import_module(name)
        except ImportError as error:
            reasons.append(str(error))
            continue
        told = f"{package} {_version_of(package)}"
        try:
            with native_stderr_aside():
                interpreter = module.Interpreter(model_content=_EMPTY_NETWORK)
                interpreter.allocate_tensors()
                interpreter.invoke()
        except Exception as error:
            reason = f"{told} does not run with NumPy {_version_of('numpy')}: {error}"
            raise UserError(reason, exit_code=REFUSED) from None
        return told
    raise UserError("; ".join(reasons))


def _version_of(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "of unknown version"
