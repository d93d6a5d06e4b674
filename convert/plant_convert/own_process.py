"""Heavy work in a process of its own, whose end is told whatever it is.

TensorFlow's converter, and a runtime that reads a foreign file, can end their whole process
without any exception. What is left is a process that has loaded neither: it says what happened,
and removes temporary files.
"""

import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from types import FrameType

import typer

from plant_convert.scratch import new_scratch
from plant_device.contract.atomic import remove_leftovers
from plant_device.contract.command_line import say
from plant_device.contract.end_with_parent import end_with_parent
from plant_device.contract.errors import REFUSED, UserError

_SIGNALLED = 128
"""What a shell adds to a signal's number for an exit code."""
_STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_CRASHES = (signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS, signal.SIGFPE, signal.SIGILL)


def continue_in_own_process(advice: str, *writes: Path) -> None:
    """Return in a new process; this one waits for it, cleans up, and ends as it ended.

    To be called before TensorFlow starts threads, which a new process would not have. In the new
    one SIGINT and SIGTERM act at once, also within native code, which Python's handlers wait for.

    Args:
        advice: what to do after a crash.
        writes: what the new process writes by `plant_device.contract.atomic`.

    Raises:
        UserError: in the waiting process: the new one crashed or was killed.
        KeyboardInterrupt: in the waiting process, which has ended the new one.
        typer.Exit: in the waiting process: the exit code of the new one.
    """
    sys.stdout.flush()
    here = os.getpid()
    scratch = new_scratch()
    try:
        _handle(signal.SIGTERM, _stop)
        _handle(signal.SIGHUP, _stop)
        # Until somebody is there to end the new process: else what it writes would be left behind.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, _STOPPING)
        child = os.fork()
        if child == 0:
            _end_with(here)
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
            tempfile.tempdir = os.environ["TMPDIR"] = str(scratch)
            return
        code = _exit_code(child, before)
    finally:
        if os.getpid() == here:
            shutil.rmtree(scratch, ignore_errors=True)
            for path in writes:
                remove_leftovers(path)
    if code < 0:
        raise _ended_by(signal.Signals(-code), advice)
    raise typer.Exit(code)


def _handle(number: signal.Signals, handler: object) -> None:
    # What a shell (SIGINT, of background jobs) or nohup (SIGHUP) has ignored stays so.
    if signal.getsignal(number) is not signal.SIG_IGN:
        signal.signal(number, handler)  # type: ignore[arg-type]


def _stop(number: int, frame: FrameType | None) -> None:
    say("error: stopped")
    raise typer.Exit(_SIGNALLED + number)


def _end_with(parent: int) -> None:
    """Have this process end with its parent, and at once when it is told to."""
    for number in _STOPPING:
        _handle(number, signal.SIG_DFL)
    # A parent that is killed cannot pass it on; Linux can.
    end_with_parent(parent)


def _exit_code(child: int, heeded: Iterable[int]) -> int:
    """Wait for a process; its exit code, or below 0 the signal that ended it.

    Args:
        heeded: the mask of blocked signals under which it is waited for.
    """
    try:
        signal.pthread_sigmask(signal.SIG_SETMASK, heeded)
        _, status = os.waitpid(child, 0)
    except BaseException:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        raise
    code = os.waitstatus_to_exitcode(status)
    if code == -signal.SIGINT:
        # A terminal's Ctrl-C goes to both, and may end the child first.
        raise KeyboardInterrupt
    return code


def _ended_by(ending: signal.Signals, advice: str) -> UserError:
    if ending == signal.SIGKILL:
        return UserError(
            "the process that did the work was killed (SIGKILL), as Linux does when memory runs "
            "out, and nothing is written: free some memory, or ask for less at once"
        )
    if ending in _CRASHES:
        return UserError(
            f"the native code of TensorFlow or LiteRT crashed ({ending.name}), and nothing is "
            f"written: {advice}",
            exit_code=REFUSED,
        )
    return UserError(f"the process that did the work was ended ({ending.name})")
