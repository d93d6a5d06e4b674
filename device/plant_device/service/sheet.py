"""A picture sheet: frames of a whole session, each with its decision, on one page."""

import io
import unicodedata
from dataclasses import dataclass, field
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from plant_device.camera.frame import Frame
from plant_device.classify.classifier import Classified
from plant_device.contract.atomic import write_atomically
from plant_device.texts.texts import Texts
from plant_device.texts.words import caption

_COLUMNS = 6
_MAX_CELLS = 24
_PICTURE_SIDE = 220
_TEXT_HEIGHT = 58
_FRAME_WIDTH = 5
_COLOURS = {
    "disease": "#b3261e",
    "healthy": "#2e7d32",
    "unsure": "#8d6e00",
    "not_leaf": "#5f6368",
}


@dataclass
class PictureSheet:
    """Keeps evenly spaced frames of a session whose length is not known beforehand.

    When the sheet is full, every second cell is dropped and only every second frame is
    kept from then on, so that memory stays bounded and the cells evenly spaced.

    Args:
        texts: in whose words decisions are told.
    """

    texts: Texts
    _cells: list[Image.Image] = field(default_factory=list)
    _stride: int = 1

    def add(self, frame: Frame, outcome: Classified) -> None:
        """Take a frame, if it is its turn."""
        if frame.index % self._stride:
            return
        if len(self._cells) == 2 * _MAX_CELLS:
            self._cells = self._cells[::2]
            self._stride *= 2
            if frame.index % self._stride:
                return
        self._cells.append(
            _cell(frame, caption(outcome, self.texts), _COLOURS[outcome.decision.kind])
        )

    def write(self, path: Path) -> None:
        """Write the sheet as JPEG or PNG, by the path's ending; atomically."""
        step = -(-len(self._cells) // _MAX_CELLS)
        cells = self._cells[:: max(step, 1)]
        rows = -(-len(cells) // _COLUMNS)
        width, height = _PICTURE_SIDE, _PICTURE_SIDE + _TEXT_HEIGHT
        sheet = Image.new("RGB", (_COLUMNS * width, max(rows, 1) * height), "white")
        for index, cell in enumerate(cells):
            sheet.paste(cell, (index % _COLUMNS * width, index // _COLUMNS * height))
        # Through memory: on a full disk Pillow cuts a JPEG short and says nothing.
        content = io.BytesIO()
        sheet.save(content, "PNG" if path.suffix.lower() == ".png" else "JPEG", quality=88)
        write_atomically(path, content.getvalue())


def _cell(frame: Frame, told: str, colour: str) -> Image.Image:
    cell = Image.new("RGB", (_PICTURE_SIDE, _PICTURE_SIDE + _TEXT_HEIGHT), "white")
    height, width = frame.picture.shape[:2]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    square = Image.fromarray(frame.picture[top : top + side, left : left + side, ::-1].copy())
    inner = _PICTURE_SIDE - 2 * _FRAME_WIDTH
    draw = ImageDraw.Draw(cell)
    draw.rectangle((0, 0, _PICTURE_SIDE, _PICTURE_SIDE), fill=colour)
    cell.paste(square.resize((inner, inner)), (_FRAME_WIDTH, _FRAME_WIDTH))
    font = ImageFont.load_default(13)
    words = f"#{frame.index}  {_ascii(told)}"
    draw.multiline_text(
        (4, _PICTURE_SIDE + 4), _wrapped(words, font, draw), fill=colour, font=font, spacing=2
    )
    return cell


def _ascii(words: str) -> str:
    # Pillow's own font has no other letters, and would draw boxes for them.
    plain = unicodedata.normalize("NFKD", words.replace("ß", "ss"))
    return plain.encode("ascii", errors="ignore").decode()


def _wrapped(
    words: str, font: ImageFont.FreeTypeFont | ImageFont.ImageFont, draw: ImageDraw.ImageDraw
) -> str:
    lines = [""]
    for word in words.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and draw.textlength(longer, font=font) > _PICTURE_SIDE - 8:
            lines.append(word)
        else:
            lines[-1] = longer
    return "\n".join(lines[:3])
