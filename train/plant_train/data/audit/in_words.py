"""An audit in words, for a terminal and for pages."""

from plant_train.data.audit import Audit
from plant_train.data.audit.finding import Finding, counted, listed

_EXAMPLES = 3
_PICTURES = 4


def in_short(audit: Audit) -> str:
    """What matters most, in a sentence or two."""
    if audit.leaks:
        return (
            "The parts of this data set leak into one another: figures measured on one of them "
            "flatter."
        )
    warning = [finding.title.lower() for finding in audit.findings if _warns(finding)]
    if not warning:
        return "No leak was found, and no check warns."
    return (
        f"No leak was found. {len(warning)} of {len(audit.findings)} checks "
        f"{'warns' if len(warning) == 1 else 'warn'}: {', '.join(warning)}."
    )


def warnings(audit: Audit) -> list[str]:
    """A line for each finding that a training should not go on without a look at."""
    return [
        f"{finding.severity}: {finding.title}: {finding.summary}"
        for finding in audit.findings
        if _warns(finding)
    ]


def in_words(audit: Audit) -> str:
    """Every finding in a paragraph, with a few examples and what to do."""
    parts = ", ".join(f"{number:,} in {part}" for part, number in audit.parts.items())
    head = f"{', '.join(audit.data)}: {counted(audit.classes, 'class', 'classes')}, {parts}"
    return "\n\n".join([head, *(_paragraph(finding) for finding in audit.findings)])


def _warns(finding: Finding) -> bool:
    return finding.severity in ("leak", "warning")


def _paragraph(finding: Finding) -> str:
    lines = [f"{finding.severity:8}{finding.title}: {finding.summary}"]
    for example in finding.examples[:_EXAMPLES]:
        lines.append(": ".join(filter(None, [example.text, listed(example.pictures, _PICTURES)])))
    if len(finding.examples) > _EXAMPLES:
        lines.append(f"and {len(finding.examples) - _EXAMPLES:,} more: --json lists them all")
    if finding.advice:
        lines.append(f"→ {finding.advice}")
    return "\n        ".join(lines)
