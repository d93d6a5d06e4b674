"""The one exception for what a user can cause and mend."""

from plant_device.contract.plain import one_line

DONE = 0
REFUSED = 1
WRONG_INPUT = 2
INTERRUPTED = 130
TERMINATED = 143


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
