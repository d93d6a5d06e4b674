"""What a program does before its libraries are loaded."""

import gc
import importlib
import os
import signal

_OBJECTS = 50_000


def start(module: str) -> None:
    """Load a command line and run its `main`.

    A Ctrl-C while it loads, which can take seconds on a cold disk, ends the process as the
    signal does by itself: without a traceback from inside some library.
    """
    former = signal.getsignal(signal.SIGINT)
    # Shells start background jobs with SIGINT ignored; then it stays so.
    if former is not signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    # Thousands of objects come with the libraries and stay: the collector, which would look through
    # them again and again meanwhile, has nothing to find.
    gc.set_threshold(_OBJECTS)
    # pydantic would look through every installed package for plugins.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    program = importlib.import_module(module)
    signal.signal(signal.SIGINT, former)
    program.main()
