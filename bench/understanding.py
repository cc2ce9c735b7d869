"""Milliseconds of understanding alone, in a process of its own: no server, no conversation, no store.

Called by `bench.speed` as `python -m bench.understanding ours|stock MODEL MESSAGES.json`; the last line is JSON.
Both systems run the whole pipeline of their model on one message at a time.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any, Callable, List, Sequence

WARM_UP = 20


def load_ours(model: Path) -> Callable[[str], Any]:
    """What understands a text in the assistant."""
    from oih_assistant.content.loader import cached_content
    from oih_assistant.conversation import clean_text
    from oih_assistant.rasa_library import load_agent, understand

    content = cached_content()
    agent = load_agent(model, content)
    return lambda text: understand(agent, clean_text(text), content.contract)


def load_stock(model: Path) -> Callable[[str], Any]:
    """What understands a text in stock Rasa."""
    from rasa.core.agent import Agent
    from rasa.core.channels.channel import UserMessage
    from rasa.shared.core.trackers import DialogueStateTracker

    processor = Agent.load(str(model)).processor
    if processor is None:
        raise SystemExit(f"{model}: Rasa loaded no model")

    def understand(text: str) -> Any:
        message = UserMessage(text)
        tracker = DialogueStateTracker.from_events(message.sender_id, [])
        return processor._parse_message_with_graph(message, tracker)

    return understand


def time_each(understand: Callable[[str], Any], texts: Sequence[str]) -> List[float]:
    """Milliseconds of each text, after a few that are not counted."""
    for text in texts[:WARM_UP]:
        understand(text)
    times: List[float] = []
    for text in texts:
        started = time.perf_counter()
        understand(text)
        times.append((time.perf_counter() - started) * 1000)
    return times


def main() -> None:
    """Measure one system."""
    system, model, messages = sys.argv[1:]
    load = {"ours": load_ours, "stock": load_stock}[system]
    times = time_each(load(Path(model)), json.loads(Path(messages).read_text("utf-8")))
    print(json.dumps({"milliseconds": times}))


if __name__ == "__main__":
    main()
