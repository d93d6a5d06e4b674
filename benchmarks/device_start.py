"""From nothing to the first decision: time and memory, beside a bare script.

    python benchmarks/device_start.py leaves.tflite leaf.jpg

The bare script imports NumPy, OpenCV and the runtime, and runs the model once. Asked: at most 1.5
times its time, and at most 60 MB more memory at the peak. Whole processes, in turns, warm.
"""

import argparse
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

_BARE = """
import sys
import cv2
import numpy as np
from ai_edge_litert.interpreter import Interpreter
interpreter = Interpreter(model_path=sys.argv[1], num_threads=int(sys.argv[2]))
interpreter.allocate_tensors()
source, result = interpreter.get_input_details()[0], interpreter.get_output_details()[0]
side = source["shape"][1]
picture = cv2.resize(cv2.imread(sys.argv[3]), (side, side))
interpreter.set_tensor(source["index"], picture[np.newaxis])
interpreter.invoke()
print(interpreter.get_tensor(result["index"]).argmax())
"""


def _run(command: list[str]) -> tuple[float, float]:
    """Seconds until the process has ended, and its peak of memory in MB (wait4(2))."""
    begun = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(command[:4])} … ended with {process.returncode}")
    return time.perf_counter() - begun, used.ru_maxrss / 1024


def main() -> None:
    """Measure in turns, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path)
    parser.add_argument("picture", type=Path)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=9)
    given = parser.parse_args()
    model, picture, threads = str(given.model), str(given.picture), str(given.threads)
    device = [sys.executable, "-m", "plant_device"]
    run = ["run", "--model", model, "--source", picture, "--frames", "1", "--threads", threads]
    commands = {
        "bare script": [sys.executable, "-c", _BARE, model, threads, picture],
        "classify": [*device, "classify", model, picture, "--threads", threads],
        "run": [*device, *run],
    }
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in commands}
    for _ in range(given.rounds):
        for name, command in commands.items():
            found[name].append(_run(command))
    seconds = {name: statistics.median(one for one, _ in runs) for name, runs in found.items()}
    peaks = {name: statistics.median(one for _, one in runs) for name, runs in found.items()}
    print("             seconds  times  peak MB  more")
    for name in commands:
        print(
            f"{name:12s} {seconds[name]:7.2f}  {seconds[name] / seconds['bare script']:5.2f}  "
            f"{peaks[name]:7.0f}  {peaks[name] - peaks['bare script']:4.0f}"
        )


if __name__ == "__main__":
    main()
