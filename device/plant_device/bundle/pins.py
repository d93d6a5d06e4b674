"""Which packages a target takes, in which versions."""

from importlib.resources import files

from plant_device.bundle.targets import Machine, Target
from plant_device.contract.command_line import require


def pinned(target: Target, machine: Machine) -> list[str]:
    """The requirements `NAME==VERSION` that hold for a target, without what its system keeps.

    pip would judge their conditions, such as a Python before 3.11, by the Python that it runs in
    (its --python-version counts for wheels alone), so they are judged here.

    Raises:
        UserError: `packaging` is not installed.
    """
    require("packaging", "bundle")
    from packaging.requirements import Requirement
    from packaging.utils import canonicalize_name

    there = {
        "implementation_name": "cpython",
        "platform_machine": machine,
        "platform_python_implementation": "CPython",
        "platform_system": "Linux",
        "python_full_version": f"{target.python}.0",
        "python_version": target.python,
        "sys_platform": "linux",
    }
    left_out = {kept.package for kept in target.keeps}
    held = []
    for line in (files("plant_device.bundle") / "carried" / target.pins).read_text().splitlines():
        if not line or line.startswith("#"):
            continue
        requirement = Requirement(line)
        marker = requirement.marker
        applies = marker is None or marker.evaluate(dict(there))
        if applies and canonicalize_name(requirement.name) not in left_out:
            held.append(f"{requirement.name}{requirement.specifier}")
    return held
