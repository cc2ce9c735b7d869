"""Messages over HTTP to a server on this machine, each one timed, and the statistics of the times.

`bench.speed` sends the same messages through this module to our server and to stock Rasa. A load is a plan: for
each sender the conversations it has one after the other, for each conversation its messages.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from typing import Any, Callable, Dict, List, Optional, Sequence
from urllib.parse import urlsplit
from uuid import uuid4

import httpx

LOOPBACK = ("127.0.0.1", "::1", "localhost")
MOST_MESSAGES = 20_000
REPLY_SECONDS = 30.0

Plan = Sequence[Sequence[Sequence[str]]]


@dataclass(frozen=True)
class Channel:
    """How a server takes messages.

    Args:
        url: its address, on this machine.
        path: where messages are posted.
        body: conversation and text to the JSON that is posted.
        replies: the JSON of an answer to its list of replies; an empty list counts as a failed message.
        open_path: where a POST gives `conversation_id`; without it the client makes one up.
    """

    url: str
    path: str
    body: Callable[[str, str], Dict[str, Any]]
    replies: Callable[[Any], Sequence[Any]]
    open_path: Optional[str] = None


@dataclass(frozen=True)
class Sample:
    """One message: its turn in its conversation (from 1), how long it took, whether it was answered."""

    turn: int
    milliseconds: float
    answered: bool


@dataclass(frozen=True)
class Load:
    """What came of a plan.

    Args:
        planned: messages in the plan; fewer samples mean that the time was up.
        samples: every message that was sent.
        seconds: from the first message to the last answer.
    """

    planned: int
    samples: List[Sample] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def times(self) -> List[float]:
        """Milliseconds of the messages that were answered, in the order of their answers."""
        return [sample.milliseconds for sample in self.samples if sample.answered]

    @property
    def failed(self) -> int:
        """Messages of the plan that got no answer, unsent ones among them."""
        return self.planned - len(self.times)

    @property
    def per_second(self) -> float:
        """Answered messages a second."""
        return len(self.times) / self.seconds if self.seconds else 0.0


def percentile(values: Sequence[float], share: float) -> Optional[float]:
    """The value below which a share (0 to 1) of the values lies, between neighbours by proportion.

    Returns:
        None without values.
    """
    if not 0 <= share <= 1:
        raise ValueError(f"share is {share}; 0 to 1 is allowed")
    if not values:
        return None
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


def median(values: Sequence[float]) -> Optional[float]:
    """The middle value, None without values."""
    return percentile(values, 0.5)


def medians_by_block(values: Sequence[float], block: int) -> List[float]:
    """The medians of consecutive blocks of values: the course of a long conversation."""
    blocks = (values[start : start + block] for start in range(0, len(values), block))
    return [round(middle, 2) for middle in map(median, blocks) if middle is not None]


def check_loopback(url: str) -> None:
    """Refuse any address that is not on this machine.

    Raises:
        ValueError: with what is allowed.
    """
    host = urlsplit(url).hostname
    if host not in LOOPBACK:
        raise ValueError(f"{url}: host {host!r} found; only {', '.join(LOOPBACK)} are allowed")


async def run_load(channel: Channel, plan: Plan, *, seconds: float) -> Load:
    """Send a plan; senders at the same time, each waiting for an answer before its next message.

    Args:
        channel: where to.
        plan: texts of conversations of senders.
        seconds: after this time nothing more is sent.

    Raises:
        ValueError: when the address is not on this machine, or the plan is too large.
    """
    check_loopback(channel.url)
    planned = sum(len(texts) for conversations in plan for texts in conversations)
    if planned > MOST_MESSAGES:
        raise ValueError(f"{planned} messages planned; at most {MOST_MESSAGES} are allowed")
    samples: List[Sample] = []
    limits = httpx.Limits(max_connections=max(1, len(plan)))
    # trust_env: a proxy of the environment would be measured too.
    async with httpx.AsyncClient(base_url=channel.url, limits=limits, trust_env=False) as client:
        started = time.perf_counter()
        senders = [_send_conversations(client, channel, item, samples, started + seconds) for item in plan]
        await asyncio.gather(*senders)
        elapsed = time.perf_counter() - started
    return Load(planned, samples, elapsed)


async def _send_conversations(
    client: httpx.AsyncClient,
    channel: Channel,
    conversations: Sequence[Sequence[str]],
    samples: List[Sample],
    deadline: float,
) -> None:
    for texts in conversations:
        conversation = await _open_conversation(client, channel)
        for turn, text in enumerate(texts, 1):
            left = deadline - time.perf_counter()
            if left <= 0:
                return
            started = time.perf_counter()
            answered = await _is_answered(client, channel, conversation, text, min(left, REPLY_SECONDS))
            samples.append(Sample(turn, (time.perf_counter() - started) * 1000, answered))


async def _open_conversation(client: httpx.AsyncClient, channel: Channel) -> str:
    """A conversation id, outside the time that is measured; one that the server refuses shows in the messages."""
    if channel.open_path is not None:
        try:
            response = await client.post(channel.open_path, json={}, timeout=REPLY_SECONDS)
            return str(response.json()["conversation_id"])
        except (httpx.HTTPError, ValueError, KeyError, TypeError):
            pass
    return uuid4().hex


async def _is_answered(
    client: httpx.AsyncClient, channel: Channel, conversation: str, text: str, timeout: float
) -> bool:
    try:
        request = client.post(channel.path, json=channel.body(conversation, text), timeout=timeout)
        # httpx's own limit is one for each read; a server that drips would never reach it.
        response = await asyncio.wait_for(request, timeout)
        return response.status_code == 200 and bool(channel.replies(response.json()))
    except (httpx.HTTPError, asyncio.TimeoutError, ValueError, KeyError, TypeError):
        return False
