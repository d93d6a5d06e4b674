"""Whether an int8 model may take the float model's place: the figures, and the limits."""

from dataclasses import dataclass

import numpy as np

from plant_device.contract.figures import Figures
from plant_train.judge.metrics import agreement, figures


@dataclass(frozen=True)
class Limits:
    """The most that quantisation may cost, as fractions of 1."""

    min_agreement: float = 0.985
    max_macro_f1_drop: float = 0.005


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
    def worst_class(self) -> str:
        """The class whose F1 fell the most."""
        return max(
            self.float32.per_class,
            key=lambda label: self.float32.per_class[label].f1 - self.int8.per_class[label].f1,
        )


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

    One picture's disagreement is always forgiven, and the macro F1 that it alone could cost:
    fewer pictures than that cannot show a difference.
    """
    found: list[str] = []
    n = comparison.float32.n
    differing = round((1 - comparison.agreement) * n)
    if differing > 1 and comparison.agreement < limits.min_agreement:
        found.append(
            f"top-1 agreement {comparison.agreement:.2%} on {n} pictures, "
            f"at least {limits.min_agreement:.2%} expected"
        )
    if differing > 1 and comparison.macro_f1_drop > limits.max_macro_f1_drop:
        found.append(
            f"macro F1 falls by {comparison.macro_f1_drop:.4f}, at most "
            f"{limits.max_macro_f1_drop:.4f} expected; most in {comparison.worst_class}"
        )
    return found
