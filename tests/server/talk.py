"""How the tests talk to a server, and what they read from its store."""

from __future__ import annotations

from typing import Any, Dict, List, Optional

import httpx
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from oih_assistant.storage.conversations import ConversationStore
from oih_assistant.storage.database import events

QUESTION = "what is opioid tolerance"
DANGER = "my friend took too many pills and is not breathing"
JSON = {"content-type": "application/json"}


async def say(
    client: httpx.AsyncClient, text: Optional[str] = None, conversation_id: Optional[str] = None, **more: Any
) -> httpx.Response:
    """Send one message."""
    body = {"text": text, "conversation_id": conversation_id, **more}
    return await client.post("/api/messages", json={key: value for key, value in body.items() if value is not None})


async def answered(client: httpx.AsyncClient, *arguments: Any, **more: Any) -> Dict[str, Any]:
    """Send one message that must be answered. Returns the answer."""
    response = await say(client, *arguments, **more)
    assert response.status_code == 200, response.text
    value: Dict[str, Any] = response.json()
    return value


def payloads_of_buttons(answer: Dict[str, Any]) -> List[str]:
    """The buttons that an answer offers."""
    return [button["payload"] for reply in answer["replies"] for button in reply["buttons"]]


def events_of(store: ConversationStore, conversation_id: str) -> List[Dict[str, Any]]:
    """All stored events of a conversation, oldest first."""
    found = store.load(conversation_id, 100_000)
    return found.events if found else []


def messages_of(store: ConversationStore, conversation_id: str) -> List[Dict[str, Any]]:
    """The stored messages of the person."""
    return [event for event in events_of(store, conversation_id) if event["event"] == "user"]


def texts_of(store: ConversationStore, conversation_id: str) -> List[str]:
    """What the person wrote, as it is stored."""
    return [event["text"] for event in messages_of(store, conversation_id)]


def count_events(engine: Engine) -> int:
    """How many events there are in a whole store."""
    with engine.connect() as connection:
        return int(connection.execute(sa.select(sa.func.count()).select_from(events)).scalar())
