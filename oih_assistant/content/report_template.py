"""The review page's frame: one HTML document with its style and its script inside, nothing to load."""

from __future__ import annotations

from string import Template

STYLE = """
:root { --ink:#1f2a33; --soft:#5b6a76; --line:#dfe4e8; --paper:#fff; --ground:#f5f6f4; --accent:#2f6f73;
  --strong:#2c6e49; --limited:#4b8fa8; --animal:#c28f2c; --expert:#7d6fa3; --official:#35527a; --service:#a9b3ba; }
* { box-sizing:border-box; }
html { scroll-padding-top:5.5rem; }
body { margin:0; color:var(--ink); background:var(--ground);
  font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif; }
a { color:var(--accent); }
code { font:.82em ui-monospace,SFMono-Regular,Menlo,Consolas,monospace; color:var(--soft); overflow-wrap:anywhere; }
header, main { max-width:1240px; margin:0 auto; padding:0 1.5rem; }
header { padding-top:2rem; }
h1 { font-size:1.7rem; margin:0 0 .25rem; font-weight:650; }
h2 { font-size:1.25rem; margin:0 0 .4rem; line-height:1.3; font-weight:650; }
h2 code { font-weight:400; margin-left:.35rem; }
h3 { font-size:.95rem; margin:0; color:var(--accent); font-weight:650; border-bottom:2px solid var(--line); }
h4 { font-size:.8rem; margin:1.1rem 0 .35rem; color:var(--soft); font-weight:650; letter-spacing:.02em; }
.lead { color:var(--soft); max-width:46rem; margin:.25rem 0 1rem; }
.panel, .topic { background:var(--paper); border:1px solid var(--line); border-radius:8px; padding:1.25rem 1.5rem;
  margin:0 0 1.25rem; }
.numbers { display:flex; flex-wrap:wrap; gap:.5rem 1.9rem; margin:0 0 1rem; padding:0; list-style:none; }
.numbers b { display:block; font-size:1.4rem; line-height:1.2; font-weight:600; color:var(--ink); }
.numbers li { color:var(--soft); font-size:.85rem; }
.coverage { display:grid; grid-template-columns:repeat(auto-fit,minmax(24rem,1fr)); gap:1.1rem 2.5rem; }
figure { margin:0; }
figcaption { font-size:.85rem; color:var(--soft); margin-bottom:.35rem; }
svg { display:block; width:100%; height:auto; }
svg text { font-size:12px; fill:var(--soft); }
.legend { display:flex; flex-wrap:wrap; gap:.1rem 1.1rem; margin:.35rem 0 0; padding:0; list-style:none;
  font-size:.82rem; color:var(--soft); }
.legend b { color:var(--ink); }
.legend i { display:inline-block; width:.7em; height:.7em; border-radius:2px; margin-right:.4em; }
.s-strong { fill:var(--strong); background:var(--strong); }
.s-limited { fill:var(--limited); background:var(--limited); }
.s-animal { fill:var(--animal); background:var(--animal); } .s-expert { fill:var(--expert); background:var(--expert); }
.s-official { fill:var(--official); background:var(--official); }
.s-service { fill:var(--service); background:var(--service); }
.k-curated { fill:#2f6f73; background:#2f6f73; } .k-safety { fill:#b4523f; background:#b4523f; }
.k-dialogue { fill:#8aa0a8; background:#8aa0a8; } .k-missing { fill:#e3c7c2; background:#e3c7c2; }
.r-done { fill:#2c6e49; background:#2c6e49; } .r-open { fill:#cfc9bb; background:#cfc9bb; }
.g { fill:#9dbfc1; } .g-over { fill:#b4523f; } .limit { stroke:#b4523f; stroke-dasharray:4 3; }
.tile.open { fill-opacity:.3; } .tile.found { stroke:#b3261e; stroke-width:2; }
.tile:hover { fill-opacity:.7; }
.bar { position:sticky; top:0; z-index:2; background:var(--ground); border-bottom:1px solid var(--line); }
.bar form { max-width:1240px; margin:0 auto; padding:.6rem 1.5rem; display:flex; flex-wrap:wrap; gap:.5rem .6rem;
  align-items:end; }
.bar select { max-width:9.5rem; }
.bar label { font-size:.75rem; color:var(--soft); display:flex; flex-direction:column; }
select, input, textarea, button { font:inherit; font-size:.88rem; color:inherit; background:#fff; padding:.3rem .5rem;
  border:1px solid #b9c2c8; border-radius:5px; }
input[type=search] { width:11rem; max-width:60vw; }
button { cursor:pointer; } button:hover { background:#eef2f2; }
:focus-visible { outline:2px solid var(--accent); outline-offset:2px; }
#count { margin-left:auto; font-size:.85rem; color:var(--soft); align-self:center; }
.page { display:grid; grid-template-columns:15rem minmax(0,1fr); gap:2rem; padding-top:1.25rem; }
nav { font-size:.82rem; position:sticky; top:5rem; align-self:start; max-height:calc(100vh - 6rem); overflow:auto;
  padding-right:.5rem; }
nav h3 { margin:1rem 0 .3rem; color:var(--soft); } nav h3:first-child { margin-top:0; }
nav ul { list-style:none; margin:0; padding:0; } nav a { color:var(--ink); text-decoration:none; display:block;
  padding:.12rem 0; line-height:1.35; } nav a:hover { color:var(--accent); text-decoration:underline; }
.badges { margin:0 0 .5rem; display:flex; flex-wrap:wrap; gap:.4rem; align-items:center; }
.badge { font-size:.75rem; color:#fff; padding:.05rem .55rem; border-radius:99px; }
.badge.r-open { color:#4b4638; }
.l-emergency { background:#9c2b20; } .l-urgent { background:#b9701f; } .l-routine { background:#6d7f72; }
.meta { font-size:.8rem; color:var(--soft); margin-left:.3rem; }
.scope { font-size:.88rem; color:var(--soft); margin:0 0 1rem; max-width:60rem; }
.wordings { display:grid; grid-template-columns:1fr 1fr; column-gap:2rem; }
.cell h4 { display:flex; justify-content:space-between; gap:1rem; }
.cell .grade { font-weight:500; }
.group { margin:0 0 .75rem; padding-left:.75rem; border-left:2px solid var(--line); }
.group p { margin:0; max-width:38rem; }
.basis { font-size:.78rem; color:var(--soft); margin-top:.2rem !important; line-height:1.45; }
.basis a { color:var(--soft); text-decoration-color:#c3ccd1; } .basis a:hover { color:var(--accent); }
.basis a.unsure { color:#9c2b20; }
.strength { color:var(--ink); background:none !important; white-space:nowrap; margin-right:.35rem; }
.strength::before { content:""; display:inline-block; width:.6em; height:.6em; border-radius:50%; margin-right:.35em;
  background:var(--service); }
.strength.s-strong::before { background:var(--strong); } .strength.s-limited::before { background:var(--limited); }
.strength.s-animal::before { background:var(--animal); } .strength.s-expert::before { background:var(--expert); }
.strength.s-official::before { background:var(--official); }
.contact { background:#f3ead3; border-radius:3px; padding:0 .2em; font-size:.92em; }
table { border-collapse:collapse; width:100%; font-size:.86rem; }
th { text-align:left; font-weight:600; color:var(--soft); } th, td { padding:.3rem .8rem .3rem 0; vertical-align:top;
  border-bottom:1px solid var(--line); }
.table { overflow-x:auto; } .who { display:none; }
.related { font-size:.88rem; margin:1rem 0 .5rem; }
details { font-size:.86rem; margin:.5rem 0; } summary { cursor:pointer; color:var(--soft); }
details ul { margin:.4rem 0; }
.notes { display:grid; grid-template-columns:auto 1fr; gap:.5rem 1.2rem; margin-top:.9rem; padding-top:.8rem;
  border-top:1px dashed var(--line); }
.notes label { font-size:.78rem; color:var(--soft); display:flex; flex-direction:column; }
.notes textarea { width:100%; resize:vertical; } .sign { display:none; }
.findings { font-size:.86rem; padding-left:1.1rem; } .findings li { margin:.3rem 0; }
.error { color:#9c2b20; } .warning { color:#8a5a11; } .mend { display:block; color:var(--soft); }
.references { font-size:.85rem; padding-left:1.6rem; } .references li { margin:.45rem 0; padding-left:.3rem; }
.references li:target { background:#f3ead3; }
.references .state { color:var(--soft); } .references .unsure { color:#9c2b20; }
[hidden] { display:none !important; }
@media (max-width:960px) { .page { grid-template-columns:minmax(0,1fr); } nav { display:none; }
  .coverage { grid-template-columns:1fr; } }
@media (max-width:700px) { .wordings { grid-template-columns:minmax(0,1fr); } .wordings h3 { display:none; }
  .cell.empty { display:none; }
  .who { display:inline; } .bar { position:static; }
  .panel, .topic { padding:1rem; } .notes { grid-template-columns:1fr; } }
@media print {
  @page { margin:14mm; }
  body { background:#fff; font-size:9.5pt; line-height:1.4; }
  .bar, nav, .notes label, .no-print { display:none !important; }
  header, main { max-width:none; padding:0; } .page { display:block; }
  .topic, .panel { border:0; border-top:1px solid #999; border-radius:0; padding:.8rem 0; }
  .group, figure, tr, .references li { break-inside:avoid; } h2, h3, h4, .badges { break-after:avoid; }
  .sign { display:block; grid-column:1 / -1; margin:.8rem 0 0; }
  a { color:inherit; text-decoration:none; }
  .badge, rect, .legend i, .strength::before { print-color-adjust:exact; -webkit-print-color-adjust:exact; }
}
"""

SCRIPT = """
(function () {
  "use strict";
  var form = document.getElementById("filters");
  var topics = Array.prototype.slice.call(document.querySelectorAll(".topic"));
  var entries = {};
  document.querySelectorAll("nav a").forEach(function (a) { entries[a.getAttribute("href").slice(1)] = a.parentNode; });
  var words = topics.map(function (topic) { return topic.textContent.toLowerCase(); });

  function filter() {
    var kind = form.kind.value, level = form.level.value, review = form.review.value;
    var strength = form.strength.value, text = form.text.value.trim().toLowerCase(), shown = 0;
    topics.forEach(function (topic, index) {
      var data = topic.dataset;
      var fits = (!kind || data.kind === kind) && (!level || data.level === level) &&
        (!review || data.review === review) &&
        (!strength || data.strengths.split("|").indexOf(strength) >= 0) &&
        (!text || words[index].indexOf(text) >= 0);
      topic.hidden = !fits;
      if (entries[topic.id]) { entries[topic.id].hidden = !fits; }
      shown += fits ? 1 : 0;
    });
    document.getElementById("count").textContent = shown + " of " + topics.length + " topics";
  }

  function showTarget() {
    var target = document.getElementById(location.hash.slice(1));
    if (target && target.hidden) { form.reset(); filter(); target.scrollIntoView(); }
  }

  var store = null;
  try { store = window.localStorage; } catch (error) { store = null; }
  function keep(control, key) {
    try { if (store && store.getItem(key)) { control.value = store.getItem(key); } } catch (error) { store = null; }
    control.addEventListener("input", function () {
      try { if (store) { store.setItem(key, control.value); } } catch (error) { store = null; }
    });
  }
  document.querySelectorAll("[data-verdict]").forEach(function (c) { keep(c, "oih-verdict:" + c.dataset.verdict); });
  document.querySelectorAll("[data-note]").forEach(function (c) { keep(c, "oih-note:" + c.dataset.note); });

  function download() {
    var lines = ["Content review, " + new Date().toISOString().slice(0, 10), document.body.dataset.digest, ""];
    topics.forEach(function (topic) {
      var verdict = topic.querySelector("[data-verdict]"), note = topic.querySelector("[data-note]").value.trim();
      if (verdict.value || note) {
        lines.push(verdict.dataset.verdict + ": " + verdict.options[verdict.selectedIndex].text);
        if (note) { lines.push("  " + note.split(String.fromCharCode(10)).join(String.fromCharCode(10) + "  ")); }
      }
    });
    var link = document.createElement("a");
    var text = lines.join(String.fromCharCode(10)) + String.fromCharCode(10);
    link.href = URL.createObjectURL(new Blob([text], { type: "text/plain" }));
    link.download = "content-review.txt";
    link.click();
    URL.revokeObjectURL(link.href);
  }

  form.addEventListener("input", filter);
  form.addEventListener("reset", function () { window.setTimeout(filter, 0); });
  form.addEventListener("submit", function (event) { event.preventDefault(); });
  window.addEventListener("hashchange", showTarget);
  document.getElementById("print").addEventListener("click", function () { window.print(); });
  document.getElementById("download").addEventListener("click", download);
  filter();
  showTarget();
}());
"""

PAGE = Template(
    """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy"
  content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:">
<title>Content review</title>
<style>$style</style>
</head>
<body data-digest="content $digest">
<header>
<h1>Content review</h1>
<p class="lead">Everything the assistant can say, for the clinician who reviews it. Read both wordings of a topic side
by side, note your verdict, and send the notes or a print to the people who keep the content. A reviewed topic is signed
in its file with your name, your role and the day. Made on $today; content $digest.</p>
<div class="panel"><ul class="numbers">$numbers</ul><div class="coverage">$coverage</div></div>
</header>
<div class="bar"><form id="filters">
<label>Kind <select name="kind"><option value="">all</option>$kinds</select></label>
<label>Level <select name="level"><option value="">all</option>$levels</select></label>
<label>Review <select name="review">
<option value="">all</option><option>pending</option><option>reviewed</option></select></label>
<label>Strength <select name="strength"><option value="">any</option>$strengths</select></label>
<label>Words <input type="search" name="text" placeholder="search all texts"></label>
<button type="reset">Show all</button>
<button type="button" id="print">Print these</button>
<button type="button" id="download">Save my notes</button>
<span id="count" aria-live="polite"></span>
</form></div>
<main class="page">
<nav aria-label="Topics">$contents</nav>
<div>
$topics
$sections
</div>
</main>
<script>$script</script>
</body>
</html>
"""
)
