"""What a content file holds, as frozen types. The loader reads YAML into these; all else reads from these."""

from __future__ import annotations

import datetime
from enum import Enum
from typing import TYPE_CHECKING, Any, Dict, Literal, Mapping, Optional, Tuple, Union

from pydantic import BaseModel, Extra, StrictBool, StrictInt, StrictStr, constr, validator


class Strength(str, Enum):
    """How well a statement is supported: the design of the evidence, or the kind of authority behind it."""

    STRONG_HUMAN = "strong human"
    LIMITED_HUMAN = "limited human"
    ANIMAL = "animal"
    EXPERT_OR_GUIDELINE = "expert or guideline"
    OFFICIAL = "official"


class Level(str, Enum):
    """How quickly a person needs help, highest first."""

    EMERGENCY = "emergency"
    URGENT = "urgent"
    ROUTINE = "routine"

    @property
    def rank(self) -> int:
        """2 for emergency, 1 for urgent, 0 for routine: to compare levels."""
        return {"emergency": 2, "urgent": 1, "routine": 0}[self.value]


class Kind(str, Enum):
    """The three groups of topics in the contract."""

    CURATED = "curated"
    SAFETY = "safety"
    DIALOGUE = "dialogue"


class Audience(str, Enum):
    """For whom a text is worded."""

    PATIENT = "patient"
    CLINICIAN = "clinician"


class _Model(BaseModel):
    class Config:
        frozen = True
        extra = Extra.forbid


def _not_empty(*names: str) -> Any:
    """A check that sequences have at least one item."""

    def check(value: Any) -> Any:
        if not value:
            raise ValueError("at least one item is needed")
        return value

    return validator(*names, allow_reuse=True)(check)


if TYPE_CHECKING:
    Text = str
    SourceKey = str
    TopicId = str
    Title = str
    ButtonText = str
else:
    Text = constr(strict=True, strip_whitespace=True, min_length=1)
    SourceKey = constr(strict=True, regex=r"^[a-z0-9_]+$")
    TopicId = constr(strict=True, regex=r"^[a-z][a-z0-9_]*$")
    Title = constr(strict=True, strip_whitespace=True, min_length=1, max_length=60)
    ButtonText = constr(strict=True, strip_whitespace=True, min_length=1, max_length=36)


class Statements(_Model):
    """A group of sentences with the sources they rest on.

    `service: true` marks sentences about this assistant itself, which need no reference.
    """

    text: Text
    sources: Tuple[SourceKey, ...] = ()
    strength: Optional[Strength] = None
    service: StrictBool = False


class PatientTexts(_Model):
    """A curated answer for patients and relatives, in three lengths."""

    short: Tuple[Statements, ...]
    longer: Tuple[Statements, ...]
    simpler: Tuple[Statements, ...]

    _filled = _not_empty("short", "longer", "simpler")


class ClinicianTexts(_Model):
    """A curated answer for clinicians, in two lengths."""

    short: Tuple[Statements, ...]
    longer: Tuple[Statements, ...]

    _filled = _not_empty("short", "longer")


class EvidenceNote(_Model):
    """How sure the answer is, one sentence for each audience."""

    patient: Text
    clinician: Text


class KeyFact(_Model):
    """A fact that both wordings must carry, with the words that carry it in each."""

    fact: Text
    patient: Text
    clinician: Text


class Review(_Model):
    """The signature of the clinician who reviewed a file."""

    by: Text
    role: Text
    on: datetime.date


class Topic(_Model):
    """What every topic file holds, whatever its kind."""

    topic: TopicId
    title: Title
    button: ButtonText
    checked: datetime.date
    clinical_review: Union[Literal["pending"], Review]
    phrasings: Tuple[Text, ...]

    _filled = _not_empty("phrasings")


class Article(Topic):
    """A curated topic: what people ask, and what both audiences are answered."""

    patient: PatientTexts
    clinician: ClinicianTexts
    evidence: EvidenceNote
    key_facts: Tuple[KeyFact, ...]
    related: Tuple[TopicId, ...]

    _filled = _not_empty("key_facts", "related")


class SafetyTopic(Topic):
    """A topic that needs a person's help: its level and its replies."""

    level: Level
    reply: Tuple[Statements, ...]
    again: Tuple[Statements, ...]
    clinician: Tuple[Statements, ...]
    related: Tuple[TopicId, ...]

    _filled = _not_empty("reply", "again", "clinician")


class DialogueTopic(Topic):
    """A topic about the conversation itself."""

    reply: Tuple[Statements, ...]
    again: Tuple[Statements, ...] = ()
    clinician: Tuple[Statements, ...] = ()
    related: Tuple[TopicId, ...] = ()

    _filled = _not_empty("reply")


class Source(_Model):
    """A reference, shown with whichever of DOI, PMID and address it has."""

    authors: Text
    title: Text
    publisher: Text
    year: Optional[StrictInt]
    kind: Text
    doi: Optional[StrictStr] = None
    pmid: Optional[StrictStr] = None
    url: Optional[StrictStr] = None
    verified: StrictBool

    @property
    def link(self) -> Optional[str]:
        """The address of the reference: the DOI if there is one, else PubMed, else the publisher's page."""
        if self.doi:
            return f"https://doi.org/{self.doi}"
        if self.pmid:
            return f"https://pubmed.ncbi.nlm.nih.gov/{self.pmid}/"
        return self.url

    def citation(self) -> str:
        """One line for people: authors, title, publisher, year."""
        authors, title = self.authors.rstrip("."), self.title.rstrip(".")
        return f"{authors}. {title}. {self.publisher}, {self.year or 'no year'}."


class Region(_Model):
    """Whom to call in one region. Null means that no number was confirmed: the fallback words are shown."""

    name: Text
    emergency: Text
    suicide_crisis: Optional[Text]
    poison: Optional[Text]
    addiction_helpline: Optional[Text]
    verified: StrictBool
    checked: datetime.date
    seen_at: Tuple[Text, ...]

    _filled = _not_empty("seen_at")


class SafetyScope(_Model):
    """The contract's line on a safety topic."""

    level: Level
    scope: Text


class Contract(_Model):
    """The fixed list of topics: every id, its kind, what belongs to it."""

    curated_topics: Mapping[TopicId, Text]
    safety_topics: Mapping[TopicId, SafetyScope]
    dialogue_topics: Mapping[TopicId, Text]

    def kind_of(self, topic: str) -> Optional[Kind]:
        """The kind of a topic, or None for an id that the contract does not know."""
        if topic in self.curated_topics:
            return Kind.CURATED
        if topic in self.safety_topics:
            return Kind.SAFETY
        if topic in self.dialogue_topics:
            return Kind.DIALOGUE
        return None

    @property
    def ids(self) -> Tuple[str, ...]:
        """All ids in the contract's order."""
        return (*self.curated_topics, *self.safety_topics, *self.dialogue_topics)


class Messages(_Model):
    """The assistant's own words outside the topics: greeting, disclaimers, questions back, errors."""

    introduction: Text
    audience_question: Text
    audience_patient_button: Text
    audience_clinician_button: Text
    audience_inferred: Text
    disclaimer_short: Text
    disclaimer_long: Text
    more_button: Text
    simpler_button: Text
    sources_button: Text
    clinician_button: Text
    none_of_these_button: Text
    ask_back: Text
    ask_back_again: Text
    ask_danger: Text
    nothing_to_expand: Text
    no_more_detail: Text
    no_simpler: Text
    sources_lead: Text
    second_question: Text
    article_missing: Text
    unreviewed: Text
    failed: Text
    empty: Text
    too_long: Text
    too_fast: Text
    busy: Text
    stale_button: Text


class AudienceCues(_Model):
    """Phrases by which a writer says who they are. Matched as whole words, without regard to case."""

    clinician: Tuple[Text, ...]
    patient: Tuple[Text, ...]

    _filled = _not_empty("clinician", "patient")


class FollowUpCues(_Model):
    """Words by which a short message leans on the last answer."""

    longest: StrictInt
    openers: Tuple[Text, ...]
    referring: Tuple[Text, ...]
    more: Tuple[Text, ...]


class VocabularyWords(_Model):
    """Names of medicines and terms as people write them."""

    drugs: Dict[StrictStr, Tuple[StrictStr, ...]]
    terms: Dict[StrictStr, Tuple[StrictStr, ...]]
    abbreviations: Dict[StrictStr, StrictStr]
    never_changed: Tuple[StrictStr, ...]


class Content(_Model):
    """Everything in data/content, checked against itself."""

    contract: Contract
    sources: Dict[str, Source]
    regions: Dict[str, Region]
    messages: Messages
    audience_cues: AudienceCues
    follow_ups: FollowUpCues
    vocabulary: VocabularyWords
    articles: Dict[str, Article]
    safety: Dict[str, SafetyTopic]
    dialogue: Dict[str, DialogueTopic]
    digest: StrictStr

    @property
    def topics(self) -> Dict[str, Topic]:
        """Every written topic by id, in the contract's order."""
        written: Dict[str, Topic] = {**self.articles, **self.safety, **self.dialogue}
        return {topic: written[topic] for topic in self.contract.ids if topic in written}

    def level_of(self, topic: str) -> Optional[Level]:
        """The level of a safety topic, None for every other."""
        scope = self.contract.safety_topics.get(topic)
        return scope.level if scope else None
