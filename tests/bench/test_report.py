"""The table of the benchmark, and the project that stock Rasa is trained on."""

from __future__ import annotations

import pytest
import yaml

from bench.measures import build_plans
from bench.report import check_aims, format_table, format_value, ratio, rows
from bench.stock import write_project
from oih_assistant.content.loader import cached_content

OURS = {"ready_s": 8.0, "one_ms": 25.0, "unanswered": 0}
STOCK = {"ready_s": 40.0, "one_ms": 50.0, "unanswered": 0}


def test_ratio_is_none_where_one_is_missing_or_nothing():
    assert ratio(OURS, STOCK, "ready_s") == 0.2
    assert ratio(OURS, None, "ready_s") is None
    assert ratio(OURS, STOCK, "training_s") is None
    assert ratio(OURS, STOCK, "unanswered") is None


def test_aims_are_met_missed_or_not_measured():
    aims = check_aims(OURS, rows(500))
    assert aims["ready_s"] == {"aim": 10, "found": 8.0, "met": True}
    assert aims["one_ms"]["met"] is False
    assert aims["memory_load_mb"]["met"] is None


@pytest.mark.parametrize(
    ("value", "shown"), [(None, "-"), (0, "0"), (1.234, "1.23"), (12.34, "12.3"), (1077.4, "1077"), (600, "600")]
)
def test_numbers_have_as_many_places_as_they_need(value, shown):
    assert format_value(value) == shown


def test_the_table_names_what_was_measured():
    lines = format_table(OURS, STOCK, rows(500))
    assert lines[1].split() == ["from", "start", "to", "ready,", "s", "8", "40", "0.20", "at", "most", "10:", "met"]
    assert any("turn 500 of a conversation" in line for line in lines)


def test_the_project_of_stock_rasa_holds_every_phrasing_of_its_topics(tmp_path):
    content = cached_content()
    topics = ["oih_definition", "overdose", "greet"]
    write_project(tmp_path / "stock", content, topics, epochs=1)
    read = {path.name: yaml.safe_load(path.read_text("utf-8")) for path in (tmp_path / "stock").rglob("*.yml")}
    counts = {item["intent"]: len(item["examples"].splitlines()) for item in read["nlu.yml"]["nlu"]}
    assert counts == {topic: len(content.topics[topic].phrasings) for topic in topics}
    assert all(f"utter_{topic}" in read["domain.yml"]["responses"] for topic in topics)
    assert len(read["rules.yml"]["rules"]) == len(topics) + 1
    assert "{" not in str(read["domain.yml"]["responses"]["utter_overdose"][0]["text"])


def test_the_plans_are_the_same_every_time_and_pair_first_with_last_turns():
    content = cached_content()
    topics = ["oih_definition", "tolerance"]
    plans = build_plans(content, topics, messages=40, turns=50)
    assert plans == build_plans(content, topics, messages=40, turns=50)
    assert [len(conversation) for conversation in plans.one[0]] == [10, 10, 10, 10]
    assert [sum(map(len, sender)) for sender in plans.eight] == [5] * 8
    assert len(plans.long[0][0]) == 50
    assert [conversation[0] for conversation in plans.first[0]] == plans.long[0][0][-20:]
