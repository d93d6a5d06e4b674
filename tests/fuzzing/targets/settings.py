"""The settings file of `run`; what was read, and written, is read as the same again."""

from pathlib import Path

from target import Target

from plant_device.service.settings import Settings, as_toml, changed, read_settings

_MANY = {
    "model": "leaves.tflite", "source": "usb:0#size=640x480", "language": "de", "threads": 2,
    "decision.mode": "inspect", "decision.button": "gpio:17", "store.folder": "store",
    "store.place": "48.1,11.6", "store.keep_free_mb": 100, "web.listen": "127.0.0.1:8080",
    "web.self_signed": True, "heat.highest": 70.5, "mqtt.broker": "mqtt://broker.local",
}  # fmt: skip


def _read(content: bytes, folder: Path) -> object:
    file = folder / "settings.toml"
    file.write_bytes(content)
    settings = read_settings(file)
    file.write_text(as_toml(settings))
    assert read_settings(file) == settings
    return settings


def _seeds() -> list[bytes]:
    return [as_toml(settings).encode() for settings in (Settings(), changed(Settings(), _MANY))]


TARGET = Target(
    _read,
    _seeds,
    tokens=(
        *Settings.model_fields, *_MANY, "[decision]", "[web]", "[mqtt]", "[[", "]]", '"""', "'''",
        "= true", "= nan", "= -inf", "= 0x1F", "= 1e400", "= []", "= {}", "1979-05-27T07:32:00Z",
        "\\u0000", "\\U0001F600",
    ),
)  # fmt: skip
