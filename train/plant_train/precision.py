"""Mixed precision by what the processor or GPU is good at."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import keras
import tensorflow as tf

# As /proc/cpuinfo names them: x86-64's two, aarch64's one.
_BFLOAT16_FLAGS = ("avx512_bf16", "amx_bf16", "bf16")


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
    for flag in _BFLOAT16_FLAGS:
        if flag in flags:
            return Precision("mixed_bfloat16", f"the processor has {flag}")
    return Precision("float32", "the processor has no bfloat16 arithmetic")


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
