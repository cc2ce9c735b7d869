"""When a part fails the person still gets a reply, the safety reply if it was a danger; no log holds the message."""

from __future__ import annotations

import asyncio
import logging
import time
from pathlib import Path
from typing import Any, Optional

import httpx
import pytest
import sqlalchemy as sa

from oih_assistant.application import Application
from oih_assistant.conversation import ConversationService, IncomingMessage, new_conversation_id
from oih_assistant.replies.compose import Composer
from oih_assistant.replies.reply import Reply
from oih_assistant.server.app import build_app
from oih_assistant.storage.conversations import ConversationStore, StoredConversation
from oih_assistant.storage.database import open_database
from tests.conftest import ServiceMaker
from tests.server.talk import DANGER, QUESTION, say, texts_of

SECRET = "zqxsecretzqx"


class BrokenStore(ConversationStore):
    """A store that can be told to fail.

    Args:
        engine: the real one, used while nothing is broken.
        broken: names of the methods that fail.
    """

    def __init__(self, engine: sa.engine.Engine, *broken: str) -> None:
        super().__init__(engine)
        self.broken = set(broken)
        self.seconds = 0.0

    def load(self, conversation_id: str, last: int) -> Optional[StoredConversation]:
        self._fail("load")
        return super().load(conversation_id, last)

    def append(self, conversation_id: str, **more: Any) -> int:
        self._fail("append")
        return super().append(conversation_id, **more)

    def _fail(self, name: str) -> None:
        if name in self.broken:
            time.sleep(self.seconds)
            raise sa.exc.OperationalError(f"INSERT {SECRET}", {"data": SECRET}, Exception(SECRET))


async def ask(service: ConversationService, text: str, conversation_id: Optional[str] = None) -> Reply:
    """Send a message with the secret in it, get the one reply."""
    [reply] = await service.handle(IncomingMessage(conversation_id or new_conversation_id(), f"{text} {SECRET}"))
    return reply


def check_apology(reply: Reply, assistant: Application) -> None:
    """The fixed apology, with the number to call."""
    assert reply.text == Composer(assistant.content, assistant.content.regions["us"]).message("failed")
    assert "911" in reply.text
    assert reply.payload["kind"] == "error"
    assert reply.payload["topic"] is None


def check_emergency(reply: Reply) -> None:
    """The reply to an overdose, with nothing to press."""
    assert reply.text.startswith("Call 911")
    assert (reply.payload["topic"], reply.payload["level"]) == ("overdose", "emergency")
    assert reply.buttons == ()


@pytest.fixture
def debug_log(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    """The log at its most talkative."""
    caplog.set_level(logging.DEBUG)
    return caplog


@pytest.mark.parametrize("broken", ["load", "append"])
async def test_failing_store_gives_the_apology(
    assistant: Application,
    make_service: ServiceMaker,
    store: ConversationStore,
    debug_log: pytest.LogCaptureFixture,
    broken: str,
) -> None:
    """Rasa's own wrapper would go on in memory, and nobody would know."""
    failing, conversation_id = BrokenStore(store._engine, broken), new_conversation_id()
    service = make_service(store=failing)
    check_apology(await ask(service, QUESTION, conversation_id), assistant)
    check_emergency(await ask(service, DANGER, conversation_id))
    assert SECRET not in debug_log.text
    assert "turn failed" in debug_log.text
    assert conversation_id[:8] in debug_log.text
    assert conversation_id not in debug_log.text, "who knows the id can go on with the conversation"
    assert texts_of(store, conversation_id) == []
    failing.broken.clear()
    replies = await service.handle(IncomingMessage(conversation_id, QUESTION))
    assert replies[0].payload["kind"] == "introduction", "a turn that was not stored did not happen"
    assert texts_of(store, conversation_id) == [QUESTION]


async def test_failing_store_leaves_the_conversation_as_it_was(
    assistant: Application, make_service: ServiceMaker, store: ConversationStore
) -> None:
    failing, conversation_id = BrokenStore(store._engine), new_conversation_id()
    service = make_service(store=failing)
    await service.handle(IncomingMessage(conversation_id, f"as a nurse, i ask: {QUESTION}"))
    failing.broken.add("append")
    for _ in range(3):
        check_apology(await ask(service, "thank you", conversation_id), assistant)
    failing.broken.clear()
    [reply] = await service.handle(IncomingMessage(conversation_id, "tell me more"))
    assert (reply.payload["topic"], reply.payload["audience"]) == ("tolerance", "clinician")


@pytest.mark.parametrize("damage", ["gone", "a folder", "not a database"])
async def test_lost_database_file_gives_the_apology(
    assistant: Application,
    make_service: ServiceMaker,
    tmp_path: Path,
    debug_log: pytest.LogCaptureFixture,
    damage: str,
) -> None:
    file = tmp_path / "store.db"
    engine = open_database(f"sqlite:///{file}")
    service = make_service(store=ConversationStore(engine))
    await service.handle(IncomingMessage(new_conversation_id(), QUESTION))
    engine.dispose()
    file.unlink()
    if damage == "a folder":
        file.mkdir()
    elif damage == "not a database":
        file.write_bytes(b"x" * 5_000)
    check_apology(await ask(service, QUESTION), assistant)
    check_emergency(await ask(service, DANGER))
    assert SECRET not in debug_log.text


async def test_button_during_a_failure_gives_the_apology(
    assistant: Application, make_service: ServiceMaker, store: ConversationStore
) -> None:
    failing, conversation_id = BrokenStore(store._engine), new_conversation_id()
    service = make_service(store=failing)
    replies = await service.handle(IncomingMessage(conversation_id, QUESTION))
    failing.broken.add("load")
    [reply] = await service.handle(IncomingMessage(conversation_id, button=replies[-1].buttons[0].payload))
    check_apology(reply, assistant)


async def test_failure_is_an_ordinary_answer_over_http(assistant: Application, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page shows it like any other reply; it is in the described form."""

    async def fail(*_arguments: Any, **_more: Any) -> None:
        raise RuntimeError(SECRET)

    monkeypatch.setattr(assistant.runtime, "run_turn", fail)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(build_app(assistant)), base_url="http://t") as client:
        response = await say(client, QUESTION)
    assert response.status_code == 200
    [reply] = response.json()["replies"]
    assert reply["payload"]["kind"] == "error"
    assert {"topic", "level", "audience", "sources", "content_digest", "confidence"} <= set(reply["payload"])


async def test_failing_understanding_gives_the_apology(
    assistant: Application,
    make_service: ServiceMaker,
    monkeypatch: pytest.MonkeyPatch,
    debug_log: pytest.LogCaptureFixture,
) -> None:
    def fail(_agent: Any, text: str, _contract: Any) -> None:
        raise ValueError(f"cannot understand {text}")

    monkeypatch.setattr("oih_assistant.rasa_runtime.understand", fail)
    service = make_service()
    check_apology(await ask(service, QUESTION), assistant)
    check_apology(await ask(service, DANGER), assistant)
    assert "ValueError" in debug_log.text
    assert SECRET not in debug_log.text


async def test_failing_action_gives_the_apology(
    assistant: Application,
    make_service: ServiceMaker,
    monkeypatch: pytest.MonkeyPatch,
    debug_log: pytest.LogCaptureFixture,
) -> None:
    """Rasa goes on without the action's reply, so there is none at all."""

    def fail(*_arguments: Any, **_more: Any) -> None:
        raise ValueError(f"cannot answer {SECRET}")

    monkeypatch.setattr(Composer, "introduction", fail)
    monkeypatch.setattr("actions.answers.answer_safety", fail)
    service = make_service()
    check_apology(await ask(service, QUESTION), assistant)
    check_emergency(await ask(service, DANGER))
    assert SECRET not in debug_log.text


async def test_slow_store_gives_the_apology_in_time(
    assistant: Application, make_service: ServiceMaker, store: ConversationStore
) -> None:
    failing = BrokenStore(store._engine, "load")
    failing.seconds = 1.0
    service = make_service(store=failing, reply_seconds=0.2)
    check_apology(await ask(service, QUESTION), assistant)
    check_emergency(await ask(service, DANGER))


async def test_order_that_cannot_be_kept_gives_the_apology(
    assistant: Application, make_service: ServiceMaker, debug_log: pytest.LogCaptureFixture
) -> None:
    """PostgreSQL orders the turns of several processes; it may be away."""

    class BrokenTurns:
        def turn(self, *_arguments: Any) -> Any:
            raise sa.exc.OperationalError("SELECT", {}, Exception(SECRET))

    service = make_service(turns=BrokenTurns())
    check_apology(await ask(service, QUESTION), assistant)
    check_emergency(await ask(service, DANGER))
    assert SECRET not in debug_log.text


async def test_ordinary_turns_leave_no_text_in_the_log(
    make_service: ServiceMaker, debug_log: pytest.LogCaptureFixture
) -> None:
    service, conversation_id = make_service(), new_conversation_id()
    texts = (QUESTION, "tell me more", DANGER, "/restart", "qwx zzv", "why?", "yes", "is it the same for kids?")
    for text in texts:
        await service.handle(IncomingMessage(conversation_id, f"{text} {SECRET}"))
    await asyncio.gather(*(service.handle(IncomingMessage(conversation_id, f"{SECRET} {n}")) for n in range(5)))
    assert SECRET not in debug_log.text
