"""Content to Rasa's training data."""

from __future__ import annotations

from oih_assistant.content.loader import CONTENT_DIR, cached_content
from oih_assistant.importer import ContentImporter
from oih_assistant.training import CODE, CONFIG, DATA, DOMAIN, ROOT, training_digest


def importer() -> ContentImporter:
    return ContentImporter(str(CONFIG), str(DOMAIN), [str(DATA)])


def test_importer_gives_an_intent_for_every_topic() -> None:
    assert set(cached_content().contract.ids) <= set(importer().get_domain().intents)


def test_importer_gives_every_phrasing_with_its_topic() -> None:
    examples = {(item.get("text"), item.get("intent")) for item in importer().get_nlu_data().intent_examples}
    expected = {(text, name) for name, topic in cached_content().topics.items() for text in topic.phrasings}
    assert examples == expected


def test_importer_keeps_content_out_of_rasas_file_lists() -> None:
    made = importer()
    assert not [path for path in made._nlu_files + made._story_files if str(CONTENT_DIR) in path]


def test_every_topic_has_a_rule() -> None:
    steps = importer().get_stories().story_steps
    seen = {event.intent_name for step in steps for event in step.events if hasattr(event, "intent_name")}
    seen |= {
        item.intent_name
        for step in steps
        for event in step.events
        if isinstance(event, list)
        for item in event
        if hasattr(item, "intent_name")
    }
    assert set(cached_content().contract.ids) <= seen


def test_training_digest_covers_every_component_of_the_pipeline() -> None:
    text = CONFIG.read_text()
    modules = [
        line.split("name:")[1].strip().rsplit(".", 1)[0] for line in text.splitlines() if "oih_assistant.nlu" in line
    ]
    paths = {module.replace(".", "/") + ".py" for module in modules} - {"oih_assistant/nlu/gate.py"}
    assert paths <= set(CODE)
    assert all((ROOT / path).exists() for path in CODE)


def test_training_digest_ignores_answer_texts() -> None:
    content = cached_content()
    assert training_digest(content) == training_digest(content.copy(update={"messages": None}))
