"""Who is asking, where the message itself says so.

A wrong guess for "clinician" would show a patient numbers that are not for them, so only plain statements
count, and any patient's cue in the same message outweighs them.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Optional, Tuple

from oih_assistant.content.models import Audience, AudienceCues


@lru_cache(maxsize=8)
def _pattern(cues: Tuple[str, ...]) -> "re.Pattern[str]":
    longest_first = sorted(cues, key=len, reverse=True)
    return re.compile(r"(?<!\w)(?:" + "|".join(re.escape(cue) for cue in longest_first) + r")(?!\w)")


def infer_audience(text: str, cues: AudienceCues) -> Optional[Audience]:
    """The audience that a message names for itself, or None."""
    normal = " ".join(text.lower().replace("\u2019", "'").split())
    if _pattern(cues.patient).search(normal):
        return Audience.PATIENT
    if _pattern(cues.clinician).search(normal):
        return Audience.CLINICIAN
    return None


def names_audience(text: str, cues: AudienceCues) -> Optional[Audience]:
    """The audience of a message that says nothing else ("I am a clinician."), or None."""
    normal = " ".join(text.lower().replace("\u2019", "'").strip(" .!").split())
    if normal in cues.clinician:
        return Audience.CLINICIAN
    return Audience.PATIENT if normal in cues.patient else None
