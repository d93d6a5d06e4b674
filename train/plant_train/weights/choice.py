"""What a command is told to take weights from: a file, or published weights by their name."""

from pathlib import Path

from plant_device.contract.errors import UserError
from plant_train.download.published_weights import PUBLISHED, find, nearest_first


def chosen_weights(choice: str) -> Path | None:
    """What `--weights` names: None for `none`, else as `weights_file`."""
    return None if choice == "none" else weights_file(choice)


def weights_file(choice: str) -> Path:
    """The file that a path names, or what `plant-train download weights NAME` brought.

    A file goes before published weights of the same name.

    Raises:
        UserError: it looks like a name and is none that is known, or was not downloaded yet.
    """
    path = Path(choice)
    # Whoever writes a folder or an ending means a file, which may be missing.
    if path.is_file() or path.name != choice or path.suffix:
        return path
    if choice not in PUBLISHED:
        raise UserError(
            "expected a file of weights, or the name of published ones "
            f"({', '.join(nearest_first(choice))}), received: {choice}"
        )
    downloaded = find(choice)
    if downloaded is None:
        raise UserError(
            f"expected the published weights {choice}, which are not downloaded yet: "
            f"plant-train download weights {choice}"
        )
    return downloaded
