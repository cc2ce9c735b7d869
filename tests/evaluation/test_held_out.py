"""The held-out sets: complete, and never seen in training."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from oih_assistant.content.loader import cached_content
from oih_assistant.evaluation.overlap import find_overlaps
from oih_assistant.evaluation.sets import load_set

HELD_OUT = Path(__file__).parents[1] / "held_out"


@pytest.mark.parametrize(("name", "fewest"), [("patients", 8), ("clinicians", 6)])
def test_held_out_set_has_enough_messages_a_curated_topic(name: str, fewest: int) -> None:
    contract = cached_content().contract
    counts = Counter(entry.topic for entry in load_set(HELD_OUT / f"{name}.yml", contract))
    short = {topic: counts[topic] for topic in contract.curated_topics if counts[topic] < fewest}
    assert not short


@pytest.mark.parametrize("name", ["patients", "clinicians"])
def test_held_out_messages_do_not_stand_in_training(name: str) -> None:
    content = cached_content()
    phrasings = [phrasing for topic in content.topics.values() for phrasing in topic.phrasings]
    entries = load_set(HELD_OUT / f"{name}.yml", content.contract)
    assert find_overlaps([entry.text for entry in entries], phrasings) == []


def test_find_overlaps_sees_exact_and_near_repeats() -> None:
    known = ["what is opioid tolerance", "how long does withdrawal from morphine last in general"]
    messages = ["What is opioid tolerance?", "how long does withdrawal from morphine last in general then", "ketamine"]
    assert [message for message, _ in find_overlaps(messages, known)] == messages[:2]
