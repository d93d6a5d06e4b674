"""Files that training refuses: truncated, damaged, too small or no pictures at all."""

from pathlib import Path

from plant_train.data.audit.finding import Example, Finding, counted, shown
from plant_train.data.audit.scan import PictureFacts, Scan

_CHECK, _TITLE = "unreadable", "Unreadable files"

# What a file begins with (en.wikipedia.org/wiki/List_of_file_signatures), for those that pictures
# are mistaken for.
_SIGNATURES = (
    (b"GIF8", "a GIF"),
    (b"%PDF", "a PDF document"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"version https://git-lfs", "a Git LFS pointer, whose content was not fetched"),
    (b"<", "HTML or XML, perhaps an error page"),
    (b"{", "JSON"),
)
# An ISO media file tells its brand after its length.
_BRANDS = {
    b"ftyphei": "a HEIC photograph",
    b"ftypmif1": "a HEIC photograph",
    b"ftypavif": "an AVIF picture",
}


def check(scan: Scan) -> Finding:
    """List the files that cannot be read, each with the reason."""
    examples = [
        Example(text=_reason(path, fact), pictures=[shown(path)])
        for path, fact in zip(scan.pictures.paths, scan.facts, strict=True)
        if fact.fault
    ]
    return Finding(
        check=_CHECK,
        title=_TITLE,
        severity="warning" if examples else "good",
        count=len(examples),
        summary=f"{counted(len(examples), 'file', 'files')} cannot be read as a picture."
        if examples
        else "Every picture can be read to its end.",
        advice="Training refuses them: delete them, or fetch them again." if examples else "",
        examples=examples,
    )


def content(head: bytes) -> str:
    """In words, what a file that begins like this is; "" where nothing is known."""
    if not head:
        return "an empty file"
    for signature, words in _SIGNATURES:
        if head.startswith(signature):
            return words
    for brand, words in _BRANDS.items():
        if head[4:].startswith(brand):
            return words
    return "text" if all(byte in b"\t\r\n" or 32 <= byte < 127 for byte in head) else ""


def _reason(path: Path, fact: PictureFacts) -> str:
    if path.is_symlink() and not path.exists():
        return f"it is a link to {path.readlink()}, where nothing is"
    if words := content(fact.head):
        return f"it is {words}"
    # The example names the path.
    return str(fact.fault).replace(f": {path}", "").replace(str(path), shown(path))
