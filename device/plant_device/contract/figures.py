"""The keys of every measured figure, the same in every JSON."""

from pydantic import BaseModel, ConfigDict


class ClassFigures(BaseModel):
    """Figures of one class, as fractions of 1; `support` counts its pictures."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True, allow_inf_nan=False)

    precision: float
    recall: float
    f1: float
    support: int


class Figures(BaseModel):
    """What a model reaches on `n` pictures, as fractions of 1.

    `macro_f1` is the plain mean over the classes that have pictures, `weighted_f1` the mean
    weighted by support, `ece` the expected calibration error over 15 bins, `log_loss`
    the mean negative natural logarithm of the true class's probability.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True, allow_inf_nan=False)

    n: int
    top1: float
    top5: float
    macro_f1: float
    weighted_f1: float
    log_loss: float
    ece: float
    per_class: dict[str, ClassFigures]
