"""The runtime and OpenCV as they are here, and as they are where they do not import."""

import os
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from plant_device.board.checks import opencv, runtime_wheel
from plant_device.board.finding import Asked

Package = Callable[[str, str], None]

# What `cv2.getBuildInformation()` has of video, of Debian 12's OpenCV 4.6.
DEBIAN = """
  Video I/O:
    DC1394:                      YES (2.2.6)
    FFMPEG:                      YES
      avcodec:                   YES (59.37.100)
    GStreamer:                   YES (1.22.0)
    v4l/v4l2:                    YES (linux/videodev2.h)
"""
BARE = """
  Video I/O:
    FFMPEG:                      NO
    GStreamer:                   NO
    v4l/v4l2:                    NO
"""


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Package:
    """Put a package before the installed ones, for processes that start from now on."""

    def write(name: str, content: str) -> None:
        (tmp_path / f"{name}.py").write_text(content)
        path = [str(tmp_path), *filter(None, [os.environ.get("PYTHONPATH")])]
        monkeypatch.setenv("PYTHONPATH", os.pathsep.join(path))

    return write


# The runtime


def test_the_installed_runtime_is_told_with_its_version() -> None:
    (finding,) = runtime_wheel.check(Asked())
    assert finding.level == "ok"
    name, version = finding.what.split()
    assert name in ("ai_edge_litert", "tflite_runtime")
    assert version[0].isdigit()


def test_a_runtime_that_crashes_is_a_line_with_what_to_do(package: Package) -> None:
    package("ai_edge_litert", "import os, signal\nos.kill(os.getpid(), signal.SIGILL)\n")
    (finding,) = runtime_wheel.check(Asked())
    assert finding.level == "failure"
    assert "SIGILL" in finding.what
    assert "pip install --force-reinstall ai-edge-litert" in finding.to_do


def test_a_runtime_that_imports_and_does_not_run_is_a_failure(package: Package) -> None:
    # As tflite-runtime 2.14 does with NumPy 2.
    package("ai_edge_litert", "raise ImportError('it is not installed')\n")
    package(
        "tflite_runtime",
        "import sys, types\n"
        "class Interpreter:\n"
        "    def __init__(self, model_content):\n"
        "        raise SystemError('CreateWrapperFromBuffer returned a result with an exception')\n"
        "module = types.SimpleNamespace(Interpreter=Interpreter)\n"
        "sys.modules['tflite_runtime.interpreter'] = module\n",
    )
    (finding,) = runtime_wheel.check(Asked())
    assert finding.level == "failure"
    assert f"does not run with NumPy {np.__version__}: CreateWrapper" in finding.what
    assert finding.to_do.startswith("pip install 'numpy<2'")


def test_without_a_runtime_each_reason_is_told(package: Package) -> None:
    package("ai_edge_litert", 'raise ImportError("version `GLIBC_2.27\' not found")\n')
    package("tflite_runtime", "raise ImportError('it was never installed')\n")
    (finding,) = runtime_wheel.check(Asked())
    assert finding.level == "failure"
    assert "GLIBC_2.27" in finding.what
    assert "never installed" in finding.what
    assert finding.to_do == "pip install ai-edge-litert"


# OpenCV and NumPy


def test_the_installed_opencv_is_told_with_what_it_reads() -> None:
    versions, video = opencv.check(Asked())
    assert versions.level == "ok"
    assert versions.what == f"OpenCV {cv2.__version__}, NumPy {np.__version__}"
    assert video.what.startswith("V4L2 yes, FFmpeg yes, ")


def test_an_opencv_that_was_compiled_for_another_numpy_is_a_failure(package: Package) -> None:
    package("cv2", "raise ImportError('numpy.core.multiarray failed to import')\n")
    (finding,) = opencv.check(Asked())
    assert (finding.name, finding.level) == ("OpenCV", "failure")
    assert finding.to_do.startswith("pip install 'numpy<2'")


@pytest.mark.parametrize(
    ("error", "advice"),
    [
        ("AttributeError: _ARRAY_API not found", "pip install 'numpy<2'"),
        ("ImportError: libGL.so.1: cannot open shared object file", "pip uninstall opencv-python,"),
        ("ModuleNotFoundError: No module named 'numpy'", "pip install --force-reinstall numpy"),
        ("ModuleNotFoundError: No module named 'cv2'", "opencv-python-headless"),
    ],
)
def test_each_failed_import_has_its_mending(error: str, advice: str) -> None:
    assert advice in opencv.mending(error)


@pytest.mark.parametrize(
    ("build", "source", "gst_launch", "level", "to_do"),
    [
        (DEBIAN, "", True, "ok", ""),
        (DEBIAN, "usb:0", False, "ok", ""),
        (DEBIAN, "csi:0", False, "failure", "gstreamer1.0-tools"),
        (DEBIAN, "gst:videotestsrc", True, "ok", ""),
        (BARE, "", True, "warning", "opencv-python-headless"),
        (BARE, "usb:0", True, "failure", "V4L2"),
        (BARE, "/dev/video2", True, "failure", "V4L2"),
        (BARE, "rtsp://camera/1", True, "failure", "FFmpeg"),
    ],
)
def test_what_opencv_reads_is_judged_by_the_source(
    build: str, source: str, gst_launch: bool, level: str, to_do: str
) -> None:
    finding = opencv.video(build, source, gst_launch=gst_launch)
    assert finding.level == level
    assert to_do in finding.to_do
    assert bool(finding.to_do) == (level != "ok")
