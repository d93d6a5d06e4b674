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
    blocks = [_fields(block) for block in asked.read("proc/cpuinfo").split("\n\n")]
    cores = [block for block in blocks if "processor" in block]
    if not cores:
        return [Finding("processor", "warning", "/proc/cpuinfo tells nothing")]
    first = cores[0]
    part = first.get("CPU part", "")
    # Some kernels call every ARM core an "ARMv8 Processor".
    name = _PARTS.get(part) or first.get("model name") or f"ARM part {part}"
    features = (first.get("Features") or first.get("flags", "")).split()
    products = next((each for each in _DOT_PRODUCTS if each in features), None)
    told = f"dot products of int8 ({products})" if products else "no dot products of int8: slower"
    return [Finding("processor", "ok", f"{len(cores)} x {name}, {told}")]


def _fields(block: str) -> dict[str, str]:
    pairs = (line.partition(":") for line in block.splitlines())
    return {key.strip(): value.strip() for key, _, value in pairs}
