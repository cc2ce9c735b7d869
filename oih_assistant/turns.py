"""Order and limits: one message at a time in each conversation, first come first served, and no floods.

`Turns` and `Limits` say what is needed without saying that there is one process. The classes here serve one
process, and PostgreSQL's advisory locks order the turns of several.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict, deque
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from enum import Enum
from typing import AsyncContextManager, AsyncIterator, Callable, Deque, Dict, Optional, Protocol

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from oih_assistant.errors import MessageRefused

Words = Callable[[str], str]


class Turns(Protocol):
    """Gives a conversation's messages their turns in the order of arrival."""

    def turn(self, conversation_id: str, words: Words, visitor: Optional[str] = None) -> AsyncContextManager[None]:
        """Hold the conversation while a message is answered; MessageRefused when too many wait."""
        ...


class Pace(Enum):
    """How fast messages come: fine, over the limit (dangers are still looked for), or a flood (not even read)."""

    FINE = "fine"
    FAST = "fast"
    FLOOD = "flood"


class Limits(Protocol):
    """Counts messages over a window."""

    def count(self, conversation_id: str, visitor: Optional[str]) -> Pace:
        """Count one message, and say how fast its sender is."""
        ...


class ProcessTurns:
    """Turns within one process. asyncio's locks wake waiters in order, so nothing polls.

    Args:
        queue_length: messages of one conversation that may wait.
        busy_messages: messages in work in this process before new ones are sent away; one visitor may have a
            quarter of them, so that nobody can keep all others out.
    """

    def __init__(self, *, queue_length: int, busy_messages: int) -> None:
        self._queue_length = queue_length
        self._busy_messages = busy_messages
        self._visitor_share = max(1, busy_messages // 4)
        self._locks: Dict[str, asyncio.Lock] = {}
        self._waiting: Dict[str, int] = {}
        self._of_visitor: Dict[str, int] = {}
        self._total = 0

    @asynccontextmanager
    async def turn(self, conversation_id: str, words: Words, visitor: Optional[str] = None) -> AsyncIterator[None]:
        """See `Turns.turn`."""
        if self._waiting.get(conversation_id, 0) > self._queue_length:
            raise MessageRefused("rate", words("too_fast"))
        if visitor is not None and self._of_visitor.get(visitor, 0) >= self._visitor_share:
            raise MessageRefused("rate", words("too_fast"))
        if self._total >= self._busy_messages:
            raise MessageRefused("busy", words("busy"))
        lock = self._locks.setdefault(conversation_id, asyncio.Lock())
        counted = [(self._waiting, conversation_id)] + ([(self._of_visitor, visitor)] if visitor is not None else [])
        for counts, name in counted:
            counts[name] = counts.get(name, 0) + 1
        self._total += 1
        try:
            async with lock:
                yield
        finally:
            self._total -= 1
            for counts, name in counted:
                counts[name] -= 1
                if not counts[name]:
                    del counts[name]
            if conversation_id not in self._waiting:
                del self._locks[conversation_id]


class PostgresTurns:
    """Turns across processes on one PostgreSQL: the process's own order first, then an advisory lock.

    The lock is held by a connection, so a killed process gives it back at once.

    Args:
        inner: orders the messages within this process.
        engine: the shared database.
        wait_seconds: longest time to wait for another process; then the turn fails with the database's error.
    """

    # A lock takes a connection and, while it waits, a thread. The turns themselves need connections and threads
    # too: with their own threads here, and fewer locks than connections, waiting turns never starve running ones.
    LOCKS_AT_ONCE = 8

    def __init__(self, inner: ProcessTurns, engine: Engine, *, wait_seconds: float) -> None:
        self._inner = inner
        self._engine = engine
        self._wait_ms = int(wait_seconds * 1000)
        self._free = asyncio.Semaphore(self.LOCKS_AT_ONCE)
        self._threads = ThreadPoolExecutor(self.LOCKS_AT_ONCE, thread_name_prefix="turns")

    @asynccontextmanager
    async def turn(self, conversation_id: str, words: Words, visitor: Optional[str] = None) -> AsyncIterator[None]:
        """See `Turns.turn`."""
        loop = asyncio.get_running_loop()
        async with self._inner.turn(conversation_id, words, visitor), self._free:
            connection = await loop.run_in_executor(self._threads, self._lock, f"oih:{conversation_id}")
            try:
                yield
            finally:
                await loop.run_in_executor(self._threads, connection.close)

    def _lock(self, key: str) -> Connection:
        """A connection that holds the lock until it is closed."""
        connection = self._engine.connect()
        try:
            connection.execute(sa.text(f"SET LOCAL lock_timeout = {self._wait_ms}"))
            connection.execute(sa.text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))"), {"key": key})
        except BaseException:
            connection.close()
            raise
        return connection


class ProcessLimits:
    """Counts messages of conversations and visitors over a sliding window, in this process.

    Args:
        conversation_messages: allowed for one conversation in a window.
        visitor_messages: allowed for one visitor in a window.
        seconds: length of the window.
    """

    MOST_REMEMBERED = 20_000
    FLOOD_FACTOR = 3

    def __init__(self, *, conversation_messages: int, visitor_messages: int, seconds: float) -> None:
        self._allowed = {"conversation": conversation_messages, "visitor": visitor_messages}
        self._seconds = seconds
        self._seen: "OrderedDict[str, Deque[float]]" = OrderedDict()

    def count(self, conversation_id: str, visitor: Optional[str]) -> Pace:
        """See `Limits.count`."""
        now = time.monotonic()
        shares = [self._share("conversation", conversation_id, now)]
        if visitor is not None:
            shares.append(self._share("visitor", visitor, now))
        if max(shares) > self.FLOOD_FACTOR:
            return Pace.FLOOD
        return Pace.FAST if max(shares) > 1 else Pace.FINE

    def _share(self, kind: str, name: str, now: float) -> float:
        """Messages in the window, this one among them, as a share of what is allowed."""
        key = f"{kind}:{name}"
        most = self._allowed[kind] * self.FLOOD_FACTOR + 1
        times = self._seen.setdefault(key, deque(maxlen=most))
        self._seen.move_to_end(key)
        while times and times[0] <= now - self._seconds:
            times.popleft()
        times.append(now)
        while len(self._seen) > self.MOST_REMEMBERED:
            self._seen.popitem(last=False)
        return len(times) / self._allowed[kind]
