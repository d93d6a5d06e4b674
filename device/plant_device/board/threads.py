"""Which numbers of threads are tried."""

import re

from plant_device.contract.errors import UserError

_MOST = 64


def thread_counts(cores: int) -> list[int]:
    """1, 2, 4, … below the cores, and all of them."""
    powers = (1 << power for power in range(cores.bit_length()))
    return [*(number for number in powers if number < cores), cores]


def read_thread_counts(text: str) -> list[int]:
    """Numbers with commas between them.

    Raises:
        UserError: the text is something else.
    """
    words = text.split(",")
    if not all(re.fullmatch("[1-9][0-9]?", word) and int(word) <= _MOST for word in words):
        raise UserError(
            f"expected numbers of threads from 1 to {_MOST} such as 1,2,4, received: {text}"
        )
    return [int(word) for word in words]
