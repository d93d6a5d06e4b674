"""Starts TensorFlow without its greetings."""

import os

from plant_device.contract.command_line import require
from plant_device.contract.native_stderr import native_stderr_aside


def start_tensorflow() -> None:
    """Import TensorFlow and look for GPUs, whose memory it is to take as it needs it.

    What both write to stderr comes from before TensorFlow reads `TF_CPP_MIN_LOG_LEVEL`,
    names no fault, and would bury the program's own messages.

    Raises:
        UserError: TensorFlow is not installed; names the extra that brings it.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    with native_stderr_aside():
        require("tensorflow", "train")
        import tensorflow as tf

        for gpu in tf.config.list_physical_devices("GPU"):
            # Otherwise it takes all of a GPU's memory at once, also that of who works beside it.
            tf.config.experimental.set_memory_growth(gpu, True)


def make_deterministic() -> None:
    """Have TensorFlow compute the same bits for the same inputs, or fail; it may be slower."""
    import tensorflow as tf

    tf.config.experimental.enable_op_determinism()
