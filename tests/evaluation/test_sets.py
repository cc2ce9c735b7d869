"""A set of test messages is read whole, or refused with every problem and its line."""

from __future__ import annotations

import pytest

from oih_assistant.errors import EvaluationSetError
from oih_assistant.evaluation.confidences import load_named_sets
from oih_assistant.evaluation.sets import Entry, load_set

GOOD = '- {text: "hello", topic: greet, audience: patient}\n'


@pytest.fixture
def write(tmp_path):
    """Writes a set and returns its path."""

    def write_set(text, name="set.yml"):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8"))
        return path

    return write_set


def test_load_set_reads_topics_and_ignores_other_keys(write, contract):
    path = write(GOOD + '- text: "why does it stop working"\n  topic: tolerance\n  also: [oih_definition]\n')
    assert load_set(path, contract) == [
        Entry("hello", "greet"),
        Entry("why does it stop working", "tolerance", ("oih_definition",)),
    ]


def test_entry_right_holds_the_best_topic_first():
    assert Entry("a", "tolerance", ("greet",)).right == ("tolerance", "greet")


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        (GOOD + '- {text: "a", topic: gret}\n', 2, "topic 'gret' is not one of the contract's"),
        (GOOD + '- {text: "a", topic: greet, also: [nothing]}\n', 2, "topic 'nothing' is not one of"),
        (GOOD + '- {text: "a"}\n', 2, "topic None is not one of"),
        (GOOD + GOOD + "- {topic: greet}\n", 3, "text is missing or no text"),
        (GOOD + '- {text: "  ", topic: greet}\n', 2, "text is missing or no text"),
        (GOOD + "- {text: 12, topic: greet}\n", 2, "text is missing or no text"),
        (GOOD + '- {text: "a", topic: greet, also: tolerance}\n', 2, "also is 'tolerance'; a list of topics"),
        (GOOD + "- hello\n", 2, "a str found; {text, topic, also} is allowed"),
        ("text: a\ntopic: greet\n", 1, "a dict found; a list of messages is allowed"),
        ("", 1, "a NoneType found; a list of messages is allowed"),
        ("[]\n", 1, "no messages found; at least one is needed"),
        (GOOD + '- {text: "a", text: "b", topic: greet}\n', 2, "key 'text' stands twice"),
        (GOOD + '- {text: "a\n', 3, "is not valid YAML"),
        (GOOD.encode() + b"- {text: \xff}\n", 2, "is not UTF-8 text"),
    ],
)
def test_load_set_refuses_with_the_line(write, contract, text, line, said):
    path = write(text)
    with pytest.raises(EvaluationSetError) as refused:
        load_set(path, contract)
    assert f"{path}:{line}: " in str(refused.value)
    assert said in str(refused.value)


def test_load_set_names_every_problem_at_once(write, contract):
    with pytest.raises(EvaluationSetError) as refused:
        load_set(write("- {topic: greet}\n" + GOOD + '- {text: "a", topic: gret}\n'), contract)
    assert [line.split(":")[1] for line in str(refused.value).splitlines()] == ["1", "3"]


def test_load_set_refuses_a_missing_file(tmp_path, contract):
    with pytest.raises(EvaluationSetError, match="cannot be read: No such file"):
        load_set(tmp_path / "none.yml", contract)


def test_load_named_sets_keeps_name_and_audience(write, contract):
    (named,) = load_named_sets([write(GOOD + '- {text: "a", topic: greet}\n', "patients.yml")], contract)
    assert (named.name, named.audiences, len(named.entries)) == ("patients", ("patient", ""), 2)


def test_load_named_sets_refuses_two_sets_of_one_name(write, tmp_path, contract):
    (tmp_path / "other").mkdir()
    paths = [write(GOOD), write(GOOD, "other/set.yml")]
    with pytest.raises(EvaluationSetError, match="set: 2 sets have this file name; one is allowed"):
        load_named_sets(paths, contract)
