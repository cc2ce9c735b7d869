"""Only a button that this conversation was lately offered is honoured."""

from __future__ import annotations

import httpx
import pytest

from oih_assistant.application import Application
from oih_assistant.conversation import IncomingMessage, new_conversation_id
from oih_assistant.errors import MessageRefused
from oih_assistant.storage.conversations import ConversationStore
from tests.conftest import ServiceMaker
from tests.server.talk import QUESTION, answered, events_of, payloads_of_buttons, say


@pytest.mark.slow
async def test_button_of_another_conversation_is_refused(client: httpx.AsyncClient, stored: ConversationStore) -> None:
    first, second = await answered(client, QUESTION), await answered(client, "thank you")
    offered = next(payload for payload in payloads_of_buttons(first) if payload not in payloads_of_buttons(second))
    before = events_of(stored, second["conversation_id"])
    response = await say(client, None, second["conversation_id"], button=offered)
    assert (response.status_code, response.json()["error"]) == (409, "button")
    assert response.json()["conversation_id"] == second["conversation_id"]
    assert events_of(stored, second["conversation_id"]) == before
    assert (await say(client, None, first["conversation_id"], button=offered)).status_code == 200


@pytest.mark.slow
async def test_every_offered_button_works(client: httpx.AsyncClient) -> None:
    first = await answered(client, QUESTION)
    for payload in payloads_of_buttons(first):
        assert (await say(client, None, first["conversation_id"], button=payload)).status_code == 200


async def test_button_offered_long_ago_is_refused(make_service: ServiceMaker, store: ConversationStore) -> None:
    """An old button may stand in a saved page; what it would answer is far from where the conversation is now."""
    service, conversation_id = make_service(store=store, replay_events=40), new_conversation_id()
    replies = await service.handle(IncomingMessage(conversation_id, QUESTION))
    payload = replies[-1].buttons[-1].payload
    press = IncomingMessage(conversation_id, button=payload)
    await service.handle(press)
    for _ in range(8):
        await service.handle(IncomingMessage(conversation_id, "thank you"))
    events = events_of(store, conversation_id)
    with pytest.raises(MessageRefused, match="button"):
        await service.handle(press)
    assert events_of(store, conversation_id) == events


async def test_button_is_stored_by_its_title(assistant: Application) -> None:
    """The payload never stands where a text would, so it can never be read as a command."""
    conversation_id = new_conversation_id()
    replies = await assistant.service.handle(IncomingMessage(conversation_id, QUESTION))
    button = replies[-1].buttons[-1]
    await assistant.service.handle(IncomingMessage(conversation_id, button=button.payload))
    messages = [e for e in events_of(ConversationStore(assistant.engine), conversation_id) if e["event"] == "user"]
    assert messages[-1]["text"] == button.title
    assert messages[-1]["parse_data"]["verdict"]["decision"] == "button"
