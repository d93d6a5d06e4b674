"""A question that is answered in a process of its own, whose end is told whatever it is.

Native code can end its whole process without any exception: a wheel for another processor (SIGILL),
a delegate for another runtime (SIGSEGV). Who asks here lives on and knows why.
"""

import importlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from typing import TypeVar

from plant_device.contract.end_with_parent import end_with_parent
from plant_device.contract.errors import REFUSED, UserError

Answer = TypeVar("Answer")


class NoAnswerError(UserError):
    """The process ended, or was ended, before it had answered."""

    def __init__(self, message: str) -> None:
        super().__init__(message, exit_code=REFUSED)


def ask_apart(question: Callable[..., Answer], *arguments: object, seconds: float) -> Answer:
    """Call a function in a new Python process.

    Args:
        question: a module's; what it takes and gives can be written as JSON.
        seconds: after which the process is killed.

    Raises:
        UserError: as the function raised it; another exception is told with its type's name.
        NoAnswerError: the process crashed, be it at its end, or was too slow.
    """
    asked = {
        "parent": os.getpid(),
        "module": question.__module__,
        "function": question.__qualname__,
        "arguments": arguments,
    }
    try:
        process = subprocess.run(
            [sys.executable, "-m", "plant_device.contract.own_process"],
            # Not in the process's arguments, which every user of the machine can read.
            input=json.dumps(asked),
            capture_output=True,
            text=True,
            errors="replace",
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise NoAnswerError(f"no answer within {seconds:g} s") from None
    if process.returncode:
        raise NoAnswerError(_ending(process.returncode))
    told = json.loads(process.stdout)
    if "error" in told:
        raise UserError(told["error"], told["exit_code"])
    answer: Answer = told["answer"]
    return answer


def main() -> None:
    """Answer the question on standard input."""
    asked = json.load(sys.stdin)
    end_with_parent(asked["parent"])
    # What libraries print is no part of the answer.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    told: dict[str, object]
    try:
        question = getattr(importlib.import_module(asked["module"]), asked["function"])
        told = {"answer": question(*asked["arguments"])}
    except UserError as error:
        told = {"error": str(error), "exit_code": error.exit_code}
    except Exception as error:
        told = {"error": f"{type(error).__name__}: {error}", "exit_code": REFUSED}
    json.dump(told, answers)
    answers.flush()


def _ending(code: int) -> str:
    if code < 0:
        return f"its process was ended by {signal.Signals(-code).name} ({signal.strsignal(-code)})"
    return f"its process ended with exit code {code}"


if __name__ == "__main__":
    main()
