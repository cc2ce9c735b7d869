"""The sections of the report, each from plain results to markup; nothing here measures."""

from __future__ import annotations

from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple

from oih_assistant.content.models import Contract
from oih_assistant.content.report_html import Html, el, join
from oih_assistant.evaluation.breakdown import (
    ASKED_BACK,
    RIGHT,
    Judged,
    Pair,
    by_topic,
    calibration_error,
    group_matrix,
    reliability,
    worst_pairs,
)
from oih_assistant.evaluation.charts import Line, bar_list, heat_map, line_chart, share_bar
from oih_assistant.evaluation.measures import measure
from oih_assistant.evaluation.page import Cell, Number, Words, figure, row, table, topic_name
from oih_assistant.evaluation.sweep import MEASURES
from oih_assistant.evaluation.targets import MS_P50, OFFERED_OF_ASKED, target_of

TENTHS = tuple(step / 10 for step in range(11))
TICKS = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
ALL = "all"


def by_set(judged: Sequence[Judged]) -> Dict[str, List[Judged]]:
    """The messages of each set, in the order of the sets."""
    return {name: [item for item in judged if item.set_name == name] for name in dict((i.set_name, 0) for i in judged)}


def headline(judged: Sequence[Judged], contract: Contract) -> Html:
    """The measures by set and audience, marked where a set misses its target."""
    rows: List[Html] = []
    for name, items in by_set(judged).items():
        rows.append(_headline_row(name, ALL, items, contract))
        audiences = sorted({item.understood.audience for item in items})
        for audience in audiences if len(audiences) > 1 else ():
            part = [item for item in items if item.understood.audience == audience]
            rows.append(_headline_row(name, audience or "not said", part, contract))
    if len(by_set(judged)) > 1:
        rows.append(_headline_row("all sets", ALL, judged, contract))
    note = (
        "correct, wrong and asked back are shares of the questions in scope and make one; offered is the share that "
        "was asked back with a right topic among the choices. A dot marks what misses its target."
    )
    names = [f"#{name.replace('_', ' ')}" for name in MEASURES]
    columns = ["set", "audience", "#messages", *names, "#ms p50", "#ms p95"]
    return join([el("p", note, class_="note"), table(columns, rows)])


def _headline_row(name: str, audience: str, items: Sequence[Judged], contract: Contract) -> Html:
    measures = measure([item.outcome for item in items], contract)
    target = target_of(name)
    asked = measures["asked_back"] or 0.0
    missed = {
        "correct": (measures["correct"] or 0.0) < target.correct,
        "wrong": (measures["wrong"] or 0.0) > target.wrong,
        "offered": (measures["offered"] or 0.0) < OFFERED_OF_ASKED * asked,
        "oos_handled": measures["oos_handled"] is not None and measures["oos_handled"] < target.oos_handled,
    }
    marked = audience == ALL and name != "all sets"
    slow = marked and (measures["ms_p50"] or 0.0) > MS_P50
    shares = [Number(measures[key], miss=marked and missed.get(key, False)) for key in MEASURES]
    times = [Number(measures["ms_p50"], 1, slow), Number(measures["ms_p95"], 1)]
    return row([name, audience, len(items), *shares, *times], class_="all" if audience == ALL else None)


def topics(judged: Sequence[Judged], groups: Mapping[str, str]) -> Html:
    """Accuracy by topic, the worst first; a click on a column sorts by it."""
    rows = []
    for item in by_topic(judged):
        label = f"{item.correct} right, {item.asked_back} asked back, {item.wrong} wrong"
        bar = share_bar([("right", item.correct), ("asked", item.asked_back), ("wrong", item.wrong)], label)
        taken_for = ", ".join(f"{topic} {count}" for topic, count in item.taken_for[:4])
        shares = [Number(count / item.n) for count in (item.correct, item.asked_back, item.wrong)]
        rows.append(row([topic_name(item.topic), groups.get(item.topic, ""), item.n, *shares, bar, taken_for]))
    columns = ["topic", "group", "#messages", "#right", "#asked back", "#wrong", "share", "taken for"]
    return table(columns, rows, sortable=True)


def confusions(judged: Sequence[Judged], groups: Mapping[str, str]) -> Html:
    """The worst pairs as bars with an example each, and who is taken for whom by groups of topics."""
    pairs = worst_pairs(judged)
    bars = bar_list(
        "The pairs of topics most often confused",
        [
            (
                f"{pair.expected} > {pair.got}",
                [("wrong", pair.answered), ("asked", pair.asked)],
                _pair_note(pair),
            )
            for pair in pairs
        ],
        label_width=400,
    )
    examples = [
        row([topic_name(pair.expected), topic_name(pair.got), pair.answered, pair.asked, Words(pair.example)])
        for pair in pairs
    ]
    names = list(dict.fromkeys(groups.values()))
    columns = [(RIGHT, "right"), (ASKED_BACK, "asked"), *((name, "wrong") for name in names)]
    matrix = heat_map(
        "Groups of topics: right, asked back, or taken for another", group_matrix(judged, groups), columns
    )
    return join(
        [
            el("p", "Read: what was meant > what it was taken for. Grey: asked back instead.", class_="note"),
            el("div", bars, class_="scroll"),
            el("h3", "By group of topics"),
            el("p", "A row is what was meant, a column what came of it; a wrong topic of the same group stands under "
               "the group's own name.", class_="note"),
            el("div", matrix, class_="scroll"),
            el("h3", "One message of each pair"),
            table(["meant", "taken for", "#wrong", "#asked back", "for example"], examples),
        ]
    )  # fmt: skip


def _pair_note(pair: Pair) -> str:
    counts = ((pair.answered, "wrong"), (pair.asked, "asked back"))
    return ", ".join(f"{count} {name}" for count, name in counts if count)


def calibration(judged: Sequence[Judged]) -> Html:
    """For each set: how often the likeliest topic is right, beside the confidence it was given."""
    figures, rows = [], []
    for name, items in {**by_set(judged), "all sets": list(judged)}.items():
        bins = reliability(items)
        error = calibration_error(bins)
        points = [(item.confidence, item.accuracy) for item in bins]
        chart = line_chart(
            f"Reliability of the confidences on {name}; expected calibration error {error:.3f}",
            [Line("share that is right", "right", points, dots=True)],
            x_label="confidence of the likeliest topic", ticks=TICKS, diagonal=True,
        )  # fmt: skip
        figures.append(figure(f"{name}: expected calibration error {error:.3f}", chart))
        counts: List[Cell] = [0] * 10
        for item in bins:
            counts[round(item.low * 10)] = item.n
        rows.append(row([name, *counts]))
    columns = ["messages by confidence", *(f"#{low:.1f} to {low + 0.1:.1f}" for low in TENTHS[:-1])]
    note = (
        "On the dotted line a confidence means what it says; above it the assistant is right more often than it says."
    )
    return join([el("p", note, class_="note"), el("div", *figures, class_="charts"), table(columns, rows)])


def thresholds(rows: Sequence[Mapping[str, Any]], now: Mapping[str, float]) -> Html:
    """For each set: what the thresholds for answers and for emergencies trade."""
    drawn = {
        "answer_at": (("correct", "right"), ("wrong", "wrong"), ("asked_back", "asked"), ("oos_handled", "handled")),
        "urgent_at": (("urgent_caught", "right"), ("false_urgent", "wrong"), ("correct", "handled")),
        "emergency_at": (("emergency_caught", "right"), ("false_emergency", "wrong"), ("asked_back", "asked")),
    }
    parts = []
    for varied, lines in drawn.items():
        figures = []
        for name in dict.fromkeys(item["set"] for item in rows):
            points = [item for item in rows if item["set"] == name and item["varied"] == varied]
            chart = line_chart(
                f"{varied} on {name}",
                [_curve_line(points, measure_name, style) for measure_name, style in lines],
                x_label=varied, ticks=TICKS, mark=(now[varied], f"now {now[varied]:g}"),
            )  # fmt: skip
            figures.append(figure(f"{name}: {varied}", chart))
        parts.append(el("div", *figures, class_="charts"))
    note = "One threshold varies, the others stay as config.yml has them. All numbers as CSV: "
    return join([el("p", note, el("code", "make tune"), class_="note"), *parts])


def _curve_line(rows: Sequence[Mapping[str, Any]], measure_name: str, style: str) -> Line:
    points = [(item["threshold"], item[measure_name]) for item in rows if item[measure_name] is not None]
    return Line(measure_name.replace("_", " "), style, points)


def learning(rows: Optional[Sequence[Mapping[str, Any]]]) -> Html:
    """Accuracy with a growing share of the phrasings; without rows, how to get it."""
    if not rows:
        return el("p", "Not measured this time: it trains four classifiers. Add --learning-curve.", class_="note")
    names = [name for name in rows[0] if name not in ("share", "n")]
    styles = ("right", "handled", "wrong", "asked")
    lines = [
        Line(name, styles[index % len(styles)], [(item["share"], item[name]) for item in rows], dots=True)
        for index, name in enumerate(names)
    ]
    chart = line_chart(
        "Accuracy by share of the phrasings", lines,
        x_label="share of the phrasings", ticks=(0.0, 0.25, 0.5, 0.75, 1.0), tick_format=".0%",
    )  # fmt: skip
    cells = [row([f"{item['share']:.0%}", item["n"], *(Number(item[name]) for name in names)]) for item in rows]
    note = "How often the likeliest topic is a right one, in scope, without the gate."
    return join(
        [
            el("p", note, class_="note"),
            figure("Learning curve", chart),
            table(["share", "#n", *(f"#{name}" for name in names)], cells),
        ]
    )


def faults(judged: Sequence[Judged], phrasing_topics: Mapping[str, str]) -> Html:
    """Every message that did not get a right answer, the surest wrong ones first, with the nearest phrasings."""
    order = {"wrong": 0, "answered": 1, ASKED_BACK: 2}
    found = sorted((item for item in judged if item.fault), key=lambda i: (order[str(i.fault)], -i.outcome.confidence))
    rows = [_fault_row(item, phrasing_topics) for item in found]
    sets = sorted({item.set_name for item in found})
    options = [el("option", "all sets", value=""), *(el("option", name, value=name) for name in sets)]
    kinds = [el("option", "all faults", value=""), *(el("option", name, value=name) for name in order)]
    form = el(
        "form",
        el("label", "Set ", el("select", *options, name="set")),
        el("label", "Fault ", el("select", *kinds, name="fault")),
        el("label", "Words or topic ", Html('<input type="search" name="text">')),
        el("span", str(len(found)), id="count", class_="note"),
        id="filters", class_="filters",
    )  # fmt: skip
    columns = ["set", "fault", "message", "meant", "got", "#confidence", "nearest phrasings"]
    return join([form, table(columns, rows, sortable=True, id_="faults")])


def _fault_row(item: Judged, phrasing_topics: Mapping[str, str]) -> Html:
    outcome = item.outcome
    meant = join([topic_name(topic) for topic in outcome.entry.right], ", ")
    got = topic_name(outcome.topic) if outcome.topic else _offer(outcome.offered, item.understood.likeliest)
    near = [
        el("li", f"{text} ", topic_name(phrasing_topics.get(text, "")), f" {similarity:.2f}")
        for text, similarity in item.understood.whole.nearest
    ]
    cells: List[Cell] = [
        item.set_name,
        el("span", item.fault, class_=f"tag {item.fault}"),
        Words(outcome.entry.text),
        meant,
        got,
    ]
    return row(
        [*cells, Number(outcome.confidence), el("ul", *near, class_="near")],
        data_set=item.set_name,
        data_fault=item.fault,
    )


def _offer(offered: Tuple[str, ...], likeliest: Tuple[str, float]) -> Html:
    choices = join([topic_name(topic) for topic in offered], ", ")
    return join(["offered: ", choices] if offered else ["asked; likeliest ", topic_name(likeliest[0])])
