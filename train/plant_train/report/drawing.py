"""What all plots are drawn on: as wide as a phone shows it, so that letters keep their size."""

import io
import warnings

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure

WIDTH = 4.4
"""In inches."""

GREEN, RED, GREY = "#2e7d32", "#c62828", "#9e9e9e"


def axes_of_height(height: float) -> tuple[Figure, Axes]:
    """A figure with one set of axes, its height in inches."""
    figure = Figure(figsize=(WIDTH, height), layout="constrained")
    axes = figure.subplots()
    axes.grid(alpha=0.3)
    return figure, axes


def svg(figure: Figure) -> str:
    """The figure as SVG text that stands in a page itself."""
    text = io.StringIO()
    # Letters stay letters: smaller, and they can be searched and read aloud.
    with matplotlib.rc_context({"svg.fonttype": "none"}), warnings.catch_warnings():
        # The page's own fonts draw the text: what matplotlib's lack is no fault.
        warnings.filterwarnings("ignore", "Glyph .* missing from font")
        figure.savefig(text, format="svg")
    # Without the XML declaration, which HTML does not take.
    return text.getvalue()[text.getvalue().index("<svg") :]
