"""Whether a model has room."""

from plant_device.board.finding import Asked, Finding
from plant_device.board.sizes import in_words

# The classifying process takes some 70 MB with a model file of 7 MB, 165 MB with one of 57 MB.
_TIGHT, _TOO_LITTLE = 250e6, 100e6


def check(asked: Asked) -> list[Finding]:
    """What is available (proc(5))."""
    pairs = (line.partition(":") for line in asked.read("proc/meminfo").splitlines())
    kilobytes = {key: int(value.split()[0]) for key, _, value in pairs if value}
    if not {"MemAvailable", "MemTotal"} <= kilobytes.keys():
        return [Finding("memory", "warning", "/proc/meminfo tells nothing", "mount /proc")]
    available = kilobytes["MemAvailable"] * 1024
    told = f"{in_words(available)} available of {in_words(kilobytes['MemTotal'] * 1024)}"
    advice = "end other programs (a desktop takes hundreds of MB), or build the model with "
    advice += "--compress auto"
    if available < _TOO_LITTLE:
        return [Finding("memory", "failure", told, advice)]
    if available < _TIGHT:
        return [Finding("memory", "warning", told, advice)]
    return [Finding("memory", "ok", told)]
