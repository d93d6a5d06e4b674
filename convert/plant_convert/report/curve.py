"""Size against accuracy and against time: a point for each network that was tried."""

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter

from plant_convert.converted import Trial
from plant_device.contract.figures import Figures
from plant_train.report.drawing import GREEN, GREY, RED, WIDTH, svg

# Room for half a mark above 100 %, and for no line of the grid that tells of more.
_ABOVE_ALL_RIGHT = 0.03


def curve(trials: Sequence[Trial], float32: Figures) -> str:
    """Top-1 on the held-out pictures and milliseconds a picture, over megabytes, as SVG.

    Args:
        trials: the last one is in the file.
        float32: what the float32 model reaches, which a line shows.
    """
    figure = Figure(figsize=(WIDTH, 4.4), layout="constrained")
    accuracy, latency = figure.subplots(2, 1, sharex=True)
    accuracy.axhline(float32.top1, color=GREY, linestyle="--", label="float32")
    _points(accuracy, trials, [one.judged.held_out.int8.top1 for one in trials])
    _points(latency, trials, [one.judged.ms for one in trials])
    accuracy.set(ylabel="top-1")
    accuracy.yaxis.set_major_formatter(PercentFormatter(1, decimals=2))
    accuracy.margins(y=0.2)
    lowest, highest = accuracy.get_ylim()
    accuracy.set_ylim(lowest, min(highest, 1 + _ABOVE_ALL_RIGHT * (1 - lowest)))
    latency.set(xlabel="MB", ylabel="ms a picture")
    # From nothing, so that a single point has a scale; with room for what stands beside a point.
    latency.set_xlim(0, 1.15 * max(_megabytes(one) for one in trials))
    latency.set_ylim(0, 1.25 * max(one.judged.ms for one in trials))
    for axes in (accuracy, latency):
        axes.grid(alpha=0.3)
        axes.yaxis.set_major_locator(MaxNLocator(5))
    handles, labels = accuracy.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=3, frameon=False)
    return svg(figure)


def _points(axes: Axes, trials: Sequence[Trial], heights: Sequence[float]) -> None:
    sizes = [_megabytes(one) for one in trials]
    axes.plot(sizes, heights, color=GREY, linewidth=1, zorder=1)
    if len(trials) > 1:
        axes.scatter(sizes[:-1], heights[:-1], marker="x", color=RED, label="refused")
    axes.scatter(sizes[-1:], heights[-1:], marker="o", color=GREEN, label="written")
    for trial, size, height in zip(trials, sizes, heights, strict=True):
        # The largest one's to the right, where nothing else is: that of the next smaller one,
        # often of nearly its size, would lie on it.
        aside, side = (4, "left") if size == max(sizes) else (-4, "right")
        name = str(trial.compression or "whole")
        axes.annotate(
            name, (size, height), (aside, 5), textcoords="offset points", fontsize=8, ha=side
        )


def _megabytes(trial: Trial) -> float:
    return trial.bytes / 1e6
