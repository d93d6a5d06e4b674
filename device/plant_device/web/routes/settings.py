"""Settings that are safe to change while the device works, and the phone's place."""

from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, create_model

from plant_device.contract.errors import UserError
from plant_device.live.orders import ChangeSettings, PhonePlace, ShowSettings
from plant_device.service.adjustments import ADJUSTABLE
from plant_device.service.settings import Settings
from plant_device.web.openapi import problems
from plant_device.web.problems import Problem
from plant_device.web.served import Served, ServedDevice

router = APIRouter(tags=["settings"])


def _adjustable() -> type[BaseModel]:
    """The settings that may be changed, each by its dotted name; what is not named stays."""
    fields: dict[str, Any] = {}
    for name in ADJUSTABLE:
        model: type[BaseModel] = Settings
        *sections, key = name.split(".")
        for section in sections:
            annotation = model.model_fields[section].annotation
            assert isinstance(annotation, type)
            assert issubclass(annotation, BaseModel)
            model = annotation
        field = model.model_fields[key]
        fields[name.replace(".", "__")] = (
            field.rebuild_annotation(),
            Field(field.default, alias=name, description=field.description),
        )
    adjustable: type[BaseModel] = create_model(
        "SettingsIn",
        __config__=ConfigDict(
            extra="forbid",
            # Else true would be 1.
            strict=True,
            json_schema_extra={"examples": [{"decision.mode": "inspect", "decision.leaves": 4}]},
        ),
        **fields,
    )
    return adjustable


SettingsIn = _adjustable()


class SettingsOut(BaseModel):
    """What holds, which names the command line has set for good, and what each may be."""

    model_config = ConfigDict(populate_by_name=True, protected_namespaces=())

    values: dict[str, Any]
    fixed: list[str]
    described: Annotated[dict[str, Any], Field(alias="schema")]


class PlaceIn(BaseModel):
    """Where the phone is, in degrees (WGS 84), and how far off that may be, in metres."""

    model_config = ConfigDict(
        extra="forbid",
        strict=True,
        json_schema_extra={
            "examples": [{"latitude": 52.1315, "longitude": 11.6399, "accuracy": 5.0}]
        },
    )

    latitude: Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)]
    longitude: Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)]
    accuracy: Annotated[float | None, Field(ge=0, le=1e6, allow_inf_nan=False)] = None


@router.get("/settings", responses=problems(503), summary="Settings that may be changed")
def show(served: ServedDevice) -> SettingsOut:
    """By dotted names, as the settings file has them."""
    return _out(served.link.ask(ShowSettings())[0])


@router.patch("/settings", responses=problems(403, 503, 507), summary="Change settings")
def change(
    served: ServedDevice,
    changes: SettingsIn,  # type: ignore[valid-type]
) -> SettingsOut:
    """Applied at once, and kept for the next start. All of them, or none where one is wrong."""
    return _out(_asked(served, ChangeSettings(values=_given(changes))))


@router.post(
    "/place",
    status_code=HTTPStatus.NO_CONTENT,
    responses=problems(403, 409, 503),
    summary="Tell where the phone is",
)
def place(served: ServedDevice, given: PlaceIn) -> None:
    """For the records of the next ten minutes, instead of what the settings say."""
    served.link.ask(PhonePlace(**given.model_dump()))


def _asked(served: Served, order: ChangeSettings) -> Any:
    try:
        return served.link.ask(order)[0]
    except UserError as error:
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, str(error)) from None


def _given(changes: BaseModel) -> dict[str, Any]:
    return changes.model_dump(mode="json", by_alias=True, exclude_unset=True)


def _out(told: dict[str, Any]) -> SettingsOut:
    described = SettingsIn.model_json_schema()
    number, _ = described["properties"]["store.keep_free_mb"]["anyOf"]
    if told["most_free_mb"] is not None:
        number["maximum"] = told["most_free_mb"]
    return SettingsOut(values=told["values"], fixed=told["fixed"], described=described)
