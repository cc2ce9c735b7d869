"""The statistics of the benchmark, and its client against a tiny server on loopback."""

from __future__ import annotations

import asyncio
import json
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, AsyncIterator, Dict, List, Tuple

import pytest

from bench.load import (
    MOST_MESSAGES,
    Channel,
    Load,
    Sample,
    check_loopback,
    median,
    medians_by_block,
    percentile,
    run_load,
)


@dataclass
class TinyServer:
    """Answers POST requests, keeps what it was sent, and can be made slow, broken or silent.

    Args:
        delay: seconds before an answer.
        status: of answers to messages.
        answer: what a message gets.
    """

    delay: float = 0.0
    status: int = 200
    answer: Any = field(default_factory=lambda: {"replies": [{"text": "an answer"}]})
    port: int = 0
    messages: List[Tuple[str, str]] = field(default_factory=list)
    opened: int = 0
    in_work: int = 0
    most_in_work: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                lines = head.decode().lower().split("\r\n")
                length = next(int(line.split(":")[1]) for line in lines if line.startswith("content-length:"))
                body = json.loads(await reader.readexactly(length))
                status, value = await self.respond(lines[0].split()[1], body)
                data = json.dumps(value).encode()
                writer.write(f"HTTP/1.1 {status} X\r\ncontent-length: {len(data)}\r\n\r\n".encode() + data)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def respond(self, path: str, body: Dict[str, Any]) -> Tuple[int, Any]:
        if path == "/open":
            self.opened += 1
            return 201, {"conversation_id": f"conversation-{self.opened}"}
        self.messages.append((body["who"], body["text"]))
        self.in_work += 1
        self.most_in_work = max(self.most_in_work, self.in_work)
        await asyncio.sleep(self.delay)
        self.in_work -= 1
        return self.status, self.answer

    def channel(self, *, opens: bool = True) -> Channel:
        return Channel(
            f"http://127.0.0.1:{self.port}",
            "/messages",
            lambda conversation, text: {"who": conversation, "text": text},
            lambda answer: answer["replies"],
            "/open" if opens else None,
        )


@asynccontextmanager
async def running(server: TinyServer) -> AsyncIterator[TinyServer]:
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    server.port = listening.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listening.close()
        await listening.wait_closed()


@pytest.mark.parametrize(
    ("values", "share", "expected"),
    [
        ([], 0.5, None),
        ([7.0], 0.95, 7.0),
        ([3.0, 1.0, 2.0], 0.5, 2.0),
        ([1.0, 2.0, 3.0, 4.0], 0.5, 2.5),
        ([float(value) for value in range(101)], 0.95, 95.0),
        ([1.0, 2.0], 0.0, 1.0),
        ([1.0, 2.0], 1.0, 2.0),
    ],
)
def test_percentile_lies_between_neighbours(values, share, expected):
    assert percentile(values, share) == expected


@pytest.mark.parametrize("share", [-0.1, 1.1, 95])
def test_percentile_refuses_a_share_that_is_none(share):
    with pytest.raises(ValueError, match="0 to 1 is allowed"):
        percentile([1.0], share)


def test_median_does_not_reorder_what_it_is_given():
    values = [3.0, 1.0, 2.0]
    assert median(values) == 2.0
    assert values == [3.0, 1.0, 2.0]


def test_medians_by_block_keeps_the_order_and_a_short_last_block():
    assert medians_by_block([1.0, 3.0, 2.0, 9.0, 9.0, 9.0, 5.0], 3) == [2.0, 9.0, 5.0]
    assert medians_by_block([], 3) == []


def test_load_counts_unsent_and_unanswered_messages_as_failed():
    load = Load(5, [Sample(1, 10.0, True), Sample(2, 99.0, False), Sample(3, 30.0, True)], 0.5)
    assert load.times == [10.0, 30.0]
    assert load.failed == 3
    assert load.per_second == 4.0
    assert Load(0).per_second == 0.0


@pytest.mark.parametrize("url", ["http://127.0.0.1:8080", "http://localhost:1/x", "http://[::1]:80"])
def test_check_loopback_takes_this_machine(url):
    check_loopback(url)


@pytest.mark.parametrize("url", ["http://example.org", "http://127.0.0.1.example.org", "http://10.0.0.1", "127.0.0.1"])
def test_check_loopback_refuses_everything_else(url):
    with pytest.raises(ValueError, match="are allowed"):
        check_loopback(url)


async def test_run_load_sends_each_conversation_in_order_under_its_own_id():
    async with running(TinyServer()) as server:
        load = await run_load(server.channel(), [[["a", "b"], ["c"]]], seconds=5)
    assert server.messages == [("conversation-1", "a"), ("conversation-1", "b"), ("conversation-2", "c")]
    assert [sample.turn for sample in load.samples] == [1, 2, 1]
    assert load.failed == 0


async def test_run_load_makes_up_an_id_for_each_conversation_where_none_is_given():
    async with running(TinyServer()) as server:
        await run_load(server.channel(opens=False), [[["a", "b"], ["c"]]], seconds=5)
    names = [name for name, _ in server.messages]
    assert server.opened == 0
    assert names[0] == names[1] != names[2]
    assert all(len(name) >= 16 for name in names)


async def test_run_load_times_what_the_server_takes():
    async with running(TinyServer(delay=0.05)) as server:
        load = await run_load(server.channel(), [[["a", "b", "c"]]], seconds=5)
    assert all(50 <= milliseconds < 500 for milliseconds in load.times)
    assert load.seconds >= 0.15


async def test_run_load_lets_senders_wait_for_their_own_answers_only():
    async with running(TinyServer(delay=0.05)) as server:
        load = await run_load(server.channel(), [[["a", "b"]] for _ in range(8)], seconds=5)
    assert server.most_in_work == 8
    assert len(load.times) == 16
    assert load.seconds < 16 * 0.05


@pytest.mark.parametrize(
    ("status", "answer"),
    [(429, {"replies": [{"text": "x"}]}), (500, {}), (200, {"replies": []}), (200, {"other": 1}), (200, [])],
)
async def test_run_load_counts_no_refusal_as_an_answer(status, answer):
    async with running(TinyServer(status=status, answer=answer)) as server:
        load = await run_load(server.channel(), [[["a", "b"]]], seconds=5)
    assert load.times == []
    assert load.failed == 2


async def test_run_load_ends_when_the_time_is_up():
    async with running(TinyServer(delay=0.1)) as server:
        started = time.perf_counter()
        load = await run_load(server.channel(), [[["a"] * 100]], seconds=0.35)
    assert time.perf_counter() - started < 2
    assert 1 <= len(load.times) <= 4
    assert load.failed == 100 - len(load.times)


async def test_run_load_survives_a_server_that_is_away():
    async with running(TinyServer()) as server:
        channel = server.channel()
    load = await run_load(channel, [[["a", "b"]]], seconds=5)
    assert load.failed == 2


async def test_run_load_refuses_other_machines_and_endless_plans():
    elsewhere = Channel("http://192.0.2.1", "/", lambda conversation, text: {}, list)
    with pytest.raises(ValueError, match="are allowed"):
        await run_load(elsewhere, [[["a"]]], seconds=1)
    here = Channel("http://127.0.0.1:9", "/", lambda conversation, text: {}, list)
    with pytest.raises(ValueError, match="at most"):
        await run_load(here, [[["a"] * (MOST_MESSAGES + 1)]], seconds=1)
