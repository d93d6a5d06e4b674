"""The one exception for what a user can cause and mend."""

DONE = 0
REFUSED = 1
WRONG_INPUT = 2
INTERRUPTED = 130
TERMINATED = 143

# What a message quotes may be as long as a file; its end says what to do.
_LONGEST = 4000
_END = 1000


def one_line(text: str) -> str:
    """A text as a line to print: one space for any, no letter that steers a terminal, not endless.

    What does not print, such as an escape or what of a file's name is no UTF-8, stands there as
    Python writes it: `\\x1b`.
    """
    line = "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode()
        for letter in " ".join(text.split())
    )
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - _END]} … {line[-_END:]}"


class UserError(Exception):
    """A sentence for the user: what was expected, what was received, what to do.

    Raised where the fact is known, printed in one place
    (`plant_device.contract.command_line`).

    Args:
        message: one line, without a full stop at its end; what it quotes may be anything.
        exit_code: `WRONG_INPUT` (2, the default) when the call or its input was
            wrong, `REFUSED` (1) when a check or gate said no.
    """

    def __init__(self, message: str, exit_code: int = WRONG_INPUT) -> None:
        super().__init__(one_line(message))
        self.exit_code = exit_code
