"""Messages of one conversation take turns; a flood is refused and starves nobody; a danger is heard above it."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from typing import Any, Callable, Dict, List

import httpx
import pytest

from oih_assistant.conversation import ConversationService, IncomingMessage, new_conversation_id
from oih_assistant.errors import MessageRefused
from oih_assistant.replies.reply import Reply
from oih_assistant.storage.conversations import ConversationStore
from oih_assistant.turns import ProcessLimits, ProcessTurns
from tests.conftest import ServiceMaker
from tests.server.process import ServerProcess
from tests.server.talk import DANGER, QUESTION, answered, events_of, say, texts_of

# What a person may wait while somebody else floods the server, on a machine that is busy besides.
PATIENCE_SECONDS = 5.0


def check_turns_stand_one_after_another(store: ConversationStore, conversation_id: str) -> None:
    """Each turn: the message, its replies, and then the assistant listens."""
    events = events_of(store, conversation_id)
    open_turn = False
    for event in events:
        if event["event"] == "user":
            assert not open_turn, "a message stands inside another one's turn"
            open_turn = True
        elif event["event"] == "bot":
            assert open_turn, "a reply without a message"
        elif event["event"] == "action" and event["name"] == "action_listen":
            open_turn = False
    assert not open_turn
    stamps = [event["timestamp"] for event in events]
    assert stamps == sorted(stamps)


@pytest.mark.slow
async def test_fifty_messages_at_once_are_answered_or_refused(
    client: httpx.AsyncClient, stored: ConversationStore
) -> None:
    conversation_id = new_conversation_id()
    texts = [f"question {number}: {QUESTION}" for number in range(50)]
    responses = await asyncio.gather(*(say(client, text, conversation_id) for text in texts))
    assert {response.status_code for response in responses} == {200, 429}
    for response in responses:
        if response.status_code == 200:
            assert response.json()["replies"]
        else:
            assert response.json()["error"] == "rate"
            assert response.json()["conversation_id"] == conversation_id
            assert "911" in response.json()["message"]
            assert int(response.headers["retry-after"]) > 0
    told = [text for text, response in zip(texts, responses) if response.status_code == 200]
    kept = texts_of(stored, conversation_id)
    assert sorted(kept) == sorted(told), "each answered message is stored once, and no other"
    check_turns_stand_one_after_another(stored, conversation_id)


async def test_fifty_messages_at_once_are_answered_in_their_order(
    make_service: ServiceMaker, store: ConversationStore
) -> None:
    service, conversation_id = make_service(store=store), new_conversation_id()
    texts = [f"question {number}: {QUESTION}" for number in range(50)]
    order: List[str] = []

    async def send(text: str) -> List[Reply]:
        replies = await service.handle(IncomingMessage(conversation_id, text))
        order.append(text)
        return replies

    answers = await asyncio.gather(*(send(text) for text in texts))
    assert order == texts
    assert texts_of(store, conversation_id) == texts
    check_turns_stand_one_after_another(store, conversation_id)
    assert [answer[0].payload["kind"] for answer in answers] == ["introduction"] + ["curated"] * 49


@pytest.mark.slow
async def test_flood_of_one_visitor_starves_nobody(
    server: ServerProcess, new_visitor: Callable[[], Dict[str, str]]
) -> None:
    """One address sends in 70 conversations at once, all that its limit allows; somebody else is always answered."""
    limits = httpx.Limits(max_connections=None)
    flooder = httpx.AsyncClient(base_url=server.address, headers=new_visitor(), timeout=120, limits=limits)
    other = httpx.AsyncClient(base_url=server.address, headers=new_visitor(), timeout=120)
    statuses: Counter[int] = Counter()

    async def flood() -> None:
        while sum(statuses.values()) < 150:
            statuses[(await say(flooder, QUESTION)).status_code] += 1

    async with flooder, other:
        first = await answered(other, QUESTION)
        flooding = [asyncio.ensure_future(flood()) for _ in range(70)]
        waited: List[float] = []
        while not all(worker.done() for worker in flooding):
            start = time.monotonic()
            await answered(other, "thank you", first["conversation_id"])
            waited.append(time.monotonic() - start)
            await asyncio.sleep(1.6)  # within this one's own limit
        await asyncio.gather(*flooding)
    assert max(waited) < PATIENCE_SECONDS, waited
    assert set(statuses) == {200, 429}


async def test_one_visitor_cannot_take_all_places(make_service: ServiceMaker) -> None:
    service = make_service(turns=ProcessTurns(queue_length=1, busy_messages=8))
    flood = [asyncio.ensure_future(_replies(service, QUESTION, visitor="flooder")) for _ in range(20)]
    await asyncio.sleep(0)
    others = [_replies(service, QUESTION, visitor=f"other {number}") for number in range(4)]
    assert all(await asyncio.gather(*others))
    refused = [error for error in await asyncio.gather(*flood, return_exceptions=True) if isinstance(error, Exception)]
    assert [error.reason for error in refused if isinstance(error, MessageRefused)] == ["rate"] * 18


@pytest.mark.slow
async def test_danger_over_the_limit_is_answered(client: httpx.AsyncClient, stored: ConversationStore) -> None:
    conversation_id = new_conversation_id()
    responses = [await say(client, "thank you", conversation_id) for _ in range(21)]
    assert [response.status_code for response in responses] == [200] * 20 + [429]
    before = texts_of(stored, conversation_id)
    answer = await answered(client, DANGER, conversation_id)
    [reply] = answer["replies"]
    assert reply["payload"]["level"] == "emergency"
    assert reply["payload"]["topic"] == "overdose"
    assert reply["payload"]["confidence"] > 0.3
    assert reply["text"].startswith("Call 911")
    assert reply["buttons"] == [], "none could be pressed: this turn is not stored"
    assert texts_of(stored, conversation_id) == before
    assert (await say(client, "thank you", conversation_id)).status_code == 429


@pytest.mark.slow
async def test_visitor_cannot_get_around_the_limit_by_new_conversations(client: httpx.AsyncClient) -> None:
    responses = await asyncio.gather(*(say(client, "/") for _ in range(3)))
    assert [response.json()["error"] for response in responses] == ["empty"] * 3, "what is not read is not counted"
    statuses: List[int] = []
    while len(statuses) < 250:
        batch = await asyncio.gather(*(say(client, None, button="/forged") for _ in range(10)))
        statuses.extend(response.status_code for response in batch)
    assert 429 in statuses
    assert statuses.index(429) >= 230


async def _replies(service: ConversationService, text: str, visitor: str = "somebody") -> List[Reply]:
    return await service.handle(IncomingMessage(new_conversation_id(), text, visitor=visitor))


async def test_flood_is_not_even_read(make_service: ServiceMaker) -> None:
    service = make_service(limits=ProcessLimits(conversation_messages=100, visitor_messages=2, seconds=600))
    for _ in range(6):
        await _replies(service, DANGER)
    with pytest.raises(MessageRefused, match="rate") as refused:
        await _replies(service, DANGER)
    assert "911" in refused.value.text
    await _replies(service, "hello", visitor="somebody else")


async def test_busy_assistant_answers_dangers_only(make_service: ServiceMaker) -> None:
    service = make_service(turns=ProcessTurns(queue_length=1, busy_messages=1))
    long = asyncio.ensure_future(_replies(service, QUESTION))
    await asyncio.sleep(0)
    with pytest.raises(MessageRefused, match="busy") as refused:
        await _replies(service, QUESTION, visitor="somebody else")
    assert "911" in refused.value.text
    assert (await _replies(service, DANGER))[0].payload["level"] == "emergency"
    await long
    await _replies(service, "hello")


async def test_messages_over_the_limit_are_read_one_at_a_time(make_service: ServiceMaker) -> None:
    """A flood is searched for dangers, but never stands in a long queue before the others' messages."""
    reading: List[str] = []
    most = 0

    class Reader:
        async def understand(self, text: str) -> Dict[str, Any]:
            nonlocal most
            reading.append(text)
            most = max(most, len(reading))
            await asyncio.sleep(0.001)
            reading.remove(text)
            return {"verdict": {"topic": "overdose" if text == "danger" else "tolerance", "confidence": 0.9}}

    limits = ProcessLimits(conversation_messages=100, visitor_messages=20, seconds=600)
    service = make_service(runtime=Reader(), limits=limits)
    for _ in range(20):
        limits.count("first", "somebody")
    flood = [_replies(service, "danger" if number % 10 == 0 else "question") for number in range(30)]
    ended = await asyncio.gather(*flood, return_exceptions=True)
    assert most == 1
    answered_at = [number for number, end in enumerate(ended) if not isinstance(end, Exception)]
    assert answered_at == [0, 10, 20]
