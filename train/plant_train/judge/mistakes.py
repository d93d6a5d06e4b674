"""The wrong answers that a model was surest of."""

from dataclasses import dataclass

import numpy as np
from scipy.special import softmax


@dataclass(frozen=True)
class Mistake:
    """A picture, by its index, and its answer's and its true class's index and probability."""

    picture: int
    answer: int
    answer_probability: float
    truth: int
    truth_probability: float


def most_confident_mistakes(
    logits: np.ndarray, labels: np.ndarray, temperature: float, most: int
) -> list[Mistake]:
    """At most `most` wrong answers to logits float [n, N], the surest first."""
    probabilities = softmax(logits.astype(np.float64) / temperature, axis=1)
    answers = logits.argmax(axis=1)
    wrong = np.flatnonzero(answers != labels)
    surest = wrong[np.argsort(-probabilities[wrong, answers[wrong]], kind="stable")][:most]
    return [
        Mistake(
            picture=int(index),
            answer=int(answers[index]),
            answer_probability=float(probabilities[index, answers[index]]),
            truth=int(labels[index]),
            truth_probability=float(probabilities[index, labels[index]]),
        )
        for index in surest
    ]
