"""Whether an int8 model may take the float model's place: the figures, and the limits."""

from dataclasses import dataclass

import numpy as np

from plant_device.contract.figures import Figures
from plant_device.contract.manifest import Gate, RecallDrop
from plant_train.judge.metrics import agreement, figures

# Of a class; then one picture moves macro F1 of 38 classes by 0.3 points at most.
_JUDGED = 10
# Of the classes that lost most.
_NAMED = 3


@dataclass(frozen=True)
class Limits:
    """The most that quantisation may cost, as fractions of 1.

    Args:
        max_recall_drop: of a class that has at least 1 / max_recall_drop pictures; at 0 of all.
    """

    min_agreement: float = 0.99
    max_macro_f1_drop: float = 0.003
    max_recall_drop: float = 0.02


@dataclass(frozen=True)
class Comparison:
    """Both models on the same pictures."""

    float32: Figures
    int8: Figures
    agreement: float

    @property
    def macro_f1_drop(self) -> float:
        """What the int8 model lost; negative where it gained."""
        return self.float32.macro_f1 - self.int8.macro_f1

    @property
    def recall_drops(self) -> dict[str, float]:
        """What the int8 model lost of each class's recall; negative where it gained."""
        return {
            name: figures.recall - self.int8.per_class[name].recall
            for name, figures in self.float32.per_class.items()
        }

    @property
    def fallen_classes(self) -> list[str]:
        """The classes whose F1 fell, the most first."""
        falls = {
            label: figures.f1 - self.int8.per_class[label].f1
            for label, figures in self.float32.per_class.items()
        }
        return sorted((label for label in falls if falls[label] > 0), key=lambda one: -falls[one])


def pictures_to_add(held_out: np.ndarray, training: np.ndarray, classes: int) -> list[int]:
    """Training pictures by which classes with few held-out ones are judged too.

    One picture of a class that has no other is all of its F1. How alike two models answer can be
    seen on pictures that both have seen, too.

    Args:
        held_out, training: labels, int [n].

    Returns:
        indices into `training`, spread over each such class, that make `_JUDGED` pictures of it
        or all that there are.
    """
    found: list[int] = []
    for label in range(classes):
        missing = _JUDGED - int(np.count_nonzero(held_out == label))
        known = np.flatnonzero(training == label)
        if missing > 0 and len(known):
            spread = np.linspace(0, len(known) - 1, min(missing, len(known))).round().astype(int)
            found += known[spread].tolist()
    return found


def compare(
    float32: np.ndarray,
    int8: np.ndarray,
    labels: np.ndarray,
    classes: tuple[str, ...],
    temperatures: tuple[float, float],
) -> Comparison:
    """Compare logits float [n, N] of the float model and of the int8 model.

    Args:
        temperatures: the float model's, the int8 model's.
    """
    return Comparison(
        figures(float32, labels, classes, temperatures[0]),
        figures(int8, labels, classes, temperatures[1]),
        agreement(float32, int8),
    )


def refusals(comparison: Comparison, limits: Limits) -> list[str]:
    """Which limits are broken, in words; empty where none is.

    One picture's disagreement is forgiven, and the macro F1 that it alone could cost: fewer
    pictures than that cannot show a difference. But a limit of nothing at all means it.
    """
    found: list[str] = []
    n = comparison.float32.n
    several = round((1 - comparison.agreement) * n) > 1
    if comparison.agreement < limits.min_agreement and (several or limits.min_agreement == 1):
        found.append(
            f"top-1 agreement {comparison.agreement:.2%} on {n} pictures, "
            f"at least {limits.min_agreement:.2%} expected"
        )
    if comparison.macro_f1_drop > limits.max_macro_f1_drop and (
        several or limits.max_macro_f1_drop == 0
    ):
        found.append(
            f"macro F1 falls by {comparison.macro_f1_drop * 100:.2f} points, at most "
            f"{limits.max_macro_f1_drop * 100:g} expected"
        )
    fallen = comparison.fallen_classes[:_NAMED]
    if found and fallen:
        found[-1] += f"; F1 falls most of {', '.join(fallen)}"
    found += [
        f"recall of {name} falls by {drop * 100:.2f} points, at most "
        f"{limits.max_recall_drop * 100:g} expected"
        for name, drop in _told_recall_drops(comparison, limits).items()
        if drop > limits.max_recall_drop
    ]
    return found


def gate_record(comparison: Comparison, limits: Limits, from_training: int) -> Gate:
    """What a model file says of the limits and of what was found, kept or broken.

    Args:
        from_training: how many of the pictures are training pictures.
    """
    drops = _told_recall_drops(comparison, limits)
    worst = max(drops, key=lambda label: drops[label], default=None)
    return Gate(
        n=comparison.float32.n,
        from_training=from_training,
        agreement=comparison.agreement,
        min_agreement=limits.min_agreement,
        macro_f1_drop=comparison.macro_f1_drop,
        max_macro_f1_drop=limits.max_macro_f1_drop,
        greatest_recall_drop=RecallDrop(label=worst, drop=drops[worst]) if worst else None,
        max_recall_drop=limits.max_recall_drop,
    )


def _told_recall_drops(comparison: Comparison, limits: Limits) -> dict[str, float]:
    """Those of classes in which a single picture does not break the limit."""
    return {
        name: drop
        for name, drop in comparison.recall_drops.items()
        if not limits.max_recall_drop
        or comparison.float32.per_class[name].support * limits.max_recall_drop >= 1
    }
