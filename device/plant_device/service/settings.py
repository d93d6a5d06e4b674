"""The settings of `plant-device run`: one TOML file; a name that is not one is an error."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, get_args

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from plant_device.board.heat import HeatLimits
from plant_device.camera.supervisor import Patience
from plant_device.classify.quality import QualityLimits
from plant_device.classify.smoothing import Smoothing
from plant_device.contract.errors import UserError
from plant_device.contract.near_misses import near_misses
from plant_device.contract.toml import read_toml
from plant_device.live.mode import ModeName
from plant_device.mqtt.settings import MqttSettings

# Wrong settings that one message names.
_TOLD = 5

Seconds = Annotated[float, Field(gt=0, le=86_400, allow_inf_nan=False)]
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]


def _can_be_a_path(value: object) -> object:
    # As a path an empty text would be the folder that one is in.
    if value == "":
        raise ValueError("expected a path, received an empty one")
    if not isinstance(value, str | Path) or "\0" in str(value):
        raise ValueError(f"expected a path, received {value!r:.80}")
    return value


Location = Annotated[Path, BeforeValidator(_can_be_a_path)]


class Section(BaseModel):
    """A part of the settings; its fields' descriptions are the file's comments."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    @model_validator(mode="before")
    @classmethod
    def _no_truth_for_numbers(cls, values: Any) -> Any:
        # Else true would be 1.
        for name, field in cls.model_fields.items():
            truth = isinstance(values, Mapping) and isinstance(values.get(name), bool)
            if truth and field.annotation is not bool:
                told = str(values[name]).lower()
                raise ValueError(f"expected another value of {name} than true or false: {told}")
        return values


class CameraSettings(Section):
    """How long a camera may take before it is opened again."""

    opening: Annotated[Seconds, Field(description="seconds for its first frame")] = Patience.opening
    stalled: Annotated[
        float,
        Field(ge=0.1, le=600, allow_inf_nan=False, description="seconds without a frame"),
    ] = Patience.stalled
    frozen: Annotated[
        float,
        Field(
            ge=0,
            le=86_400,
            allow_inf_nan=False,
            description="seconds of one and the same picture; 0: for ever",
        ),
    ] = Patience.frozen


class DecisionSettings(Section):
    """When the device looks, and when it has an answer."""

    mode: Annotated[
        ModeName,
        Field(
            description="continuous: each answer that comes to be shown; interval, motion, button: "
            "a look at a time; inspect: several leaves, one verdict"
        ),
    ] = "continuous"
    steady: Annotated[
        float,
        Field(
            ge=0.05,
            le=60,
            allow_inf_nan=False,
            description="seconds over which frames are averaged",
        ),
    ] = Smoothing.seconds
    enter: Annotated[
        float,
        Field(
            gt=0.5,
            le=1,
            allow_inf_nan=False,
            description="share of them at which an answer is shown",
        ),
    ] = Smoothing.enter
    leave: Annotated[Share, Field(description="share below which it no longer is")] = (
        Smoothing.leave
    )
    patience: Annotated[
        Seconds, Field(description="seconds until a look ends without an answer")
    ] = 5.0
    every: Annotated[Seconds, Field(description="interval: seconds between looks")] = 60.0
    motion: Annotated[
        float,
        Field(
            gt=0,
            le=1,
            allow_inf_nan=False,
            description="motion: share of the picture that must have changed",
        ),
    ] = 0.03
    rest: Annotated[
        float,
        Field(
            ge=0,
            le=86_400,
            allow_inf_nan=False,
            description="motion: seconds from one look to the next at least",
        ),
    ] = 10.0
    leaves: Annotated[int, Field(ge=1, le=100, description="inspect: leaves for a verdict")] = 6
    button: Annotated[
        str | None,
        Field(
            description="keyboard (Enter), page, gpio:LINE or gpio:/dev/gpiochipN:LINE asks for an "
            "answer now; without one, button takes the page or the keyboard, and inspect sees by "
            "itself when another leaf is held"
        ),
    ] = None

    @model_validator(mode="after")
    def _hysteresis(self) -> "DecisionSettings":
        if self.leave >= self.enter:
            raise ValueError(
                f"expected leave below enter ({self.enter:g}), received {self.leave:g}"
            )
        return self


class QualitySettings(Section):
    """What a picture must have to be answered by a class's name."""

    min_bright_end: Annotated[
        Share, Field(description="95th percentile of luma, or it is too dark")
    ] = QualityLimits.min_bright_end
    max_clipped: Annotated[
        Share, Field(description="share of white points, or it is too bright")
    ] = QualityLimits.max_clipped
    min_sharpness: Annotated[
        Share, Field(description="Laplacian's variance over luma's, or it is blurred")
    ] = QualityLimits.min_sharpness
    min_leaf_share: Annotated[
        Share, Field(description="share in a leaf's colours, or it is not a leaf")
    ] = QualityLimits.min_leaf_share

    @property
    def limits(self) -> QualityLimits:
        """As the classifier takes them."""
        return QualityLimits(**self.model_dump())


class StoreSettings(Section):
    """Where records and pictures go."""

    folder: Annotated[
        Location | None, Field(description="what is seen is kept there; none: nothing is")
    ] = None
    place: Annotated[
        str | None,
        Field(description="LATITUDE,LONGITUDE in degrees, or gpsd, or gpsd:HOST:PORT"),
    ] = None
    keep_free_mb: Annotated[
        int | None,
        Field(
            ge=0,
            le=10**9,
            description="megabytes to leave free, below which old pictures are thinned, then none "
            "are kept; none: 500, or 5 % of a smaller disk",
        ),
    ] = None
    trust_clock: Annotated[
        bool,
        Field(description="true where a battery keeps the clock right without a network"),
    ] = False

    @property
    def floor(self) -> int | None:
        """Bytes to leave free; None: as the disk asks for."""
        return None if self.keep_free_mb is None else self.keep_free_mb * 10**6


class WebSettings(Section):
    """The page for a phone, and the API behind it."""

    listen: Annotated[
        str | None,
        Field(description="HOST:PORT, such as 127.0.0.1:8080 or 0.0.0.0:8080; none: no page"),
    ] = None
    state: Annotated[
        Path | None,
        Field(
            description="folder for the token, a self-made certificate and what the page changes; "
            "none: web in the store's"
        ),
    ] = None
    certificate: Annotated[
        Path | None, Field(description="PEM file for https, with key; else http")
    ] = None
    key: Annotated[Path | None, Field(description="PEM file of the certificate's key")] = None
    self_signed: Annotated[
        bool, Field(description="true: https with a certificate that the device makes itself")
    ] = False
    max_upload_mb: Annotated[
        int, Field(ge=1, le=200, description="megabytes of a picture that is uploaded, at most")
    ] = 25

    @model_validator(mode="after")
    def _certificate(self) -> "WebSettings":
        if (self.certificate is None) != (self.key is None):
            raise ValueError("expected a certificate and its key, received one of them")
        if self.certificate and self.self_signed:
            raise ValueError("expected a certificate or self_signed, received both")
        return self


class ReportSettings(MqttSettings, Section):
    """What is reported to an MQTT broker; needs a store."""


class HeatSettings(Section):
    """When the board is too hot to work at its full rate."""

    highest: Annotated[
        float,
        Field(ge=-40, le=150, allow_inf_nan=False, description="°C that are borne at full rate"),
    ] = HeatLimits.highest
    margin: Annotated[
        float,
        Field(
            ge=0,
            le=100,
            allow_inf_nan=False,
            description="°C below that at which it comes back",
        ),
    ] = HeatLimits.margin
    seconds: Annotated[
        float,
        Field(
            ge=0,
            le=3600,
            allow_inf_nan=False,
            description="so long it must be so before the rate halves, or doubles",
        ),
    ] = HeatLimits.seconds
    steps: Annotated[
        int, Field(ge=0, le=8, description="how often the rate may halve; 0: never")
    ] = HeatLimits.steps

    @property
    def limits(self) -> HeatLimits:
        """As `board.heat` takes them."""
        return HeatLimits(**self.model_dump())


class Settings(Section):
    """Everything that `plant-device run` can be told by a file."""

    model: Annotated[
        Location | None, Field(description="a file of plant-convert, or a folder of model install")
    ] = None
    source: Annotated[str | None, Field(description="as --source says")] = None
    threads: Annotated[
        int | None,
        Field(
            ge=1,
            le=64,
            description="processor threads a picture; else one a core, at most 4",
        ),
    ] = None
    language: Annotated[
        str | None,
        Field(description="what people are told is in it: en, de, es …; else the environment's"),
    ] = None
    texts: Annotated[
        Location | None, Field(description="a folder of your own language files, which come first")
    ] = None
    delegate: Annotated[
        str | None,
        Field(
            min_length=1,
            description="an external TFLite delegate's library; else the processor computes",
        ),
    ] = None
    camera: CameraSettings = CameraSettings()
    decision: DecisionSettings = DecisionSettings()
    quality: QualitySettings = QualitySettings()
    store: StoreSettings = StoreSettings()
    heat: HeatSettings = HeatSettings()
    web: WebSettings = WebSettings()
    mqtt: ReportSettings = ReportSettings()


def read_settings(path: Path) -> Settings:
    """Read a settings file.

    Raises:
        UserError: there is none, it is no TOML, or says what no setting is.
    """
    try:
        values = read_toml(path)
    except (FileNotFoundError, IsADirectoryError) as error:
        raise UserError(
            f"expected a settings file at {path}, received: {error.strerror} "
            "(`plant-device config init FILE` writes one)"
        ) from None
    except ValueError as error:
        raise UserError(f"{path} is not TOML: {error}") from None
    return _checked(values, str(path))


def changed(
    settings: Settings, changes: Mapping[str, Any], origin: str = "the command line"
) -> Settings:
    """Settings with others in their place, by names such as `decision.mode`.

    Args:
        origin: of the changes, for messages.

    Raises:
        UserError: a value is none that the setting can have.
    """
    values = settings.model_dump()
    for name, value in changes.items():
        *sections, key = name.split(".")
        place = values
        for section in sections:
            place = place[section]
        place[key] = value
    return _checked(values, origin)


def as_toml(settings: Settings) -> str:
    """Settings as the text of a file, each with what it means; unset ones are comments."""
    return "\n".join(_lines(settings)) + "\n"


def _lines(section: Section, path: str = "") -> Iterator[str]:
    nested: list[tuple[str, Section]] = []
    for name, field in type(section).model_fields.items():
        value = getattr(section, name)
        if isinstance(value, Section):
            nested.append((name, value))
            continue
        yield f"# {field.description}"
        yield f"# {name} =" if value is None else f"{name} = {_value(value)}"
    for name, inner in nested:
        yield from ("", f"# {inner.__doc__}", f"[{path}{name}]")
        yield from _lines(inner, f"{path}{name}.")


def _value(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return repr(value)
    text = str(value).replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(c if c.isprintable() else f"\\U{ord(c):08X}" for c in text) + '"'


def _checked(values: Mapping[str, Any], origin: str) -> Settings:
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        # Of a setting that may be one of several kinds, the first kind's.
        firsts = {one["loc"][:2]: one for one in reversed(error.errors(include_url=False))}
        told = [_in_words(one) for one in reversed(firsts.values())]
        more = [f"{len(told) - _TOLD} more"] if len(told) > _TOLD else []
        raise UserError(f"{origin}: {'; '.join([*told[:_TOLD], *more])}") from None


def _in_words(error: Mapping[str, Any]) -> str:
    path = [str(part) for part in error["loc"]]
    where = ".".join(path)
    if error["type"] == "extra_forbidden":
        *above, name = path
        section: type[BaseModel] = Settings
        for part in above:
            section = _section(section, part)
        homes = [one for one, home in _sections() if name in home.model_fields]
        if homes and not above:
            return f"{where} is no setting here: it belongs under [{homes[0]}]"
        known = section.model_fields
        meant = near_misses(name, known, most=1) or f": {', '.join(known)} are"
        return f"{where} is no setting{meant}"
    if error["type"] == "value_error":
        return f"{where}: {error['ctx']['error']}" if where else str(error["ctx"]["error"])
    if error["type"] == "model_type":
        return f"{where}: expected a table, [{where}], received {error['input']!r:.80}"
    message = str(error["msg"])
    return f"{where}: {message[0].lower()}{message[1:]}, received {error['input']!r:.80}"


def _sections() -> Iterator[tuple[str, type[BaseModel]]]:
    for name, field in Settings.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, Section):
            yield name, field.annotation


def _section(section: type[BaseModel], name: str) -> type[BaseModel]:
    annotation = section.model_fields[name].annotation
    found = annotation if isinstance(annotation, type) else get_args(annotation)[0]
    assert isinstance(found, type)
    assert issubclass(found, BaseModel)
    return found
