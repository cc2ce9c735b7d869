"""Actions that answer a topic: curated, safety, dialogue, or none that was understood."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Dict, List

from rasa_sdk import Action, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.turn import Turn
from oih_assistant.content.models import Kind

Events = List[Dict[str, Any]]


def _settled(turn: Turn, topic: str, form: str) -> Events:
    """Slots after an answer: what "more" refers to, and that no question is open."""
    return [
        SlotSet("last_topic", topic),
        SlotSet("last_form", form),
        SlotSet("open_question", None),
        SlotSet("misses", 0),
    ]


def answer_curated(turn: Turn, topic: str) -> Events:
    """Send the curated answer to a topic, and to a second one if the message asked two things."""
    events = turn.introduce() + turn.note_audience()
    turn.send(turn.composer.article(topic, turn.audience))
    second = turn.verdict.get("second_topic")
    if second and second != topic:
        reply = turn.composer.article(second, turn.audience)
        turn.send(replace(reply, text=turn.composer.message("second_question") + "\n\n" + reply.text))
    return events + _settled(turn, topic, "short")


def answer_safety(turn: Turn, topic: str) -> Events:
    """Send the reply to a safety topic; nothing, not even the greeting, comes before it."""
    answered = list(turn.tracker.get_slot("dangers_answered") or [])
    events = turn.note_audience() if turn.tracker.get_slot("introduced") else []
    turn.send(turn.composer.safety(topic, turn.audience, repeated=topic in answered))
    if topic not in answered:
        answered.append(topic)
    return events + _settled(turn, topic, "short") + [SlotSet("dangers_answered", answered)]


def answer_dialogue(turn: Turn, topic: str) -> Events:
    """Send the reply to a topic about the conversation itself."""
    first = not turn.tracker.get_slot("introduced")
    events = turn.introduce() + turn.note_audience()
    if not (first and topic == "greet"):  # the introduction is the greeting
        turn.send(turn.composer.dialogue(topic, turn.audience, repeated=_was_last(turn, topic)))
    return [*events, SlotSet("open_question", None), SlotSet("misses", 0)]


def _was_last(turn: Turn, topic: str) -> bool:
    """Whether the reply before this message was to the same topic."""
    for event in reversed(turn.tracker.events):
        if event.get("event") == "bot":
            return bool(((event.get("data") or {}).get("custom") or {}).get("topic") == topic)
    return False


def answer(turn: Turn, topic: str) -> Events:
    """Send the reply to any topic that was chosen or understood."""
    kind = turn.composer.kind_of(topic)
    if kind is Kind.CURATED:
        return answer_curated(turn, topic)
    if kind is Kind.SAFETY:
        return answer_safety(turn, topic)
    return answer_dialogue(turn, topic)


class ActionAnswerTopic(Action):
    """Answers a curated topic."""

    def name(self) -> str:
        return "action_answer_topic"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Dict[str, Any]) -> Events:
        turn = Turn(dispatcher, tracker)
        return answer_curated(turn, turn.topic)


class ActionAnswerSafety(Action):
    """Answers a danger, or a wish that needs a person."""

    def name(self) -> str:
        return "action_answer_safety"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Dict[str, Any]) -> Events:
        turn = Turn(dispatcher, tracker)
        return answer_safety(turn, turn.topic)


class ActionAnswerDialogue(Action):
    """Answers a topic about the conversation itself."""

    def name(self) -> str:
        return "action_answer_dialogue"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Dict[str, Any]) -> Events:
        turn = Turn(dispatcher, tracker)
        return answer_dialogue(turn, turn.topic)


class ActionAnswerYesNo(Action):
    """Reads a yes or no as the answer to the question that is open, if there is one."""

    def name(self) -> str:
        return "action_answer_yes_no"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Dict[str, Any]) -> Events:
        turn = Turn(dispatcher, tracker)
        topics = turn.open_question.get("topics") or []
        asked_about_danger = turn.open_question.get("kind") == "ask_danger"
        if turn.topic == "affirm" and topics and (asked_about_danger or len(topics) == 1):
            return answer(turn, topics[0])
        return answer_dialogue(turn, turn.topic)


class ActionAskBack(Action):
    """Asks which of up to three topics was meant; after two misses in a row offers a clinician."""

    def name(self) -> str:
        return "action_ask_back"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Dict[str, Any]) -> Events:
        turn = Turn(dispatcher, tracker)
        topics = list(turn.verdict.get("offered") or [])[:3]
        if turn.verdict.get("decision") == "ask_danger":
            turn.send(turn.composer.ask_danger(topics, turn.audience))
            return [SlotSet("open_question", {"kind": "ask_danger", "topics": topics})]
        misses = float(tracker.get_slot("misses") or 0)
        events = turn.introduce() + turn.note_audience()
        turn.send(turn.composer.ask_back(topics, turn.audience, repeated=misses >= 1))
        return [
            *events,
            SlotSet("open_question", {"kind": "ask_back", "topics": topics}),
            SlotSet("misses", misses + 1),
        ]


class ActionDecline(Action):
    """Says kindly that a message is not what this assistant is for, and what it can do."""

    def name(self) -> str:
        return "action_decline"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Dict[str, Any]) -> Events:
        turn = Turn(dispatcher, tracker)
        misses = float(tracker.get_slot("misses") or 0)
        return [*answer_dialogue(turn, "out_of_scope"), SlotSet("misses", misses + 1)]
