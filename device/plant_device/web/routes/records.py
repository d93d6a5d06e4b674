"""What was kept: listed, shown, corrected, deleted, counted, taken home."""

import hashlib
import io
import tempfile
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from http import HTTPStatus
from pathlib import Path
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request
from fastapi import Path as InPath
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from starlette.background import BackgroundTask
from starlette.responses import FileResponse, Response

from plant_device.classify.decision import DecisionKind
from plant_device.contract.errors import UserError
from plant_device.store.commands import require_label
from plant_device.store.deletion import purge_old
from plant_device.store.disk import free_bytes, usual_floor
from plant_device.store.export.geojson import write_geojson
from plant_device.store.export.table import write_table
from plant_device.store.export.training import write_training_zip
from plant_device.store.pictures import picture_file
from plant_device.store.store import Store, Wanted
from plant_device.web.openapi import EXPORTS, JPEG, Responses, problems
from plant_device.web.problems import Problem, wait
from plant_device.web.records_out import RecordOut, record_out
from plant_device.web.served import Served, ServedDevice

router = APIRouter(prefix="/records", tags=["records"])

EXPORTS_FOLDER = ".exports"
"""In the store's, where exports grow: /tmp may be in memory."""
_MOST_ID = (1 << 63) - 1
_MOST_PLACES = 5000
_MOST_DAYS = 400
_QUALITY = 80
_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "geojson": "application/geo+json",
    "zip": "application/zip",
}

_UNCHANGED: Responses = {304: {"description": "The picture that you have is the same"}}

Number = Annotated[int, InPath(ge=1, le=_MOST_ID, description="the record's number")]
Since = Annotated[AwareDatetime | None, Query(description="taken then or later")]
Until = Annotated[AwareDatetime | None, Query(description="taken before then")]


def _wanted(
    since: Since = None,
    until: Until = None,
    crop: Annotated[
        str | None, Query(max_length=100, description="a label's part before ___, `_` as space")
    ] = None,
    label: Annotated[
        str | None, Query(max_length=100, description="as corrected, or else as decided")
    ] = None,
    decision: Annotated[
        DecisionKind | None, Query(description="as corrected, or else as decided")
    ] = None,
    corrected: Annotated[
        bool | None, Query(description="true: only what a person corrected; false: only the rest")
    ] = None,
) -> Wanted:
    return Wanted(
        _in_utc(since),
        _in_utc(until),
        decision,
        label,
        corrected,
        crop.replace(" ", "_") if crop else None,
    )


WantedRecords = Annotated[Wanted, Depends(_wanted)]


class PageOut(BaseModel):
    """Records, the newest first; `next` is what `before` must be for those that follow."""

    records: list[RecordOut]
    next: int | None
    total: int


class CountOut(BaseModel):
    """How many records of a class and decision, of a day or of all."""

    day: str | None = None
    label: str
    decision: DecisionKind
    count: int


class PointOut(BaseModel):
    """A point of GeoJSON: longitude, latitude."""

    type: Literal["Point"] = "Point"
    coordinates: Annotated[list[float], Field(min_length=2, max_length=2)]


class FeatureOut(BaseModel):
    """A record at its place."""

    type: Literal["Feature"] = "Feature"
    id: int
    geometry: PointOut
    properties: RecordOut


class PlacesOut(BaseModel):
    """Records at their places, as GeoJSON (RFC 7946), the newest first."""

    type: Literal["FeatureCollection"] = "FeatureCollection"
    features: list[FeatureOut]


# Lines of words, and nothing that steers whatever reads them.
_WORDS = r"^[^\x00-\x08\x0b-\x1f\x7f]*$"


class ChangeIn(BaseModel):
    """What a person says of a record; what is not named stays."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"corrected": "Tomato___Late_blight", "note": "white mould below"}]
        },
    )

    corrected: Annotated[
        str | None,
        Field(
            max_length=100,
            pattern=_WORDS,
            description="the class, or not_leaf; null takes a correction back",
        ),
    ] = None
    note: Annotated[str, Field(max_length=2000, pattern=_WORDS)] = ""


@router.get("", responses=problems(409), summary="List records")
def list_records(
    served: ServedDevice,
    wanted: WantedRecords,
    before: Annotated[int | None, Query(ge=1, le=_MOST_ID, description="only smaller ids")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> PageOut:
    """A page of records. What comes meanwhile moves nothing: pages go by id."""
    with served.store() as store:
        found = [record_out(record) for record in store.records(wanted, limit + 1, before)]
        page = found[:limit]
        return PageOut(
            records=page,
            next=page[-1].id if len(found) > limit else None,
            total=store.count(wanted),
        )


@router.get(
    "/counts",
    response_model_exclude_none=True,
    responses=problems(409),
    summary="Count records by class, or by day and class",
)
def count_records(
    served: ServedDevice,
    wanted: WantedRecords,
    by: Literal["day", "label"] = "label",
    utc_offset: Annotated[
        int, Query(ge=-840, le=840, description="by day: minutes that its zone is ahead of UTC")
    ] = 0,
) -> list[CountOut]:
    """By day the last first, at most 400 days that have records."""
    with served.store() as store:
        if by == "label":
            return _counts(store, wanted, None)
        return _by_day(store, wanted, timezone(timedelta(minutes=utc_offset)))


@router.get("/places", responses=problems(409), summary="Records whose place is known")
def places(served: ServedDevice) -> PlacesOut:
    """GeoJSON of the newest 5000 of them."""
    with served.store() as store:
        return PlacesOut(
            features=[
                FeatureOut(
                    id=record.id,
                    geometry=PointOut(coordinates=[record.place.longitude, record.place.latitude]),
                    properties=record_out(record),
                )
                for record in store.placed(_MOST_PLACES)
                if record.place
            ]
        )


@router.get(
    "/export",
    response_class=Response,
    responses=EXPORTS | problems(409, 429, 507),
    summary="Take records home",
)
def export(
    served: ServedDevice,
    wanted: WantedRecords,
    format: Literal["csv", "geojson", "zip"] = "csv",  # noqa: A002
) -> Response:
    """A table, a map's file, or a zip of class folders that `plant-train fit` takes as it is."""
    if not served.exporting.acquire(blocking=False):
        raise wait(HTTPStatus.TOO_MANY_REQUESTS, "another export is being written: try again", 10.0)
    try:
        folder = tempfile.TemporaryDirectory(dir=_room_for_exports(served.folder))
        path = Path(folder.name) / f"records.{format}"
        with served.store() as store:
            _write(store, wanted, path, served)
    finally:
        served.exporting.release()
    return FileResponse(
        path,
        media_type=_TYPES[format],
        filename=f"{served.clock.now().utc:%Y-%m-%d}-records.{format}",
        background=BackgroundTask(folder.cleanup),
    )


@router.get("/{number}", responses=problems(404, 409), summary="One record")
def show(served: ServedDevice, number: Number) -> RecordOut:
    """A record that was not deleted."""
    with served.store() as store:
        return record_out(store.record(number))


@router.get(
    "/{number}/picture",
    response_class=Response,
    responses=JPEG
    | {304: {"description": "The picture that you have is the same"}}
    | problems(404, 409),
    summary="A record's picture",
)
def picture(
    served: ServedDevice,
    request: Request,
    number: Number,
    width: Annotated[
        int | None, Query(ge=32, le=1920, description="pixels at most; else as it was kept")
    ] = None,
) -> Response:
    """A JPEG file. A record's picture never changes, so that a browser keeps it."""
    with served.store() as store:
        name = store.record(number).picture
    path = picture_file(served.folder, name)
    if path is None:
        raise Problem(HTTPStatus.NOT_FOUND, f"record {number} has no picture, or no longer has it")
    tag = f'"{hashlib.sha256(f"{name} {width}".encode()).hexdigest()[:32]}"'
    headers = {"etag": tag, "cache-control": "private, max-age=31536000, immutable"}
    if tag in request.headers.get("if-none-match", ""):
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    content = path.read_bytes() if width is None else _thumbnail(path, width)
    return Response(content, headers=headers, media_type="image/jpeg")


@router.patch("/{number}", responses=problems(403, 404, 409, 507), summary="Correct, or note")
def change(served: ServedDevice, number: Number, given: ChangeIn) -> RecordOut:
    """Say what a record really shows, or put words to it."""
    named = given.model_fields_set
    if given.corrected is not None:
        try:
            require_label(given.corrected)
        except UserError as error:
            raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, str(error)) from None
    with served.store() as store:
        if "corrected" in named:
            store.correct(number, given.corrected)
        if "note" in named:
            store.note(number, given.note)
        return record_out(store.record(number))


@router.delete(
    "/{number}",
    status_code=HTTPStatus.NO_CONTENT,
    responses=problems(403, 404, 409, 507),
    summary="Delete a record",
)
def delete(served: ServedDevice, number: Number) -> None:
    """It appears nowhere any more. `restore` undoes that for 30 days."""
    moment = served.clock.now()
    with served.store() as store:
        store.delete(number, moment.utc)
        purge_old(store, moment)


@router.post(
    "/{number}/restore", responses=problems(403, 404, 409, 507), summary="Undo that it was deleted"
)
def restore(served: ServedDevice, number: Number) -> RecordOut:
    """Nothing changes where it was not deleted."""
    with served.store() as store:
        store.restore(number)
        return record_out(store.record(number))


def _counts(store: Store, wanted: Wanted, day: str | None) -> list[CountOut]:
    return [
        CountOut.model_validate(
            {"day": day, "label": one.label, "decision": one.decision, "count": one.number}
        )
        for one in store.counts(wanted)
    ]


def _by_day(store: Store, wanted: Wanted, zone: timezone) -> list[CountOut]:
    # Day after day, each by the index of times: no sorting of all that there is.
    found: list[CountOut] = []
    until = wanted.until
    for _ in range(_MOST_DAYS):
        newest = store.newest_moment(until)
        if newest is None or (wanted.since and newest < wanted.since):
            break
        day = newest.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
        since = max(day, wanted.since or day)
        end = min(until or day + timedelta(days=1), day + timedelta(days=1))
        found += _counts(store, replace(wanted, since=since, until=end), f"{day:%Y-%m-%d}")
        until = day
    return found


def _in_utc(moment: datetime | None) -> datetime | None:
    try:
        return moment.astimezone(timezone.utc) if moment else None
    except OverflowError:
        raise Problem(
            HTTPStatus.UNPROCESSABLE_ENTITY, f"expected a time of our days, received {moment}"
        ) from None


def _room_for_exports(store: Path) -> Path:
    folder = store / EXPORTS_FOLDER
    folder.mkdir(exist_ok=True)
    return folder


def _write(store: Store, wanted: Wanted, path: Path, served: Served) -> None:
    floor = served.settings.store.floor
    least = (usual_floor(store.folder) if floor is None else floor) // 2

    def check(so_far: object) -> None:
        if free_bytes(store.folder) < least:
            raise Problem(
                HTTPStatus.INSUFFICIENT_STORAGE,
                "the device's disk has no room for this export: ask for less, by since and until, "
                "or use plant-device records export with a stick",
            )

    check(None)
    if path.suffix == ".csv":
        write_table(store.records(wanted), path)
    elif path.suffix == ".geojson":
        write_geojson(store.records(wanted), path)
    else:
        write_training_zip(
            lambda last: store.following(last, wanted), "", store.folder, path, check
        )


def _thumbnail(path: Path, width: int) -> bytes:
    from PIL import Image

    try:
        with Image.open(path, formats=("JPEG",)) as image:
            # A decoder that leaves out fine frequencies does most of the work.
            image.draft("RGB", (width, width))
            image.thumbnail((width, max(width, width * image.height // image.width)))
            content = io.BytesIO()
            image.convert("RGB").save(content, "JPEG", quality=_QUALITY)
            return content.getvalue()
    except OSError:
        raise Problem(HTTPStatus.NOT_FOUND, "the picture of this record is damaged") from None
