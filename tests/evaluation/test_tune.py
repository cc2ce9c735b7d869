"""The sweep decides again with the gate's own rules, keeps its bounds and changes no setting."""

from __future__ import annotations

import csv
from dataclasses import replace

import pytest

from oih_assistant.errors import ModelError
from oih_assistant.evaluation import tune
from oih_assistant.evaluation.confidences import Reading, count_differing
from oih_assistant.evaluation.pipeline_config import component_config
from oih_assistant.evaluation.sweep import (
    COLUMNS,
    all_curves,
    choose,
    current_thresholds,
    curve,
    measure_with,
    most_wrong,
)
from oih_assistant.nlu.gate import Thresholds, UnderstandingGate

BASE = Thresholds()


@pytest.fixture
def messages(understood):
    """50 messages: 45 that are right from 0.30 to 0.74, and 5 that are wrong at 0.30, 0.34, ..., 0.46."""
    right = [understood("tolerance", {"tolerance": (30 + index) / 100}) for index in range(45)]
    wrong = [understood("tolerance", {"oih_definition": (30 + 4 * index) / 100}) for index in range(5)]
    return right + wrong


def test_measure_with_answers_from_the_threshold_on(messages, contract):
    measures = measure_with(messages, contract, replace(BASE, answer_at=0.39))
    # From 0.39 on: 36 of the right ones, and the two wrong ones at 0.42 and 0.46.
    assert (measures["correct"], measures["wrong"], measures["asked_back"]) == (0.72, 0.04, 0.24)


def test_curve_varies_one_threshold_and_has_a_row_for_each_set(messages, contract):
    rows = curve({"patients": messages, "clinicians": messages[:45]}, contract, BASE, "answer_at", [0.2, 0.9])
    assert [(row["set"], row["threshold"], row["correct"], row["wrong"]) for row in rows] == [
        ("patients", 0.2, 0.9, 0.1),
        ("patients", 0.9, 0.0, 0.0),
        ("clinicians", 0.2, 1.0, 0.0),
        ("clinicians", 0.9, 0.0, 0.0),
    ]
    assert all(set(row) == set(COLUMNS) for row in rows)


def test_all_curves_hold_every_threshold_of_the_gate(messages, contract):
    rows = all_curves({"patients": messages[:3]}, contract, BASE, lambda _message: None)
    assert {row["varied"] for row in rows} == set(vars(BASE))


def test_choose_keeps_the_bound_and_wastes_nothing_of_it(messages, contract):
    choice = choose({"patients": messages}, contract, BASE)
    assert choice.excess == 0
    assert choice.measures["patients"]["wrong"] == 0.06 == most_wrong("patients")
    # Three of 50 may be wrong, so the one at 0.34 must not be answered; every right one from 0.35 on is.
    assert choice.thresholds.answer_at == 0.35
    assert choice.measures["patients"]["correct"] == 0.8


def test_choose_obeys_the_bound_of_every_set(messages, contract):
    sets = {"patients": messages, "clinicians": messages, "real": messages}
    choice = choose(sets, contract, BASE)
    assert all(choice.measures[name]["wrong"] <= most_wrong(name) for name in sets)
    assert choice.thresholds.answer_at == 0.35  # of the patients' set, the strictest


def test_choose_never_touches_the_emergency_thresholds(messages, contract):
    base = replace(BASE, emergency_at=0.41, ask_danger_at=0.17)
    chosen = choose({"patients": messages}, contract, base).thresholds
    assert (chosen.emergency_at, chosen.ask_danger_at) == (0.41, 0.17)
    assert chosen.urgent_at <= chosen.answer_at


def test_choose_says_when_nothing_keeps_the_bounds(understood, contract):
    hopeless = [understood("tolerance", {"overdose": 1.0}) for _ in range(4)]
    choice = choose({"patients": hopeless}, contract, BASE)
    assert choice.excess == pytest.approx(0.94)
    assert tune.advice(choice)[0].startswith("No thresholds keep wrong within its bounds (patients 0.06)")


def test_a_clear_danger_in_one_sentence_is_decided_as_it_is_served(understood, contract):
    calm = understood("overdose", {"tolerance": 0.9})
    story = replace(calm, parts=(Reading("she is blue", {"overdose": 0.8}, {}), Reading("hello", {"greet": 0.9}, {})))
    assert calm.decided(contract, BASE).topic == "tolerance"
    assert story.decided(contract, BASE).topic == "overdose"


def test_count_differing_notices_other_thresholds(understood, contract):
    item = understood("tolerance", {"tolerance": 0.5}, served="tolerance")
    assert count_differing([item], contract, BASE) == 0
    assert count_differing([item], contract, replace(BASE, answer_at=0.6)) == 1


def test_a_message_without_confidences_is_asked_back(understood, contract):
    assert understood("tolerance", {}).decided(contract, BASE).asked_back


def test_write_curves_makes_the_folder_and_leaves_absent_measures_empty(messages, contract, tmp_path):
    path = tmp_path / "understanding" / "thresholds.csv"
    tune.write_curves(curve({"patients": messages}, contract, BASE, "answer_at", [0.2]), path)
    (row,) = csv.DictReader(path.read_text().splitlines())
    assert (row["set"], row["varied"], row["threshold"], row["correct"]) == ("patients", "answer_at", "0.2", "0.9")
    assert row["oos_handled"] == ""


def test_advice_is_what_config_yml_takes(messages, contract):
    lines = tune.advice(choose({"patients": messages}, contract, BASE))
    assert lines[1] == "  - name: oih_assistant.nlu.gate.UnderstandingGate"
    assert "    answer_at: 0.35" in lines


def test_format_rows_aligns_and_marks_absent_values():
    assert tune.format_rows([{"set": "a", "correct": 0.5}], ["set"])[1].split() == ["a", "0.500"] + ["-"] * 8


def test_current_thresholds_are_those_of_config_yml():
    assert current_thresholds() == Thresholds(
        **{name: component_config(UnderstandingGate)[name] for name in vars(BASE)}
    )


@pytest.mark.parametrize(("text", "said"), [("pipeline: []\n", "does not name"), ("a: {\n", "is not valid YAML")])
def test_component_config_refuses_another_file(tmp_path, text, said):
    path = tmp_path / "config.yml"
    path.write_text(text)
    with pytest.raises(ModelError, match=said):
        component_config(UnderstandingGate, path)
