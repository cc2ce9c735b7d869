"""Outcomes taken apart: by topic, by confused pair, by group of topics, and how far confidences can be believed."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Dict, List, Mapping, Optional, Sequence, Tuple

from oih_assistant.content.loader import CONTENT_DIR
from oih_assistant.content.models import Contract
from oih_assistant.evaluation.confidences import Understood
from oih_assistant.evaluation.measures import OUT_OF_SCOPE, Outcome

ASKED_BACK = "asked back"
RIGHT = "right"
GROUP_LINE = re.compile(r"\s*# --- (.+)")
TOPIC_LINE = re.compile(r"\s+([a-z]\w*):")


@dataclass(frozen=True)
class Judged:
    """A message, the set it stands in and what the assistant did with it."""

    set_name: str
    understood: Understood
    outcome: Outcome

    @property
    def fault(self) -> Optional[str]:
        """`wrong`, `asked back` or, out of scope, `answered`; None when nothing is at fault.

        Out of scope, any topic that is not a right one counts, while `oos_handled` forgives all but articles.
        """
        if self.outcome.correct:
            return None
        if self.outcome.entry.topic == OUT_OF_SCOPE:
            return None if self.outcome.asked_back else "answered"
        return ASKED_BACK if self.outcome.asked_back else "wrong"


@dataclass(frozen=True)
class TopicRow:
    """What became of the messages of one topic; `taken_for` are wrong topics, most frequent first."""

    topic: str
    n: int
    correct: int
    asked_back: int
    wrong: int
    taken_for: Tuple[Tuple[str, int], ...]


@dataclass(frozen=True)
class Pair:
    """Messages of one topic whose likeliest topic was another.

    Args:
        expected, got: the two topics.
        answered: so many were answered with the wrong one.
        asked: so many were asked back.
        example: the message that was answered most surely.
        confidence: how surely.
    """

    expected: str
    got: str
    answered: int
    asked: int
    example: str
    confidence: float


@dataclass(frozen=True)
class Bin:
    """Messages whose confidence lies between two tenths: how many, their mean confidence, the share that is right."""

    low: float
    n: int
    confidence: float
    accuracy: float


def by_topic(judged: Sequence[Judged]) -> List[TopicRow]:
    """A row for each topic, the lowest share of right answers first."""
    groups: Dict[str, List[Outcome]] = defaultdict(list)
    for item in judged:
        groups[item.outcome.entry.topic].append(item.outcome)
    rows: List[TopicRow] = []
    for topic, outcomes in groups.items():
        correct = sum(item.correct for item in outcomes)
        asked = sum(item.asked_back for item in outcomes)
        taken_for = Counter(item.topic for item in outcomes if item.topic and not item.correct).most_common()
        rows.append(TopicRow(topic, len(outcomes), correct, asked, len(outcomes) - correct - asked, tuple(taken_for)))
    return sorted(rows, key=lambda row: (row.correct / row.n, -row.n, row.topic))


def worst_pairs(judged: Sequence[Judged], count: int = 30) -> List[Pair]:
    """The pairs of topics most often confused: most answered wrongly, then most asked back, then most surely."""
    found: Dict[Tuple[str, str], List[Judged]] = defaultdict(list)
    for item in judged:
        got = item.outcome.topic or item.understood.likeliest[0]
        if item.fault and got and got not in item.outcome.entry.right:
            found[item.outcome.entry.topic, got].append(item)
    pairs: List[Pair] = []
    for (expected, got), items in found.items():
        asked = sum(item.outcome.asked_back for item in items)
        surest = max(items, key=lambda item: (not item.outcome.asked_back, item.outcome.confidence))
        pairs.append(
            Pair(expected, got, len(items) - asked, asked, surest.outcome.entry.text, surest.outcome.confidence)
        )
    return sorted(pairs, key=lambda pair: (-pair.answered, -pair.asked, -pair.confidence))[:count]


def topic_groups(contract: Contract, path: Path = CONTENT_DIR / "topics.yml") -> Dict[str, str]:
    """The group of each topic: the contract's headings, which are comments, then safety by level, then dialogue."""
    groups: Dict[str, str] = {}
    heading = "curated"
    for line in path.read_text(encoding="utf-8").splitlines() if path.is_file() else ():
        found, topic = GROUP_LINE.match(line), TOPIC_LINE.match(line)
        if found:
            heading = found.group(1).strip()
        elif topic and topic.group(1) in contract.curated_topics:
            groups[topic.group(1)] = heading
    for name in contract.curated_topics:
        groups.setdefault(name, "curated")
    groups.update({name: f"safety: {scope.level.value}" for name, scope in contract.safety_topics.items()})
    groups.update({name: "dialogue" for name in contract.dialogue_topics if name != OUT_OF_SCOPE})
    return {**groups, OUT_OF_SCOPE: "out of scope"}


def group_matrix(judged: Sequence[Judged], groups: Mapping[str, str]) -> Dict[str, Counter]:
    """For each group: how many were right, were asked back, or were answered with a wrong topic of which group.

    A wrong topic of the same group counts under the group's own name.
    """
    matrix: Dict[str, Counter] = {group: Counter() for group in dict.fromkeys(groups.values())}
    for item in judged:
        outcome = item.outcome
        column = RIGHT if outcome.correct else ASKED_BACK if outcome.topic is None else groups[outcome.topic]
        matrix[groups[outcome.entry.topic]][column] += 1
    return matrix


def reliability(judged: Sequence[Judged], bins: int = 10) -> List[Bin]:
    """The likeliest topic's confidence beside how often it is right, in bins of equal width (Guo et al. 2017)."""
    members: Dict[int, List[Tuple[float, bool]]] = defaultdict(list)
    for item in judged:
        topic, confidence = item.understood.likeliest
        members[min(bins - 1, int(confidence * bins))].append((confidence, topic in item.outcome.entry.right))
    return [
        Bin(
            index / bins,
            len(found),
            sum(confidence for confidence, _ in found) / len(found),
            sum(right for _, right in found) / len(found),
        )
        for index, found in sorted(members.items())
    ]


def calibration_error(bins: Sequence[Bin]) -> float:
    """Expected calibration error: the mean gap between confidence and accuracy, weighted by messages."""
    total = sum(item.n for item in bins)
    return sum(item.n * abs(item.confidence - item.accuracy) for item in bins) / total if total else 0.0
