"""Any TFLite file, as `plant-convert inspect` reads, tells and draws it."""

from pathlib import Path

from target import Target
from tiny_model import tiny_flatbuffer, tiny_model

from plant_convert.inspect import in_words, inspect_content
from plant_convert.inspect.graph_page import write_graph_page


def _read(content: bytes, folder: Path) -> object:
    inspected = inspect_content(folder / "leaves.tflite", content)
    assert inspected.model_dump_json()
    write_graph_page(inspected, folder / "graph.html")
    return in_words(inspected)


TARGET = Target(
    _read,
    lambda: [tiny_flatbuffer(), tiny_model()],
    tokens=("TFL3", "M001", "min_runtime_version", "CONVERSION_METADATA", "TFLITE_METADATA"),
)
