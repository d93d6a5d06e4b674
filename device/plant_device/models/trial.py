"""Has a model file tried in a process of its own: a crash there is a sentence here."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from plant_device.contract.errors import REFUSED, UserError
from plant_device.models.trial_process import Answer, Request

_COMMAND = (sys.executable, "-m", "plant_device.models.trial_process")
_SECONDS = 120.0
"""A 57 MB file and the libraries from a slow card take a Pi a tenth of it."""


def tried(
    path: Path,
    name: str,
    command: Sequence[str] = _COMMAND,
    seconds: float = _SECONDS,
    threads: int | None = None,
    delegate: str | None = None,
) -> Answer:
    """Have a model file, which is untrusted, read, checked and run.

    Args:
        path: where it is.
        name: what messages call it.
        command: of the process; takes a `Request`, gives an `Answer`.
        seconds: how long it may take.
        threads, delegate: as `Classifier` takes them.

    Returns:
        The answer of a sound model.

    Raises:
        UserError: it is none, does not run here, or ended its process.
    """
    request = Request(
        parent=os.getpid(), path=str(path), name=name, threads=threads, delegate=delegate
    )
    try:
        ended = subprocess.run(
            command,
            input=json.dumps(asdict(request)).encode(),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=seconds,
            check=False,
            # Ctrl-C is for this process, which then ends that one.
            start_new_session=True,
        )
    except subprocess.TimeoutExpired:
        raise _refused(f"{name} did not come through its self-test in {seconds:g} s") from None
    if ended.returncode < 0:
        raise _refused(_crash(name, signal.Signals(-ended.returncode)))
    try:
        answer = Answer(**json.loads(ended.stdout))
    except (ValueError, TypeError):
        raise _refused(
            f"the process that tried {name} ended with exit code {ended.returncode} and no answer"
        ) from None
    if answer.error:
        raise UserError(answer.error, answer.exit_code)
    return answer


def _crash(name: str, ending: signal.Signals) -> str:
    match ending:
        case signal.SIGILL:
            return (
                f"the runtime that is installed uses an instruction that this processor does not "
                f"have (SIGILL, at {name}): install one that was built for it"
            )
        case signal.SIGKILL:
            return (
                f"the process that tried {name} was killed (SIGKILL), as Linux does when memory "
                "runs out: free some, or build a smaller model"
            )
    return f"{name} crashed the runtime ({ending.name}), it cannot be used on this device"


def _refused(reason: str) -> UserError:
    return UserError(reason, REFUSED)
