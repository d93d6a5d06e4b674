"""A device proves its arithmetic on the model file's own vectors before it trusts it."""

import numpy as np

from plant_device.classify.runtime import Runtime
from plant_device.contract.command_line import say
from plant_device.contract.errors import REFUSED, UserError
from plant_device.contract.model_file import ModelFile

# tflite-runtime 2.14 differs from ai-edge-litert 2.3 by up to 5 int8 steps on sound models;
# a broken kernel (QEMU's SME was one) is off by far more and names other classes.
CLOSE_STEPS = 8


def largest_step(model: ModelFile, runtime: Runtime) -> int:
    """The largest difference, in int8 steps, between expected and computed logits."""
    return max(
        int(np.abs(runtime.quantised_logits(test.picture).astype(int) - test.logits).max())
        for test in model.self_tests
    )


def check_arithmetic(model: ModelFile, runtime: Runtime) -> int:
    """Run the self-test vectors. Equal is silent; close is said on stderr.

    Returns:
        The largest difference, in int8 steps.

    Raises:
        UserError: a logit is off by more than `CLOSE_STEPS` int8 steps.
    """
    steps = largest_step(model, runtime)
    if steps > CLOSE_STEPS:
        raise UserError(
            f"{model.name} fails its self-test on this machine: a logit is {steps} int8 steps off, "
            f"at most {CLOSE_STEPS} are tolerated; the runtime or the processor computes wrongly",
            exit_code=REFUSED,
        )
    if steps:
        say(f"note: {model.name}: logits differ from its self-test by up to {steps} int8 steps")
    return steps
