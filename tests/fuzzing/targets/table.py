"""A data set as a CSV table."""

from pathlib import Path

from target import Target

from plant_train.data.layouts import read_training_data

_PICTURES = ("a.png", "b.jpg", "Leaf 1.1.JPG", "Leaf 1.2.JPG", "c/d.png")
_SOUND = (
    b"path,label\na.png,scab\nb.jpg,healthy\n",
    b'\xef\xbb\xbfpath,label,group\r\n"a.png","scab, black",1\r\n'
    b"b.jpg,healthy,\r\nc/d.png,healthy,1\r\n",
    b"group,label,path\n,a,Leaf 1.1.JPG\n,a,Leaf 1.2.JPG\n,b,./a.png\n",
)


def _read(content: bytes, folder: Path) -> object:
    for name in _PICTURES:
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).touch()
    (folder / "data.csv").write_bytes(content)
    data = read_training_data([folder / "data.csv"])
    assert len(data.pictures.names) == len(data.pictures)
    return data


TARGET = Target(
    _read,
    lambda: list(_SOUND),
    tokens=(*_PICTURES, "path", "label", "group", ",", '"', "\r\n", "../", "/", "\0", "\ufeff"),
)
