"""An audit as text for a terminal."""

from plant_train.data.audit import Audit
from plant_train.data.audit.finding import Finding, listed

_EXAMPLES = 3
_PICTURES = 4


def in_words(audit: Audit) -> str:
    """Every finding in a paragraph, with a few examples and what to do."""
    parts = ", ".join(f"{number:,} in {part}" for part, number in audit.parts.items())
    head = f"{', '.join(audit.data)}: {audit.classes} classes, {parts}"
    return "\n\n".join([head, *(_paragraph(finding) for finding in audit.findings)])


def _paragraph(finding: Finding) -> str:
    lines = [f"{finding.severity:8}{finding.title}: {finding.summary}"]
    for example in finding.examples[:_EXAMPLES]:
        lines.append(": ".join(filter(None, [example.text, listed(example.pictures, _PICTURES)])))
    if len(finding.examples) > _EXAMPLES:
        lines.append(f"and {len(finding.examples) - _EXAMPLES:,} more: --json lists them all")
    if finding.advice:
        lines.append(f"→ {finding.advice}")
    return "\n        ".join(lines)
