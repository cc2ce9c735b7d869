"""`make bench`: start, memory, speed and training of the assistant, beside stock Rasa on the same content.

Both are measured one after the other in one run, by the same messages through the same client, so that their
ratio holds on any machine. Accuracy is not compared here: stock Rasa is trained for fewer epochs than its default.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import platform
import sys
import tempfile
from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence

from bench.measures import Plans, build_plans, measure_server, measure_understanding
from bench.ours import Ours
from bench.report import check_aims, format_table, ratio, rows
from bench.servers import BenchError, Processes, say
from bench.stock import Stock, write_project
from oih_assistant.content.loader import cached_content
from oih_assistant.content.models import Content
from oih_assistant.errors import AssistantError

DEFAULTS = {"epochs": 5, "starts": 3, "messages": 200, "turns": 500, "topics": None}
QUICK = {"epochs": 1, "starts": 1, "messages": 40, "turns": 40, "topics": 5}


def describe_machine() -> Dict[str, Any]:
    """Where this was measured, and how busy it was before."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    load = round(os.getloadavg()[0], 2)
    if load > cores / 4:
        say(f"the machine is busy (load {load} on {cores} cores): times will be worse than on a quiet one")
    return {
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "cores": cores,
        "load_before": load,
        "started": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
    }


def chosen_topics(content: Content, options: argparse.Namespace) -> List[str]:
    """The topics of the messages and of stock Rasa: all, or the first ones for a trial."""
    return list(content.topics)[: options.topics]


def measure_ours(processes: Processes, folder: Path, plans: Plans, options: argparse.Namespace) -> Dict[str, Any]:
    """Everything about the assistant."""
    folder.mkdir()
    system = Ours(processes, folder)
    measures: Dict[str, Any] = {}
    if options.without_training:
        system.borrow_model()
    else:
        say("ours: training twice: nothing cached, then phrasings already encoded")
        measures.update(system.train())
    measures.update(measure_server(system, processes, plans, starts=options.starts))
    measures.update(measure_understanding(system, processes, folder, plans.alone))
    return measures


def measure_stock(processes: Processes, folder: Path, plans: Plans, options: argparse.Namespace) -> Dict[str, Any]:
    """Everything about stock Rasa."""
    content = cached_content()
    topics = chosen_topics(content, options)
    write_project(folder, content, topics, epochs=options.epochs)
    system = Stock(processes, folder)
    say(f"stock: training on {len(topics)} topics, {options.epochs} epochs (the default is 100)")
    measures: Dict[str, Any] = dict(system.train())
    measures.update(measure_server(system, processes, plans, starts=options.starts))
    measures.update(measure_understanding(system, processes, folder, plans.alone))
    return measures


def _count(value: str) -> int:
    if not value.isdigit() or not 1 <= int(value) <= 5000:
        raise argparse.ArgumentTypeError(f"{value!r} found; 1 to 5000 is allowed")
    return int(value)


def parse_options(arguments: Optional[Sequence[str]] = None) -> argparse.Namespace:
    """The options; --quick sets those that are not given."""
    parser = argparse.ArgumentParser(prog="python -m bench.speed", description=__doc__)
    parser.add_argument("--without-stock", action="store_true", help="measure only the assistant")
    parser.add_argument("--without-training", action="store_true", help="take the assistant's model as it is")
    parser.add_argument(
        "--epochs", type=_count, help="of stock Rasa's DIET and TED (5: some ten minutes on 2 quiet cores)"
    )
    parser.add_argument("--starts", type=_count, help="of each server; their median is told (3)")
    parser.add_argument("--messages", type=_count, help="of 1 sender, and of 8 together (200)")
    parser.add_argument("--turns", type=_count, help="of the long conversation (500)")
    parser.add_argument("--topics", type=_count, help="of stock Rasa and of the messages; for a trial (all)")
    parser.add_argument("--quick", action="store_true", help="a trial of this program; its numbers say little")
    parser.add_argument("--out", type=Path, help="write the JSON object here too")
    options = parser.parse_args(arguments)
    options.without_training |= options.quick
    for name, value in (QUICK if options.quick else DEFAULTS).items():
        if getattr(options, name) is None:
            setattr(options, name, value)
    return options


def run(options: argparse.Namespace) -> Dict[str, Any]:
    """Measure; what one system could not be measured for stands under `problems`."""
    content = cached_content()
    topics = chosen_topics(content, options)
    plans = build_plans(content, topics, messages=options.messages, turns=options.turns)
    result: Dict[str, Any] = {
        "machine": describe_machine(),
        "content_digest": content.digest,
        "topics": len(topics),
        "phrasings": sum(len(content.topics[topic].phrasings) for topic in topics),
        "options": {name: getattr(options, name) for name in (*DEFAULTS, "quick")},
        "ours": None,
        "stock": None,
        "problems": [],
    }
    # Processes inside: they are stopped before their folder is removed.
    with tempfile.TemporaryDirectory(prefix="oih-bench-") as name, Processes() as processes:
        folder = Path(name)
        try:
            result["ours"] = measure_ours(processes, folder / "ours", plans, options)
            if not options.without_stock:
                result["stock"] = measure_stock(processes, folder / "stock", plans, options)
        except BenchError as error:
            result["problems"].append(str(error))
    lines = rows(options.turns)
    if result["ours"]:
        shares = {row.key: ratio(result["ours"], result["stock"], row.key) for row in lines}
        result["ratios"] = {key: share for key, share in shares.items() if share is not None}
        result["aims"] = check_aims(result["ours"], lines)
    return result


def format_notes(result: Dict[str, Any]) -> List[str]:
    """What a reader of the table has to know."""
    machine, options = result["machine"], result["options"]
    notes = [
        f"{machine['system']}, {machine['cores']} cores, load before {machine['load_before']}, {machine['started']}",
        f"{result['phrasings']} phrasings of {result['topics']} topics; MB are 10^6 bytes",
    ]
    if result["stock"]:
        notes.append(
            f"stock Rasa: DIET and TED trained for {options['epochs']} epochs instead of 100, so its training time is "
            "that much shorter than by default, and accuracy is not what is compared"
        )
    if options["topics"] is not None:
        notes.append(
            "a trial: messages, and stock Rasa, know only a part of the topics; its numbers are not those of a full run"
        )
    return notes


def main(arguments: Optional[Sequence[str]] = None) -> int:
    """Measure and print. Returns the exit status: 1 when something could not be measured."""
    options = parse_options(arguments)
    try:
        result = run(options)
    except AssistantError as error:
        print(f"nothing was measured:\n{error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        say("stopped; all processes it started have ended")
        return 130
    if result["ours"]:
        print("\n".join(format_table(result["ours"], result["stock"], rows(options.turns))))
    print("\n".join(["", *format_notes(result)]))
    for problem in result["problems"]:
        say(f"not measured: {problem}")
    text = json.dumps(result, ensure_ascii=False)
    if options.out:
        options.out.parent.mkdir(parents=True, exist_ok=True)
        options.out.write_text(text + "\n", encoding="utf-8")
    print(text)
    return 1 if result["problems"] else 0


if __name__ == "__main__":
    sys.exit(main())
