"""Transcripts: conversations written down as YAML, with what the assistant must do at each turn.

A file is a list of turns. A turn has `user` (typed) or `press` (the title of a button offered before), and
any of these expectations:

    topic, kind, level, audience, form   of the last reply's payload
    says, never_says                     words that must, or must not, stand in the replies of the turn
    offers                               titles of buttons that must be offered
    slots                                slots and their values after the turn
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence, Tuple

import yaml

from oih_assistant.application import Application
from oih_assistant.conversation import IncomingMessage, new_conversation_id
from oih_assistant.replies.reply import Reply

OF_THE_PAYLOAD = ("topic", "kind", "level", "audience", "form")


@dataclass(frozen=True)
class TurnOfTranscript:
    """One turn; see the module's text for the keys."""

    user: Optional[str] = None
    press: Optional[str] = None
    topic: Any = ...
    kind: Any = ...
    level: Any = ...
    audience: Any = ...
    form: Any = ...
    says: Tuple[str, ...] = ()
    never_says: Tuple[str, ...] = ()
    offers: Tuple[str, ...] = ()
    slots: Optional[Dict[str, Any]] = None


def load_transcript(path: Path) -> List[TurnOfTranscript]:
    """Read a transcript; unknown keys are refused."""
    allowed = {item.name for item in fields(TurnOfTranscript)}
    turns = []
    for number, raw in enumerate(yaml.safe_load(path.read_text(encoding="utf-8")), 1):
        unknown = set(raw) - allowed
        if unknown:
            raise ValueError(f"{path.name}, turn {number}: unknown {sorted(unknown)}; allowed: {sorted(allowed)}")
        if ("user" in raw) == ("press" in raw):
            raise ValueError(f"{path.name}, turn {number}: either user or press is needed")
        if len(raw) < 2:
            raise ValueError(f"{path.name}, turn {number}: nothing is expected")
        turns.append(TurnOfTranscript(**{key: tuple(v) if isinstance(v, list) else v for key, v in raw.items()}))
    return turns


def problems_of(turn: TurnOfTranscript, replies: Sequence[Reply], slots: Dict[str, Any]) -> List[str]:
    """What is not as the transcript says."""
    found = []
    payload = replies[-1].payload
    for key in OF_THE_PAYLOAD:
        expected = getattr(turn, key)
        if expected is not ... and payload.get(key) != expected:
            found.append(f"{key}: expected {expected!r}, got {payload.get(key)!r}")
    text = "\n".join(reply.text for reply in replies)
    lowered = text.lower()
    found.extend(f"does not say {words!r}" for words in turn.says if words.lower() not in lowered)
    found.extend(f"says {words!r}" for words in turn.never_says if words.lower() in lowered)
    titles = [button.title for reply in replies for button in reply.buttons]
    found.extend(f"does not offer {title!r} but {titles}" for title in turn.offers if title not in titles)
    for name, value in (turn.slots or {}).items():
        if slots.get(name) != value:
            found.append(f"slot {name}: expected {value!r}, got {slots.get(name)!r}")
    return found


async def play(assistant: Application, path: Path) -> None:
    """Hold the conversation with the real model, actions and store; fail with the conversation so far."""
    conversation_id = new_conversation_id()
    titles: Dict[str, str] = {}
    shown: List[str] = []
    for number, turn in enumerate(load_transcript(path), 1):
        if turn.press is not None:
            assert turn.press in titles, (
                f"{path.name}, turn {number}: {turn.press!r} was not offered, only {list(titles)}"
            )
        message = IncomingMessage(
            conversation_id=conversation_id,
            text=turn.user,
            button=titles[turn.press] if turn.press is not None else None,
            channel="test",
        )
        replies = await assistant.service.handle(message)
        titles.update({button.title: button.payload for reply in replies for button in reply.buttons})
        tracker = await assistant.agent.tracker_store.retrieve(conversation_id)
        slots = tracker.current_slot_values() if tracker else {}
        shown.append(f"> {turn.user or '[' + str(turn.press) + ']'}")
        shown.extend(
            f"  {reply.payload.get('kind')}:{reply.payload.get('topic')} {reply.text[:200]!r}" for reply in replies
        )
        found = problems_of(turn, replies, slots)
        if found:
            why = tracker.latest_message.parse_data.get("verdict") if tracker and tracker.latest_message else None
            told = "\n".join(shown)
            raise AssertionError(f"{path.name}, turn {number}: {'; '.join(found)}\n{told}\nverdict: {why}")
