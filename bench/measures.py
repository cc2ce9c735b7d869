"""What is measured of each system, and with which messages.

Nothing here knows which of the two systems it measures: same messages, same client, same order.
"""

from __future__ import annotations

import asyncio
import json
import random
import re
import sqlite3
import sys
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence, Union

from bench.load import Load, Plan, median, medians_by_block, percentile, run_load
from bench.ours import Ours
from bench.servers import ROOT, BenchError, Processes, Running, clean_environment, cpu_seconds, resident_mb, say
from bench.stock import Stock
from oih_assistant.content.models import Content

System = Union[Ours, Stock]

SEED = 20
CONVERSATION_TURNS = 10  # of the conversations that 1 and 8 senders have
WARM_UP = 10
LAST_TURNS = 20  # over which "turn 500" is a median; as many new conversations give "turn 1"
LOAD_SECONDS = 900.0
UNDERSTANDING_SECONDS = 600.0


@dataclass(frozen=True)
class Plans:
    """The messages of a run, the same for both systems.

    Args:
        alone: for understanding alone.
        warm_up: one conversation before anything is counted; its first message is kept.
        one: a sender.
        eight: eight at the same time.
        first: conversations of one message, the same messages as the last of `long`.
        long: one long conversation.
    """

    alone: Sequence[str]
    warm_up: Plan
    one: Plan
    eight: Plan
    first: Plan
    long: Plan


def build_plans(content: Content, topics: Sequence[str], *, messages: int, turns: int) -> Plans:
    """Choose the messages: phrasings of all topics, mixed, always the same ones.

    Args:
        content: what they are taken from.
        topics: the topics they are taken from.
        messages: that 1 sender, and again 8 senders together, send.
        turns: of the long conversation.
    """
    texts = [text for topic in topics for text in content.topics[topic].phrasings if not text.startswith("/")]
    random.Random(SEED).shuffle(texts)

    def take(count: int) -> List[str]:
        return [texts[index % len(texts)] for index in range(count)]

    def split(items: Sequence[str]) -> List[Sequence[str]]:
        return [items[start : start + CONVERSATION_TURNS] for start in range(0, len(items), CONVERSATION_TURNS)]

    talk = take(turns)
    each = max(1, messages // 8)
    eight = [split(take(messages)[sender * each : (sender + 1) * each]) for sender in range(8)]
    first = [[text] for text in talk[-LAST_TURNS:]]
    return Plans(take(messages), [[take(WARM_UP)]], [split(take(messages))], eight, [first], [[talk]])


def _round(value: Optional[float]) -> Optional[float]:
    return None if value is None else round(value, 2)


def _summary(name: str, load: Load) -> Dict[str, Optional[float]]:
    times = load.times
    return {
        f"{name}_ms": _round(median(times)),
        f"{name}_p95_ms": _round(percentile(times, 0.95)),
        f"{name}_per_second": _round(load.per_second),
    }


def measure_understanding(system: System, processes: Processes, folder: Path, texts: Sequence[str]) -> Dict[str, Any]:
    """Milliseconds of understanding alone, in a process of its own."""
    say(f"{system.name}: understanding alone, {len(texts)} messages")
    messages, log = folder / "messages.json", folder / f"understanding-{system.name}.log"
    messages.write_text(json.dumps(texts), encoding="utf-8")
    processes.run(
        [sys.executable, "-m", "bench.understanding", *system.understanding(), str(messages)],
        what=f"{system.name}: understanding",
        environment=clean_environment(folder, PYTHONPATH=str(ROOT)),
        folder=folder,
        log=log,
        seconds=UNDERSTANDING_SECONDS,
    )
    found = re.search(r'^\{"milliseconds": .*$', log.read_text("utf-8", "replace"), re.M)
    if found is None:
        raise BenchError(f"{system.name}: no times came back from bench.understanding")
    times = json.loads(found.group())["milliseconds"]
    return {"understanding_ms": _round(median(times)), "understanding_p95_ms": _round(percentile(times, 0.95))}


def measure_server(system: System, processes: Processes, plans: Plans, *, starts: int) -> Dict[str, Any]:
    """Start several times, send the messages to the last one, stop it."""
    times: List[float] = []
    memories: List[float] = []
    cpus: List[float] = []
    for number in range(1, starts + 1):
        running = system.start(number)
        times.append(round(running.seconds, 2))
        memories.append(running.memory_mb)
        cpus += [] if running.cpu is None else [running.cpu]
        say(f"{system.name}: start {number} of {starts}: ready after {running.seconds:.1f} s")
        if number < starts:
            processes.stop(running.process)
    measures = {"ready_s": _round(median(times)), "ready_each_s": times, "memory_start_mb": _round(median(memories))}
    measures["ready_cpu_s"] = _round(median(cpus))
    measures.update(measure_load(system.name, running, plans))
    measures["memory_load_mb"] = _round(resident_mb(running.process.pid))
    processes.stop(running.process)
    check_stored(system.name, running.database)
    return measures


def measure_load(name: str, running: Running, plans: Plans) -> Dict[str, Any]:
    """Send all plans to a running server."""

    def send(plan: Plan, what: str) -> Load:
        say(f"{name}: {what}")
        load = asyncio.run(run_load(running.channel, plan, seconds=LOAD_SECONDS))
        if not load.times:
            raise BenchError(f"{name}: {what}: none of {load.planned} messages was answered")
        return load

    warm_up = send(plans.warm_up, "warm-up")
    before = cpu_seconds(running.process.pid)
    one = send(plans.one, f"1 sender, {len(plans.alone)} messages")
    after = cpu_seconds(running.process.pid)
    eight = send(plans.eight, f"8 senders, {len(plans.alone)} messages")
    first = send(plans.first, f"{len(plans.first[0])} new conversations")
    long = send(plans.long, f"one conversation of {len(plans.long[0][0])} turns")
    begins, ends = median(first.times), None if long.failed else median(long.times[-LAST_TURNS:])
    return {
        "first_message_ms": _round(warm_up.samples[0].milliseconds),
        **_summary("one", one),
        "one_cpu_ms": None if before is None or after is None else _round((after - before) * 1000 / len(one.samples)),
        **_summary("eight", eight),
        "turn_first_ms": _round(begins),
        "turn_last_ms": _round(ends),
        "turn_growth": _round(ends / begins) if begins and ends else None,
        "course_ms": medians_by_block(long.times, 50),
        "unanswered": sum(load.failed for load in (warm_up, one, eight, first, long)),
        "messages": sum(load.planned for load in (warm_up, one, eight, first, long)),
    }


def check_stored(name: str, database: Path) -> None:
    """Make sure that turns were written to the store: Rasa goes on in memory alone when a store fails.

    Raises:
        BenchError: when its file is missing or empty.
    """
    if database.is_file():
        with closing(sqlite3.connect(database)) as connection:
            tables = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            # The names are the database's own.
            queries = [f'SELECT 1 FROM "{table}" LIMIT 1' for table in tables]  # noqa: S608
            if any(connection.execute(query).fetchone() for query in queries):
                return
    raise BenchError(f"{name}: nothing was stored in {database.name}; it was measured without a store")
