"""The measures of understanding, as agreed for all sets.

An outcome is the gate's verdict on a message that begins a new conversation. `asked_back` counts where the
assistant asked or offered choices; a message of a topic that was declined counts as wrong.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Callable, Dict, List, Optional, Sequence, Tuple

import numpy as np

from oih_assistant.content.models import Contract, Kind, Level
from oih_assistant.evaluation.sets import Entry

OUT_OF_SCOPE = "out_of_scope"


@dataclass(frozen=True)
class Outcome:
    """What the assistant did with one message.

    Args:
        entry: the message.
        topic: the topic it would answer; None when it asks back.
        decision: answer, ask_back, ask_danger or decline.
        confidence: 0 to 1.
        offered: choices offered.
        milliseconds: time to understand it.
    """

    entry: Entry
    topic: Optional[str]
    decision: str
    confidence: float
    offered: Tuple[str, ...]
    milliseconds: float

    @property
    def asked_back(self) -> bool:
        """Whether the person was asked instead of answered."""
        return self.topic is None

    @property
    def correct(self) -> bool:
        """Whether the answered topic is a right one."""
        return self.topic in self.entry.right


def _share(outcomes: Sequence[Outcome], holds: Callable[[Outcome], bool]) -> Optional[float]:
    return round(sum(map(holds, outcomes)) / len(outcomes), 4) if outcomes else None


def measure(outcomes: Sequence[Outcome], contract: Contract) -> Dict[str, Any]:
    """All measures of a set, by their agreed names; None where a set has no such entries."""

    def level(topic: Optional[str]) -> Optional[Level]:
        scope = contract.safety_topics.get(topic) if topic else None
        return scope.level if scope else None

    def has_level(entry: Entry, *levels: Level) -> bool:
        return any(level(topic) in levels for topic in entry.right)

    def handled(outcome: Outcome) -> bool:
        answered = outcome.topic is not None and contract.kind_of(outcome.topic) is Kind.CURATED
        return not answered or outcome.correct

    in_scope = [item for item in outcomes if item.entry.topic != OUT_OF_SCOPE]
    out_of_scope = [item for item in outcomes if item.entry.topic == OUT_OF_SCOPE]
    emergencies = [item for item in outcomes if level(item.entry.topic) is Level.EMERGENCY]
    urgent = [item for item in outcomes if level(item.entry.topic) is Level.URGENT]
    wrong = [item for item in in_scope if not item.correct and not item.asked_back]
    wrong.sort(key=lambda item: -item.confidence)
    times = [item.milliseconds for item in outcomes]
    return {
        "n": len(outcomes),
        "in_scope_n": len(in_scope),
        "correct": _share(in_scope, lambda item: item.correct),
        "wrong": _share(in_scope, lambda item: not item.correct and not item.asked_back),
        "asked_back": _share(in_scope, lambda item: item.asked_back),
        "offered": _share(in_scope, lambda item: item.asked_back and bool(set(item.offered) & set(item.entry.right))),
        "oos_n": len(out_of_scope),
        "oos_handled": _share(out_of_scope, handled),
        "emergency_n": len(emergencies),
        "emergency_caught": _share(emergencies, lambda item: level(item.topic) is Level.EMERGENCY),
        "urgent_n": len(urgent),
        "urgent_caught": _share(urgent, lambda item: level(item.topic) in (Level.URGENT, Level.EMERGENCY)),
        "false_emergency": _share(
            outcomes,
            lambda item: level(item.topic) is Level.EMERGENCY and not has_level(item.entry, Level.EMERGENCY),
        ),
        "false_urgent": _share(
            outcomes,
            lambda item: level(item.topic) is Level.URGENT and not has_level(item.entry, Level.URGENT, Level.EMERGENCY),
        ),
        "ms_p50": round(float(np.percentile(times, 50)), 2) if times else None,
        "ms_p95": round(float(np.percentile(times, 95)), 2) if times else None,
        "wrong_list": [
            {
                "text": item.entry.text,
                "expected": item.entry.topic,
                "got": item.topic,
                "confidence": round(item.confidence, 3),
            }
            for item in wrong[:50]
        ],
    }


def format_table(measures: Dict[str, Any]) -> List[str]:
    """The measures as lines for people."""
    rows = [(name, value) for name, value in measures.items() if name != "wrong_list"]
    width = max(len(name) for name, _ in rows)
    return [f"{name:<{width}}  {'-' if value is None else value}" for name, value in rows]
