"""Rasa classifier: the topic of a message, with calibrated confidences, from sparse and dense features."""

from __future__ import annotations

import json
from dataclasses import fields
from typing import Any, Dict, List, Optional, Tuple, Type

import numpy as np
import scipy.sparse
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.nlu.featurizers.featurizer import Featurizer
from rasa.shared.nlu.constants import INTENT, INTENT_NAME_KEY, PREDICTED_CONFIDENCE_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from oih_assistant.errors import ModelError
from oih_assistant.nlu.topic_model import TopicModel, TopicModelConfig
from oih_assistant.training import progress

RANKING = "topic_probabilities"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class LinearIntentClassifier(IntentClassifier, GraphComponent):
    """Wraps `TopicModel`; the numbers in config.yml are those of `TopicModelConfig`."""

    @classmethod
    def required_components(cls) -> List[Type]:
        """A featurizer must come before it."""
        return [Featurizer]

    @staticmethod
    def get_default_config() -> Dict[str, Any]:
        """Defaults."""
        return {item.name: item.default for item in fields(TopicModelConfig)}

    def __init__(
        self,
        config: Dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        model: Optional[TopicModel] = None,
        phrasings: Tuple[str, ...] = (),
    ) -> None:
        self._model_storage = model_storage
        self._resource = resource
        self._model = model
        self._phrasings = phrasings
        numbers = {item.name: config[item.name] for item in fields(TopicModelConfig)}
        self._config = TopicModelConfig(**numbers)

    @property
    def topics(self) -> List[str]:
        """The topics it can choose from; empty before training."""
        return list(self._model.labels) if self._model else []

    @classmethod
    def create(
        cls,
        config: Dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> "LinearIntentClassifier":
        """Create the component for training."""
        return cls(config, model_storage, resource)

    def train(self, training_data: TrainingData) -> Resource:
        """Train on all phrasings that have a topic."""
        examples = [message for message in training_data.training_examples if message.get(TEXT) and message.get(INTENT)]
        if not examples:
            raise ModelError("LinearIntentClassifier: no phrasings to train on; was the importer of config.yml found?")
        sparse, dense = _features(examples)
        topics = [message.get(INTENT) for message in examples]
        self._model = TopicModel(self._config).fit(sparse, dense, topics, progress)
        self._phrasings = tuple(message.get(TEXT) for message in examples)
        with self._model_storage.write_to(self._resource) as folder:
            self._model.save(folder)
            (folder / "phrasings.json").write_text(json.dumps(self._phrasings))
        return self._resource

    @classmethod
    def load(
        cls,
        config: Dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> "LinearIntentClassifier":
        """Load from the model; unlike Rasa's own classifiers, never come back untrained without a word."""
        with model_storage.read_from(resource) as folder:
            model = TopicModel.load(folder)
            phrasings = tuple(json.loads((folder / "phrasings.json").read_text()))
        return cls(config, model_storage, resource, model, phrasings)

    def process(self, messages: List[Message]) -> List[Message]:
        """Set the intent, Rasa's ranking, and for the gate all confidences."""
        if self._model is None:
            raise ModelError("LinearIntentClassifier: it was not trained")
        for message in messages:
            if not message.get(TEXT):
                continue
            sparse, dense = _features([message])
            confidences = self._model.probabilities(sparse, dense)[0]
            ranked = [(self._model.labels[index], float(confidences[index])) for index in np.argsort(-confidences)]
            ranking = [{INTENT_NAME_KEY: name, PREDICTED_CONFIDENCE_KEY: value} for name, value in ranked[:10]]
            message.set(INTENT, ranking[0], add_to_output=True)
            message.set("intent_ranking", ranking, add_to_output=True)
            message.set(RANKING, dict(ranked))
        return messages

    def nearest(self, vector: np.ndarray, count: int = 3) -> List[Tuple[str, float]]:
        """The phrasings nearest to an encoded message, with their cosine: for people who ask why."""
        if self._model is None:
            raise ModelError("LinearIntentClassifier: it was not trained")
        return [(self._phrasings[index], similarity) for index, similarity in self._model.nearest(vector, count)]


def _features(messages: List[Message]) -> Tuple[scipy.sparse.csr_matrix, np.ndarray]:
    """The sentence features of messages: (n, features) sparse and (n, dimensions) dense."""
    sparse_rows, dense_rows = [], []
    for message in messages:
        sparse = message.get_sparse_features(attribute=TEXT)[1]
        dense = message.get_dense_features(attribute=TEXT)[1]
        if sparse is None or dense is None:
            raise ModelError(
                "LinearIntentClassifier: a sparse and a dense featurizer are needed before it in config.yml"
            )
        sparse_rows.append(scipy.sparse.csr_matrix(sparse.features))
        dense_rows.append(np.asarray(dense.features)[0])
    return scipy.sparse.vstack(sparse_rows).tocsr(), np.array(dense_rows, dtype=np.float32)
