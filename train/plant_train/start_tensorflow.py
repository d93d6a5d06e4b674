"""Starts TensorFlow without its greetings."""

import os
import tempfile

from plant_device.contract.command_line import require


def start_tensorflow() -> None:
    """Import TensorFlow and look for GPUs, keeping what both write to stderr aside.

    The messages come from before TensorFlow reads `TF_CPP_MIN_LOG_LEVEL`, and name no
    fault; without this, they bury the program's own.

    Raises:
        UserError: TensorFlow is not installed; names the extra that brings it.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    stderr = os.dup(2)
    with tempfile.TemporaryFile() as aside:
        os.dup2(aside.fileno(), 2)
        try:
            require("tensorflow", "train")
            import tensorflow as tf

            tf.config.list_physical_devices("GPU")
        finally:
            os.dup2(stderr, 2)
            os.close(stderr)
