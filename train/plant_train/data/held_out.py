"""Which pictures a training holds out: those it is told to, else whole groups of its own."""

from plant_device.contract.command_line import say
from plant_train.data.groups import grouped
from plant_train.data.layouts import TrainingData
from plant_train.data.near_duplicates import hash_files, near_pairs
from plant_train.data.split import Split, split
from plant_train.data.split_record import SplitRecord, apply_split


def hold_out(
    data: TrainingData, validation_fraction: float, seed: int, record: SplitRecord | None
) -> Split:
    """Divide the data by a former split, by their validation folder, or by group and seed.

    Says what a reader of the figures should know: torn groups, classes that are not validated.

    Raises:
        UserError: the former split is of other pictures, or nothing can be held out.
    """
    if record:
        parts = apply_split(record, data.pictures, data.roots)
    elif data.validation:
        parts = Split(data.training, data.validation)
    else:
        hashes = hash_files(data.training.paths, "looking for near duplicates")
        parts = split(grouped(data.training, near_pairs(hashes)), validation_fraction, seed)
    if parts.torn_groups:
        say(
            f"warning: {len(parts.torn_groups)} leaves or photographs are in training and in "
            "validation, which flatters every figure: plant-train audit lists them"
        )
    if parts.unvalidated:
        say(
            f"warning: no picture is held out of {', '.join(parts.unvalidated[:5])}"
            f"{' …' if len(parts.unvalidated) > 5 else ''}: nothing is known of how well they do"
        )
    return parts
