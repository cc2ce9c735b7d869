"""The rules of wording in data/content/readability.yml, typed: what the checks measure the texts against.

The rules are data because clinicians decide them; this module only reads and compiles them.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Optional

from pydantic import BaseModel, Extra, StrictFloat, StrictInt, StrictStr, ValidationError, validator

from oih_assistant.content.loader import RASA_KEY
from oih_assistant.content.models import Level, Strength
from oih_assistant.content.yaml_files import YamlFile, read_yaml
from oih_assistant.errors import ContentError

FILE = "readability.yml"


@cache
def pattern(text: str) -> re.Pattern[str]:
    """A pattern of the rules, compiled once; case is ignored."""
    return re.compile(text, re.IGNORECASE)


class _Rule(BaseModel):
    class Config:
        frozen = True
        extra = Extra.forbid

    @validator("pattern", "unless", "word", "negations", check_fields=False)
    def _compiles(cls, value: Optional[str]) -> Optional[str]:
        return value if value is None else _compiled(value)

    @validator("explained_by", "explanations", each_item=True, check_fields=False)
    def _each_compiles(cls, value: str) -> str:
        return _compiled(value)


def _compiled(value: str) -> str:
    try:
        pattern(value.replace("{word}", "word"))
    except re.error as error:
        raise ValueError(f"is not a regular expression: {error}") from error
    return value


class Limits(_Rule):
    """The numbers that a patient text is held to."""

    grade_each: float
    grade_median: float
    words_in_a_sentence: StrictInt


class Jargon(_Rule):
    """A technical word, with the forms that explain it besides the general ones."""

    word: StrictStr
    explained_by: tuple[StrictStr, ...] = ()


class BannedPhrase(_Rule):
    """A phrase that no patient may read; `unless` excuses a sentence."""

    pattern: StrictStr
    unless: Optional[StrictStr] = None
    why: StrictStr
    instead: StrictStr


class CertaintyWord(_Rule):
    """A word that claims more than weak evidence gives; `unless` excuses a sentence."""

    pattern: StrictStr
    unless: Optional[StrictStr] = None
    instead: StrictStr


class EmergencyFirst(_Rule):
    """Which replies must name a contact in their first sentence."""

    levels: tuple[Level, ...]
    texts: tuple[StrictStr, ...]
    contacts: tuple[StrictStr, ...]


class MustSay(_Rule):
    """A sentence that the named replies must carry."""

    topics: tuple[StrictStr, ...]
    texts: tuple[StrictStr, ...]
    pattern: StrictStr
    what: StrictStr


class WordingRules(_Rule):
    """All of data/content/readability.yml."""

    limits: Limits
    graded_texts: tuple[StrictStr, ...]
    contacts_read_as: StrictStr
    check_older_than_months: StrictInt
    references_older_than_years: StrictInt
    similar_articles_above: StrictFloat
    counted_as_one_syllable: tuple[StrictStr, ...]
    read_after: dict[StrictStr, StrictStr]
    explanations: tuple[StrictStr, ...]
    jargon: tuple[Jargon, ...]
    banned_in_patient_texts: tuple[BannedPhrase, ...]
    weak_strengths: tuple[Strength, ...]
    negations: StrictStr
    negation_reach: StrictInt
    certainty_words: tuple[CertaintyWord, ...]
    emergency_first: EmergencyFirst
    must_say: tuple[MustSay, ...]


def load_wording_rules(root: Path) -> WordingRules:
    """Read readability.yml of a content folder.

    Raises:
        ContentError: with all that is wrong with the file.
    """
    path = Path(root) / FILE
    file = read_yaml(path)
    problems = [f"{FILE}:{line}: {message}" for line, message in file.problems] + _rasa_lines(path)
    if file.value is None and not problems:
        problems.append(f"{FILE}:1: is empty")
    if problems:
        raise ContentError(problems)
    try:
        return WordingRules.parse_obj(file.value)
    except ValidationError as error:
        raise ContentError(_explain(file, error)) from error


def _rasa_lines(path: Path) -> list[str]:
    lines = path.read_text("utf-8", "replace").splitlines() if path.is_file() else []
    return [
        f"{FILE}:{number}: Rasa would take this line for training data; word it otherwise"
        for number, line in enumerate(lines, 1)
        if RASA_KEY.match(line)
    ]


def _explain(file: YamlFile, error: ValidationError) -> list[str]:
    return [
        f"{FILE}:{file.line_of(detail['loc'])}: {'.'.join(map(str, detail['loc']))}: {detail['msg']}"
        for detail in error.errors()
    ]
