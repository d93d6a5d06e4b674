"""Which pictures a training holds out: those it is told to, else whole groups of its own."""

from plant_device.contract.command_line import say
from plant_train.data.labelled import LabelledPictures
from plant_train.data.layouts import TrainingData
from plant_train.data.split import Split, split
from plant_train.data.split_record import SplitRecord, apply_split


def hold_out(
    data: TrainingData,
    grouped: LabelledPictures,
    validation_fraction: float,
    seed: int,
    record: SplitRecord | None,
) -> Split:
    """Divide the data by a former split, by their validation folder, or by group and seed.

    Says which classes are not validated.

    Args:
        grouped: the data's pictures, each with all that it must stay together with.

    Raises:
        UserError: the former split is of other pictures, or nothing can be held out.
    """
    if record:
        parts = apply_split(record, data.pictures, data.roots)
    elif data.validation:
        parts = Split(data.training, data.validation)
    else:
        parts = split(grouped, validation_fraction, seed)
    if parts.unvalidated:
        say(
            f"warning: no picture is held out of {', '.join(parts.unvalidated[:5])}"
            f"{' …' if len(parts.unvalidated) > 5 else ''}: nothing is known of how well they do"
        )
    return parts
