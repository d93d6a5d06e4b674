"""The process in which a model file is tried: what happens to it happens to nobody else.

On stdin a `Request`, on stdout an `Answer`, both JSON in ASCII: file names need not be UTF-8, and
Python's escapes keep them. It does not outlive its parent, takes the processor when nobody else
does, and is the first to be killed when memory runs out.
"""

import io
import json
import os
import resource
import sys
from contextlib import redirect_stderr, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from plant_device.contract.end_with_parent import end_with_parent
from plant_device.contract.errors import DONE, REFUSED, UserError

_BASE_MEMORY = 1 << 30
"""Bytes of writable memory beside the model's own; libraries and threads take 280 MB of it."""
_COPIES = 4
"""Of a model file in memory: read, cut, in the runtime, and what is computed with it."""


@dataclass(frozen=True)
class Request:
    """Who asks, for what file, what messages call it, and how it is to be run."""

    parent: int
    path: str
    name: str
    threads: int | None = None
    delegate: str | None = None


@dataclass(frozen=True)
class Answer:
    """What came of it: a sound model's own words, or else an `error`.

    Args:
        created: ISO 8601.
        largest_step: of its self-test's logits, in int8 steps.
    """

    name: str = ""
    version: str = ""
    architecture: str = ""
    classes: int = 0
    created: str = ""
    largest_step: int = 0
    note: str = ""
    error: str = ""
    exit_code: int = DONE


def main() -> None:
    """Answer one request."""
    request = Request(**json.loads(sys.stdin.readline()))
    # What libraries print must not come before the answer.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    end_with_parent(request.parent)
    with suppress(FileNotFoundError):
        _be_modest(Path(request.path).stat().st_size)
    answers.write(json.dumps(asdict(_tried(request))))
    answers.flush()


def _be_modest(size: int) -> None:
    limit = _BASE_MEMORY + _COPIES * size
    _, hardest = resource.getrlimit(resource.RLIMIT_DATA)
    if hardest == resource.RLIM_INFINITY or limit < hardest:
        resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.nice(10)
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")


def _tried(request: Request) -> Answer:
    try:
        from plant_device.contract.model_file import parse_model_file, read_bounded
        from plant_device.models.proof import proven_classifier

        with redirect_stderr(io.StringIO()) as said:
            model = parse_model_file(Path(request.name), read_bounded(Path(request.path)))
            classifier = proven_classifier(model, request.threads, delegate=request.delegate)
    except UserError as error:
        return Answer(error=str(error), exit_code=error.exit_code)
    except MemoryError:
        return Answer(error=f"{request.name} needs more memory than a model may", exit_code=REFUSED)
    except Exception as error:  # of a strange model or a broken library: it is not installed
        told = f"{request.name} does not run here: {type(error).__name__}: {error}"
        return Answer(error=" ".join(told.split()), exit_code=REFUSED)
    return Answer(
        name=model.manifest.name,
        version=model.manifest.version,
        architecture=model.manifest.architecture,
        classes=len(model.manifest.classes),
        created=model.manifest.made_by.created,
        largest_step=classifier.largest_step,
        note=said.getvalue().strip(),
    )


if __name__ == "__main__":
    main()
