"""What a check hands back: where, what was found, what mends it.

Errors stop `make check`; warnings are counted and left to people.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

PROBLEM = re.compile(r"^(?P<place>[^:]+:\d+): (?P<found>.*)$", re.DOTALL)


class Severity(str, Enum):
    """Whether a finding stops the check."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True)
class Finding:
    """One thing that a check found.

    Args:
        place: `articles/x.yml:12`, relative to the content folder.
        severity: an error stops, a warning counts.
        found: what was found, in words.
        mend: what mends it; empty where `found` says it already.
    """

    place: str
    severity: Severity
    found: str
    mend: str = ""

    @property
    def file(self) -> str:
        """The file without the line."""
        return self.place.rpartition(":")[0]

    @property
    def line(self) -> int:
        """The 1-based line."""
        return int(self.place.rpartition(":")[2])

    def __str__(self) -> str:
        return f"{self.severity.value}: {self.found}" + (f"\n    mend: {self.mend}" if self.mend else "")


def sort_findings(findings: Iterable[Finding]) -> list[Finding]:
    """By file, then line; errors before warnings on the same line."""
    return sorted(findings, key=lambda finding: (finding.file, finding.line, finding.severity.value, finding.found))


def count_findings(findings: Iterable[Finding], severity: Severity) -> int:
    """How many there are of one severity."""
    return sum(finding.severity is severity for finding in findings)


def problem_finding(problem: str) -> Finding:
    """A problem that the loader reported (`file:line: message`) as a finding."""
    match = PROBLEM.match(problem)
    if match is None:
        return Finding("content:1", Severity.ERROR, problem)
    return Finding(match["place"], Severity.ERROR, match["found"])
