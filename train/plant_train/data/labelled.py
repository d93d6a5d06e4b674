"""How a folder on the disk becomes a list of labelled pictures."""

from dataclasses import dataclass
from pathlib import Path

from plant_device.contract.errors import UserError
from plant_device.contract.picture_file import is_picture_name


@dataclass(frozen=True)
class LabelledPictures:
    """Pictures with their classes.

    Args:
        root: the folder that holds the class folders.
        classes: labels, sorted.
        paths: one a picture, sorted within its class.
        labels: for each picture its index in `classes`.
    """

    root: Path
    classes: tuple[str, ...]
    paths: tuple[Path, ...]
    labels: tuple[int, ...]

    def __len__(self) -> int:
        return len(self.paths)

    def subset(self, indices: list[int]) -> "LabelledPictures":
        """The pictures at `indices`, with all the classes."""
        return LabelledPictures(
            self.root,
            self.classes,
            tuple(self.paths[index] for index in indices),
            tuple(self.labels[index] for index in indices),
        )


def training_folder(data: Path) -> Path:
    """`DATA/train` where there is one (its `test` is then never looked at), else `DATA`."""
    return data / "train" if (data / "train").is_dir() else data


def test_folder(data: Path) -> Path:
    """`DATA/test` where there is one beside a `DATA/train`, else `DATA`."""
    has_both = (data / "train").is_dir() and (data / "test").is_dir()
    return data / "test" if has_both else data


test_folder.__test__ = False  # type: ignore[attr-defined]  # pytest takes the name for a test


def read_class_folders(root: Path) -> LabelledPictures:
    """Read a folder that holds one folder of pictures a class.

    Raises:
        UserError: the folder is missing, has no class folder, or one without a picture.
    """
    if not root.is_dir():
        received = "it is a file" if root.exists() else "there is none"
        raise UserError(f"expected a folder of class folders at {root}: {received}")
    folders = sorted(folder for folder in root.iterdir() if _is_class_folder(folder))
    if not folders:
        raise UserError(f"expected class folders with pictures in {root}: it has no folders")
    found = [sorted(path for path in folder.rglob("*") if _is_picture(path)) for folder in folders]
    empty = [folder.name for folder, paths in zip(folders, found, strict=True) if not paths]
    if empty:
        raise UserError(
            f"expected pictures in every class folder of {root}, these have none: "
            f"{', '.join(empty[:5])}{' …' if len(empty) > 5 else ''}"
        )
    return LabelledPictures(
        root,
        tuple(folder.name for folder in folders),
        tuple(path for paths in found for path in paths),
        tuple(label for label, paths in enumerate(found) for _ in paths),
    )


def require_two_classes(pictures: LabelledPictures) -> None:
    """Refuse to train where there is nothing to tell apart.

    Raises:
        UserError: there are fewer than two classes.
    """
    if len(pictures.classes) < 2:
        raise UserError(
            f"expected at least two class folders in {pictures.root}, "
            f"received one: {pictures.classes[0]}"
        )


def with_classes_of(pictures: LabelledPictures, classes: tuple[str, ...]) -> LabelledPictures:
    """The same pictures, numbered by a run's classes.

    Raises:
        UserError: a folder names a class that the run does not know.
    """
    unknown = [label for label in pictures.classes if label not in classes]
    if unknown:
        raise UserError(
            f"{pictures.root} has classes that the model does not know: "
            f"{', '.join(unknown[:5])}{' …' if len(unknown) > 5 else ''}; "
            f"expected a selection of its {len(classes)}: {', '.join(classes[:3])} …"
        )
    number = [classes.index(label) for label in pictures.classes]
    return LabelledPictures(
        pictures.root, classes, pictures.paths, tuple(number[label] for label in pictures.labels)
    )


def _is_class_folder(path: Path) -> bool:
    return path.is_dir() and not path.name.startswith(".")


def _is_picture(path: Path) -> bool:
    return is_picture_name(path) and path.is_file()
