"""A Python program that may take so much of the machine and no more, whatever it is given."""

import os
import resource
import subprocess
import sys


def bounded(*arguments: object, megabytes: int, seconds: int) -> "subprocess.CompletedProcess[str]":
    """Run Python with these arguments and with limits, and wait for it.

    Args:
        megabytes: of memory that it may write to: more is a MemoryError, or its end.
        seconds: of the processor's time, after which it is killed.
    """

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_DATA, (megabytes << 20, megabytes << 20))
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

    return subprocess.run(
        [sys.executable, *map(str, arguments)],
        # Each thread of OpenBLAS takes memory that has nothing to do with what is read.
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
        preexec_fn=limit,
        capture_output=True,
        text=True,
        check=False,
    )
