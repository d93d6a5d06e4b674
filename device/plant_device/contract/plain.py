"""Words of others for a terminal: names of files, notes, what a model calls its classes."""

import re

# Controls (C0, C1, DEL), and what turns the direction of a line round.
_STEERING = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def plain(words: str) -> str:
    """One line of them, with ? for each sign that would steer a terminal."""
    return _STEERING.sub("?", words)
