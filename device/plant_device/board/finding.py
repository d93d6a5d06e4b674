"""What a check of this machine says, and what it is asked with."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Level = Literal["ok", "warning", "failure"]


@dataclass(frozen=True)
class Finding:
    """One line.

    Args:
        name: of what was looked at.
        what: was found, in words.
        to_do: the exact thing to do; empty where there is nothing.
    """

    name: str
    level: Level
    what: str
    to_do: str = ""


@dataclass(frozen=True)
class Asked:
    """What is to be looked at.

    Args:
        root: of the file system in which the kernel's files are read.
        model: a model file; None leaves it out.
        source: a source string; None looks at the cameras that there are.
        store: the folder of a store; None looks at the disk of the current folder.
    """

    root: Path = Path("/")
    model: Path | None = None
    source: str | None = None
    store: Path | None = None

    def read(self, path: str) -> str:
        """A file below the root, or nothing where there is none that can be read."""
        try:
            return (self.root / path).read_text(errors="replace").replace("\0", "").strip()
        except OSError:
            return ""
