"""What is in a TFLite file, ours or any other: as facts, in words, as a drawing."""

from plant_convert.inspect.inspected import Inspected, inspect, inspect_content
from plant_convert.inspect.words import in_words

__all__ = ["Inspected", "in_words", "inspect", "inspect_content"]
