"""What is tried with any bytes: one reader, and what may come of it."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from random import Random

from plant_device.contract.errors import UserError

_FOLDER = Path(__file__).parent
CORPUS = _FOLDER / "corpus"
TARGETS = tuple(sorted(path.stem for path in (_FOLDER / "targets").glob("[a-z]*.py")))
"""The names of all of them."""

# More is no line that a person reads.
_LONGEST_REFUSAL = 5000
# What Python announces when a pickle, or anything else, is about to run what was named to it.
_RUNS_CODE = frozenset(
    {"pickle.find_class", "os.system", "os.exec", "os.posix_spawn", "subprocess.Popen"}
)

Change = Callable[[bytes], bytes]
"""Any bytes instead of these, which resemble them."""


@dataclass(frozen=True)
class Target:
    """A reader of what comes from outside.

    Args:
        read: takes bytes, and a folder of its own in which files may be written; returns what it
            made of them, or raises a refusal.
        seeds: sound inputs, which `read` takes.
        refusals: how the reader says that it does not take something.
        tokens: words of the input's language, which may be put into it.
        memory: bytes of data that the fuzzer's process may have.
        changed: changes a part of a sound whole so that the whole stays sound, as its sums; None
            where any byte may change.
    """

    read: Callable[[bytes, Path], object]
    seeds: Callable[[], list[bytes]]
    refusals: tuple[type[Exception], ...] = (UserError,)
    tokens: tuple[str, ...] = ()
    memory: int = 3 << 30
    changed: Callable[[bytes, Change, Random], bytes] | None = None


def load(name: str) -> Target:
    """The target of a name."""
    target: Target = import_module(f"targets.{name}").TARGET
    return target


def corpus(name: str) -> list[Path]:
    """The files that are kept for a target: what was found to be worth trying again."""
    return sorted((CORPUS / name).iterdir()) if (CORPUS / name).is_dir() else []


def try_out(target: Target, content: bytes, folder: Path) -> Exception | None:
    """Have some bytes read.

    Returns:
        The refusal, or None where they were taken.

    Raises:
        AssertionError: the refusal is no printable line, or code ran that the bytes named.
        Exception: another than a refusal.
    """
    try:
        with _watch:
            target.read(content, folder)
    except target.refusals as error:
        # Not kept in a variable of its own, since what a refusal grew from leads to this frame: a
        # circle that keeps all of a large picture until Python looks for such.
        return _a_line(error)
    return None


def _a_line(refusal: Exception) -> Exception:
    if isinstance(refusal, UserError):
        assert str(refusal).isprintable(), f"no line: {str(refusal)!r:.300}"
        assert 0 < len(str(refusal)) <= _LONGEST_REFUSAL, f"no line: {len(str(refusal)):,} letters"
    return refusal


class _Watch:
    """Fails where Python's audit events tell, between its begin and end, of code that is run."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self._looks = self._hooked = False

    def __enter__(self) -> None:
        if not self._hooked:
            # A hook stays for as long as the process does.
            sys.addaudithook(self._hear)
            self._hooked = True
        self.seen, self._looks = [], True

    def __exit__(self, *_: object) -> None:
        self._looks = False
        assert not self.seen, f"code ran: {self.seen}"

    def _hear(self, event: str, arguments: tuple[object, ...]) -> None:
        if self._looks and event in _RUNS_CODE:
            self.seen.append(f"{event} {arguments!r:.200}")


_watch = _Watch()
