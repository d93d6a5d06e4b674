"""All that is measured of a model on one data set: what `plant-train evaluate --json` prints.

Documented in docs/json.md.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from pydantic import BaseModel, ConfigDict
from scipy.special import softmax

from plant_device.classify.decision import DecisionKind, decide, predict
from plant_device.contract.classes import leaf_class
from plant_device.contract.figures import Figures
from plant_device.contract.manifest import Thresholds
from plant_train.judge.attractors import attractors
from plant_train.judge.coverage import CoveragePoint, coverage_curve
from plant_train.judge.metrics import (
    ReliabilityBin,
    confusion,
    figures,
    reliability,
    top1_among,
)
from plant_train.judge.unknown import DEVICE_SCORE, SCORES, auroc, false_accept_rate
from plant_train.judge.wilson import Interval, wilson_interval

_ANSWERS: tuple[DecisionKind, ...] = ("disease", "healthy")


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Calibration(_Part):
    """How far probabilities can be believed."""

    log_loss: float
    ece: float
    reliability: list[ReliabilityBin]


class ScoreFigures(_Part):
    """How well a score tells the data set from unknown pictures.

    `false_accepts` is the fraction of unknown pictures that pass where 95 % of the known do.
    """

    auroc: float
    false_accepts: float


class UnknownFigures(ScoreFigures):
    """The device's score on one folder of pictures that show none of the classes.

    `decisions` counts what the device would say of them: `disease` and `healthy` are wrong.
    """

    n: int
    decisions: dict[DecisionKind, int]
    scores: dict[str, ScoreFigures]

    @property
    def answered(self) -> float:
        """The fraction that the device would give a class's name."""
        return sum(self.decisions[kind] for kind in _ANSWERS) / self.n


class Evaluation(Figures):
    """The shared figures, after temperature, and all that stands behind them.

    Intervals are Wilson's at 95 %. `confusion` counts pictures, rows the true and columns the
    predicted class in the order of `classes`; `predictions` are its column sums by label.
    `decisions` counts what the device would say, `answered_top1` is the fraction of right
    answers where it names a class (null where it never does). `top1_of_present` is top-1 when
    only classes that the data set has may be named, `top1_of_crop` when only those of the
    picture's own crop may: whoever stands before a plant knows which it is. `learned_from` counts
    the pictures of another data set that had a part in making the run.
    """

    data: str
    learned_from: int
    classes: list[str]
    crops: int
    temperature: float
    thresholds: Thresholds
    top1_interval: Interval
    top1_of_present: float
    top1_of_crop: float
    recall_intervals: dict[str, Interval]
    confusion: list[list[int]]
    predictions: dict[str, int]
    attractors: list[str]
    reliability: list[ReliabilityBin]
    before_temperature: Calibration
    coverage: list[CoveragePoint]
    decisions: dict[DecisionKind, int]
    answered_top1: float | None
    unknown_score: str
    unknown: dict[str, UnknownFigures]

    @property
    def figures(self) -> Figures:
        """The shared figures alone, as the model file and the run keep them."""
        return Figures.model_validate(self.model_dump(include=set(Figures.model_fields)))

    @property
    def answered(self) -> float:
        """The fraction of pictures that the device would give a class's name."""
        return sum(self.decisions[kind] for kind in _ANSWERS) / self.n


@dataclass(frozen=True)
class Judge:
    """Whose logits are judged: a run's classes, temperature and thresholds, and the crops."""

    classes: tuple[str, ...]
    temperature: float
    thresholds: Thresholds
    crops: int = 1

    def evaluation(
        self,
        data: str,
        logits: np.ndarray,
        labels: np.ndarray,
        unknown: Mapping[str, np.ndarray] | None = None,
        learned_from: int = 0,
    ) -> Evaluation:
        """Judge logits float [n, N] against labels int [n], n >= 1.

        Args:
            data: the data set's name.
            unknown: by folder name, logits float [m >= 1, N] of pictures that show no class.
            learned_from: how many of the pictures had a part in making the run.
        """
        shared = figures(logits, labels, self.classes, self.temperature)
        uncalibrated = figures(logits, labels, self.classes)
        matrix = confusion(logits, labels, len(self.classes))
        probabilities = softmax(logits.astype(np.float64) / self.temperature, axis=1)
        confidence, correct = probabilities.max(axis=1), logits.argmax(axis=1) == labels
        decisions = self._decisions(logits)
        answered = np.isin(decisions, _ANSWERS)
        return Evaluation(
            **shared.model_dump(),
            data=data,
            learned_from=learned_from,
            classes=list(self.classes),
            crops=self.crops,
            temperature=self.temperature,
            thresholds=self.thresholds,
            top1_interval=wilson_interval(int(correct.sum()), len(labels)),
            top1_of_present=top1_among(self._present(labels), logits, labels),
            top1_of_crop=top1_among(self._of_the_crop(labels), logits, labels),
            recall_intervals={
                self.classes[label]: wilson_interval(int(matrix[label, label]), int(pictures))
                for label, pictures in enumerate(matrix.sum(axis=1))
                if pictures
            },
            confusion=matrix.tolist(),
            predictions=dict(zip(self.classes, matrix.sum(axis=0).tolist(), strict=True)),
            attractors=[self.classes[label] for label in attractors(matrix)],
            reliability=reliability(confidence, correct),
            before_temperature=Calibration(
                log_loss=uncalibrated.log_loss,
                ece=uncalibrated.ece,
                reliability=reliability(
                    softmax(logits.astype(np.float64), axis=1).max(axis=1), correct
                ),
            ),
            coverage=coverage_curve(confidence, correct),
            decisions=_counted(decisions),
            answered_top1=float(correct[answered].mean()) if answered.any() else None,
            unknown_score=DEVICE_SCORE,
            unknown={
                name: self._unknown(logits, others) for name, others in (unknown or {}).items()
            },
        )

    def _present(self, labels: np.ndarray) -> np.ndarray:
        present = np.isin(np.arange(len(self.classes)), labels)
        return np.broadcast_to(present, (len(labels), len(self.classes)))

    def _of_the_crop(self, labels: np.ndarray) -> np.ndarray:
        crops = np.array([leaf_class(label).crop for label in self.classes])
        return np.asarray(crops == crops[labels][:, np.newaxis])

    def _unknown(self, known: np.ndarray, unknown: np.ndarray) -> UnknownFigures:
        scores = {
            name: ScoreFigures(
                auroc=auroc(score(known), score(unknown)),
                false_accepts=false_accept_rate(score(known), score(unknown)),
            )
            for name, score in SCORES.items()
        }
        return UnknownFigures(
            **scores[DEVICE_SCORE].model_dump(),
            n=len(unknown),
            decisions=_counted(self._decisions(unknown)),
            scores=scores,
        )

    def _decisions(self, logits: np.ndarray) -> list[DecisionKind]:
        """What the device says of each picture, by the device's own functions."""
        classes = [leaf_class(label) for label in self.classes]
        return [
            decide(predict(row, classes, self.temperature), self.thresholds).kind for row in logits
        ]


def _counted(decisions: list[DecisionKind]) -> dict[DecisionKind, int]:
    counts = Counter(decisions)
    kinds: tuple[DecisionKind, ...] = (*_ANSWERS, "unsure", "not_leaf")
    return {kind: counts[kind] for kind in kinds}
