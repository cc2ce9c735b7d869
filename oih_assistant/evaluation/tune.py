"""`make tune`: the threshold curves on the held-out sets, and the thresholds they speak for.

Writes the curves as CSV and prints what to put into config.yml; it changes no setting itself. Six numbers are read
off some two thousand messages, none of which the classifier was trained on.
"""

from __future__ import annotations

import argparse
import csv
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Dict, List, Mapping, Sequence

from oih_assistant.content.loader import cached_content
from oih_assistant.errors import AssistantError
from oih_assistant.evaluation.confidences import Understood, count_differing, load_named_sets, understand_set
from oih_assistant.evaluation.served import load_served_agent
from oih_assistant.evaluation.sweep import (
    COLUMNS,
    MEASURES,
    Choice,
    all_curves,
    choose,
    current_thresholds,
    measure_with,
    most_wrong,
)
from oih_assistant.settings import ROOT
from oih_assistant.training import progress

if TYPE_CHECKING:
    from oih_assistant.nlu.gate import Thresholds

OUT = ROOT / "docs" / "understanding" / "thresholds.csv"
SHOWN = tuple(step / 100 for step in range(10, 91, 10))


def write_curves(rows: Sequence[Mapping[str, Any]], path: Path) -> None:
    """Write the curves as CSV; a measure that a set cannot have stays empty."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def format_rows(rows: Sequence[Mapping[str, Any]], first: Sequence[str]) -> List[str]:
    """Rows of measures as lines for people, the columns `first` before the measures."""
    columns = (*first, *MEASURES)
    cells = [[_cell(row.get(column)) for column in columns] for row in rows]
    widths = [max(len(text) for text in column) for column in zip(columns, *cells)]
    lines = [columns, *cells]
    return ["  ".join(text.rjust(width) for text, width in zip(line, widths)).rstrip() for line in lines]


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    return f"{value:.3f}" if isinstance(value, float) else str(value)


def advice(choice: Choice) -> List[str]:
    """What to put into config.yml, and how far it keeps the bounds."""
    bounds = ", ".join(f"{name} {most_wrong(name)}" for name in choice.measures)
    if choice.excess:
        lines = [f"No thresholds keep wrong within its bounds ({bounds}); these come nearest. In config.yml:"]
    else:
        lines = [f"Most correct while wrong keeps its bounds ({bounds}). In config.yml:"]
    lines.append("  - name: oih_assistant.nlu.gate.UnderstandingGate")
    return [*lines, *(f"    {name}: {value:g}" for name, value in asdict(choice.thresholds).items())]


def compare(sets: Mapping[str, Sequence[Understood]], contract: Any, base: "Thresholds", choice: Choice) -> List[str]:
    """The measures now and with the choice, as lines."""
    rows: List[Dict[str, Any]] = []
    for name, understood in sets.items():
        rows.append({"set": name, "thresholds": "now", **measure_with(understood, contract, base)})
        rows.append({"set": name, "thresholds": "chosen", **choice.measures[name]})
    return format_rows(rows, ("set", "thresholds"))


def main() -> int:
    """Sweep the thresholds. Returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m oih_assistant.evaluation.tune", description=__doc__)
    parser.add_argument("sets", type=Path, nargs="*", help="YAML lists of {text, topic, also}; all of tests/held_out")
    parser.add_argument("--out", type=Path, default=OUT, help="the curves as CSV")
    arguments = parser.parse_args()
    try:
        content = cached_content()
        named_sets = load_named_sets(arguments.sets, content.contract)
        agent = load_served_agent(content)
        base = current_thresholds()
    except AssistantError as error:
        sys.stderr.write(f"nothing was measured:\n{error}\n")
        return 1
    sets = {named.name: understand_set(agent, named) for named in named_sets}
    differing = sum(count_differing(understood, content.contract, base) for understood in sets.values())
    if differing:
        sys.stderr.write(f"{differing} messages are served otherwise than they are decided here: the model's ")
        sys.stderr.write("thresholds are not those of config.yml, or something decides beside the gate\n")
    rows = all_curves(sets, content.contract, base, progress)
    write_curves(rows, arguments.out)
    choice = choose(sets, content.contract, base, progress)
    answer_at = [row for row in rows if row["varied"] == "answer_at" and row["threshold"] in SHOWN]
    lines = format_rows(answer_at, ("set", "varied", "threshold"))
    lines += ["", *compare(sets, content.contract, base, choice), "", *advice(choice), ""]
    lines.append(f"All curves: {arguments.out}")
    sys.stdout.write("\n".join(lines) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
