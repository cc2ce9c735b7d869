"""Read data/content into typed models, and report all problems of all files at once.

First place in the flow: importer, replies and checks read only what comes from here.
"""

from __future__ import annotations

import hashlib
import re
from functools import lru_cache
from pathlib import Path
from typing import Any, Dict, List, Mapping, Optional, Tuple, Type, TypeVar

from pydantic import ValidationError, parse_obj_as

from oih_assistant.content.models import (
    Article,
    AudienceCues,
    Content,
    Contract,
    DialogueTopic,
    FollowUpCues,
    Kind,
    Messages,
    Region,
    SafetyTopic,
    Source,
    Strength,
    Topic,
    VocabularyWords,
)
from oih_assistant.content.yaml_files import YamlFile, read_yaml
from oih_assistant.errors import ContentError

CONTENT_DIR = Path(__file__).resolve().parents[2] / "data" / "content"

FOLDERS: Mapping[Kind, Tuple[str, Type[Topic]]] = {
    Kind.CURATED: ("articles", Article),
    Kind.SAFETY: ("safety", SafetyTopic),
    Kind.DIALOGUE: ("dialogue", DialogueTopic),
}

# Rasa takes any YAML file under data/ with such a line, at whatever indent, for training data.
RASA_KEY = re.compile(r"^\s*(nlu|responses|stories|rules)\s*:")

T = TypeVar("T")


class _Reader:
    """Collects problems while files are read; `name` is a file's path as it is shown to people."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.problems: List[str] = []
        self._digest = hashlib.sha256()

    def say(self, file: YamlFile, location: Tuple[Any, ...], message: str) -> None:
        name = file.path.relative_to(self.root).as_posix()
        self.problems.append(f"{name}:{file.line_of(location)}: {message}")

    def read(self, path: Path) -> YamlFile:
        file = read_yaml(path)
        name = path.relative_to(self.root).as_posix()
        self.problems.extend(f"{name}:{line}: {message}" for line, message in file.problems)
        if path.is_file():
            data = path.read_bytes()
            self._digest.update(f"{name}\0{len(data)}\0".encode() + data)
            for number, line in enumerate(data.decode("utf-8", "replace").splitlines(), 1):
                match = RASA_KEY.match(line)
                if match:
                    self.problems.append(
                        f"{name}:{number}: a line begins with {match.group(1) + ':'!r}, which Rasa would take for "
                        "training data; word it otherwise"
                    )
        return file

    def parse(self, file: YamlFile, model: Type[T]) -> Optional[T]:
        """The file as a model, or None; every violation is noted with its line."""
        if file.value is None:
            if not file.problems:
                self.say(file, (), "is empty")
            return None
        try:
            return parse_obj_as(model, file.value)
        except ValidationError as error:
            for detail in error.errors():
                location = tuple(step for step in detail["loc"] if step != "__root__")
                self.say(file, location, _explain(model, location, detail, file.value))
            return None

    @property
    def digest(self) -> str:
        return self._digest.hexdigest()


def _found(value: Any, location: Tuple[Any, ...]) -> Any:
    for step in location:
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            return None
    return value


def _field_names(model: Any, location: Tuple[Any, ...]) -> List[str]:
    """Keys allowed in the mapping at a location, as far as the types tell."""
    for step in location:
        if isinstance(step, int):
            continue
        fields = getattr(model, "__fields__", {})
        if step not in fields:
            return []
        model = fields[step].type_
    return sorted(getattr(model, "__fields__", {}))


def _explain(model: Any, location: Tuple[Any, ...], detail: Mapping[str, Any], value: Any) -> str:
    where = ".".join(str(step) for step in location) or "file"
    kind = detail["type"]
    if kind == "value_error.extra":
        allowed = ", ".join(_field_names(model, location[:-1]))
        return f"{where}: unknown key {location[-1]!r}; allowed: {allowed}"
    if kind == "value_error.missing":
        return f"{where}: is missing"
    found = _found(value, location)
    shown = repr(found)
    shown = shown if len(shown) <= 60 else shown[:57] + "..."
    if kind == "type_error.enum":
        allowed = ", ".join(member.value for member in detail["ctx"]["enum_values"])
        return f"{where}: {shown} is unknown; use one of: {allowed}"
    return f"{where}: {shown} found; {detail['msg']}"


def _read_topics(reader: _Reader, kind: Kind, expected: Mapping[str, Any], every_topic: bool) -> Dict[str, Any]:
    folder, model = FOLDERS[kind]
    paths = sorted((reader.root / folder).glob("*"))
    read: Dict[str, Any] = {}
    for path in paths:
        if path.suffix != ".yml":
            reader.problems.append(f"{folder}/{path.name}:1: only files that end in .yml are allowed here")
            continue
        file = reader.read(path)
        if path.stem not in expected:
            reader.say(file, (), f"{path.stem!r} is not one of the contract's {kind.value} topics")
            continue
        topic = reader.parse(file, model)
        if topic is None:
            continue
        if topic.topic != path.stem:
            reader.say(file, ("topic",), f"topic {topic.topic!r} found; the file's name asks for {path.stem!r}")
        read[path.stem] = (file, topic)
    for name in expected:
        if every_topic and not (reader.root / folder / f"{name}.yml").exists():
            reader.problems.append(f"{folder}/{name}.yml:1: is missing; the contract asks for it")
    return read


def _statement_groups(value: Any, location: Tuple[Any, ...] = ()) -> Any:
    """Every mapping with a text in a raw topic file, with its location."""
    if isinstance(value, dict):
        if isinstance(value.get("text"), str):
            yield location, value
        for key, item in value.items():
            yield from _statement_groups(item, (*location, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _statement_groups(item, (*location, index))


PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
CONTACTS = ("emergency", "suicide_crisis", "poison", "addiction_helpline")


def _check_groups(reader: _Reader, file: YamlFile, sources: Mapping[str, Source]) -> None:
    for location, group in _statement_groups(file.value):
        if group.get("service"):
            if group.get("sources") or group.get("strength"):
                reader.say(file, location, "service: true found with sources or strength; one or the other")
        elif not group.get("sources"):
            reader.say(file, location, "no sources found; name at least one, or mark with service: true")
        elif group.get("strength") is None:
            allowed = ", ".join(strength.value for strength in Strength)
            reader.say(file, location, f"no strength found; use one of: {allowed}")
        for index, key in enumerate(group.get("sources") or ()):
            if key not in sources:
                reader.say(file, (*location, "sources", index), f"source {key!r} is not in sources.yml")
        for name in PLACEHOLDER.findall(group["text"]):
            if name not in CONTACTS:
                reader.say(file, (*location, "text"), f"placeholder {{{name}}} found; allowed: {', '.join(CONTACTS)}")


def _check_topic(reader: _Reader, file: YamlFile, topic: Topic, contract: Contract) -> None:
    for index, other in enumerate(getattr(topic, "related", ())):
        if contract.kind_of(other) is None:
            reader.say(file, ("related", index), f"{other!r} is not a topic of the contract")
        elif other == topic.topic:
            reader.say(file, ("related", index), "a topic cannot be related to itself")
    if isinstance(topic, SafetyTopic):
        level = contract.safety_topics[topic.topic].level
        if topic.level is not level:
            reader.say(file, ("level",), f"level {topic.level.value!r} found; the contract says {level.value!r}")


def _normal(phrasing: str) -> str:
    return " ".join(re.sub(r"[^\w]+", " ", phrasing.lower()).split())


def _check_phrasings(reader: _Reader, read: Mapping[str, Tuple[YamlFile, Topic]]) -> None:
    """The same message under two topics would teach the model both."""
    seen: Dict[str, Tuple[str, int]] = {}
    for name, (file, topic) in read.items():
        for index, phrasing in enumerate(topic.phrasings):
            normal = _normal(phrasing) or phrasing
            if normal in seen:
                other, number = seen[normal]
                reader.say(
                    file,
                    ("phrasings", index),
                    f"{phrasing[:60]!r} also stands in {other} (phrasing {number + 1}); once is allowed",
                )
            else:
                seen[normal] = (name, index)


def load_content(root: Path = CONTENT_DIR, *, every_topic: bool = True) -> Content:
    """Read and check all content files.

    Args:
        root: the folder data/content.
        every_topic: whether each topic of the contract must have its file (small sets in tests do not).

    Returns:
        The content; `digest` is a SHA-256 over all files.

    Raises:
        ContentError: with all problems of all files.
    """
    root = Path(root).resolve()
    reader = _Reader(root)
    contract = reader.parse(reader.read(root / "topics.yml"), Contract)
    sources = reader.parse(reader.read(root / "sources.yml"), Dict[str, Source])
    regions = reader.parse(reader.read(root / "regions.yml"), Dict[str, Region])
    messages = reader.parse(reader.read(root / "messages.yml"), Messages)
    cues = reader.parse(reader.read(root / "audience.yml"), AudienceCues)
    follow_ups = reader.parse(reader.read(root / "follow_ups.yml"), FollowUpCues)
    vocabulary = reader.parse(reader.read(root / "vocabulary.yml"), VocabularyWords)
    if None in (contract, sources, regions, messages, cues, follow_ups, vocabulary):
        raise ContentError(reader.problems)
    assert contract is not None
    assert sources is not None
    read: Dict[Kind, Dict[str, Any]] = {
        Kind.CURATED: _read_topics(reader, Kind.CURATED, contract.curated_topics, every_topic),
        Kind.SAFETY: _read_topics(reader, Kind.SAFETY, contract.safety_topics, every_topic),
        Kind.DIALOGUE: _read_topics(reader, Kind.DIALOGUE, contract.dialogue_topics, every_topic),
    }
    every = {name: pair for topics in read.values() for name, pair in topics.items()}
    for file, topic in every.values():
        _check_groups(reader, file, sources)
        _check_topic(reader, file, topic, contract)
    _check_phrasings(reader, every)
    if reader.problems:
        raise ContentError(reader.problems)
    return Content.construct(
        contract=contract,
        sources=sources,
        regions=regions,
        messages=messages,
        audience_cues=cues,
        follow_ups=follow_ups,
        vocabulary=vocabulary,
        articles={name: topic for name, (_, topic) in read[Kind.CURATED].items()},
        safety={name: topic for name, (_, topic) in read[Kind.SAFETY].items()},
        dialogue={name: topic for name, (_, topic) in read[Kind.DIALOGUE].items()},
        digest=reader.digest,
    )


@lru_cache(maxsize=4)
def cached_content(root: Path = CONTENT_DIR) -> Content:
    """`load_content`, once a process for each folder; the actions and the service share it."""
    return load_content(root)
