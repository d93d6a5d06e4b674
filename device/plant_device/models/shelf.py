"""The folder of installed models.

    shelf.json        which there are, and which is current: replaced whole, never written into
    SHA256.tflite     the models, by their content
    .incoming/        one that is being installed

Killed at any moment, the folder has the old current model or the new one. Locks are those of the
kernel on the folders themselves: they end with who holds them.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from pydantic import ValidationError

from plant_device.contract.atomic import sync, write_atomically
from plant_device.contract.errors import UserError
from plant_device.contract.locked import locked
from plant_device.models.history import History, Installed, with_new

LIST = "shelf.json"
_INCOMING = ".incoming"
_MODEL_NAME = re.compile(r"[0-9a-f]{64}\.tflite")

Stamp = tuple[int, int, int]


class Shelf:
    """The models of a device in a folder, for `install` and the running service at once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def history(self) -> History:
        """What is installed.

        Raises:
            UserError: nothing, or the list of it is damaged.
        """
        path = self.folder / LIST
        try:
            return History.model_validate_json(path.read_bytes())
        except (FileNotFoundError, NotADirectoryError):
            raise UserError(
                f"expected a folder that plant-device model install wrote: there is no {LIST} in "
                f"{self.folder}"
            ) from None
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            raise UserError(
                f"{path} is damaged, or a newer plant-device wrote it ({first['msg']}): move it "
                "away, then install a model file again"
            ) from None

    def stamp(self) -> Stamp | None:
        """Changes whenever the list does; None where it cannot be looked at. One call of stat."""
        try:
            found = (self.folder / LIST).stat()
        except OSError:
            return None
        return found.st_ino, found.st_mtime_ns, found.st_size

    def path(self, model: Installed) -> Path:
        """Where a model's file is."""
        return self.folder / f"{model.sha256}.tflite"

    def change(self, change: Callable[[History], History]) -> History:
        """Replace the list by what a function makes of it, as one step.

        Raises:
            UserError: as of `history`, and what the function raises.
            OSError: the folder cannot be written.
        """
        with locked(self.folder, wait=True):
            before = self.history()
            after = change(before)
            if after != before:
                self._write(after)
            return after

    @contextmanager
    def incoming(self) -> Iterator[Path]:
        """Yield a path for a new model's file, which is gone at the end unless it was `put`.

        Raises:
            UserError: another one is being installed.
            OSError: the folder cannot be written.
        """
        folder = self.folder / _INCOMING
        folder.mkdir(parents=True, exist_ok=True)
        try:
            with locked(folder, wait=False):
                try:
                    # Who was killed leaves a file; who is alive holds the lock.
                    _empty(folder)
                    yield folder / "model.tflite"
                finally:
                    _empty(folder)
        except BlockingIOError:
            raise UserError(
                f"another model is being installed in {self.folder}: wait for its end, then try "
                "again"
            ) from None

    def put(self, path: Path, model: Installed, keep: int) -> None:
        """Make what lies at an `incoming` path the current model.

        Args:
            keep: so many models stay, as `with_new` counts.

        Raises:
            UserError: the list is damaged.
            OSError: the folder cannot be written; then nothing has changed.
        """
        sync(path)
        with locked(self.folder, wait=True):
            before = self._listed()
            try:
                path.replace(self.path(model))
                sync(self.folder)
                # It may be new itself.
                sync(self.folder.parent)
                self._write(with_new(before, model, keep))
            finally:
                self._remove_unlisted()

    def _write(self, history: History) -> None:
        write_atomically(self.folder / LIST, history.model_dump_json(indent=2))

    def _listed(self) -> History | None:
        return self.history() if (self.folder / LIST).exists() else None

    def _remove_unlisted(self) -> None:
        listed = self._listed()
        for path in self.folder.iterdir():
            if _MODEL_NAME.fullmatch(path.name) and not (listed and listed.has(path.stem)):
                path.unlink()


def _empty(folder: Path) -> None:
    for path in folder.iterdir():
        path.unlink()
