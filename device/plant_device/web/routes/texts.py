"""The words for classes, decisions and causes."""

from typing import Annotated

from fastapi import APIRouter, Query

from plant_device.contract.errors import UserError
from plant_device.texts.languages import language_files, load_texts
from plant_device.texts.texts import Texts
from plant_device.web.openapi import problems
from plant_device.web.problems import Problem
from plant_device.web.served import ServedDevice

router = APIRouter(prefix="/texts", tags=["texts"])


class TextsOut(Texts):
    """All texts of a language, and which languages there are."""

    languages: list[str]


@router.get("", responses=problems(404), summary="All words in one language")
def texts(
    served: ServedDevice,
    language: Annotated[
        str | None, Query(pattern="^[A-Za-z]{2,8}([_-][A-Za-z0-9]{2,8})*$", max_length=40)
    ] = None,
) -> TextsOut:
    """What a language lacks is told in English; without one, the device's own."""
    own = served.settings.texts
    languages = {*language_files(), *(language_files(own) if own else ())}
    try:
        told = load_texts(language or served.settings.language, own)
    except UserError as error:
        raise Problem(404, str(error)) from None
    return TextsOut(**told.model_dump(), languages=sorted(languages))
