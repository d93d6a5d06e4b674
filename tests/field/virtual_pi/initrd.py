"""What the kernel starts first: it loads what the disk needs, mounts it, and hands over."""

import shutil
import subprocess
import tempfile
from pathlib import Path

from virtual_pi.modules import TO_MOUNT, loading_order, module_content

# `rootflags=` on the kernel's command line: how the disk is mounted.
_INIT = """\
#!/bin/busybox sh
busybox mount -t proc proc /proc
busybox mount -t sysfs sysfs /sys
busybox mount -t devtmpfs dev /dev
while read -r module; do busybox insmod "/modules/$module"; done < /modules/order
options=$(busybox sed -n 's/.*rootflags=\\([^ ]*\\).*/\\1/p' /proc/cmdline)
until [ -b /dev/vda ]; do :; done
busybox mount -t ext4 -o "rw,noatime${options:+,$options}" /dev/vda /disk
busybox umount /proc /sys
busybox mount --move /dev /disk/dev
exec busybox switch_root /disk /lib/systemd/systemd
"""


def write_initrd(root: Path, out: Path) -> None:
    """Write one for the system in `root`."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        for name in ("bin", "dev", "disk", "modules", "proc", "sys"):
            (folder / name).mkdir()
        shutil.copy(root / "bin" / "busybox", folder / "bin")
        init = folder / "init"
        init.write_text(_INIT)
        init.chmod(0o755)
        names = []
        for path in loading_order(root, TO_MOUNT):
            name = path.name.removesuffix(".xz")
            (folder / "modules" / name).write_bytes(module_content(path))
            names.append(name)
        (folder / "modules" / "order").write_text("".join(f"{name}\n" for name in names))
        listed = "\n".join(str(path.relative_to(folder)) for path in folder.rglob("*"))
        with out.open("wb") as file:
            subprocess.run(
                ["cpio", "--quiet", "-o", "-H", "newc"],
                cwd=folder,
                input=listed.encode(),
                stdout=file,
                check=True,
            )
