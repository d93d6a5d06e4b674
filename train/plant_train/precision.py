"""Mixed precision by what the processor or GPU is good at."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import keras
import tensorflow as tf

# As /proc/cpuinfo names them: x86-64's two, aarch64's one.
_BFLOAT16_FLAGS = ("avx512_bf16", "amx_bf16", "bf16")
# Half the digits are worth it for no less.
_LEAST_GAIN = 1.1
_TIMED_RUNS = 3


@dataclass(frozen=True)
class Precision:
    """A Keras dtype policy, and what it was chosen for."""

    policy: str
    reason: str


def best_precision() -> Precision:
    """The fastest policy that trains alike: weights stay float32 in each."""
    gpus = tf.config.list_physical_devices("GPU")
    if gpus:
        details = tf.config.experimental.get_device_details(gpus[0])
        name = details.get("device_name", "GPU")
        capability = details.get("compute_capability", (0, 0))
        # Tensor cores take float16 from Volta (7.0) on, bfloat16 from Ampere (8.0) on.
        if capability >= (8, 0):
            return Precision("mixed_bfloat16", name)
        return Precision("mixed_float16" if capability >= (7, 0) else "float32", name)
    flags = _processor_flags()
    flag = next((flag for flag in _BFLOAT16_FLAGS if flag in flags), None)
    if flag is None:
        return Precision("float32", "the processor has no bfloat16 arithmetic")
    # The flag says that there are such instructions, not that they are fast: of two processors
    # with avx512_bf16 one trained AlexNet twice as fast with them, the other 1.4 times slower.
    gain = _convolution_seconds(tf.float32) / _convolution_seconds(tf.bfloat16)
    measured = f"{flag}, a convolution {gain:.1f} times as fast in bfloat16"
    return Precision("mixed_bfloat16" if gain >= _LEAST_GAIN else "float32", measured)


def chosen_precision(wanted: str) -> Precision:
    """The Keras policy of that name, or with `best` the fastest one."""
    return best_precision() if wanted == "best" else Precision(wanted, "as the recipe says")


@contextmanager
def dtype_policy(policy: str) -> Iterator[None]:
    """Build layers under a policy, and put the former one back."""
    former = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(former)


def in_float32(model: keras.Model) -> keras.Model:
    """The same network, which computes in float32 whatever its layers' policies were."""
    if all(layer.compute_dtype == layer.variable_dtype == "float32" for layer in model.layers):
        return model

    def clone(layer: keras.layers.Layer) -> keras.layers.Layer:
        return type(layer).from_config({**layer.get_config(), "dtype": "float32"})

    twin = keras.models.clone_model(model, clone_function=clone)
    twin.set_weights(model.get_weights())
    return twin


def _convolution_seconds(dtype: tf.DType) -> float:
    """The shortest of a few forward and backward passes of a layer like AlexNet's conv3."""
    pictures = tf.ones((16, 13, 13, 256), dtype)
    kernel = tf.ones((3, 3, 256, 384), dtype)

    @tf.function
    def passes(pictures: tf.Tensor, kernel: tf.Tensor) -> list[tf.Tensor]:
        with tf.GradientTape() as tape:
            tape.watch([pictures, kernel])
            features = tf.nn.conv2d(pictures, kernel, 1, "SAME")
        return list(tape.gradient(features, [pictures, kernel]))

    def seconds() -> float:
        start = time.perf_counter()
        passes(pictures, kernel)[-1].numpy()
        return time.perf_counter() - start

    seconds()  # Compiles.
    return min(seconds() for _ in range(_TIMED_RUNS))


def _processor_flags() -> frozenset[str]:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return frozenset()
    return frozenset(
        flag
        for line in lines
        if line.lower().startswith(("flags", "features"))
        for flag in line.partition(":")[2].split()
    )
