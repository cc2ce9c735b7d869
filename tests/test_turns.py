"""Order and limits: first come, first served in each conversation; what is full refuses; nothing is left behind."""

from __future__ import annotations

import asyncio
import dataclasses
import time
from pathlib import Path
from typing import Any, Iterator, List, Optional

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from oih_assistant import turns as turns_module
from oih_assistant.application import build_application
from oih_assistant.conversation import IncomingMessage, new_conversation_id
from oih_assistant.errors import MessageRefused
from oih_assistant.settings import Settings
from oih_assistant.storage.conversations import ConversationStore
from oih_assistant.storage.database import open_database
from oih_assistant.turns import Pace, PostgresTurns, ProcessLimits, ProcessTurns, Turns
from tests.conftest import ServiceMaker
from tests.server.talk import QUESTION, texts_of
from tests.storage.postgres import Cluster


def words(name: str) -> str:
    """The assistant's words, here their names."""
    return name


class Clock:
    """Time that goes on when the test says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now


async def hold(
    turns: Turns, conversation_id: str, name: Any, log: List[Any], until: Optional[asyncio.Event] = None
) -> None:
    """Take a turn, note it, and keep it until an event."""
    async with turns.turn(conversation_id, words):
        log.append(name)
        if until is not None:
            await until.wait()
        else:
            await asyncio.sleep(0)
        log.append(-name if isinstance(name, int) else f"-{name}")


def is_empty(turns: ProcessTurns) -> bool:
    """Whether nothing is remembered of conversations and visitors that have no message in work."""
    return not (turns._locks or turns._waiting or turns._of_visitor or turns._total)


async def test_turns_of_one_conversation_go_in_order_of_arrival() -> None:
    turns, log = ProcessTurns(queue_length=100, busy_messages=100), []
    await asyncio.gather(*(hold(turns, "one", number, log) for number in range(1, 41)))
    assert log == [signed for number in range(1, 41) for signed in (number, -number)]
    assert is_empty(turns)


async def test_turns_of_different_conversations_do_not_wait_for_each_other() -> None:
    turns, log, release = ProcessTurns(queue_length=1, busy_messages=10), [], asyncio.Event()
    slow = asyncio.ensure_future(hold(turns, "one", "slow", log, release))
    await asyncio.sleep(0)
    await hold(turns, "two", "fast", log)
    assert log == ["slow", "fast", "-fast"]
    release.set()
    await slow
    assert is_empty(turns)


async def test_turns_refuse_when_too_many_wait() -> None:
    turns, log, release = ProcessTurns(queue_length=2, busy_messages=10), [], asyncio.Event()
    waiting = [asyncio.ensure_future(hold(turns, "one", number, log, release)) for number in (1, 2, 3)]
    await asyncio.sleep(0)
    with pytest.raises(MessageRefused) as refused:
        await hold(turns, "one", 4, log)
    assert (refused.value.reason, refused.value.text) == ("rate", "too_fast")
    await hold(turns, "two", 9, log)
    release.set()
    await asyncio.gather(*waiting)
    assert log == [1, 9, -9, -1, 2, -2, 3, -3]
    await hold(turns, "one", 5, log)
    assert is_empty(turns)


async def test_turns_refuse_when_the_process_is_busy() -> None:
    turns, log, release = ProcessTurns(queue_length=5, busy_messages=2), [], asyncio.Event()
    waiting = [asyncio.ensure_future(hold(turns, str(number), number, log, release)) for number in (1, 2)]
    await asyncio.sleep(0)
    with pytest.raises(MessageRefused) as refused:
        await hold(turns, "three", 3, log)
    assert (refused.value.reason, refused.value.text) == ("busy", "busy")
    release.set()
    await asyncio.gather(*waiting)
    await hold(turns, "three", 3, log)
    assert is_empty(turns)


async def test_turns_keep_places_for_other_visitors() -> None:
    turns, release = ProcessTurns(queue_length=5, busy_messages=8), asyncio.Event()

    async def visit(visitor: str, conversation_id: str) -> None:
        async with turns.turn(conversation_id, words, visitor):
            await release.wait()

    many = [asyncio.ensure_future(visit("one", str(number))) for number in range(2)]
    await asyncio.sleep(0)
    with pytest.raises(MessageRefused) as refused:
        await visit("one", "third")
    assert refused.value.reason == "rate"
    other = asyncio.ensure_future(visit("two", "third"))
    await asyncio.sleep(0)
    release.set()
    await asyncio.gather(*many, other)
    await visit("one", "third")
    assert is_empty(turns)


async def test_turns_forget_what_failed_or_was_given_up() -> None:
    turns, log, release = ProcessTurns(queue_length=5, busy_messages=10), [], asyncio.Event()
    first = asyncio.ensure_future(hold(turns, "one", 1, log, release))
    second = asyncio.ensure_future(hold(turns, "one", 2, log, release))
    third = asyncio.ensure_future(hold(turns, "one", 3, log, release))
    await asyncio.sleep(0)
    second.cancel()
    await asyncio.sleep(0)
    first.cancel()
    release.set()
    await third
    assert log == [1, 3, -3]
    with pytest.raises(ValueError, match="inside"):
        async with turns.turn("one", words):
            raise ValueError("inside")
    await asyncio.gather(first, second, return_exceptions=True)
    assert is_empty(turns)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock of the limits."""
    made = Clock()
    monkeypatch.setattr(turns_module, "time", made)
    return made


def paces(limits: ProcessLimits, count: int, conversation_id: str = "one", visitor: Optional[str] = None) -> List[Pace]:
    """How fast each of some messages is."""
    return [limits.count(conversation_id, visitor) for _ in range(count)]


def test_limits_of_a_conversation(clock: Clock) -> None:
    limits = ProcessLimits(conversation_messages=3, visitor_messages=100, seconds=10)
    assert paces(limits, 12) == [Pace.FINE] * 3 + [Pace.FAST] * 6 + [Pace.FLOOD] * 3
    assert paces(limits, 1, "two") == [Pace.FINE]
    clock.now += 10
    assert paces(limits, 4) == [Pace.FINE] * 3 + [Pace.FAST]


def test_limits_of_a_visitor_hold_over_all_conversations(clock: Clock) -> None:
    limits = ProcessLimits(conversation_messages=100, visitor_messages=2, seconds=10)
    found = [limits.count(f"conversation {number}", "visitor") for number in range(8)]
    assert found == [Pace.FINE] * 2 + [Pace.FAST] * 4 + [Pace.FLOOD] * 2
    assert limits.count("conversation 9", "another visitor") is Pace.FINE
    assert limits.count("conversation 9", None) is Pace.FINE, "a channel without visitors counts conversations only"


def test_limits_slide(clock: Clock) -> None:
    limits = ProcessLimits(conversation_messages=2, visitor_messages=100, seconds=10)
    assert paces(limits, 1) == [Pace.FINE]
    clock.now += 6
    assert paces(limits, 2) == [Pace.FINE, Pace.FAST]
    clock.now += 5
    assert paces(limits, 1) == [Pace.FAST], "the two of 5 s ago still count"
    clock.now += 6
    assert paces(limits, 1) == [Pace.FINE]


def test_limits_remember_a_bounded_number_of_names_and_times(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ProcessLimits, "MOST_REMEMBERED", 100)
    limits = ProcessLimits(conversation_messages=5, visitor_messages=5, seconds=10)
    for number in range(1000):
        limits.count(f"conversation {number}", "visitor")
    assert len(limits._seen) == 100
    assert max(map(len, limits._seen.values())) <= 16
    assert limits.count("conversation new", "visitor") is Pace.FLOOD, "a flood of names does not hide who sends it"


# --- PostgreSQL -----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def two_engines(postgres: Cluster) -> Iterator[List[Engine]]:
    """Two processes' views of one database."""
    url = postgres.new_database("turns")
    engines = [open_database(url), open_database(url)]
    yield engines
    for engine in engines:
        engine.dispose()


def postgres_turns(engine: Engine, wait_seconds: float = 60) -> PostgresTurns:
    """The turns of one process."""
    return PostgresTurns(ProcessTurns(queue_length=100, busy_messages=400), engine, wait_seconds=wait_seconds)


async def test_turns_of_two_processes_exclude_each_other(two_engines: List[Engine]) -> None:
    processes = [postgres_turns(engine) for engine in two_engines]
    inside: List[int] = []
    most: List[int] = []

    async def take(process: PostgresTurns, number: int) -> None:
        async with process.turn("one conversation", words):
            inside.append(number)
            most.append(len(inside))
            await asyncio.sleep(0.005)
            inside.remove(number)

    await asyncio.gather(*(take(processes[number % 2], number) for number in range(30)))
    assert most == [1] * 30


async def test_turns_of_two_processes_alternate_without_conflict(
    two_engines: List[Engine], make_service: ServiceMaker
) -> None:
    """The same conversation through two processes at once: each message is stored once, on top of the one before."""
    services = [make_service(store=ConversationStore(e), turns=postgres_turns(e)) for e in two_engines]
    conversation_id = new_conversation_id()
    texts = [f"message {number}: {QUESTION}" for number in range(12)]
    answers = await asyncio.gather(
        *(services[n % 2].handle(IncomingMessage(conversation_id, text)) for n, text in enumerate(texts))
    )
    kinds = [reply.payload["kind"] for answer in answers for reply in answer]
    assert "error" not in kinds
    assert kinds.count("introduction") == 1
    assert sorted(texts_of(ConversationStore(two_engines[0]), conversation_id)) == sorted(texts)


async def test_more_conversations_than_connections_are_all_answered(
    two_engines: List[Engine], make_service: ServiceMaker
) -> None:
    """A turn that waits with a connection in hand must not keep a running one from getting its own."""
    services = [make_service(store=ConversationStore(e), turns=postgres_turns(e)) for e in two_engines]
    ids = [new_conversation_id() for _ in range(40)]
    answers = await asyncio.wait_for(
        asyncio.gather(*(service.handle(IncomingMessage(one, "hello")) for one in ids for service in services)), 90
    )
    assert {answer[0].payload["kind"] for answer in answers} == {"introduction", "dialogue"}


async def test_lock_of_another_process_is_not_waited_for_without_end(two_engines: List[Engine]) -> None:
    other, mine = postgres_turns(two_engines[0]), postgres_turns(two_engines[1], wait_seconds=0.3)
    async with other.turn("held", words):
        with pytest.raises(sa.exc.OperationalError, match="lock timeout"):
            await hold(mine, "held", "mine", [])
        log: List[str] = []
        await hold(mine, "free", "mine", log)
        assert log == ["mine", "-mine"]
    await hold(mine, "held", "mine", log)
    assert two_engines[1].pool.checkedout() == 0


async def test_lock_of_a_dead_process_is_free_at_once(two_engines: List[Engine]) -> None:
    connection = two_engines[0].connect()
    lock = sa.text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))")
    connection.execute(lock, {"key": "oih:abandoned"})
    pid = connection.execute(sa.text("SELECT pg_backend_pid()")).scalar()
    waiting = asyncio.ensure_future(hold(postgres_turns(two_engines[1]), "abandoned", "mine", log := []))
    await asyncio.sleep(0.2)
    assert log == []
    with two_engines[1].connect() as killer:
        killer.execute(sa.text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
    start = time.monotonic()
    await waiting
    assert time.monotonic() - start < 10
    assert log == ["mine", "-mine"]
    connection.invalidate()


async def test_assistant_runs_on_postgresql(model: Path, settings: Settings, postgres: Cluster) -> None:
    built = build_application(dataclasses.replace(settings, database_url=postgres.new_database("assistant")))
    assert isinstance(built.service._turns, PostgresTurns)
    assert built.problems() == {}
    conversation_id = new_conversation_id()
    await built.service.handle(IncomingMessage(conversation_id, QUESTION))
    [reply] = await built.service.handle(IncomingMessage(conversation_id, "tell me more"))
    assert reply.payload["topic"] == "tolerance"
    assert texts_of(ConversationStore(built.engine), conversation_id) == [QUESTION, "tell me more"]
    built.close()
