"""split.json: which pictures trained and which were held out, so that it can be used again."""

from collections.abc import Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from plant_device.contract.errors import UserError
from plant_train.data.labelled import LabelledPictures
from plant_train.data.split import Split
from plant_train.run_file import read_json_record

SPLIT_NAME = "split.json"


class SplitPicture(BaseModel):
    """One picture: its path from the data's root of that number, its class and its group."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    root: int = Field(ge=0)
    path: str
    label: str
    group: str


class SplitRecord(BaseModel):
    """The whole of `split.json`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    training: list[SplitPicture] = Field(min_length=1)
    validation: list[SplitPicture] = Field(min_length=1)


def record_of(split: Split, roots: Sequence[Path]) -> SplitRecord:
    """What is written of a split of pictures below `roots`."""
    return SplitRecord(
        training=_pictures_of(split.training, roots),
        validation=_pictures_of(split.validation, roots),
    )


def read_split_record(place: Path) -> SplitRecord:
    """Read a split from its file, or from the run folder that holds it.

    Raises:
        UserError: there is none, or it is damaged or none of this version.
    """
    file = place / SPLIT_NAME if place.is_dir() else place
    try:
        if file.suffix != Path(SPLIT_NAME).suffix:
            raise UserError(f"expected a run folder or a {SPLIT_NAME}, received: {place}")
        return read_json_record(SplitRecord, file)
    except FileNotFoundError:
        raise UserError(f"expected a run folder or a {SPLIT_NAME} at {place}: missing") from None


def apply_split(record: SplitRecord, pictures: LabelledPictures, roots: Sequence[Path]) -> Split:
    """Divide the pictures below `roots` as the record says.

    Raises:
        UserError: they are not the pictures of the record, or have other labels there.
    """
    recorded = recorded_split(record, roots, pictures.classes)
    theirs, ours = _keys(recorded.training) | _keys(recorded.validation), _keys(pictures)
    for differing, words in (
        (theirs - ours, "pictures of the split are missing, or have another label, in"),
        (ours - theirs, "pictures are not in the split but in"),
    ):
        if differing:
            raise UserError(
                f"{len(differing)} {words} {pictures.where}, the first: {min(differing)[1]}; give "
                "the data that it was made of, or leave --split out to divide them anew"
            )
    return recorded


def recorded_split(record: SplitRecord, roots: Sequence[Path], classes: tuple[str, ...]) -> Split:
    """The pictures of a record, where they lie below `roots`.

    Raises:
        UserError: the roots are fewer than the record has, or a class is none of `classes`.
    """
    return Split(
        _recorded(record.training, roots, classes), _recorded(record.validation, roots, classes)
    )


def _keys(pictures: LabelledPictures) -> set[tuple[Path, str, str]]:
    labels = [pictures.classes[label] for label in pictures.labels]
    return set(zip(pictures.roots, pictures.names, labels, strict=True))


def _pictures_of(pictures: LabelledPictures, roots: Sequence[Path]) -> list[SplitPicture]:
    columns = zip(pictures.roots, pictures.names, pictures.labels, pictures.groups, strict=True)
    return [
        SplitPicture(root=roots.index(root), path=name, label=pictures.classes[label], group=group)
        for root, name, label, group in columns
    ]


def _recorded(
    pictures: list[SplitPicture], roots: Sequence[Path], classes: tuple[str, ...]
) -> LabelledPictures:
    number = {name: label for label, name in enumerate(classes)}
    for one in pictures:
        if one.root >= len(roots) or one.label not in number:
            raise UserError(
                f"the split has {one.path} in class {one.label} of data set {one.root + 1}, "
                f"which these {len(roots)} data sets of {len(classes)} classes do not have: give "
                "the data that it was made of, or leave --split out to divide them anew"
            )
    return LabelledPictures(
        classes,
        tuple(roots[one.root] / one.path for one in pictures),
        tuple(number[one.label] for one in pictures),
        tuple(one.group for one in pictures),
        tuple(roots[one.root] for one in pictures),
        (None,) * len(pictures),
    )
