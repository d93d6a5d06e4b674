"""PlantVillage as it is published, but with a few tiny pictures: every form of it."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

# (class, file name): the names are of the kinds that the data set has.
TRAIN = [
    ("Tomato___healthy", "0a1b___RS_HL 9973.JPG"),
    ("Tomato___healthy", "2c3d___RS_HL 9971.JPG"),
    ("Tomato___healthy", "4e5f___GH_HL Leaf 268.JPG"),
    ("Corn_(maize)___Common_rust_", "RS_Rust 1563.JPG"),
    ("Corn_(maize)___Common_rust_", "RS_Rust 1564 copy.jpg"),
    ("Pepper,_bell___Bacterial_spot", "6a7b___JR_B.Spot 3130.JPG"),
]
TEST = [
    ("Tomato___healthy", "8c9d___RS_HL 9980.JPG"),
    ("Corn_(maize)___Common_rust_", "RS_Rust 1570.JPG"),
    ("Pepper,_bell___Bacterial_spot", "aebf___JR_B.Spot 3131.png"),
]
PICTURES = TRAIN + TEST

LEAF_MAP = {
    "rs_hl 9973": ["Tomato___healthy:::245.0"],
    "rs_hl 9971": ["Tomato___healthy:::245.0"],
    # Cameras of two classes counted alike.
    "rs_hl 9980": ["Soybean___healthy:::12.0", "Tomato___healthy:::246.0"],
    "rs_rust 1564": ["Corn_(maize)___Common_rust_:::3.0"],
    "jr_b.spot 9": ["Pepper,_bell___Bacterial_spot:::1.0"],
}
LEAVES_OF_THE_PICTURES = {
    "rs_hl 9973": ["Tomato___healthy:::245.0"],
    "rs_hl 9971": ["Tomato___healthy:::245.0"],
    "rs_hl 9980": ["Tomato___healthy:::246.0"],
    "rs_rust 1564": ["Corn_(maize)___Common_rust_:::3.0"],
}


def picture(label: str, name: str) -> bytes:
    """A picture's content: its own, and the same at every call."""
    seed = np.frombuffer(f"{label}/{name}".encode(), dtype=np.uint8)
    noise = np.random.default_rng(seed).integers(0, 256, (40, 40, 3)).astype(np.uint8)
    content = io.BytesIO()
    Image.fromarray(noise).save(content, "PNG" if name.endswith("png") else "JPEG")
    return content.getvalue()


def published_files(prefix: str = "") -> dict[str, bytes]:
    """Path → content, as in the authors' repository: three variants of each picture."""
    files = {
        f"{prefix}raw/{variant}/{label}/{name}": picture(label, name)
        for variant in ("color", "grayscale", "segmented")
        for label, name in PICTURES
    }
    return {f"{prefix}README.md": b"PlantVillage", **files}


def lists() -> dict[str, bytes]:
    """Path → content of the official split and the leaf map."""
    parts = {"train": TRAIN, "test": TEST}
    return {
        **{
            f"splits/color_{part}.txt": "".join(
                f"raw/color/{label}/{name}\n" for label, name in pictures
            ).encode()
            for part, pictures in parts.items()
        },
        "leaf_grouping/leaf-map.json": json.dumps(LEAF_MAP).encode(),
    }


def zipped(files: dict[str, bytes]) -> bytes:
    """A zip archive of the files."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, data in files.items():
            archive.writestr(path, data)
    return content.getvalue()


def write_files(root: Path, files: dict[str, bytes]) -> Path:
    """Write the files below `root`."""
    for path, content in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(content)
    return root


def write_shard(path: Path, pictures: list[tuple[str, str]], *, named: bool = True) -> Path:
    """Write pictures as the hub's `datasets` library does; `named`: with their file names."""
    classes = sorted({label for label, _ in PICTURES})
    features = {"label": {"names": classes, "_type": "ClassLabel"}, "image": {"_type": "Image"}}
    table = pa.table(
        {
            "image": [
                {"bytes": picture(label, name), "path": name if named else None}
                for label, name in pictures
            ],
            "label": pa.array([classes.index(label) for label, _ in pictures], pa.int64()),
            "crop": [label.split("___")[0] for label, _ in pictures],
            "disease": [label.split("___")[1] for label, _ in pictures],
            "leaf_id": [_leaf_id(label, name) for label, name in pictures],
        }
    ).replace_schema_metadata({"huggingface": json.dumps({"info": {"features": features}})})
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(table, path, row_group_size=2)
    return path


def tree(root: Path) -> dict[str, bytes]:
    """Every file below a folder."""
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }


def expected_pictures() -> dict[str, bytes]:
    """What the official split of the pictures looks like on the disk."""
    return {
        f"{part}/{label}/{name}": picture(label, name)
        for part, pictures in (("train", TRAIN), ("test", TEST))
        for label, name in pictures
    }


def _leaf_id(label: str, name: str) -> str:
    key = name.rpartition("___")[2].rpartition(".")[0].partition("copy")[0].strip()
    known = LEAVES_OF_THE_PICTURES.get(key.lower())
    return known[0] if known else f"fallback_{key}"
