"""Rasa component, first in the pipeline: the message in one spelling, beside the message as it was written.

Later components understand the normal text; nothing that is shown or stored changes.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import Any, Dict, List, Optional

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import ENTITIES, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from spacy.tokens import Span

from oih_assistant.content.loader import cached_content
from oih_assistant.nlu.vocabulary import Vocabulary

NORMAL_TEXT = "normal_text"

WORD = re.compile(r"[a-z]+")


def normal_text(message: Message) -> str:
    """The message in one spelling; as it was written where no normalizer ran."""
    return str(message.get(NORMAL_TEXT) or message.get(TEXT) or "")


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=True)
class TextNormalizer(GraphComponent):
    """Brings names of medicines and abbreviations to one spelling, and notes which subjects are named."""

    @staticmethod
    def get_default_config() -> Dict[str, Any]:
        """Defaults."""
        return {
            # A word that occurs in so many phrasings is known, and never taken for a misspelt name.
            "known_from": 3,
        }

    def __init__(
        self,
        config: Dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        vocabulary: Optional[Vocabulary] = None,
    ) -> None:
        self._config = config
        self._model_storage = model_storage
        self._resource = resource
        self._vocabulary = vocabulary or Vocabulary({}, {}, {})

    @classmethod
    def create(
        cls,
        config: Dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> "TextNormalizer":
        """Create the component for training."""
        return cls(config, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: Dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> "TextNormalizer":
        """Load the words from the model."""
        with model_storage.read_from(resource) as folder:
            words = json.loads((folder / "vocabulary.json").read_text())
        return cls(config, model_storage, resource, Vocabulary(**words))

    def train(self, training_data: TrainingData) -> Resource:
        """Read the vocabulary, and count the words of the phrasings."""
        words = json.loads(cached_content().vocabulary.json())
        counts = Counter(
            word
            for message in training_data.training_examples
            for word in set(WORD.findall(str(message.get(TEXT)).lower()))
        )
        words["known_words"] = sorted(word for word, count in counts.items() if count >= self._config["known_from"])
        self._vocabulary = Vocabulary(**words)
        with self._model_storage.write_to(self._resource) as folder:
            (folder / "vocabulary.json").write_text(json.dumps(words))
        return self._resource

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Normalize the phrasings."""
        self.process(training_data.training_examples)
        return training_data

    def process(self, messages: List[Message]) -> List[Message]:
        """Normalize messages."""
        for message in messages:
            text = message.get(TEXT)
            if text:
                doc = self._vocabulary.find(text)
                message.set(NORMAL_TEXT, self._vocabulary.normalize(doc))
                message.set(ENTITIES, [self._entity(span) for span in doc.ents], add_to_output=True)
        return messages

    @staticmethod
    def _entity(span: Span) -> Dict[str, Any]:
        """A name as Rasa keeps entities."""
        return {
            "entity": span.label_,
            "value": span.kb_id_,
            "start": span.start_char,
            "end": span.end_char,
            "extractor": "TextNormalizer",
        }
