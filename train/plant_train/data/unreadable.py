"""Pictures that cannot be read, told all at once."""

from collections.abc import Mapping

from plant_device.contract.errors import UserError

_NAMED = 3
_ALL_OF_THEM = "plant-train audit lists what cannot be read, and why"


def require_readable(faults: Mapping[str, UserError], of: int) -> None:
    """Refuse a set of pictures of which some cannot be read.

    Args:
        faults: why not, by the place that tells a user which picture it is.
        of: how many pictures there are.

    Raises:
        UserError: there are faults; counts them, and names the first few.
    """
    if not faults:
        return
    first, *others = faults
    if not others:
        raise UserError(f"{faults[first]}; {_ALL_OF_THEM}") from faults[first]
    named = f"{', '.join(others[: _NAMED - 1])}{' …' if len(others) >= _NAMED else ''}"
    raise UserError(
        f"{len(faults)} of {of} pictures cannot be read; the first: {faults[first]}; then "
        f"{named}; {_ALL_OF_THEM}"
    )
