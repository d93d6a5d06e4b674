"""A root file system for arm64: packages that are unpacked, none of their scripts run."""

import shutil
import subprocess
from pathlib import Path

from virtual_pi.suites import Suite

_PACKAGES = (
    *("base-files", "base-passwd", "bash", "coreutils", "dash", "findutils", "grep", "sed"),
    *("kmod", "libc-bin", "login", "mount", "passwd", "procps", "systemd", "systemd-sysv"),
    *("udev", "util-linux", "libgomp1", "libstdc++6", "python3", "python3-venv"),
    # The kernel, its camera that is no camera, and a shell for the initrd.
    *("linux-image-arm64", "v4l-utils", "busybox-static"),
)
# Bookworm's packages still hold /bin and /lib; installed systems have links there.
_MERGED = Path("/usr/share/mmdebstrap/hooks/merged-usr")


def unpack(suite: Suite, root: Path) -> None:
    """Make `root` with what the packages hold; needs a network."""
    subprocess.run(
        [
            *(
                "mmdebstrap",
                "--quiet",
                "--arch=arm64",
                "--variant=extract",
                f"--hook-dir={_MERGED}",
            ),
            f"--include={','.join((*_PACKAGES, *suite.packages))}",
            *(suite.name, str(root), _mirror()),
        ],
        check=True,
    )
    for unneeded in ("usr/share/doc", "usr/share/locale", "usr/share/man"):
        shutil.rmtree(root / unneeded, ignore_errors=True)


def _mirror() -> str:
    """Where this machine's own apt has Debian from."""
    told = subprocess.run(
        [
            *("apt-get", "indextargets", "--format", "$(REPO_URI)"),
            *("Created-By: Packages", "Origin: Debian"),
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    return told.stdout.split()[0]
