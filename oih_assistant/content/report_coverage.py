"""The picture at the top of the review page: how much is written, reviewed, and how well it is supported."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from oih_assistant.content.findings import Finding
from oih_assistant.content.models import Audience, Kind, Strength, Topic
from oih_assistant.content.report_html import Html, el, join
from oih_assistant.content.texts import ContentFolder, shown_texts, topic_file

WIDTH = 720
BAR = 18
KIND_NAMES = {Kind.CURATED: "articles", Kind.SAFETY: "safety replies", Kind.DIALOGUE: "dialogue replies"}
SERVICE = "about the assistant"
STRENGTH_CLASSES = {strength.value: f"s-{strength.value.split()[0]}" for strength in Strength}
TILE, TILES_IN_A_ROW = 16, 32


def is_reviewed(topic: Topic) -> bool:
    """Whether a clinician has signed the topic."""
    return topic.clinical_review != "pending"


def stacked_bar(title: str, parts: Sequence[tuple[str, int, str]]) -> Html:
    """A bar of `(name, count, class)` parts, with its legend in words."""
    total = sum(count for _, count, _ in parts) or 1
    shapes: list[Html] = []
    x = 0.0
    for name, count, colour in parts:
        width = WIDTH * count / total
        if count:
            hint = el("title", f"{name}: {count}")
            shape = {"x": f"{x:.1f}", "y": "0", "width": f"{max(width - 1.5, 1):.1f}", "height": f"{BAR}", "rx": "2"}
            shapes.append(el("rect", hint, class_=colour, **shape))
        x += width
    words = ", ".join(f"{count} {name}" for name, count, _ in parts)
    picture = el("svg", *shapes, viewBox=f"0 0 {WIDTH} {BAR}", role="img", aria_label=f"{title}: {words}")
    legend = join(
        el("li", el("i", class_=colour), el("b", str(count)), f" {name}") for name, count, colour in parts if count
    )
    return el("figure", el("figcaption", title), picture, el("ul", legend, class_="legend"))


def strength_bar(folder: ContentFolder, audience: Audience) -> Html:
    """How well the statement groups of one wording are supported."""
    counts: Counter[str] = Counter()
    for shown in shown_texts(folder.content):
        if shown.audience is audience:
            counts.update(group.strength.value if group.strength else SERVICE for group in shown.groups)
    parts = [(name, counts[name], colour) for name, colour in STRENGTH_CLASSES.items()]
    parts.append((SERVICE, counts[SERVICE], "s-service"))
    return stacked_bar(f"Statement groups in the {audience.value} wording, by strength of evidence", parts)


def grade_histogram(grades: Sequence[float], limit: float) -> Html:
    """How hard the graded articles are, a column a school grade."""
    columns = Counter(max(0, int(grade)) for grade in grades)
    last = max([*columns, int(limit)])
    step, height = WIDTH / (last + 1), 64
    tallest = max(columns.values(), default=1)
    shapes: list[Html] = []
    for grade in range(last + 1):
        count = columns[grade]
        tall = (height - 16) * count / tallest
        x, y = grade * step, height - tall
        shapes.append(
            el(
                "rect",
                el("title", f"grade {grade} to {grade + 1}: {count}"),
                class_="g-over" if grade >= limit else "g",
                x=f"{x + 2:.1f}",
                y=f"{y:.1f}",
                width=f"{step - 4:.1f}",
                height=f"{tall:.1f}",
            )
        )
        if count:
            shapes.append(el("text", str(count), x=f"{x + step / 2:.1f}", y=f"{y - 3:.1f}", text_anchor="middle"))
        anchor = "middle" if grade else "start"
        shapes.append(el("text", str(grade), x=f"{x:.1f}", y=f"{height + 14}", text_anchor=anchor))
    edge = f"{limit * step:.1f}"
    shapes.append(el("line", x1=edge, x2=edge, y1="0", y2=f"{height}", class_="limit"))
    label = f"School grade of the short and simpler patient texts (at most {limit:g}, the dashed line)"
    box = f"0 0 {WIDTH} {height + 18}"
    return el("figure", el("figcaption", label), el("svg", *shapes, viewBox=box, role="img", aria_label=label))


def topic_tiles(folder: ContentFolder, findings: Sequence[Finding]) -> Html:
    """One square a topic, a link to it: filled once reviewed, framed where the checks found something."""
    found = {finding.file for finding in findings}
    shapes: list[Html] = []
    for number, (name, topic) in enumerate(folder.content.topics.items()):
        row, column = divmod(number, TILES_IN_A_ROW)
        kind = folder.content.contract.kind_of(name)
        classes = ["tile", f"k-{kind.value}" if kind else "", "done" if is_reviewed(topic) else "open"]
        if topic_file(folder.content, name) in found:
            classes.append("found")
        step = WIDTH / TILES_IN_A_ROW
        square = el(
            "rect",
            el("title", topic.title),
            class_=" ".join(classes),
            x=f"{column * step + 2:.1f}",
            y=f"{row * (TILE + 5) + 2}",
            width=f"{step - 5:.1f}",
            height=f"{TILE}",
            rx="2",
        )
        shapes.append(el("a", square, href=f"#topic-{name}"))
    rows = -(-len(shapes) // TILES_IN_A_ROW)
    label = "Every topic; filled once reviewed, framed where the checks found something"
    box = f"0 0 {WIDTH} {rows * (TILE + 5) + 4}"
    return el("figure", el("figcaption", label), el("svg", *shapes, viewBox=box, role="img", aria_label=label))


def coverage(folder: ContentFolder, findings: Sequence[Finding], grades: Mapping[tuple[str, str], float]) -> Html:
    """The whole picture.

    Args:
        folder: the content.
        findings: what the checks found.
        grades: the grade of each patient text, by topic and form.
    """
    topics = folder.content.topics
    kinds = Counter(folder.content.contract.kind_of(name) for name in topics)
    reviewed = sum(map(is_reviewed, topics.values()))
    articles = [grade for (name, form), grade in grades.items() if name in folder.content.articles and form != "longer"]
    missing = len(folder.content.contract.ids) - len(topics)
    return join(
        [
            stacked_bar(
                "Topics by kind",
                [
                    *((name, kinds[kind], f"k-{kind.value}") for kind, name in KIND_NAMES.items()),
                    ("not written", missing, "k-missing"),
                ],
            ),
            stacked_bar(
                "Clinical review",
                [("reviewed by a clinician", reviewed, "r-done"), ("pending", len(topics) - reviewed, "r-open")],
            ),
            strength_bar(folder, Audience.PATIENT),
            strength_bar(folder, Audience.CLINICIAN),
            grade_histogram(articles, folder.wording.limits.grade_each),
            topic_tiles(folder, findings),
        ]
    )
