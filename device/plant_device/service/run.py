"""The device at work, put together as its settings say."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path

from plant_device.camera.report import CameraReport
from plant_device.camera.supervisor import Patience, SupervisedCamera
from plant_device.classify.classifier import open_classifier
from plant_device.classify.smoothing import Smoothing
from plant_device.contract.command_line import say
from plant_device.contract.errors import UserError
from plant_device.models.current import CurrentModel
from plant_device.service.inspection import Inspection
from plant_device.service.keeping import Keeping
from plant_device.service.loop import Listener, Observation, run_loop
from plant_device.service.modes import attention_of
from plant_device.service.settings import Settings, StoreSettings
from plant_device.service.sheet import PictureSheet
from plant_device.service.telling import InJson, InWords, Telling
from plant_device.store.clock import BoardClock
from plant_device.store.commands import counted
from plant_device.store.place.gpsd import Gpsd, gpsd_address
from plant_device.store.place.place import Where, fixed_place
from plant_device.texts.languages import load_texts


def run_device(
    settings: Settings, *, frame_limit: int | None, sheet: Path | None, as_json: bool
) -> None:
    """Classify what the settings' source gives, until it ends.

    Args:
        frame_limit: at most so many frames.
        sheet: where frames with their decisions are written as one picture, at the end.
        as_json: JSON lines on standard output instead of words.

    Raises:
        UserError: the settings name no model or no source, or what cannot be opened.
    """
    decision = settings.decision
    if settings.model is None or settings.source is None:
        missing = "--model" if settings.model is None else "--source"
        raise UserError(f"expected {missing}, or a settings file that says it (--config FILE)")
    texts = load_texts(settings.language, settings.texts)
    camera = SupervisedCamera(
        settings.source, Patience(**settings.camera.model_dump()), CameraReport(say)
    )
    limits = settings.quality.limits
    classifier = (
        CurrentModel(settings.model, say, settings.threads, limits, settings.delegate)
        if settings.model.is_dir()
        else open_classifier(settings.model, settings.threads, limits, settings.delegate)
    )
    telling: Telling = InJson() if as_json else InWords(decision.leaves, texts)
    counts: Counter[str] = Counter()
    pictures = PictureSheet(texts)

    def count(seen: Observation) -> None:
        counts[seen.classified.decision.kind] += 1

    listeners: list[Listener] = [telling, count]
    if sheet:
        listeners.append(lambda seen: pictures.add(seen.frame, seen.classified))
    kept = _keeping(settings.store, lambda: classifier.sha256)
    if kept:
        listeners.append(kept)
    if decision.mode == "inspect":
        verdicts = [telling.verdict, *([kept.verdict] if kept else [])]
        listeners.append(Inspection(decision.leaves, telling.leaf, verdicts))
    try:
        ended = run_loop(
            camera,
            classifier,
            listeners,
            frame_limit,
            Smoothing(decision.steady, decision.enter, decision.leave),
            attention_of(decision),
        )
        dropped = f", {camera.status.dropped} dropped" if camera.live else ""
        say(f"{ended.frames} frames{dropped}, {ended.reason}")
    finally:
        # After Ctrl-C too: what was seen so far is worth a summary and a sheet.
        if counts:
            say("  ".join(f"{kind} {number}" for kind, number in counts.most_common()))
        if kept:
            lost = f", {kept.lost} lost" if kept.lost else ""
            say(f"{counted(kept.count)} kept in {settings.store.folder}{lost}")
        if counts and sheet:
            pictures.write(sheet)
            say(f"sheet: {sheet}")


def _keeping(store: StoreSettings, model_of: Callable[[], str]) -> Keeping | None:
    if store.folder is None:
        return None
    clock = BoardClock(trusted=store.trust_clock)
    floor = None if store.keep_free_mb is None else store.keep_free_mb * 10**6
    return Keeping(store.folder, model_of, clock, _where(store.place, clock), floor, say)


def _where(text: str | None, clock: BoardClock) -> Where:
    if text is None:
        return lambda: None
    if text.partition(":")[0] == "gpsd":
        return Gpsd(gpsd_address(text), clock.heard)
    place = fixed_place(text)
    return lambda: place
