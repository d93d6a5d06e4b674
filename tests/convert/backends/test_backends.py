"""What every back end keeps to: one contract, whoever quantises."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from plant_convert.backends import METHODS, Backend, Dense, Method, Quantisation, quantise
from plant_convert.flatbuffer import read_contents
from plant_convert.graph import inference_graph
from plant_convert.integer_lrn import with_integer_lrn
from plant_device.classify.runtime import Runtime
from plant_device.contract.errors import UserError
from plant_device.contract.geometry import Picture
from plant_train.archs.layers import LocalResponseNormalization

SIDE, CLASSES = 24, 5
WAYS = [
    Quantisation(backend, method, dense)
    for backend, methods in METHODS.items()
    for method in methods
    for dense in Dense
]


@pytest.fixture(scope="module")
def pictures() -> list[Picture]:
    """Coarse enough for the layers to see something; with the whole range of pixels."""
    small = np.random.default_rng(3).integers(0, 256, (40, 6, 6, 3)).astype(np.uint8)
    found = [*small.repeat(4, axis=1).repeat(4, axis=2)]
    found[0][0, 0], found[0][-1, -1] = 0, 255
    return found


@pytest.fixture(scope="module")
def graph(pictures: list[Picture]) -> keras.Model:
    """A normalisation, a grouped convolution, pooling, dense layers with unequal outputs."""
    inputs = keras.Input((SIDE, SIDE, 3))
    x = keras.layers.Conv2D(16, 3, padding="same", activation="relu", name="first")(inputs)
    x = LocalResponseNormalization(5, 2e-5, 0.75, 1.0, name="norm")(x)
    x = keras.layers.MaxPooling2D(2, name="pool")(x)
    x = keras.layers.Conv2D(24, 3, groups=2, activation="relu", name="second")(x)
    x = keras.layers.Flatten(name="flat")(x)
    x = keras.layers.Dense(32, activation="relu", name="hidden")(x)
    model = keras.Model(inputs, keras.layers.Dense(CLASSES, name="logits")(x))
    rng = np.random.default_rng(2)
    weights = [
        rng.normal(size=one.shape) / np.sqrt(one.size / one.shape[-1])
        for one in model.get_weights()
    ]
    weights[4] *= np.exp(rng.normal(size=32))
    model.set_weights(weights)
    return with_integer_lrn(inference_graph(model), pictures)


@pytest.mark.parametrize("way", WAYS, ids=lambda way: f"{way.backend}-{way.method}-{way.dense}")
def test_all_is_integer_and_near_the_float_graph(
    way: Quantisation, graph: keras.Model, pictures: list[Picture]
) -> None:
    flatbuffer = quantise(graph, pictures, way)
    contents = read_contents(flatbuffer)
    assert contents.float_ops == ()
    assert set(contents.tensor_types) <= {"INT8", "INT32", "UINT8"}
    (source,), (logits,) = contents.inputs, contents.outputs
    # Raw pixels enter without rounding.
    assert (source.type, source.shape) == ("UINT8", (1, SIDE, SIDE, 3))
    assert (source.scale, source.zero_point) == (1.0, 0)
    assert (logits.type, logits.shape) == ("INT8", (1, CLASSES))
    scales = [layer.inputs[1].scale for layer in contents.layers if layer.op == "FULLY_CONNECTED"]
    assert len(scales) == 2
    assert all((scale is None) == (way.dense is Dense.PER_CHANNEL) for scale in scales)

    runtime = Runtime(flatbuffer, side=SIDE, classes=CLASSES, name="graph")
    int8 = np.stack([runtime.logits(picture) for picture in pictures])
    exact = graph.predict(np.stack(pictures).astype(np.float32), verbose=0)
    noise = np.mean((int8 - exact) ** 2) / np.mean(exact**2)
    assert 10 * np.log10(1 / noise) > (25 if way.method is Method.MIN_MAX else 20)


def test_a_method_that_a_back_end_does_not_offer_is_refused() -> None:
    with pytest.raises(
        UserError,
        match=r"the tensorflow back end \(min-max\), received mse: take --backend litert$",
    ):
        Quantisation(Backend.TENSORFLOW, Method.MSE)
