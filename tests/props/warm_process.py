"""Commands in processes of their own that find TensorFlow loaded, which takes 5 s each time.

Run as a program, it loads TensorFlow and then, for each order on stdin, forks a process that goes
on as `python -m MODULE ARGUMENTS` does: with its own arguments, environment, folder, streams and
end. TensorFlow starts its threads at its first operation, so that none is lost by the fork.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import runpy
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from plant_device.contract.native_stderr import native_stderr_aside


class WarmProcess:
    """A process with TensorFlow, from which commands start. Starts with the first; to be closed."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None

    def run(self, module: str, *arguments: object) -> subprocess.CompletedProcess[str]:
        """Run `python -m module`, and wait for it."""
        if self._process is None:
            self._process = subprocess.Popen(
                [sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
            )
        assert self._process.stdin
        assert self._process.stdout
        command = [module, *map(str, arguments)]
        with tempfile.TemporaryDirectory() as folder:
            out, err = Path(folder, "stdout"), Path(folder, "stderr")
            order = {
                "command": command,
                "environment": dict(os.environ),
                "folder": str(Path.cwd()),
                "streams": [os.devnull, str(out), str(err)],
            }
            print(json.dumps(order), file=self._process.stdin, flush=True)
            code = int(self._process.stdout.readline())
            return subprocess.CompletedProcess(command, code, out.read_text(), err.read_text())

    def close(self) -> None:
        """End the process, if it has started."""
        if self._process:
            self._process.communicate()


def _become(order: dict[str, Any]) -> None:
    for number, path in enumerate(order["streams"]):
        opened = os.open(path, os.O_RDWR | os.O_CREAT)
        os.dup2(opened, number)
        os.close(opened)
    os.environ.clear()
    os.environ.update(order["environment"])
    os.chdir(order["folder"])
    # `python -m` looks for modules where it is started.
    sys.path[0] = order["folder"]
    module, *sys.argv[1:] = order["command"]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


def _serve() -> None:
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "2"
    with native_stderr_aside():
        for library in ("tensorflow", "keras"):
            importlib.import_module(library)
    # What is loaded is shared with the forked processes for as long as nobody writes to it.
    gc.freeze()
    for line in sys.stdin:
        process = os.fork()
        if process == 0:
            _become(json.loads(line))
            return
        _, status = os.waitpid(process, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    _serve()
