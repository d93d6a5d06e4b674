"""When what a person deleted goes for good."""

from datetime import timedelta

from plant_device.store.clock import Moment
from plant_device.store.store import Store

KEPT = timedelta(days=30)


def purge_old(store: Store, moment: Moment) -> int:
    """Remove what was deleted over 30 days ago. A clock that may be wrong decides nothing.

    Returns:
        How many records that were.

    Raises:
        OSError: the disk is full, or cannot be written.
    """
    return store.purge(moment.utc - KEPT) if moment.certain else 0
