"""From a run to the one file that travels: int8, checked against the float model."""
