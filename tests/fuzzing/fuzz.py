"""Coverage-guided fuzzing of one reader with atheris, which has to be on the path.

    python tests/fuzzing/fuzz.py TARGET --seconds=300  for so long of the processor's time
    python tests/fuzzing/fuzz.py TARGET FILE           tries one file
    python tests/fuzzing/fuzz.py TARGET -set_cover_merge=1  keeps what of the found is worth it

Other options are libFuzzer's. What is found goes to `.fuzz/TARGET` of the checkout, an input that
fails to `.fuzz/TARGET-crash-…`, where it ends.
"""

import ctypes
import os
import resource
import shlex
import shutil
import sys
import time
from pathlib import Path
from random import Random

import atheris

# Imported before this, they would not be seen by what measures coverage.
with atheris.instrument_imports(
    include=[
        "plant_device", "plant_train", "plant_convert", "zipfile", "tomllib", "csv", "json",
        "shlex", "PIL", "numpy.lib._npyio_impl", "numpy.lib._format_impl",
        "torch._weights_only_unpickler", "torch.serialization", "h5py._hl",
        "onnx.external_data_helper", "onnx.numpy_helper",
    ],
):  # fmt: skip
    from target import CORPUS, TARGETS, Target, load, try_out

    TARGET = load(sys.argv[1]) if sys.argv[1:2] and sys.argv[1] in TARGETS else None

_FOUND = Path(__file__).parents[2] / ".fuzz"
_SECONDS_AN_INPUT = 20
_SECONDS = "--seconds="
# From here on an allocation is given back to the system when it is freed (mallopt(3)). By itself
# glibc keeps those of a large picture, until the limit is reached by an input that needs little.
_M_MMAP_THRESHOLD, _GIVEN_BACK = -3, 128 << 10
# Half of the inputs are changed as a whole, half in a part.
_WHOLE = 0.5


def main() -> None:
    """Fuzz what the first argument names."""
    if TARGET is None:
        sys.exit(f"expected a target: {', '.join(TARGETS)}. Received: {' '.join(sys.argv[1:])}")
    name = sys.argv[1]
    options = [option for option in sys.argv[2:] if not option.startswith(_SECONDS)]
    limits = [option.removeprefix(_SECONDS) for option in sys.argv[2:] if option not in options]
    kept, found = CORPUS / name, _FOUND / name
    # libFuzzer ends only as a process, and leaves what there is.
    scratch = _FOUND / f"{name}-scratch"
    shutil.rmtree(scratch, ignore_errors=True)
    seeds, files = scratch / "seeds", scratch / "files"
    for folder in (kept, found, seeds, files):
        folder.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(TARGET.seeds()):
        (seeds / str(number)).write_bytes(seed)
    tokens = scratch / "tokens"
    # An empty dictionary is refused.
    tokens.write_text("".join(f"{_quoted(token)}\n" for token in (*TARGET.tokens, "0")))
    # A merge takes into the first folder what the others have.
    merging = any(option.endswith("merge=1") for option in options)
    folders = (kept, seeds, found) if merging else (found, kept, seeds)
    one_file = any(not option.startswith("-") for option in options)
    ctypes.CDLL(None).mallopt(_M_MMAP_THRESHOLD, _GIVEN_BACK)
    resource.setrlimit(resource.RLIMIT_DATA, (TARGET.memory, TARGET.memory))
    atheris.Setup(
        [
            _again(name), f"-dict={tokens}", f"-artifact_prefix={found}-",
            f"-timeout={_SECONDS_AN_INPUT}", f"-rss_limit_mb={TARGET.memory >> 20}", *options,
            *([] if one_file else map(str, folders)),
        ],
        _Trials(name, TARGET, files, float(limits[0]) if limits else None),
        **({"custom_mutator": _mutated} if TARGET.changed else {}),
    )  # fmt: skip
    atheris.Fuzz()


class _Trials:
    """Tries input after input until the processor's time is up."""

    def __init__(self, name: str, target: Target, folder: Path, seconds: float | None) -> None:
        self._name, self._target, self._folder, self._seconds = name, target, folder, seconds
        self._begun, self._done = time.process_time(), 0

    def __call__(self, content: bytes) -> None:
        try_out(self._target, content, self._folder)
        self._done += 1
        spent = time.process_time() - self._begun
        if self._seconds is not None and spent >= self._seconds:
            print(f"{self._name}: {self._done:,} inputs in {spent:,.0f} s, none failed", flush=True)
            os._exit(0)


def _again(name: str) -> str:
    # To merge, libFuzzer has a shell start this again, and again after each crash.
    return shlex.join([sys.executable, str(Path(__file__).resolve()), name])


def _mutated(content: bytes, most: int, seed: int) -> bytes:
    assert TARGET
    assert TARGET.changed
    random = Random(seed)
    if random.random() < _WHOLE:
        return bytes(atheris.Mutate(content, most))

    def change(part: bytes) -> bytes:
        return bytes(atheris.Mutate(part, 2 * len(part) + 16))

    changed = TARGET.changed(content, change, random)
    return changed if len(changed) <= most else bytes(atheris.Mutate(content, most))


def _quoted(token: str) -> str:
    """As libFuzzer's dictionaries have it."""
    return '"' + "".join(f"\\x{byte:02x}" for byte in token.encode()) + '"'


if __name__ == "__main__":
    main()
