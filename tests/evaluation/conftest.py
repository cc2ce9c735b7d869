"""A small made-up contract and messages, so that every number in these tests can be computed by hand."""

from __future__ import annotations

from typing import Callable, Mapping, Optional, Tuple

import pytest

from oih_assistant.content.models import Contract
from oih_assistant.evaluation.confidences import NO_VERDICT, Reading, Understood
from oih_assistant.evaluation.measures import Outcome
from oih_assistant.evaluation.sets import Entry

MakeOutcome = Callable[..., Outcome]
MakeUnderstood = Callable[..., Understood]


@pytest.fixture
def contract() -> Contract:
    """Two curated topics, one safety topic of each level, two dialogue topics."""
    return Contract.parse_obj(
        {
            "curated_topics": {"oih_definition": "what it is", "tolerance": "a dose stops working"},
            "safety_topics": {
                "overdose": {"level": "emergency", "scope": "now"},
                "pregnancy": {"level": "urgent", "scope": "pregnant"},
                "refill_or_access": {"level": "routine", "scope": "a prescription"},
            },
            "dialogue_topics": {"greet": "hello", "out_of_scope": "anything else"},
        }
    )


@pytest.fixture
def outcome() -> MakeOutcome:
    """Builds an outcome: wanted topic, answered topic (None: asked back), and what differs from the usual."""

    def make(
        wanted: str,
        got: Optional[str],
        *,
        also: Tuple[str, ...] = (),
        offered: Tuple[str, ...] = (),
        confidence: float = 0.5,
        milliseconds: float = 1.0,
    ) -> Outcome:
        decision = "ask_back" if got is None else "answer"
        return Outcome(Entry(f"about {wanted}", wanted, also), got, decision, confidence, offered, milliseconds)

    return make


@pytest.fixture
def understood() -> MakeUnderstood:
    """Builds a message that was understood: wanted topic, confidences, and perhaps what was served."""

    def make(
        wanted: str,
        confidences: Mapping[str, float],
        *,
        text: str = "",
        audience: str = "patient",
        served: Optional[str] = None,
        nearest: Tuple[Tuple[str, float], ...] = (),
    ) -> Understood:
        verdict = {**NO_VERDICT, "topic": served, "decision": "answer" if served else "ask_back", "level": None}
        text = text or f"about {wanted}"
        return Understood(Entry(text, wanted), audience, Reading(text, confidences, verdict, nearest))

    return make
