"""What a transfer did, tensor by tensor, as text."""

from plant_train.weights.porting import TensorFate, Transfer


def transfer_table(moved: Transfer) -> str:
    """One line a tensor of the file, then whose they are, and the layers that start anew."""
    cells = [(fate.name, _shape(fate), _destination(fate)) for fate in moved.tensors]
    heads = ("tensor", "shape", "went to")
    widths = [max(map(len, column)) for column in zip(heads, *cells, strict=True)]
    rule = tuple("-" * width for width in widths)
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in (heads, rule, *cells)
    ]
    return "\n".join(
        [
            *lines,
            f"{len(moved.transferred)} layers from {moved.publisher}",
            f"start anew: {', '.join(moved.reset) or 'none'}",
        ]
    )


def _shape(fate: TensorFate) -> str:
    return "x".join(map(str, fate.shape)) or "scalar"


def _destination(fate: TensorFate) -> str:
    if fate.fate == "taken":
        return str(fate.variable)
    return f"reset ({fate.variable})" if fate.fate == "reset" else "unused"
