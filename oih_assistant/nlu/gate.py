"""Rasa component, last in the pipeline: confidences become a decision, and the decision becomes the intent.

A confident answer is given; a less confident one is asked back with up to three choices; clear nonsense is
declined. A danger needs less confidence than anything else, and a doubtful emergency is asked about directly.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any, Dict, List, Mapping, Optional, Tuple

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import INTENT, INTENT_NAME_KEY, PREDICTED_CONFIDENCE_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message

from oih_assistant.content.loader import cached_content
from oih_assistant.content.models import Contract, Kind, Level
from oih_assistant.importer import FALLBACK_INTENT
from oih_assistant.nlu.intent_classifier import RANKING

VERDICT = "verdict"
OUT_OF_SCOPE = "out_of_scope"


@dataclass(frozen=True)
class Thresholds:
    """From which confidence on something is done. Tuned by `make tune`, which keeps the curve.

    Args:
        answer_at: a curated or dialogue topic is answered.
        urgent_at: urgent topics, taken together, are answered with the likeliest of them.
        emergency_at: emergency topics, taken together, are answered with the likeliest of them.
        ask_danger_at: emergency topics, taken together, are asked about directly.
        decline_at: a message is declined as out of scope.
        offer_at: a topic is likely enough to be offered as a choice.
    """

    answer_at: float = 0.45
    urgent_at: float = 0.3
    emergency_at: float = 0.25
    ask_danger_at: float = 0.12
    decline_at: float = 0.5
    offer_at: float = 0.02


@dataclass(frozen=True)
class Verdict:
    """What was decided about a message.

    Args:
        topic: the topic that will be answered; None when the assistant asks back.
        decision: answer, ask_back, ask_danger or decline.
        level: of the topic, if it is a safety topic.
        confidence: of the decision's topic, or of the likeliest topic.
        candidates: the likeliest topics with their confidences.
        offered: topics offered as choices.
        why: the rule of the gate that decided, in words.
    """

    topic: Optional[str]
    decision: str
    level: Optional[str]
    confidence: float
    candidates: Tuple[Tuple[str, float], ...]
    offered: Tuple[str, ...]
    why: str


def decide(confidences: Mapping[str, float], contract: Contract, thresholds: Thresholds) -> Verdict:
    """The decision for a message, from the confidences of all topics."""
    ranked = sorted(confidences.items(), key=lambda item: -item[1])
    best, confidence = ranked[0]
    candidates = tuple((topic, round(value, 4)) for topic, value in ranked[:5])

    def verdict(topic: Optional[str], decision: str, value: float, why: str, offered: Tuple[str, ...] = ()) -> Verdict:
        scope = contract.safety_topics.get(topic) if topic else None
        level = scope.level.value if scope else None
        return Verdict(topic, decision, level, round(value, 4), candidates, offered, why)

    for level, least in ((Level.EMERGENCY, thresholds.emergency_at), (Level.URGENT, thresholds.urgent_at)):
        topics = [topic for topic, scope in contract.safety_topics.items() if scope.level is level]
        mass = sum(confidences.get(topic, 0.0) for topic in topics)
        likeliest = max(topics, key=lambda topic: confidences.get(topic, 0.0))
        if mass >= least and (level is Level.EMERGENCY or mass >= confidence):
            return verdict(likeliest, "answer", mass, f"{level.value} topics together reach {least}")
        if level is Level.EMERGENCY and mass >= thresholds.ask_danger_at:
            offered = _offer(ranked, contract, thresholds, first=likeliest)
            return verdict(
                None, "ask_danger", mass, f"emergency topics together reach {thresholds.ask_danger_at}", offered
            )
    if best == OUT_OF_SCOPE and confidence >= thresholds.decline_at:
        return verdict(OUT_OF_SCOPE, "decline", confidence, f"out of scope reaches {thresholds.decline_at}")
    if best != OUT_OF_SCOPE and confidence >= thresholds.answer_at:
        return verdict(best, "answer", confidence, f"the likeliest topic reaches {thresholds.answer_at}")
    offered = _offer(ranked, contract, thresholds)
    if not offered:
        return verdict(OUT_OF_SCOPE, "decline", confidence, f"no topic reaches {thresholds.offer_at}")
    return verdict(None, "ask_back", confidence, f"no topic reaches {thresholds.answer_at}", offered)


def _offer(
    ranked: List[Tuple[str, float]], contract: Contract, thresholds: Thresholds, first: Optional[str] = None
) -> Tuple[str, ...]:
    """Up to three topics that a person can choose from."""
    likely = [topic for topic, value in ranked if value >= thresholds.offer_at and topic != OUT_OF_SCOPE]
    topics = [topic for topic in likely if contract.kind_of(topic) is not Kind.DIALOGUE] or likely
    if first:
        topics = [first, *(topic for topic in topics if topic != first)]
    return tuple(topics[:3])


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class UnderstandingGate(GraphComponent):
    """Writes the verdict, and makes it the intent that the rules see."""

    @staticmethod
    def get_default_config() -> Dict[str, Any]:
        """Defaults."""
        return asdict(Thresholds())

    def __init__(self, config: Dict[str, Any]) -> None:
        self._thresholds = Thresholds(**{item.name: float(config[item.name]) for item in fields(Thresholds)})
        self._contract = cached_content().contract

    @classmethod
    def create(
        cls,
        config: Dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> "UnderstandingGate":
        """Create the component."""
        return cls(config)

    def process(self, messages: List[Message]) -> List[Message]:
        """Decide, for messages that the classifier has seen."""
        for message in messages:
            confidences = message.get(RANKING)
            if not message.get(TEXT) or not confidences:
                continue
            verdict = asdict(decide(confidences, self._contract, self._thresholds))
            message.set(VERDICT, verdict, add_to_output=True)
            name = verdict["topic"] or FALLBACK_INTENT
            message.set(
                INTENT, {INTENT_NAME_KEY: name, PREDICTED_CONFIDENCE_KEY: verdict["confidence"]}, add_to_output=True
            )
        return messages
