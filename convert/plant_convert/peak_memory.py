"""How much memory a command needed."""

import resource
import sys


def peak_bytes() -> int:
    """The most memory that this process held so far, or one of its children that have ended."""
    # Kibibytes, but for macOS (getrusage(2) of both).
    unit = 1 if sys.platform == "darwin" else 1024
    whose = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return unit * max(resource.getrusage(who).ru_maxrss for who in whose)
