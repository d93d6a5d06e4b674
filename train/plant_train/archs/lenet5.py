"""LeNet-5 (LeCun et al. 1998) at 32 x 32 in colour: AlexNet's ancestor.

For teaching, and for tests that walk the whole path in seconds.
"""

import keras
from keras import layers

from plant_device.contract.geometry import Geometry
from plant_train.archs.architecture import Architecture, Options


def _build(classes: int, options: Options) -> keras.Model:
    # --- the graph
    inputs = keras.Input((32, 32, 3), name="picture")
    x = layers.Rescaling(1 / 64, offset=[-2.0, -2.0, -2.0], name="mean")(inputs)
    x = layers.Conv2D(6, 5, activation="relu", name="c1")(x)
    x = layers.MaxPooling2D(2, name="s2")(x)
    x = layers.Conv2D(16, 5, activation="relu", name="c3")(x)
    x = layers.MaxPooling2D(2, name="s4")(x)
    x = layers.Flatten(name="flatten")(x)
    x = layers.Dense(120, activation="relu", name="c5")(x)
    x = layers.Dense(84, activation="relu", name="f6")(x)
    logits = layers.Dense(classes, dtype="float32", name="output")(x)
    # --- the configuration
    return keras.Model(inputs, logits, name="lenet5")


LENET5 = Architecture(
    name="lenet5",
    geometry=Geometry(input_side=32, stored_side=36),
    options=Options,
    build=_build,
    groups=(("c1",), ("c3",), ("c5",), ("f6",), ("output",)),
    features="flatten",
    head="c5",
    weights=(),
    reset=("f6", "output"),
)
