"""All checks of the content beyond what the loader refuses. `make check` and the review page run them.

A check takes the folder and yields findings; none stops at the first, so that all are mended in one round.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Optional

from oih_assistant.content.evidence_checks import (
    check_dates,
    check_key_facts,
    check_likeness,
    check_regions,
    check_related,
    check_sources,
)
from oih_assistant.content.findings import Finding, problem_finding, sort_findings
from oih_assistant.content.loader import CONTENT_DIR, load_content
from oih_assistant.content.models import Content
from oih_assistant.content.safety_checks import check_emergency_first, check_must_say, check_placeholders
from oih_assistant.content.texts import ContentFolder
from oih_assistant.content.wording import WordingRules, load_wording_rules
from oih_assistant.content.wording_checks import (
    check_banned_phrases,
    check_certainty,
    check_grades,
    check_jargon,
    check_sentence_lengths,
)
from oih_assistant.errors import ContentError

Check = Callable[[ContentFolder], Iterable[Finding]]

CHECKS: tuple[Check, ...] = (
    check_grades,
    check_sentence_lengths,
    check_jargon,
    check_banned_phrases,
    check_certainty,
    check_emergency_first,
    check_must_say,
    check_placeholders,
    check_key_facts,
    check_related,
    check_sources,
    check_dates,
    check_regions,
    check_likeness,
)


def open_folder(
    root: Path = CONTENT_DIR, *, every_topic: bool = True, today: Optional[datetime.date] = None
) -> ContentFolder:
    """Load a content folder with its rules of wording.

    Args:
        root: the folder data/content.
        every_topic: whether each topic of the contract must have its file.
        today: the day that ages are counted from; the real one by default.

    Raises:
        ContentError: with the loader's problems and those of readability.yml together.
    """
    root = Path(root).resolve()
    problems: list[str] = []
    content: Optional[Content] = None
    wording: Optional[WordingRules] = None
    try:
        content = load_content(root, every_topic=every_topic)
    except ContentError as error:
        problems.extend(error.problems)
    try:
        wording = load_wording_rules(root)
    except ContentError as error:
        problems.extend(error.problems)
    if content is None or wording is None:
        raise ContentError(problems)
    return ContentFolder(root, content, wording, today or datetime.date.today())


def run_checks(folder: ContentFolder) -> list[Finding]:
    """Everything that all checks find, by file and line."""
    return sort_findings(finding for check in CHECKS for finding in check(folder))


def check_content(
    root: Path = CONTENT_DIR, *, every_topic: bool = True, today: Optional[datetime.date] = None
) -> list[Finding]:
    """Load a content folder and check it; what the loader refuses comes back as errors too."""
    try:
        folder = open_folder(root, every_topic=every_topic, today=today)
    except ContentError as error:
        return sort_findings(problem_finding(problem) for problem in error.problems)
    return run_checks(folder)
