"""The device at work, put together as its settings say.

What only some settings need is imported where they are met: a board should see its first leaf soon.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from plant_device.camera.report import CameraReport, status_in_words
from plant_device.camera.supervisor import Patience, SupervisedCamera
from plant_device.classify.classifier import Classifier, open_classifier
from plant_device.classify.smoothing import Smoothing
from plant_device.contract.command_line import say
from plant_device.contract.counted import counted
from plant_device.contract.errors import DONE, WRONG_INPUT, UserError
from plant_device.service.cooling import Cooling
from plant_device.service.loop import Ended, Listener, Observation, run_loop
from plant_device.service.modes import attention_of, say_what_to_do
from plant_device.service.settings import Settings, StoreSettings
from plant_device.service.telling import Telling
from plant_device.service.termination import termination_in_order
from plant_device.service.watchdog import ServiceReport

if TYPE_CHECKING:
    from plant_device.models.current import CurrentModel
    from plant_device.service.keeping import Keeping
    from plant_device.service.sheet import PictureSheet
    from plant_device.store.clock import BoardClock
    from plant_device.store.place.place import Where
    from plant_device.texts.texts import Texts


def run_device(
    settings: Settings, *, frame_limit: int | None, sheet: Path | None, as_json: bool
) -> int:
    """Classify what the settings' source gives, until it ends, or this process is told to end.

    Args:
        frame_limit: at most so many frames.
        sheet: where frames with their decisions are written as one picture, at the end.
        as_json: JSON lines on standard output instead of words.

    Returns:
        The exit code: 2 where pictures of a folder could not be read, as of `classify`.

    Raises:
        UserError: the settings name no model or no source, or what cannot be opened.
        SystemExit: after SIGTERM.
    """
    decision = settings.decision
    if settings.model is None or settings.source is None:
        missing = "--model" if settings.model is None else "--source"
        raise UserError(f"expected {missing}, or a settings file that says it (--config FILE)")
    kept: Keeping | None = None

    def tell_of(kind: str, words: str) -> None:
        say(words)
        if kept:
            kept.event(kind, words)

    service = ServiceReport(lambda: status_in_words(camera.status))
    report = CameraReport(lambda words: tell_of("camera", words))
    camera = SupervisedCamera(
        settings.source,
        Patience(**settings.camera.model_dump()),
        report,
        service.progress,
        report.damaged,
    )
    attention = attention_of(decision)
    texts = None if as_json and not sheet else _texts(settings)
    telling = _telling(decision.leaves, None if as_json else texts)
    pictures = _sheet(texts) if texts and sheet else None
    camera.start()
    classifier = _classifier(settings, settings.model, lambda words: tell_of("model", words))
    kept = _keeping(settings.store, lambda: classifier.sha256)
    counts: Counter[str] = Counter()

    def count(seen: Observation) -> None:
        counts[seen.classified.decision.kind] += 1

    # What is told was kept before.
    listeners: list[Listener] = [*([kept] if kept else []), telling, count]
    if pictures:
        listeners.append(lambda seen: pictures.add(seen.frame, seen.classified))
    inspection = None
    if decision.mode == "inspect":
        from plant_device.service.inspection import Inspection

        verdicts = [*([kept.verdict] if kept else []), telling.verdict]
        inspection = Inspection(decision.leaves, telling.leaf, verdicts)
        listeners.append(inspection)
    listeners.append(Cooling(settings.heat.limits, tell_of))
    say_what_to_do(decision)
    ended: Ended | None = None
    try:
        with termination_in_order():
            service.ready()
            ended = run_loop(
                camera,
                classifier,
                listeners,
                frame_limit,
                Smoothing(decision.steady, decision.enter, decision.leave),
                attention,
            )
    finally:
        service.stopping()
        status = camera.status
        left_out = f", {status.dropped} dropped" if camera.live else ""
        left_out += f", {status.damaged} damaged" if status.damaged else ""
        if ended or (counts and camera.live):
            seen = f"{counted(status.frames, 'frame')}{left_out}"
            say(f"{seen}, {ended.reason if ended else 'stopped'}")
        if inspection and inspection.unfinished:
            say(f"{inspection.unfinished} of {decision.leaves} leaves: too few for a verdict")
        # After Ctrl-C and SIGTERM too: what was seen so far is worth a summary and a sheet.
        if counts:
            say("  ".join(f"{kind} {number}" for kind, number in counts.most_common()))
        if kept:
            lost = f", {kept.lost} lost" if kept.lost else ""
            say(f"{counted(kept.count, 'record')} kept in {settings.store.folder}{lost}")
        if counts and sheet and pictures:
            pictures.write(sheet)
            say(f"sheet: {sheet}")
    return WRONG_INPUT if status.damaged and not camera.live else DONE


def _texts(settings: Settings) -> Texts:
    from plant_device.texts.languages import load_texts

    return load_texts(settings.language, settings.texts)


def _telling(leaves: int, texts: Texts | None) -> Telling:
    if texts is None:
        from plant_device.service.in_json import InJson

        return InJson()
    from plant_device.service.in_words import InWords

    return InWords(leaves, texts)


def _sheet(texts: Texts) -> PictureSheet:
    from plant_device.service.sheet import PictureSheet

    return PictureSheet(texts)


def _classifier(
    settings: Settings, model: Path, tell: Callable[[str], None]
) -> Classifier | CurrentModel:
    limits = settings.quality.limits
    if model.is_dir():
        from plant_device.models.current import CurrentModel

        return CurrentModel(model, tell, settings.threads, limits, settings.delegate)
    return open_classifier(model, settings.threads, limits, settings.delegate)


def _keeping(store: StoreSettings, model_of: Callable[[], str]) -> Keeping | None:
    if store.folder is None:
        return None
    from plant_device.service.keeping import Keeping
    from plant_device.store.clock import BoardClock

    clock = BoardClock(trusted=store.trust_clock)
    floor = None if store.keep_free_mb is None else store.keep_free_mb * 10**6
    return Keeping(store.folder, model_of, clock, _where(store.place, clock), floor, say)


def _where(text: str | None, clock: BoardClock) -> Where:
    if text is None:
        return lambda: None
    if text.partition(":")[0] == "gpsd":
        from plant_device.store.place.gpsd import Gpsd, gpsd_address

        return Gpsd(gpsd_address(text), clock.heard, say)
    from plant_device.store.place.place import fixed_place

    place = fixed_place(text)
    return lambda: place
