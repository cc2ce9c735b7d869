"""Checks of what the texts rest on: references, dates of checking, key facts, related topics, likeness."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Iterator, Sequence

from sklearn.feature_extraction.text import TfidfVectorizer

from oih_assistant.content.findings import Finding, Severity
from oih_assistant.content.models import Article, Audience, Content, Topic
from oih_assistant.content.texts import ContentFolder, shown_texts

SOURCES = "sources.yml"
REGIONS = "regions.yml"


def source_uses(content: Content) -> Counter[str]:
    """In how many statement groups each source stands."""
    return Counter(key for shown in shown_texts(content) for group in shown.groups for key in group.sources)


def check_sources(folder: ContentFolder) -> Iterator[Finding]:
    """References that no text uses, that were never verified, or that are old."""
    uses = source_uses(folder.content)
    for key, source in folder.content.sources.items():
        place = folder.place(SOURCES, (key,))
        if not uses[key]:
            yield Finding(place, Severity.WARNING, f"source {key!r} is used by no text", "take it out, or cite it")
        elif not source.verified:
            yield Finding(
                place,
                Severity.WARNING,
                f"source {key!r} is not verified and stands under {uses[key]} statement group(s)",
                "look the reference up and set `verified: true`, or rest the statement on another one",
            )
    yield from _check_reference_ages(folder, uses)


def _check_reference_ages(folder: ContentFolder, uses: Counter[str]) -> Iterator[Finding]:
    limit = folder.wording.references_older_than_years
    old = [
        (source.year, key)
        for key, source in folder.content.sources.items()
        if uses[key] and source.year is not None and folder.today.year - source.year > limit
    ]
    if old:
        oldest = min(old)[1]
        names = ", ".join(f"{key} ({year})" for year, key in sorted(old))
        yield Finding(
            folder.place(SOURCES, (oldest,)),
            Severity.WARNING,
            f"{len(old)} used reference(s) are older than {limit} years: {names}",
            "see whether newer work says the same; keep those that began a line of thought",
        )


def months_before(day: datetime.date, months: int) -> datetime.date:
    """The same day of an earlier month, or that month's 28th where it has no such day."""
    total = day.year * 12 + day.month - 1 - months
    return datetime.date(total // 12, total % 12 + 1, min(day.day, 28))


def check_dates(folder: ContentFolder) -> Iterator[Finding]:
    """Topics whose last check is too long ago, or lies in the future."""
    oldest = months_before(folder.today, folder.wording.check_older_than_months)
    for name, topic in folder.content.topics.items():
        place = folder.topic_place(name, ("checked",))
        if topic.checked < oldest:
            yield Finding(
                place,
                Severity.WARNING,
                f"last check on {topic.checked}; at most {folder.wording.check_older_than_months} months are allowed",
                "read the topic against its sources and what is new, then renew `checked`",
            )
        elif topic.checked > folder.today:
            yield Finding(
                place, Severity.WARNING, f"last check on {topic.checked}, which is yet to come", "set the real day"
            )


def check_regions(folder: ContentFolder) -> Iterator[Finding]:
    """Contacts that were never verified, or not for long."""
    oldest = months_before(folder.today, folder.wording.check_older_than_months)
    for key, region in folder.content.regions.items():
        if not region.verified:
            yield Finding(
                folder.place(REGIONS, (key, "verified")),
                Severity.WARNING,
                f"region {key!r} is not verified, so none of its numbers is shown",
                "look each number up on an official page, name the page under `seen_at`, set `verified: true`",
            )
        if region.checked < oldest:
            yield Finding(
                folder.place(REGIONS, (key, "checked")),
                Severity.WARNING,
                f"region {key!r} was last checked on {region.checked}; at most "
                f"{folder.wording.check_older_than_months} months are allowed",
                "dial or look up each number, then renew `checked`",
            )


def _related(topic: Topic) -> Sequence[str]:
    related: Sequence[str] = getattr(topic, "related", ())
    return related


def check_related(folder: ContentFolder) -> Iterator[Finding]:
    """Buttons that lead to a topic without a file."""
    written = folder.content.topics
    for name, topic in written.items():
        for index, other in enumerate(_related(topic)):
            if other not in written:
                yield Finding(
                    folder.topic_place(name, ("related", index)),
                    Severity.ERROR,
                    f"the button to {other!r} leads nowhere: that topic has no file",
                    "write the topic, or relate another one",
                )


def _normal(text: str) -> str:
    return " ".join(text.replace("**", "").lower().split())


def check_key_facts(folder: ContentFolder) -> Iterator[Finding]:
    """Both audiences must be told the same key facts, in the words that are marked as carrying them."""
    for name, article in folder.content.articles.items():
        for index, fact in enumerate(article.key_facts):
            for audience in Audience:
                words = getattr(fact, audience.value)
                if _normal(words) not in _normal(_main_texts(article, audience)):
                    yield Finding(
                        folder.topic_place(name, ("key_facts", index, audience.value)),
                        Severity.ERROR,
                        f"key fact {fact.fact!r}: the words {words!r} do not stand in the {audience.value}'s "
                        "short or longer text",
                        "take the words over from the text, or say the fact in the text",
                    )


def _main_texts(article: Article, audience: Audience) -> str:
    texts = article.patient if audience is Audience.PATIENT else article.clinician
    return " ".join(group.text for group in (*texts.short, *texts.longer))


def check_likeness(folder: ContentFolder) -> Iterator[Finding]:
    """Two articles whose short patient texts say nearly the same."""
    names = list(folder.content.articles)
    if len(names) < 2:
        return
    texts = [" ".join(group.text for group in folder.content.articles[name].patient.short) for name in names]
    vectors = TfidfVectorizer(stop_words="english").fit_transform(texts)
    likeness = (vectors @ vectors.T).toarray()
    for later in range(len(names)):
        for earlier in range(later):
            value = float(likeness[later, earlier])
            if value > folder.wording.similar_articles_above:
                yield Finding(
                    folder.topic_place(names[later], ("patient", "short")),
                    Severity.WARNING,
                    f"says nearly the same as {names[earlier]!r} (likeness {value:.2f}; up to "
                    f"{folder.wording.similar_articles_above:g} is usual)",
                    "bring out what sets the two topics apart",
                )
