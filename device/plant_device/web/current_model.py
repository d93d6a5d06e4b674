"""The file of the model that classifies, and what it says of itself."""

import threading
from pathlib import Path

from plant_device.contract.errors import UserError
from plant_device.contract.manifest import Manifest
from plant_device.contract.model_file import read_model_file
from plant_device.models.shelf import Shelf


class ModelInForce:
    """What `run --model` was given: a file, or a folder of installed models."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._known: tuple[str, Manifest] | None = None

    @property
    def shelf(self) -> Shelf | None:
        """The folder of installed models; None where there is but one file."""
        return Shelf(self._path) if self._path and self._path.is_dir() else None

    def file(self) -> Path:
        """The file of the current model.

        Raises:
            UserError: there is none.
        """
        if self._path is None:
            raise UserError("expected a device with a model, received one without")
        shelf = self.shelf
        return shelf.path(shelf.history().current) if shelf else self._path

    def manifest(self, sha256: str) -> Manifest | None:
        """What the model of that sha256 says of itself; None where its file is not there any more.

        Read once: a file may have 57 MB.
        """
        with self._lock:
            if self._known is None or self._known[0] != sha256:
                shelf, path = self.shelf, self._path
                if path is None:
                    return None
                try:
                    file = read_model_file(shelf.folder / f"{sha256}.tflite" if shelf else path)
                except (UserError, OSError):
                    return None
                self._known = file.sha256, file.manifest
            known, manifest = self._known
            return manifest if known == sha256 else None
