"""The report's plots, as SVG text that stands in the page itself."""

from itertools import groupby

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import PowerNorm
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, NullFormatter, PercentFormatter

from plant_device.contract.classes import leaf_class
from plant_train.checkpoint import EpochRow
from plant_train.judge.coverage import CoveragePoint
from plant_train.judge.evaluation import Evaluation
from plant_train.judge.metrics import ReliabilityBin
from plant_train.judge.wilson import wilson_interval
from plant_train.report.drawing import GREEN, GREY, RED, WIDTH, axes_of_height, svg

_FEW_CLASSES = 12
_LETTERS = 32


def loss_curves(history: list[EpochRow]) -> str:
    """Log loss over the epochs, in training and in validation."""
    figure, axes = axes_of_height(2.8)
    epochs = [row.epoch for row in history]
    axes.plot(epochs, [row.loss for row in history], ".-", color=GREY, label="training")
    axes.plot(
        epochs, [row.validation_log_loss for row in history], ".-", color=GREEN, label="validation"
    )
    axes.set(xlabel="epoch", ylabel="log loss", ylim=(0, None))
    return _of_epochs(figure, axes)


def accuracy_curves(history: list[EpochRow]) -> str:
    """Accuracy and macro F1 over the epochs."""
    figure, axes = axes_of_height(2.8)
    epochs = [row.epoch for row in history]
    axes.plot(epochs, [row.top1 for row in history], ".-", color=GREY, label="training top-1")
    axes.plot(
        epochs,
        [row.validation_top1 for row in history],
        ".-",
        color=GREEN,
        label="validation top-1",
    )
    axes.plot(
        epochs,
        [row.validation_macro_f1 for row in history],
        ".--",
        color=GREEN,
        label="validation macro F1",
    )
    axes.set(xlabel="epoch", ylim=(None, 1))
    axes.yaxis.set_major_formatter(PercentFormatter(1))
    return _of_epochs(figure, axes)


def reliability_diagram(before: list[ReliabilityBin], after: list[ReliabilityBin]) -> str:
    """What the model says against how often it is right, and how many pictures stand behind."""
    figure = Figure(figsize=(WIDTH, 4.2), layout="constrained")
    axes, counts = figure.subplots(2, 1, sharex=True, height_ratios=[3, 1])
    axes.plot([0, 1], [0, 1], color=GREY, linewidth=1)
    axes.plot(
        [one.confidence for one in before],
        [one.accuracy for one in before],
        ".--",
        color=GREY,
        label="before temperature",
    )
    hits = [round(one.accuracy * one.n) for one in after]
    rates = [count / one.n for count, one in zip(hits, after, strict=True)]
    intervals = [wilson_interval(count, one.n) for count, one in zip(hits, after, strict=True)]
    axes.errorbar(
        [one.confidence for one in after],
        rates,
        yerr=[
            [rate - low for rate, (low, _) in zip(rates, intervals, strict=True)],
            [high - rate for rate, (_, high) in zip(rates, intervals, strict=True)],
        ],
        fmt="o",
        color=GREEN,
        elinewidth=1,
        label="after temperature",
    )
    counts.bar([one.confidence for one in after], [one.n for one in after], 0.03, color=GREEN)
    axes.set(ylabel="how often it is right", ylim=(-0.02, 1.02), xlim=(-0.02, 1.02))
    counts.set(xlabel="how sure it says it is", ylabel="pictures", yscale="log")
    counts.yaxis.set_minor_formatter(NullFormatter())
    counts.xaxis.set_major_formatter(PercentFormatter(1))
    axes.yaxis.set_major_formatter(PercentFormatter(1))
    figure.legend(loc="outside upper center", ncols=2, frameon=False)
    axes.grid(alpha=0.3)
    return svg(figure)


def coverage_plot(curve: list[CoveragePoint], answered: float, accuracy: float | None) -> str:
    """Accuracy where only the surest answers are given; a mark where the device stands."""
    figure, axes = axes_of_height(2.8)
    axes.plot(
        [point.coverage for point in curve], [point.accuracy for point in curve], ".-", color=GREEN
    )
    if accuracy is not None:
        axes.plot([answered], [accuracy], "D", color=RED, label="as the device decides")
        axes.legend(frameon=False)
    axes.set(xlabel="answered", ylabel="right", xlim=(0, 1.02), ylim=(None, 1.004))
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(PercentFormatter(1, decimals=0))
        axis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10], min_n_ticks=2))
    return svg(figure)


def confusion_map(evaluation: Evaluation) -> str:
    """The confusion matrix as shares of the true class: right answers green, wrong ones red.

    Colours grow with the root of the share, so that one wrong answer of forty is seen.
    """
    matrix = np.array(evaluation.confusion)
    shares = matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1)
    on_diagonal = np.eye(len(matrix), dtype=bool)
    figure, axes = axes_of_height(WIDTH)
    for kept, colours in ((on_diagonal, "Greens"), (~on_diagonal, "Reds")):
        axes.imshow(
            np.ma.masked_where(~kept, shares), cmap=colours, norm=PowerNorm(0.5, vmin=0, vmax=1)
        )
    centres, names, borders = _groups(evaluation.classes)
    size = 8 if len(evaluation.classes) <= _FEW_CLASSES else 6
    axes.set_xticks(centres, names, rotation=90, fontsize=size, parse_math=False)
    axes.set_yticks(centres, names, fontsize=size, parse_math=False)
    for border in borders:
        axes.axhline(border, color=GREY, linewidth=0.4)
        axes.axvline(border, color=GREY, linewidth=0.4)
    axes.set(xlabel="answer", ylabel="true class")
    axes.tick_params(length=0)
    axes.grid(visible=False)
    return svg(figure)


def _groups(labels: list[str]) -> tuple[list[float], list[str], list[float]]:
    """Where to write which name, and where to draw a line: crops, or classes if there are few."""
    classes = [leaf_class(label) for label in labels]
    few = len(classes) <= _FEW_CLASSES
    names = [one.text if few else one.crop or one.text for one in classes]
    centres: list[float] = []
    kept: list[str] = []
    borders: list[float] = []
    start = 0
    for name, group in groupby(names):
        count = len(list(group))
        centres.append(start + (count - 1) / 2)
        kept.append(_shortened(name))
        start += count
        borders.append(start - 0.5)
    return centres, kept, borders[:-1]


def _shortened(name: str) -> str:
    """A name that leaves room for the plot."""
    return name if len(name) <= _LETTERS else f"{name[: _LETTERS - 1]}…"


def _of_epochs(figure: Figure, axes: Axes) -> str:
    axes.legend(frameon=False)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    return svg(figure)
