"""Room on the disks for a conversion, asked for before its long work."""

import math
import tempfile
from pathlib import Path

import keras

from plant_convert.compress.lessons import lessons_shape
from plant_convert.order import Order
from plant_train.checkpoint import require_room
from plant_train.run import Run

_FLOAT32_BYTES = 4


def require_room_to_convert(model: keras.Model, order: Order) -> None:
    """Make sure that at least the temporary files and the file itself will fit.

    Compressed, the file may be of any size below the whole one's: nothing is asked for it.

    Raises:
        UserError: they do not fit.
    """
    weights = model.count_params()
    temporary = _FLOAT32_BYTES * weights
    if order.compressions:
        record = Run(order.run).read_record()
        picture = model.input.shape[1:]
        temporary += math.prod(lessons_shape(record.data.training, record.recipe, picture))
    what = "temporary files (TMPDIR names another folder)"
    require_room(Path(tempfile.gettempdir()), temporary, what)
    if not order.compressions:
        require_room(_existing(order.out.absolute().parent), weights, order.out.name)


def _existing(folder: Path) -> Path:
    while not folder.exists():
        folder = folder.parent
    return folder
