"""`make nlu-report`: what is understood, what is confused and why, as one page that needs nothing beside itself."""

from __future__ import annotations

import argparse
import sys
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Dict, List, Mapping, Optional, Sequence, Tuple

from oih_assistant.content.loader import cached_content
from oih_assistant.content.models import Contract
from oih_assistant.content.report_html import Html
from oih_assistant.errors import AssistantError
from oih_assistant.evaluation import report_sections as sections
from oih_assistant.evaluation.breakdown import Judged, topic_groups
from oih_assistant.evaluation.confidences import Understood, load_named_sets, understand_set
from oih_assistant.evaluation.learning import learning_curve
from oih_assistant.evaluation.page import page
from oih_assistant.evaluation.served import load_served_agent
from oih_assistant.evaluation.sweep import current_thresholds, curve, steps
from oih_assistant.settings import ROOT
from oih_assistant.training import progress

if TYPE_CHECKING:
    from oih_assistant.nlu.gate import Thresholds

OUT = ROOT / "reports" / "nlu.html"
DRAWN = ("answer_at", "urgent_at", "emergency_at")


def build_report(
    sets: Mapping[str, Sequence[Understood]],
    contract: Contract,
    phrasing_topics: Mapping[str, str],
    thresholds: "Thresholds",
    learned: Optional[Sequence[Mapping[str, Any]]] = None,
) -> str:
    """The page.

    Args:
        sets: messages that were understood, by the name of their set.
        contract: kinds, levels and groups of topics.
        phrasing_topics: the topic of each training phrasing.
        thresholds: the gate's, as they are now.
        learned: rows of the learning curve, if it was measured.
    """
    judged = [Judged(name, item, item.as_served(contract)) for name, items in sets.items() for item in items]
    groups = topic_groups(contract)
    curves: List[Dict[str, Any]] = []
    for varied in DRAWN:
        progress(f"the curve of {varied}")
        curves += curve(sets, contract, thresholds, varied, steps(4, 96, 4))
    count = sum(len(items) for items in sets.values())
    lead = (
        f"{count} messages of {len(sets)} sets that the classifier was not trained on, understood one by one as they "
        f"are served; {len(phrasing_topics)} training phrasings. {date.today().isoformat()}."
    )
    parts: List[Tuple[str, str, Html]] = [
        ("headline", "In short", sections.headline(judged, contract)),
        ("topics", "By topic", sections.topics(judged, groups)),
        ("confusions", "What is taken for what", sections.confusions(judged, groups)),
        ("calibration", "Whether confidences can be believed", sections.calibration(judged)),
        ("thresholds", "What the thresholds trade", sections.thresholds(curves, asdict(thresholds))),
        ("learning", "What more phrasings bring", sections.learning(learned)),
        ("errors", "Every fault", sections.faults(judged, phrasing_topics)),
    ]
    return page("How messages are understood", lead, parts)


def main() -> int:
    """Write the report. Returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m oih_assistant.evaluation.report", description=__doc__)
    parser.add_argument("sets", type=Path, nargs="*", help="YAML lists of {text, topic, also}; all of tests/held_out")
    parser.add_argument("--out", type=Path, default=OUT, help="the page")
    parser.add_argument("--learning-curve", action="store_true", help="also train on shares of the phrasings (minutes)")
    arguments = parser.parse_args()
    try:
        content = cached_content()
        named_sets = load_named_sets(arguments.sets, content.contract)
        agent = load_served_agent(content)
        thresholds = current_thresholds()
    except AssistantError as error:
        sys.stderr.write(f"nothing was measured:\n{error}\n")
        return 1
    sets = {named.name: understand_set(agent, named, nearest=True) for named in named_sets}
    learned = learning_curve(agent, content, named_sets) if arguments.learning_curve else None
    phrasing_topics = {text: name for name, topic in content.topics.items() for text in topic.phrasings}
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    text = build_report(sets, content.contract, phrasing_topics, thresholds, learned)
    arguments.out.write_text(text, encoding="utf-8")
    progress(f"{arguments.out} written")
    return 0


if __name__ == "__main__":
    sys.exit(main())
