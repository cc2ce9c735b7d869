"""Messages that say several things, and messages that lean on the last answer."""

from __future__ import annotations

from typing import Any, Dict, Optional

import pytest

from oih_assistant.content.loader import cached_content
from oih_assistant.nlu.follow_up import asks_for_more, choose, leans_on_last_answer
from oih_assistant.nlu.parts import combine, split_parts


def verdict(topic: Optional[str], confidence: float = 0.9, decision: str = "answer") -> Dict[str, Any]:
    level = cached_content().level_of(topic) if topic else None
    return {"topic": topic, "confidence": confidence, "decision": decision, "level": level.value if level else None}


def test_split_parts_keeps_sentences_that_say_enough() -> None:
    assert split_parts("What is opioid tolerance exactly? Ok. And how is ketamine given?") == [
        "What is opioid tolerance exactly?",
        "And how is ketamine given?",
    ]


def test_split_parts_is_empty_for_one_sentence() -> None:
    assert split_parts("why does my pain get worse when they raise my dose") == []


def test_combine_answers_two_clear_questions() -> None:
    parts = [("what is tolerance then?", verdict("tolerance")), ("and what about ketamine?", verdict("ketamine"))]
    better = combine(verdict("ketamine"), parts, cached_content().contract)
    assert better is not None
    assert (better["topic"], better["second_topic"]) == ("ketamine", "tolerance")


def test_combine_never_loses_an_emergency_among_other_sentences() -> None:
    parts = [("what is tolerance then?", verdict("tolerance")), ("he will not wake up now", verdict("overdose"))]
    better = combine(verdict("tolerance"), parts, cached_content().contract)
    assert better is not None
    assert better["topic"] == "overdose"


def test_combine_keeps_the_emergency_of_the_whole_message() -> None:
    parts = [("what is tolerance then?", verdict("tolerance")), ("and what about ketamine?", verdict("ketamine"))]
    assert combine(verdict("overdose"), parts, cached_content().contract) is None


@pytest.mark.parametrize("text", ["why?", "Why is that", "how come"])
def test_asks_for_more(text: str) -> None:
    assert asks_for_more(text, cached_content().follow_ups)


@pytest.mark.parametrize("text", ["and how long does that last?", "is it the same for kids?", "what about at night"])
def test_leans_on_last_answer(text: str) -> None:
    assert leans_on_last_answer(text, [], cached_content().follow_ups)


def test_message_with_its_own_subject_stands_alone() -> None:
    subject = {"entity": "drug", "value": "ketamine"}
    assert not leans_on_last_answer("what about ketamine?", [subject], cached_content().follow_ups)


def test_long_message_stands_alone() -> None:
    text = "and since it began in march we have been trying all kinds of things at home"
    assert not leans_on_last_answer(text, [], cached_content().follow_ups)


def test_choose_never_sets_a_danger_aside() -> None:
    assert choose(verdict("overdose"), verdict("tolerance"), "ketamine") is None
    assert choose(verdict(None, decision="ask_danger"), verdict("tolerance"), "ketamine") is None


def test_choose_takes_the_question_with_its_subject() -> None:
    chosen = choose(verdict(None, decision="ask_back"), verdict("withdrawal_timeline"), "withdrawal_symptoms")
    assert chosen is not None
    assert chosen["topic"] == "withdrawal_timeline"
