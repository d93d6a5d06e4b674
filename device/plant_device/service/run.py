"""The device at work, put together as its settings say.

What only some settings need is imported where they are met: a board should see its first leaf soon.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING

from plant_device.camera.report import CameraReport, status_in_words
from plant_device.camera.states import CameraStatus
from plant_device.camera.supervisor import Patience, SupervisedCamera
from plant_device.classify.classifier import Classifier, open_classifier
from plant_device.classify.smoothing import Smoothing
from plant_device.contract.command_line import say
from plant_device.contract.counted import counted
from plant_device.contract.errors import DONE, WRONG_INPUT, UserError
from plant_device.service.buttons import PAGE, press_by
from plant_device.service.buttons.keyboard import keyboard_is_there
from plant_device.service.cooling import Cooling
from plant_device.service.current_mode import CurrentMode
from plant_device.service.loop import Ended, Listener, Observation, run_loop
from plant_device.service.modes import what_to_do
from plant_device.service.settings import Settings, StoreSettings
from plant_device.service.telling import Telling
from plant_device.service.termination import termination_in_order
from plant_device.service.triggers.button import Button
from plant_device.service.watchdog import ServiceReport

if TYPE_CHECKING:
    from plant_device.models.current import CurrentModel
    from plant_device.service.adjustments import Adjustments
    from plant_device.service.current_place import CurrentPlace
    from plant_device.service.keeping import Keeping
    from plant_device.service.outlets import Outlets
    from plant_device.service.sheet import PictureSheet
    from plant_device.texts.texts import Texts


def run_device(
    adjustments: Adjustments, *, frame_limit: int | None, sheet: Path | None, as_json: bool
) -> int:
    """Classify what the settings' source gives, until it ends, or this process is told to end.

    Args:
        adjustments: the settings, and those of them that the page may change.
        frame_limit: at most so many frames.
        sheet: where frames with their decisions are written as one picture, at the end.
        as_json: JSON lines on standard output instead of words.

    Returns:
        The exit code: 2 where pictures of a folder could not be read, as of `classify`.

    Raises:
        UserError: the settings name no model or no source, or what cannot be opened.
        SystemExit: after SIGTERM.
    """
    settings = adjustments.settings
    decision = settings.decision
    if settings.model is None or settings.source is None:
        missing = "--model" if settings.model is None else "--source"
        raise UserError(f"expected {missing}, or a settings file that says it (--config FILE)")
    kept: Keeping | None = None
    outlets: Outlets | None = None
    # What other threads tell: the store is the loop's alone.
    told_elsewhere: SimpleQueue[tuple[str, str]] = SimpleQueue()

    def tell_of(kind: str, words: str) -> None:
        say(words)
        if kept:
            kept.event(kind, words)
        if outlets:
            outlets.now.event(kind, words)

    def waiting() -> None:
        service.progress()
        while not told_elsewhere.empty():
            tell_of(*told_elsewhere.get())

    def camera_changed(status: CameraStatus) -> None:
        report(status)
        if outlets:
            outlets.now.changed()

    service = ServiceReport(lambda: status_in_words(camera.status))
    report = CameraReport(lambda words: tell_of("camera", words))
    camera = SupervisedCamera(
        settings.source,
        Patience(**settings.camera.model_dump()),
        camera_changed,
        waiting,
        report.damaged,
    )
    asked = Button()
    button = _button(settings)
    if button:
        press_by(asked, button)
    texts = None if as_json and not sheet else _texts(settings)
    telling = _telling(None if as_json else texts)
    pictures = _sheet(texts) if texts and sheet else None
    camera.start()
    classifier = _classifier(settings, settings.model, lambda words: tell_of("model", words))
    kept, place = _keeping(settings.store, lambda: classifier.sha256)
    if adjustments.left_out:
        tell_of("page", adjustments.left_out)
    counts: Counter[str] = Counter()

    def count(seen: Observation) -> None:
        counts[seen.classified.decision.kind] += 1

    # What is told was kept before.
    listeners: list[Listener] = [*([kept] if kept else []), telling, count]
    if pictures:
        listeners.append(lambda seen: pictures.add(seen.frame, seen.classified))
    verdicts = [*([kept.verdict] if kept else []), telling.verdict]
    mode = CurrentMode(decision, asked, telling.leaf, verdicts)
    listeners.append(mode)
    if settings.web.listen or settings.mqtt.broker:
        from plant_device.service.outlets import Outlets

        outlets = Outlets(
            adjustments, camera, mode, asked, classifier, kept, place, told_elsewhere.put
        )
        listeners += outlets.listeners
    listeners.append(Cooling(settings.heat.limits, tell_of))
    if decision.mode in ("inspect", "button"):
        pressed = button if button != "keyboard" or keyboard_is_there() else None
        asks = what_to_do(decision, pressed, texts or _texts(settings))
        if asks:
            say(asks)
    ended: Ended | None = None
    try:
        with termination_in_order():
            service.ready()
            if outlets:
                outlets.start()
            ended = run_loop(
                outlets.now.watched(camera) if outlets else camera,
                classifier,
                listeners,
                frame_limit,
                Smoothing(decision.steady, decision.enter, decision.leave),
                mode,
            )
    finally:
        service.stopping()
        if outlets:
            outlets.stop()
        status = camera.status
        left_out = f", {status.dropped} dropped" if camera.live else ""
        left_out += f", {status.damaged} damaged" if status.damaged else ""
        if ended or (counts and camera.live):
            seen = f"{counted(status.frames, 'frame')}{left_out}"
            say(f"{seen}, {ended.reason if ended else 'stopped'}")
        if mode.inspection and mode.inspection.answers:
            leaves = f"{len(mode.inspection.answers)} of {mode.inspection.asked} leaves"
            say(f"{leaves}: too few for a verdict")
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


def _telling(texts: Texts | None) -> Telling:
    if texts is None:
        from plant_device.service.in_json import InJson

        return InJson()
    from plant_device.service.in_words import InWords

    return InWords(texts)


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


def _keeping(
    store: StoreSettings, model_of: Callable[[], str]
) -> tuple[Keeping, CurrentPlace] | tuple[None, None]:
    if store.folder is None:
        if store.place is not None:
            from plant_device.service.check import check_place

            check_place(store.place)
            say("a place is for records, and without --store none is kept")
        return None, None
    from plant_device.service.current_place import CurrentPlace
    from plant_device.service.keeping import Keeping
    from plant_device.store.clock import BoardClock

    clock = BoardClock(trusted=store.trust_clock)
    place = CurrentPlace(store.place, clock, say)
    return Keeping(store.folder, model_of, clock, place, store.floor, say), place


def _button(settings: Settings) -> str | None:
    """What is pressed for an answer: as it is set, or what the mode cannot do without."""
    if settings.decision.button or settings.decision.mode != "button":
        return settings.decision.button
    return PAGE if settings.web.listen else "keyboard"
