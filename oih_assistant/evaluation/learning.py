"""What more phrasings would bring: the classifier trained on a quarter, half, three quarters and all of them.

The project's own components do the work outside Rasa; only the share of phrasings differs. Measured is how often
the likeliest topic is a right one, which needs no thresholds and no temperature.
"""

from __future__ import annotations

import random
from dataclasses import fields, replace
from typing import Any, Dict, List, Mapping, Sequence, Tuple

import numpy as np

from oih_assistant.content.models import Content
from oih_assistant.conversation import clean_text
from oih_assistant.evaluation.confidences import NamedSet, require_component
from oih_assistant.evaluation.measures import OUT_OF_SCOPE
from oih_assistant.evaluation.pipeline_config import component_config
from oih_assistant.evaluation.sets import Entry
from oih_assistant.training import progress

SHARES = (0.25, 0.5, 0.75, 1.0)


def take_share(phrasings: Mapping[str, Sequence[str]], share: float, seed: int = 0) -> List[Tuple[str, str]]:
    """A share of each topic's phrasings, at least one, as (phrasing, topic); a smaller share is part of a larger."""
    taken: List[Tuple[str, str]] = []
    for topic, texts in phrasings.items():
        shuffled = list(texts)
        random.Random(f"{seed} {topic}").shuffle(shuffled)
        taken += [(text, topic) for text in shuffled[: max(1, round(share * len(texts)))]]
    return taken


def learning_curve(agent: Any, content: Content, named_sets: Sequence[NamedSet]) -> List[Dict[str, Any]]:
    """Train on growing shares and measure each on all sets.

    Args:
        agent: a loaded model; its normalizer brings texts to one spelling.
        content: the phrasings.
        named_sets: the messages to measure on.

    Returns:
        For each share a row: share, n (phrasings), and by the name of each set the accuracy in scope.
    """
    from oih_assistant.nlu.encoder import EncodingCache, SentenceEncoder
    from oih_assistant.nlu.encoder_featurizer import SentenceEncoderFeaturizer

    encoder = SentenceEncoder()
    cache = EncodingCache(encoder, component_config(SentenceEncoderFeaturizer)["cache_dir"])
    phrasings = {name: list(topic.phrasings) for name, topic in content.topics.items()}
    spelled = _normal_texts(agent, [text for texts in phrasings.values() for text in texts])
    vectors = dict(zip(spelled.values(), cache.encode(list(spelled.values()))))
    tested: Dict[str, Tuple[List[Entry], List[str], np.ndarray]] = {}
    for named in named_sets:
        entries = [entry for entry in named.entries if entry.topic != OUT_OF_SCOPE]
        found = _normal_texts(agent, [clean_text(entry.text) for entry in entries])
        texts = [found[clean_text(entry.text)] for entry in entries]
        tested[named.name] = (entries, texts, np.array([encoder.encode([text])[0] for text in texts]))
    rows: List[Dict[str, Any]] = []
    for share in SHARES:
        progress(f"learning curve: {share:.0%} of the phrasings")
        taken = [(spelled[text], topic) for text, topic in take_share(phrasings, share)]
        rows.append({"share": share, "n": len(taken), **_accuracies(taken, vectors, tested)})
    return rows


def _normal_texts(agent: Any, texts: Sequence[str]) -> Dict[str, str]:
    from rasa.shared.nlu.training_data.message import Message

    from oih_assistant.nlu.text_normalizer import TextNormalizer, normal_text

    messages = [Message.build(text=text) for text in texts]
    require_component(agent, TextNormalizer).process(messages)
    return {text: normal_text(message) for text, message in zip(texts, messages)}


def _accuracies(
    taken: Sequence[Tuple[str, str]],
    vectors: Mapping[str, np.ndarray],
    tested: Mapping[str, Tuple[List[Entry], List[str], np.ndarray]],
) -> Dict[str, float]:
    from oih_assistant.nlu.intent_classifier import LinearIntentClassifier
    from oih_assistant.nlu.tfidf_featurizer import TfidfFeaturizer, fit_vectorizers, sparse_features
    from oih_assistant.nlu.topic_model import TopicModel, TopicModelConfig

    numbers = component_config(LinearIntentClassifier)
    config = TopicModelConfig(**{item.name: numbers[item.name] for item in fields(TopicModelConfig)})
    texts, topics = [text for text, _ in taken], [topic for _, topic in taken]
    vectorizers = fit_vectorizers(texts, component_config(TfidfFeaturizer))
    # One fold fits no temperature: it scales confidences, and the likeliest topic stays the likeliest.
    model = TopicModel(replace(config, folds=1))
    model.fit(sparse_features(vectorizers, texts), np.array([vectors[text] for text in texts]), topics)
    accuracies: Dict[str, float] = {}
    for name, (entries, messages, encoded) in tested.items():
        best = model.probabilities(sparse_features(vectorizers, messages), encoded).argmax(axis=1)
        right = [model.labels[index] in entry.right for index, entry in zip(best, entries)]
        accuracies[name] = round(float(np.mean(right)), 4)
    return accuracies
