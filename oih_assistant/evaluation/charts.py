"""Charts as inline SVG: lines, bars, a heat map. Colours are classes, so that the page's theme decides on them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import List, Mapping, Optional, Sequence, Tuple

from oih_assistant.content.report_html import Html, el, join

Point = Tuple[float, float]


@dataclass(frozen=True)
class Line:
    """A line of a chart.

    Args:
        name: for the legend.
        style: class of the line, which gives it colour and dashes.
        points: (x, y), in the chart's units.
        dots: whether the points themselves are shown.
    """

    name: str
    style: str
    points: Sequence[Point]
    dots: bool = False


@dataclass(frozen=True)
class Frame:
    """Where the data of a line chart stand, in pixels and in the data's units; y is always a share."""

    low: float
    high: float
    width: float = 350
    height: float = 240
    left: float = 44
    bottom: float = 40
    top: float = 10
    right: float = 20

    def x(self, value: float) -> float:
        """The horizontal place of a value."""
        span = (self.high - self.low) or 1.0
        return round(self.left + (value - self.low) / span * (self.width - self.left - self.right), 1)

    def y(self, value: float) -> float:
        """The vertical place of a share."""
        return round(self.height - self.bottom - value * (self.height - self.bottom - self.top), 1)


def svg(width: float, height: float, label: str, *children: Html) -> Html:
    """A picture in its own pixels; `label` says in words what it shows."""
    return el(
        "svg",
        el("title", label),
        *children,
        viewBox=f"0 0 {width:g} {height:g}",
        width=f"{width:g}",
        height=f"{height:g}",
        role="img",
    )


def text(x: float, y: float, words: str, *, anchor: str = "start", style: Optional[str] = None) -> Html:
    """Words in a picture."""
    return el("text", words, x=f"{x:g}", y=f"{y:g}", text_anchor=anchor, class_=style)


def _line(x1: float, y1: float, x2: float, y2: float, style: str) -> Html:
    return el("line", x1=f"{x1:g}", y1=f"{y1:g}", x2=f"{x2:g}", y2=f"{y2:g}", class_=style)


def _rect(x: float, y: float, width: float, height: float, style: str, **more: Optional[str]) -> Html:
    return el("rect", x=f"{x:g}", y=f"{y:g}", width=f"{width:g}", height=f"{height:g}", class_=style, **more)


def _axes(frame: Frame, ticks: Sequence[float], x_label: str, tick_format: str) -> List[Html]:
    parts: List[Html] = []
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        parts.append(_line(frame.left, frame.y(share), frame.width - frame.right, frame.y(share), "grid"))
        parts.append(text(frame.left - 6, frame.y(share) + 4, f"{share:g}", anchor="end"))
    for tick in ticks:
        shown = format(tick, tick_format)
        parts.append(text(frame.x(tick), frame.height - frame.bottom + 17, shown, anchor="middle"))
    middle = (frame.left + frame.width - frame.right) / 2
    return [*parts, text(middle, frame.height - 6, x_label, anchor="middle")]


def line_chart(
    label: str,
    lines: Sequence[Line],
    *,
    x_label: str,
    ticks: Sequence[float],
    tick_format: str = "g",
    mark: Optional[Tuple[float, str]] = None,
    diagonal: bool = False,
) -> Html:
    """A chart of shares, with its legend.

    Args:
        label: what it shows, in words.
        lines: what is drawn.
        x_label: under the axis.
        ticks: values marked on the axis; the first and the last are its ends.
        tick_format: how they are written.
        mark: a value with its name, drawn as a vertical line.
        diagonal: whether the line y = x is drawn.
    """
    frame = Frame(ticks[0], ticks[-1])
    parts = _axes(frame, ticks, x_label, tick_format)
    if diagonal:
        parts.append(_line(frame.x(frame.low), frame.y(0), frame.x(frame.high), frame.y(1), "guide"))
    if mark:
        at = frame.x(mark[0])
        parts.append(_line(at, frame.top, at, frame.height - frame.bottom, "guide"))
        near_end = at > frame.width * 0.7
        x, anchor = (at - 4, "end") if near_end else (at + 4, "start")
        parts.append(text(x, frame.y(0.6), mark[1], anchor=anchor))  # shares mostly lie near the top or the bottom
    for line in lines:
        places = [(frame.x(x), frame.y(y)) for x, y in line.points]
        path = " ".join(f"{x:g},{y:g}" for x, y in places)
        parts.append(el("polyline", points=path, class_=f"line {line.style}"))
        if line.dots:
            parts += [el("circle", cx=f"{x:g}", cy=f"{y:g}", r="3.5", class_=f"dot {line.style}") for x, y in places]
    return join([svg(frame.width, frame.height, label, *parts), legend(lines)])


def legend(lines: Sequence[Line]) -> Html:
    """The names of lines, each with a sample."""
    items = []
    for line in lines:
        sample = svg(28, 10, "", el("polyline", points="1,5 27,5", class_=f"line {line.style}"))
        items.append(el("li", sample, line.name))
    return el("ul", *items, class_="legend")


def bar_list(label: str, rows: Sequence[Tuple[str, Sequence[Tuple[str, int]], str]], *, label_width: float) -> Html:
    """Horizontal bars of counts.

    Args:
        label: what it shows, in words.
        rows: for each bar its name, its parts as (class, count), and what is written behind it.
        label_width: space for the names, in pixels.
    """
    step, room, width = 22, 300, label_width + 480
    most = max((sum(count for _, count in parts) for _, parts, _ in rows), default=1) or 1
    drawn: List[Html] = []
    for index, (name, parts, note) in enumerate(rows):
        y, x = index * step + 4, label_width
        drawn.append(text(label_width - 8, y + 12, name, anchor="end", style="strong"))
        for style, count in parts:
            length = round(count / most * room, 1)
            drawn.append(_rect(x, y, length, 15, f"fill {style}"))
            x += length
        drawn.append(text(x + 6, y + 12, note))
    return svg(width, len(rows) * step + 6, label, *drawn)


def share_bar(parts: Sequence[Tuple[str, int]], label: str) -> Html:
    """A small bar that is divided as its counts are."""
    total, x = sum(count for _, count in parts) or 1, 0.0
    drawn: List[Html] = []
    for style, count in parts:
        length = round(120 * count / total, 2)
        drawn.append(_rect(x, 1, length, 10, f"fill {style}"))
        x += length
    return svg(120, 12, label, *drawn)


def heat_map(label: str, rows: Mapping[str, Mapping[str, int]], columns: Sequence[Tuple[str, str]]) -> Html:
    """Counts as shaded cells; the shade is the share of the row.

    Args:
        label: what it shows, in words.
        rows: by row name, counts by column name.
        columns: (name, class of its shade) in order.
    """
    cell, high, left, top = 44, 26, 262, 190
    drawn: List[Html] = []
    for index, (name, _) in enumerate(columns):
        x = left + index * cell + cell / 2 + 4
        turned = el("text", name, transform=f"translate({x:g} {top - 8}) rotate(-50)")
        drawn.append(turned)
    for number, (row, counts) in enumerate(rows.items()):
        y, total = top + number * high, sum(counts.values())
        drawn.append(text(left - 10, y + 17, f"{row} ({total})", anchor="end", style="strong"))
        for index, (column, style) in enumerate(columns):
            count = counts.get(column, 0)
            share = count / total if total else 0.0
            x = left + index * cell
            words = f"{row}: {count} of {total} {column} ({share:.1%})"
            drawn.append(_rect(x, y, cell - 2, high - 2, "empty"))
            if count:
                shade = _rect(x, y, cell - 2, high - 2, f"fill {style}", fill_opacity=f"{_shade(style, share):.2f}")
                drawn += [shade, text(x + cell / 2 - 1, y + 17, str(count), anchor="middle", style="strong")]
            drawn.append(
                el("rect", el("title", words), x=f"{x:g}", y=f"{y:g}", width="42", height="24", class_="touch")
            )
    return svg(left + len(columns) * cell + 70, top + len(rows) * high + 4, label, *drawn)


def _shade(style: str, share: float) -> float:
    """Wrong answers are few, so their shades rise sooner: a tenth of the row is already dark."""
    return min(0.85, share * 0.6) if style == "right" else min(0.85, 0.12 + share * 6)
