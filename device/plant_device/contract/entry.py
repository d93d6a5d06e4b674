"""What a program does before its libraries are loaded."""

import importlib
import signal


def start(module: str) -> None:
    """Load a command line and run its `main`.

    A Ctrl-C while it loads, which can take seconds on a cold disk, ends the process as the
    signal does by itself: without a traceback from inside some library.
    """
    former = signal.getsignal(signal.SIGINT)
    # Shells start background jobs with SIGINT ignored; then it stays so.
    if former is not signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    program = importlib.import_module(module)
    signal.signal(signal.SIGINT, former)
    program.main()
