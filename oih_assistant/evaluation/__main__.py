"""`make evaluate SET=...`: measure understanding on a set, through the whole trained pipeline as it is served."""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any, Dict, List, Sequence

from oih_assistant.content.loader import cached_content
from oih_assistant.content.models import Contract
from oih_assistant.conversation import clean_text
from oih_assistant.errors import AssistantError
from oih_assistant.evaluation.measures import Outcome, format_table, measure
from oih_assistant.evaluation.served import load_served_agent
from oih_assistant.evaluation.sets import Entry, load_set
from oih_assistant.rasa_library import understand


def understand_all(agent: Any, entries: Sequence[Entry], contract: Contract) -> List[Outcome]:
    """Understand every message by itself, one at a time."""
    outcomes: List[Outcome] = []
    for entry in entries:
        started = time.perf_counter()
        verdict: Dict[str, Any] = understand(agent, clean_text(entry.text), contract).get("verdict") or {}
        elapsed = (time.perf_counter() - started) * 1000
        outcomes.append(
            Outcome(
                entry,
                verdict.get("topic"),
                verdict.get("decision", "ask_back"),
                float(verdict.get("confidence", 0.0)),
                tuple(verdict.get("offered") or ()),
                elapsed,
            )
        )
    return outcomes


def as_json_line(outcome: Outcome) -> str:
    """One entry's outcome for --out."""
    return json.dumps(
        {
            "text": outcome.entry.text,
            "topic": outcome.entry.topic,
            "also": list(outcome.entry.also),
            "got": outcome.topic,
            "decision": outcome.decision,
            "confidence": outcome.confidence,
            "offered": list(outcome.offered),
            "correct": outcome.correct,
            "milliseconds": round(outcome.milliseconds, 2),
        },
        ensure_ascii=False,
    )


def main() -> int:
    """Measure a set. Returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m oih_assistant.evaluation", description=__doc__)
    parser.add_argument("set", type=Path, help="YAML list of {text, topic, also}")
    parser.add_argument("--out", type=Path, help="write every entry's outcome here, as JSON lines")
    arguments = parser.parse_args()
    try:
        content = cached_content()
        entries = load_set(arguments.set, content.contract)
        agent = load_served_agent(content)
    except AssistantError as error:
        print(f"nothing was measured:\n{error}", file=sys.stderr)
        return 1
    outcomes = understand_all(agent, entries, content.contract)
    if arguments.out:
        arguments.out.write_text("".join(as_json_line(outcome) + "\n" for outcome in outcomes), encoding="utf-8")
    measures = measure(outcomes, content.contract)
    print("\n".join(format_table(measures)))
    print(json.dumps(measures, ensure_ascii=False))
    return 0


if __name__ == "__main__":
    sys.exit(main())
