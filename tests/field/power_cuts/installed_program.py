"""Plant Edge as it lies on a disk: which version is current, and whether it is whole."""

from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from virtual_pi.disk_files import copy_tree, read_file

_PROGRAM = "/opt/plant-edge"
_UNITS = "/etc/systemd/system"
_BESIDE = (
    f"{_UNITS}/plant-edge.service",
    f"{_UNITS}/plant-edge.service.d/groups.conf",
    "/etc/plant-edge/settings.toml",
)


class InstalledProgram(NamedTuple):
    """What starts when the board has power.

    Args:
        version: the name of its folder; empty where there is none.
        files: sums of its files, and where its links lead.
        beside: the unit, its groups and the settings; empty ones where there are none.
    """

    version: str
    files: dict[str, str]
    beside: list[bytes]

    def is_between(self, before: "InstalledProgram", after: "InstalledProgram") -> bool:
        """Whether it is one of them, and each file beside it one of theirs."""
        programs = [(each.version, each.files) for each in (before, after)]
        beside = zip(self.beside, before.beside, after.beside, strict=True)
        return (self.version, self.files) in programs and all(
            each in (old, new) for each, old, new in beside
        )


def installed_program(disk: Path) -> InstalledProgram:
    """Read it from a disk that no machine has in use."""
    with TemporaryDirectory(dir=disk.parent) as scratch:
        copy_tree(disk, _PROGRAM, Path(scratch))
        current = Path(scratch, "plant-edge", "current")
        version = current.readlink().name if current.is_symlink() else ""
        tree = current.with_name("versions") / (version or "none")
        files = {str(path.relative_to(tree)): _told(path) for path in tree.rglob("*")}
    return InstalledProgram(version, files, [read_file(disk, path) for path in _BESIDE])


def _told(path: Path) -> str:
    if path.is_symlink():
        return f"-> {path.readlink()}"
    return "" if path.is_dir() else sha256(path.read_bytes()).hexdigest()
