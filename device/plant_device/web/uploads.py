"""Pictures that people send: classified, and kept, in a process that may take so much and no more.

A picture of a stranger can make a decoder crash, or ask for all of the memory. None of that reaches
the server.
"""

import os
import resource
from contextlib import suppress
from pathlib import Path
from typing import Any

from plant_device.contract.errors import UserError

# What a decoder may need for 64 million pixels, with the libraries and the model beside it.
_MEMORY = 1 << 30
_PROCESSOR_SECONDS = 60
_SECONDS = 90.0
# A leaf picture has 256 pixels a side; more is kept for people's eyes.
_ENOUGH = 1024

_HEIC = (b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1")
_AVIF = (b"avif", b"avis")
_HEADS = {
    b"\xff\xd8\xff": "JPEG",
    b"\x89PNG\r\n\x1a\n": "PNG",
    b"BM": "BMP",
    b"II*\0": "TIFF",
    b"MM\0*": "TIFF",
}


def kind_of(head: bytes) -> str | None:
    """Which kind of picture a file's first 16 bytes promise, whatever it is called."""
    if head[4:8] == b"ftyp":
        brand = head[8:12]
        return "HEIC" if brand in _HEIC else "AVIF" if brand in _AVIF else None
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "WebP"
    return next((kind for start, kind in _HEADS.items() if head.startswith(start)), None)


def classified_apart(path: Path, upload: dict[str, Any]) -> dict[str, Any]:
    """Have a picture classified, and kept, in another process.

    Args:
        upload: as of `classify_upload`.

    Returns:
        The `line` as JSON has it, and the `record`'s number or None.

    Raises:
        UserError: why not.
        OSError: no record can be kept, as the disk is full or cannot be written.
    """
    from plant_device.contract.own_process import NoAnswerError, ask_apart

    try:
        answer = ask_apart(classify_upload, str(path), upload, seconds=_SECONDS)
    except NoAnswerError as error:
        raise UserError(
            "expected a picture that can be read with 1 GB of memory and a minute of the "
            f"processor, received another one ({error})"
        ) from None
    if answer["disk"]:
        raise OSError(answer["disk"])
    return answer


def classify_upload(path: str, upload: dict[str, Any]) -> dict[str, Any]:
    """Classify a picture and keep a record of it; the work of the other process.

    Args:
        path: of the file as it was sent.
        upload: `name` for messages and the record, `model` file, `threads`, `limits` of quality,
            `place` or None, `store` folder or None and its `floor` in bytes, `trust_clock`.

    Returns:
        The `line` as JSON has it, the `record`'s number or None, and why the `disk` took none, or
        None.

    Raises:
        UserError: it is no picture that can be used.
    """
    _be_modest()
    try:
        return _classified(path, upload)
    except MemoryError:
        raise UserError(
            "expected a picture that can be read with 1 GB of memory, received a larger one"
        ) from None


def _classified(path: str, upload: dict[str, Any]) -> dict[str, Any]:
    from plant_device.classify.classifier import open_classifier
    from plant_device.classify.line import classified_line
    from plant_device.classify.quality import QualityLimits
    from plant_device.contract.picture_file import decode_picture

    # Before the model, which takes longer to start than most files to be refused.
    picture = decode_picture(Path(path).read_bytes(), upload["name"], _ENOUGH)
    limits = QualityLimits(**upload["limits"])
    classifier = open_classifier(Path(upload["model"]), upload["threads"], limits)
    line = classified_line(f"upload:{upload['name']}", classifier.classify(picture))
    record, disk = None, None
    if upload["store"]:
        from plant_device.store.clock import BoardClock
        from plant_device.store.disk import free_bytes
        from plant_device.store.place.place import Place
        from plant_device.store.store import Store

        folder = Path(upload["store"])
        with Store.existing(folder) as store:
            try:
                record = store.keep(
                    _bounded(picture) if free_bytes(folder) >= upload["floor"] else None,
                    line,
                    classifier.sha256,
                    BoardClock(trusted=upload["trust_clock"]).now(),
                    Place(**upload["place"]) if upload["place"] else None,
                )
            except OSError as error:
                disk = error.strerror or str(error)
    return {"line": line.model_dump(mode="json"), "record": record, "disk": disk}


def _bounded(picture: Any) -> Any:
    """The picture, or where nobody needs so many pixels, a smaller one."""
    import cv2

    share = _ENOUGH / min(picture.shape[:2])
    if share > 0.5:
        return picture
    return cv2.resize(picture, None, fx=share, fy=share, interpolation=cv2.INTER_AREA)


def _be_modest() -> None:
    _limit(resource.RLIMIT_DATA, _MEMORY)
    _limit(resource.RLIMIT_CPU, _PROCESSOR_SECONDS)
    _limit(resource.RLIMIT_CORE, 0)
    os.nice(5)
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")


def _limit(what: int, most: int) -> None:
    _, hardest = resource.getrlimit(what)
    if hardest == resource.RLIM_INFINITY or most < hardest:
        resource.setrlimit(what, (most, most))
