"""A Raspberry Pi's system without the Pi: Debian for arm64 in an emulator, from packages alone.

`suites.py` which systems there are, `debian.py` their packages, `modules.py` and `initrd.py` their
kernel, `guest_files.py` what is added to them, `image.py` a disk of it all, `installed.py` the same
with Plant Edge on it, `drives.py` how the disk is seen, `machine.py` the emulator.
"""
