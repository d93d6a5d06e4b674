"""What the processor has that makes int8 networks fast."""

from plant_device.board.finding import Asked, Finding

# linux/arch/arm64/include/asm/cputype.h
_PARTS = {
    "0xd03": "Cortex-A53",
    "0xd07": "Cortex-A57",
    "0xd08": "Cortex-A72",
    "0xd0b": "Cortex-A76",
    "0xd42": "Cortex-A78AE",
    "0x004": "Carmel",
}
# Dot products of int8, by the names of linux/arch/arm64/kernel/cpuinfo.c and of x86's.
_DOT_PRODUCTS = ("i8mm", "asimddp", "avx512_vnni", "avx_vnni")


def check(asked: Asked) -> list[Finding]:
    """Cores, and instructions for int8."""
    named = cores(asked)
    if not named:
        return [Finding("processor", "warning", "/proc/cpuinfo tells nothing", "mount /proc")]
    first = _cores(asked)[0]
    features = (first.get("Features") or first.get("flags", "")).split()
    products = next((each for each in _DOT_PRODUCTS if each in features), None)
    told = f"dot products of int8 ({products})" if products else "no dot products of int8: slower"
    return [Finding("processor", "ok", f"{named}, {told}")]


def cores(asked: Asked) -> str:
    """Such as `4 x Cortex-A72`; empty where it cannot be read."""
    described = _cores(asked)
    if not described:
        return ""
    part = described[0].get("CPU part", "")
    # Some kernels call every ARM core an "ARMv8 Processor".
    name = _PARTS.get(part) or described[0].get("model name") or f"ARM part {part}"
    return f"{len(described)} x {name}"


def _cores(asked: Asked) -> list[dict[str, str]]:
    blocks = map(_fields, asked.read("proc/cpuinfo").split("\n\n"))
    return [block for block in blocks if "processor" in block]


def _fields(block: str) -> dict[str, str]:
    pairs = (line.partition(":") for line in block.splitlines())
    return {key.strip(): value.strip() for key, _, value in pairs}
