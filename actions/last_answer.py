"""Actions that refer to the last answer: more of it, simpler, again, its sources, for another audience."""

from __future__ import annotations

from typing import Any, Dict, List, Optional

from rasa_sdk import Action, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.answers import answer_dialogue
from actions.turn import Turn
from oih_assistant.content.models import Audience, Kind

Events = List[Dict[str, Any]]


def _last_curated(turn: Turn) -> Optional[str]:
    topic = turn.tracker.get_slot("last_topic")
    return topic if topic and turn.composer.kind_of(topic) is Kind.CURATED else None


def _show_form(turn: Turn, form: str) -> Events:
    topic = _last_curated(turn)
    if topic is None:
        events = turn.introduce()
        turn.send(turn.composer.note("nothing_to_expand"))
        return events
    turn.send(turn.composer.article(topic, turn.audience, form))
    return [SlotSet("last_form", form), SlotSet("misses", 0)]


class ActionShowDetail(Action):
    """Shows the longer text of the last answer."""

    def name(self) -> str:
        return "action_show_detail"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Dict[str, Any]) -> Events:
        turn = Turn(dispatcher, tracker)
        topic = _last_curated(turn)
        if topic is not None and tracker.get_slot("last_form") == "longer":
            again = turn.composer.article(topic, turn.audience, "longer")
            turn.send(turn.composer.note("no_more_detail", buttons=again.buttons))
            return []
        return _show_form(turn, "longer")


class ActionShowSimpler(Action):
    """Shows the simpler text of the last answer; clinicians asking for it get the patient's."""

    def name(self) -> str:
        return "action_show_simpler"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Dict[str, Any]) -> Events:
        turn = Turn(dispatcher, tracker)
        if _last_curated(turn) is not None and tracker.get_slot("last_form") == "simpler":
            turn.send(turn.composer.note("no_simpler"))
            return []
        turn.audience = Audience.PATIENT
        return _show_form(turn, "simpler")


class ActionRepeatAnswer(Action):
    """Says the last answer again, in the same length."""

    def name(self) -> str:
        return "action_repeat_answer"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Dict[str, Any]) -> Events:
        turn = Turn(dispatcher, tracker)
        topic = tracker.get_slot("last_topic")
        if topic and turn.composer.kind_of(topic) is Kind.SAFETY:
            turn.send(turn.composer.safety(topic, turn.audience, repeated=False))
            return []
        return _show_form(turn, tracker.get_slot("last_form") or "short")


class ActionShowSources(Action):
    """Shows the references of the last answer; without one, where all texts come from."""

    def name(self) -> str:
        return "action_show_sources"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Dict[str, Any]) -> Events:
        turn = Turn(dispatcher, tracker)
        topic = tracker.get_slot("last_topic")
        if not topic:
            return answer_dialogue(turn, "sources")
        turn.send(turn.composer.source_list(topic, turn.audience))
        return []


class ActionSetAudience(Action):
    """Remembers who is asking; an answer already given is shown again in the other wording."""

    def name(self) -> str:
        return "action_set_audience"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Dict[str, Any]) -> Events:
        turn = Turn(dispatcher, tracker)
        before = tracker.get_slot("audience")
        turn.audience = Audience.CLINICIAN if turn.topic == "i_am_clinician" else Audience.PATIENT
        events: Events = [SlotSet("introduced", True), SlotSet("audience", turn.audience.value)]
        if not tracker.get_slot("introduced"):
            turn.send(turn.composer.introduction(ask_audience=False))
        turn.send(turn.composer.dialogue(turn.topic, turn.audience))
        topic = _last_curated(turn)
        shown_before = before or Audience.PATIENT.value
        if topic is not None and shown_before != turn.audience.value:
            turn.send(turn.composer.article(topic, turn.audience))
            events.append(SlotSet("last_form", "short"))
        return events
