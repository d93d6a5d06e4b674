"""What a clock that jumps needs of this machine."""

import pytest

from plant_device.store.clock import clock_is_synchronised


@pytest.fixture(scope="session", autouse=True)
def _what_it_needs() -> None:
    """No board, and no root."""
    if clock_is_synchronised():
        pytest.skip("this machine's clock is set, as a board's without a network is not")
