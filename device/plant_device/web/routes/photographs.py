"""Pictures that are taken now: by the device's camera, or by a phone's."""

import re
import tempfile
from http import HTTPStatus
from pathlib import Path
from typing import Annotated, Any, BinaryIO

from fastapi import APIRouter, File, Form, Response, UploadFile
from pydantic import BaseModel

from plant_device.classify.line import ClassifiedLine
from plant_device.contract.errors import UserError
from plant_device.live.orders import Photograph
from plant_device.store.place.place import Place
from plant_device.web.openapi import Responses, problems
from plant_device.web.problems import Problem, wait
from plant_device.web.records_out import RecordOut, record_out
from plant_device.web.served import Served, ServedDevice
from plant_device.web.uploads import classified_apart, kind_of

router = APIRouter(tags=["photographs"])

_PHOTOGRAPH_SECONDS = 100.0
_NAME_LETTERS = 80
_UNREADABLE = {
    "HEIC": "on an iPhone choose Settings, Camera, Formats, Most Compatible, or send a screenshot "
    "of it",
    "AVIF": "save it as JPEG, or send a screenshot of it",
}


class ClassifiedOut(BaseModel):
    """What a picture was taken for; `record` where it was kept."""

    record: RecordOut | None
    line: ClassifiedLine


@router.post(
    "/photograph",
    status_code=HTTPStatus.CREATED,
    responses=problems(403, 409, 503),
    summary="Have the device's camera look now",
)
def photograph(served: ServedDevice) -> RecordOut:
    """An answer of the frames that come now, kept as a record: what a button does, in each mode."""
    with served.store() as store:
        try:
            number, _ = served.link.ask(Photograph(), _PHOTOGRAPH_SECONDS)
        except UserError as error:
            raise wait(HTTPStatus.SERVICE_UNAVAILABLE, str(error), 2.0) from None
        return record_out(store.record(int(number)))


_KEPT: Responses = {201: {"model": ClassifiedOut, "description": "Classified, and kept"}}


@router.post(
    "/classify",
    responses=_KEPT | problems(403, 408, 409, 413, 415, 429, 503, 507),
    summary="Classify a picture of yours",
)
def classify(
    served: ServedDevice,
    response: Response,
    picture: Annotated[
        UploadFile, File(description="JPEG, PNG, WebP, BMP or TIFF, 64 million pixels at most")
    ],
    latitude: Annotated[float | None, Form(ge=-90, le=90, allow_inf_nan=False)] = None,
    longitude: Annotated[float | None, Form(ge=-180, le=180, allow_inf_nan=False)] = None,
    accuracy: Annotated[float | None, Form(ge=0, le=1e6, allow_inf_nan=False)] = None,
    keep: Annotated[bool, Form(description="false: no record is kept")] = True,
) -> ClassifiedOut:
    """One picture at a time, set upright as its EXIF says."""
    place = _place(latitude, longitude, accuracy)
    name = _plain(picture.filename)
    _require_kind(picture.file, name)
    if not served.uploading.acquire(blocking=False):
        raise wait(
            HTTPStatus.TOO_MANY_REQUESTS, "another picture is being classified: try again", 3.0
        )
    try:
        answer = _classified(served, picture.file, name, place, keep)
    finally:
        served.uploading.release()
    line = ClassifiedLine.model_validate(answer["line"])
    if answer["record"] is None:
        return ClassifiedOut(record=None, line=line)
    response.status_code = HTTPStatus.CREATED
    with served.store() as store:
        return ClassifiedOut(record=record_out(store.record(answer["record"])), line=line)


def _classified(
    served: Served, file: BinaryIO, name: str, place: Place | None, keep: bool
) -> dict[str, Any]:
    settings = served.settings
    store = settings.store.folder if keep else None
    upload = {
        "name": name,
        "model": str(served.model.file()),
        "threads": settings.threads,
        "limits": settings.quality.model_dump(),
        "place": vars(place) if place else None,
        "store": str(store) if store else None,
        "floor": served.floor() if store else None,
        "trust_clock": settings.store.trust_clock,
    }
    with tempfile.NamedTemporaryFile(prefix="plant-device-") as copy:
        file.seek(0)
        while piece := file.read(1 << 20):
            copy.write(piece)
        copy.flush()
        try:
            return classified_apart(Path(copy.name), upload)
        except UserError as error:
            raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, str(error)) from None


def _require_kind(file: BinaryIO, name: str) -> None:
    kind = kind_of(file.read(16))
    if kind in _UNREADABLE:
        raise Problem(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            f"expected a JPEG, PNG, WebP, BMP or TIFF picture, received {kind}: "
            f"{_UNREADABLE[kind]}",
        )
    if kind is None:
        raise Problem(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            f"expected a JPEG, PNG, WebP, BMP or TIFF picture, received {name}, which is none of "
            "these",
        )


def _place(latitude: float | None, longitude: float | None, accuracy: float | None) -> Place | None:
    if latitude is None and longitude is None and accuracy is None:
        return None
    if latitude is None or longitude is None:
        missing = "latitude" if latitude is None else "longitude"
        raise Problem(
            HTTPStatus.UNPROCESSABLE_ENTITY, f"expected {missing} too, received a half of a place"
        )
    return Place(latitude, longitude, "phone", accuracy)


def _plain(name: str | None) -> str:
    """A file's name as its sender has it, without what steers terminals or names folders."""
    last = re.split(r"[/\\]", name or "")[-1]
    plain = "".join(letter for letter in last if letter.isprintable()).strip()
    return plain[:_NAME_LETTERS] or "picture"
