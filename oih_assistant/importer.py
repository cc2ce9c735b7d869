"""Content to Rasa training data: examples, intents, and the one rule that answers all curated topics.

Second place in the flow. Nothing is written to disk: Rasa asks this importer, named in config.yml, while it
trains. Files below data/content are kept out of Rasa's own file lists: they are not in its format.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Dict, List, Optional, Union

from rasa.shared.core.domain import Domain
from rasa.shared.core.training_data.story_reader.yaml_story_reader import YAMLStoryReader
from rasa.shared.core.training_data.structures import StoryGraph
from rasa.shared.importers.rasa import RasaFileImporter
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from oih_assistant.content.loader import CONTENT_DIR, cached_content
from oih_assistant.content.models import Kind
from oih_assistant.content.regions import fill_contacts

ANSWER_ACTION = "action_answer_topic"
FALLBACK_INTENT = "nlu_fallback"


class ContentImporter(RasaFileImporter):
    """Rasa's file importer for domain, rules and config, with the curated content added.

    Args:
        content_dir: the content folder; given in config.yml only where it is not data/content.
    """

    def __init__(
        self,
        config_file: Optional[str] = None,
        domain_path: Optional[str] = None,
        training_data_paths: Optional[Union[List[str], str]] = None,
        content_dir: Optional[str] = None,
    ) -> None:
        super().__init__(config_file, domain_path, training_data_paths)
        self._content_dir = Path(content_dir) if content_dir else CONTENT_DIR
        for files in ("_nlu_files", "_story_files", "_conversation_test_files"):
            setattr(self, files, [path for path in getattr(self, files) if not self._is_content(path)])

    def _is_content(self, path: str) -> bool:
        return self._content_dir.resolve() in Path(path).resolve().parents

    def get_domain(self) -> Domain:
        """domain.yml with an intent for each topic of the contract, and the text Rasa says when it has no rule."""
        content = cached_content(self._content_dir)
        failed = fill_contacts(content.messages.failed, content.regions["other"])
        added: Dict[str, Any] = {
            "intents": [{topic: {"use_entities": []}} for topic in (*content.contract.ids, FALLBACK_INTENT)],
            "responses": {"utter_default": [{"text": failed}]},
        }
        return super().get_domain().merge(Domain.from_dict(added))

    def get_nlu_data(self, language: Optional[str] = "en") -> TrainingData:
        """The phrasings of all topics as examples of their intents."""
        content = cached_content(self._content_dir)
        examples = [
            Message.build(text=phrasing, intent=name)
            for name, topic in content.topics.items()
            for phrasing in topic.phrasings
        ]
        return super().get_nlu_data(language).merge(TrainingData(training_examples=examples))

    def get_stories(self, exclusion_percentage: Optional[int] = None) -> StoryGraph:
        """The hand-written rules, and the rule that any curated topic is answered by its article."""
        content = cached_content(self._content_dir)
        curated = [topic for topic in content.contract.ids if content.contract.kind_of(topic) is Kind.CURATED]
        rule = {
            "rule": "answer a curated topic",
            "steps": [{"or": [{"intent": topic} for topic in curated]}, {"action": ANSWER_ACTION}],
        }
        reader = YAMLStoryReader(self.get_domain())
        steps = reader.read_from_parsed_yaml({"rules": [rule]})
        return super().get_stories(exclusion_percentage).merge(StoryGraph(steps))
