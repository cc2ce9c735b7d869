"""The content as people are shown it: whole texts and single strings, each with its place in the files.

Checks and the review page walk through these instead of through the models, so that both see the same texts.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Union

from oih_assistant.content.models import Article, Audience, Content, Kind, SafetyTopic, Statements, Topic
from oih_assistant.content.wording import WordingRules
from oih_assistant.content.yaml_files import YamlFile, read_yaml

Location = tuple[Union[str, int], ...]

FOLDERS = {Kind.CURATED: "articles", Kind.SAFETY: "safety", Kind.DIALOGUE: "dialogue"}
PATIENT_FORMS = ("short", "longer", "simpler")
CLINICIAN_FORMS = ("short", "longer")
MESSAGES = "messages.yml"

_ABBREVIATION = re.compile(r"\b(St|Dr|Mr|Mrs|Ms|vs|e\.g|i\.e|approx)\.")
_SENTENCE_END = re.compile(r"(?:(?<=[.!?])|(?<=[.!?][\"”')\]])|(?<=[.!?]\*\*))\s+")


@dataclass(frozen=True)
class ShownText:
    """One text that a person is shown in one go.

    Args:
        topic: the topic's id.
        kind: curated, safety or dialogue.
        audience: for whom it is worded.
        form: short, longer, simpler; reply, again or clinician in safety and dialogue topics.
        location: where its statement groups stand in the topic's file.
        groups: the statement groups.
    """

    topic: str
    kind: Kind
    audience: Audience
    form: str
    location: Location
    groups: tuple[Statements, ...]

    @property
    def text(self) -> str:
        """All groups as one text."""
        return " ".join(group.text for group in self.groups)

    def place_of(self, index: int) -> Location:
        """Where the text of one group stands in the file."""
        return (*self.location, index, "text")

    def group_of(self, position: int) -> int:
        """The number of the group that holds a character position of `text`."""
        end = 0
        for index, group in enumerate(self.groups):
            end += len(group.text) + 1
            if position < end:
                return index
        return len(self.groups) - 1


@dataclass(frozen=True)
class ContentFolder:
    """The content, its rules of wording and its files: what a check needs to find things and to name their lines.

    Args:
        root: the folder data/content.
        content: what the loader made of it.
        wording: the rules of readability.yml.
        today: the day that ages are counted from.
    """

    root: Path
    content: Content
    wording: WordingRules
    today: datetime.date
    _files: dict[str, YamlFile] = field(default_factory=dict, compare=False, repr=False)

    def place(self, name: str, location: Location = ()) -> str:
        """`articles/x.yml:12` for a file of the folder and a path of keys and indexes in it."""
        if name not in self._files:
            self._files[name] = read_yaml(self.root / name)
        return f"{name}:{self._files[name].line_of(location)}"

    def topic_place(self, topic: str, location: Location = ()) -> str:
        """The same for a topic's file."""
        return self.place(topic_file(self.content, topic), location)


def topic_file(content: Content, topic: str) -> str:
    """`articles/x.yml` for a topic of the contract."""
    kind = content.contract.kind_of(topic)
    if kind is None:
        raise KeyError(topic)
    return f"{FOLDERS[kind]}/{topic}.yml"


def shown_texts(content: Content) -> Iterator[ShownText]:
    """Every text of every written topic, in the contract's order."""
    for name, topic in content.topics.items():
        yield from topic_texts(name, topic)


def topic_texts(name: str, topic: Topic) -> Iterator[ShownText]:
    """The texts of one topic."""
    if isinstance(topic, Article):
        for audience, texts, forms in (
            (Audience.PATIENT, topic.patient, PATIENT_FORMS),
            (Audience.CLINICIAN, topic.clinician, CLINICIAN_FORMS),
        ):
            for form in forms:
                yield ShownText(name, Kind.CURATED, audience, form, (audience.value, form), getattr(texts, form))
        return
    kind = Kind.SAFETY if isinstance(topic, SafetyTopic) else Kind.DIALOGUE
    for form in ("reply", "again", "clinician"):
        groups: tuple[Statements, ...] = getattr(topic, form)
        if groups:
            audience = Audience.CLINICIAN if form == "clinician" else Audience.PATIENT
            yield ShownText(name, kind, audience, form, (form,), groups)


@dataclass(frozen=True)
class ShownString:
    """One string that a person may read, with its file and its place there."""

    file: str
    location: Location
    text: str


def shown_strings(content: Content, *, clinician: bool) -> Iterator[ShownString]:
    """Every string that a person may read.

    Args:
        content: the content.
        clinician: whether the wording for clinicians belongs to them as well.
    """
    for name, topic in content.topics.items():
        file = topic_file(content, name)
        yield ShownString(file, ("title",), topic.title)
        yield ShownString(file, ("button",), topic.button)
        for shown in topic_texts(name, topic):
            if clinician or shown.audience is Audience.PATIENT:
                for index, group in enumerate(shown.groups):
                    yield ShownString(file, shown.place_of(index), group.text)
        if isinstance(topic, Article):
            yield ShownString(file, ("evidence", "patient"), topic.evidence.patient)
            if clinician:
                yield ShownString(file, ("evidence", "clinician"), topic.evidence.clinician)
    for name in content.messages.__fields__:
        yield ShownString(MESSAGES, (name,), getattr(content.messages, name))


def split_sentences(text: str) -> list[str]:
    """The sentences of a text; common abbreviations end none."""
    text = _ABBREVIATION.sub(r"\1", text)
    return [sentence for sentence in _SENTENCE_END.split(text) if sentence.strip()]
