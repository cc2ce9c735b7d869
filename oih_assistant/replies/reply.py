"""What the assistant says: text, choices, and a payload for programs. Channels translate these, nothing else."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Dict, Mapping, Optional, Tuple


@dataclass(frozen=True)
class Button:
    """A choice.

    Args:
        title: what the person sees.
        payload: what comes back when it is pressed; honoured only if it was offered in the same conversation.
    """

    title: str
    payload: str


@dataclass(frozen=True)
class Reply:
    """One message to the person.

    Args:
        text: plain text, paragraphs separated by a blank line; complete by itself.
        buttons: the choices offered with it.
        payload: topic, kind, level, audience, form, sources, evidence, disclaimer, digest, confidence.
    """

    text: str
    buttons: Tuple[Button, ...] = ()
    payload: Mapping[str, Any] = field(default_factory=dict)

    def as_dict(self) -> Dict[str, Any]:
        """The same as plain values, as channels and the tracker carry it."""
        return {
            "text": self.text,
            "buttons": [asdict(button) for button in self.buttons],
            "payload": dict(self.payload),
        }

    @staticmethod
    def from_dict(value: Mapping[str, Any]) -> "Reply":
        """The opposite of `as_dict`; keys that are missing count as empty."""
        buttons = tuple(Button(item["title"], item["payload"]) for item in value.get("buttons") or ())
        return Reply(value.get("text") or "", buttons, value.get("payload") or {})


def topic_button(title: str, topic: str) -> Button:
    """A button that asks for a topic."""
    return Button(title, "/" + topic)


def topic_of_payload(payload: str) -> Optional[str]:
    """The topic that a button's payload asks for, None if it is not such a payload."""
    return payload[1:] if payload.startswith("/") and payload[1:].isidentifier() else None
