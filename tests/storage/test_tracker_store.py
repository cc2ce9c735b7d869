"""A turn reads a bounded number of events however long the conversation is, and forgets no slot."""

from __future__ import annotations

from typing import Any, Dict, List

import pytest

from oih_assistant.application import Application
from oih_assistant.conversation import IncomingMessage, new_conversation_id
from oih_assistant.replies.reply import Reply
from oih_assistant.storage.conversations import ConversationConflict, ConversationStore
from oih_assistant.tracker_store import ConversationTrackerStore
from tests.conftest import ServiceMaker
from tests.server.talk import QUESTION, events_of, texts_of

REPLAY_EVENTS = 120


@pytest.fixture
def trackers(assistant: Application, store: ConversationStore) -> ConversationTrackerStore:
    """Rasa's view of the store."""
    return ConversationTrackerStore(store, replay_events=REPLAY_EVENTS, domain=assistant.agent.domain)


async def test_two_hundred_turns_replay_few_events_and_forget_nothing(
    make_service: ServiceMaker, store: ConversationStore, trackers: ConversationTrackerStore
) -> None:
    service, conversation_id = make_service(store=store, replay_events=REPLAY_EVENTS), new_conversation_id()

    async def send(text: str) -> "tuple[List[Reply], int]":
        replies = await service.handle(IncomingMessage(conversation_id, text))
        tracker = await trackers.retrieve(conversation_id)
        assert tracker is not None
        return replies, len(tracker.events)

    first = [f"as a nurse, i ask: {QUESTION}", *["thank you", QUESTION] * 15]
    replayed = [(await send(text))[1] for text in first]
    # The turns between are copies of real ones; only the reading of them is looked at here.
    pair = _last_turns(store, conversation_id, 2)
    for _ in range(80):
        found = store.load(conversation_id, 1)
        assert found is not None
        store.append(conversation_id, expected_position=found.next_position, new_events=pair, slots=found.slots)
    for text in ["thank you", QUESTION] * 5:
        replies, count = await send(text)
        replayed.append(count)
    replies, count = await send("tell me more")
    assert [reply.payload["kind"] for reply in replies] == ["curated"], "nobody is introduced again"
    assert (replies[0].payload["topic"], replies[0].payload["audience"]) == ("tolerance", "clinician")
    tracker = await trackers.retrieve(conversation_id)
    assert tracker is not None
    slots = tracker.current_slot_values()
    assert (slots["audience"], slots["introduced"], slots["last_topic"]) == ("clinician", True, "tolerance")
    assert max(replayed) <= REPLAY_EVENTS + len(slots) + 2, "the last events, the slots, and the session's start"
    assert max(replayed[-10:]) <= max(replayed[:-10]), "turn 200 reads no more than turn 30"
    assert len(texts_of(store, conversation_id)) == len(first) + 160 + 11, "all is kept, only not read again"
    assert len(events_of(store, conversation_id)) > 5 * REPLAY_EVENTS


def _last_turns(store: ConversationStore, conversation_id: str, count: int) -> List[Dict[str, Any]]:
    """The events of the last turns."""
    events = events_of(store, conversation_id)
    starts = [index for index, event in enumerate(events) if event["event"] == "user"]
    return events[starts[-count] :]


async def test_replay_begins_with_a_whole_turn(
    make_service: ServiceMaker, store: ConversationStore, assistant: Application
) -> None:
    conversation_id = new_conversation_id()
    service = make_service(store=store)
    for _ in range(8):
        await service.handle(IncomingMessage(conversation_id, "thank you"))
    stored = events_of(store, conversation_id)
    for count in range(20, len(stored)):
        trackers = ConversationTrackerStore(store, replay_events=count, domain=assistant.agent.domain)
        tracker = await trackers.retrieve(conversation_id)
        assert tracker is not None
        kinds = [event.type_name for event in tracker.events]
        after_the_slots = kinds[2 + len(tracker.slots) :]
        talk = [kind for kind in after_the_slots if kind in ("user", "bot")]
        assert talk[0] == "user", "no reply without its message"
        assert tracker.latest_action_name == "action_listen"
        assert tracker.get_slot("introduced") is True


async def test_unknown_conversation_is_none(trackers: ConversationTrackerStore) -> None:
    assert await trackers.retrieve(new_conversation_id()) is None


async def test_only_new_events_are_saved(
    make_service: ServiceMaker, store: ConversationStore, trackers: ConversationTrackerStore
) -> None:
    conversation_id = new_conversation_id()
    await make_service(store=store).handle(IncomingMessage(conversation_id, QUESTION))
    before = events_of(store, conversation_id)
    tracker = await trackers.retrieve(conversation_id)
    assert tracker is not None
    await trackers.save(tracker)
    assert events_of(store, conversation_id) == before
    _set_slot(tracker, "audience", "clinician", trackers)
    await trackers.save(tracker)
    _set_slot(tracker, "audience", "patient", trackers)
    await trackers.save(tracker)
    added = events_of(store, conversation_id)[len(before) :]
    assert [event["value"] for event in added] == ["clinician", "patient"]
    assert await trackers.keys() == [conversation_id]


async def test_second_of_two_writers_is_told(
    make_service: ServiceMaker, store: ConversationStore, trackers: ConversationTrackerStore
) -> None:
    """Rasa's own store would interleave the turns, or keep the later one in memory."""
    conversation_id = new_conversation_id()
    await make_service(store=store).handle(IncomingMessage(conversation_id, QUESTION))
    one, other = await trackers.retrieve(conversation_id), await trackers.retrieve(conversation_id)
    for tracker in (one, other):
        _set_slot(tracker, "audience", "clinician", trackers)
    await trackers.save(one)
    kept = events_of(store, conversation_id)
    with pytest.raises(ConversationConflict):
        await trackers.save(other)
    assert events_of(store, conversation_id) == kept


def _set_slot(tracker: Any, name: str, value: str, trackers: ConversationTrackerStore) -> None:
    from rasa.shared.core.events import SlotSet

    tracker.update(SlotSet(name, value), trackers.domain)
