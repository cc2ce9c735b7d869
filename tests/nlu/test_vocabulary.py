"""Names of medicines and terms in texts."""

from __future__ import annotations

import json

import pytest

from oih_assistant.content.loader import cached_content
from oih_assistant.nlu.vocabulary import Vocabulary


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    return Vocabulary(**json.loads(cached_content().vocabulary.json()))


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("been on Percocet", "been on oxycodone"),
        ("ms contin at night", "morphine at night"),
        ("what about hydrocodne", "what about hydrocodone"),
        ("methodone clinic", "methadone clinic"),
        ("dextrometorphan", "dextromethorphan"),
        ("my pt on LTOT", "my patient on long term opioid therapy"),
        ("the shortest way", "the shortest way"),
        ("in the meantime", "in the meantime"),
        ("nothing to change here", "nothing to change here"),
    ],
)
def test_normalize_brings_names_to_one_spelling(vocabulary: Vocabulary, written: str, normal: str) -> None:
    assert vocabulary.normalize(vocabulary.find(written)) == normal


def test_find_names_medicines_and_terms_where_they_stand(vocabulary: Vocabulary) -> None:
    doc = vocabulary.find("does suboxone cause hyperalgesia")
    assert [(span.label_, span.kb_id_, span.text) for span in doc.ents] == [
        ("drug", "buprenorphine", "suboxone"),
        ("term", "opioid-induced hyperalgesia", "hyperalgesia"),
    ]
