"""install.sh by root, where system folders are copies that go with the test: the machine stays."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

WriteBundle = Callable[..., Path]
Inside = Callable[[str], str]

SCRIPT = Path(__file__).resolve().parents[3] / "device" / "install.sh"
# Without /run nothing reaches systemd. Python may lie in root's home, where only root goes.
COPIES = """
set -e
mount --make-rprivate /
mount -t tmpfs none /mnt
for each in etc root var/lib usr/local; do
  mkdir -p /mnt/$each/{upper,work}
  mount -t overlay none -o lowerdir=/$each,upperdir=/mnt/$each/upper,workdir=/mnt/$each/work /$each
done
mount -t tmpfs -o mode=755 none /opt
mount -t tmpfs none /run
chmod 711 /root
"""
# As whoever took the service over would leave its folders before the next update.
TAKEN_OVER = """
mkdir -m 700 /etc/precious
touch /etc/precious/kept
useradd --system --user-group --home-dir /var/lib/plant-edge --no-create-home plant-edge
install -d -o plant-edge -g plant-edge -m 750 /var/lib/plant-edge
"""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.geteuid() != 0, reason="needs root"),
]


def _apart(commands: str) -> "subprocess.CompletedProcess[str]":
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return subprocess.run(
        ["unshare", "--mount", "bash", "-c", commands],
        capture_output=True,
        text=True,
        check=False,
        env={**environment, "PYTHON": sys.executable},
    )


@pytest.fixture
def inside(write_bundle: WriteBundle) -> Inside:
    """What commands print where `$INSTALL` runs install.sh with a bundle."""
    if _apart(COPIES).returncode:
        pytest.skip("file systems cannot be mounted here")
    setup = f"{COPIES}\nINSTALL='bash {SCRIPT} --from {write_bundle()} --source synthetic:'\n"

    def run(commands: str) -> str:
        ran = _apart(setup + commands)
        assert ran.returncode == 0, ran.stderr
        return ran.stdout

    return run


def test_the_model_is_the_services_and_the_settings_are_roots(inside: Inside) -> None:
    told = inside(
        "$INSTALL > /dev/null; stat -c '%U:%G %a' /etc/plant-edge /etc/plant-edge/settings.toml "
        "/var/lib/plant-edge /var/lib/plant-edge/models; "
        "stat -c %U /var/lib/plant-edge/models/*; ls /opt/plant-edge/versions | wc -l"
    ).splitlines()
    assert told == [
        "root:plant-edge 2750",
        "root:plant-edge 640",
        "plant-edge:plant-edge 750",
        "plant-edge:plant-edge 750",
        "plant-edge",
        "plant-edge",
        "1",
    ]


@pytest.mark.parametrize(
    "lead_away",
    [
        "ln -s /etc/precious /var/lib/plant-edge/models",
        "mkdir /var/lib/plant-edge/models && "
        "ln -s /etc/precious /var/lib/plant-edge/models/.incoming",
    ],
    ids=["models", "what comes in"],
)
def test_who_took_the_service_over_does_not_get_at_roots_files_by_links(
    inside: Inside, lead_away: str
) -> None:
    """Root gave the service a folder that it led to, and emptied one."""
    told = inside(
        f"{TAKEN_OVER} runuser -u plant-edge -- bash -c '{lead_away}'\n"
        "$INSTALL > /dev/null && exit 1\nstat -c '%U %a' /etc/precious; ls -A /etc/precious"
    )
    assert told.splitlines() == ["root 700", "kept"]
