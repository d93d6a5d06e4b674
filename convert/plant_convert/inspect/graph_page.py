"""The graph of a TFLite file as one self-contained page: a box an op, in the order of execution."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from plant_convert.inspect.inspected import Inspected, InspectedLayer
from plant_convert.inspect.words import facts, flow, op, shapes, size, title, work
from plant_device.contract.atomic import write_atomically

_TEMPLATE = "graph.html.j2"
# In units of the drawing, which is as wide as a phone.
_WIDTH, _GUTTER = 380, 36
_BOX, _PITCH = 58, 82
# In the gutter, left of the boxes, run the lines that go around others.
_LANES = 4
# Place of a tensor: its graph and its number there.
_Key = tuple[int, int]


@dataclass(frozen=True)
class Box:
    """An op, or what a call takes or gives.

    Args:
        place: counted from above.
        layer: None for what a call takes or gives.
        takes, gives: tensors that are computed.
    """

    place: int
    heading: str
    detail: str
    layer: InspectedLayer | None
    takes: tuple[_Key, ...]
    gives: tuple[_Key, ...]


@dataclass(frozen=True)
class Line:
    """A tensor's way from the box that gives it to one that takes it.

    Args:
        start, end: the boxes' places.
        lane: of the gutter; None where the boxes are neighbours.
    """

    start: int
    end: int
    lane: int | None

    @property
    def path(self) -> str:
        """As SVG's path has it."""
        if self.lane is None:
            x = (_GUTTER + _WIDTH) // 2
            return f"M{x} {self.start * _PITCH + _BOX}V{self.end * _PITCH - 4}"
        x = _GUTTER - 10 - self.lane * (_GUTTER - 12) // _LANES
        start, end = self.start * _PITCH + _BOX * 2 // 3, self.end * _PITCH + _BOX // 3
        return f"M{_GUTTER} {start}H{x}V{end}H{_GUTTER - 4}"


def write_graph_page(inspected: Inspected, file: Path) -> None:
    """Write the page, atomically."""
    environment = Environment(
        loader=PackageLoader("plant_convert", "inspect/templates"),
        autoescape=True,
        undefined=StrictUndefined,
    )
    boxes = list(_boxes(inspected))
    above = len(inspected.inputs)
    page = environment.get_template(_TEMPLATE).render(
        title=title(inspected),
        facts=facts(inspected),
        inspected=inspected,
        boxes=boxes,
        lines=list(_lines(boxes)),
        islands=[(above + first, above + last) for first, last in inspected.float_islands],
        flow=flow,
        size=size,
        work=work,
        width=_WIDTH,
        gutter=_GUTTER,
        box=_BOX,
        pitch=_PITCH,
    )
    write_atomically(file, page)


def _boxes(inspected: Inspected) -> Iterator[Box]:
    place = 0
    for tensor in inspected.inputs:
        yield Box(place, "input", shapes([tensor]), None, (), ((0, tensor.number),))
        place += 1
    for layer in inspected.layers:
        takes = tuple((layer.graph, each.number) for each in layer.inputs if not each.bytes)
        gives = tuple((layer.graph, each.number) for each in layer.outputs)
        heading = f"{layer.number} {op(layer)}"
        yield Box(place, heading, shapes(layer.outputs), layer, takes, gives)
        place += 1
    for tensor in inspected.outputs:
        yield Box(place, "output", shapes([tensor]), None, ((0, tensor.number),), ())
        place += 1


def _lines(boxes: Sequence[Box]) -> Iterator[Line]:
    given: dict[_Key, int] = {}
    # Until which place each lane is taken.
    taken = [0] * _LANES
    for box in boxes:
        for start in sorted({given[tensor] for tensor in box.takes if tensor in given}):
            if start + 1 == box.place:
                yield Line(start, box.place, None)
                continue
            free = (lane for lane, until in enumerate(taken) if until <= start)
            lane = next(free, _LANES - 1)
            taken[lane] = box.place
            yield Line(start, box.place, lane)
        given |= dict.fromkeys(box.gives, box.place)
