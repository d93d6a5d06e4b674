"""What viewers of the page cost the classifier: the same camera with three of them, and without.

    python benchmarks/page_viewers.py leaves.tflite

`plant-device run` with a store classifies a camera of 1280 x 720 at 30 a second, in turns without a
page and with one that three viewers look at: each reads the picture at ten a second and the state,
and asks for the newest records every other second. The viewers' own work, which phones would do,
is in one process of the lowest priority. Asked for: at most 5 % fewer frames.
"""

import argparse
import json
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

_SOURCE = (
    "gst:videotestsrc is-live=true pattern=smpte ! video/x-raw,width=1280,height=720,"
    "framerate=30/1 ! videoconvert"
)
_WARM_UP_SECONDS = 4.0

_VIEWERS = """
import os, sys, threading, time, urllib.request
os.nice(19)
url = sys.argv[1]

def read(path):
    with urllib.request.urlopen(url + path) as answer:
        while answer.read1(1 << 16):
            pass

def ask():
    while True:
        urllib.request.urlopen(url + "/api/v1/records?limit=20").read()
        time.sleep(2)

work = (read, "/api/v1/live.mjpeg?fps=10&width=640"), (read, "/api/v1/live"), (ask,)
for each, *what in work * int(sys.argv[2]):
    threading.Thread(target=each, args=what, daemon=True).start()
time.sleep(3600)
"""


def _rate(given: argparse.Namespace, viewers: int) -> tuple[float, float]:
    """Classified frames a second, and the median time of a classification in ms."""
    page = ["--web", "127.0.0.1:0"] if viewers else []
    with tempfile.TemporaryDirectory() as store:
        command = [
            *(sys.executable, "-m", "plant_device", "run", "--model", str(given.model)),
            *("--source", given.source, "--threads", str(given.threads), "--store", store),
            *("--json", *page),
        ]
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as service:
            watching = None
            try:
                if viewers:
                    watching = _watch(service, viewers)
                return _measured(service, given.seconds)
            finally:
                service.kill()
                if watching:
                    watching.kill()
                    watching.wait()


def _watch(service: "subprocess.Popen[str]", viewers: int) -> "subprocess.Popen[bytes]":
    assert service.stderr
    said = ""
    while not (found := re.search(r"http://[\d.]+:\d+", said)):
        said = service.stderr.readline()
        assert said, "the page did not come"
    return subprocess.Popen([sys.executable, "-c", _VIEWERS, found[0], str(viewers)])


def _measured(service: "subprocess.Popen[str]", seconds: float) -> tuple[float, float]:
    assert service.stdout
    ms: list[float] = []
    service.stdout.readline()
    begun = time.perf_counter() + _WARM_UP_SECONDS
    for line in service.stdout:
        now = time.perf_counter()
        if now >= begun:
            ms.append(json.loads(line)["ms"])
        if now >= begun + seconds:
            return (len(ms) - 1) / (now - begun), statistics.median(ms)
    raise SystemExit("the service ended before the measure did")


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path)
    parser.add_argument("--source", default=_SOURCE)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--viewers", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=15.0)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    print("round  frames/s alone  with viewers  classify ms alone  with viewers  kept")
    kept = []
    for number in range(1, given.rounds + 1):
        (alone, alone_ms), (watched, watched_ms) = _rate(given, 0), _rate(given, given.viewers)
        kept.append(watched / alone)
        print(
            f"{number:5d}{alone:16.1f}{watched:14.1f}{alone_ms:19.1f}{watched_ms:14.1f}"
            f"{kept[-1]:6.2f}",
            flush=True,
        )
    print(f"of the frames without a page {statistics.median(kept):.2f} are kept (median)")


if __name__ == "__main__":
    main()
