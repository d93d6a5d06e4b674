"""The pictures that an int8 model and a float32 model give different names."""

from dataclasses import dataclass

import numpy as np
from scipy.special import softmax


@dataclass(frozen=True)
class Answer:
    """A class's label, and the probability that a model gives it."""

    label: str
    probability: float


@dataclass(frozen=True)
class Disagreement:
    """A picture, by its index, what it shows, and the two models' first classes."""

    picture: int
    truth: str
    int8: Answer
    float32: Answer


def disagreements(
    float32: np.ndarray,
    int8: np.ndarray,
    labels: np.ndarray,
    classes: tuple[str, ...],
    temperatures: tuple[float, float],
) -> list[Disagreement]:
    """All disagreements, those first that the int8 model is surest of.

    Args:
        float32, int8: logits float [n, N] of the same pictures.
        labels: int [n], the true classes.
        temperatures: the float model's, the int8 model's.
    """
    answers = zip(
        _answers(int8, classes, temperatures[1]),
        _answers(float32, classes, temperatures[0]),
        strict=True,
    )
    found = [
        Disagreement(picture, classes[labels[picture]], theirs, exact)
        for picture, (theirs, exact) in enumerate(answers)
        if theirs.label != exact.label
    ]
    return sorted(found, key=lambda one: -one.int8.probability)


def _answers(logits: np.ndarray, classes: tuple[str, ...], temperature: float) -> list[Answer]:
    probabilities = softmax(logits.astype(np.float64) / temperature, axis=1)
    # The first of equal logits, as on the device.
    firsts = logits.argmax(axis=1)
    return [
        Answer(classes[first], float(row[first]))
        for first, row in zip(firsts, probabilities, strict=True)
    ]
