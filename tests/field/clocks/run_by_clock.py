"""`plant-device` that goes by a clock which is so many seconds off as a file says, at any moment.

python run_by_clock.py FILE ARGUMENTS…
"""

import sys
from datetime import datetime, timedelta, tzinfo
from pathlib import Path

from plant_device.__main__ import main
from plant_device.store import clock

_OFFSET = Path(sys.argv.pop(1))


class _Jumping(datetime):
    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
        return datetime.now(tz) + timedelta(seconds=float(_OFFSET.read_text()))


if __name__ == "__main__":
    vars(clock)["datetime"] = _Jumping
    main()
