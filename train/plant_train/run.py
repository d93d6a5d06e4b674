"""The run folder: what `fit` leaves. Documented in docs/run-folder.md."""

import math
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime, timezone
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from plant_device.contract.atomic import is_leftover, write_atomically
from plant_device.contract.errors import UserError
from plant_device.contract.figures import Figures
from plant_device.contract.manifest import Thresholds
from plant_train.data.split_record import SPLIT_NAME, SplitRecord, read_split_record
from plant_train.one_process import one_process
from plant_train.recipe import Recipe
from plant_train.run_file import RECORD_NAME, damaged, is_whole_archive, read_json_record

if TYPE_CHECKING:
    import keras

    from plant_train.data.audit import Audit

FORMAT_VERSION: Final = 2


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class WeightsRecord(_Part):
    """Where a run's first weights came from."""

    file: str
    sha256: str
    transferred: list[str]
    reset: list[str]


class FolderRecord(_Part):
    """Pictures without classes that a training used: where they lay, and what they were."""

    root: str
    fingerprint: str
    pictures: int


class DataRecord(_Part):
    """What a run learned from: where it lay, and what was in it."""

    roots: list[str] = Field(min_length=1)
    fingerprint: str
    validation_fingerprint: str
    training: int
    validation: int
    backgrounds: FolderRecord | None = None
    not_leaf: FolderRecord | None = None


class Result(_Part):
    """What came out of a training."""

    epochs: int
    best_epoch: int
    seconds: float
    temperature: float
    thresholds: Thresholds
    validation: Figures

    # Not by the field's own limits: these would be another schema, and so another format.
    @field_validator("temperature")
    @classmethod
    def _divides(cls, temperature: float) -> float:
        if not 0 < temperature < math.inf:
            raise ValueError("Input should be a finite number above 0")
        return temperature


class RunRecord(_Part):
    """The whole of `run.json`; `result` comes when the training is finished."""

    format_version: Literal[2] = FORMAT_VERSION
    architecture: str
    options: dict[str, Any]
    classes: list[str]
    recipe: Recipe
    weights: WeightsRecord | None
    data: DataRecord
    precision: str
    versions: dict[str, str]
    commit: str | None
    created: str
    result: Result | None = None


class Run:
    """The files of one run folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.record_path = folder / RECORD_NAME
        self.split_path = folder / SPLIT_NAME
        self.audit_path = folder / "audit.json"
        self.model_path = folder / "model.keras"
        self.history_path = folder / "history.csv"
        self.preview_path = folder / "augmented.jpg"
        self.report_path = folder / "report.html"
        self.model_card_path = folder / "MODEL_CARD.md"
        self.checkpoint_folder = folder / "checkpoint"
        self.tensorboard_folder = folder / "tensorboard"

    def read_record(self) -> RunRecord:
        """Read `run.json`.

        Raises:
            UserError: the folder is no run, a damaged one, or one of another format.
        """
        if not self.folder.is_dir():
            received = "that is a file" if self.folder.exists() else "there is none"
            raise UserError(
                f"expected a run folder at {self.folder}: {received}; name what plant-train fit "
                "was given as --out"
            )
        if not self.record_path.is_file():
            raise UserError(
                f"expected a run folder of plant-train fit at {self.folder}: it has no "
                f"{RECORD_NAME}"
            )
        return read_json_record(RunRecord, self.record_path)

    def read_split(self) -> SplitRecord:
        """Read `split.json`."""
        return read_split_record(self.split_path)

    def read_audit(self) -> "Audit | None":
        """Read `audit.json`; None for a run of a version that kept none."""
        from plant_train.data.audit import Audit

        return read_json_record(Audit, self.audit_path) if self.audit_path.exists() else None

    def write_record(self, record: RunRecord) -> None:
        """Write `run.json`, atomically."""
        write_atomically(self.record_path, record.model_dump_json(indent=2))

    def write_split(self, record: SplitRecord) -> None:
        """Write `split.json`, atomically."""
        write_atomically(self.split_path, record.model_dump_json(indent=1))

    def write_audit(self, audit: "Audit") -> None:
        """Write `audit.json`, atomically."""
        write_atomically(self.audit_path, audit.model_dump_json(indent=1))

    def finished(self) -> tuple[RunRecord, Result]:
        """The record and the result of a training that came to its end.

        Raises:
            UserError: it did not, or its model is missing.
        """
        record = self.read_record()
        if record.result is None:
            raise UserError(
                f"the training in {self.folder} is not finished: "
                "give the same plant-train fit command again, it goes on"
            )
        if not self.model_path.is_file():
            raise UserError(f"expected a model in the run folder, {self.model_path} is missing")
        return record, record.result

    def load_model(self) -> "keras.Model":
        """The best weights as a float32 model.

        Raises:
            UserError: the file is damaged, has what this version cannot build, or is not of the
                record.
            OSError: it cannot be read.
        """
        import keras

        import plant_train.archs.layers  # noqa: F401  (registers our layers with Keras)
        from plant_train.precision import in_float32

        # Keras takes a file without read permission for a damaged one.
        with self.model_path.open("rb"):
            pass
        try:
            model = keras.saving.load_model(self.model_path, compile=False, safe_mode=True)
            model = in_float32(model)
        except Exception as error:
            # Keras raises whatever its zip, JSON and HDF5 readers meet; of a zip that was cut off
            # it says that there is no file.
            if not is_whole_archive(self.model_path):
                raise damaged(self.model_path) from error
            raise UserError(
                f"expected a Keras model at {self.model_path}, cannot read it: {error}"
            ) from error
        self._require_record_of(model)
        return model

    def _require_record_of(self, model: "keras.Model") -> None:
        from plant_train.archs import find_architecture

        record = self.read_record()
        side = find_architecture(record.architecture).geometry.input_side
        recorded = ((side, side, 3), len(record.classes))
        built = (tuple(model.input.shape[1:]), model.output.shape[-1])
        if recorded != built:
            raise UserError(
                f"{self.record_path} is not of {self.model_path.name}: {record.architecture} of "
                f"{recorded[1]} classes takes pictures {recorded[0]}, the model gives {built[1]} "
                f"and takes {built[0]}; put it right, or copy the run again"
            )

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Let no other process train in the folder, which is made where it is missing.

        It goes again, with those made above it, if nothing came into it.

        Raises:
            UserError: another process trains there.
        """
        above = [self.folder, *self.folder.parents]
        made = [folder for folder in above if not folder.exists()]
        self.folder.mkdir(parents=True, exist_ok=True)
        with one_process(self.folder, "trains in"):
            try:
                yield
            finally:
                with suppress(OSError):
                    for folder in made:
                        folder.rmdir()

    @property
    def is_new(self) -> bool:
        """Whether nothing is in the folder, or what a kill left of the first file."""
        if not self.folder.exists():
            return True
        return self.folder.is_dir() and all(map(is_leftover, self.folder.iterdir()))

    def require_removable(self) -> None:
        """Make sure that the folder is a run, or that there is nothing in it.

        Raises:
            UserError: it holds something else.
        """
        if not self.is_new and not self.record_path.is_file():
            raise UserError(
                f"{self.folder} exists and is no run folder: choose another --out (nothing deleted)"
            )

    def remove(self) -> None:
        """Delete all that is in a run folder, and only there; the folder stays, and its lock."""
        self.require_removable()
        # The record last: what a kill leaves of the folder is still a run.
        for entry in self.folder.glob("*"):
            if entry.is_dir() and not entry.is_symlink():
                shutil.rmtree(entry, ignore_errors=True)
            elif entry != self.record_path:
                entry.unlink()
        self.record_path.unlink(missing_ok=True)


def tool_versions(packages: Sequence[str]) -> dict[str, str]:
    """The versions of Python and of the named packages."""
    versions = {"python": ".".join(map(str, sys.version_info[:3]))}
    return versions | {package: metadata.version(package) for package in packages}


def source_commit() -> str | None:
    """The commit of the checkout that this program runs from, if it does."""
    here = Path(__file__)
    try:
        # An environment may lie inside another project's checkout: ask for this very file.
        _git(here.parent, "ls-files", "--error-unmatch", here.name)
        return _git(here.parent, "rev-parse", "HEAD")
    except (OSError, subprocess.SubprocessError):
        return None


def _git(folder: Path, *arguments: str) -> str:
    command = ["git", "-C", str(folder), *arguments]
    return subprocess.run(
        command, capture_output=True, text=True, timeout=10, check=True
    ).stdout.strip()


def now() -> str:
    """This moment in UTC, ISO 8601 to the second."""
    return datetime.now(timezone.utc).isoformat(timespec="seconds")
