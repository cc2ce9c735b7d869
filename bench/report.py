"""What was measured, as a table for people and as one JSON object for programs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple

Measures = Mapping[str, Any]


@dataclass(frozen=True)
class Row:
    """A line of the table: the key of a measure, what it is called, its aim as the most that is allowed."""

    key: str
    label: str
    aim: Optional[float] = None


def rows(turns: int) -> Tuple[Row, ...]:
    """The lines, for a long conversation of so many turns."""
    return (
        Row("ready_s", "from start to ready, s", 10),
        Row("ready_cpu_s", "from start to ready, processor time, s"),
        Row("memory_start_mb", "memory when ready, MB", 600),
        Row("memory_load_mb", "memory after the load, MB", 600),
        Row("first_message_ms", "first message after a start, ms"),
        Row("understanding_ms", "understanding alone, median, ms"),
        Row("understanding_p95_ms", "understanding alone, 95th percentile, ms"),
        Row("one_ms", "over HTTP, 1 sender, median, ms", 20),
        Row("one_p95_ms", "over HTTP, 1 sender, 95th percentile, ms"),
        Row("one_cpu_ms", "over HTTP, 1 sender, processor time a message, ms"),
        Row("one_per_second", "over HTTP, 1 sender, messages a second"),
        Row("eight_ms", "over HTTP, 8 senders, median, ms"),
        Row("eight_p95_ms", "over HTTP, 8 senders, 95th percentile, ms"),
        Row("eight_per_second", "over HTTP, 8 senders, messages a second"),
        Row("turn_first_ms", "turn 1 of a conversation, ms"),
        Row("turn_last_ms", f"turn {turns} of a conversation, ms"),
        # "Flat", with room for what the last turns of a conversation cost more than its first.
        Row("turn_growth", f"turn {turns} as a multiple of turn 1", 1.5),
        Row("training_s", "training, nothing cached, s"),
        Row("training_warm_s", "training, phrasings already encoded, s"),
        Row("unanswered", "messages without an answer", 0),
    )


def ratio(ours: Measures, stock: Optional[Measures], key: str) -> Optional[float]:
    """Ours as a multiple of stock; None where one of them is missing or nothing."""
    mine, other = ours.get(key), (stock or {}).get(key)
    return None if mine is None or not other else round(mine / other, 3)


def check_aims(ours: Measures, lines: Sequence[Row]) -> Dict[str, Dict[str, Any]]:
    """Each aim with what was found; `met` is None where nothing was measured."""
    found = {row.key: (row.aim, ours.get(row.key)) for row in lines if row.aim is not None}
    return {
        key: {"aim": aim, "found": value, "met": None if value is None else value <= aim}
        for key, (aim, value) in found.items()
    }


def format_value(value: Optional[float]) -> str:
    """A number with as many places as its size needs; a dash for none."""
    if value is None:
        return "-"
    places = 0 if value >= 100 or value == int(value) else 1 if value >= 10 else 2
    return f"{value:.{places}f}"


def format_table(ours: Measures, stock: Optional[Measures], lines: Sequence[Row]) -> List[str]:
    """The table: ours, stock, their ratio, and whether the aim is met."""
    aims = check_aims(ours, lines)
    words = {None: "not measured", True: "met", False: "missed"}
    table = [("", "ours", "stock", "ours : stock", "aim")]
    for row in lines:
        share = ratio(ours, stock, row.key)
        aim = "" if row.aim is None else f"at most {format_value(row.aim)}: {words[aims[row.key]['met']]}"
        mine, other = format_value(ours.get(row.key)), format_value((stock or {}).get(row.key))
        table.append((row.label, mine, other, "-" if share is None else f"{share:.2f}", aim))
    widths = [max(len(line[column]) for line in table) for column in range(5)]
    return [
        "  ".join(
            [line[0].ljust(widths[0]), *(line[column].rjust(widths[column]) for column in (1, 2, 3)), line[4]]
        ).rstrip()
        for line in table
    ]
