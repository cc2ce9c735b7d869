"""`python -m oih_assistant.content`: load and check data/content, print all findings, fail on errors."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import Optional

from oih_assistant.content.checks import check_content
from oih_assistant.content.findings import Finding, Severity, count_findings
from oih_assistant.content.loader import CONTENT_DIR


def describe(findings: Sequence[Finding], files: int) -> str:
    """The findings grouped by file, and a last line that counts them."""
    lines: list[str] = []
    for file, group in groupby(findings, key=lambda finding: finding.file):
        lines.append(file)
        lines.extend(f"  {finding.place}: {finding}" for finding in group)
        lines.append("")
    errors, warnings = (count_findings(findings, severity) for severity in (Severity.ERROR, Severity.WARNING))
    lines.append(f"{errors} errors, {warnings} warnings in {files} files")
    return "\n".join(lines)


def main(arguments: Optional[Sequence[str]] = None) -> int:
    """Check a folder; 1 if there is an error, 0 if not."""
    parser = argparse.ArgumentParser(prog="python -m oih_assistant.content", description="Check the content files.")
    parser.add_argument("root", nargs="?", type=Path, default=CONTENT_DIR, help="the content folder")
    options = parser.parse_args(arguments)
    findings = check_content(options.root)
    print(describe(findings, sum(1 for _ in options.root.rglob("*.yml"))))
    return 1 if count_findings(findings, Severity.ERROR) else 0


if __name__ == "__main__":
    sys.exit(main())
