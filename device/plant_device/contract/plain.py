"""Words of others for a terminal: names of files, notes, what a model calls its classes."""

import re

# Controls (C0, C1, DEL), and what turns the direction of a line round.
_STEERING = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
# What a message quotes may be as long as a file; its end says what to do.
_LONGEST = 4000
_END = 1000


def plain(words: str) -> str:
    """One line of a list, with ? for each sign that would steer a terminal; as long as it was."""
    return _STEERING.sub("?", words)


def one_line(text: str) -> str:
    """A message, whatever it quotes: one space for any, nothing that does not print, not endless.

    What does not print, such as an escape or what of a file's name is no UTF-8, stands there as
    Python writes it: `\\x1b`.
    """
    line = "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode()
        for letter in " ".join(text.split())
    )
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - _END]} … {line[-_END:]}"
