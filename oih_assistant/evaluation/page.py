"""The frame of the report: one HTML page with style and script inside. It loads nothing, and forbids itself to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional, Sequence, Tuple, Union

from oih_assistant.content.report_html import Html, el, join

POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
)

STYLE = """
:root { color-scheme:light dark; --ink:#1d2830; --soft:#5a6872; --line:#dde2e5; --paper:#fff; --ground:#f6f6f3;
  --link:#2b6275; --right:#2f6f9f; --wrong:#c2541b; --asked:#a9a598; --handled:#6a5a9c; }
@media (prefers-color-scheme:dark) { :root { --ink:#e4e8ea; --soft:#a1adb4; --line:#37424a; --paper:#1b2227;
  --ground:#13181c; --link:#8fc3d6; --right:#5fa5d6; --wrong:#e8834a; --asked:#7d7a70; --handled:#a797dc; } }
* { box-sizing:border-box; }
body { margin:0; color:var(--ink); background:var(--ground);
  font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif; }
header, main { max-width:1180px; margin:0 auto; padding:0 1.25rem; }
header { padding-top:2rem; } main { padding-bottom:3rem; }
h1 { font-size:1.6rem; font-weight:650; margin:0 0 .25rem; }
h2 { font-size:1.2rem; font-weight:650; margin:0 0 .35rem; }
h3 { font-size:.95rem; font-weight:650; margin:1.2rem 0 .35rem; }
p { max-width:48rem; margin:.2rem 0 .9rem; } .lead, .note { color:var(--soft); }
nav { display:flex; flex-wrap:wrap; gap:.2rem 1.1rem; margin:.8rem 0 1.4rem; font-size:.9rem; } a { color:var(--link); }
section { background:var(--paper); border:1px solid var(--line); border-radius:8px; padding:1.2rem 1.4rem;
  margin:0 0 1.1rem; scroll-margin-top:1rem; }
.scroll { overflow-x:auto; } .charts { display:flex; flex-wrap:wrap; gap:1.2rem; } figure { margin:0 0 .8rem; }
.charts figure { width:350px; }
figcaption { font-weight:600; font-size:.9rem; margin-bottom:.3rem; }
table { border-collapse:collapse; font-size:.87rem; width:100%; }
th, td { text-align:left; vertical-align:top; padding:.3rem .9rem .3rem 0; border-bottom:1px solid var(--line); }
th { color:var(--soft); font-weight:600; vertical-align:bottom; line-height:1.3; } .tag { white-space:nowrap; }
.number { text-align:right; font-variant-numeric:tabular-nums; } td.number { white-space:nowrap; }
.text { min-width:17rem; max-width:30rem; overflow-wrap:anywhere; }
tr.all td { font-weight:600; } .miss { color:var(--wrong); font-weight:600; } .miss::before { content:"\\2022\\a0"; }
th button { font:inherit; color:inherit; background:none; border:0; padding:0; cursor:pointer; }
th button:hover { color:var(--ink); text-decoration:underline; }
th[aria-sort=ascending] button::after { content:" \\25B4"; }
th[aria-sort=descending] button::after { content:" \\25BE"; }
.filters { display:flex; flex-wrap:wrap; gap:.5rem .8rem; align-items:center; margin:0 0 .8rem; }
select, input { font:inherit; font-size:.88rem; color:inherit; background:var(--paper); border:1px solid var(--soft);
  border-radius:5px; padding:.25rem .5rem; }
:focus-visible { outline:2px solid var(--link); outline-offset:2px; }
.tag.wrong, .tag.answered { color:var(--wrong); font-weight:600; }
code { font:.93em ui-monospace,SFMono-Regular,Menlo,Consolas,monospace; }
.near { min-width:16rem; margin:0; padding:0; list-style:none; color:var(--soft); } .near li { margin-bottom:.15rem; }
svg { display:block; max-width:none; }
svg text { font-size:12px; fill:var(--soft); } svg text.strong { fill:var(--ink); }
.grid { stroke:var(--line); } .guide { stroke:var(--soft); stroke-dasharray:2 4; } .empty { fill:var(--line);
  fill-opacity:.35; } .touch { fill:transparent; }
.line { fill:none; stroke-width:2.2; } .line.right, .dot.right { stroke:var(--right); }
.line.wrong, .dot.wrong { stroke:var(--wrong); } .line.asked { stroke:var(--asked); stroke-dasharray:6 3; }
.line.handled, .dot.handled { stroke:var(--handled); stroke-dasharray:2 3; } .dot { fill:var(--paper); stroke-width:2; }
.dot.handled { stroke-dasharray:none; }
.fill.right { fill:var(--right); } .fill.wrong { fill:var(--wrong); } .fill.asked { fill:var(--asked); }
.legend { display:flex; flex-wrap:wrap; gap:.1rem 1rem; list-style:none; margin:.3rem 0 0; padding:0; font-size:.83rem;
  color:var(--soft); } .legend li { display:flex; align-items:center; gap:.4rem; }
[hidden] { display:none !important; }
@media print { @page { margin:13mm; } :root { color-scheme:light; --ink:#000; --soft:#444; --line:#ccc; --paper:#fff;
  --ground:#fff; --right:#2f6f9f; --wrong:#c2541b; --asked:#a9a598; --handled:#6a5a9c; }
  body { font-size:9.5pt; } nav, .filters { display:none; } header, main { max-width:none; padding:0; }
  section { border:0; border-top:1px solid #999; border-radius:0; padding:.7rem 0; } .scroll { overflow:visible; }
  tr, figure, svg { break-inside:avoid; } h2, h3 { break-after:avoid; } svg { max-width:100%; height:auto; }
  rect { print-color-adjust:exact; -webkit-print-color-adjust:exact; } }
"""

SCRIPT = """
(function () {
  "use strict";
  function key(row, column) {
    var cell = row.cells[column], value = cell.getAttribute("data-value");
    return value === null ? cell.textContent.toLowerCase() : Number(value);
  }
  document.querySelectorAll("table.sortable th button").forEach(function (button) {
    button.addEventListener("click", function () {
      var head = button.parentNode, body = head.closest("table").tBodies[0], column = head.cellIndex;
      var down = head.getAttribute("aria-sort") === "ascending";
      Array.prototype.forEach.call(head.parentNode.cells, function (cell) { cell.removeAttribute("aria-sort"); });
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      Array.prototype.slice.call(body.rows).map(function (row, index) { return [key(row, column), index, row]; })
        .sort(function (a, b) {
          var order = a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0;
          return (down ? -order : order) || a[1] - b[1];
        }).forEach(function (item) { body.appendChild(item[2]); });
    });
  });
  var form = document.getElementById("filters");
  if (!form) { return; }
  var rows = Array.prototype.slice.call(document.querySelectorAll("#faults tbody tr"));
  var words = rows.map(function (row) { return row.textContent.toLowerCase(); });
  function filter() {
    var set = form.set.value, fault = form.fault.value, text = form.text.value.trim().toLowerCase(), shown = 0;
    rows.forEach(function (row, index) {
      row.hidden = (set && row.dataset.set !== set) || (fault && row.dataset.fault !== fault) ||
        (text && words[index].indexOf(text) < 0);
      shown += row.hidden ? 0 : 1;
    });
    document.getElementById("count").textContent = shown + " of " + rows.length;
  }
  form.addEventListener("input", filter);
  form.addEventListener("submit", function (event) { event.preventDefault(); });
  filter();
}());
"""


@dataclass(frozen=True)
class Number:
    """A number in a cell.

    Args:
        value: the number; None where there is none.
        digits: decimals that are shown.
        miss: whether it misses its target, and is marked.
    """

    value: Optional[float]
    digits: int = 3
    miss: bool = False


@dataclass(frozen=True)
class Words:
    """Words of people in a cell: the column is made wide enough to read them."""

    text: str


Cell = Union[str, Html, int, Number, Words]


def page(title: str, lead: str, sections: Sequence[Tuple[str, str, Html]]) -> str:
    """The whole page.

    Args:
        title, lead: its heading and the line below.
        sections: (id, heading, content) in order.
    """
    nav = el("nav", *(el("a", heading, href=f"#{name}") for name, heading, _ in sections))
    parts = [el("section", el("h2", heading), content, id=name) for name, heading, content in sections]
    head = join(
        [
            Html('<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'),
            Html(f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'),
            el("title", title),
            el("style", Html(STYLE)),
        ]
    )
    header = el("header", el("h1", title), el("p", lead, class_="lead"), nav)
    body = el("body", header, el("main", *parts), el("script", Html(SCRIPT)))
    return "<!DOCTYPE html>\n" + el("html", el("head", head), body, lang="en") + "\n"


def table(columns: Sequence[str], rows: Sequence[Html], *, sortable: bool = False, id_: Optional[str] = None) -> Html:
    """A table.

    Args:
        columns: their names; # before a name sets the column right, as its numbers are.
        rows: made by `row`.
        sortable: whether a click on a name sorts by that column.
        id_: the table's name in the page.
    """
    heads = []
    for column in columns:
        name = column.lstrip("#")
        label = el("button", name, type="button") if sortable else name
        heads.append(el("th", label, scope="col", class_="number" if column.startswith("#") else None))
    head, body = el("thead", el("tr", *heads)), el("tbody", *rows)
    return el("div", el("table", head, body, class_="sortable" if sortable else None, id=id_), class_="scroll")


def row(cells: Sequence[Cell], **attributes: Optional[str]) -> Html:
    """A row of a table; plain strings are escaped."""
    return el("tr", *(_cell(cell) for cell in cells), **attributes)


def _cell(cell: Cell) -> Html:
    if isinstance(cell, Words):
        return el("td", cell.text, class_="text")
    if isinstance(cell, str):
        return el("td", cell)
    number = cell if isinstance(cell, Number) else Number(cell, digits=0)
    if number.value is None:
        return el("td", "-", class_="number", data_value="-1")
    shown = f"{number.value:.{number.digits}f}"
    style = "number miss" if number.miss else "number"
    return el("td", shown, class_=style, data_value=f"{number.value:g}")


def topic_name(topic: str) -> Html:
    """A topic's id; where room is short its line is broken at an underscore."""
    return el("code", join(topic.split("_"), Html("_<wbr>")))


def figure(caption: str, picture: Html) -> Html:
    """A picture under its caption."""
    return el("figure", el("figcaption", caption), picture)
