"""Messages that say several things: two questions get both answers, and a danger in one sentence is not lost.

The whole message is understood first; then each sentence by itself, and only clear verdicts on sentences count.
"""

from __future__ import annotations

import re
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple

from oih_assistant.content.models import Contract, Kind, Level

SENTENCE_END = re.compile(r"(?<=[.!?])[\"')\]]*\s+|\s*[;\n]+\s*")
FEWEST_WORDS = 4
MOST_PARTS = 6
EMERGENCY = Level.EMERGENCY.value

# A sentence without its neighbours misleads more easily than a whole message, so it must be clearer. Only
# emergencies are looked for in single sentences: urgent wishes read off them were wrong as often as right.
PART_EMERGENCY_AT = 0.7
PART_ANSWER_AT = 0.6


def split_parts(text: str) -> List[str]:
    """The sentences of a message that say enough to be understood alone; empty if there is only one."""
    parts = [part.strip() for part in SENTENCE_END.split(text) if len(part.split()) >= FEWEST_WORDS]
    return parts[-MOST_PARTS:] if len(parts) > 1 else []


def combine(
    whole: Mapping[str, Any], parts: Sequence[Tuple[str, Mapping[str, Any]]], contract: Contract
) -> Optional[Dict[str, Any]]:
    """A better verdict than the one on the whole message, or None to keep that.

    Args:
        whole: the verdict on the whole message.
        parts: sentences with their verdicts.
        contract: for kinds and levels.

    Returns:
        The verdict on a sentence that is clearly an emergency where the whole message is not; else the whole
        message's verdict with `second_topic`, where two questions clearly ask for two curated topics.
    """
    for _, verdict in parts:
        sure = verdict.get("level") == EMERGENCY and float(verdict.get("confidence") or 0) >= PART_EMERGENCY_AT
        if sure and whole.get("level") != EMERGENCY:
            return {**verdict, "why": f"one sentence of the message: {verdict.get('why')}"}
    if whole.get("level") or whole.get("decision") == "ask_danger":
        return None
    asked = list(
        dict.fromkeys(str(verdict["topic"]) for part, verdict in parts if _is_clear_question(part, verdict, contract))
    )
    if whole.get("topic") in asked and len(asked) > 1:
        second = next(topic for topic in asked if topic != whole.get("topic"))
        return {**whole, "second_topic": second, "why": f"{whole.get('why')}; a second question asks for {second}"}
    if whole.get("decision") == "ask_back" and len(asked) == 2:
        first = next(verdict for _, verdict in parts if verdict.get("topic") == asked[0])
        return {**first, "second_topic": asked[1], "why": "two sentences ask clearly for two topics"}
    return None


def _is_clear_question(part: str, verdict: Mapping[str, Any], contract: Contract) -> bool:
    topic = verdict.get("topic")
    curated = topic is not None and contract.kind_of(str(topic)) is Kind.CURATED
    return part.rstrip("\"') ").endswith("?") and curated and float(verdict.get("confidence") or 0) >= PART_ANSWER_AT
