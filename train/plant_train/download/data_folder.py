"""Where downloaded weights and the record of sums live."""

import os
from pathlib import Path

from platformdirs import user_data_path

_DATA_VARIABLE = "PLANT_EDGE_DATA"


def data_folder() -> Path:
    """`$PLANT_EDGE_DATA`, else the user's data folder."""
    return Path(os.environ.get(_DATA_VARIABLE) or user_data_path("plant-edge"))
