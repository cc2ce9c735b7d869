"""The public benchmarks: files are refused clearly, and the shares and thresholds are right."""

from __future__ import annotations

import json
import sys

import numpy as np
import pytest

from bench import public_sets
from bench.public_files import CLINC150_SPLITS, Queries, load_banking77, load_clinc150
from oih_assistant.errors import EvaluationSetError
from oih_assistant.nlu.encoder import DIMENSIONS


def clinc150(**changed):
    """A file in the form of CLINC150, some splits replaced."""
    splits = {name: [["play a song", "oos" if name.startswith("oos") else "play_music"]] for name in CLINC150_SPLITS}
    return {**splits, **changed}


@pytest.fixture
def write(tmp_path):
    """Writes a file and returns its path."""

    def write_file(content, name="file"):
        path = tmp_path / name
        path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
        return path

    return write_file


def test_load_clinc150_reads_all_splits(write):
    splits = load_clinc150(write(clinc150()))
    assert set(splits) == set(CLINC150_SPLITS)
    assert splits["train"] + splits["oos_train"] == Queries(("play a song",) * 2, ("play_music", "oos"))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("text,category\n", ":1: is not JSON"),
        ([], "a list found; an object with the lists train, val, test"),
        ({"train": [["a", "b"]]}, "no list 'val' found"),
        (clinc150(oos_test=[]), "no list 'oos_test' found"),
        (clinc150(test=[["a", "b"], ["a"]]), r"test\[1\] is \['a'\]; a pair \[text, label\] is allowed"),
        (clinc150(val=[["a", 3]]), r"val\[0\] is \['a', 3\]"),
    ],
)
def test_load_clinc150_refuses_another_file(write, content, said):
    with pytest.raises(EvaluationSetError, match=said):
        load_clinc150(write(content))


def test_load_banking77_reads_quoted_commas(write):
    path = write('text,category\n"Hi, is it lost?",lost_card\nWhere is it?,card_arrival\n')
    assert load_banking77(path) == Queries(("Hi, is it lost?", "Where is it?"), ("lost_card", "card_arrival"))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", ":1: columns None found"),
        ("query,label\na,b\n", r":1: columns \['query', 'label'\] found; \['text', 'category'\] is allowed"),
        ("text,category\na,b\nc\n", ":3: .* a text and a category are allowed"),
        ("text,category\n,b\n", ":2: "),
        ("text,category\n", ":2: no queries found"),
    ],
)
def test_load_banking77_refuses_another_file(write, content, said):
    with pytest.raises(EvaluationSetError, match=said):
        load_banking77(write(content))


@pytest.mark.parametrize("load", [load_clinc150, load_banking77])
def test_loaders_refuse_a_missing_file(tmp_path, load):
    with pytest.raises(EvaluationSetError, match="cannot be read: No such file"):
        load(tmp_path / "none")


def test_main_refuses_a_wrong_folder_before_it_measures(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["public_sets", str(tmp_path)])
    assert public_sets.main() == 1
    assert "nothing was measured" in capsys.readouterr().err


def test_share_is_in_percent():
    assert public_sets.share(["a", "b", "c"], ["a", "b", "b"]) == 66.67


def test_choose_threshold_takes_what_is_right_most_often():
    prediction = public_sets.Prediction(np.array(["a", "b", "a", "b"]), np.array([0.9, 0.6, 0.5, 0.2]))
    chosen = public_sets.choose_threshold(prediction, ["a", "b", "oos", "oos"])
    assert 0.5 < chosen <= 0.6
    assert prediction.with_threshold(chosen).tolist() == ["a", "b", "oos", "oos"]


def test_encodings_encode_each_text_once_in_batches():
    batches = []

    class Encoder:
        def encode(self, texts):
            batches.append(list(texts))
            return np.array([[len(text)] * DIMENSIONS for text in texts], dtype=np.float32)

    encodings = public_sets.Encodings(Encoder())
    assert encodings.encode(["a", "bb", "a", "ccc"], batch=2)[:, 0].tolist() == [1, 2, 1, 3]
    assert encodings.encode(["bb"]).shape == (1, DIMENSIONS)
    assert batches == [["a", "bb"], ["ccc"]]


def test_trained_learns_from_words_and_from_encodings_alone():
    class Encoder:
        def encode(self, texts):
            vectors = np.zeros((len(texts), DIMENSIONS), dtype=np.float32)
            vectors[range(len(texts)), [int("card" in text) for text in texts]] = 1
            return vectors

    train = Queries(
        ("my card is lost", "where is the card", "a new card", "play a song", "some music", "a loud song"),
        ("card",) * 3 + ("music",) * 3,
    )
    encodings = public_sets.Encodings(Encoder())
    for words in (True, False):
        model = public_sets.Trained(train, encodings, words=words)
        assert model.predict(["lost card", "the song"]).labels.tolist() == ["card", "music"]
    assert model.count == 6


def test_format_table_shows_the_published_numbers_beside_ours():
    measured = {"BANKING77, full": {"accuracy": 94.0, "encoder_alone_accuracy": 92.0, "train_n": 9, "train_seconds": 1}}
    lines = public_sets.format_table(measured)
    assert [line.split() for line in lines[1:]] == [
        ["this", "project", "94.00"],
        ["its", "encoder", "alone", "92.00"],
        ["BERT", "tuned", "93.66"],
        ["USE+ConveRT", "93.36"],
    ]
