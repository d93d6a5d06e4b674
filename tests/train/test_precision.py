from __future__ import annotations

import re
from pathlib import Path

import keras
import pytest
import tensorflow as tf

from plant_train.precision import best_precision, chosen_precision, dtype_policy


def test_the_precision_is_one_that_keras_knows_and_comes_with_its_reason() -> None:
    chosen = best_precision()
    assert chosen.policy in {"float32", "mixed_bfloat16", "mixed_float16"}
    assert keras.DTypePolicy(chosen.policy).variable_dtype == "float32"
    assert chosen.reason


@pytest.mark.skipif(bool(tf.config.list_physical_devices("GPU")), reason="a GPU decides here")
def test_a_processor_that_names_no_bfloat16_trains_in_float32() -> None:
    words = Path("/proc/cpuinfo").read_text().split()
    named = {"avx512_bf16", "amx_bf16", "bf16"} & set(words)
    chosen = best_precision()
    if named:
        assert re.search(r"a convolution [0-9.]+ times as fast in bfloat16", chosen.reason)
    else:
        assert chosen.policy == "float32"


def test_a_precision_that_is_asked_for_is_taken() -> None:
    assert chosen_precision("float32").policy == "float32"
    assert chosen_precision("mixed_bfloat16").policy == "mixed_bfloat16"


def test_layers_are_built_under_the_policy_and_the_former_one_comes_back() -> None:
    former = keras.config.dtype_policy()
    with dtype_policy("mixed_bfloat16"):
        assert keras.layers.Dense(1).compute_dtype == "bfloat16"
    assert keras.config.dtype_policy() == former
    with pytest.raises(RuntimeError, match="fault"), dtype_policy("mixed_bfloat16"):
        raise RuntimeError("fault")
    assert keras.config.dtype_policy() == former
