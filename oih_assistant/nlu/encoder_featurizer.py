"""Rasa featurizer: the meaning of the whole message as dense sentence features."""

from __future__ import annotations

from typing import Any, Dict, List

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.featurizers.dense_featurizer.dense_featurizer import DenseFeaturizer
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, TEXT
from rasa.shared.nlu.training_data.features import Features
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from oih_assistant.nlu.encoder import EncodingCache, SentenceEncoder
from oih_assistant.nlu.text_normalizer import normal_text


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=False)
class SentenceEncoderFeaturizer(DenseFeaturizer, GraphComponent):
    """Encodes a message to 384 numbers; training phrasings are encoded once and kept in a cache."""

    @staticmethod
    def get_default_config() -> Dict[str, Any]:
        """Defaults."""
        return {
            **DenseFeaturizer.get_default_config(),
            # Folder of the cache of encoded phrasings.
            "cache_dir": ".cache",
        }

    def __init__(self, config: Dict[str, Any], name: str) -> None:
        super().__init__(name, config)
        self._encoder = SentenceEncoder()

    @classmethod
    def create(
        cls,
        config: Dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> "SentenceEncoderFeaturizer":
        """Create the component; the encoder's bytes are verified here, in training and at every load."""
        return cls(config, execution_context.node_name)

    @classmethod
    def validate_config(cls, config: Dict[str, Any]) -> None:
        """Nothing to check: a cache folder is made when it is needed."""

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Add features to the training phrasings."""
        examples = [message for message in training_data.training_examples if message.get(TEXT)]
        cache = EncodingCache(self._encoder, self._config["cache_dir"])
        vectors = cache.encode([normal_text(message) for message in examples])
        for message, vector in zip(examples, vectors):
            self._add(message, vector)
        return training_data

    def process(self, messages: List[Message]) -> List[Message]:
        """Add features to messages that are being understood."""
        for message in messages:
            if message.get(TEXT):
                self._add(message, self._encoder.encode([normal_text(message)])[0])
        return messages

    def _add(self, message: Message, vector: np.ndarray) -> None:
        message.add_features(
            Features(vector.reshape(1, -1), FEATURE_TYPE_SENTENCE, TEXT, self._config["alias"] or self._identifier)
        )
