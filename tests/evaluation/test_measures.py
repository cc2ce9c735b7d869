"""Every measure on outcomes that can be counted by hand."""

from __future__ import annotations

import pytest

from oih_assistant.evaluation.measures import format_table, measure


def test_measure_correct_wrong_and_asked_back_make_one(contract, outcome):
    measures = measure(
        [
            outcome("tolerance", "tolerance"),
            outcome("tolerance", "oih_definition"),
            outcome("tolerance", None, offered=("tolerance",)),
            outcome("tolerance", None, offered=("oih_definition",)),
            outcome("out_of_scope", "out_of_scope"),
        ],
        contract,
    )
    assert (measures["n"], measures["in_scope_n"], measures["oos_n"]) == (5, 4, 1)
    assert (measures["correct"], measures["wrong"], measures["asked_back"]) == (0.25, 0.25, 0.5)


def test_measure_counts_topics_in_also_as_correct(contract, outcome):
    measures = measure([outcome("tolerance", "oih_definition", also=("oih_definition",))], contract)
    assert (measures["correct"], measures["wrong"], measures["wrong_list"]) == (1.0, 0.0, [])


def test_measure_counts_a_declined_question_as_wrong(contract, outcome):
    measures = measure([outcome("tolerance", "out_of_scope")], contract)
    assert (measures["correct"], measures["wrong"], measures["asked_back"]) == (0.0, 1.0, 0.0)


def test_measure_offered_is_a_share_of_all_in_scope_messages(contract, outcome):
    measures = measure(
        [
            outcome("tolerance", None, offered=("oih_definition", "tolerance")),
            outcome("tolerance", None, also=("greet",), offered=("greet",)),
            outcome("tolerance", None, offered=("oih_definition",)),
            # A choice that was not needed does not count.
            outcome("tolerance", "tolerance", offered=("tolerance",)),
        ],
        contract,
    )
    assert measures["offered"] == 0.5


@pytest.mark.parametrize(
    ("got", "also", "handled"),
    [
        ("out_of_scope", (), 1.0),
        (None, (), 1.0),
        ("greet", (), 1.0),
        ("refill_or_access", (), 1.0),
        ("tolerance", ("tolerance",), 1.0),
        ("tolerance", (), 0.0),
    ],
)
def test_measure_out_of_scope_is_handled_unless_an_article_answers(contract, outcome, got, also, handled):
    measures = measure([outcome("out_of_scope", got, also=also)], contract)
    assert (measures["oos_handled"], measures["correct"], measures["in_scope_n"]) == (handled, None, 0)


def test_measure_emergencies_are_caught_only_by_emergency_topics(contract, outcome):
    measures = measure(
        [outcome("overdose", "overdose"), outcome("overdose", "pregnancy"), outcome("overdose", None)], contract
    )
    assert (measures["emergency_n"], measures["emergency_caught"]) == (3, 0.3333)


def test_measure_urgent_is_caught_by_urgent_or_emergency_topics(contract, outcome):
    measures = measure(
        [
            outcome("pregnancy", "pregnancy"),
            outcome("pregnancy", "overdose"),
            outcome("pregnancy", "refill_or_access"),
            outcome("pregnancy", None),
        ],
        contract,
    )
    assert (measures["urgent_n"], measures["urgent_caught"]) == (4, 0.5)


def test_measure_false_alarms_are_shares_of_all_messages(contract, outcome):
    measures = measure(
        [
            outcome("tolerance", "overdose"),
            outcome("tolerance", "overdose", also=("overdose",)),
            outcome("tolerance", "pregnancy"),
            outcome("overdose", "pregnancy"),
            outcome("tolerance", "tolerance"),
        ],
        contract,
    )
    # An emergency that ends as urgent is no false alarm, and what `also` allows is none either.
    assert (measures["false_emergency"], measures["false_urgent"]) == (0.2, 0.2)


def test_measure_times_are_percentiles_in_milliseconds(contract, outcome):
    outcomes = [outcome("tolerance", "tolerance", milliseconds=float(value)) for value in range(1, 102)]
    measures = measure(outcomes, contract)
    assert (measures["ms_p50"], measures["ms_p95"]) == (51.0, 96.0)


def test_measure_wrong_list_is_the_most_confident_first_and_at_most_fifty(contract, outcome):
    outcomes = [outcome("tolerance", "greet", confidence=number / 100) for number in range(60)]
    wrong = measure(outcomes, contract)["wrong_list"]
    assert len(wrong) == 50
    assert wrong[0] == {"text": "about tolerance", "expected": "tolerance", "got": "greet", "confidence": 0.59}


def test_measure_of_nothing_has_no_shares(contract):
    measures = measure([], contract)
    assert measures["n"] == 0
    assert [measures[name] for name in ("correct", "oos_handled", "emergency_caught", "ms_p50")] == [None] * 4


def test_format_table_shows_absent_shares_as_a_dash(contract, outcome):
    lines = format_table(measure([outcome("tolerance", "tolerance")], contract))
    assert lines[0].split() == ["n", "1"]
    assert next(line for line in lines if line.startswith("oos_handled")).split() == ["oos_handled", "-"]
    assert not any(line.startswith("wrong_list") for line in lines)
