"""The labels file of a foreign classifier: a class name a line, in the order of the logits."""

from pathlib import Path

from plant_device.contract.errors import UserError

_MAX_BYTES = 1_000_000
_MAX_LABELS, _MAX_LABEL = 10_000, 200


def read_labels(file: Path) -> tuple[str, ...]:
    """Read a labels file, which is untrusted; empty lines at its end are passed over.

    Raises:
        UserError: it is missing, too large or not UTF-8, or a line is empty, too long or there
            twice; the message has its number.
    """
    if not file.is_file():
        raise UserError(f"expected a labels file at {file} (--labels): there is none")
    if file.stat().st_size > _MAX_BYTES:
        raise UserError(f"expected a labels file of at most {_MAX_BYTES:,} bytes, received: {file}")
    try:
        # utf-8-sig: editors on Windows begin a file with a byte order mark.
        text = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise UserError(f"expected labels in UTF-8: {file} ({error.reason})") from None
    lines = [line.strip() for line in text.rstrip().split("\n")]
    first: dict[str, int] = {}
    for number, label in enumerate(lines, start=1):
        if not 0 < len(label) <= _MAX_LABEL or not label.isprintable():
            raise UserError(
                f"{file}, line {number}: expected a label of 1 to {_MAX_LABEL} printable "
                f"characters, received: {label[:50]!r}"
            )
        if label in first:
            raise UserError(f"{file}, line {number}: {label} stands in line {first[label]} already")
        first[label] = number
    if not 2 <= len(lines) <= _MAX_LABELS:
        raise UserError(
            f"expected 2 to {_MAX_LABELS:,} labels in {file}, one a line, received {len(lines)}"
        )
    return tuple(lines)
