"""Rasa's tracker store over our conversation table: bounded replay, slots kept, a turn stored whole or not at all.

Rasa's own SQL store replays every event of a conversation on every turn, and loses events when it is capped
(shown for 3.6.21: a turn costs 1 ms more for each turn before it).
"""

from __future__ import annotations

import asyncio
from functools import cache
from typing import Any, Dict, Iterable, List, Optional, Type

from rasa.core.tracker_store import TrackerStore
from rasa.shared.core.constants import ACTION_LISTEN_NAME, ACTION_SESSION_START_NAME
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, Event, SessionStarted, SlotSet
from rasa.shared.core.trackers import DialogueStateTracker

from oih_assistant.storage.conversations import ConversationStore, StoredConversation

_BOOKMARK = "_stored_until"  # attribute of a tracker: (position in the store, number of events it came with)


@cache
def _event_class(name: str) -> Type[Event]:
    """Rasa walks all event classes for each event; a third of the cost of a replay."""
    found = Event.resolve_by_type(name)
    assert found is not None
    return found


def _parse_event(data: Dict[str, Any]) -> Event:
    parameters = dict(data)
    return _event_class(parameters.pop("event"))._from_parameters(parameters)


def _from_turn_border(events: List[Dict[str, Any]]) -> List[Dict[str, Any]]:
    """The events from the first complete turn on: a turn begins after the assistant began to listen."""
    for index, event in enumerate(events):
        if event.get("event") == "action" and event.get("name") == ACTION_LISTEN_NAME:
            return events[index:]
    return events


class ConversationTrackerStore(TrackerStore):
    """Keeps trackers in a `ConversationStore`.

    Args:
        store: where events go.
        replay_events: how many events are read again for a turn.
    """

    def __init__(self, store: ConversationStore, *, replay_events: int, domain: Optional[Domain] = None) -> None:
        super().__init__(domain)
        self._store = store
        self._replay_events = replay_events

    async def retrieve(self, sender_id: str) -> Optional[DialogueStateTracker]:
        """The conversation with its last events and all its slots, or None."""
        loop = asyncio.get_running_loop()
        stored = await loop.run_in_executor(None, self._store.load, sender_id, self._replay_events)
        return None if stored is None else self._replay(sender_id, stored)

    def _replay(self, sender_id: str, stored: StoredConversation) -> DialogueStateTracker:
        tracker = DialogueStateTracker(sender_id, self.domain.slots)
        replayed = stored.events
        if stored.first_position > 0:
            # Setting the present values first is right: where the kept events set a slot again, they end
            # at the present value too.
            tracker.update(ActionExecuted(ACTION_SESSION_START_NAME), self.domain)
            tracker.update(SessionStarted(), self.domain)
            for name, value in stored.slots.items():
                tracker.update(SlotSet(name, value), self.domain)
            replayed = _from_turn_border(replayed)
        for event in replayed:
            tracker.update(_parse_event(event), self.domain)
        setattr(tracker, _BOOKMARK, (stored.next_position, len(tracker.events)))
        return tracker

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Append the tracker's new events; raises what the store raises, so that nobody is told of a lost turn."""
        position, known = getattr(tracker, _BOOKMARK, (0, 0))
        new_events = [event.as_dict() for event in list(tracker.events)[known:]]
        if not new_events:
            return

        def append() -> int:
            slots = tracker.current_slot_values()
            return self._store.append(tracker.sender_id, expected_position=position, new_events=new_events, slots=slots)

        after = await asyncio.get_running_loop().run_in_executor(None, append)
        setattr(tracker, _BOOKMARK, (after, len(tracker.events)))

    async def keys(self) -> Iterable[str]:
        """The ids of all conversations."""
        return await asyncio.get_running_loop().run_in_executor(None, self._store.keys)
