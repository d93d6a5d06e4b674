"""What is added to Debian's packages: users, a camera, and a shell that the tests talk to."""

import shutil
from pathlib import Path

# The consoles that the emulator has beside the kernel's (`machine.py`).
SHELL_CONSOLE = "/dev/hvc0"
ACKNOWLEDGED_CONSOLE = "/dev/hvc1"
SHARE = "/host"
# What the shell says once it listens: systemd 257 throws away what was typed before.
SHELL_LISTENS = "=====listening====="

_SHELL = f"""\
[Unit]
Description=A shell for whoever runs this machine
DefaultDependencies=no
After=systemd-udevd.service systemd-remount-fs.service local-fs.target

[Service]
# Bytes as they are, and none told back.
ExecStart=/bin/bash -c 'stty raw -echo; echo {SHELL_LISTENS}; exec bash'
StandardInput=tty-force
StandardOutput=tty
StandardError=journal
TTYPath={SHELL_CONSOLE}
Environment=HOME=/root SYSTEMD_COLORS=0 SYSTEMD_PAGER=

[Install]
WantedBy=sysinit.target
"""

_SHARE = f"""\
[Mount]
What=host
Where={SHARE}
Type=9p
Options=trans=virtio,version=9p2000.L,msize=262144

[Install]
WantedBy=local-fs.target
"""

# Of a thousand devices the ones that somebody uses.
_TRIGGER = """\
[Service]
ExecStart=
ExecStart=udevadm trigger --action=add --subsystem-match=video4linux --subsystem-match=virtio-ports
"""

_FILES = {
    "etc/hostname": "virtual-pi\n",
    "etc/fstab": "",
    "etc/machine-id": "0123456789abcdef0123456789abcdef\n",
    # A webcam that shows a moving test picture.
    "etc/modules-load.d/camera.conf": "vivid\n",
    "etc/modprobe.d/camera.conf": "options vivid n_devs=1 node_types=0x1 num_inputs=1 "
    "input_types=0x00\n",
    # The emulator is some ten times slower than a board: so is what the kernel writes by itself.
    "etc/sysctl.d/writeback.conf": "vm.dirty_expire_centisecs = 30000\n"
    "vm.dirty_writeback_centisecs = 5000\n",
    "etc/systemd/journald.conf.d/kept.conf": "[Journal]\nStorage=persistent\nSystemMaxUse=16M\n",
    # Groups that a script of udev's would have made.
    "etc/sysusers.d/udev.conf": "g input -\ng kvm -\ng render -\ng sgx -\n",
    # What a script of libpam-runtime's would have made; without it nobody becomes another user.
    **{
        f"etc/pam.d/common-{file}": f"{kind} required pam_unix.so\n"
        for file, kind in (
            *((kind, kind) for kind in ("auth", "account", "password", "session")),
            ("session-noninteractive", "session"),
        )
    },
    "etc/systemd/system/systemd-udev-trigger.service.d/few.conf": _TRIGGER,
    "etc/systemd/system/shell.service": _SHELL,
    "etc/systemd/system/host.mount": _SHARE,
}
_WANTED = {
    "sysinit.target": "shell.service",
    "local-fs.target": "host.mount",
}
# Minutes of emulation for what no test looks at.
_MASKED = (
    *("apt-daily.timer", "apt-daily-upgrade.timer", "dpkg-db-backup.timer", "fstrim.timer"),
    *("dev-hugepages.mount", "dev-mqueue.mount", "e2scrub_all.timer", "e2scrub_reap.service"),
    *("getty.target", "kmod-static-nodes.service", "ldconfig.service", "modprobe@.service"),
    *("proc-sys-fs-binfmt_misc.automount", "sys-kernel-debug.mount", "sys-kernel-tracing.mount"),
    *("systemd-binfmt.service", "systemd-hwdb-update.service"),
    *("systemd-journal-catalog-update.service", "systemd-timesyncd.service"),
    *("systemd-update-utmp.service", "systemd-update-utmp-runlevel.service"),
)


def add_guest_files(root: Path) -> None:
    """Complete a root file system whose packages' own scripts never ran."""
    for name in ("passwd", "group"):
        shutil.copy(root / "usr" / "share" / "base-passwd" / f"{name}.master", root / "etc" / name)
    for name, content in _FILES.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    units = root / "etc" / "systemd" / "system"
    for target, unit in _WANTED.items():
        wants = units / f"{target}.wants"
        wants.mkdir(exist_ok=True)
        (wants / unit).symlink_to(f"../{unit}")
    for unit in _MASKED:
        _link(units / unit, "/dev/null")
    _link(units / "default.target", "/lib/systemd/system/multi-user.target")
    (root / SHARE.lstrip("/")).mkdir()
    (root / "var" / "log" / "journal").mkdir(parents=True)


def _link(path: Path, target: str) -> None:
    path.unlink(missing_ok=True)
    path.symlink_to(target)
