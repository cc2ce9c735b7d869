"""The gate's decisions, on made-up confidences."""

from __future__ import annotations

from typing import Dict

import pytest

from oih_assistant.content.loader import cached_content
from oih_assistant.nlu.gate import Thresholds, decide

THRESHOLDS = Thresholds(
    answer_at=0.5, urgent_at=0.3, emergency_at=0.25, ask_danger_at=0.12, decline_at=0.5, offer_at=0.05
)


@pytest.mark.parametrize(
    ("confidences", "decision", "topic"),
    [
        ({"ketamine": 0.6, "methadone": 0.4}, "answer", "ketamine"),
        ({"ketamine": 0.4, "methadone": 0.35, "tolerance": 0.25}, "ask_back", None),
        ({"out_of_scope": 0.7, "ketamine": 0.3}, "decline", "out_of_scope"),
        ({"out_of_scope": 0.4, "ketamine": 0.35, "tolerance": 0.25}, "ask_back", None),
        # Emergency topics count together, and need less than anything else.
        ({"overdose_signs": 0.7, "overdose": 0.16, "child_exposure": 0.14}, "answer", "overdose"),
        ({"overdose_signs": 0.86, "overdose": 0.14}, "ask_danger", None),
        ({"overdose_signs": 0.9, "overdose": 0.1}, "answer", "overdose_signs"),
        ({"severe_withdrawal": 0.4, "dose_change_request": 0.3, "tapering": 0.3}, "answer", "severe_withdrawal"),
    ],
)
def test_decide_follows_thresholds(confidences: Dict[str, float], decision: str, topic: str) -> None:
    verdict = decide(confidences, cached_content().contract, THRESHOLDS)
    assert (verdict.decision, verdict.topic) == (decision, topic)


def test_decide_offers_at_most_three_topics_and_no_small_talk() -> None:
    confidences = {"ketamine": 0.3, "thanks": 0.25, "methadone": 0.2, "tolerance": 0.15, "naloxone": 0.1}
    verdict = decide(confidences, cached_content().contract, THRESHOLDS)
    assert verdict.offered == ("ketamine", "methadone", "tolerance")


def test_decide_offers_the_danger_first_when_it_asks_about_it() -> None:
    verdict = decide({"overdose_signs": 0.86, "overdose": 0.14}, cached_content().contract, THRESHOLDS)
    assert verdict.offered[0] == "overdose"


def test_decide_declines_when_nothing_is_likely() -> None:
    flat = {topic: 0.01 for topic in cached_content().contract.ids}
    assert decide(flat, cached_content().contract, THRESHOLDS).decision == "decline"
