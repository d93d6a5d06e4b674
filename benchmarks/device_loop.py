"""The device's loop beside the bare interpreter: how much of a camera's frame rate is kept.

    python benchmarks/device_loop.py leaves.tflite

The loop is asked to keep at least 95 % of the rate that the interpreter reaches alone, or of the
camera's, where that is less. Both in one run, in turns; a frame is 1280 x 720, 30 a second, of
GStreamer's test source through the pipe that Jetson's CSI camera uses.
"""

import argparse
import math
import statistics
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from plant_device.camera.frame import Frame
from plant_device.camera.supervisor import SupervisedCamera
from plant_device.classify.classifier import Classifier, open_classifier
from plant_device.classify.runtime import start_interpreter
from plant_device.classify.smoothing import Smoothing
from plant_device.contract.model_file import read_model_file
from plant_device.service.attention import Continuous
from plant_device.service.loop import Observation, run_loop
from plant_device.service.triggers.button import Button

_FPS = 30.0
_SOURCE = (
    f"gst:videotestsrc is-live=true pattern=smpte ! video/x-raw,width=1280,height=720,"
    f"framerate={_FPS:.0f}/1 ! videoconvert"
)
_WARM_UP = 15


def _bare(model: Path, threads: int, seconds: float) -> float:
    """Calls a second of the interpreter alone."""
    interpreter = start_interpreter(read_model_file(model).flatbuffer, model.name, threads)
    source = interpreter.get_input_details()[0]
    result = interpreter.get_output_details()[0]
    picture = np.random.default_rng(0).integers(0, 256, source["shape"], dtype=np.uint8)
    for _ in range(_WARM_UP):
        interpreter.invoke()
    calls, begun = 0, time.perf_counter()
    while time.perf_counter() - begun < seconds:
        interpreter.set_tensor(source["index"], picture)
        interpreter.invoke()
        interpreter.get_tensor(result["index"])
        calls += 1
    return calls / (time.perf_counter() - begun)


class _Timed:
    """A camera whose frames end so many seconds after it has warmed up."""

    def __init__(self, camera: SupervisedCamera, seconds: float) -> None:
        self._camera, self._seconds = camera, seconds

    def frames(self) -> Iterator[Frame]:
        end = math.inf
        for number, frame in enumerate(self._camera.frames()):
            if number == _WARM_UP:
                end = time.perf_counter() + self._seconds
            if time.perf_counter() > end:
                return
            yield frame


def _loop(classifier: Classifier, source: str, seconds: float) -> tuple[float, float, int]:
    """Frames a second of the whole loop, the median classification in ms, and dropped frames."""
    times: list[float] = []
    ms: list[float] = []
    camera = SupervisedCamera(source)

    def note(seen: Observation) -> None:
        times.append(time.perf_counter())
        ms.append(seen.classified.ms)

    run_loop(_Timed(camera, seconds), classifier, [note], None, Smoothing(), Continuous(Button()))
    counted = times[_WARM_UP - 1 :]
    rate = (len(counted) - 1) / (counted[-1] - counted[0])
    return rate, statistics.median(ms), camera.status.dropped


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path)
    parser.add_argument("--source", default=_SOURCE)
    parser.add_argument("--fps", type=float, default=_FPS, help="the source's rate")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    classifier = open_classifier(given.model, given.threads)
    print("round  bare/s  loop/s  classify ms  dropped  kept")
    kept = []
    for number in range(given.rounds):
        bare = _bare(given.model, given.threads, given.seconds / 2)
        rate, ms, dropped = _loop(classifier, given.source, given.seconds)
        kept.append(rate / min(bare, given.fps))
        print(
            f"{number + 1:5d}  {bare:6.1f}  {rate:6.1f}  {ms:11.1f}  {dropped:7d}  {kept[-1]:.3f}"
        )
    print(f"kept, median: {statistics.median(kept):.3f} (0.95 asked)")


if __name__ == "__main__":
    main()
