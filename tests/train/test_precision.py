from __future__ import annotations

from pathlib import Path

import keras
import pytest
import tensorflow as tf

from plant_train.precision import best_precision, dtype_policy


def test_the_precision_is_one_that_keras_knows_and_comes_with_its_reason() -> None:
    chosen = best_precision()
    assert chosen.policy in {"float32", "mixed_bfloat16", "mixed_float16"}
    assert keras.DTypePolicy(chosen.policy).variable_dtype == "float32"
    assert chosen.reason


@pytest.mark.skipif(bool(tf.config.list_physical_devices("GPU")), reason="a GPU decides here")
def test_without_a_gpu_it_is_bfloat16_exactly_where_the_processor_names_it() -> None:
    words = Path("/proc/cpuinfo").read_text().split()
    named = {"avx512_bf16", "amx_bf16", "bf16"} & set(words)
    assert best_precision().policy == ("mixed_bfloat16" if named else "float32")


def test_layers_are_built_under_the_policy_and_the_former_one_comes_back() -> None:
    former = keras.config.dtype_policy()
    with dtype_policy("mixed_bfloat16"):
        assert keras.layers.Dense(1).compute_dtype == "bfloat16"
    assert keras.config.dtype_policy() == former
    with pytest.raises(RuntimeError, match="fault"), dtype_policy("mixed_bfloat16"):
        raise RuntimeError("fault")
    assert keras.config.dtype_policy() == former
