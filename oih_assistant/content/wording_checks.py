"""Checks of the wording: reading grade, sentence length, jargon, banned phrases, certainty on weak evidence."""

from __future__ import annotations

import re
import statistics
from collections.abc import Iterator

from oih_assistant.content.findings import Finding, Severity
from oih_assistant.content.models import Audience, Kind
from oih_assistant.content.readability import grade, long_sentences
from oih_assistant.content.texts import (
    ContentFolder,
    ShownText,
    shown_strings,
    shown_texts,
    split_sentences,
    topic_file,
)
from oih_assistant.content.wording import BannedPhrase, CertaintyWord, Jargon, WordingRules, pattern


def quote(text: str, limit: int = 90) -> str:
    """A text in quotation marks, cut where it is long."""
    return f'"{text}"' if len(text) <= limit else f'"{text[: limit - 3].rstrip()}..."'


def graded_texts(folder: ContentFolder) -> Iterator[ShownText]:
    """The patient texts that the rules hold to a grade."""
    forms = folder.wording.graded_texts
    for shown in shown_texts(folder.content):
        if shown.audience is Audience.PATIENT and shown.form in forms:
            yield shown


def check_grades(folder: ContentFolder) -> Iterator[Finding]:
    """Each graded text, and the median over the articles' texts."""
    limits = folder.wording.limits
    grades: list[float] = []
    for shown in graded_texts(folder):
        value = grade(shown.text, folder.wording)
        if shown.kind is Kind.CURATED:
            grades.append(value)
        if value > limits.grade_each:
            yield Finding(
                folder.topic_place(shown.topic, shown.location),
                Severity.ERROR,
                f"{'.'.join(map(str, shown.location))}: grade {value} found; at most {limits.grade_each:g} is allowed",
                "use shorter sentences and shorter words",
            )
    median = statistics.median(grades) if grades else 0.0
    if median > limits.grade_median:
        yield Finding(
            folder.place("readability.yml", ("limits", "grade_median")),
            Severity.ERROR,
            f"the median grade of {len(grades)} short and simpler texts is {median:.1f}; at most "
            f"{limits.grade_median:g} is allowed",
            "simplify the hardest texts; the review page shows the grade of each",
        )


def check_sentence_lengths(folder: ContentFolder) -> Iterator[Finding]:
    """Every sentence that a patient reads."""
    for string in shown_strings(folder.content, clinician=False):
        for words, sentence in long_sentences(string.text, folder.wording):
            yield Finding(
                folder.place(string.file, string.location),
                Severity.ERROR,
                f"a sentence of {words} words found: {quote(sentence)}; at most "
                f"{folder.wording.limits.words_in_a_sentence} are allowed",
                "make two sentences of it",
            )


def _explained(word: str, text: str, term: Jargon, wording: WordingRules) -> bool:
    general = (form.replace("{word}", re.escape(word)) for form in wording.explanations)
    return any(pattern(form).search(text) for form in (*term.explained_by, *general))


def _is_plain(shown: ShownText) -> bool:
    return shown.audience is Audience.PATIENT and shown.kind is not Kind.DIALOGUE


def check_jargon(folder: ContentFolder) -> Iterator[Finding]:
    """Technical words that an article's patient text or a safety reply uses without saying what they mean."""
    texts = {(shown.topic, shown.form): shown for shown in shown_texts(folder.content) if _is_plain(shown)}
    for shown in texts.values():
        text = shown.text
        before = texts.get((shown.topic, folder.wording.read_after.get(shown.form, "")))
        known = f"{before.text} {text}" if before else text
        for term in folder.wording.jargon:
            match = pattern(rf"(?<![\w-])(?:{term.word})(?![\w-])").search(text)
            if match and not _explained(match.group(), known, term, folder.wording):
                yield Finding(
                    folder.topic_place(shown.topic, shown.place_of(shown.group_of(match.start()))),
                    Severity.ERROR,
                    f"{'.'.join(map(str, shown.location))}: {quote(match.group())} is not explained in this text",
                    "use a plain word, or explain it in brackets or with 'means' in the same text",
                )


def find_banned(sentence: str, phrase: BannedPhrase) -> str:
    """The words of a sentence that are banned and not excused by what stands before, or an empty string."""
    for match in pattern(phrase.pattern).finditer(sentence):
        if not (phrase.unless and pattern(phrase.unless).search(sentence[: match.end()])):
            return match.group()
    return ""


def check_banned_phrases(folder: ContentFolder) -> Iterator[Finding]:
    """What no patient may read: doses, schedules, blame, diagnoses, false comfort."""
    for string in shown_strings(folder.content, clinician=False):
        for sentence in split_sentences(string.text):
            for phrase in folder.wording.banned_in_patient_texts:
                found = find_banned(sentence, phrase)
                if found:
                    yield Finding(
                        folder.place(string.file, string.location),
                        Severity.ERROR,
                        f"{quote(found)} found in {quote(sentence)}: {phrase.why}",
                        phrase.instead,
                    )


def _claims(sentence: str, word: CertaintyWord, wording: WordingRules) -> str:
    """The word of certainty in a sentence that nothing takes back, or an empty string."""
    for match in pattern(word.pattern).finditer(sentence):
        before = " ".join(sentence[: match.start()].split()[-wording.negation_reach :])
        excused = word.unless and pattern(word.unless).match(sentence, match.start())
        if not excused and not pattern(wording.negations).search(before):
            return match.group()
    return ""


def check_certainty(folder: ContentFolder) -> Iterator[Finding]:
    """Words of certainty in statement groups that rest on weak evidence, for both audiences."""
    wording = folder.wording
    for shown in shown_texts(folder.content):
        for index, group in enumerate(shown.groups):
            if group.strength not in wording.weak_strengths or group.strength is None:
                continue
            for sentence in split_sentences(group.text):
                for word in wording.certainty_words:
                    found = _claims(sentence, word, wording)
                    if found:
                        yield Finding(
                            folder.place(topic_file(folder.content, shown.topic), shown.place_of(index)),
                            Severity.ERROR,
                            f"{quote(found)} found where the evidence is {group.strength.value!r}: {quote(sentence)}",
                            word.instead,
                        )
