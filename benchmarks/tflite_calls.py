"""Flatbuffers that take turns: in this process, or in one of another Python with its own runtime.

Run as a program by the latter: reads a line of JSON for each turn (`file`, `threads`, `calls`), and
answers with one, the times, or the `error` that keeps the file from running.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from turns import Contestant, Times, contestant

import plant_device
from plant_device.classify.runtime import start_interpreter
from plant_device.contract.errors import UserError


def tflite(flatbuffer: bytes, threads: int) -> Contestant:
    """A flatbuffer on the installed runtime, with a picture that stays the same."""

    def load() -> Callable[[], object]:
        interpreter = start_interpreter(flatbuffer, "the network", threads)
        source = interpreter.get_input_details()[0]
        pixels = np.random.default_rng(0).integers(0, 256, source["shape"])
        interpreter.set_tensor(source["index"], pixels.astype(source["dtype"]))
        call: Callable[[], object] = interpreter.invoke
        return call

    return contestant(load)


@contextmanager
def other_python(python: str) -> Iterator[Callable[[Path, int], Contestant]]:
    """A process of another Python; gives what `tflite` gives, of a file, by that one's runtime.

    What it gives raises UserError where that runtime refuses the file.
    """
    paths = f"{Path(__file__).parent}:{Path(plant_device.__file__).parents[1]}"
    with subprocess.Popen(
        [python, __file__],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": paths},
    ) as child:
        assert child.stdin
        assert child.stdout
        asked, answers = child.stdin, child.stdout

        def network(file: Path, threads: int) -> Contestant:
            def timed(count: int) -> list[Times]:
                request = {"file": str(file), "threads": threads, "calls": count}
                print(json.dumps(request), file=asked, flush=True)
                line = answers.readline()
                if not line:
                    raise UserError(f"expected {python} to time {file.name}, received its end")
                answer = json.loads(line)
                if "error" in answer:
                    raise UserError(answer["error"])
                return [Times(*one) for one in answer["times"]]

            return timed

        yield network
        asked.close()


def _answer(request: dict[str, object]) -> dict[str, object]:
    flatbuffer = Path(str(request["file"])).read_bytes()
    try:
        return {
            "times": tflite(flatbuffer, int(str(request["threads"])))(int(str(request["calls"])))
        }
    except UserError as error:
        return {"error": str(error)}


if __name__ == "__main__":
    for line in sys.stdin:
        print(json.dumps(_answer(json.loads(line))), flush=True)
