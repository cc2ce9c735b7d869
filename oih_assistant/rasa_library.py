"""Rasa as a library: how it is imported, loaded and checked, and what is switched off.

Everything that works around Rasa 3.6.21 stands here, each with its reason.
"""

from __future__ import annotations

import logging
import os
import warnings
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Dict, List, Optional, Sequence, Type, TypeVar

from oih_assistant.content.models import Content, Contract
from oih_assistant.errors import ModelError
from oih_assistant.nlu.parts import combine, split_parts

if TYPE_CHECKING:
    from rasa.core.agent import Agent
    from rasa.core.tracker_store import TrackerStore
    from rasa.shared.nlu.training_data.message import Message

Component = TypeVar("Component")


@lru_cache(maxsize=1)
def import_rasa() -> None:
    """Import what Rasa needs, quietly, in the order that is fast, with telemetry off."""
    os.environ["RASA_TELEMETRY_ENABLED"] = "false"
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("SQLALCHEMY_SILENCE_UBER_WARNING", "1")
    os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
    # What Rasa's dependencies say about each other helps nobody who runs this.
    warnings.filterwarnings("ignore")
    # skops walks over all imported modules: after TensorFlow that takes 8 s, before it next to nothing.
    import skops.io  # noqa: F401, I001
    import rasa.core.agent  # noqa: F401
    from rasa.utils.log_utils import configure_structlog

    warnings.filterwarnings("ignore")  # sanic adds a filter of its own while it is imported
    # Rasa's debug and info lines hold what people write.
    configure_structlog(logging.ERROR)
    logging.getLogger("rasa").setLevel(logging.ERROR)
    _cache_action_schema()


def _cache_action_schema() -> None:
    """Build the validator of action results once: Rasa checks the schema itself again at every action (40 ms)."""
    from jsonschema.validators import validator_for
    from rasa.core.actions.action import RemoteAction

    schema = RemoteAction.action_response_format_spec()
    validator = validator_for(schema)(schema)

    def validate(_self: RemoteAction, result: Dict[str, Any]) -> bool:
        validator.validate(result)
        return True

    RemoteAction._validate_action_result = validate  # type: ignore[method-assign]


def in_process_actions() -> Any:
    """An action endpoint that runs the actions here instead of asking a server."""
    from rasa.utils.endpoints import EndpointConfig
    from rasa_sdk.executor import ActionExecutor

    import actions

    executor = ActionExecutor()
    for action in actions.ACTIONS:
        executor.register_action(action)

    class InProcessActions(EndpointConfig):
        """Rasa asks an endpoint by `request(json=...)`; this one answers itself."""

        async def request(self, method: str = "post", **kwargs: Any) -> Optional[Any]:
            return await executor.run(kwargs["json"])

    return InProcessActions("in-process", enable_selective_domain=True)


def load_agent(model: Path, content: Content, tracker_store: Optional["TrackerStore"] = None) -> "Agent":
    """Load a model and make sure that it lost no part on the way.

    Raises:
        ModelError: when the file is missing, or the intents are not the contract's, or understanding fails.
    """
    import_rasa()
    from rasa.core.agent import Agent
    from rasa.core.nlg import TemplatedNaturalLanguageGenerator

    if not model.is_file():
        raise ModelError(f"{model}: no such file; `make train` makes it")
    agent = Agent.load(
        str(model),
        tracker_store=tracker_store,
        action_endpoint=in_process_actions(),
        generator=TemplatedNaturalLanguageGenerator({}),
    )
    check_model(agent, content)
    return agent


def check_model(agent: "Agent", content: Content) -> None:
    """Compare the model's intents with the contract, and understand one known phrasing.

    Rasa goes on with a warning when an importer or a classifier could not be loaded; this does not.

    Raises:
        ModelError: with what is missing.
    """
    problems: List[str] = []
    assert agent.processor is not None
    assert agent.domain is not None
    known = set(agent.domain.intents)
    missing = [topic for topic in content.contract.ids if topic not in known]
    if missing:
        problems.append(
            f"{len(missing)} topics of the contract are no intents of the model ({', '.join(missing[:5])}, ...): was "
            "the importer named in config.yml found?"
        )
    classes = trained_topics(agent)
    untrained = [topic for topic in content.topics if topic not in classes]
    if untrained:
        problems.append(
            f"the classifier does not know {len(untrained)} topics ({', '.join(untrained[:5])}, ...): was it trained?"
        )
    if not problems:
        topic = next(iter(content.articles))
        phrasing = content.articles[topic].phrasings[0]
        parsed = understand(agent, phrasing, content.contract)
        if not (parsed.get("verdict") or {}).get("candidates"):
            problems.append(f"the phrasing {phrasing!r} of {topic} gets no verdict: is the gate last in the pipeline?")
    if problems:
        raise ModelError("the model is not complete: " + "; ".join(problems))


def find_component(agent: "Agent", component: Type[Component]) -> Optional[Component]:
    """The loaded pipeline component of this class, or None."""
    assert agent.processor is not None
    for node in agent.processor.graph_runner._instantiated_nodes.values():
        found = getattr(node, "_component", None)
        if isinstance(found, component):
            return found
    return None


def trained_topics(agent: "Agent") -> List[str]:
    """The topics that the loaded classifier can choose from; empty if it is missing or was not trained."""
    from oih_assistant.nlu.intent_classifier import LinearIntentClassifier

    classifier = find_component(agent, LinearIntentClassifier)
    return classifier.topics if classifier else []


def understand(agent: "Agent", text: str, contract: Contract) -> Dict[str, Any]:
    """Run the pipeline on a text, and on its sentences where there are several; no conversation is needed.

    Args:
        agent: with a loaded model.
        text: typed text; it is never read as a command, whatever it begins with.
        contract: the topics' kinds and levels.

    Returns:
        Rasa's parse result; `intent`, `intent_ranking` and our `verdict` stand in it.
    """
    parts = split_parts(text)
    parse, *parsed_parts = [_as_parse(message) for message in run_pipeline(agent, [text, *parts])]
    if parts and parse.get("verdict"):
        verdicts = [(part, parsed.get("verdict") or {}) for part, parsed in zip(parts, parsed_parts)]
        better = combine(parse["verdict"], verdicts, contract)
        if better is not None:
            parse["verdict"] = better
            parse["intent"] = {"name": better["topic"], "confidence": better["confidence"]}
    return parse


def run_pipeline(agent: "Agent", texts: Sequence[str]) -> List["Message"]:
    """Rasa's own way to understand one message, for several at once: one run of the graph for all sentences.

    Returns:
        Rasa's messages, with all that the components noted on them.
    """
    from rasa.core.channels.channel import UserMessage
    from rasa.engine.constants import PLACEHOLDER_MESSAGE, PLACEHOLDER_TRACKER
    from rasa.shared.core.trackers import DialogueStateTracker

    assert agent.processor is not None
    # Rasa takes a text that begins with a slash for a command that skips the pipeline.
    messages = [UserMessage(text.lstrip("/ ")) for text in texts]
    target = agent.processor.model_metadata.nlu_target
    tracker = DialogueStateTracker.from_events("understanding", [])
    inputs = {PLACEHOLDER_MESSAGE: messages, PLACEHOLDER_TRACKER: tracker}
    return list(agent.processor.graph_runner.run(inputs=inputs, targets=[target])[target])


def _as_parse(message: "Message") -> Dict[str, Any]:
    """What Rasa hands out of a message."""
    nothing = {"text": "", "intent": {"name": None, "confidence": 0.0}, "entities": []}
    return {**nothing, **message.as_dict(only_output_properties=True)}
