"""The current model of a shelf at work: a new one is taken over between two pictures.

A model that was never proven is written down as begun before it is started, and as proven once it
has answered. So a start finds out by itself that the one before it ended the whole process, as an
illegal instruction does, and goes back instead of ending it again and again.
"""

from collections.abc import Callable
from pathlib import Path

from plant_device.classify.classifier import Classified, Classifier, working_delegate
from plant_device.classify.quality import QualityLimits
from plant_device.contract.errors import UserError
from plant_device.contract.geometry import Picture
from plant_device.contract.manifest import Manifest
from plant_device.contract.model_file import read_model_file
from plant_device.models.history import History, Installed, begun, settled
from plant_device.models.proof import proven_classifier
from plant_device.models.shelf import Shelf

MOST_STARTS = 2
"""One start that did not come through may be a power cut's fault, two are the model's."""
_FAULTS = (UserError, OSError, MemoryError)


class CurrentModel:
    """Classifies as the current model does, whichever that is at each picture.

    Where a new model does not start, or fails its self-test, the one before goes on and is current
    again, by the list too; that is said once.
    """

    def __init__(
        self,
        folder: Path,
        say: Callable[[str], None],
        threads: int | None = None,
        limits: QualityLimits = QualityLimits(),  # noqa: B008  (frozen)
        delegate: str | None = None,
    ) -> None:
        """Start the current model of a shelf, or the newest former one that starts.

        Args:
            folder: of the shelf.
            say: told of each change of the model.
            threads, limits, delegate: as `open_classifier` takes them.

        Raises:
            UserError: nothing is installed, or none of the models starts.
        """
        self._shelf = Shelf(folder)
        self._say = say
        self._threads = threads
        self._limits = limits
        self._delegate = delegate
        self._stamp = self._shelf.stamp()
        self._model, self._classifier = self._first_that_starts(self._shelf.history())

    @property
    def sha256(self) -> str:
        """Of the file of the model that answered last, or will answer first."""
        return self._classifier.sha256

    @property
    def manifest(self) -> Manifest:
        """What that file says of itself."""
        return self._classifier.manifest

    def classify(self, picture: Picture) -> Classified:
        """Classify one RGB picture, uint8 [H, W, 3], with what is current now."""
        stamp = self._shelf.stamp()
        # A folder that has gone, with its stick or its disk, changes nothing.
        if stamp not in (None, self._stamp):
            self._stamp = stamp
            self._take_over()
        return self._classifier.classify(picture)

    def _first_that_starts(self, history: History) -> tuple[Installed, Classifier]:
        faults: dict[str, str] = {}
        for model in (history.current, *history.former):
            try:
                classifier = self._start(model)
            except _FAULTS as error:
                faults[model.sha256] = _told(error)
                self._say(f"model {model} does not start: {faults[model.sha256]}")
                continue
            if faults:
                self._say(f"model {model} is current again")
            self._settle(history.current, model, faults)
            return model, classifier
        raise UserError(f"no model in {self._shelf.folder} starts: install another one")

    def _take_over(self) -> None:
        try:
            wanted = self._shelf.history().current
        except (UserError, OSError) as error:
            self._say(f"{_told(error)}; model {self._model} goes on")
            return
        if wanted.sha256 == self.sha256:
            # It may have been installed once more, which has to be proven once more.
            self._settle(wanted, wanted, {})
            return
        try:
            self._classifier = self._start(wanted)
        except _FAULTS as error:
            fault = _told(error)
            self._say(f"model {wanted} does not start: {fault}; model {self._model} goes on")
            self._settle(wanted, self._model, {wanted.sha256: fault})
        else:
            before, self._model = self._model, wanted
            # What is said is on the disk: who hears it may cut the power.
            self._settle(wanted, wanted, {})
            self._say(f"model {wanted} takes over from {before}")

    def _start(self, model: Installed) -> Classifier:
        if model.proven:
            return self._opened(model)
        if model.starts >= MOST_STARTS:
            raise UserError(
                f"it was begun {model.starts} times, and each time the process ended before it "
                "answered"
            )
        self._note(lambda history: begun(history, model.sha256, model.starts + 1))
        try:
            return self._opened(model)
        except (*_FAULTS, KeyboardInterrupt):
            # The process goes on, or ends for a reason of its own.
            self._note(lambda history: begun(history, model.sha256, model.starts))
            raise

    def _opened(self, model: Installed) -> Classifier:
        path = self._shelf.path(model)
        file = read_model_file(path)
        if file.sha256 != model.sha256:
            raise UserError(f"{path} is damaged")
        delegate = working_delegate(self._delegate, path, self._threads)
        return proven_classifier(file, self._threads, self._limits, delegate)

    def _settle(self, wanted: Installed, answering: Installed, faults: dict[str, str]) -> None:
        self._note(lambda history: settled(history, wanted.sha256, answering.sha256, faults))

    def _note(self, change: Callable[[History], History]) -> None:
        """Write it down if that can be done: a full disk must not stop the classification."""
        try:
            self._shelf.change(change)
        except (UserError, OSError) as error:
            self._say(f"what became of a model is not written down: {_told(error)}")


def _told(error: BaseException) -> str:
    if isinstance(error, OSError):
        return f"{error.strerror or error}: {error.filename or ''}".rstrip(": ")
    return str(error) or type(error).__name__
