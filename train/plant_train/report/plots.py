"""The report's plots, as SVG text that stands in the page itself."""

import io

import numpy as np
from matplotlib.figure import Figure

from plant_train.checkpoint import EpochRow


def curves(history: list[EpochRow]) -> str:
    """Loss and validation figures over the epochs."""
    figure = Figure(figsize=(8, 3), layout="constrained")
    left, right = figure.subplots(1, 2)
    epochs = [row.epoch for row in history]
    left.plot(epochs, [row.loss for row in history], marker="o", label="training")
    left.plot(epochs, [row.validation_log_loss for row in history], marker="o", label="validation")
    left.set(xlabel="epoch", ylabel="log loss", ylim=(0, None))
    right.plot(epochs, [row.top1 for row in history], marker="o", label="training top-1")
    right.plot(epochs, [row.validation_top1 for row in history], marker="o", label="top-1")
    right.plot(epochs, [row.validation_macro_f1 for row in history], marker="o", label="macro F1")
    right.set(xlabel="epoch", ylim=(None, 1))
    for axes in (left, right):
        axes.legend()
        axes.grid(alpha=0.3)
        axes.xaxis.get_major_locator().set_params(integer=True)
    return _svg(figure)


def confusion_plot(matrix: np.ndarray, classes: list[str]) -> str:
    """A confusion matrix int [N, N], coloured by the share of each true class."""
    shares = matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1)
    side = 3 + 0.22 * len(classes)
    figure = Figure(figsize=(side, side), layout="constrained")
    axes = figure.subplots()
    axes.imshow(shares, cmap="Greens", vmin=0, vmax=1)
    axes.set_xticks(range(len(classes)), classes, rotation=90, fontsize=7)
    axes.set_yticks(range(len(classes)), classes, fontsize=7)
    axes.set(xlabel="predicted", ylabel="true")
    for row, column in zip(*np.nonzero(matrix), strict=True):
        colour = "white" if shares[row, column] > 0.5 else "black"
        axes.text(
            column, row, matrix[row, column], ha="center", va="center", fontsize=6, color=colour
        )
    return _svg(figure)


def _svg(figure: Figure) -> str:
    text = io.StringIO()
    figure.savefig(text, format="svg")
    # Without the XML declaration, which HTML does not take.
    return text.getvalue()[text.getvalue().index("<svg") :]
