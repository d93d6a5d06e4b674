"""A frame's way on this board, stage by stage, as `run` goes it."""

import resource
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from plant_device.board.checks.processor import cores
from plant_device.board.checks.runtime_wheel import start_runtime
from plant_device.board.checks.system import board_name
from plant_device.board.finding import Asked
from plant_device.board.heat import hottest
from plant_device.board.measured import Measured, Run
from plant_device.board.timings import Timings
from plant_device.camera.states import FAULTS, CameraStatus
from plant_device.camera.supervisor import SupervisedCamera
from plant_device.classify.classifier import Classifier, Look, open_classifier
from plant_device.classify.line import classified_line
from plant_device.classify.smoothing import Smoothed, Smoothing, answer_of, smoothed
from plant_device.contract.command_line import say
from plant_device.contract.errors import UserError
from plant_device.store.clock import BoardClock
from plant_device.store.store import Store

# The first calls fill caches.
_WARM_UP = 5


def measure_board(
    model: Path,
    source: str,
    calls: int,
    threads: Sequence[int],
    store: Path | None = None,
    delegate: str | None = None,
) -> Measured:
    """Take the time of the stages with each number of threads.

    Args:
        store: records are kept in a temporary store in this folder; None leaves that out.

    Raises:
        UserError: the model cannot run here, or the source cannot be read or ends too soon.
    """
    before, runs, name = hottest(), list[Run](), ""
    for number in threads:
        name, run = _run(model, number, source, calls, store, delegate)
        runs.append(run)
        # One that failed is not tried again.
        delegate = run.delegate
    return Measured(
        board=board_name(Asked()) or cores(Asked()),
        runtime=start_runtime(),
        model=name,
        bytes=model.stat().st_size,
        calls=calls,
        runs=runs,
        memory_bytes=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        celsius_before=before,
        celsius_after=hottest(),
    )


def _run(
    model: Path, threads: int, source: str, calls: int, store: Path | None, delegate: str | None
) -> tuple[str, Run]:
    # Each call's model is gone before the next one's comes: `run` has one in memory.
    classifier = open_classifier(model, threads, delegate=delegate)
    say(f"threads {threads}: {calls} frames")
    timings = time_stages(classifier, source, calls, store)
    run = Run(threads=threads, delegate=classifier.delegate, stages=timings.percentiles())
    return classifier.manifest.name, run


def time_stages(
    classifier: Classifier, source: str, calls: int, store: Path | None = None
) -> Timings:
    """Take the time of each stage of so many frames, after a few that are not counted.

    Raises:
        UserError: the source cannot be read, or ends too soon.
    """
    seen, timings, clock = Smoothed(), Timings(), BoardClock()

    def refuse(status: CameraStatus) -> None:
        if status.state in FAULTS:
            raise UserError(
                f"expected a source that gives frames, the camera is {status.state}: {status.cause}"
            )

    camera = SupervisedCamera(source, listener=refuse)
    with closing(camera.frames()) as frames, _temporary_store(store) as kept:
        for number in range(_WARM_UP + calls):
            if number == _WARM_UP:
                timings = Timings()
            with timings.stage("capture"):
                frame = next(frames, None)
            if frame is None:
                raise UserError(
                    f"expected a source of {_WARM_UP + calls} frames or more, received {number}: "
                    "ask for fewer --calls, or take synthetic:"
                )
            picture = frame.picture[:, :, ::-1]
            with timings.stage("geometry"):
                network_input, quality = classifier.prepared(picture)
            with timings.stage("inference"):
                logits = classifier.logits(network_input)
            with timings.stage("decision"):
                outcome = classifier.outcome(Look(logits, 0.0, quality))
                answer = answer_of(outcome.prediction, outcome.decision)
                seen = smoothed(seen, answer, frame.duration, Smoothing())
            if kept:
                with timings.stage("store"):
                    line = classified_line(frame.origin, outcome, frame.index)
                    kept.keep(picture, line, classifier.sha256, clock.now())
    return timings


@contextmanager
def _temporary_store(folder: Path | None) -> Iterator[Store | None]:
    if folder is None:
        yield None
        return
    if not folder.is_dir():
        raise UserError(f"expected a folder that is there, for a temporary store: {folder}")
    with (
        TemporaryDirectory(dir=folder, prefix=".bench-") as temporary,
        Store(Path(temporary)) as store,
    ):
        yield store
