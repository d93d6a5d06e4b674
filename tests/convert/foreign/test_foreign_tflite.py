"""Foreign TFLite files with known answers: what goes in, what comes out, what is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from plant_convert.foreign.description import Description, read_normalisation
from plant_convert.foreign.tflite import ForeignClassifier
from plant_convert.metadata import with_metadata
from plant_convert.schema.metadata import (
    ModelMetadata,
    NormalizationOptions,
    ProcessUnit,
    SubGraphMetadata,
    TensorMetadata,
)
from plant_device.classify.classifier import Look
from plant_device.contract.errors import UserError

ToTFLite = Callable[..., bytes]

RGB = Description(("red", "green", "blue"))
CENTRED = Description(RGB.labels, read_normalisation("127.5", "127.5"))
# A picture that no crop and no scaling changes.
COLOUR = np.array([200, 100, 20], np.uint8)
PICTURE = np.full((18, 18, 3), COLOUR)
WHOLE_RANGE = [np.full((16, 16, 3), grey) for grey in (0.0, 100.0, 255.0)]


def mean_colour(pixels: tf.Tensor) -> tf.Tensor:
    """A classifier whose logits are known: a picture's mean red, green and blue."""
    return tf.reduce_mean(pixels, (1, 2))


def mean_centred(pixels: tf.Tensor) -> tf.Tensor:
    """The same for a network that takes values of -1 to 1."""
    kernel = 127.5 * np.eye(3, dtype=np.float32)[np.newaxis, np.newaxis]
    return mean_colour(tf.nn.bias_add(tf.nn.conv2d(pixels, kernel, 1, "VALID"), [127.5] * 3))


def likely_colour(pixels: tf.Tensor) -> tf.Tensor:
    """The same as probabilities."""
    return tf.nn.softmax(mean_colour(pixels) / 100)


def test_float_logits_are_taken_as_they_are(to_tflite: ToTFLite) -> None:
    classifier = ForeignClassifier(to_tflite(mean_colour), "mean.tflite", RGB)
    logits = classifier.logits(PICTURE)
    assert logits.dtype == np.float32
    np.testing.assert_allclose(logits, COLOUR, rtol=1e-6)
    assert classifier.assumed.startswith(
        "mean.tflite is taken for a network of float32 RGB 16 x 16, the centre of 18 x 18 "
        "(--stored-side for another), raw pixels 0…255"
    )
    assert "It gives logits as float32" in classifier.assumed


def test_a_free_batch_axis_is_one_picture(to_tflite: ToTFLite) -> None:
    flatbuffer = to_tflite(mean_colour, (None, 16, 16, 3))
    np.testing.assert_allclose(ForeignClassifier(flatbuffer, "", RGB).logits(PICTURE), COLOUR)


def test_floats_are_normalised_as_described(to_tflite: ToTFLite) -> None:
    classifier = ForeignClassifier(to_tflite(mean_centred), "", CENTRED)
    np.testing.assert_allclose(classifier.logits(PICTURE), COLOUR, rtol=1e-5)
    assert "pixels less 127.5 over 127.5 (" in classifier.assumed


@pytest.mark.parametrize(
    ("ends", "description"),
    [
        ((tf.uint8, tf.int8), RGB),
        ((tf.int8, tf.uint8), RGB),
        # The same pixels, reckoned by the input's scale.
        ((tf.int8, tf.float32), CENTRED),
        ((tf.uint8, tf.uint8), CENTRED),
    ],
)
def test_quantised_inputs_are_raw_pixels_or_what_their_scale_says(
    to_tflite: ToTFLite, ends: tuple[tf.DType, tf.DType], description: Description
) -> None:
    centred = [grey / 127.5 - 1 for grey in WHOLE_RANGE]
    flatbuffer = to_tflite(mean_centred, representative=centred, ends=ends)
    logits = ForeignClassifier(flatbuffer, "", description).logits(PICTURE)
    # A step of each end.
    np.testing.assert_allclose(logits, COLOUR, atol=2)


def test_of_probabilities_the_logarithm_is_judged(to_tflite: ToTFLite) -> None:
    expected = tf.nn.softmax(COLOUR.astype(np.float32) / 100).numpy()
    exact = ForeignClassifier(to_tflite(likely_colour), "", RGB)
    np.testing.assert_allclose(np.exp(exact.logits(PICTURE)), expected, rtol=1e-5)
    assert "It gives probabilities" in exact.assumed
    flatbuffer = to_tflite(likely_colour, representative=WHOLE_RANGE, ends=(tf.uint8, tf.int8))
    rounded = ForeignClassifier(flatbuffer, "", RGB)
    np.testing.assert_allclose(np.exp(rounded.logits(PICTURE)), expected, atol=1.5 / 256)
    assert "It gives probabilities as int8" in rounded.assumed


def test_a_probability_that_was_rounded_to_nothing_is_half_a_step(to_tflite: ToTFLite) -> None:
    flatbuffer = to_tflite(
        lambda pixels: tf.nn.softmax(mean_colour(pixels)),
        representative=[*WHOLE_RANGE, PICTURE[:16, :16]],
        ends=(tf.uint8, tf.uint8),
    )
    logits = ForeignClassifier(flatbuffer, "", RGB).logits(PICTURE)
    np.testing.assert_allclose(np.exp(logits), [255 / 256, 1 / 512, 1 / 512])


def test_floats_are_normalised_as_the_metadata_say_unless_it_is_told(to_tflite: ToTFLite) -> None:
    def said(mean: tuple[float, ...], std: tuple[float, ...]) -> bytes:
        unit = ProcessUnit(NormalizationOptions(mean, std))
        tensors = (TensorMetadata(process_units=(unit,)),)
        block = ModelMetadata(subgraph_metadata=(SubGraphMetadata(input_tensor_metadata=tensors),))
        return with_metadata(to_tflite(mean_centred), block)

    for channels in (1, 3):
        classifier = ForeignClassifier(said((127.5,) * channels, (127.5,) * channels), "", RGB)
        np.testing.assert_allclose(classifier.logits(PICTURE), COLOUR, rtol=1e-5)
        assert "pixels less 127.5 over 127.5 (" in classifier.assumed
    # A told one goes before a wrong one.
    wrong = said((1.0,), (2.0,))
    np.testing.assert_allclose(ForeignClassifier(wrong, "", CENTRED).logits(PICTURE), COLOUR, 1e-5)
    strange: list[tuple[tuple[float, ...], tuple[float, ...]]]
    strange = [((), (1.0,)), ((0.0,), (0.0,)), ((float("nan"),), (1.0,)), ((1.0, 2.0), (1.0,))]
    for mean, std in strange:
        with pytest.raises(UserError, match=r"^expected one number or three to normalise with in"):
            ForeignClassifier(said(mean, std), "it.tflite", RGB)


def test_it_names_a_class_for_every_picture(to_tflite: ToTFLite) -> None:
    described = Description(("Tomato___healthy", "Tomato___rust", "blue"))
    classifier = ForeignClassifier(to_tflite(likely_colour), "", described)
    outcome = classifier.outcome(classifier.look(PICTURE))
    (best, probability), *_ = outcome.prediction.top
    assert (best.text, outcome.decision.kind) == ("Tomato: healthy", "healthy")
    assert probability == pytest.approx(np.e**2 / (np.e**2 + np.e + np.e**0.2))
    blue = np.array([0, 0, 0], np.float32)
    assert classifier.outcome(Look(blue, ms=1.0)).decision.kind == "healthy"


@pytest.mark.parametrize(
    ("network", "options", "sentence"),
    [
        (tf.nn.relu, {"shape": (1, 3)}, r"one RGB picture of a fixed square.* takes \[1, 3\]"),
        (mean_colour, {"shape": (1, 16, 24, 3)}, r"takes \[1, 16, 24, 3\]"),
        (
            lambda pixels: tf.reduce_mean(pixels, (2, 3)),
            {"shape": (1, 3, 16, 16)},
            r"takes \[1, 3, 16, 16\]",
        ),
        (mean_colour, {"shape": (1, None, None, 3)}, r"takes \[1, -1, -1, 3\]"),
        (mean_colour, {"shape": (4, 16, 16, 3)}, r"takes \[4, 16, 16, 3\]"),
        (
            lambda pixels: mean_colour(pixels)[:, :2],
            {},
            r"for each of the 3 labels, \[1, 3\], it.tflite gives \[1, 2\]",
        ),
        (
            lambda pixels: (mean_colour(pixels), mean_centred(pixels)),
            {},
            "with one output, it.tflite has 2",
        ),
        (
            lambda pixels: mean_colour(tf.cast(pixels, tf.float32)),
            {"dtype": tf.int32},
            "an input of uint8, int8 or float32, it.tflite has int32",
        ),
        (
            lambda pixels: mean_colour(tf.image.adjust_hue(pixels, 0.1)),
            {"ops": (tf.lite.OpsSet.TFLITE_BUILTINS, tf.lite.OpsSet.SELECT_TF_OPS)},
            "own ops alone, which every runtime has, it.tflite has FlexAdjustHue: convert it again",
        ),
        (
            lambda pixels: mean_colour(pixels) / tf.reduce_sum(0 * pixels),
            {},
            "expected finite numbers from it.tflite",
        ),
    ],
)
def test_what_is_no_such_classifier_is_refused(
    to_tflite: ToTFLite,
    network: Callable[[tf.Tensor], tf.Tensor],
    options: dict[str, Any],
    sentence: str,
) -> None:
    with pytest.raises(UserError, match=sentence):
        ForeignClassifier(to_tflite(network, **options), "it.tflite", RGB)


def test_damaged_files_and_others_are_refused(to_tflite: ToTFLite) -> None:
    flatbuffer = to_tflite(mean_colour)
    for content, sentence in [
        (b"", "expected a TFLite model, received it.tflite"),
        (b"something else", "expected a TFLite model, received it.tflite"),
        (flatbuffer[: len(flatbuffer) // 2], "expected a TFLite model, received it.tflite"),
        (flatbuffer[:8] + bytes(len(flatbuffer) - 8), "it.tflite"),
    ]:
        with pytest.raises(UserError, match=sentence):
            ForeignClassifier(content, "it.tflite", RGB)


def test_a_tensor_beyond_all_memory_is_refused_before_it_is_made(to_tflite: ToTFLite) -> None:
    flatbuffer = to_tflite(mean_colour)
    sides = np.array([1, 16, 16, 3], "<i4").tobytes()
    vast = np.array([1, 16, 1 << 24, 3], "<i4").tobytes()
    assert sides in flatbuffer
    with pytest.raises(UserError, match="expected tensors of at most 268,435,456 values"):
        ForeignClassifier(flatbuffer.replace(sides, vast), "it.tflite", RGB)
