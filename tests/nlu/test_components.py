"""The pipeline's components, really trained by Rasa on a small set, saved, and loaded again."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import scipy.sparse

from oih_assistant.errors import ModelError
from oih_assistant.nlu import encoder as encoder_module
from oih_assistant.nlu.encoder import DIMENSIONS, EncodingCache, SentenceEncoder
from oih_assistant.nlu.topic_model import TopicModel, TopicModelConfig


@pytest.fixture(scope="module")
def sentence_encoder() -> SentenceEncoder:
    return SentenceEncoder()


def test_encoder_gives_unit_vectors(sentence_encoder: SentenceEncoder) -> None:
    vectors = sentence_encoder.encode(["opioids", "a much longer text about opioids and pain", ""])
    assert vectors.shape == (3, DIMENSIONS)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-4)


def test_encoder_puts_like_meanings_near(sentence_encoder: SentenceEncoder) -> None:
    base, like, unlike = sentence_encoder.encode(
        ["how do I come off opioids safely", "reducing opioids without risk", "bread recipe"]
    )
    assert base @ like > base @ unlike + 0.2


def test_encoder_refuses_other_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoder_module, "MODEL_SHA256", "0" * 64)
    with pytest.raises(ModelError, match="only 0000"):
        SentenceEncoder()


def test_encoding_cache_survives_damage(sentence_encoder: SentenceEncoder, tmp_path: Path) -> None:
    cache = EncodingCache(sentence_encoder, tmp_path)
    first = cache.encode(["one", "two"])
    for path in tmp_path.iterdir():
        path.write_bytes(b"damaged")
    assert np.allclose(cache.encode(["two", "one"]), first[::-1])


def test_topic_model_is_the_same_after_saving(tmp_path: Path) -> None:
    generator = np.random.default_rng(0)
    centres = generator.normal(size=(3, 12))
    labels = [name for name in ("a", "b", "c") for _ in range(20)]
    dense = np.repeat(centres, 20, axis=0) + generator.normal(size=(60, 12)) * 0.1
    dense = (dense / np.linalg.norm(dense, axis=1, keepdims=True)).astype(np.float32)
    sparse = scipy.sparse.csr_matrix(generator.random((60, 30)) * (generator.random((60, 30)) < 0.1), dtype=np.float32)
    model = TopicModel(TopicModelConfig()).fit(sparse, dense, labels)
    expected = model.probabilities(sparse, dense)
    assert np.allclose(expected.sum(axis=1), 1.0, atol=1e-4)
    assert [model.labels[index] for index in expected.argmax(axis=1)] == labels
    model.save(tmp_path)
    assert np.allclose(TopicModel.load(tmp_path).probabilities(sparse, dense), expected, atol=0.02)
