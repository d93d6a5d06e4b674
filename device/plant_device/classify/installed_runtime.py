"""Which TFLite runtime is installed."""

import importlib
from contextlib import suppress
from typing import Any

from plant_device.contract.errors import UserError

# In the order of preference; the second is what Python <= 3.11 may have had for years.
RUNTIMES = ("ai_edge_litert.interpreter", "tflite_runtime.interpreter")


def runtime_module() -> Any:
    """The module of the installed runtime's interpreter.

    Raises:
        UserError: none is installed.
    """
    for name in RUNTIMES:
        # An installed one may still not import: its wheel may be for another glibc.
        with suppress(ImportError):
            return importlib.import_module(name)
    raise UserError(
        "expected ai-edge-litert or tflite-runtime, received neither: pip install ai-edge-litert"
    )


def runtime_name() -> str:
    """The package that runs networks here: `ai_edge_litert` or `tflite_runtime`.

    Raises:
        UserError: none is installed.
    """
    return str(runtime_module().__name__.partition(".")[0])
