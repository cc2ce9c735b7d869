"""What the actions share: the turn as they see it, and how a reply is sent."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Dict, List, Optional

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from oih_assistant.content.loader import cached_content
from oih_assistant.content.models import Audience
from oih_assistant.replies.audience import infer_audience
from oih_assistant.replies.compose import Composer
from oih_assistant.replies.reply import Reply
from oih_assistant.settings import load_settings


@lru_cache(maxsize=1)
def composer() -> Composer:
    """The reply builder of this process, with the region of its settings."""
    content = cached_content()
    return Composer(content, content.regions[load_settings(regions=content.regions).region])


class Turn:
    """One message of a person, and the replies to it.

    Args:
        dispatcher: where replies go.
        tracker: the conversation so far.
    """

    def __init__(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> None:
        self.composer = composer()
        self.tracker = tracker
        self._dispatcher = dispatcher
        self.topic: str = tracker.latest_message.get("intent", {}).get("name") or ""
        self.verdict: Dict[str, Any] = tracker.latest_message.get("verdict") or {}
        self.confidence: Optional[float] = self.verdict.get("confidence")
        self.text: str = tracker.latest_message.get("text") or ""
        self._inferred = infer_audience(self.text, self.composer.content.audience_cues)
        stored = tracker.get_slot("audience")
        self.audience: Optional[Audience] = self._inferred or (Audience(stored) if stored else None)

    @property
    def open_question(self) -> Dict[str, Any]:
        """What the assistant asked last: `kind` and `topics`; empty if nothing is open."""
        return self.tracker.get_slot("open_question") or {}

    def introduce(self) -> List[Dict[str, Any]]:
        """Say once what this is and ask who is asking; not before an answer to danger. Returns the events."""
        if self.tracker.get_slot("introduced"):
            return []
        self.send(self.composer.introduction(ask_audience=self.audience is None))
        return [SlotSet("introduced", True)]

    def note_audience(self) -> List[Dict[str, Any]]:
        """Remember an audience that the message itself names; tell the person when the wording changes."""
        stored = self.tracker.get_slot("audience")
        if self._inferred is None or self._inferred.value == stored:
            return []
        if stored is None and self._inferred is Audience.CLINICIAN:
            self.send(self.composer.note("audience_inferred"))
        return [SlotSet("audience", self._inferred.value)]

    def send(self, reply: Reply) -> None:
        """Send one reply; how sure the understanding was travels with it."""
        payload = {**reply.payload, "confidence": self.confidence}
        value = reply.as_dict()
        self._dispatcher.utter_message(text=value["text"], buttons=value["buttons"], json_message=payload)
