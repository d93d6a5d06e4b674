"""Makes `tiny.tflite.bin`: a real int8 network, small enough to commit.

    python tests/device/data/make_tiny_network.py

Needs TensorFlow, which the tests that use the file do not. Convolution, pooling, dense:
uint8 [1, 32, 32, 3] in, int8 logits [1, 4] out. The weights are random but seeded, and the
logits vary with the picture. Run again only to change the network; another TensorFlow
version may give other bytes.
"""

from collections.abc import Iterator
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

_SIDE = 32
_CLASSES = 4
_OUT = Path(__file__).with_name("tiny.tflite.bin")


def _network() -> keras.Model:
    def weights(seed: int, deviation: float) -> keras.initializers.Initializer:
        return keras.initializers.RandomNormal(0.0, deviation, seed=seed)

    return keras.Sequential(
        [
            keras.Input((_SIDE, _SIDE, 3), batch_size=1),
            keras.layers.Rescaling(1 / 127.5, -1.0),
            keras.layers.Conv2D(
                8, 3, 2, "same", activation="relu", kernel_initializer=weights(1, 0.4)
            ),
            keras.layers.MaxPooling2D(4),
            keras.layers.Flatten(),
            keras.layers.Dense(_CLASSES, kernel_initializer=weights(2, 0.4)),
        ]
    )


def _pictures() -> Iterator[list[np.ndarray]]:
    random = np.random.default_rng(0)
    for _ in range(64):
        colour = random.integers(0, 256, 3)
        grain = random.normal(0, random.uniform(0, 60), (1, _SIDE, _SIDE, 3))
        yield [np.clip(colour + grain, 0, 255).astype(np.float32)]


def main() -> None:
    """Build, quantise, write."""
    converter = tf.lite.TFLiteConverter.from_keras_model(_network())
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = _pictures
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    converter.inference_input_type = tf.uint8
    converter.inference_output_type = tf.int8
    print(_OUT.write_bytes(converter.convert()), "bytes in", _OUT)


if __name__ == "__main__":
    main()
