"""The report: its numbers are right, nothing in it can become markup, and it loads nothing."""

from __future__ import annotations

import random
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from oih_assistant.content.report_html import Html, el
from oih_assistant.evaluation import charts, report_sections
from oih_assistant.evaluation.breakdown import (
    ASKED_BACK,
    RIGHT,
    Judged,
    by_topic,
    calibration_error,
    group_matrix,
    reliability,
    topic_groups,
    worst_pairs,
)
from oih_assistant.evaluation.learning import take_share
from oih_assistant.evaluation.page import Number, Words, page, row, table
from oih_assistant.evaluation.report import build_report
from oih_assistant.nlu.gate import Thresholds

ATTACK = '<script>alert("1")</script><img src=http://example.org/x onerror=alert(1)>'


class Tags(HTMLParser):
    """Collects tags with their attributes, and checks that what is opened is closed."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in ("meta", "input", "br", "wbr"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def parsed(html: str) -> Tags:
    tags = Tags()
    tags.feed(html)
    assert tags.open == []
    return tags


@pytest.fixture
def judged(understood, contract):
    """Builds a judged message: wanted, confidences, and what was served (None: asked back)."""

    def make(wanted, confidences, served=None, name="patients", **more):
        item = understood(wanted, confidences, served=served, **more)
        return Judged(name, item, item.as_served(contract))

    return make


@pytest.fixture
def sample(judged):
    """Five messages of two topics, and one out of scope."""
    return [
        judged("tolerance", {"tolerance": 0.9}, "tolerance"),
        judged("tolerance", {"oih_definition": 0.8}, "oih_definition"),
        judged("tolerance", {"oih_definition": 0.3}, None),
        judged("oih_definition", {"tolerance": 0.7}, "tolerance"),
        judged("oih_definition", {"overdose": 0.6}, "overdose"),
        judged("out_of_scope", {"tolerance": 0.5}, "tolerance"),
    ]


def test_reliability_and_calibration_error_by_hand(judged):
    bins = reliability(
        [
            judged("tolerance", {"tolerance": 0.92}),
            judged("tolerance", {"tolerance": 0.98}),
            judged("tolerance", {"tolerance": 1.0}),
            judged("tolerance", {"oih_definition": 0.90, "tolerance": 0.05}),
            judged("tolerance", {"oih_definition": 0.31}),
        ]
    )
    # From 0.9: four messages, mean confidence 0.95, three right. From 0.3: one, 0.31, none right.
    assert [(item.low, item.n, item.accuracy) for item in bins] == [(0.3, 1, 0.0), (0.9, 4, 0.75)]
    assert bins[1].confidence == pytest.approx(0.95)
    assert calibration_error(bins) == pytest.approx((1 * 0.31 + 4 * 0.20) / 5)


def test_calibration_error_is_zero_when_confidence_is_what_it_says(judged):
    items = [judged("tolerance", {"tolerance": 0.5}), judged("tolerance", {"oih_definition": 0.5})]
    assert calibration_error(reliability(items)) == 0.0
    assert calibration_error([]) == 0.0


def test_by_topic_counts_and_puts_the_worst_first(sample):
    rows = by_topic(sample)
    assert [row.topic for row in rows] == ["oih_definition", "out_of_scope", "tolerance"]
    assert (rows[2].n, rows[2].correct, rows[2].asked_back, rows[2].wrong) == (3, 1, 1, 1)
    assert rows[0].taken_for == (("tolerance", 1), ("overdose", 1))


def test_worst_pairs_count_answered_and_asked_apart(sample):
    pairs = worst_pairs(sample)
    first = pairs[0]
    assert (first.expected, first.got, first.answered, first.asked) == ("tolerance", "oih_definition", 1, 1)
    assert len(pairs) == 4
    assert len(worst_pairs(sample, count=2)) == 2


def test_group_matrix_keeps_faults_within_a_group_visible(sample, contract, tmp_path):
    matrix = group_matrix(sample, topic_groups(contract, tmp_path / "none.yml"))
    assert matrix["curated"] == {RIGHT: 1, "curated": 2, ASKED_BACK: 1, "safety: emergency": 1}
    assert matrix["out of scope"] == {"curated": 1}


def test_topic_groups_are_the_headings_of_the_contract(contract, tmp_path):
    path = tmp_path / "topics.yml"
    path.write_text(
        "curated_topics:\n  # --- the thing\n  oih_definition: a\n  # --- telling it apart\n  tolerance: b\n"
    )
    groups = topic_groups(contract, path)
    assert (groups["oih_definition"], groups["tolerance"]) == ("the thing", "telling it apart")
    assert (groups["pregnancy"], groups["greet"], groups["out_of_scope"]) == (
        "safety: urgent",
        "dialogue",
        "out of scope",
    )


def test_fault_names_what_went_wrong(sample, judged):
    assert [item.fault for item in sample] == [None, "wrong", "asked back", "wrong", "wrong", "answered"]
    assert judged("out_of_scope", {"tolerance": 0.3}).fault is None


def test_build_report_escapes_messages_phrasings_and_names(understood, contract):
    item = understood(
        "tolerance", {"oih_definition": 0.9}, text=ATTACK, audience=ATTACK, served="oih_definition",
        nearest=((ATTACK, 0.9),),
    )  # fmt: skip
    other = understood("tolerance", {"tolerance": 0.9}, served="tolerance")
    html = build_report({ATTACK: [item, other]}, contract, {ATTACK: ATTACK}, Thresholds())
    tags = parsed(html)
    assert [name for name, _ in tags.tags].count("script") == 1
    assert "img" not in {name for name, _ in tags.tags}
    assert "&lt;script&gt;alert" in html


def test_build_report_loads_nothing_from_outside(understood, contract):
    items = [
        understood("tolerance", {"tolerance": 0.9}, served="tolerance"),
        understood("out_of_scope", {"tolerance": 0.2}),
    ]
    html = build_report({"patients": items}, contract, {}, Thresholds())
    tags = parsed(html)
    assert not {name for name, _ in tags.tags} & {"link", "img", "iframe", "object", "base", "image", "use"}
    assert not any(key in ("src", "srcset", "xlink:href", "style") for _, attributes in tags.tags for key in attributes)
    assert all(attributes["href"].startswith("#") for _, attributes in tags.tags if "href" in attributes)
    assert not re.search(r"https?://|@import|url\(", html)
    assert "default-src 'none'" in html


def test_build_report_has_every_section_and_the_learning_curve_when_measured(understood, contract):
    items = [understood("tolerance", {"tolerance": 0.9}, served="tolerance")]
    without = build_report({"patients": items}, contract, {}, Thresholds())
    assert "Add --learning-curve" in without
    learned = [{"share": 0.5, "n": 10, "patients": 0.71}, {"share": 1.0, "n": 20, "patients": 0.82}]
    html = build_report({"patients": items}, contract, {}, Thresholds(), learned)
    assert "0.710" in html
    assert "0.820" in html
    ids = [attributes["id"] for name, attributes in parsed(html).tags if name == "section"]
    assert ids == ["headline", "topics", "confusions", "calibration", "thresholds", "learning", "errors"]


def test_headline_splits_audiences_and_marks_missed_targets(judged, contract):
    items = [
        judged("tolerance", {"tolerance": 0.9}, "tolerance"),
        judged("tolerance", {"oih_definition": 0.9}, "oih_definition", audience="clinician"),
    ]
    html = report_sections.headline(items, contract)
    assert [word in html for word in ("patient", "clinician")] == [True, True]
    # 0.500 correct misses 0.90, 0.500 wrong misses 0.06; neither is marked again on the audiences' rows.
    assert html.count('class="number miss"') == 2


def test_faults_show_the_nearest_phrasings_with_their_topics(judged):
    item = judged("tolerance", {"oih_definition": 0.9}, "oih_definition", nearest=(("what is it", 0.83),))
    html = report_sections.faults([item], {"what is it": "oih_definition"})
    assert "what is it <code>oih_<wbr>definition</code> 0.83" in html
    assert 'data-fault="wrong"' in html


def test_page_and_table_escape_plain_strings():
    inner = table([ATTACK, f"#{ATTACK}"], [row([ATTACK, Words(ATTACK), Number(0.5), Number(None), 7])], sortable=True)
    html = page(ATTACK, ATTACK, [("a", ATTACK, inner)])
    assert [name for name, _ in parsed(html).tags].count("script") == 1
    assert '<td class="number" data-value="0.5">0.500</td><td class="number" data-value="-1">-</td>' in html
    assert '<td class="number" data-value="7">7</td>' in html


def test_line_chart_places_points_and_escapes_its_label():
    chart = charts.line_chart(
        "a < b", [charts.Line("right & wrong", "right", [(0.0, 0.0), (1.0, 1.0)], dots=True)],
        x_label="x", ticks=(0.0, 1.0), mark=(0.9, "now"), diagonal=True,
    )  # fmt: skip
    assert isinstance(chart, Html)
    assert "<title>a &lt; b</title>" in chart
    assert "right &amp; wrong" in chart
    assert 'points="44,200 330,10"' in chart


def test_bar_list_scales_to_the_longest_bar():
    bars = charts.bar_list(
        "pairs", [("a", [("wrong", 3), ("asked", 1)], "4"), ("b", [("wrong", 2)], "2")], label_width=100
    )
    widths = [float(found) for found in re.findall(r'<rect x="[\d.]+" y="[\d.]+" width="([\d.]+)"', bars)]
    assert widths == [225, 75, 150]


def test_share_bar_of_nothing_is_empty_not_an_error():
    assert 'width="0"' in charts.share_bar([("right", 0)], "nothing")


def test_take_share_is_nested_and_keeps_every_topic():
    phrasings = {"a": [f"a{number}" for number in range(8)], "b": ["b0"]}
    quarter, half, everything = (set(take_share(phrasings, share)) for share in (0.25, 0.5, 1.0))
    assert (len(quarter), len(half), len(everything)) == (3, 5, 9)
    assert quarter < half < everything
    assert ("b0", "b") in quarter
    random.seed(1)
    assert set(take_share(phrasings, 0.5)) == half


def test_judged_keeps_what_was_served_not_what_is_likeliest(judged, contract):
    item = judged("tolerance", {"oih_definition": 0.9}, None)
    assert item.outcome.asked_back
    assert item.understood.likeliest == ("oih_definition", 0.9)
    assert replace(item.understood, whole=replace(item.understood.whole, confidences={})).likeliest == ("", 0.0)


def test_el_is_what_the_report_relies_on_for_escaping():
    assert el("p", "<", class_='"') == '<p class="&quot;">&lt;</p>'
