"""Messages understood once, with the confidences of all topics, so that decisions can be taken again.

`make evaluate` sees only what was decided. The sweep of thresholds and the report also need what was decided from:
the gate's input for the whole message and for each of its sentences, in the order of
`oih_assistant.rasa_library.understand`.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, List, Mapping, Optional, Sequence, Tuple, Type

from oih_assistant.content.models import Contract
from oih_assistant.conversation import clean_text
from oih_assistant.errors import EvaluationSetError, ModelError
from oih_assistant.evaluation.measures import Outcome
from oih_assistant.evaluation.sets import Entry, load_set
from oih_assistant.nlu.parts import combine, split_parts
from oih_assistant.rasa_library import Component, find_component, run_pipeline
from oih_assistant.settings import ROOT
from oih_assistant.training import progress

if TYPE_CHECKING:
    from oih_assistant.nlu.gate import Thresholds

HELD_OUT = ROOT / "tests" / "held_out"
NO_VERDICT: Mapping[str, Any] = {"topic": None, "decision": "ask_back", "confidence": 0.0, "offered": ()}


@dataclass(frozen=True)
class NamedSet:
    """A set of test messages.

    Args:
        name: the file's name without its ending.
        entries: the messages.
    """

    name: str
    entries: Tuple[Entry, ...]

    @property
    def audiences(self) -> Tuple[str, ...]:
        """For each entry its key `audience`, empty where there is none."""
        return tuple(entry.audience for entry in self.entries)


@dataclass(frozen=True)
class Reading:
    """What the pipeline said about one text.

    Args:
        text: a message or one sentence of it.
        confidences: of all topics; the gate's input.
        verdict: the gate's output as it is served.
        nearest: the phrasings nearest in meaning, with their similarity.
    """

    text: str
    confidences: Mapping[str, float]
    verdict: Mapping[str, Any]
    nearest: Tuple[Tuple[str, float], ...] = ()


@dataclass(frozen=True)
class Understood:
    """A test message with what the pipeline said about it.

    Args:
        entry: the message.
        audience: for whom it stands, if its set says so.
        whole: the reading of the whole message.
        parts: the readings of its sentences, where there are several.
        milliseconds: time to understand it.
    """

    entry: Entry
    audience: str
    whole: Reading
    parts: Tuple[Reading, ...] = ()
    milliseconds: float = 0.0

    def as_served(self, contract: Contract) -> Outcome:
        """What the assistant does with the message."""
        return self._outcome(contract, None)

    def decided(self, contract: Contract, thresholds: "Thresholds") -> Outcome:
        """What the assistant would do with the message with other thresholds."""
        return self._outcome(contract, thresholds)

    def _outcome(self, contract: Contract, thresholds: Optional["Thresholds"]) -> Outcome:
        whole = _verdict(self.whole, contract, thresholds)
        parts = [(part.text, _verdict(part, contract, thresholds)) for part in self.parts]
        verdict = (combine(whole, parts, contract) if parts else None) or whole
        return Outcome(
            self.entry,
            verdict["topic"],
            verdict["decision"],
            float(verdict["confidence"]),
            tuple(verdict["offered"]),
            self.milliseconds,
        )

    @property
    def likeliest(self) -> Tuple[str, float]:
        """The likeliest topic of the whole message, whatever was decided, with its confidence."""
        if not self.whole.confidences:
            return "", 0.0
        return max(self.whole.confidences.items(), key=lambda item: item[1])


def _verdict(reading: Reading, contract: Contract, thresholds: Optional["Thresholds"]) -> Mapping[str, Any]:
    from oih_assistant.nlu.gate import decide

    if thresholds is None or not reading.confidences:
        return reading.verdict or NO_VERDICT
    return vars(decide(reading.confidences, contract, thresholds))


def load_named_sets(paths: Sequence[Path], contract: Contract) -> List[NamedSet]:
    """Read sets, by default all of tests/held_out.

    Raises:
        EvaluationSetError: when there is none, two have one name, or one is not in the agreed form.
    """
    paths = list(paths) or sorted(HELD_OUT.glob("*.yml"))
    if not paths:
        raise EvaluationSetError(f"{HELD_OUT}: no sets found; name at least one file, or put some there")
    names = [path.stem for path in paths]
    for name in names:
        if names.count(name) > 1:
            raise EvaluationSetError(f"{name}: {names.count(name)} sets have this file name; one is allowed")
    return [NamedSet(path.stem, tuple(load_set(path, contract))) for path in paths]


def require_component(agent: Any, component: Type[Component]) -> Component:
    """The loaded component of this class.

    Raises:
        ModelError: when the model has none.
    """
    found = find_component(agent, component)
    if found is None:
        raise ModelError(f"the model has no {component.__name__}")
    return found


def read_message(agent: Any, text: str, message: Any, *, nearest: bool = False) -> Reading:
    """What the pipeline noted on one of Rasa's messages, with the nearest phrasings if they are wanted."""
    from oih_assistant.nlu.gate import VERDICT
    from oih_assistant.nlu.intent_classifier import RANKING, LinearIntentClassifier

    dense = message.get_dense_features(attribute="text")[1] if nearest else None
    near = require_component(agent, LinearIntentClassifier).nearest(dense.features[0], 3) if dense is not None else ()
    return Reading(text, message.get(RANKING) or {}, message.get(VERDICT) or NO_VERDICT, tuple(near))


def understand_set(agent: Any, named: NamedSet, *, nearest: bool = False) -> List[Understood]:
    """Understand every message of a set once, one at a time; with its nearest phrasings if they are wanted."""
    understood: List[Understood] = []
    for index, entry in enumerate(named.entries, 1):
        text = clean_text(entry.text)
        started = time.perf_counter()
        texts = [text, *split_parts(text)]
        messages = run_pipeline(agent, texts)
        elapsed = (time.perf_counter() - started) * 1000
        whole = read_message(agent, text, messages[0], nearest=nearest)
        parts = tuple(read_message(agent, *pair) for pair in zip(texts[1:], messages[1:]))
        understood.append(Understood(entry, entry.audience, whole, parts, elapsed))
        if index % 500 == 0 or index == len(named.entries):
            progress(f"{named.name}: understood {index} of {len(named.entries)} messages")
    return understood


def count_differing(understood: Sequence[Understood], contract: Contract, thresholds: "Thresholds") -> int:
    """How many messages are decided otherwise here than they are served; anything but 0 is a fault of this module."""
    return sum(item.as_served(contract).topic != item.decided(contract, thresholds).topic for item in understood)
