"""kill -9 loses no acknowledged turn, and the conversation goes on after a restart on the same file."""

from __future__ import annotations

import asyncio
import signal
from collections import defaultdict
from typing import Callable, DefaultDict, List

import httpx
import pytest

from oih_assistant.conversation import new_conversation_id
from oih_assistant.storage.conversations import ConversationStore
from oih_assistant.storage.database import open_database
from tests.server.process import ServerProcess
from tests.server.talk import QUESTION, answered, say, texts_of
from tests.server.test_order import check_turns_stand_one_after_another

pytestmark = pytest.mark.slow

SENDERS = 6
LIMITS = {"rate_messages": "100000", "visitor_messages": "100000"}


async def _send_until_killed(client: httpx.AsyncClient, acknowledged: DefaultDict[str, List[str]]) -> None:
    conversation_id = new_conversation_id()
    for number in range(10_000):
        text = f"message {number}: {QUESTION}"
        try:
            response = await say(client, text, conversation_id)
        except httpx.TransportError:
            return
        assert response.status_code == 200, response.text
        acknowledged[conversation_id].append(text)


async def test_killed_server_loses_no_acknowledged_turn(start_server: Callable[..., ServerProcess]) -> None:
    acknowledged: DefaultDict[str, List[str]] = defaultdict(list)
    first = start_server(**LIMITS).wait_until_ready()
    async with httpx.AsyncClient(base_url=first.address, timeout=60) as client:
        # This conversation waits between two turns when the server is killed; the others are in the middle of one.
        resting = (await answered(client, f"as a nurse, i ask: {QUESTION}"))["conversation_id"]
        senders = [asyncio.ensure_future(_send_until_killed(client, acknowledged)) for _ in range(SENDERS)]
        while sum(map(len, acknowledged.values())) < 40:
            await asyncio.sleep(0.02)
        first.process.send_signal(signal.SIGKILL)
        await asyncio.gather(*senders)
    assert first.process.wait(30) == -signal.SIGKILL

    second = start_server(database=first.database, **LIMITS).wait_until_ready()
    engine = open_database(f"sqlite:///{first.database}")
    store = ConversationStore(engine)
    assert len(acknowledged) == SENDERS
    for conversation_id, texts in acknowledged.items():
        kept = texts_of(store, conversation_id)
        assert kept[: len(texts)] == texts
        assert len(kept) <= len(texts) + 1, "at most the turn that was in flight is there besides"
        check_turns_stand_one_after_another(store, conversation_id)
    async with httpx.AsyncClient(base_url=second.address, timeout=60) as client:
        answer = await answered(client, "tell me more", resting)
        assert [reply["payload"]["topic"] for reply in answer["replies"]] == ["tolerance"]
        assert answer["replies"][0]["payload"]["audience"] == "clinician"
        for conversation_id in acknowledged:
            await answered(client, "thank you", conversation_id)
            check_turns_stand_one_after_another(store, conversation_id)
    engine.dispose()

    assert second.stop(signal.SIGINT) == 0, "Ctrl-C"
    assert second.output() == f"ready: {second.address}\nstopped\n"
    assert "Traceback" not in second.errors()
