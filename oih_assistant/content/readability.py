"""How hard a patient text is to read: school grade (Flesch-Kincaid, by textstat) and length of sentences.

Drug names and defined terms are excused openly: readability.yml lists each word that counts as one syllable.
"""

from __future__ import annotations

import re
from functools import lru_cache

import textstat

from oih_assistant.content.texts import split_sentences
from oih_assistant.content.wording import WordingRules

PLACEHOLDER = re.compile(r"\{\w+\}")
STAND_IN = "word"
WORD = re.compile(r"\w")


@lru_cache(maxsize=8)
def _excused(words: tuple[str, ...]) -> re.Pattern[str]:
    longest_first = sorted(words, key=len, reverse=True)
    alternatives = "|".join(map(re.escape, longest_first)) or "(?!)"
    return re.compile(rf"(?<![\w-])(?:{alternatives})(?![\w-])", re.IGNORECASE)


def plain_text(text: str, wording: WordingRules) -> str:
    """A text as it is graded: contacts as words, without marks of emphasis."""
    return PLACEHOLDER.sub(wording.contacts_read_as, text).replace("**", "")


def grade(text: str, wording: WordingRules, *, excuse: bool = True) -> float:
    """The school grade of a text.

    Args:
        text: a patient text.
        wording: the rules that list the excused words.
        excuse: whether the excused words count as one syllable; otherwise the text is graded as it stands.
    """
    plain = plain_text(text, wording)
    if excuse:
        plain = _excused(wording.counted_as_one_syllable).sub(STAND_IN, plain)
    return round(float(textstat.flesch_kincaid_grade(plain)), 1)


def count_words(sentence: str) -> int:
    """The words of a sentence; a dash on its own is none."""
    return sum(1 for word in sentence.split() if WORD.search(word))


def long_sentences(text: str, wording: WordingRules) -> list[tuple[int, str]]:
    """The sentences that are longer than allowed, each with its number of words."""
    counted = [(count_words(sentence), sentence) for sentence in split_sentences(plain_text(text, wording))]
    return [(words, sentence) for words, sentence in counted if words > wording.limits.words_in_a_sentence]
