"""Short messages that lean on the last answer: "and how long does that last?", "why?", "same for kids?".

Such a message is understood once more with the last topic's title before it. A message that names its own
subject stands alone, and nothing here ever sets aside a danger.
"""

from __future__ import annotations

import re
from typing import Any, Mapping, Optional, Sequence

from oih_assistant.content.models import FollowUpCues

WORDS = re.compile(r"[\w']+")


def _words(text: str) -> Sequence[str]:
    return WORDS.findall(text.lower().replace("\u2019", "'"))


def asks_for_more(text: str, cues: FollowUpCues) -> bool:
    """Whether the whole message only asks to go on with the last answer ("why?")."""
    return " ".join(_words(text)) in cues.more


def leans_on_last_answer(text: str, subjects: Sequence[Any], cues: FollowUpCues) -> bool:
    """Whether a message is short, refers to something, and names no subject (recognised entity) of its own.

    "What about ketamine?" names its subject and needs no help; "is it the same for kids?" does.
    """
    words = _words(text)
    if not words or len(words) > cues.longest or subjects:
        return False
    normal = " ".join(words) + " "
    opens = any(normal.startswith(opener + " ") for opener in cues.openers)
    return opens or bool(set(words) & set(cues.referring))


def with_subject(text: str, title: str) -> str:
    """The message as a full question: the last topic's title, then what was written."""
    return f"{title}: {text}"


def choose(alone: Mapping[str, Any], in_context: Mapping[str, Any], last_topic: str) -> Optional[Mapping[str, Any]]:
    """The verdict to go on with, or None to keep the one that stands alone.

    Args:
        alone: the verdict on the message as written.
        in_context: the verdict on the message with its subject.
        last_topic: what was answered last.
    """
    if alone.get("level") or alone.get("decision") == "ask_danger":
        return None
    if in_context.get("decision") != "answer" or in_context.get("topic") == last_topic or in_context.get("level"):
        return None
    return {**in_context, "why": f"follow-up on {last_topic}: {in_context.get('why')}"}
