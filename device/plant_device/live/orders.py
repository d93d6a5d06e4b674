"""What the processes that show the device may ask of it."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter


class _Order(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


class NextState(_Order):
    """The state once it has another version than this; the same one after `seconds`."""

    kind: Literal["state"] = "state"
    version: int = -1
    seconds: Annotated[float, Field(ge=0, le=60)] = 10.0


class NextFrame(_Order):
    """The newest frame as a JPEG file, once it is another one than number `after`."""

    kind: Literal["frame"] = "frame"
    after: int = -1
    width: Annotated[int, Field(ge=64, le=4096)] = 640
    seconds: Annotated[float, Field(ge=0, le=60)] = 5.0


class Photograph(_Order):
    """An answer now, which is kept: its record's number."""

    kind: Literal["photograph"] = "photograph"


class ChangeSettings(_Order):
    """Other values of settings that may be changed while the device runs, by dotted names."""

    kind: Literal["change"] = "change"
    values: dict[str, Any]


class ShowSettings(_Order):
    """The values of those settings, which of them nobody may change, and how high one may be."""

    kind: Literal["settings"] = "settings"


class PhonePlace(_Order):
    """Where the phone is that looks at the page, for the records of the next minutes."""

    kind: Literal["place"] = "place"
    latitude: Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)]
    longitude: Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)]
    accuracy: Annotated[float | None, Field(ge=0, le=1e6, allow_inf_nan=False)] = None


class Say(_Order):
    """Words for whoever stands at the device's console; an `event` is kept in the store too."""

    kind: Literal["say"] = "say"
    words: Annotated[str, Field(max_length=20_000)]
    event: bool = False


Order = NextState | NextFrame | Photograph | ChangeSettings | ShowSettings | PhonePlace | Say

ORDER: TypeAdapter[Order] = TypeAdapter(Annotated[Order, Field(discriminator="kind")])
