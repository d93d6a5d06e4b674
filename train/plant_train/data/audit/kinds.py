"""Files that are not what their name says, and files that no training looks at."""

from collections import Counter
from pathlib import Path

from plant_train.data.audit.finding import Example, Finding, counted, listed, shown
from plant_train.data.audit.scan import PictureFacts, Scan

_CHECK, _TITLE = "kinds", "Kinds of files"

_SUFFIXES = {
    "JPEG": {".jpg", ".jpeg"},
    "MPO": {".jpg", ".jpeg"},
    "PNG": {".png"},
    "WEBP": {".webp"},
    "BMP": {".bmp"},
    "TIFF": {".tif", ".tiff"},
}


def check(scan: Scan) -> Finding:
    """List wrong endings, animations, files of many pages, and what is passed over."""
    odd = [
        Example(text=text, pictures=[shown(path)])
        for path, fact in zip(scan.pictures.paths, scan.facts, strict=True)
        if (text := _oddity(path, fact))
    ]
    ignored = Counter(path.suffix.lower() or "(no ending)" for path in scan.ignored)
    kinds = Counter(fact.kind for fact in scan.facts if fact.kind)
    sentences = [f"Pictures are {listed([f'{n:,} {kind}' for kind, n in kinds.most_common()], 5)}."]
    if odd:
        sentences.append(f"{counted(len(odd), 'file is', 'files are')} not what the name says.")
    if ignored:
        endings = [f"{number:,} {suffix}" for suffix, number in ignored.most_common()]
        sentences.append(f"Files that no training looks at: {listed(endings, 5)}.")
    return Finding(
        check=_CHECK,
        title=_TITLE,
        severity="note" if odd or ignored else "good",
        count=len(odd) + len(scan.ignored),
        summary=" ".join(sentences),
        advice="Harmless where they can be read: of an animation the first frame is used. Convert "
        ".heic and .gif files that are leaves."
        if odd or ignored
        else "",
        figures={"kinds": dict(kinds), "ignored": dict(ignored)},
        examples=odd
        + [
            Example(text="no training looks at it", pictures=[shown(path)]) for path in scan.ignored
        ],
    )


def _oddity(path: Path, fact: PictureFacts) -> str:
    if fact.kind is None:
        return ""
    if path.suffix.lower() not in _SUFFIXES.get(fact.kind, set()):
        return f"named {path.suffix}, it is {fact.kind}"
    # A camera's MPO holds a preview beside its picture.
    return f"{fact.frames} frames" if fact.frames > 1 and fact.kind != "MPO" else ""
