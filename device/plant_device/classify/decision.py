"""From logits to a decision: pure functions, tested directly."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from plant_device.classify.runtime import Logits
from plant_device.contract.classes import NOT_LEAF, LeafClass, leaf_class
from plant_device.contract.manifest import Thresholds

TOP_K = 5

DecisionKind = Literal["disease", "healthy", "unsure", "not_leaf"]
Cause = Literal[
    "clear",
    "low_probability",
    "unlike_training",
    "too_dark",
    "too_bright",
    "blurred",
    "nothing_leaf_like",
    "frames_disagree",
]


@dataclass(frozen=True)
class Prediction:
    """What the network says of one picture.

    Args:
        top: the likeliest classes with their probabilities, best first, at most five.
        energy: logsumexp of the logits: high where the network knows the picture.
    """

    top: tuple[tuple[LeafClass, float], ...]
    energy: float


@dataclass(frozen=True)
class Decision:
    """What the device says of one picture, and why: in a word, and in words with figures."""

    kind: DecisionKind
    cause: Cause
    reason: str


def predict(logits: Logits, classes: list[LeafClass], temperature: float) -> Prediction:
    """Read logits float32 [N]: softmax(logits / temperature) in float64, top-k, energy.

    Energy is the free-energy score of Liu et al. 2020 (arXiv:2010.03759) with its sign
    turned, so that more means more like the training leaves.
    """
    exact = logits.astype(np.float64)
    probabilities = _softmax(exact / temperature)
    # A stable sort of the logits: equal int8 logits keep the classes' order, as argmax does.
    order = np.argsort(-exact, kind="stable")[:TOP_K]
    return Prediction(
        top=tuple((classes[index], float(probabilities[index])) for index in order),
        energy=float(np.logaddexp.reduce(exact)),
    )


def decide(prediction: Prediction, thresholds: Thresholds) -> Decision:
    """Name the first class, unless the network does not know the picture or wavers."""
    best, probability = prediction.top[0]
    # Not "below": what is no number at all must not be given a name.
    if not prediction.energy >= thresholds.not_leaf:
        return Decision(
            "not_leaf",
            "unlike_training",
            f"unlike the leaves of the training: energy {prediction.energy:.2f} is below "
            f"{thresholds.not_leaf:.2f}",
        )
    if not probability >= thresholds.unsure:
        told = f"probability {probability:.2f} is below {thresholds.unsure:.2f}"
        return Decision("unsure", "low_probability", told)
    kind: DecisionKind = "healthy" if best.healthy else "disease"
    return Decision(kind, "clear", f"probability {probability:.2f}")


def kind_named(label: str) -> DecisionKind:
    """The decision that a person takes who names a class, or `not_leaf`."""
    if label == NOT_LEAF:
        return NOT_LEAF
    return "healthy" if leaf_class(label).healthy else "disease"


def _softmax(values: np.ndarray) -> np.ndarray:
    powers = np.exp(values - values.max())
    return np.asarray(powers / powers.sum())
