"""The layer table of an architecture: shapes, parameters, neurons, connections."""

from dataclasses import dataclass

import keras
import numpy as np


@dataclass(frozen=True)
class LayerRow:
    """One layer of the table.

    Args:
        output: its output's shape without the batch.
        parameters: what is learned; running statistics of batch normalisation are not.
        neurons: outputs of a convolution or dense layer, else 0.
        connections: multiply-adds for one picture, those on zero padding included.
    """

    name: str
    kind: str
    output: tuple[int, ...]
    parameters: int
    neurons: int
    connections: int


def layer_rows(model: keras.Model) -> list[LayerRow]:
    """One row a layer, in the order of the graph."""
    return [_row(layer) for layer in model.layers]


def layer_table(rows: list[LayerRow]) -> str:
    """The rows and their totals as text."""
    heads = ("layer", "kind", "output", "parameters", "neurons", "connections")
    cells = [
        (
            row.name,
            row.kind,
            "x".join(map(str, row.output)),
            f"{row.parameters:,}",
            f"{row.neurons:,}",
            f"{row.connections:,}",
        )
        for row in rows
    ]
    total = (
        "total",
        "",
        "",
        f"{sum(row.parameters for row in rows):,}",
        f"{sum(row.neurons for row in rows):,}",
        f"{sum(row.connections for row in rows):,}",
    )
    widths = [max(map(len, column)) for column in zip(heads, *cells, total, strict=True)]
    rule = "  ".join("-" * width for width in widths)
    lines = [_line(heads, widths), rule, *(_line(row, widths) for row in cells), rule]
    return "\n".join([*lines, _line(total, widths)])


def _line(cells: tuple[str, ...], widths: list[int]) -> str:
    left, right = cells[:3], cells[3:]
    aligned = [cell.ljust(width) for cell, width in zip(left, widths, strict=False)]
    aligned += [cell.rjust(width) for cell, width in zip(right, widths[3:], strict=True)]
    return "  ".join(aligned).rstrip()


def _row(layer: keras.layers.Layer) -> LayerRow:
    output = tuple(layer.output.shape[1:])
    neurons = int(np.prod(output)) if hasattr(layer, "kernel") else 0
    return LayerRow(
        layer.name,
        _kind(layer),
        output,
        sum(int(np.prod(variable.shape)) for variable in layer.trainable_variables),
        neurons,
        neurons * _inputs_of_a_neuron(layer),
    )


def _kind(layer: keras.layers.Layer) -> str:
    config = layer.get_config()
    kind = type(layer).__name__
    if "kernel_size" in config:
        side, stride, groups = config["kernel_size"][0], config["strides"][0], config["groups"]
        grouped = f" groups {groups}" if groups > 1 else ""
        return f"Conv2D {side}x{side} stride {stride} {config['padding']}{grouped}"
    if "pool_size" in config:
        side, stride = config["pool_size"][0], config["strides"][0]
        return f"{kind} {side}x{side} stride {stride}"
    if "rate" in config:
        return f"{kind} {config['rate']}"
    return kind


def _inputs_of_a_neuron(layer: keras.layers.Layer) -> int:
    # A kernel's last axis counts its outputs; the others, what one output sums over.
    return int(np.prod(layer.kernel.shape[:-1])) if hasattr(layer, "kernel") else 0
